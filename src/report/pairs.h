/*
 * pairs.h - which classes the flagged samples of each class look like
 */
#ifndef REPORT_PAIRS_H
#define REPORT_PAIRS_H

#include "aum.h"
#include "report/report_options.h"
#include "system/out_file.h"

/*
 * Writes a table of the pairs of assigned and suggested label that flagged
 * samples have, most flagged first, ties by label, then by suggested label:
 *
 *     flagged         how many flagged samples have this pair
 *     share_of_label  flagged / all ranked samples with this label
 *
 * The suggested label of samples that have none is empty, and comes last in a
 * tie. Memory grows with the pairs that there are, and not with those that
 * there might be.
 */
bool pairs_write(const struct aum_ranking *ranking,
                 const struct report_options *options, struct out_file *out,
                 struct error *error);

#endif
