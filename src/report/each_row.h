/*
 * each_row.h - a walk over the rows of a ranking
 */
#ifndef REPORT_EACH_ROW_H
#define REPORT_EACH_ROW_H

#include <stdbool.h>

#include "aum.h"

/* Calls see() for each row from the first one on, while it returns true.
 * Returns whether it always did. */
bool each_row(const struct aum_ranking *ranking,
              bool (*see)(void *context, const struct aum_row *row),
              void *context);

#endif
