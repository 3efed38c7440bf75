/*
 * report_options.h - what is to be written of a ranking, and how
 *
 * Optional strings are NULL if not given; they outlive all that is reported.
 */
#ifndef REPORT_REPORT_OPTIONS_H
#define REPORT_REPORT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/class_labels.h"
#include "common/class_names.h"
#include "report/sweep_steps.h"
#include "text/table_writer.h"

struct report_options {
    bool all;   /* with a cutoff, samples that are not flagged, too */
    size_t top; /* rows of the ranking; SIZE_MAX: every one */
    enum table_format format;
    bool has_format;            /* it was asked for */
    bool aum_values;            /* like the Python package's aum_values.csv */
    bool several_runs;          /* the tables have columns for runs */
    unsigned threads;           /* that format rows; 0: one per processor */
    struct class_labels labels; /* which the classes have in the dumps */
    const struct class_names *names; /* of the classes; or NULL */
    uint32_t threshold_class;        /* AUM_NO_CLASS if it has no number */
    const char *truth;               /* the file of true labels, for messages */
    struct sweep_steps sweep;        /* none: not asked for */
    const char *sweep_folder;
    const char *trace;  /* ids of samples to follow, for messages */
    const char *plot;   /* not NULL: there is to be a picture; likewise: */
    const char *page;   /* a page */
    const char *images; /* a pattern of where the samples' pictures are */
};

/* The name of a class; "" if it has none. */
static inline const char *
report_class_name(const struct report_options *options, uint32_t class_number)
{
    const char *name = class_names_at(options->names, class_number);
    if (options->names != NULL && class_number == options->threshold_class)
        return "threshold";
    return name != NULL ? name : "";
}

#endif
