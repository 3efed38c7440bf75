/*
 * list.c - --list: what would be read, and what not
 */
#include "cli/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/saturate.h"
#include "dump/shape.h"
#include "text/aligned.h"

/* Cells that one array has. */
enum {
    ARRAY_NAME,
    ARRAY_SHAPE,
    ARRAY_TYPE,
    ARRAY_STORAGE,
    ARRAY_FILTERS,
    ARRAY_CELLS
};

enum {
    RUN,
    EPOCH,
    EPOCH_FROM,
    FILE_NAME,
    GROUP,
    ROWS,
    CLASSES,
    LOGITS,
    LABELS = LOGITS + ARRAY_CELLS,
    IDS = LABELS + ARRAY_CELLS,
    STATUS = IDS + ARRAY_CELLS,
    COLUMNS
};

static const char *const names[COLUMNS] = {"run",
                                           "epoch",
                                           "epoch_from",
                                           "file",
                                           "group",
                                           "rows",
                                           "classes",
                                           "logits",
                                           "logits_shape",
                                           "logits_type",
                                           "logits_storage",
                                           "logits_filters",
                                           "labels",
                                           "labels_shape",
                                           "labels_type",
                                           "labels_storage",
                                           "labels_filters",
                                           "ids",
                                           "ids_shape",
                                           "ids_type",
                                           "ids_storage",
                                           "ids_filters",
                                           "status"};

/* The order in which a terminal that is too narrow for all has them. */
static const unsigned char importance[COLUMNS] = {EPOCH,
                                                  STATUS,
                                                  FILE_NAME,
                                                  GROUP,
                                                  ROWS,
                                                  CLASSES,
                                                  LABELS,
                                                  IDS,
                                                  EPOCH_FROM,
                                                  RUN,
                                                  LOGITS,
                                                  LOGITS + ARRAY_TYPE,
                                                  LOGITS + ARRAY_SHAPE,
                                                  LOGITS + ARRAY_STORAGE,
                                                  LOGITS + ARRAY_FILTERS,
                                                  LABELS + ARRAY_TYPE,
                                                  IDS + ARRAY_TYPE,
                                                  LABELS + ARRAY_SHAPE,
                                                  IDS + ARRAY_SHAPE,
                                                  LABELS + ARRAY_STORAGE,
                                                  LABELS + ARRAY_FILTERS,
                                                  IDS + ARRAY_STORAGE,
                                                  IDS + ARRAY_FILTERS};

struct row {
    const char *cell[COLUMNS]; /* in `room`, or of the index; NULL: none */
    char room[COLUMNS][160];
};

static bool is_number(size_t column)
{
    return column == RUN || column == EPOCH || column == ROWS ||
           column == CLASSES;
}

static void set_number(struct row *row, size_t column, int64_t number)
{
    snprintf(row->room[column], sizeof row->room[column], "%" PRId64, number);
    row->cell[column] = row->room[column];
}

static void describe_storage(const struct dump_layout *layout, char *text,
                             size_t size)
{
    static const char *const kinds[] = {[DUMP_KIND_CONTIGUOUS] = "contiguous",
                                        [DUMP_KIND_COMPACT] = "compact",
                                        [DUMP_KIND_CHUNKED] = "chunked",
                                        [DUMP_KIND_VIRTUAL] = "virtual",
                                        [DUMP_KIND_EXTERNAL] = "external"};
    struct dump_layout chunk = {.rank = layout->rank};
    char shape[100] = "";
    if (layout->chunked) {
        memcpy(chunk.dims, layout->chunk, sizeof chunk.dims);
        shape[0] = ' ';
        dump_format_shape(&chunk, shape + 1, sizeof shape - 1);
    }
    snprintf(text, size, "%s%s%s", kinds[layout->kind], shape,
             layout->foreign ? " elsewhere" : "");
}

/* The cells of one array, if there is one. */
static void set_array(struct row *row, size_t first,
                      const struct dump_index *index, uint32_t number)
{
    if (number == DUMP_NO_ARRAY)
        return;
    const struct dump_array *array = &index->arrays[number];
    const struct dump_layout *layout = array->layout;
    row->cell[first + ARRAY_NAME] = array->path;
    row->cell[first + ARRAY_TYPE] = layout->type_name;
    row->cell[first + ARRAY_FILTERS] = layout->filter_names;
    if (layout->type_name[0] == '\0')
        return; /* a state's, which only names it */
    for (size_t i = first + ARRAY_SHAPE; i <= first + ARRAY_STORAGE; i += 2)
        row->cell[i] = row->room[i];
    dump_format_shape(layout, row->room[first + ARRAY_SHAPE],
                      sizeof row->room[0]);
    describe_storage(layout, row->room[first + ARRAY_STORAGE],
                     sizeof row->room[0]);
}

static void set_run(struct row *row, const struct run *run)
{
    memset(row->cell, 0, sizeof row->cell);
    set_number(row, RUN,
               run->result.number > 0 ? (int64_t)run->result.number : 1);
}

static void set_record(struct row *row, const struct run *run, size_t number)
{
    const struct dump_index *index = &run->index;
    const struct epoch_record *record = &index->records[number];
    set_run(row, run);
    const unsigned char *marks = run->states.marks;
    if (record->numbered)
        set_number(row, EPOCH, record->epoch);
    if (record->numbered && (marks == NULL || marks[number] != SCAN_ABSENT))
        row->cell[EPOCH_FROM] = dump_epoch_from_name(record->from);
    row->cell[FILE_NAME] = index->files[record->file].path;
    row->cell[GROUP] = record->group;
    set_number(row, ROWS, (int64_t)record->rows);
    set_number(row, CLASSES, (int64_t)record->classes);
    set_array(row, LOGITS, index, record->logits);
    set_array(row, LABELS, index, record->labels);
    set_array(row, IDS, index, record->ids);
    if (record->by_group || record->by_file)
        row->cell[IDS] = epoch_record_ids(index, record);
    row->cell[STATUS] =
        marks == NULL || marks[number] == SCAN_TO_READ ? "read"
                                                       : "known to a state";
}

static void set_passed(struct row *row, const struct run *run, const char *path,
                       const char *group, const char *reason)
{
    set_run(row, run);
    row->cell[FILE_NAME] = path;
    row->cell[GROUP] = group;
    row->cell[STATUS] = reason;
}

/* ---- all rows ---- */

typedef bool (*row_fn)(void *context, const struct row *row);

static bool each_row_of(const struct run *run, struct row *row, row_fn take,
                        void *context)
{
    const struct dump_index *index = &run->index;
    bool good = true;
    for (size_t i = 0; good && i < index->record_count; i++) {
        set_record(row, run, i);
        good = take(context, row);
    }
    for (size_t i = 0; good && i < index->passed_count; i++) {
        set_passed(row, run, index->passed[i].path, index->passed[i].group,
                   index->passed[i].reason);
        good = take(context, row);
    }
    for (size_t i = 0; good && i < run->inputs.passed_count; i++) {
        set_passed(row, run, run->inputs.passed[i].path, NULL,
                   run->inputs.passed[i].reason);
        good = take(context, row);
    }
    if (good && run->inputs.passed_more > 0) {
        set_passed(row, run, "...", NULL, "more that are no dumps");
        set_number(row, ROWS, (int64_t)run->inputs.passed_more);
        good = take(context, row);
    }
    return good;
}

struct listing {
    const struct run *runs;
    size_t run_count;
    struct out_file *file;
    struct error *error;
    struct table table;
    struct text text; /* of a terminal */
    size_t width[COLUMNS];
    bool shown[COLUMNS];
};

static bool each_row(struct listing *l, row_fn take)
{
    struct row row;
    bool good = true;
    for (size_t i = 0; good && i < l->run_count; i++)
        good = each_row_of(&l->runs[i], &row, take, l);
    return good;
}

#define FLUSH_BYTES 65536u

static bool flush(struct listing *l, struct text *text, bool last)
{
    if (text->failed)
        return error_no_memory(l->error);
    if (text->used < FLUSH_BYTES && !last)
        return true;
    const bool good = out_file_write_text(l->file, text, l->error);
    text->used = 0;
    return good;
}

/* ---- a table ---- */

static bool put_row(void *context, const struct row *row)
{
    struct listing *l = context;
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *cell = row->cell[i];
        if (cell == NULL || *cell == '\0')
            table_empty(&l->table);
        else if (is_number(i))
            table_signed(&l->table, strtoll(cell, NULL, 10));
        else
            table_string(&l->table, cell);
    }
    return flush(l, &l->table.text, false);
}

static bool write_table(struct listing *l, enum table_format format)
{
    table_init(&l->table, format, names, COLUMNS);
    table_header(&l->table);
    const bool good = each_row(l, put_row) && flush(l, &l->table.text, true);
    table_free(&l->table);
    return good;
}

/* ---- a terminal ---- */

#define FILE_WIDTH_MIN 16
#define GAP 2

static bool measure_row(void *context, const struct row *row)
{
    struct listing *l = context;
    for (size_t i = 0; i < COLUMNS; i++) {
        const size_t width =
            row->cell[i] != NULL ? aligned_width(row->cell[i]) : 0;
        if (width > l->width[i])
            l->width[i] = width;
    }
    return true;
}

/* The most important columns that fit; names of files may lose their middle. */
static void choose_columns(struct listing *l, size_t columns)
{
    const size_t wanted = l->width[FILE_NAME];
    const size_t least =
        columns / 4 > FILE_WIDTH_MIN ? columns / 4 : FILE_WIDTH_MIN;
    size_t used = 0;
    if (wanted > least)
        l->width[FILE_NAME] = least;
    for (size_t i = 0; i < COLUMNS; i++) {
        const size_t column = importance[i];
        const bool none =
            l->width[column] == 0 || (column == RUN && l->run_count == 1);
        if (none)
            continue;
        if (l->width[column] < strlen(names[column]))
            l->width[column] = strlen(names[column]);
        if (used + l->width[column] > columns && i > 0)
            continue;
        l->shown[column] = true;
        used += l->width[column] + GAP;
    }
    const size_t left = columns + GAP > used ? columns + GAP - used : 0;
    if (wanted > l->width[FILE_NAME])
        l->width[FILE_NAME] += wanted - l->width[FILE_NAME] < left
                                   ? wanted - l->width[FILE_NAME]
                                   : left;
}

static bool print_cells(struct listing *l, const char *const *cells)
{
    size_t last = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (l->shown[i])
            last = i;
    }
    for (size_t i = 0; i <= last; i++) {
        if (l->shown[i])
            aligned_put(&l->text, cells[i] != NULL ? cells[i] : "", l->width[i],
                        is_number(i), i == last);
    }
    text_put(&l->text, "\n", 1);
    return flush(l, &l->text, false);
}

static bool print_row(void *context, const struct row *row)
{
    return print_cells(context, row->cell);
}

static bool write_aligned(struct listing *l, size_t columns)
{
    each_row(l, measure_row);
    choose_columns(l, columns);
    const bool good = print_cells(l, names) && each_row(l, print_row) &&
                      flush(l, &l->text, true);
    text_free(&l->text);
    return good;
}

bool list_write(const struct run *runs, size_t run_count,
                enum table_format format, size_t columns, struct out_file *file,
                struct error *error)
{
    struct listing l = {
        .runs = runs, .run_count = run_count, .file = file, .error = error};
    return columns > 0 ? write_aligned(&l, columns) : write_table(&l, format);
}

/* ---- notes ---- */

void list_summarize(const struct run *run)
{
    const struct dump_index *index = &run->index;
    const uint64_t classes = dump_index_classes(index);
    char bytes[16];
    char who[32];
    uint64_t rows = 0;
    for (size_t i = 0; i < index->record_count; i++)
        rows = saturated_sum(rows, index->records[i].rows);
    log_note(run->messages,
             "%s%" PRIu64 " epoch%s, %" PRIu64 " rows, %zu classes, %zu "
             "file%s, %s; no logits were read",
             run_label(run, who), index->epochs, index->epochs == 1 ? "" : "s",
             rows, aum_label_classes((size_t)classes), index->file_count,
             index->file_count == 1 ? "" : "s",
             format_bytes((double)run->result.bytes, bytes));
}

static bool log_row(void *context, const struct row *row)
{
    const struct run *run = context;
    const char *epoch = row->cell[EPOCH];
    const char *ids = row->cell[IDS];
    if (epoch == NULL)
        log_detail(run->messages, "%s: passed over%s%s: %s",
                   row->cell[FILE_NAME], row->cell[GROUP] != NULL ? ": " : "",
                   row->cell[GROUP] != NULL ? row->cell[GROUP] : "",
                   row->cell[STATUS]);
    else
        log_detail(run->messages, "epoch %s (%s): %s: %s %s %s %s, %s, %s",
                   epoch, row->cell[EPOCH_FROM], row->cell[FILE_NAME],
                   row->cell[LOGITS], row->cell[LOGITS + ARRAY_SHAPE],
                   row->cell[LOGITS + ARRAY_TYPE],
                   row->cell[LOGITS + ARRAY_STORAGE], row->cell[LABELS],
                   ids != NULL ? ids : "no ids");
    return true;
}

void list_log(const struct run *run)
{
    struct row row;
    if (run->messages->level >= LOG_VERBOSE)
        each_row_of(run, &row, log_row, (void *)run);
}
