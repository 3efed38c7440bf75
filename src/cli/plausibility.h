/*
 * plausibility.h - is what was found what the user can have meant?
 *
 * Dumps can be read in a way that nobody meant, and give a ranking all the
 * same: labels that count from 1, an extra class that nobody named, one epoch
 * of many. What is found then looks odd. These are warnings, as it may be right.
 */
#ifndef CLI_PLAUSIBILITY_H
#define CLI_PLAUSIBILITY_H

#include "cli/run.h"

/* Looks at the ranking of all runs and at each run, once they have their
 * cutoffs, and warns of what is odd. False without memory. */
bool plausibility_check(const struct options *options, const struct run *runs,
                        const struct aum_ranking *ranking,
                        struct messages *messages);

#endif
