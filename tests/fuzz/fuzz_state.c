/*
 * fuzz_state.c - libFuzzer: states whose check sums are right, whatever they
 * say
 *
 * A state of a few samples that adds up is made first; what the input says is
 * changed in it then: lengths of columns, and values. It is read, or is two
 * states that are added up. What is taken has to be a ranking with finite AUMs,
 * and the same once more when it is written and read again.
 *
 * Columns are in memory, in place of an HDF5 file, which takes a hundred times
 * as long. fuzz_state_hdf5.c has such files.
 */
#ifndef THROUGH_HDF5
#define dump_columns_create memory_create
#define dump_columns_append memory_append
#define dump_columns_finish memory_finish
#define dump_columns_open memory_open
#define dump_columns_length memory_length
#define dump_columns_read memory_read
#define dump_columns_verify memory_verify
#define dump_columns_close memory_close
#define dump_columns_identity memory_identity
#define state_init memory_state_init
#define state_free memory_state_free
#define state_read memory_state_read
#define state_rows memory_state_rows
#define state_read_samples memory_state_read_samples
#define state_write memory_state_write
#define state_write_samples memory_state_write_samples
#endif

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/saturate.h"
#include "dump/discover.h"
#include "state/state_columns.h"

#define CLASSES 5
#define COLUMNS (HEAD_COLUMNS + (int)SAMPLE_COLUMNS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the input ---- */

struct input {
    const uint8_t *at;
    size_t left;
};

/* The next bytes as a number; zeros behind the last one. */
static uint64_t take(struct input *input, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && input->left > 0; i++) {
        value |= (uint64_t)*input->at++ << 8 * i;
        input->left--;
    }
    return value;
}

/* ---- a state that adds up ---- */

struct column {
    size_t size; /* of an element */
    size_t length;
    uint8_t *bytes;
};

static struct column columns[COLUMNS];
static struct state_tables tables;

static size_t element_size(enum dump_type type)
{
    return type == DUMP_U8 ? 1 : type == DUMP_U32 ? 4 : 8;
}

static void set_length(struct column *column, size_t length)
{
    uint8_t *bytes = calloc(length + 1, 8);
    const size_t kept = length < column->length ? length : column->length;
    if (bytes == NULL)
        abort();
    if (kept > 0)
        memcpy(bytes, column->bytes, kept * column->size);
    free(column->bytes);
    column->bytes = bytes;
    column->length = length;
}

static void put(int index, size_t i, uint64_t value)
{
    struct column *column = &columns[index];
    memcpy(column->bytes + i * column->size, &value, column->size);
}

static void put_double(int index, size_t i, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(index, i, bits);
}

static void fill_head(size_t dumps, size_t records, size_t samples)
{
    for (size_t i = 0; i < dumps; i++)
        put(DUMP_PATHS, 2 * i, 'a' + i % 26);
    for (size_t i = 0; i < records; i++) {
        put(RECORD_DUMPS, i, dumps > 0 ? i % dumps : 0);
        put(RECORD_EPOCHS, i, i);
        put(RECORD_ROWS, i, samples);
        put(RECORD_PRINTS, 3 * i, samples);
        put(RECORD_CLASSES, i, CLASSES);
        put(RECORD_PATHS, 8 * i, '/');
        put(RECORD_PATHS, 8 * i + 2, 'z');
        put(RECORD_PATHS, 8 * i + 4, 'y');
    }
}

/* One of those that a tally exports. */
static int exported(enum aum_column column)
{
    return HEAD_COLUMNS + EXPORTED + (int)column;
}

static void fill_samples(size_t records, size_t samples, uint64_t kind,
                         size_t wide)
{
    const bool strings = kind % 3 == AUM_IDS_STRING;
    put(HEAD_COLUMNS + ID_KIND, 0, kind % 3);
    for (size_t i = 0; i < samples; i++) {
        if (strings) {
            put(HEAD_COLUMNS + ID_LENGTHS, i, 3);
            put(HEAD_COLUMNS + ID_STRINGS, 3 * i, '!' + i % 90);
            put(HEAD_COLUMNS + ID_STRINGS, 3 * i + 1, '!' + i / 90);
        } else {
            put(HEAD_COLUMNS + ID_NUMBERS, i, i);
        }
        put(exported(AUM_COLUMN_LABELS), i, i % CLASSES);
        put(exported(AUM_COLUMN_MEASUREMENTS), i, records);
        put(exported(AUM_COLUMN_RECORDS), i, records > 0 ? i % records : 0);
        put(exported(AUM_COLUMN_SUMS), AUM_SUM_WORDS * i + 1, i);
        put(exported(AUM_COLUMN_WIDE), i, i < wide);
        put(exported(AUM_COLUMN_SUGGESTED), i, (i + 1) % CLASSES);
        put_double(exported(AUM_COLUMN_WORST), i, -1.0 - (double)i);
        put(exported(AUM_COLUMN_SECOND_SUGGESTED), i, AUM_NO_CLASS);
    }
}

static void make_columns(size_t dumps, size_t records, size_t samples,
                         uint64_t kind, size_t wide)
{
    const bool strings = kind % 3 == AUM_IDS_STRING;
    size_t lengths[COLUMNS] = {
        [ALLOW_RELABEL] = 1,
        [PROBABILITIES] = 1,
        [LABEL_RULES] = 3,
        [IGNORED_ROWS] = 1,
        [NOT_FINITE] = 1,
        [SKIPPED_ROWS] = 1,
        [NOT_FINITE_SKIPPED] = 1,
        [DUMP_PATHS] = 2 * dumps,
        [DUMP_BYTES] = dumps,
        [DUMP_MODIFIED] = dumps,
        [DUMP_OTHERS] = dumps,
        [RECORD_DUMPS] = records,
        [RECORD_PATHS] = 8 * records,
        [RECORD_EPOCHS] = records,
        [RECORD_SLICES] = records,
        [RECORD_ROWS] = records,
        [RECORD_CLASSES] = records,
        [RECORD_PRINTS] = 3 * records,
        [HEAD_COLUMNS + ID_KIND] = 1,
        [HEAD_COLUMNS + ID_NUMBERS] = strings ? 0 : samples,
        [HEAD_COLUMNS + ID_LENGTHS] = strings ? samples : 0,
        [HEAD_COLUMNS + ID_STRINGS] = strings ? 3 * samples : 0,
        [HEAD_COLUMNS + WIDE_SUMS] = AUM_WIDE_SUM_WORDS * wide,
    };
    for (int c = 0; c < AUM_COLUMN_COUNT; c++)
        lengths[exported((enum aum_column)c)] =
            samples * aum_column_type((enum aum_column)c)->words;
    state_tables_init(&tables);
    for (int c = 0; c < COLUMNS; c++) {
        columns[c].size = element_size(tables.columns[c].type);
        columns[c].length = 0;
        set_length(&columns[c], lengths[c]);
    }
    fill_head(dumps, records, samples);
    fill_samples(records, samples, kind, wide);
}

/* Changes what the input says. */
static void change_columns(struct input *input)
{
    while (input->left > 0) {
        struct column *column = &columns[take(input, 1) % COLUMNS];
        const uint64_t what = take(input, 1);
        if (what == 0) {
            set_length(column, (size_t)take(input, 2) % 300);
        } else if (column->length > 0) {
            const size_t i = (size_t)take(input, 2) % column->length;
            uint64_t value = take(input, what % 9);
            if (what & 16) /* near the highest */
                value = ~value;
            memcpy(column->bytes + i * column->size, &value, column->size);
        }
    }
}

#ifndef THROUGH_HDF5

/* ---- columns in memory, as columns.h has them ---- */

struct dump_columns {
    struct column *first; /* of `columns` */
    size_t count;
    size_t done[COLUMNS];
};

struct dump_columns *dump_columns_create(const struct dump_table *table,
                                         const char *path, const char *name,
                                         struct dump_watch *watch,
                                         struct error *error)
{
    struct dump_columns *file = calloc(1, sizeof *file);
    (void)path, (void)name, (void)watch, (void)error;
    if (file == NULL)
        abort();
    file->first = columns;
    file->count = table->count;
    for (size_t i = 0; i < table->count; i++)
        set_length(&columns[i], 0);
    return file;
}

bool dump_columns_append(struct dump_columns *file, size_t index,
                         const void *values, size_t count, struct error *error)
{
    struct column *column = &file->first[index];
    const size_t before = column->length;
    (void)error;
    set_length(column, before + count);
    if (count > 0)
        memcpy(column->bytes + before * column->size, values,
               count * column->size);
    return true;
}

bool dump_columns_finish(struct dump_columns *file, struct error *error)
{
    (void)error;
    free(file);
    return true;
}

struct dump_columns *dump_columns_open(const struct dump_table *table,
                                       const char *path,
                                       struct dump_watch *watch,
                                       struct error *error)
{
    struct dump_columns *file = dump_columns_create(
        &(struct dump_table){.count = 0}, path, path, watch, error);
    if (strcmp(table->columns[0].name, tables.columns[0].name) != 0)
        file->first += HEAD_COLUMNS; /* all but the head */
    file->count = table->count;
    error->detail[0] = '\0';
    return file;
}

uint64_t dump_columns_length(const struct dump_columns *file, size_t index)
{
    return file->first[index].length;
}

bool dump_columns_read(struct dump_columns *file, size_t index, void *values,
                       size_t count, struct error *error)
{
    const struct column *column = &file->first[index];
    if (count > column->length - file->done[index])
        return error_set(error, "%zu: it cannot be read", index);
    if (count > 0)
        memcpy(values, column->bytes + file->done[index] * column->size,
               count * column->size);
    file->done[index] += count;
    return true;
}

bool dump_columns_verify(struct dump_columns *file, struct error *error)
{
    (void)error;
    for (size_t i = 0; i < file->count; i++)
        file->done[i] = file->first[i].length;
    return true;
}

/* All of it is one file. */
const struct dump_identity *
dump_columns_identity(const struct dump_columns *columns)
{
    static const struct dump_identity one;
    (void)columns;
    return &one;
}

void dump_columns_close(struct dump_columns *file)
{
    free(file);
}

#include "../../src/state/state_file.c"
#include "../../src/state/state_samples.c"

#else

/* ---- an HDF5 file ---- */

static void write_columns(const char *path)
{
    struct error error;
    struct dump_columns *file =
        dump_columns_create(&tables.all, path, path, NULL, &error);
    if (file == NULL)
        abort();
    for (int c = 0; c < COLUMNS; c++) {
        if (!dump_columns_append(file, (size_t)c, columns[c].bytes,
                                 columns[c].length, &error))
            abort();
    }
    if (!dump_columns_finish(file, &error))
        abort();
}

#endif

/* ---- writing and reading ---- */

/* As many times as given; NULL if it is refused. */
static struct aum_tally *read_tally(const char *path, struct state *state,
                                    const struct aum_tally_options *options,
                                    size_t times)
{
    struct error error;
    struct aum_tally *tally = aum_tally_create(options);
    bool good = state_read(state, path, NULL, &error);
    uint32_t *order = calloc(state->record_count + 1, sizeof *order);
    if (tally == NULL || order == NULL)
        abort();
    for (size_t i = 0; i < state->record_count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = 0; good && i < times; i++)
        good = state_read_samples(state, path, order, CLASSES, tally, NULL,
                                  &error);
    free(order);
    if (good)
        return tally;
    aum_tally_destroy(tally);
    return NULL;
}

static struct aum_ranking *rank(struct aum_tally *tally)
{
    struct aum_ranking *ranking;
    double last = -INFINITY;
    struct aum_row row;
    if (aum_ranking_create_whole(tally, &ranking) != AUM_OK)
        abort();
    for (size_t i = 0; i < aum_ranking_size(ranking); i++) {
        aum_ranking_row(ranking, i, &row);
        if (!isfinite(row.aum) || row.aum < last || row.label >= CLASSES ||
            (row.suggested_label >= CLASSES &&
             row.suggested_label != AUM_NO_CLASS) ||
            row.suggested_share <= 0 || row.suggested_share > 1)
            abort();
        last = row.aum;
    }
    return ranking;
}

static void compare(struct aum_ranking *a, struct aum_ranking *b)
{
    struct aum_row x;
    struct aum_row y;
    if (aum_ranking_size(a) != aum_ranking_size(b))
        abort();
    for (size_t i = 0; i < aum_ranking_size(a); i++) {
        aum_ranking_row(a, i, &x);
        aum_ranking_row(b, i, &y);
        if (x.aum != y.aum || x.label != y.label ||
            x.measurements != y.measurements ||
            x.suggested_label != y.suggested_label ||
            (x.suggested_share != y.suggested_share &&
             !(isnan(x.suggested_share) && isnan(y.suggested_share))) ||
            x.id.kind != y.id.kind ||
            (x.id.kind == AUM_IDS_STRING ? strcmp(x.id.string, y.id.string) != 0
                                         : x.id.uint64 != y.id.uint64))
            abort();
    }
}

/* The state of which so many were added up. */
static void multiply(struct state *state, size_t times)
{
    for (size_t i = 0; i < state->record_count; i++) {
        struct state_record *record = &state->records[i];
        record->rows = saturated_product(record->rows, times);
        record->print.rows = saturated_product(record->print.rows, times);
    }
    state->not_finite = saturated_product(state->not_finite, times);
    state->skipped_rows = saturated_product(state->skipped_rows, times);
    state->not_finite_skipped =
        saturated_product(state->not_finite_skipped, times);
}

/* Written and read again, it is the same. */
static void write_again(const char *path, const struct state *state,
                        struct aum_tally *tally,
                        const struct aum_tally_options *options)
{
    struct error error;
    struct state again;
    uint32_t *records = calloc(state->record_count + 1, sizeof *records);
    if (records == NULL)
        abort();
    for (size_t i = 0; i < state->record_count; i++)
        records[i] = (uint32_t)i;
    if (!state_write(state, path, path, tally, records, NULL, &error))
        abort();
    free(records);
    struct aum_tally *same = read_tally(path, &again, options, 1);
    if (same == NULL)
        abort();
    struct aum_ranking *a = rank(tally);
    struct aum_ranking *b = rank(same);
    compare(a, b);
    aum_ranking_destroy(a);
    aum_ranking_destroy(b);
    aum_tally_destroy(same);
    state_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[] = "fuzz_state_XXXXXX";
    struct input input = {data, size};
    struct error error;
    struct state state;
#ifdef THROUGH_HDF5
    static int fd = -1;
    if (fd < 0 && (!dump_start(&error) || (fd = mkstemp(path)) < 0))
        abort();
#else
    (void)error;
#endif
    const uint64_t flags = take(&input, 1);
    const size_t dumps = (size_t)take(&input, 1) % 4;
    const size_t records = (size_t)take(&input, 1) % 6;
    size_t samples = (size_t)take(&input, 1) % 40;
    const uint64_t kind = take(&input, 1);
    size_t wide = (size_t)take(&input, 1) % 4;
    if (flags & 128) /* more than are read at a time */
        samples += 4096;
    wide = wide < samples ? wide : samples;
    const struct aum_tally_options options = {
        .allow_relabel = flags & 1,
        .threshold_later = flags & 2,
        .threshold_class = flags & 4 ? CLASSES - 1 : AUM_NO_CLASS};
    make_columns(dumps, records, samples, kind, wide);
    change_columns(&input);
#ifdef THROUGH_HDF5
    write_columns(path);
#endif
    const size_t times = flags & 8 ? 2 : 1;
    struct aum_tally *tally = read_tally(path, &state, &options, times);
    if (tally != NULL)
        multiply(&state, times);
    if (tally != NULL)
        write_again(path, &state, tally, &options);
    aum_tally_destroy(tally);
    state_free(&state);
    for (int c = 0; c < COLUMNS; c++)
        free(columns[c].bytes);
    memset(columns, 0, sizeof columns);
    return 0;
}
