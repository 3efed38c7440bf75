/*
 * run_result.h - what reports need to know of a training run
 *
 * Plain data, filled in as a run goes on by whoever scans it.
 */
#ifndef REPORT_RUN_RESULT_H
#define REPORT_RUN_RESULT_H

#include "aum.h"

/* What the first epochs of a run, up to some epoch, flag. */
struct window_result {
    int64_t last_epoch;
    uint64_t epochs; /* 0: no such epochs were looked at */
    size_t ranked;
    size_t flagged;
};

struct run_result {
    size_t number; /* from 1; 0: it is the only run */

    const char *first_file; /* the path of its first dump */
    size_t files;
    uint64_t bytes;      /* of all its dumps */
    uint64_t epochs;     /* different epoch numbers */
    int64_t first_epoch; /* of these, if there are any */
    int64_t last_epoch;

    size_t samples;        /* all that have a measurement */
    size_t label_classes;  /* labels are below this */
    uint64_t not_finite;   /* measurements left out */
    uint64_t skipped_rows; /* rows left out because they are bad */

    bool has_cutoff;
    double cutoff;
    size_t threshold_samples;         /* 0: they did not set the cutoff */
    struct aum_percentile percentile; /* of their AUMs; else unused */
    struct aum_interval interval;     /* of the cutoff; else unused */
    double *threshold_aums;           /* their AUMs, for pictures; or NULL */
    size_t threshold_count;

    struct window_result window;     /* chosen; epochs == 0: all are used */
    struct window_result all_epochs; /* what no window would have flagged */

    /* Once its samples have been judged. */
    size_t judged;
    size_t flagged;
};

/* The most classes that labels of some runs may name. */
static inline size_t run_results_label_classes(const struct run_result *runs,
                                               size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = runs[i].label_classes > most ? runs[i].label_classes : most;
    return most;
}

#endif
