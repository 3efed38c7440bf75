/*
 * sweep.h - what each of many cutoffs would flag
 */
#ifndef REPORT_SWEEP_H
#define REPORT_SWEEP_H

#include "aum.h"
#include "report/report_options.h"
#include "system/out_file.h"

/* Of one cutoff. */
struct sweep_row {
    size_t flagged;
    size_t mislabeled; /* of the flagged, as far as the truth is known */
    size_t known;      /* of the flagged: those whose truth is known */
};

struct sweep {
    const struct report_options *options;
    const struct aum_ranking *ranking;
    const double *steps; /* the only run's cutoffs; NULL: of several runs */
    struct sweep_row *rows;
    size_t mislabeled; /* among all ranked */
};

/* Counts. False without memory. Free with sweep_free() either way. */
bool sweep_count(struct sweep *sweep, const struct report_options *options,
                 const struct aum_ranking *ranking, const double *steps);
void sweep_free(struct sweep *sweep);

/* NaN where there is no such share. */
double sweep_precision(const struct sweep *sweep, size_t step);
double sweep_recall(const struct sweep *sweep, size_t step);

/* The table of cutoffs. */
bool sweep_write(const struct sweep *sweep, struct out_file *out,
                 struct error *error);

/* Makes options->sweep_folder, if there is none yet; there must be no files of
 * another sweep in it. */
bool sweep_prepare_folder(const struct report_options *options, bool *made,
                          struct error *error);

/* Its file for a cutoff; the caller's to free. NULL without memory. */
char *sweep_file_path(const struct report_options *options, size_t step);

/* The ids of what that cutoff flags, one a line. */
bool sweep_write_ids(const struct sweep *sweep, size_t step,
                     struct out_file *out, struct error *error);

#endif
