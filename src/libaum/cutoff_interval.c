/*
 * cutoff_interval.c - how far off a percentile of few threshold samples may be
 */
#include "aum.h"
#include "libaum/exact_sum.h"

/* The binomial distribution of k trials, whose weights are relative to that of
 * the most probable number: from there on outwards, each follows from its
 * neighbour, and none overflows. */
struct binomial {
    size_t k;
    double odds;   /* of success against failure */
    size_t lowest; /* numbers below it have no weight to speak of */
    double weight; /* of the lowest */
    double total;
};

#define NEGLIGIBLE 1e-20

/* The weight of i + 1 divided by that of i. */
static double step_up(const struct binomial *b, size_t i)
{
    return (double)(b->k - i) / (double)(i + 1) * b->odds;
}

static struct binomial binomial(size_t k, struct aum_percentile percentile)
{
    const uint64_t hundred = 100 * percentile.denominator;
    const uint64_t above = hundred - percentile.numerator;
    const size_t likeliest = (size_t)(((exact_uint128)k + 1) * above / hundred);
    struct binomial b = {.k = k,
                         .odds = (double)above / (double)percentile.numerator,
                         .lowest = likeliest,
                         .weight = 1,
                         .total = 1};
    double weight = 1;
    for (size_t i = likeliest; i < k && weight > NEGLIGIBLE; i++) {
        weight *= step_up(&b, i);
        b.total += weight;
    }
    for (; b.lowest > 0 && b.weight > NEGLIGIBLE; b.lowest--) {
        b.weight /= step_up(&b, b.lowest - 1);
        b.total += b.weight;
    }
    return b;
}

/* Sums of weights are exact to about this share. */
#define ROUNDING 1e-12

/* The lowest number that, with those below it, has this share of the weight. */
static size_t quantile(const struct binomial *b, double share)
{
    const double wanted = share * b->total * (1 - ROUNDING);
    double weight = b->weight;
    double sum = weight;
    size_t i = b->lowest;
    while (sum < wanted && i < b->k) {
        weight *= step_up(b, i++);
        sum += weight;
    }
    return i;
}

void aum_cutoff_interval(size_t k, struct aum_percentile percentile,
                         size_t *first, size_t *last)
{
    const struct binomial b = binomial(k, percentile);
    const size_t place = aum_cutoff_place(k, percentile);
    *first = quantile(&b, 0.025);
    *last = quantile(&b, 0.975);
    if (*first > place)
        *first = place;
}
