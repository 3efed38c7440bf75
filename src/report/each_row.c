/*
 * each_row.c - a walk over the rows of a ranking
 */
#include "report/each_row.h"

#define FETCH_ROWS 256

bool each_row(const struct aum_ranking *ranking,
              bool (*see)(void *context, const struct aum_row *row),
              void *context)
{
    const size_t size = aum_ranking_size(ranking);
    struct aum_row rows[FETCH_ROWS];
    for (size_t first = 0; first < size; first += FETCH_ROWS) {
        const size_t n = size - first < FETCH_ROWS ? size - first : FETCH_ROWS;
        aum_ranking_rows(ranking, first, n, rows);
        for (size_t i = 0; i < n; i++) {
            if (!see(context, &rows[i]))
                return false;
        }
    }
    return true;
}
