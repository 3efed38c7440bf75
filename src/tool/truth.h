/*
 * truth.h - a CSV of true labels -> a tally
 */
#ifndef TOOL_TRUTH_H
#define TOOL_TRUTH_H

#include "aum.h"
#include "message.h"

/*
 * Reads a CSV with the column `sample_id` and one of `label`, the true label,
 * or `mislabeled`, true or false (or 1 or 0), and tells the tally. False after
 * an error message, which is also due if it names no sample of the tally.
 */
bool truth_read(const char *path, struct aum_tally *tally,
                struct messages *messages);

#endif
