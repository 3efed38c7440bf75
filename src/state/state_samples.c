/*
 * state_samples.c - the samples of a state, some at a time
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_columns.h"
#include "common/text.h"

#define ROOM 4096u

struct batch {
    struct aum_columns columns;
    struct dump_buffer strings;
    uint64_t id_numbers[ROOM];
    const char *id_strings[ROOM];
    uint32_t id_lengths[ROOM];
    uint32_t labels[ROOM];
    uint32_t measurements[ROOM];
    uint32_t parts[ROOM];
    uint64_t sums[AUM_SUM_WORDS * ROOM];
    uint8_t wide[ROOM];
    uint64_t wide_sums[AUM_WIDE_SUM_WORDS * ROOM];
    uint32_t suggested[2][ROOM];
    double worst[2][ROOM];
};

static struct batch *batch_create(struct error *error)
{
    struct batch *batch = malloc(sizeof *batch);
    if (batch == NULL) {
        error_no_memory(error);
        return NULL;
    }
    batch->strings = (struct dump_buffer){NULL, 0};
    batch->columns = (struct aum_columns){
        .id_numbers = batch->id_numbers,
        .id_strings = batch->id_strings,
        .labels = batch->labels,
        .measurements = batch->measurements,
        .parts = batch->parts,
        .sums = batch->sums,
        .wide = batch->wide,
        .wide_sums = batch->wide_sums,
        .suggested = {batch->suggested[0], batch->suggested[1]},
        .worst = {batch->worst[0], batch->worst[1]},
    };
    return batch;
}

static void batch_destroy(struct batch *batch)
{
    if (batch == NULL)
        return;
    free(batch->strings.bytes);
    free(batch);
}

/* The columns with some numbers a sample, for both ways. */
struct part_of_batch {
    size_t column;
    size_t words; /* a sample */
    void *values;
};

#define BATCH_PARTS 9

static void parts_of_batch(struct batch *batch,
                           struct part_of_batch parts[BATCH_PARTS])
{
    const struct part_of_batch all[BATCH_PARTS] = {
        {LABELS, 1, batch->labels},
        {MEASUREMENTS, 1, batch->measurements},
        {RECORDS, 1, batch->parts},
        {SUMS, AUM_SUM_WORDS, batch->sums},
        {WIDE, 1, batch->wide},
        {SUGGESTED, 1, batch->suggested[0]},
        {WORST, 1, batch->worst[0]},
        {SECOND_SUGGESTED, 1, batch->suggested[1]},
        {SECOND_WORST, 1, batch->worst[1]},
    };
    memcpy(parts, all, sizeof all);
}

static bool write_ids(struct batch *batch, size_t count,
                      struct dump_columns *columns, struct error *error)
{
    struct text strings = {.bytes = NULL};
    if (batch->columns.id_kind != AUM_IDS_STRING)
        return dump_columns_append(columns, HEAD_COLUMNS + ID_NUMBERS,
                                   batch->id_numbers, count, error);
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(batch->id_strings[i]) + 1;
        batch->id_lengths[i] = (uint32_t)length;
        text_put(&strings, batch->id_strings[i], length);
    }
    const bool good =
        strings.failed
            ? error_no_memory(error)
            : dump_columns_append(columns, HEAD_COLUMNS + ID_LENGTHS,
                                  batch->id_lengths, count, error) &&
                  dump_columns_append(columns, HEAD_COLUMNS + ID_STRINGS,
                                      strings.bytes, strings.used, error);
    text_free(&strings);
    return good;
}

static bool write_batch(struct batch *batch, size_t count,
                        const uint32_t *records, struct dump_columns *columns,
                        struct error *error)
{
    struct part_of_batch parts[BATCH_PARTS];
    for (size_t i = 0; i < count; i++)
        batch->parts[i] = records[batch->parts[i]];
    parts_of_batch(batch, parts);
    for (size_t i = 0; i < BATCH_PARTS; i++) {
        if (!dump_columns_append(columns, HEAD_COLUMNS + parts[i].column,
                                 parts[i].values, count * parts[i].words,
                                 error))
            return false;
    }
    return write_ids(batch, count, columns, error) &&
           dump_columns_append(
               columns, HEAD_COLUMNS + WIDE_SUMS, batch->wide_sums,
               batch->columns.wide_count * AUM_WIDE_SUM_WORDS, error);
}

bool state_write_samples(const struct aum_tally *tally, const uint32_t *records,
                         struct dump_columns *columns, struct error *error)
{
    struct batch *batch = batch_create(error);
    const uint8_t kind = (uint8_t)aum_tally_id_kind(tally);
    size_t cursor = 0;
    size_t count;
    bool good =
        batch != NULL &&
        dump_columns_append(columns, HEAD_COLUMNS + ID_KIND, &kind, 1, error);
    while (good && (count = aum_tally_export(tally, &cursor, ROOM,
                                             &batch->columns)) > 0)
        good = write_batch(batch, count, records, columns, error);
    batch_destroy(batch);
    return good;
}

/* ---- reading them again ---- */

/* Strings as they were written: each ends with its NUL and has no other. */
static bool read_strings(struct batch *batch, size_t count,
                         struct dump_columns *columns, const char *path,
                         struct error *error)
{
    uint64_t bytes = 0;
    if (!dump_columns_read(columns, ID_LENGTHS, batch->id_lengths, count,
                           error))
        return false;
    for (size_t i = 0; i < count; i++)
        bytes += batch->id_lengths[i];
    if (bytes > dump_columns_length(columns, ID_STRINGS))
        return state_does_not_add_up(path, error);
    if (!dump_buffer_reserve(&batch->strings, bytes, 1, error) ||
        !dump_columns_read(columns, ID_STRINGS, batch->strings.bytes,
                           (size_t)bytes, error))
        return false;
    const char *at = (const char *)batch->strings.bytes;
    for (size_t i = 0; i < count; i++) {
        const size_t length = batch->id_lengths[i];
        if (length == 0 || strnlen(at, length) != length - 1)
            return state_does_not_add_up(path, error);
        batch->id_strings[i] = at;
        at += length;
    }
    return true;
}

static bool read_batch(struct batch *batch, size_t count,
                       struct dump_columns *columns, const char *path,
                       struct error *error)
{
    struct part_of_batch parts[BATCH_PARTS];
    parts_of_batch(batch, parts);
    for (size_t i = 0; i < BATCH_PARTS; i++) {
        if (!dump_columns_read(columns, parts[i].column, parts[i].values,
                               count * parts[i].words, error))
            return false;
    }
    batch->columns.wide_count = 0;
    for (size_t i = 0; i < count; i++)
        batch->columns.wide_count += batch->wide[i] != 0;
    if (!dump_columns_read(columns, WIDE_SUMS, batch->wide_sums,
                           batch->columns.wide_count * AUM_WIDE_SUM_WORDS,
                           error))
        return false;
    if (batch->columns.id_kind == AUM_IDS_STRING)
        return read_strings(batch, count, columns, path, error);
    return dump_columns_read(columns, ID_NUMBERS, batch->id_numbers, count,
                             error);
}

static bool is_class(uint32_t class, size_t classes)
{
    return class < classes || class == AUM_NO_CLASS;
}

/* Puts parts in place of records, and looks for what cannot be. */
static bool settle_batch(struct batch *batch, size_t count,
                         const struct state *state, const uint32_t *order,
                         size_t label_classes)
{
    for (size_t i = 0; i < count; i++) {
        if (batch->parts[i] >= state->record_count ||
            batch->labels[i] >= label_classes ||
            !is_class(batch->suggested[0][i], label_classes) ||
            !is_class(batch->suggested[1][i], label_classes))
            return false;
        batch->parts[i] = order[batch->parts[i]];
    }
    return true;
}

static bool relabeled(const struct batch *batch, size_t row, uint32_t old_label,
                      const char *path, struct error *error)
{
    char sample[256];
    struct aum_ids ids = {batch->columns.id_kind, batch->id_numbers};
    if (ids.kind == AUM_IDS_STRING)
        ids.values = batch->id_strings;
    measured_format_id(ids, row, sample, sizeof sample);
    return error_set(error,
                     "%s: %s has label %" PRIu32 ", but had %" PRIu32
                     " in another state; are two runs mixed?",
                     path, sample, batch->labels[row], old_label);
}

static bool add_batch(struct batch *batch, size_t count,
                      struct aum_tally *tally, const char *path,
                      struct error *error)
{
    size_t bad_row = 0;
    uint32_t old_label = 0;
    enum aum_status status =
        aum_tally_import(tally, &batch->columns, count, &bad_row, &old_label);
    if (status == AUM_RELABELED)
        return relabeled(batch, bad_row, old_label, path, error);
    if (status == AUM_BAD_ARGUMENT)
        return state_does_not_add_up(path, error);
    return status == AUM_OK ||
           error_set(error, "%s: %s", path, aum_strerror(status));
}

static bool read_samples(const struct state *state, const char *path,
                         const uint32_t *order, size_t label_classes,
                         struct aum_tally *tally, struct dump_columns *columns,
                         struct batch *batch, struct error *error)
{
    uint8_t kind = 0;
    uint64_t left = dump_columns_length(columns, LABELS);
    if (!dump_columns_read(columns, ID_KIND, &kind, 1, error))
        return false;
    if (kind > AUM_IDS_STRING)
        return state_does_not_add_up(path, error);
    batch->columns.id_kind = (enum aum_id_kind)kind;
    aum_tally_expect(tally, (size_t)left);
    while (left > 0) {
        const size_t count = left < ROOM ? (size_t)left : ROOM;
        if (!read_batch(batch, count, columns, path, error))
            return false;
        if (!settle_batch(batch, count, state, order, label_classes))
            return state_does_not_add_up(path, error);
        if (!add_batch(batch, count, tally, path, error))
            return false;
        left -= count;
    }
    return dump_columns_verify(columns, error);
}

bool state_read_samples(const struct state *state, const char *path,
                        const uint32_t *order, size_t label_classes,
                        struct aum_tally *tally, struct dump_watch *watch,
                        struct error *error)
{
    struct dump_columns *columns =
        dump_columns_open(&state_samples_table, path, watch, error);
    struct batch *batch =
        columns != NULL && dump_identity_holds(&state->identity,
                                               dump_columns_identity(columns),
                                               false, false, path, error)
            ? batch_create(error)
            : NULL;
    const bool good =
        batch != NULL && read_samples(state, path, order, label_classes, tally,
                                      columns, batch, error);
    batch_destroy(batch);
    dump_columns_close(columns);
    return good;
}
