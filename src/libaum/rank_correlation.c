/*
 * rank_correlation.c - how alike two runs rank the samples that both judge
 */
#include <math.h>
#include <stdlib.h>

#include "libaum/order_key.h"
#include "libaum/verdicts.h"

/* An AUM, and which pair it is of. */
struct element {
    uint64_t key;
    size_t pair;
};

struct ranks {
    size_t count; /* of the pairs */
    struct element *elements;
    /* Of each pair, twice the distance of its rank from the mean rank: a whole
     * number for mean ranks of ties, too. */
    int64_t *twice[2];
};

static bool both_judge(const struct samples *samples, size_t slot)
{
    return samples_in_use(samples, slot) &&
           sample_count(samples_at(samples, slot)) == 2;
}

static int compare_elements(const void *a, const void *b)
{
    const struct element *x = a;
    const struct element *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static void fill_elements(struct ranks *r, const struct samples *samples,
                          size_t run)
{
    const size_t slots = samples_slots(samples);
    size_t n = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        if (!both_judge(samples, slot))
            continue;
        const double aum = samples_verdict(samples, slot)->aums[run];
        r->elements[n] = (struct element){order_key_of(aum), n};
        n++;
    }
}

/* Equal AUMs have the mean of their ranks. */
static void find_ranks(struct ranks *r, int64_t *twice)
{
    qsort(r->elements, r->count, sizeof *r->elements, compare_elements);
    for (size_t first = 0, end; first < r->count; first = end) {
        for (end = first + 1; end < r->count; end++) {
            if (r->elements[end].key != r->elements[first].key)
                break;
        }
        for (size_t i = first; i < end; i++)
            twice[r->elements[i].pair] =
                (int64_t)(first + end) - (int64_t)r->count;
    }
}

/* The sum of the products, which is exact: there are less than 2^32 pairs. */
static double product(const struct ranks *r, size_t a, size_t b)
{
    __int128 sum = 0;
    for (size_t i = 0; i < r->count; i++)
        sum += (__int128)r->twice[a][i] * r->twice[b][i];
    return (double)sum;
}

/* Pearson's correlation of the ranks. */
static double correlation(struct ranks *r, const struct samples *samples)
{
    for (size_t run = 0; run < 2; run++) {
        fill_elements(r, samples, run);
        find_ranks(r, r->twice[run]);
    }
    const double squares = product(r, 0, 0) * product(r, 1, 1);
    return squares > 0 ? product(r, 0, 1) / sqrt(squares) : (double)NAN;
}

enum aum_status
aum_verdicts_rank_correlation(const struct aum_verdicts *verdicts, double *out)
{
    const struct samples *samples = &verdicts->samples;
    const size_t slots = samples_slots(samples);
    struct ranks r = {.count = 0};
    for (size_t slot = 0; slot < slots; slot++)
        r.count += both_judge(samples, slot);
    r.elements = malloc((r.count + 1) * sizeof *r.elements);
    r.twice[0] = malloc((r.count + 1) * sizeof(int64_t));
    r.twice[1] = malloc((r.count + 1) * sizeof(int64_t));
    const bool good =
        r.elements != NULL && r.twice[0] != NULL && r.twice[1] != NULL;
    if (good)
        *out = correlation(&r, samples);
    free(r.elements);
    free(r.twice[0]);
    free(r.twice[1]);
    return good ? AUM_OK : AUM_NO_MEMORY;
}
