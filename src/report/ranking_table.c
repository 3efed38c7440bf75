/*
 * ranking_table.c - ranking -> rows of the output
 */
#include "report/ranking_table.h"

#include <math.h>
#include <stdlib.h>

#include "report/class_cell.h"
#include "report/id_cell.h"
#include "text/table_writer.h"
#include "system/thread_pool.h"

#define BATCH_ROWS 4096
#define FETCH_ROWS 256

/* ---- columns ---- */

typedef void write_cell(struct table *table, const struct aum_row *row,
                        const struct report_options *options);

struct column {
    const char *name;
    write_cell *write;
    unsigned when;
};

enum {
    ALWAYS = 0,
    OF_RUNS = 1,   /* absent if there is only one */
    OF_CUTOFF = 2, /* empty if there is none */
    OF_NAMES = 4,  /* absent if classes have none */
    IS_ID = 8      /* of a type that all ids of a run share */
};

static void write_rank(struct table *table, const struct aum_row *row,
                       const struct report_options *options)
{
    (void)options;
    table_unsigned(table, row->rank);
}

static void write_id(struct table *table, const struct aum_row *row,
                     const struct report_options *options)
{
    (void)options;
    write_id_cell(table, &row->id, false);
}

static void write_id_string(struct table *table, const struct aum_row *row,
                            const struct report_options *options)
{
    (void)options;
    write_id_cell(table, &row->id, true);
}

static void write_label(struct table *table, const struct aum_row *row,
                        const struct report_options *options)
{
    write_class_cell(table, row->label, options);
}

static void write_aum(struct table *table, const struct aum_row *row,
                      const struct report_options *options)
{
    (void)options;
    table_double(table, row->aum);
}

static void write_count(struct table *table, const struct aum_row *row,
                        const struct report_options *options)
{
    (void)options;
    table_unsigned(table, row->measurements);
}

static void write_flagged(struct table *table, const struct aum_row *row,
                          const struct report_options *options)
{
    (void)options;
    table_bool(table, row->flagged);
}

static void write_suggested(struct table *table, const struct aum_row *row,
                            const struct report_options *options)
{
    write_class_cell(table, row->suggested_label, options);
}

static void write_suggested_share(struct table *table,
                                  const struct aum_row *row,
                                  const struct report_options *options)
{
    (void)options;
    if (isnan(row->suggested_share))
        table_empty(table);
    else
        table_double_of_few(table, row->suggested_share);
}

static void write_aum_sd(struct table *table, const struct aum_row *row,
                         const struct report_options *options)
{
    (void)options;
    if (isnan(row->aum_sd))
        table_empty(table);
    else
        table_double(table, row->aum_sd);
}

static void write_runs(struct table *table, const struct aum_row *row,
                       const struct report_options *options)
{
    (void)options;
    table_unsigned(table, row->runs);
}

static void write_runs_flagged(struct table *table, const struct aum_row *row,
                               const struct report_options *options)
{
    (void)options;
    table_unsigned(table, row->runs_flagged);
}

static void write_label_name(struct table *table, const struct aum_row *row,
                             const struct report_options *options)
{
    write_class_name_cell(table, row->label, options);
}

static void write_suggested_name(struct table *table, const struct aum_row *row,
                                 const struct report_options *options)
{
    write_class_name_cell(table, row->suggested_label, options);
}

static void write_empty(struct table *table, const struct aum_row *row,
                        const struct report_options *options)
{
    (void)row, (void)options;
    table_empty(table);
}

static const struct column ranking_columns[] = {
    {"rank", write_rank, ALWAYS},
    {"sample_id", write_id, IS_ID},
    {"label", write_label, ALWAYS},
    {"aum", write_aum, ALWAYS},
    {"measurements", write_count, ALWAYS},
    {"flagged", write_flagged, OF_CUTOFF},
    {"suggested_label", write_suggested, ALWAYS},
    {"suggested_share", write_suggested_share, ALWAYS},
    {"runs", write_runs, OF_RUNS},
    {"runs_flagged", write_runs_flagged, OF_RUNS | OF_CUTOFF},
    {"aum_sd", write_aum_sd, OF_RUNS},
    {"label_name", write_label_name, OF_NAMES},
    {"suggested_name", write_suggested_name, OF_NAMES},
};
#define COLUMNS (sizeof ranking_columns / sizeof *ranking_columns)

static const struct column value_columns[] = {
    {"sample_id", write_id, IS_ID},
    {"aum", write_aum, ALWAYS},
};
#define VALUE_COLUMNS (sizeof value_columns / sizeof *value_columns)

/* ---- rows ---- */

/* Rows are formatted in batches, by as many threads as there are, and written
 * in their order. */
struct report {
    const struct aum_ranking *ranking;
    bool has_cutoff;
    bool flagged_only; /* the others of these rows are left out */
    bool string_ids;   /* integers, too */
    bool upwards;      /* from the last row to the first */
    enum table_format format;
    const struct report_options *options;
    write_cell *write[COLUMNS];
    const char *names[COLUMNS];
    size_t column_count;
    struct out_file *out;
    struct error *error;
    size_t rows;
    size_t next_batch;
};

struct lane {
    struct report *report;
    struct table table;
    size_t first_row;
    size_t rows;
};

static bool next_batch(void *context)
{
    struct lane *lane = context;
    struct report *report = lane->report;
    lane->first_row = report->next_batch * BATCH_ROWS;
    if (lane->first_row >= report->rows)
        return false;
    report->next_batch++;
    const size_t left = report->rows - lane->first_row;
    lane->rows = left < BATCH_ROWS ? left : BATCH_ROWS;
    return true;
}

static void write_row(struct lane *lane, const struct aum_row *row)
{
    const struct report *report = lane->report;
    if (report->flagged_only && !row->flagged)
        return;
    for (size_t i = 0; i < report->column_count; i++)
        report->write[i](&lane->table, row, report->options);
}

static void format_batch(void *unused, void *context)
{
    struct lane *lane = context;
    const struct report *report = lane->report;
    struct aum_row rows[FETCH_ROWS];
    (void)unused;
    lane->table.text.used = 0;
    for (size_t first = 0; first < lane->rows; first += FETCH_ROWS) {
        const size_t left = lane->rows - first;
        const size_t count = left < FETCH_ROWS ? left : FETCH_ROWS;
        const size_t at = lane->first_row + first;
        const size_t size = aum_ranking_size(report->ranking);
        aum_ranking_rows(report->ranking,
                         report->upwards ? size - at - count : at, count, rows);
        for (size_t i = 0; i < count; i++)
            write_row(lane, &rows[report->upwards ? count - 1 - i : i]);
    }
}

static bool write_batch(void *context)
{
    struct lane *lane = context;
    struct report *report = lane->report;
    const struct table *table = &lane->table;
    if (table->text.failed)
        return error_no_memory(report->error);
    return out_file_write(report->out, table->text.bytes, table->text.used,
                          report->error);
}

static bool write_header(struct report *report, struct table *table)
{
    table_header(table);
    struct lane lane = {.report = report, .table = *table};
    return table->text.used == 0 || write_batch(&lane);
}

static bool run_lanes(struct report *report, size_t threads)
{
    static const struct thread_pool_task task = {next_batch, format_batch,
                                                 write_batch};
    const size_t count = thread_pool_lanes(threads);
    struct lane *lanes = calloc(count, sizeof *lanes);
    void **pointers = calloc(count, sizeof *pointers);
    bool good = lanes != NULL && pointers != NULL;
    for (size_t i = 0; good && i < count; i++) {
        lanes[i].report = report;
        table_init(&lanes[i].table, report->format, report->names,
                   report->column_count);
        pointers[i] = &lanes[i];
    }
    if (good) {
        /* Threads need no state of their own. */
        const struct thread_pool all = {pointers, threads, pointers, count};
        size_t started = 1;
        good = write_header(report, &lanes[0].table) &&
               thread_pool_run(&task, &all, &started);
        if (started == 0)
            error_no_memory(report->error);
    } else {
        error_no_memory(report->error);
    }
    for (size_t i = 0; lanes != NULL && i < count; i++)
        table_free(&lanes[i].table);
    free(pointers);
    free(lanes);
    return good;
}

/* How many rows there are up to the last one to be written, if the flagged
 * ones lie anywhere among them. */
static size_t rows_with_flagged(const struct aum_ranking *ranking, size_t top)
{
    const size_t size = aum_ranking_size(ranking);
    struct aum_row rows[FETCH_ROWS];
    size_t left = aum_ranking_flagged(ranking);
    left = left < top ? left : top;
    size_t first = 0;
    while (left > 0 && first < size) {
        const size_t count =
            size - first < FETCH_ROWS ? size - first : FETCH_ROWS;
        aum_ranking_rows(ranking, first, count, rows);
        size_t i = 0;
        for (; i < count && left > 0; i++)
            left -= rows[i].flagged;
        first += i;
    }
    return first;
}

static void choose_columns(struct report *report, const struct column *columns,
                           size_t count)
{
    const struct report_options *options = report->options;
    for (size_t i = 0; i < count; i++) {
        if ((columns[i].when & OF_RUNS && !options->several_runs) ||
            (columns[i].when & OF_NAMES && options->names == NULL))
            continue;
        const bool empty = columns[i].when & OF_CUTOFF && !report->has_cutoff;
        const bool string = columns[i].when & IS_ID && report->string_ids;
        report->names[report->column_count] = columns[i].name;
        report->write[report->column_count++] = empty    ? write_empty
                                                : string ? write_id_string
                                                         : columns[i].write;
    }
}

bool ranking_table_write(const struct aum_ranking *ranking, bool has_cutoff,
                         bool string_ids, const struct report_options *options,
                         struct out_file *out, struct error *error)
{
    struct report report = {.ranking = ranking,
                            .has_cutoff = has_cutoff,
                            .flagged_only = has_cutoff && !options->all &&
                                            !options->aum_values,
                            .string_ids = string_ids,
                            .upwards = options->aum_values,
                            .format = options->format,
                            .options = options,
                            .out = out,
                            .error = error,
                            .rows = aum_ranking_size(ranking)};
    if (options->aum_values)
        choose_columns(&report, value_columns, VALUE_COLUMNS);
    else
        choose_columns(&report, ranking_columns, COLUMNS);
    if (report.flagged_only)
        report.rows = rows_with_flagged(ranking, options->top);
    else if (report.rows > options->top)
        report.rows = options->top;
    /* Few rows are done before a thread has started. */
    const size_t batches = report.rows / BATCH_ROWS + 1;
    size_t count = thread_pool_size(options->threads);
    if (count > batches)
        count = batches;
    return run_lanes(&report, count);
}
