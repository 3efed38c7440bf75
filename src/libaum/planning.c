/*
 * planning.c - which samples to spend as threshold samples
 */
#include <stdlib.h>

#include "aum.h"
#include "libaum/philox.h"

size_t aum_threshold_set_size(size_t samples, size_t classes)
{
    return classes < SIZE_MAX ? samples / (classes + 1) : 0;
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum aum_status aum_draw_threshold_sets(size_t samples, size_t sets,
                                        size_t size, uint64_t seed,
                                        uint64_t *rows)
{
    struct philox philox;
    if (size > 0 && sets > samples / size)
        return AUM_BAD_ARGUMENT;
    if (samples > SIZE_MAX / sizeof(uint64_t) - 1)
        return AUM_NO_MEMORY;
    /* Not yet drawn: those from the i-th on. */
    uint64_t *pool = malloc((samples + 1) * sizeof *pool);
    if (pool == NULL)
        return AUM_NO_MEMORY;
    for (size_t i = 0; i < samples; i++)
        pool[i] = i;
    philox_start(&philox, seed);
    for (size_t i = 0; i < sets * size; i++) {
        const size_t at = i + (size_t)philox_below(&philox, samples - i);
        rows[i] = pool[at];
        pool[at] = pool[i];
    }
    free(pool);
    for (size_t set = 0; set < sets && size > 0; set++)
        qsort(rows + set * size, size, sizeof *rows, compare);
    return AUM_OK;
}
