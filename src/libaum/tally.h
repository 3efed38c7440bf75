/*
 * tally.h - the inside of a tally, for what is made of one
 */
#ifndef LIBAUM_TALLY_H
#define LIBAUM_TALLY_H

#include "libaum/samples.h"

struct aum_tally {
    struct samples samples;
    bool allow_relabel;
};

#endif
