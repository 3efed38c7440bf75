/*
 * ranking.h - what labels a ranking's samples have
 */
#ifndef LIBAUM_RANKING_H
#define LIBAUM_RANKING_H

#include "aum.h"

/* The lowest and the highest label. There has to be a sample. */
void ranking_label_range(const struct aum_ranking *ranking, uint32_t *lowest,
                         uint32_t *highest);

/* Adds to counts[label] the samples with that label. */
void ranking_count_labels(const struct aum_ranking *ranking, size_t *counts);

/* The labels of rows first .. first + count - 1: nothing but these, as
 * aum_ranking_rows() looks at more of each sample. */
void ranking_labels(const struct aum_ranking *ranking, size_t first,
                    size_t count, uint32_t *labels);

#endif
