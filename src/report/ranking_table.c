/*
 * ranking_table.c - ranking -> rows of the output
 */
#include "report/ranking_table.h"

#include <stdlib.h>

#include "text/table_writer.h"
#include "system/thread_pool.h"

static const char *const columns[] = {
    "rank",    "sample_id",       "label", "aum",         "measurements",
    "flagged", "suggested_label", "runs",  "runs_flagged"};
static const char *const value_columns[] = {"sample_id", "aum"};

#define COLUMN_COUNT (sizeof columns / sizeof *columns)
#define RUN_COLUMNS 2 /* only if there are several runs */
#define BATCH_ROWS 4096
#define FETCH_ROWS 256

void write_sample_id(struct table *table, const struct aum_id *id)
{
    switch (id->kind) {
    case AUM_IDS_STRING:
        table_string(table, id->string);
        break;
    case AUM_IDS_UINT64:
        table_unsigned(table, id->uint64);
        break;
    case AUM_IDS_INT64:
        table_signed(table, id->int64);
        break;
    }
}

static void write_row(struct table *table, const struct aum_row *row,
                      bool has_cutoff)
{
    table_unsigned(table, row->rank);
    write_sample_id(table, &row->id);
    table_unsigned(table, row->label);
    table_double(table, row->aum);
    table_unsigned(table, row->measurements);
    if (has_cutoff)
        table_bool(table, row->flagged);
    else
        table_empty(table);
    if (row->suggested_label != AUM_NO_CLASS)
        table_unsigned(table, row->suggested_label);
    else
        table_empty(table);
    if (table->column_count < COLUMN_COUNT)
        return;
    table_unsigned(table, row->runs);
    if (has_cutoff)
        table_unsigned(table, row->runs_flagged);
    else
        table_empty(table);
}

/* Rows are formatted in batches, by as many threads as there are, and written
 * in their order. */
struct report {
    const struct aum_ranking *ranking;
    bool has_cutoff;
    bool flagged_only; /* the others of these rows are left out */
    bool values;       /* sample_id,aum from the last row up */
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

static void format_values(struct lane *lane, const struct aum_row *rows,
                          size_t count)
{
    for (size_t i = count; i-- > 0;) {
        write_sample_id(&lane->table, &rows[i].id);
        table_double(&lane->table, rows[i].aum);
    }
}

static void format_rows(struct lane *lane, const struct aum_row *rows,
                        size_t count)
{
    const struct report *report = lane->report;
    for (size_t i = 0; i < count; i++) {
        if (!report->flagged_only || rows[i].flagged)
            write_row(&lane->table, &rows[i], report->has_cutoff);
    }
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
        if (report->values) {
            const size_t size = aum_ranking_size(report->ranking);
            aum_ranking_rows(report->ranking, size - at - count, count, rows);
            format_values(lane, rows, count);
        } else {
            aum_ranking_rows(report->ranking, at, count, rows);
            format_rows(lane, rows, count);
        }
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

static bool run_lanes(struct report *report,
                      const struct report_options *options, size_t threads)
{
    static const struct thread_pool_task task = {next_batch, format_batch,
                                                 write_batch};
    const size_t count = thread_pool_lanes(threads);
    struct lane *lanes = calloc(count, sizeof *lanes);
    void **pointers = calloc(count, sizeof *pointers);
    bool good = lanes != NULL && pointers != NULL;
    for (size_t i = 0; good && i < count; i++) {
        lanes[i].report = report;
        if (report->values)
            table_init(&lanes[i].table, TABLE_CSV, value_columns, 2);
        else
            table_init(&lanes[i].table, options->format, columns,
                       COLUMN_COUNT -
                           (options->several_runs ? 0 : RUN_COLUMNS));
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

bool ranking_table_write(const struct aum_ranking *ranking, bool has_cutoff,
                         const struct report_options *options,
                         struct out_file *out, struct error *error)
{
    struct report report = {.ranking = ranking,
                            .has_cutoff = has_cutoff,
                            .flagged_only = has_cutoff && !options->all &&
                                            !options->aum_values,
                            .values = options->aum_values,
                            .out = out,
                            .error = error,
                            .rows = aum_ranking_size(ranking)};
    if (report.flagged_only)
        report.rows = rows_with_flagged(ranking, options->top);
    else if (report.rows > options->top)
        report.rows = options->top;
    /* Few rows are done before a thread has started. */
    const size_t batches = report.rows / BATCH_ROWS + 1;
    size_t count = thread_pool_size(options->threads);
    if (count > batches)
        count = batches;
    return run_lanes(&report, options, count);
}
