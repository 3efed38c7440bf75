/*
 * splits.c - AUMs -> two groups, class by class -> cutoffs
 *
 * The order of operations in doubles is part of what aum.h promises: another
 * program that follows it finds the same cutoffs to the last bit. Compilers
 * must not fuse multiplications and additions here (configure sees to that).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libaum/huge_pages.h"
#include "libaum/order_key.h"
#include "libaum/tally.h"

struct aum_splits {
    /* The AUMs as order keys, class after class, each class's in ascending
     * order: those of class c are starts[c] to starts[c + 1] - 1. */
    uint64_t *keys;
    uint64_t *spare; /* as much room, for sorting */
    size_t room;
    size_t *starts;
    struct aum_split *by_class; /* unset where there are too few samples */
    double *cutoffs;
    size_t classes;
    size_t class_room;
    double effect;
    struct aum_split whole; /* of all samples, if it has been found */
    bool whole_known;
};

struct aum_splits *aum_splits_create(void)
{
    return calloc(1, sizeof(struct aum_splits));
}

void aum_splits_destroy(struct aum_splits *splits)
{
    if (splits == NULL)
        return;
    free(splits->keys);
    free(splits->spare);
    free(splits->starts);
    free(splits->by_class);
    free(splits->cutoffs);
    free(splits);
}

/* ---- one split ---- */

static const struct aum_split no_split = {(double)NAN, 0};

/* Variance between the groups of the first k and the other n - k numbers. */
struct best_cut {
    double between;
    size_t k;
};

/* Of numbers times a scale, whose mean is known. */
static struct best_cut find_best_cut(const double *x, size_t n, double scale,
                                     double mean)
{
    struct best_cut best = {-1, 0};
    const double count = (double)n;
    double sum = 0;
    for (size_t k = 1; k < n; k++) {
        sum += scale * x[k - 1];
        const double w = (double)k / count;
        const double distance = mean * w - sum / count;
        const double between = distance * distance / (w * (1 - w));
        if (between > best.between)
            best = (struct best_cut){between, k};
    }
    return best;
}

/* Squares of numbers beyond 2^400, and below 2^-400, may not fit a double. A
 * power of two changes no digits, and so nothing where they do fit. */
#define SCALE_BEYOND 400

static double scale_of(double lowest, double highest)
{
    int exponent;
    frexp(fmax(fabs(lowest), fabs(highest)), &exponent);
    if (abs(exponent) <= SCALE_BEYOND)
        return 1;
    return ldexp(1, exponent > -1000 ? -exponent : 1000);
}

/* Halfway between two numbers, whose sum may not fit a double. */
static double middle(double a, double b)
{
    const double sum = a + b;
    return isfinite(sum) ? sum / 2 : a / 2 + b / 2;
}

struct aum_split aum_split_find(const double *ascending, size_t n)
{
    const double count = (double)n;
    double sum = 0;
    double squares = 0;
    if (n == 0 || ascending[0] == ascending[n - 1])
        return no_split;
    const double scale = scale_of(ascending[0], ascending[n - 1]);
    for (size_t i = 0; i < n; i++)
        sum += scale * ascending[i];
    const double mean = sum / count;
    for (size_t i = 0; i < n; i++) {
        const double distance = scale * ascending[i] - mean;
        squares += distance * distance;
    }
    const double variance = squares / count;
    if (!isfinite(variance) || !(variance > 0))
        return no_split;
    const struct best_cut best = find_best_cut(ascending, n, scale, mean);
    return (struct aum_split){middle(ascending[best.k - 1], ascending[best.k]),
                              best.between / variance};
}

/* ---- sorting ---- */

#define FEW 64
#define DIGITS 8 /* of 8 bits each */

static void insertion_sort(uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t key = keys[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

static void swap_arrays(uint64_t **a, uint64_t **b)
{
    uint64_t *const array = *a;
    *a = *b;
    *b = array;
}

/* Sorts by one digit after another, from the lowest on; digits that are equal
 * in all keys are passed over. */
static void radix_sort(uint64_t *keys, uint64_t *spare, size_t n)
{
    uint32_t counts[DIGITS][256] = {{0}};
    uint64_t *from = keys;
    uint64_t *to = spare;
    for (size_t i = 0; i < n; i++) {
        for (size_t d = 0; d < DIGITS; d++)
            counts[d][keys[i] >> (8 * d) & 0xff]++;
    }
    for (size_t d = 0; d < DIGITS; d++) {
        const unsigned shift = (unsigned)(8 * d);
        uint32_t starts[256];
        uint32_t at = 0;
        if (counts[d][keys[0] >> shift & 0xff] == n)
            continue;
        for (size_t digit = 0; digit < 256; digit++) {
            starts[digit] = at;
            at += counts[d][digit];
        }
        for (size_t i = 0; i < n; i++)
            to[starts[from[i] >> shift & 0xff]++] = from[i];
        swap_arrays(&from, &to);
    }
    if (from != keys)
        memcpy(keys, from, n * sizeof *keys);
}

static void sort_keys(uint64_t *keys, uint64_t *spare, size_t n)
{
    if (n <= FEW)
        insertion_sort(keys, n);
    else
        radix_sort(keys, spare, n);
}

/* ---- the splits of a tally ---- */

/* Room for classes up to this one. New classes have no samples. */
static enum aum_status reserve_class(struct aum_splits *splits, size_t class)
{
    if (class < splits->classes)
        return AUM_OK;
    if (class >= splits->class_room) {
        const size_t room = class + class / 2 + 16;
        size_t *starts =
            realloc(splits->starts, (room + 1) * sizeof *splits->starts);
        if (starts == NULL)
            return AUM_NO_MEMORY;
        splits->starts = starts;
        struct aum_split *by_class =
            realloc(splits->by_class, room * sizeof *splits->by_class);
        if (by_class == NULL)
            return AUM_NO_MEMORY;
        splits->by_class = by_class;
        double *cutoffs =
            realloc(splits->cutoffs, room * sizeof *splits->cutoffs);
        if (cutoffs == NULL)
            return AUM_NO_MEMORY;
        splits->cutoffs = cutoffs;
        splits->class_room = room;
    }
    for (; splits->classes <= class; splits->classes++)
        splits->starts[splits->classes] = 0;
    return AUM_OK;
}

static enum aum_status reserve_keys(struct aum_splits *splits, size_t n)
{
    if (n <= splits->room)
        return AUM_OK;
    free(splits->keys);
    free(splits->spare);
    splits->room = 0;
    splits->keys = huge_pages_resize(NULL, 0, n * sizeof *splits->keys);
    splits->spare = huge_pages_resize(NULL, 0, n * sizeof *splits->spare);
    if (splits->keys == NULL || splits->spare == NULL)
        return AUM_NO_MEMORY;
    splits->room = n;
    return AUM_OK;
}

/* Counts the samples of each class in starts[], and all. */
static enum aum_status count_samples(struct aum_splits *splits,
                                     const struct samples *samples,
                                     size_t *count)
{
    const size_t slots = samples_slots(samples);
    *count = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        if (!samples_are_ranked(samples, slot))
            continue;
        const uint32_t class = samples_at(samples, slot)->label;
        enum aum_status status = reserve_class(splits, class);
        if (status != AUM_OK)
            return status;
        splits->starts[class]++;
        ++*count;
    }
    return AUM_OK;
}

/* Puts the AUMs where they belong; starts[] has the samples of each class
 * before, and where they start after. */
static void gather_keys(struct aum_splits *splits,
                        const struct samples *samples)
{
    const size_t slots = samples_slots(samples);
    size_t end = 0;
    /* While keys are put down, starts[c] is where the next one goes. */
    for (size_t c = 0; c < splits->classes; c++) {
        const size_t count = splits->starts[c];
        splits->starts[c] = end;
        end += count;
    }
    for (size_t slot = 0; slot < slots; slot++) {
        if (!samples_are_ranked(samples, slot))
            continue;
        const uint32_t class = samples_at(samples, slot)->label;
        splits->keys[splits->starts[class]++] =
            order_key_of(samples_aum(samples, slot));
    }
    for (size_t c = splits->classes; c > 0; c--)
        splits->starts[c] = splits->starts[c - 1];
    splits->starts[0] = 0;
}

/* Splits sorted keys; `numbers` has room for as many. */
static struct aum_split split_keys(const uint64_t *keys, size_t n,
                                   double *numbers)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = order_key_number(keys[i]);
    return aum_split_find(numbers, n);
}

/* The split of all samples as one class. Their keys are not in order of classes
 * any more afterwards. */
static struct aum_split split_all(struct aum_splits *splits)
{
    const size_t count = splits->starts[splits->classes];
    if (!splits->whole_known) {
        sort_keys(splits->keys, splits->spare, count);
        splits->whole =
            split_keys(splits->keys, count, (double *)(void *)splits->spare);
        splits->whole_known = true;
    }
    return splits->whole;
}

static size_t class_samples(const struct aum_splits *splits, size_t class)
{
    return splits->starts[class + 1] - splits->starts[class];
}

/* Finds the splits of all classes with enough samples, and how clear they are.
 */
static void split_classes(struct aum_splits *splits)
{
    double effects = 0;
    double weight = 0;
    for (size_t c = 0; c < splits->classes; c++) {
        const size_t count = class_samples(splits, c);
        uint64_t *const keys = splits->keys + splits->starts[c];
        if (count < AUM_SPLIT_SAMPLES_MIN)
            continue;
        sort_keys(keys, splits->spare, count);
        splits->by_class[c] =
            split_keys(keys, count, (double *)(void *)splits->spare);
        effects += (double)count * splits->by_class[c].effect;
        weight += (double)count;
    }
    splits->effect = weight > 0 ? effects / weight : split_all(splits).effect;
}

enum aum_status aum_splits_find(struct aum_splits *splits,
                                const struct aum_tally *tally)
{
    size_t count;
    splits->classes = 0;
    splits->whole_known = false;
    enum aum_status status = reserve_class(splits, 0);
    if (status == AUM_OK)
        status = count_samples(splits, &tally->samples, &count);
    if (status == AUM_OK)
        status = reserve_keys(splits, count + 1);
    if (status != AUM_OK)
        return status;
    gather_keys(splits, &tally->samples);
    split_classes(splits);
    return AUM_OK;
}

double aum_splits_effect(const struct aum_splits *splits)
{
    return splits->effect;
}

/* Not fmin(), which would make 0 of NaN. */
static double cap(double cutoff)
{
    return cutoff > 0 ? 0 : cutoff;
}

void aum_splits_cutoffs(struct aum_splits *splits, struct aum_cutoffs *out)
{
    for (size_t c = 0; c < splits->classes; c++) {
        const size_t count = class_samples(splits, c);
        if (count >= AUM_SPLIT_SAMPLES_MIN)
            splits->cutoffs[c] = cap(splits->by_class[c].at);
        else if (count > 0)
            splits->cutoffs[c] = cap(split_all(splits).at);
        else
            splits->cutoffs[c] = (double)NAN;
    }
    *out = (struct aum_cutoffs){
        .aum = (double)NAN,
        .by_class = splits->cutoffs,
        .classes = splits->classes,
    };
}
