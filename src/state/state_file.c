/*
 * state_file.c - what a scan has read so far, as a file
 */
#include "state/state_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_columns.h"
#include "common/saturate.h"
#include "common/text.h"
#include "dump/axes.h"

/* ---- memory ---- */

bool state_init(struct state *state, size_t dumps, size_t records,
                struct error *error)
{
    *state = (struct state){.dump_count = dumps, .record_count = records};
    state->dumps = calloc(dumps + 1, sizeof *state->dumps);
    state->records = calloc(records + 1, sizeof *state->records);
    return (state->dumps != NULL && state->records != NULL) ||
           error_no_memory(error);
}

void state_free(struct state *state)
{
    free(state->dumps);
    free(state->records);
    free(state->texts[0]);
    free(state->texts[1]);
    memset(state, 0, sizeof *state);
}

/* ---- numbers of dumps and records: one table for both ways ---- */

struct field {
    size_t column;
    bool of_dumps; /* else of records */
    size_t offset;
    size_t words; /* of 64 bits */
};

static const struct field fields[] = {
    {DUMP_BYTES, true, offsetof(struct state_dump, bytes), 1},
    {DUMP_MODIFIED, true, offsetof(struct state_dump, modified), 1},
    {DUMP_OTHERS, true, offsetof(struct state_dump, others), 1},
    {RECORD_DUMPS, false, offsetof(struct state_record, dump), 1},
    {RECORD_EPOCHS, false, offsetof(struct state_record, epoch), 1},
    {RECORD_SLICES, false, offsetof(struct state_record, slice), 1},
    {RECORD_ROWS, false, offsetof(struct state_record, rows), 1},
    {RECORD_CLASSES, false, offsetof(struct state_record, classes), 1},
    {RECORD_PRINTS, false, offsetof(struct state_record, print), 3},
};
#define FIELDS (sizeof fields / sizeof *fields)

_Static_assert(sizeof(struct fingerprint) == 3 * sizeof(uint64_t),
               "a fingerprint is three words");

/* Where the words of a field are in the i-th dump or record. */
static void *field_at(const struct state *state, const struct field *field,
                      size_t i)
{
    char *base =
        field->of_dumps ? (char *)&state->dumps[i] : (char *)&state->records[i];
    return base + field->offset;
}

static size_t field_count(const struct state *state, const struct field *field)
{
    return field->of_dumps ? state->dump_count : state->record_count;
}

static bool write_field(const struct state *state, const struct field *field,
                        struct dump_columns *columns, struct error *error)
{
    const size_t count = field_count(state, field);
    uint64_t *words = malloc((count * field->words + 1) * sizeof *words);
    if (words == NULL)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        memcpy(words + i * field->words, field_at(state, field, i),
               field->words * sizeof *words);
    const bool good = dump_columns_append(columns, field->column, words,
                                          count * field->words, error);
    free(words);
    return good;
}

static bool read_field(const struct state *state, const struct field *field,
                       struct dump_columns *columns, struct error *error)
{
    const size_t count = field_count(state, field);
    uint64_t *words = malloc((count * field->words + 1) * sizeof *words);
    if (words == NULL)
        return error_no_memory(error);
    const bool good = dump_columns_read(columns, field->column, words,
                                        count * field->words, error);
    for (size_t i = 0; good && i < count; i++)
        memcpy(field_at(state, field, i), words + i * field->words,
               field->words * sizeof *words);
    free(words);
    return good;
}

/* ---- texts ---- */

static bool write_texts(const struct state *state, struct dump_columns *columns,
                        struct error *error)
{
    struct text paths = {.bytes = NULL};
    struct text names = {.bytes = NULL};
    for (size_t i = 0; i < state->dump_count; i++)
        text_put(&paths, state->dumps[i].path,
                 strlen(state->dumps[i].path) + 1);
    for (size_t i = 0; i < state->record_count; i++) {
        const struct state_record *kept = &state->records[i];
        text_put(&names, kept->group, strlen(kept->group) + 1);
        text_put(&names, kept->logits, strlen(kept->logits) + 1);
        text_put(&names, kept->labels, strlen(kept->labels) + 1);
        text_put(&names, kept->ids, strlen(kept->ids) + 1);
    }
    const bool good =
        (!paths.failed && !names.failed)
            ? dump_columns_append(columns, DUMP_PATHS, paths.bytes, paths.used,
                                  error) &&
                  dump_columns_append(columns, RECORD_PATHS, names.bytes,
                                      names.used, error)
            : error_no_memory(error);
    text_free(&paths);
    text_free(&names);
    return good;
}

/* A whole column of texts; the caller's to free. */
static char *read_texts(struct dump_columns *columns, size_t column,
                        size_t *size, struct error *error)
{
    *size = (size_t)dump_columns_length(columns, column);
    char *texts = malloc(*size + 1);
    if (texts == NULL) {
        error_no_memory(error);
        return NULL;
    }
    texts[*size] = '\0';
    if (dump_columns_read(columns, column, texts, *size, error))
        return texts;
    free(texts);
    return NULL;
}

/* The next text; NULL behind the last one. */
static const char *next_text(const char **at, const char *end)
{
    const char *text = *at;
    if (text >= end)
        return NULL;
    *at += strlen(text) + 1;
    return text;
}

/* Gives dumps and records their texts. */
static bool share_out_texts(struct state *state, const size_t sizes[2],
                            const char *path, struct error *error)
{
    const char *at = state->texts[0];
    const char *end = at + sizes[0];
    bool good = true;
    for (size_t i = 0; i < state->dump_count; i++) {
        state->dumps[i].path = next_text(&at, end);
        good &= state->dumps[i].path != NULL;
    }
    if (!good || at != end)
        return state_damaged(path, DUMP_PATHS, error,
                             "not one path for each of %zu dumps",
                             state->dump_count);
    at = state->texts[1];
    end = at + sizes[1];
    for (size_t i = 0; i < state->record_count; i++) {
        struct state_record *kept = &state->records[i];
        kept->group = next_text(&at, end);
        kept->logits = next_text(&at, end);
        kept->labels = next_text(&at, end);
        kept->ids = next_text(&at, end);
        good &= kept->ids != NULL;
    }
    return (good && at == end) ||
           state_damaged(path, RECORD_PATHS, error,
                         "not four paths for each of %zu epoch records",
                         state->record_count);
}

/* ---- names of axes ---- */

static bool write_axes(const struct state *state, struct dump_columns *columns,
                       struct error *error)
{
    char text[DUMP_AXES_TEXT];
    dump_axes_format(&state->axes, text);
    return dump_columns_append(columns, AXES, text, strlen(text), error);
}

static bool read_axes(struct state *state, struct dump_columns *columns,
                      const char *path, struct error *error)
{
    char text[DUMP_AXES_TEXT] = "";
    const uint64_t length = dump_columns_length(columns, AXES);
    if (length == 0)
        return true;
    if (length < sizeof text &&
        !dump_columns_read(columns, AXES, text, (size_t)length, error))
        return false;
    return (length < sizeof text && strlen(text) == length &&
            dump_axes_parse(&state->axes, text)) ||
           state_damaged(path, AXES, error, "these are no names of axes");
}

/* ---- what cannot be ---- */

uint64_t state_rows(const struct state *state)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < state->record_count; i++)
        rows = saturated_sum(rows, state->records[i].rows);
    return rows;
}

static bool check_dumps(const struct state *state, const char *path,
                        struct error *error)
{
    for (size_t i = 0; i < state->dump_count; i++) {
        if (state->dumps[i].bytes > INT64_MAX)
            return state_damaged(path, DUMP_BYTES, error,
                                 "%s cannot have had %" PRIu64 " bytes",
                                 state->dumps[i].path, state->dumps[i].bytes);
    }
    return true;
}

static bool check_record(const struct state *state, size_t index,
                         const char *path, struct error *error)
{
    const struct state_record *kept = &state->records[index];
    if (kept->dump >= state->dump_count)
        return state_damaged(path, RECORD_DUMPS, error,
                             "epoch record %zu is of dump %" PRIu64
                             ", but there are %zu",
                             index, kept->dump, state->dump_count);
    /* As many as labels of 32 bits can tell apart. */
    if (kept->classes >= AUM_NO_CLASS || (kept->classes == 0 && kept->rows > 0))
        return state_damaged(path, RECORD_CLASSES, error,
                             "epoch record %zu cannot have %" PRIu64 " classes",
                             index, kept->classes);
    return kept->print.rows <= kept->rows ||
           state_damaged(path, RECORD_PRINTS, error,
                         "%" PRIu64 " rows of epoch record %zu were read, but "
                         "it has %" PRIu64,
                         kept->print.rows, index, kept->rows);
}

/* Rows that were not read have been skipped; rows that were skipped, or left
 * out, are rows. */
static bool check_rows(const struct state *state, const char *path,
                       struct error *error)
{
    const uint64_t rows = state_rows(state);
    uint64_t missing = 0;
    for (size_t i = 0; i < state->record_count; i++) {
        const struct state_record *kept = &state->records[i];
        missing = saturated_sum(missing, kept->rows - kept->print.rows);
    }
    if (state->not_finite > rows)
        return state_damaged(path, NOT_FINITE, error,
                             "%" PRIu64 " margins were left out, but there are "
                             "%" PRIu64 " rows",
                             state->not_finite, rows);
    if (state->skipped_rows > rows)
        return state_damaged(path, SKIPPED_ROWS, error,
                             "%" PRIu64 " rows were skipped, but there are "
                             "%" PRIu64,
                             state->skipped_rows, rows);
    if (state->ignored_rows > rows)
        return state_damaged(path, IGNORED_ROWS, error,
                             "%" PRIu64 " rows were ignored, but there are "
                             "%" PRIu64,
                             state->ignored_rows, rows);
    if (state->not_finite_skipped > state->not_finite ||
        state->not_finite_skipped > state->skipped_rows)
        return state_damaged(path, NOT_FINITE_SKIPPED, error,
                             "%" PRIu64 " margins, but %" PRIu64
                             " were left out and %" PRIu64 " rows skipped",
                             state->not_finite_skipped, state->not_finite,
                             state->skipped_rows);
    return missing <= state->skipped_rows ||
           state_damaged(path, RECORD_ROWS, error,
                         "%" PRIu64 " rows were not read, but %" PRIu64
                         " were skipped",
                         missing, state->skipped_rows);
}

static bool check_head(const struct state *state, const char *path,
                       struct error *error)
{
    if (!check_dumps(state, path, error))
        return false;
    for (size_t i = 0; i < state->record_count; i++) {
        if (!check_record(state, i, path, error))
            return false;
    }
    return check_rows(state, path, error);
}

/* ---- the head ---- */

static bool has_length(const struct dump_columns *columns, size_t column,
                       size_t length, const char *path, struct error *error)
{
    const uint64_t found = dump_columns_length(columns, column);
    return found == length ||
           state_damaged(path, column, error,
                         "it has %" PRIu64 " numbers, not %zu", found, length);
}

#define RULES_ALWAYS 3 /* numbers of LABEL_RULES */

static bool read_rules(struct state *state, struct dump_columns *columns,
                       const char *path, struct error *error)
{
    struct dump_label_rules *rules = &state->label_rules;
    int64_t numbers[RULES_ALWAYS + DUMP_IGNORED_MAX];
    const size_t count = (size_t)dump_columns_length(columns, LABEL_RULES);
    if (!dump_columns_read(columns, LABEL_RULES, numbers, count, error))
        return false;
    const bool plain =
        numbers[1] == 0 && numbers[0] >= 0 && numbers[0] <= INT32_MAX;
    if ((!plain && (numbers[0] != -1 || numbers[1] != 1)) ||
        (numbers[2] != 0 && numbers[2] != 1))
        return state_damaged(path, LABEL_RULES, error,
                             "there are no such rules as %" PRId64 ", %" PRId64
                             ", %" PRId64,
                             numbers[0], numbers[1], numbers[2]);
    rules->classes.first = numbers[0];
    rules->classes.gap = numbers[1];
    rules->soft = numbers[2] == 1;
    rules->ignored_count = count - RULES_ALWAYS;
    memcpy(rules->ignored, numbers + RULES_ALWAYS,
           rules->ignored_count * sizeof *numbers);
    return true;
}

static bool write_rules(const struct dump_label_rules *rules,
                        struct dump_columns *columns, struct error *error)
{
    const int64_t numbers[RULES_ALWAYS] = {rules->classes.first,
                                           rules->classes.gap, rules->soft};
    return dump_columns_append(columns, LABEL_RULES, numbers, RULES_ALWAYS,
                               error) &&
           dump_columns_append(columns, LABEL_RULES, rules->ignored,
                               rules->ignored_count, error);
}

static bool check_lengths(const struct state *state,
                          const struct dump_columns *columns, const char *path,
                          struct error *error)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (!has_length(columns, fields[i].column,
                        field_count(state, &fields[i]) * fields[i].words, path,
                        error))
            return false;
    }
    const uint64_t rules = dump_columns_length(columns, LABEL_RULES);
    if (rules < RULES_ALWAYS || rules > RULES_ALWAYS + DUMP_IGNORED_MAX)
        return state_damaged(path, LABEL_RULES, error,
                             "it has %" PRIu64 " numbers", rules);
    return has_length(columns, ALLOW_RELABEL, 1, path, error) &&
           has_length(columns, NOT_FINITE, 1, path, error) &&
           has_length(columns, SKIPPED_ROWS, 1, path, error) &&
           has_length(columns, NOT_FINITE_SKIPPED, 1, path, error) &&
           has_length(columns, IGNORED_ROWS, 1, path, error);
}

static bool read_columns(struct state *state, struct dump_columns *columns,
                         const char *path, size_t sizes[2], uint8_t flags[2],
                         struct error *error)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (!read_field(state, &fields[i], columns, error))
            return false;
    }
    state->texts[0] = read_texts(columns, DUMP_PATHS, &sizes[0], error);
    if (state->texts[0] == NULL)
        return false;
    state->texts[1] = read_texts(columns, RECORD_PATHS, &sizes[1], error);
    if (state->texts[1] == NULL)
        return false;
    return dump_columns_read(columns, ALLOW_RELABEL, &flags[0], 1, error) &&
           dump_columns_read(columns, PROBABILITIES, &flags[1], 1, error) &&
           dump_columns_read(columns, NOT_FINITE, &state->not_finite, 1,
                             error) &&
           dump_columns_read(columns, SKIPPED_ROWS, &state->skipped_rows, 1,
                             error) &&
           dump_columns_read(columns, NOT_FINITE_SKIPPED,
                             &state->not_finite_skipped, 1, error) &&
           dump_columns_read(columns, IGNORED_ROWS, &state->ignored_rows, 1,
                             error) &&
           read_rules(state, columns, path, error) &&
           dump_columns_verify(columns, error);
}

static bool read_head(struct state *state, struct dump_columns *columns,
                      const char *path, struct error *error)
{
    uint8_t flags[2] = {0, 0};
    size_t sizes[2];
    if (!state_init(state, (size_t)dump_columns_length(columns, DUMP_BYTES),
                    (size_t)dump_columns_length(columns, RECORD_EPOCHS), error))
        return false;
    if (!check_lengths(state, columns, path, error) ||
        !read_axes(state, columns, path, error) ||
        !read_columns(state, columns, path, sizes, flags, error))
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (flags[i] > 1)
            return state_damaged(path, ALLOW_RELABEL + i, error,
                                 "it is %u, not 0 or 1", (unsigned)flags[i]);
    }
    state->allow_relabel = flags[0] != 0;
    state->probabilities = flags[1] != 0;
    return share_out_texts(state, sizes, path, error) &&
           check_head(state, path, error);
}

bool state_read(struct state *state, const char *path, struct dump_watch *watch,
                struct error *error)
{
    struct state_tables tables;
    memset(state, 0, sizeof *state);
    state_tables_init(&tables);
    struct dump_columns *columns =
        dump_columns_open(&tables.head, path, watch, error);
    const bool good = columns != NULL && read_head(state, columns, path, error);
    if (columns != NULL)
        state->identity = *dump_columns_identity(columns);
    dump_columns_close(columns);
    return good || (error->no_memory && error_no_memory_for(error, path));
}

static bool write_head(const struct state *state, struct dump_columns *columns,
                       struct error *error)
{
    const uint8_t relabel = state->allow_relabel;
    const uint8_t probabilities = state->probabilities;
    for (size_t i = 0; i < FIELDS; i++) {
        if (!write_field(state, &fields[i], columns, error))
            return false;
    }
    return write_texts(state, columns, error) &&
           write_axes(state, columns, error) &&
           dump_columns_append(columns, ALLOW_RELABEL, &relabel, 1, error) &&
           dump_columns_append(columns, PROBABILITIES, &probabilities, 1,
                               error) &&
           write_rules(&state->label_rules, columns, error) &&
           dump_columns_append(columns, NOT_FINITE, &state->not_finite, 1,
                               error) &&
           dump_columns_append(columns, SKIPPED_ROWS, &state->skipped_rows, 1,
                               error) &&
           dump_columns_append(columns, NOT_FINITE_SKIPPED,
                               &state->not_finite_skipped, 1, error) &&
           dump_columns_append(columns, IGNORED_ROWS, &state->ignored_rows, 1,
                               error);
}

bool state_write(const struct state *state, const char *path, const char *name,
                 const struct aum_tally *tally, const uint32_t *records,
                 struct dump_watch *watch, struct error *error)
{
    struct state_tables tables;
    state_tables_init(&tables);
    struct dump_columns *columns =
        dump_columns_create(&tables.all, path, name, watch, error);
    if (columns == NULL)
        return false;
    if (write_head(state, columns, error) &&
        state_write_samples(tally, records, columns, error))
        return dump_columns_finish(columns, error);
    dump_columns_close(columns);
    return false;
}
