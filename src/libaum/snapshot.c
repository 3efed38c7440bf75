/*
 * snapshot.c - going back to earlier measurements
 */
#include <stdlib.h>
#include <string.h>

#include "libaum/huge_pages.h"
#include "libaum/samples.h"

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        free(snapshot->columns[i]);
    free(snapshot->wide_sums);
    *snapshot = (struct snapshot){.slots = 0};
}

/* Makes columns for all the slots there is room for, so that further snapshots
 * need no new ones soon. */
static enum aum_status allocate(struct snapshot *snapshot,
                                const struct samples *samples)
{
    const size_t slots = samples_slots(samples);
    snapshot_free(snapshot);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (samples->columns[i] == NULL || !sample_columns[i].measured)
            continue;
        snapshot->columns[i] = huge_pages_resize(
            NULL, 0, samples->capacity * sample_columns[i].bytes);
        if (snapshot->columns[i] == NULL)
            return AUM_NO_MEMORY;
        column_clear(snapshot->columns[i], (enum sample_column)i, slots,
                     samples->capacity);
    }
    snapshot->slots = samples->capacity;
    return AUM_OK;
}

static enum aum_status copy_wide_sums(struct snapshot *snapshot,
                                      const struct samples *samples)
{
    const size_t bytes = samples->wide_count * sizeof *snapshot->wide_sums;
    free(snapshot->wide_sums);
    snapshot->wide_sums = NULL;
    snapshot->wide_count = samples->wide_count;
    if (bytes == 0)
        return AUM_OK;
    snapshot->wide_sums = malloc(bytes);
    if (snapshot->wide_sums == NULL)
        return AUM_NO_MEMORY;
    memcpy(snapshot->wide_sums, samples->wide_sums, bytes);
    return AUM_OK;
}

enum aum_status samples_take_snapshot(struct samples *samples)
{
    struct snapshot *snapshot = &samples->snapshot;
    const size_t slots = samples_slots(samples);
    if (slots == 0)
        return AUM_BAD_ARGUMENT;
    enum aum_status status =
        snapshot->slots < slots ? allocate(snapshot, samples) : AUM_OK;
    if (status == AUM_OK)
        status = copy_wide_sums(snapshot, samples);
    if (status != AUM_OK) {
        snapshot_free(snapshot);
        return status;
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (snapshot->columns[i] != NULL)
            memcpy(snapshot->columns[i], samples->columns[i],
                   slots * sample_columns[i].bytes);
    }
    return AUM_OK;
}

static bool holds(const struct snapshot *snapshot, size_t slot)
{
    const struct sample *column = snapshot->columns[COLUMN_SAMPLES];
    return slot < snapshot->slots && column[slot].record != 0;
}

void snapshot_move(struct snapshot *snapshot, size_t from, size_t to)
{
    if (to >= snapshot->slots) /* and so is `from` */
        return;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const enum sample_column which = (enum sample_column)i;
        void *column = snapshot->columns[i];
        if (column == NULL)
            continue;
        column_clear(column, which, to, to + 1);
        if (from >= snapshot->slots)
            continue;
        memcpy(column_element(column, which, to),
               column_element(column, which, from), sample_columns[i].bytes);
        column_clear(column, which, from, from + 1);
    }
}

/* Samples that came later have no element in the snapshot. */
static void restore_slot(struct samples *samples, size_t slot, bool known)
{
    const struct snapshot *snapshot = &samples->snapshot;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const enum sample_column which = (enum sample_column)i;
        if (snapshot->columns[i] == NULL)
            continue;
        if (known)
            memcpy(column_element(samples->columns[i], which, slot),
                   column_element(snapshot->columns[i], which, slot),
                   sample_columns[i].bytes);
        else
            column_clear(samples->columns[i], which, slot, slot + 1);
    }
}

enum aum_status samples_roll_back(struct samples *samples)
{
    struct snapshot *snapshot = &samples->snapshot;
    const size_t slots = samples_slots(samples);
    if (snapshot->slots == 0)
        return AUM_BAD_ARGUMENT;
    samples->count = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        struct sample *sample = samples_at(samples, slot);
        /* No measurement: which samples are threshold samples stays. */
        const uint32_t threshold = sample->count & SAMPLE_THRESHOLD;
        const bool known = holds(snapshot, slot);
        restore_slot(samples, slot, known);
        if (known) {
            sample->count |= threshold;
            samples->count++;
        }
    }
    if (snapshot->wide_count > 0)
        memcpy(samples->wide_sums, snapshot->wide_sums,
               snapshot->wide_count * sizeof *snapshot->wide_sums);
    samples->wide_count = snapshot->wide_count;
    snapshot_free(snapshot);
    return AUM_OK;
}
