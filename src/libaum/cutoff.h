/*
 * cutoff.h - the cutoff of a class
 */
#ifndef LIBAUM_CUTOFF_H
#define LIBAUM_CUTOFF_H

#include "aum.h"

/* NaN, which no AUM is below, if nothing of this class is flagged. */
static inline double cutoff_of(const struct aum_cutoffs *cutoffs,
                               uint32_t class)
{
    return class < cutoffs->classes ? cutoffs->by_class[class] : cutoffs->aum;
}

#endif
