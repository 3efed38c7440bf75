/*
 * measurements.c - a row of the output for each measurement
 */
#include "report/measurements.h"

#include <stdlib.h>
#include <string.h>

#include "input/id_set.h"
#include "report/id_cell.h"

/* The Python package `aum` has these, and so the programs that read its
 * measurements; the run comes behind them. */
static const char *const columns[] = {
    "sample_id",   "num_measurements", "target_logit", "target_val",
    "other_logit", "other_val",        "margin",       "aum",
    "run"};

#define COLUMN_COUNT (sizeof columns / sizeof *columns)
#define FLUSH_BYTES (64u * 1024u)

struct measurements {
    struct out_file *out;
    const struct supervisor *supervisor;
    struct table table;
    bool unread; /* a pipe whose reader has gone */
    bool several_runs;
    bool string_ids; /* integers, too */
    size_t run;
    struct class_labels labels;
    bool has_only;
    struct id_set only; /* the samples to be written */
};

struct measurements *
measurements_create(struct out_file *out, enum table_format format,
                    bool several_runs, const struct id_list *only,
                    const struct supervisor *supervisor, struct error *error)
{
    struct measurements *measurements = calloc(1, sizeof *measurements);
    if (measurements == NULL) {
        error_no_memory(error);
        return NULL;
    }
    measurements->out = out;
    measurements->supervisor = supervisor;
    measurements->several_runs = several_runs;
    measurements->has_only = only != NULL;
    if (only != NULL)
        id_set_init(&measurements->only, only->texts, only->count,
                    only->source);
    table_init(&measurements->table, format, columns,
               COLUMN_COUNT - !several_runs);
    table_header(&measurements->table);
    return measurements;
}

void measurements_set_run(struct measurements *measurements, size_t run,
                          const struct class_labels *labels)
{
    measurements->run = run;
    measurements->labels = *labels;
}

void measurements_make_ids_strings(struct measurements *measurements)
{
    measurements->string_ids = true;
}

void measurements_destroy(struct measurements *measurements)
{
    if (measurements == NULL)
        return;
    id_set_free(&measurements->only);
    table_free(&measurements->table);
    free(measurements);
}

/* ---- writing ---- */

static void write_measurement(struct measurements *measurements,
                              const struct scan_rows *rows, size_t i)
{
    struct table *table = &measurements->table;
    /* Which of two zeros is the larger depends on the kernel: print +0. */
    const double assigned = rows->measured.assigned[i] + 0.0;
    const double other = rows->measured.other[i] + 0.0;
    const struct aum_id id = id_of_row(rows->ids, i);
    write_id_cell(table, &id, measurements->string_ids);
    table_unsigned(table, rows->counts_so_far[i]);
    table_signed(table, class_label(&measurements->labels, rows->labels[i]));
    table_double(table, assigned);
    table_signed(table, class_label(&measurements->labels,
                                    rows->measured.other_class[i]));
    table_double(table, other);
    table_double(table, assigned - other);
    table_double(table, rows->aums_so_far[i]);
    if (measurements->several_runs)
        table_unsigned(table, measurements->run);
}

bool measurements_finish(struct measurements *measurements, struct error *error)
{
    struct text *text = &measurements->table.text;
    const bool good = measurements->unread ||
                      out_file_write_text(measurements->out, text, error);
    text->used = 0;
    return good;
}

/* Whoever reads a pipe may take his time, or go when he has seen enough; the
 * other outputs are still to be written. */
static bool flush(struct measurements *measurements, struct error *error)
{
    supervisor_set_reading(measurements->supervisor, false);
    const bool good = measurements_finish(measurements, error);
    supervisor_set_reading(measurements->supervisor, true);
    if (good)
        return true;
    measurements->unread = error->closed_pipe;
    return measurements->unread;
}

static bool see_rows(void *context, const struct scan_rows *rows,
                     struct error *error)
{
    struct measurements *measurements = context;
    if (measurements->has_only &&
        !id_set_prepare(&measurements->only, rows->ids.kind, error))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        /* None: the row was left out. */
        if (rows->counts_so_far[i] == 0 || measurements->unread ||
            (measurements->has_only &&
             id_set_find(&measurements->only, rows->ids, i) == SIZE_MAX))
            continue;
        write_measurement(measurements, rows, i);
        if (measurements->table.text.used >= FLUSH_BYTES &&
            !flush(measurements, error))
            return false;
    }
    return true;
}

struct scan_observer measurements_observer(struct measurements *measurements)
{
    return (struct scan_observer){.context = measurements, .rows = see_rows};
}
