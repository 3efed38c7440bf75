/*
 * run_result.h - what reports need to know of a training run
 *
 * Plain data, filled in as a run goes on by whoever scans it.
 */
#ifndef REPORT_RUN_RESULT_H
#define REPORT_RUN_RESULT_H

#include <math.h>

#include "aum.h"

/* What the first epochs of a run, up to some epoch, flag. */
struct window_result {
    int64_t last_epoch;
    uint64_t epochs; /* 0: no such epochs were looked at */
    double effect;   /* how clearly groups separate: aum_splits_effect() */
    size_t ranked;
    size_t flagged; /* with a cutoff */
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
    struct aum_cutoffs cutoffs; /* by_class: memory of whoever scans it */
    double effect;            /* of the groups whose splits they are, or NaN */
    size_t threshold_samples; /* 0: they did not set the cutoff */
    struct aum_percentile percentile; /* of their AUMs; else unused */
    struct aum_interval interval;     /* of the cutoff; else unused */
    double *threshold_aums;           /* their AUMs, for pictures; or NULL */
    size_t threshold_count;   /* of those that were named, with an AUM */
    uint32_t threshold_label; /* the one of these; else AUM_NO_CLASS */

    struct window_result window;     /* chosen; epochs == 0: all are used */
    struct window_result all_epochs; /* what no window would have flagged */

    /* Once its samples have been judged. */
    size_t judged;
    size_t flagged;
};

/* A part of a whole, which may be 0, in percent. */
static inline double percent_of(size_t part, size_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

/* Do samples of any class have a cutoff of their own? */
static inline bool run_result_cuts_by_class(const struct run_result *run)
{
    return run->cutoffs.classes > 0;
}

/* The cutoff of a class; NaN if nothing of it is flagged. */
static inline double run_result_cutoff(const struct run_result *run,
                                       uint32_t class)
{
    return class < run->cutoffs.classes ? run->cutoffs.by_class[class]
                                        : run->cutoffs.aum;
}

/* The lowest and the highest cutoff; both NaN if there is none. */
static inline void run_result_cutoff_range(const struct run_result *run,
                                           double *low, double *high)
{
    *low = *high = run->cutoffs.aum;
    for (size_t c = 0; c < run->cutoffs.classes; c++) {
        *low = fmin(*low, run->cutoffs.by_class[c]);
        *high = fmax(*high, run->cutoffs.by_class[c]);
    }
}

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
