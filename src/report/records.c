/*
 * records.c - a row of the output for each measurement
 */
#include "report/records.h"

#include <stdlib.h>
#include <string.h>

#include "input/id_set.h"

/* The Python package `aum` has these, and so the programs that read its
 * records; the run comes behind them. */
static const char *const columns[] = {
    "sample_id",   "num_measurements", "target_logit", "target_val",
    "other_logit", "other_val",        "margin",       "aum",
    "run"};

#define COLUMN_COUNT (sizeof columns / sizeof *columns)
#define FLUSH_BYTES (64u * 1024u)

struct records {
    struct out_file *out;
    const struct supervisor *supervisor;
    struct table table;
    bool unread; /* a pipe whose reader has gone */
    bool several_runs;
    size_t run;
    bool has_only;
    struct id_set only; /* the samples to be written */
};

struct records *records_create(struct out_file *out, enum table_format format,
                               bool several_runs, const struct id_list *only,
                               const struct supervisor *supervisor,
                               struct error *error)
{
    struct records *records = calloc(1, sizeof *records);
    if (records == NULL) {
        error_no_memory(error);
        return NULL;
    }
    records->out = out;
    records->supervisor = supervisor;
    records->several_runs = several_runs;
    records->has_only = only != NULL;
    if (only != NULL)
        id_set_init(&records->only, only->texts, only->count, only->source);
    table_init(&records->table, format, columns, COLUMN_COUNT - !several_runs);
    table_header(&records->table);
    return records;
}

void records_set_run(struct records *records, size_t run)
{
    records->run = run;
}

void records_destroy(struct records *records)
{
    if (records == NULL)
        return;
    id_set_free(&records->only);
    table_free(&records->table);
    free(records);
}

/* ---- writing ---- */

static void write_id(struct table *table, struct aum_ids ids, size_t row)
{
    if (ids.kind == AUM_IDS_STRING)
        table_string(table, ((const char *const *)ids.values)[row]);
    else if (ids.kind == AUM_IDS_UINT64)
        table_unsigned(table, ((const uint64_t *)ids.values)[row]);
    else
        table_signed(table, ((const int64_t *)ids.values)[row]);
}

static void write_record(struct records *records, const struct scan_rows *rows,
                         size_t i)
{
    struct table *table = &records->table;
    /* Which of two zeros is the larger depends on the kernel: print +0. */
    const double assigned = rows->measured.assigned[i] + 0.0;
    const double other = rows->measured.other[i] + 0.0;
    write_id(table, rows->ids, i);
    table_unsigned(table, rows->counts_so_far[i]);
    table_unsigned(table, rows->labels[i]);
    table_double(table, assigned);
    table_unsigned(table, rows->measured.other_class[i]);
    table_double(table, other);
    table_double(table, assigned - other);
    table_double(table, rows->aums_so_far[i]);
    if (records->several_runs)
        table_unsigned(table, records->run);
}

bool records_finish(struct records *records, struct error *error)
{
    struct text *text = &records->table.text;
    const bool good =
        records->unread || out_file_write_text(records->out, text, error);
    text->used = 0;
    return good;
}

/* Whoever reads a pipe may take his time, or go when he has seen enough; the
 * other outputs are still to be written. */
static bool flush(struct records *records, struct error *error)
{
    supervisor_set_reading(records->supervisor, false);
    const bool good = records_finish(records, error);
    supervisor_set_reading(records->supervisor, true);
    if (good)
        return true;
    records->unread = error->closed_pipe;
    return records->unread;
}

static bool see_rows(void *context, const struct scan_rows *rows,
                     struct error *error)
{
    struct records *records = context;
    if (records->has_only &&
        !id_set_prepare(&records->only, rows->ids.kind, error))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        /* None: the row was left out. */
        if (rows->counts_so_far[i] == 0 || records->unread ||
            (records->has_only &&
             id_set_find(&records->only, rows->ids, i) == SIZE_MAX))
            continue;
        write_record(records, rows, i);
        if (records->table.text.used >= FLUSH_BYTES && !flush(records, error))
            return false;
    }
    return true;
}

struct scan_observer records_observer(struct records *records)
{
    return (struct scan_observer){.context = records, .rows = see_rows};
}
