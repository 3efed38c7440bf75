/*
 * verdicts.h - the inside of verdicts, for ranking.c
 */
#ifndef LIBAUM_VERDICTS_H
#define LIBAUM_VERDICTS_H

#include "libaum/samples.h"

/* Each struct sample counts runs and adds up their AUMs; its record is 1. */
struct aum_verdicts {
    struct samples samples;
};

static inline struct verdict *samples_verdict(const struct samples *samples,
                                              size_t slot)
{
    return (struct verdict *)samples->columns[COLUMN_VERDICTS] + slot;
}

/* Is a sample flagged that so many runs judge? */
bool verdict_flags(const struct samples *samples, size_t slot,
                   enum aum_combine combine);

/* The population standard deviation of the AUMs of so many runs; NaN of one, or
 * if squares do not fit a double. */
double verdict_sd(const struct verdict *verdict, size_t runs);

#endif
