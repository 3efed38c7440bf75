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
    const char *truth;          /* the file of true labels, for messages */
    struct sweep_steps sweep;   /* none: not asked for */
    const char *sweep_folder;
    const char *trace;  /* ids of samples to follow, for messages */
    const char *plot;   /* not NULL: there is to be a picture; likewise: */
    const char *page;   /* a page */
    const char *images; /* a pattern of where the samples' pictures are */
};

#endif
