/*
 * ranking.c - order, ties, flags
 */
#include "libaum/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libaum/cutoff.h"
#include "libaum/huge_pages.h"
#include "libaum/order_key.h"
#include "libaum/tally.h"
#include "libaum/verdicts.h"
#include "libaum/votes.h"

/* Is a sample to be ranked? */
typedef bool (*ranked_fn)(const struct samples *samples, size_t slot);

struct aum_ranking {
    const struct samples *samples;
    ranked_fn ranked;
    uint32_t threshold_class;
    const struct aum_verdicts *verdicts; /* NULL: it is that of a tally */
    enum aum_combine combine;            /* of the verdicts */
    size_t size;
    size_t flagged;
    struct aum_cutoffs cutoffs; /* unused in rankings of verdicts */
    double *cutoffs_by_class;   /* what they point to */
    uint64_t *keys;             /* the AUMs as order keys */
    uint32_t *slots;
};

/* ---- sorting, in place: a copy would take another 12 bytes per sample ---- */

static bool before(const struct aum_ranking *r, uint64_t key, uint32_t slot,
                   size_t j)
{
    if (key != r->keys[j])
        return key < r->keys[j];
    return sample_ids_compare(&r->samples->ids, slot, r->slots[j]) < 0;
}

static void swap(struct aum_ranking *r, size_t i, size_t j)
{
    uint64_t key = r->keys[i];
    uint32_t slot = r->slots[i];
    r->keys[i] = r->keys[j];
    r->slots[i] = r->slots[j];
    r->keys[j] = key;
    r->slots[j] = slot;
}

static void insertion_sort(struct aum_ranking *r, size_t start, size_t end)
{
    for (size_t i = start + 1; i < end; i++) {
        uint64_t key = r->keys[i];
        uint32_t slot = r->slots[i];
        size_t j = i;
        for (; j > start && before(r, key, slot, j - 1); j--) {
            r->keys[j] = r->keys[j - 1];
            r->slots[j] = r->slots[j - 1];
        }
        r->keys[j] = key;
        r->slots[j] = slot;
    }
}

static void sift_down(struct aum_ranking *r, size_t start, size_t n, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(r, r->keys[start + child],
                                    r->slots[start + child], start + child + 1))
            child++;
        if (!before(r, r->keys[start + i], r->slots[start + i], start + child))
            return;
        swap(r, start + i, start + child);
    }
}

/* For runs of equal AUMs: n log n whatever the ids are. */
static void heap_sort(struct aum_ranking *r, size_t start, size_t end)
{
    const size_t n = end - start;
    for (size_t i = n / 2; i-- > 0;)
        sift_down(r, start, n, i);
    for (size_t i = n; i-- > 1;) {
        swap(r, start, start + i);
        sift_down(r, start, i, 0);
    }
}

#define SMALL_RUN 32

/* Sorts by the byte of the key that starts at bit `shift`, then each bucket
 * by the bytes below ("American flag sort": McIlroy, Bostic, McIlroy,
 * Engineering Radix Sort, 1993). */
static void radix_sort(struct aum_ranking *r, size_t start, size_t end,
                       unsigned shift)
{
    if (end - start <= SMALL_RUN) {
        insertion_sort(r, start, end);
        return;
    }
    size_t ends[256] = {0};
    size_t next[256];
    for (size_t i = start; i < end; i++)
        ends[r->keys[i] >> shift & 0xff]++;
    size_t at = start;
    for (size_t b = 0; b < 256; b++) {
        next[b] = at;
        at += ends[b];
        ends[b] = at;
    }
    for (size_t b = 0; b < 256; b++) {
        while (next[b] < ends[b]) {
            size_t home = r->keys[next[b]] >> shift & 0xff;
            if (home == b)
                next[b]++;
            else
                swap(r, next[b], next[home]++);
        }
    }
    at = start;
    for (size_t b = 0; b < 256; at = ends[b++]) {
        if (ends[b] - at < 2)
            continue;
        if (shift > 0)
            radix_sort(r, at, ends[b], shift - 8);
        else
            heap_sort(r, at, ends[b]);
    }
}

/* ---- the ranking ---- */

/* Allocates a ranking for the samples that are to be ranked. */
static struct aum_ranking *allocate(const struct samples *samples,
                                    ranked_fn ranked)
{
    struct aum_ranking *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    const size_t slots = samples_slots(samples);
    for (size_t slot = 0; slot < slots; slot++)
        r->size += ranked(samples, slot);
    r->samples = samples;
    r->ranked = ranked;
    r->cutoffs.aum = NAN;
    r->keys = huge_pages_resize(NULL, 0, (r->size + 1) * sizeof *r->keys);
    r->slots = huge_pages_resize(NULL, 0, (r->size + 1) * sizeof *r->slots);
    if (r->keys != NULL && r->slots != NULL)
        return r;
    aum_ranking_destroy(r);
    return NULL;
}

static bool have_aum(const struct samples *samples, size_t slot)
{
    return samples_have_aum(samples, slot);
}

/* Ranks samples; nothing is flagged yet. */
static enum aum_status rank(const struct samples *samples, ranked_fn ranked,
                            struct aum_ranking **out)
{
    struct aum_ranking *r = allocate(samples, ranked);
    if (r == NULL)
        return AUM_NO_MEMORY;
    const size_t slots = samples_slots(samples);
    size_t n = 0;
    r->threshold_class = samples_threshold_class(samples);
    for (size_t slot = 0; slot < slots; slot++) {
        if (!ranked(samples, slot))
            continue;
        r->keys[n] = order_key_of(samples_aum(samples, slot));
        r->slots[n++] = (uint32_t)slot;
    }
    radix_sort(r, 0, r->size, 56);
    *out = r;
    return AUM_OK;
}

static enum aum_status copy_cutoffs(struct aum_ranking *r,
                                    const struct aum_cutoffs *cutoffs)
{
    r->cutoffs = *cutoffs;
    if (cutoffs->classes == 0)
        return AUM_OK;
    r->cutoffs_by_class = malloc(cutoffs->classes * sizeof(double));
    if (r->cutoffs_by_class == NULL)
        return AUM_NO_MEMORY;
    memcpy(r->cutoffs_by_class, cutoffs->by_class,
           cutoffs->classes * sizeof(double));
    r->cutoffs.by_class = r->cutoffs_by_class;
    return AUM_OK;
}

static bool is_flagged(const struct aum_ranking *r, size_t index,
                       uint32_t label)
{
    if (r->verdicts != NULL)
        return verdict_flags(r->samples, r->slots[index], r->combine);
    return order_key_number(r->keys[index]) < cutoff_of(&r->cutoffs, label);
}

static void count_flagged(struct aum_ranking *r)
{
    const bool one = r->verdicts == NULL && r->cutoffs.classes == 0;
    for (size_t i = 0; i < r->size; i++) {
        const uint32_t label = samples_at(r->samples, r->slots[i])->label;
        const bool flagged = is_flagged(r, i, label);
        if (one && !flagged) /* nor is any that follows */
            break;
        r->flagged += flagged;
    }
}

enum aum_status aum_ranking_create(const struct aum_tally *tally,
                                   const struct aum_cutoffs *cutoffs,
                                   struct aum_ranking **out)
{
    struct aum_ranking *r;
    enum aum_status status = rank(&tally->samples, samples_are_ranked, &r);
    if (status != AUM_OK)
        return status;
    if (cutoffs != NULL)
        status = copy_cutoffs(r, cutoffs);
    if (status != AUM_OK) {
        aum_ranking_destroy(r);
        return status;
    }
    count_flagged(r);
    *out = r;
    return AUM_OK;
}

enum aum_status aum_ranking_create_whole(const struct aum_tally *tally,
                                         struct aum_ranking **out)
{
    return rank(&tally->samples, have_aum, out);
}

enum aum_status
aum_ranking_create_from_verdicts(const struct aum_verdicts *verdicts,
                                 enum aum_combine combine,
                                 struct aum_ranking **out)
{
    enum aum_status status = rank(&verdicts->samples, have_aum, out);
    if (status != AUM_OK)
        return status;
    (*out)->verdicts = verdicts;
    (*out)->combine = combine;
    count_flagged(*out);
    return AUM_OK;
}

void aum_ranking_destroy(struct aum_ranking *ranking)
{
    if (ranking == NULL)
        return;
    free(ranking->cutoffs_by_class);
    free(ranking->keys);
    free(ranking->slots);
    free(ranking);
}

size_t aum_ranking_size(const struct aum_ranking *ranking)
{
    return ranking->size;
}

bool aum_ranking_has_wide_ids(const struct aum_ranking *ranking)
{
    return sample_ids_any_wide(&ranking->samples->ids);
}

size_t aum_ranking_flagged(const struct aum_ranking *ranking)
{
    return ranking->flagged;
}

/* Replaces the classes of the lowest margins by those of the most votes. Where
 * no class ever won, a tally's votes need not be read; in verdicts, a run's
 * label may have won before it changed. */
static void fill_suggestions(const struct aum_ranking *ranking,
                             const uint32_t *slots, size_t count,
                             struct aum_row *rows)
{
    for (size_t i = 0; i < count; i++) {
        struct aum_row *row = &rows[i];
        row->suggested_share = NAN;
        if (row->suggested_label == AUM_NO_CLASS && ranking->verdicts == NULL)
            continue;
        const struct elected elected =
            votes_elect(ranking->samples, slots[i], ranking->threshold_class);
        row->suggested_label = elected.class;
        if (elected.votes > 0)
            row->suggested_share =
                (double)elected.votes / (double)row->measurements;
    }
}

/*
 * The first loop has few instructions per row: samples lie anywhere in memory,
 * and only in a short loop does the processor wait for many of them at once.
 * (Prefetching ahead from a longer loop measured half as fast.)
 */
void aum_ranking_rows(const struct aum_ranking *ranking, size_t first,
                      size_t count, struct aum_row *rows)
{
    const struct samples *samples = ranking->samples;
    const uint32_t *slots = ranking->slots + first;
    for (size_t i = 0; i < count; i++) {
        const size_t slot = slots[i];
        const struct sample *sample = samples_at(samples, slot);
        rows[i].id = sample_ids_get(&samples->ids, slot);
        rows[i].label = sample->label;
        rows[i].measurements = sample_count(sample);
        rows[i].suggested_label = sample->suggested;
        __builtin_prefetch(samples_votes(samples, slot));
    }
    for (size_t i = 0; i < count; i++) {
        struct aum_row *row = &rows[i];
        const size_t index = first + i;
        row->rank = index + 1;
        row->aum = order_key_number(ranking->keys[index]);
        row->flagged = is_flagged(ranking, index, row->label);
        row->runs = 1;
        row->runs_flagged = row->flagged;
        row->step = 0;
        row->aum_sd = NAN;
        row->true_label = AUM_NO_CLASS;
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (samples->columns[i] != NULL && sample_columns[i].fill_rows != NULL)
            sample_columns[i].fill_rows(samples, slots, count, rows);
    }
    fill_suggestions(ranking, slots, count, rows);
}

void aum_ranking_row(const struct aum_ranking *ranking, size_t index,
                     struct aum_row *out)
{
    aum_ranking_rows(ranking, index, 1, out);
}

/* This and the next go in the order of memory, and not in that of the ranking:
 * ten times as fast. */
void ranking_label_range(const struct aum_ranking *ranking, uint32_t *lowest,
                         uint32_t *highest)
{
    const struct samples *samples = ranking->samples;
    const size_t slots = samples_slots(samples);
    *lowest = UINT32_MAX;
    *highest = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        const uint32_t label = samples_at(samples, slot)->label;
        if (!ranking->ranked(samples, slot))
            continue;
        *lowest = label < *lowest ? label : *lowest;
        *highest = label > *highest ? label : *highest;
    }
}

void ranking_count_labels(const struct aum_ranking *ranking, size_t *counts)
{
    const struct samples *samples = ranking->samples;
    const size_t slots = samples_slots(samples);
    for (size_t slot = 0; slot < slots; slot++) {
        if (ranking->ranked(samples, slot))
            counts[samples_at(samples, slot)->label]++;
    }
}

void ranking_labels(const struct aum_ranking *ranking, size_t first,
                    size_t count, uint32_t *labels)
{
    const uint32_t *slots = ranking->slots + first;
    for (size_t i = 0; i < count; i++)
        labels[i] = samples_at(ranking->samples, slots[i])->label;
}
