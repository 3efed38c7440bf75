/*
 * samples.c - what is known of each sample, in columns
 */
#include "libaum/samples.h"

#include <stdlib.h>
#include <string.h>

#include "libaum/huge_pages.h"

void samples_init(struct samples *samples, size_t expected)
{
    *samples = (struct samples){.present[COLUMN_SAMPLES] = true,
                                .present[COLUMN_VOTES] = true,
                                .threshold_class = AUM_NO_CLASS};
    sample_ids_init(&samples->ids, expected);
}

void samples_free(struct samples *samples)
{
    sample_ids_free(&samples->ids);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        free(samples->columns[i]);
    free(samples->wide_sums);
    snapshot_free(&samples->snapshot);
}

void samples_freeze(struct samples *samples)
{
    samples->frozen = true;
    sample_ids_drop_table(&samples->ids);
}

/* ---- room ---- */

void column_clear(void *column, enum sample_column which, size_t start,
                  size_t end)
{
    memset(column_element(column, which, start), sample_columns[which].blank,
           (end - start) * sample_columns[which].bytes);
}

/* Makes a column longer; new elements are blank. */
static bool extend(struct samples *samples, enum sample_column which,
                   size_t old_capacity, size_t capacity)
{
    const size_t bytes = sample_columns[which].bytes;
    if (capacity > SIZE_MAX / bytes)
        return false;
    /* Dumps may be made for far more samples than they have. */
    if (old_capacity == 0 && sample_columns[which].blank == 0 &&
        capacity * bytes >= HUGE_PAGES_UNALIGNED_FROM) {
        free(samples->columns[which]);
        samples->columns[which] = huge_pages_zeroed(capacity * bytes);
        return samples->columns[which] != NULL;
    }
    void *grown = huge_pages_resize(samples->columns[which],
                                    old_capacity * bytes, capacity * bytes);
    if (grown == NULL)
        return false;
    samples->columns[which] = grown;
    column_clear(grown, which, old_capacity, capacity);
    return true;
}

enum aum_status samples_add_column(struct samples *samples,
                                   enum sample_column which)
{
    if (!samples->present[which] && samples->capacity > 0 &&
        !extend(samples, which, 0, samples->capacity))
        return AUM_NO_MEMORY;
    samples->present[which] = true;
    return AUM_OK;
}

enum aum_status samples_reserve(struct samples *samples, size_t slots)
{
    const size_t old = samples->capacity;
    if (slots <= old)
        return AUM_OK;
    size_t capacity = old + old / 2;
    if (slots <= samples->ids.expected)
        capacity = samples->ids.expected;
    else if (capacity < slots)
        capacity = slots < 1024 ? 1024 : slots;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (samples->present[i] &&
            !extend(samples, (enum sample_column)i, old, capacity))
            return AUM_NO_MEMORY;
    }
    samples->capacity = capacity;
    return AUM_OK;
}

/* ---- slots ---- */

static bool slot_taken(void *context, size_t slot)
{
    const struct samples *samples = context;
    return slot < samples->capacity && samples_in_use(samples, slot);
}

static void slot_moved(void *context, size_t from, size_t to)
{
    struct samples *samples = context;
    if (from == to)
        return;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const enum sample_column which = (enum sample_column)i;
        void *column = samples->columns[i];
        if (column == NULL)
            continue;
        memcpy(column_element(column, which, to),
               column_element(column, which, from), sample_columns[i].bytes);
        column_clear(column, which, from, from + 1);
    }
    snapshot_move(&samples->snapshot, from, to);
}

enum aum_status samples_find_or_add(struct samples *samples, struct aum_ids ids,
                                    size_t row, size_t *slot)
{
    struct sample_key key;
    enum aum_status status = sample_ids_key(&samples->ids, ids, row, &key);
    if (status == AUM_OK &&
        sample_ids_outgrown(&samples->ids, key, samples->count))
        status = sample_ids_make_sparse(&samples->ids, slot_taken, slot_moved,
                                        samples);
    if (status == AUM_OK)
        status = sample_ids_slot(&samples->ids, key, slot);
    if (status == AUM_OK)
        status = samples_reserve(samples, samples->ids.slots);
    return status;
}

enum aum_status samples_find_or_add_of(struct samples *samples,
                                       const struct samples *from,
                                       size_t from_slot, size_t *slot)
{
    const struct aum_id id = sample_ids_get(&from->ids, from_slot);
    struct aum_ids one = {id.kind, &id.int64};
    if (id.kind == AUM_IDS_UINT64)
        one.values = &id.uint64;
    else if (id.kind == AUM_IDS_STRING)
        one.values = &id.string;
    return samples_find_or_add(samples, one, 0, slot);
}

enum aum_status samples_find(struct samples *samples, struct aum_ids ids,
                             size_t row, size_t *slot)
{
    struct sample_key key;
    enum aum_status status = sample_ids_key(&samples->ids, ids, row, &key);
    if (status != AUM_OK)
        return status;
    *slot = sample_ids_find(&samples->ids, key);
    if (*slot != SIZE_MAX && !slot_taken(samples, *slot))
        *slot = SIZE_MAX;
    return AUM_OK;
}

void samples_start(struct samples *samples, size_t slot, uint32_t label)
{
    struct sample *sample = samples_at(samples, slot);
    sample->label = label;
    sample->suggested = AUM_NO_CLASS;
    samples->count++;
}

enum aum_status samples_set_truth(struct samples *samples, struct aum_ids ids,
                                  size_t n, const uint32_t *true_labels,
                                  size_t *found)
{
    if (samples->frozen)
        return AUM_BAD_ARGUMENT;
    enum aum_status status = samples_add_column(samples, COLUMN_TRUE_LABELS);
    if (status != AUM_OK)
        return status;
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t slot;
        status = samples_find(samples, ids, i, &slot);
        if (status != AUM_OK)
            return status;
        if (slot == SIZE_MAX)
            continue;
        ((uint32_t *)samples->columns[COLUMN_TRUE_LABELS])[slot] =
            true_labels[i];
        ++*found;
    }
    return AUM_OK;
}

/* ---- sums ---- */

static enum aum_status reserve_wide(struct samples *samples)
{
    if (samples->wide_count < samples->wide_capacity)
        return AUM_OK;
    const size_t capacity =
        samples->wide_capacity + samples->wide_capacity / 2 + 16;
    struct exact_wide_sum *grown =
        realloc(samples->wide_sums, capacity * sizeof *grown);
    if (grown == NULL)
        return AUM_NO_MEMORY;
    samples->wide_sums = grown;
    samples->wide_capacity = capacity;
    return AUM_OK;
}

enum aum_status samples_widen(struct samples *samples, struct sample *sample)
{
    if (sample->count & SAMPLE_WIDE)
        return AUM_OK;
    enum aum_status status = reserve_wide(samples);
    if (status != AUM_OK)
        return status;
    const size_t index = samples->wide_count++;
    exact_wide_from(&samples->wide_sums[index], &sample->sum);
    sample->sum.low = index;
    sample->count |= SAMPLE_WIDE;
    return AUM_OK;
}

enum aum_status samples_add_margin(struct samples *samples,
                                   struct sample *sample, double margin)
{
    if (sample_count(sample) == SAMPLE_COUNT_MASK)
        return AUM_TOO_MANY_SAMPLES;
    if ((sample->count & SAMPLE_WIDE) || !exact_sum_add(&sample->sum, margin)) {
        enum aum_status status = samples_widen(samples, sample);
        if (status != AUM_OK)
            return status;
        exact_wide_add(&samples->wide_sums[sample->sum.low], margin);
    }
    sample->count++;
    return AUM_OK;
}

double samples_aum(const struct samples *samples, size_t slot)
{
    const struct sample *sample = samples_at(samples, slot);
    if (sample->count & SAMPLE_WIDE)
        return exact_wide_mean(&samples->wide_sums[sample->sum.low],
                               sample_count(sample));
    return exact_sum_mean(&sample->sum, sample_count(sample));
}

/* ---- threshold samples ---- */

bool samples_are_threshold(const struct samples *samples, size_t slot)
{
    const struct sample *sample = samples_at(samples, slot);
    return (sample->count & SAMPLE_THRESHOLD) ||
           (samples->threshold_class != AUM_NO_CLASS &&
            sample->label == samples->threshold_class);
}

bool samples_are_ranked(const struct samples *samples, size_t slot)
{
    return samples_have_aum(samples, slot) &&
           !samples_are_threshold(samples, slot);
}

/* Those that ids name. */
static struct aum_threshold_labels
labels_of_marked(const struct samples *samples)
{
    struct aum_threshold_labels labels = {.label = AUM_NO_CLASS};
    const size_t slots = samples_slots(samples);
    for (size_t slot = 0; slot < slots; slot++) {
        const struct sample *sample = samples_at(samples, slot);
        if (!samples_in_use(samples, slot) ||
            !(sample->count & SAMPLE_THRESHOLD))
            continue;
        if (labels.samples++ == 0)
            labels.label = sample->label;
        labels.several |= sample->label != labels.label;
    }
    return labels;
}

struct aum_threshold_labels
samples_threshold_labels(const struct samples *samples)
{
    struct aum_threshold_labels labels = {.label = samples->threshold_class};
    if (labels.label == AUM_NO_CLASS && samples->present[COLUMN_RUNNERS_UP])
        labels = labels_of_marked(samples);
    if (labels.several)
        labels.label = AUM_NO_CLASS;
    if (labels.samples == 0 || labels.several)
        return labels;
    const size_t slots = samples_slots(samples);
    for (size_t slot = 0; slot < slots; slot++)
        labels.others += samples_in_use(samples, slot) &&
                         samples_at(samples, slot)->label == labels.label;
    labels.others -= labels.samples;
    return labels;
}

uint32_t samples_threshold_class(const struct samples *samples)
{
    const struct aum_threshold_labels labels =
        samples_threshold_labels(samples);
    return labels.others > labels.samples ? AUM_NO_CLASS : labels.label;
}
