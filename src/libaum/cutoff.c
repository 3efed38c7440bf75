/*
 * cutoff.c - threshold samples -> cutoff
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libaum/cutoff.h"
#include "libaum/tally.h"

#define PERCENTILE_DECIMALS 15

bool aum_percentile_parse(const char *text, struct aum_percentile *out)
{
    uint64_t numerator = 0;
    uint64_t denominator = 1;
    unsigned whole = 0;
    unsigned decimals = 0;
    const char *p = text;
    /* Three digits are enough for what is below 100, and 15 more decimals
     * keep 100 * denominator within 64 bits. */
    for (; isdigit((unsigned char)*p) && whole < 3; p++, whole++)
        numerator = numerator * 10 + (uint64_t)(*p - '0');
    if (*p == '.') {
        for (p++; isdigit((unsigned char)*p); p++) {
            if (++decimals > PERCENTILE_DECIMALS)
                return false;
            numerator = numerator * 10 + (uint64_t)(*p - '0');
            denominator *= 10;
        }
    }
    if (*p != '\0' || whole + decimals == 0 || numerator == 0 ||
        numerator >= 100 * denominator)
        return false;
    out->numerator = numerator;
    out->denominator = denominator;
    return true;
}

size_t aum_cutoff_place(size_t k, struct aum_percentile percentile)
{
    exact_uint128 hundred = (exact_uint128)100 * percentile.denominator;
    return (size_t)(k * (hundred - percentile.numerator) / hundred);
}

static bool sets_cutoff(const struct samples *samples, size_t slot)
{
    return samples_have_aum(samples, slot) &&
           samples_are_threshold(samples, slot);
}

static int from_high_to_low(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x < y) - (x > y);
}

size_t aum_tally_threshold_aums(const struct aum_tally *tally, double *aums,
                                size_t room)
{
    const struct samples *samples = &tally->samples;
    const size_t slots = samples_slots(samples);
    size_t k = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        if (!sets_cutoff(samples, slot))
            continue;
        if (k < room)
            aums[k] = samples_aum(samples, slot);
        k++;
    }
    return k;
}

struct aum_threshold_labels
aum_tally_threshold_labels(const struct aum_tally *tally)
{
    return samples_threshold_labels(&tally->samples);
}

/* `aums` are in descending order. */
static struct aum_interval interval_of(const double *aums, size_t k,
                                       struct aum_percentile percentile)
{
    struct aum_interval interval;
    aum_cutoff_interval(k, percentile, &interval.first, &interval.last);
    interval.highest = aums[interval.first];
    interval.lowest = interval.last < k ? aums[interval.last] : (double)NAN;
    return interval;
}

enum aum_status aum_cutoff_from_threshold(const struct aum_tally *tally,
                                          struct aum_percentile percentile,
                                          struct aum_cutoff *out)
{
    const size_t k = aum_tally_threshold_aums(tally, NULL, 0);
    if (k == 0)
        return AUM_NO_THRESHOLD_SAMPLES;
    double *aums = malloc(k * sizeof *aums);
    if (aums == NULL)
        return AUM_NO_MEMORY;
    aum_tally_threshold_aums(tally, aums, k);
    qsort(aums, k, sizeof *aums, from_high_to_low);
    out->threshold_samples = k;
    out->place = aum_cutoff_place(k, percentile);
    out->aum = aums[out->place];
    out->interval = interval_of(aums, k, percentile);
    out->threshold_class = samples_threshold_class(&tally->samples);
    free(aums);
    return AUM_OK;
}

void aum_tally_count_flagged(const struct aum_tally *tally,
                             const struct aum_cutoffs *cutoffs, size_t *ranked,
                             size_t *flagged)
{
    const struct samples *samples = &tally->samples;
    const size_t slots = samples_slots(samples);
    *ranked = 0;
    *flagged = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        if (!samples_are_ranked(samples, slot))
            continue;
        ++*ranked;
        *flagged += samples_aum(samples, slot) <
                    cutoff_of(cutoffs, samples_at(samples, slot)->label);
    }
}
