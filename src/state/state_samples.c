/*
 * state_samples.c - the samples of a state, some at a time
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_columns.h"
#include "common/saturate.h"
#include "common/text.h"

#define ROOM 4096u

struct batch {
    struct aum_columns *samples;
    struct dump_buffer strings;
    uint32_t id_lengths[ROOM];
};

static void batch_destroy(struct batch *batch)
{
    if (batch == NULL)
        return;
    aum_columns_destroy(batch->samples);
    free(batch->strings.bytes);
    free(batch);
}

static struct batch *batch_create(struct error *error)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch != NULL)
        batch->samples = aum_columns_create(ROOM);
    if (batch != NULL && batch->samples != NULL)
        return batch;
    batch_destroy(batch);
    error_no_memory(error);
    return NULL;
}

/* What a tally exports, in terms of a state. */
struct exported {
    size_t column;
    size_t words; /* per sample */
    void *values;
};

static struct exported exported_at(const struct batch *batch, size_t i)
{
    const enum aum_column column = (enum aum_column)i;
    return (struct exported){EXPORTED + i, aum_column_type(column)->words,
                             aum_columns_values(batch->samples, column)};
}

static bool write_ids(struct batch *batch, size_t count,
                      struct dump_columns *columns, struct error *error)
{
    struct text strings = {.bytes = NULL};
    if (batch->samples->id_kind != AUM_IDS_STRING)
        return dump_columns_append(columns, HEAD_COLUMNS + ID_NUMBERS,
                                   batch->samples->id_numbers, count, error);
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(batch->samples->id_strings[i]) + 1;
        batch->id_lengths[i] = (uint32_t)length;
        text_put(&strings, batch->samples->id_strings[i], length);
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
    for (size_t i = 0; i < count; i++)
        batch->samples->records[i] = records[batch->samples->records[i]];
    for (size_t i = 0; i < AUM_COLUMN_COUNT; i++) {
        const struct exported exported = exported_at(batch, i);
        if (!dump_columns_append(columns, HEAD_COLUMNS + exported.column,
                                 exported.values, count * exported.words,
                                 error))
            return false;
    }
    return write_ids(batch, count, columns, error) &&
           dump_columns_append(
               columns, HEAD_COLUMNS + WIDE_SUMS, batch->samples->wide_sums,
               batch->samples->wide_count * AUM_WIDE_SUM_WORDS, error);
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
    while (good &&
           (count = aum_tally_export(tally, &cursor, ROOM, batch->samples)) > 0)
        good = write_batch(batch, count, records, columns, error);
    batch_destroy(batch);
    return good;
}

/* ---- reading them again ---- */

/* What the samples of a state are read with. */
struct reading {
    const struct state *state;
    const char *path;
    const uint32_t *order;
    size_t label_classes;
    struct aum_tally *tally;
    struct dump_columns *columns;
    struct batch *batch;
    uint64_t done;         /* samples before the batch */
    uint64_t measurements; /* of all samples so far; likewise the next */
    uint64_t wide;
    uint64_t string_bytes;
    struct error *error;
};

#define damaged(reading, column, ...)                                         \
    state_damaged((reading)->path, HEAD_COLUMNS + (column), (reading)->error, \
                  __VA_ARGS__)

static bool has_numbers(const struct reading *reading, size_t column,
                        uint64_t length)
{
    const uint64_t found = dump_columns_length(reading->columns, column);
    return found == length ||
           damaged(reading, column, "it has %" PRIu64 " numbers, not %" PRIu64,
                   found, length);
}

/* But of strings and wide sums, which there may be for any samples. */
static bool check_columns(const struct reading *reading, uint64_t samples)
{
    const bool strings = reading->batch->samples->id_kind == AUM_IDS_STRING;
    for (size_t i = 0; i < AUM_COLUMN_COUNT; i++) {
        const struct exported exported = exported_at(reading->batch, i);
        if (!has_numbers(reading, exported.column, samples * exported.words))
            return false;
    }
    return has_numbers(reading, ID_NUMBERS, strings ? 0 : samples) &&
           has_numbers(reading, ID_LENGTHS, strings ? samples : 0);
}

/* Strings as they were written: each ends with its NUL and has no other. */
static bool read_strings(struct reading *reading, size_t count)
{
    struct batch *batch = reading->batch;
    uint64_t bytes = 0;
    if (!dump_columns_read(reading->columns, ID_LENGTHS, batch->id_lengths,
                           count, reading->error))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (batch->id_lengths[i] == 0 ||
            batch->id_lengths[i] > DUMP_STRING_MAX + 1)
            return damaged(reading, ID_LENGTHS,
                           "an id of %" PRIu32 " bytes with its end",
                           batch->id_lengths[i]);
        bytes += batch->id_lengths[i];
    }
    reading->string_bytes += bytes;
    if (reading->string_bytes >
        dump_columns_length(reading->columns, ID_STRINGS))
        return damaged(reading, ID_STRINGS, "it ends before the ids do");
    if (!dump_buffer_reserve(&batch->strings, bytes, 1, reading->error) ||
        !dump_columns_read(reading->columns, ID_STRINGS, batch->strings.bytes,
                           (size_t)bytes, reading->error))
        return false;
    const char *at = (const char *)batch->strings.bytes;
    for (size_t i = 0; i < count; i++) {
        const size_t length = batch->id_lengths[i];
        if (strnlen(at, length) != length - 1)
            return damaged(reading, ID_STRINGS,
                           "the id of sample %" PRIu64 " has another length",
                           reading->done + i);
        batch->samples->id_strings[i] = at;
        at += length;
    }
    return true;
}

static bool read_wide_sums(struct reading *reading, size_t count)
{
    struct batch *batch = reading->batch;
    batch->samples->wide_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (batch->samples->wide[i] > 1)
            return damaged(reading, EXPORTED + AUM_COLUMN_WIDE,
                           "that of sample %" PRIu64 " is %u, not 0 or 1",
                           reading->done + i,
                           (unsigned)batch->samples->wide[i]);
        batch->samples->wide_count += batch->samples->wide[i];
    }
    reading->wide += batch->samples->wide_count;
    if (reading->wide * AUM_WIDE_SUM_WORDS >
        dump_columns_length(reading->columns, WIDE_SUMS))
        return damaged(reading, WIDE_SUMS, "it ends before the sums do");
    return dump_columns_read(
        reading->columns, WIDE_SUMS, batch->samples->wide_sums,
        batch->samples->wide_count * AUM_WIDE_SUM_WORDS, reading->error);
}

static bool read_batch(struct reading *reading, size_t count)
{
    struct batch *batch = reading->batch;
    for (size_t i = 0; i < AUM_COLUMN_COUNT; i++) {
        const struct exported exported = exported_at(batch, i);
        if (!dump_columns_read(reading->columns, exported.column,
                               exported.values, count * exported.words,
                               reading->error))
            return false;
    }
    if (!read_wide_sums(reading, count))
        return false;
    if (batch->samples->id_kind == AUM_IDS_STRING)
        return read_strings(reading, count);
    return dump_columns_read(reading->columns, ID_NUMBERS,
                             batch->samples->id_numbers, count, reading->error);
}

#define MEASUREMENTS_MAX 0x3fffffffu /* as aum_tally_import() takes them */

/* A suggestion is a class that won by a finite margin, or none. */
static bool check_suggestion(const struct reading *reading, size_t i,
                             size_t which)
{
    const uint32_t class = reading->batch->samples->suggested[which][i];
    const double worst = reading->batch->samples->worst[which][i];
    if (class == AUM_NO_CLASS)
        return true;
    if (class >= reading->label_classes)
        return damaged(reading,
                       EXPORTED + (which == 0 ? AUM_COLUMN_SUGGESTED
                                              : AUM_COLUMN_SECOND_SUGGESTED),
                       "sample %" PRIu64 " has class %" PRIu32
                       ", but there are %zu",
                       reading->done + i, class, reading->label_classes);
    return (worst < 0 && isfinite(worst)) ||
           damaged(reading,
                   EXPORTED + (which == 0 ? AUM_COLUMN_WORST
                                          : AUM_COLUMN_SECOND_WORST),
                   "no class beats the label of sample %" PRIu64 " by %g",
                   reading->done + i, worst);
}

static bool check_votes(const struct reading *reading, size_t i)
{
    const struct aum_columns *samples = reading->batch->samples;
    const uint32_t *classes = samples->vote_classes + AUM_VOTES * i;
    const uint32_t *votes = samples->votes + AUM_VOTES * i;
    if (!aum_columns_votes_add_up(samples, i))
        return damaged(reading, EXPORTED + AUM_COLUMN_VOTES,
                       "these cannot be the votes of the %" PRIu32
                       " measurements of sample %" PRIu64,
                       samples->measurements[i], reading->done + i);
    for (size_t k = 0; k < AUM_VOTES; k++) {
        if (votes[k] > 0 && votes[k] != AUM_VOTES_VOID &&
            classes[k] >= reading->label_classes)
            return damaged(reading, EXPORTED + AUM_COLUMN_VOTE_CLASSES,
                           "sample %" PRIu64 " has class %" PRIu32
                           ", but there are %zu",
                           reading->done + i, classes[k],
                           reading->label_classes);
    }
    return true;
}

static bool check_sample(const struct reading *reading, size_t i)
{
    const struct batch *batch = reading->batch;
    const uint64_t sample = reading->done + i;
    if (batch->samples->records[i] >= reading->state->record_count)
        return damaged(reading, EXPORTED + AUM_COLUMN_RECORDS,
                       "sample %" PRIu64 " is of epoch record %" PRIu32
                       ", but there are %zu",
                       sample, batch->samples->records[i],
                       reading->state->record_count);
    if (batch->samples->labels[i] >= reading->label_classes)
        return damaged(reading, EXPORTED + AUM_COLUMN_LABELS,
                       "sample %" PRIu64 " has label %" PRIu32
                       ", but there are %zu classes",
                       sample, batch->samples->labels[i],
                       reading->label_classes);
    if (batch->samples->measurements[i] > MEASUREMENTS_MAX)
        return damaged(reading, EXPORTED + AUM_COLUMN_MEASUREMENTS,
                       "sample %" PRIu64 " cannot have %" PRIu32, sample,
                       batch->samples->measurements[i]);
    return check_suggestion(reading, i, 0) && check_suggestion(reading, i, 1) &&
           check_votes(reading, i);
}

/* Renumbers a state's records as the index does, and looks for what cannot be.
 */
static bool settle_batch(struct reading *reading, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!check_sample(reading, i))
            return false;
        reading->batch->samples->records[i] =
            reading->order[reading->batch->samples->records[i]];
        reading->measurements += reading->batch->samples->measurements[i];
    }
    return true;
}

static bool relabeled(const struct reading *reading, size_t row,
                      uint32_t old_label)
{
    const struct batch *batch = reading->batch;
    const struct class_labels *labels = &reading->state->label_rules.classes;
    char sample[256];
    struct aum_ids ids = {batch->samples->id_kind, batch->samples->id_numbers};
    if (ids.kind == AUM_IDS_STRING)
        ids.values = batch->samples->id_strings;
    measured_format_id(ids, row, sample, sizeof sample);
    return error_set(reading->error,
                     "%s: %s has label %" PRId64 ", but had %" PRId64
                     " in another state; are two runs mixed? Give each its "
                     "--run",
                     reading->path, sample,
                     class_label(labels, batch->samples->labels[row]),
                     class_label(labels, old_label));
}

static bool add_batch(const struct reading *reading, size_t count)
{
    size_t bad_row = 0;
    uint32_t old_label = 0;
    enum aum_status status = aum_tally_import(
        reading->tally, reading->batch->samples, count, &bad_row, &old_label);
    if (status == AUM_RELABELED)
        return relabeled(reading, bad_row, old_label);
    if (status == AUM_BAD_ARGUMENT) /* all else has been checked */
        return damaged(reading, EXPORTED + AUM_COLUMN_SUMS,
                       "no margins have such a sum");
    if (status == AUM_NO_MEMORY)
        return error_no_memory(reading->error);
    return status == AUM_OK || error_set(reading->error, "%s: %s",
                                         reading->path, aum_strerror(status));
}

/* Each row of an epoch record was measured, ignored, left out or skipped; or
 * both of the latter, with --strict. */
static bool check_measurements(const struct reading *reading)
{
    const struct state *state = reading->state;
    const uint64_t rows = state_rows(state);
    const uint64_t skipped = state->skipped_rows - state->not_finite_skipped;
    const uint64_t without = saturated_sum(
        state->ignored_rows, saturated_sum(state->not_finite, skipped));
    return saturated_sum(reading->measurements, without) == rows ||
           damaged(reading, EXPORTED + AUM_COLUMN_MEASUREMENTS,
                   "%" PRIu64 " in all, but there are %" PRIu64
                   " rows, of which %" PRIu64 " have none",
                   reading->measurements, rows, without);
}

static bool read_samples(struct reading *reading)
{
    uint8_t kind = 0;
    uint64_t left =
        dump_columns_length(reading->columns, EXPORTED + AUM_COLUMN_LABELS);
    if (!has_numbers(reading, ID_KIND, 1) ||
        !dump_columns_read(reading->columns, ID_KIND, &kind, 1, reading->error))
        return false;
    if (kind > AUM_IDS_STRING)
        return damaged(reading, ID_KIND, "there is no kind %u", (unsigned)kind);
    reading->batch->samples->id_kind = (enum aum_id_kind)kind;
    if (!check_columns(reading, left))
        return false;
    aum_tally_expect(reading->tally, (size_t)left);
    while (left > 0) {
        const size_t count = left < ROOM ? (size_t)left : ROOM;
        if (!read_batch(reading, count) || !settle_batch(reading, count) ||
            !add_batch(reading, count))
            return false;
        reading->done += count;
        left -= count;
    }
    return dump_columns_verify(reading->columns, reading->error) &&
           has_numbers(reading, ID_STRINGS, reading->string_bytes) &&
           has_numbers(reading, WIDE_SUMS,
                       reading->wide * AUM_WIDE_SUM_WORDS) &&
           check_measurements(reading);
}

/* What damaged bytes say is no news: that they are damaged is. */
static bool blame_damage(const struct reading *reading)
{
    struct error first;
    if (!reading->error->no_memory &&
        !dump_columns_verify(reading->columns, &first))
        *reading->error = first;
    return false;
}

bool state_read_samples(const struct state *state, const char *path,
                        const uint32_t *order, size_t label_classes,
                        struct aum_tally *tally, struct dump_watch *watch,
                        struct error *error)
{
    struct state_tables tables;
    state_tables_init(&tables);
    struct reading reading = {
        .state = state,
        .path = path,
        .order = order,
        .label_classes = label_classes,
        .tally = tally,
        .columns = dump_columns_open(&tables.samples, path, watch, error),
        .error = error,
    };
    const bool same =
        reading.columns != NULL &&
        dump_identity_holds(&state->identity,
                            dump_columns_identity(reading.columns), false,
                            false, path, error);
    reading.batch = same ? batch_create(error) : NULL;
    const bool good = reading.batch != NULL &&
                      (read_samples(&reading) || blame_damage(&reading));
    batch_destroy(reading.batch);
    dump_columns_close(reading.columns);
    return good || (error->no_memory && error_no_memory_for(error, path));
}
