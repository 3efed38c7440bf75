/*
 * merge.c - adding up tallies, and tallies as columns
 */
#include "libaum/tally.h"

/* Adds all that `from` holds of a sample. */
static enum aum_status merge_columns(struct aum_tally *into, size_t slot,
                                     const struct samples *from,
                                     size_t from_slot)
{
    enum aum_status status = AUM_OK;
    for (size_t i = 0; status == AUM_OK && i < COLUMN_COUNT; i++) {
        if (from->columns[i] != NULL && sample_columns[i].merge != NULL)
            status = sample_columns[i].merge(into, slot, from, from_slot);
    }
    return status;
}

enum aum_status aum_tally_merge(struct aum_tally *into,
                                const struct aum_tally *from)
{
    if (into->samples.frozen || into == from)
        return AUM_BAD_ARGUMENT;
    const size_t slots = samples_slots(&from->samples);
    for (size_t slot = 0; slot < slots; slot++) {
        if (!samples_in_use(&from->samples, slot))
            continue;
        size_t to;
        enum aum_status status =
            samples_find_or_add_of(&into->samples, &from->samples, slot, &to);
        if (status == AUM_OK)
            status = merge_columns(into, to, &from->samples, slot);
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

/* ---- columns ---- */

static void export_columns(const struct samples *samples, size_t slot,
                           struct aum_columns *columns, size_t row)
{
    const struct aum_id id = sample_ids_get(&samples->ids, slot);
    if (id.kind == AUM_IDS_STRING)
        columns->id_strings[row] = id.string;
    else
        columns->id_numbers[row] = id.uint64;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (sample_columns[i].export_element != NULL)
            sample_columns[i].export_element(samples, slot, columns, row);
    }
}

size_t aum_tally_export(const struct aum_tally *tally, size_t *cursor,
                        size_t room, struct aum_columns *columns)
{
    const size_t slots = samples_slots(&tally->samples);
    size_t count = 0;
    columns->id_kind = aum_tally_id_kind(tally);
    columns->wide_count = 0;
    for (; count < room && *cursor < slots; ++*cursor) {
        if (samples_in_use(&tally->samples, *cursor))
            export_columns(&tally->samples, *cursor, columns, count++);
    }
    return count;
}

/* Makes room for one sample with all columns that can be imported. */
static enum aum_status prepare_import(struct samples *one)
{
    enum aum_status status = AUM_OK;
    samples_init(one, 1);
    for (size_t i = 0; status == AUM_OK && i < COLUMN_COUNT; i++) {
        if (sample_columns[i].import_element != NULL)
            status = samples_add_column(one, (enum sample_column)i);
    }
    return status == AUM_OK ? samples_reserve(one, 1) : status;
}

/* Reads a row as the one sample, and adds that to the tally. */
static enum aum_status import_row(struct aum_tally *tally, size_t slot,
                                  struct import *import, struct samples *one)
{
    enum aum_status status = AUM_OK;
    for (size_t i = 0; status == AUM_OK && i < COLUMN_COUNT; i++) {
        if (sample_columns[i].import_element != NULL)
            status = sample_columns[i].import_element(import, one);
    }
    return status == AUM_OK ? merge_columns(tally, slot, one, 0) : status;
}

enum aum_status aum_tally_import(struct aum_tally *tally,
                                 const struct aum_columns *columns,
                                 size_t count, size_t *bad_row,
                                 uint32_t *old_label)
{
    struct aum_ids ids = {columns->id_kind, columns->id_numbers};
    struct import import = {.columns = columns};
    struct samples one;
    if (ids.kind == AUM_IDS_STRING)
        ids.values = columns->id_strings;
    if (tally->samples.frozen)
        return AUM_BAD_ARGUMENT;
    enum aum_status status = prepare_import(&one);
    for (; status == AUM_OK && import.row < count; import.row++) {
        size_t slot;
        status = samples_find_or_add(&tally->samples, ids, import.row, &slot);
        if (status == AUM_OK)
            status = import_row(tally, slot, &import, &one);
        if (status == AUM_RELABELED && bad_row != NULL) {
            *bad_row = import.row;
            *old_label = samples_at(&tally->samples, slot)->label;
        }
    }
    samples_free(&one);
    return status;
}
