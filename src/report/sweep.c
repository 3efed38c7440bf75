/*
 * sweep.c - what each of many cutoffs would flag
 */
#include "report/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/each_row.h"
#include "report/id_cell.h"
#include "text/table_writer.h"
#include "common/fit.h"
#include "system/hidden.h"

#define FETCH_ROWS 256
#define FLUSH_BYTES (64u * 1024u)

/* The lowest step that flags a row; the number of steps if none does. */
static size_t step_of(const struct sweep *sweep, const struct aum_row *row)
{
    const size_t count = sweep->options->sweep.count;
    if (sweep->steps == NULL)
        return row->step < count ? row->step : count;
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (row->aum < sweep->steps[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool count_row(void *context, const struct aum_row *row)
{
    struct sweep *sweep = context;
    struct sweep_row *flagged = &sweep->rows[step_of(sweep, row)];
    const bool mislabeled = aum_row_is_mislabeled(row);
    flagged->flagged++;
    flagged->mislabeled += mislabeled;
    flagged->known += row->true_label != AUM_NO_CLASS;
    sweep->mislabeled += mislabeled;
    return true;
}

bool sweep_count(struct sweep *sweep, const struct report_options *options,
                 const struct aum_ranking *ranking, const double *steps)
{
    const size_t count = options->sweep.count;
    *sweep =
        (struct sweep){.options = options, .ranking = ranking, .steps = steps};
    sweep->rows = calloc(count + 1, sizeof *sweep->rows);
    if (sweep->rows == NULL)
        return false;
    each_row(ranking, count_row, sweep);
    /* What a step flags, all higher ones do. */
    for (size_t i = 1; i < count; i++) {
        sweep->rows[i].flagged += sweep->rows[i - 1].flagged;
        sweep->rows[i].mislabeled += sweep->rows[i - 1].mislabeled;
        sweep->rows[i].known += sweep->rows[i - 1].known;
    }
    return true;
}

void sweep_free(struct sweep *sweep)
{
    free(sweep->rows);
    sweep->rows = NULL;
}

static double ratio(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

double sweep_precision(const struct sweep *sweep, size_t step)
{
    return ratio(sweep->rows[step].mislabeled, sweep->rows[step].known);
}

double sweep_recall(const struct sweep *sweep, size_t step)
{
    return ratio(sweep->rows[step].mislabeled, sweep->mislabeled);
}

/* ---- the table ---- */

static void write_share(struct table *table, double share)
{
    if (isnan(share))
        table_empty(table);
    else
        table_double(table, share);
}

static void write_step(const struct sweep *sweep, struct table *table,
                       size_t step)
{
    const struct report_options *o = sweep->options;
    const struct decimal number = o->sweep.numbers[step];
    const struct sweep_row *row = &sweep->rows[step];
    const bool known = o->truth != NULL;
    if (o->sweep.percentiles)
        table_double(table, decimal_value(number));
    else
        table_empty(table);
    if (sweep->steps != NULL)
        table_double(table, sweep->steps[step]);
    else if (!o->sweep.percentiles)
        table_double(table, decimal_value(number));
    else
        table_empty(table); /* each run has its own */
    table_unsigned(table, row->flagged);
    write_share(table, ratio(row->flagged, aum_ranking_size(sweep->ranking)));
    write_share(table, known ? sweep_precision(sweep, step) : (double)NAN);
    write_share(table, known ? sweep_recall(sweep, step) : (double)NAN);
}

bool sweep_write(const struct sweep *sweep, struct out_file *out,
                 struct error *error)
{
    static const char *const columns[] = {"percentile", "cutoff",    "flagged",
                                          "share",      "precision", "recall"};
    struct table table;
    table_init(&table, sweep->options->format, columns,
               sizeof columns / sizeof *columns);
    table_header(&table);
    for (size_t i = 0; i < sweep->options->sweep.count; i++)
        write_step(sweep, &table, i);
    const bool good = out_file_write_text(out, &table.text, error);
    table_free(&table);
    return good;
}

/* ---- ids ---- */

/* An id that reads like the header of a list gets one above it. */
static void write_id(struct table *table, const struct aum_id *id, bool first)
{
    if (first && id->kind == AUM_IDS_STRING &&
        strcmp(id->string, table->columns[0]) == 0)
        table_header(table);
    write_id_cell(table, id, false);
}

bool sweep_write_ids(const struct sweep *sweep, size_t step,
                     struct out_file *out, struct error *error)
{
    static const char *const columns[] = {"sample_id"};
    const size_t size = aum_ranking_size(sweep->ranking);
    struct aum_row rows[FETCH_ROWS];
    struct table table;
    const size_t count = sweep->rows[step].flagged;
    size_t left = count;
    bool good = true;
    table_init(&table, TABLE_CSV, columns, 1);
    for (size_t first = 0; good && left > 0; first += FETCH_ROWS) {
        const size_t n = size - first < FETCH_ROWS ? size - first : FETCH_ROWS;
        aum_ranking_rows(sweep->ranking, first, n, rows);
        for (size_t i = 0; i < n; i++) {
            if (step_of(sweep, &rows[i]) > step)
                continue;
            write_id(&table, &rows[i].id, left == count);
            left--;
        }
        if (table.text.used < FLUSH_BYTES && left > 0)
            continue;
        good = table.text.failed ? error_no_memory(error)
                                 : out_file_write(out, table.text.bytes,
                                                  table.text.used, error);
        table.text.used = 0;
    }
    table_free(&table);
    return good;
}

/* "cutoff_-0.5.txt" */
static void file_name(const struct sweep_steps *steps, size_t step,
                      char name[64])
{
    char number[32];
    decimal_format(steps->numbers[step], number, sizeof number);
    snprintf(name, 64, "%s_%s.txt",
             steps->percentiles ? "percentile" : "cutoff", number);
}

static bool is_ours(const struct sweep_steps *steps, const char *name)
{
    char own[64];
    bool found = false;
    for (size_t i = 0; !found && i < steps->count; i++) {
        file_name(steps, i, own);
        found = strcmp(own, name) == 0;
    }
    return found;
}

/* A loop over the folder would take files of another sweep for this one's. */
static bool folder_is_clean(const struct report_options *o, struct error *error)
{
    bool good = true;
    DIR *folder = opendir(o->sweep_folder);
    if (folder == NULL) {
        return error_set(error, "%s: cannot read the folder: %s",
                         o->sweep_folder, text_reason(errno));
    }
    for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        const size_t length = strlen(name);
        good = !(strncmp(name, "cutoff_", 7) == 0 ||
                 strncmp(name, "percentile_", 11) == 0) ||
               length < 4 || strcmp(name + length - 4, ".txt") != 0 ||
               is_ours(&o->sweep, name);
        if (!good)
            error_set(error,
                      "%s: %s is of another sweep; remove it, or name "
                      "another folder",
                      o->sweep_folder, name);
    }
    closedir(folder);
    return good;
}

bool sweep_prepare_folder(const struct report_options *options, bool *made,
                          struct error *error)
{
    *made = hidden_make_folder(options->sweep_folder);
    if (!*made && errno != EEXIST) {
        return error_set(error, "%s: cannot make the folder: %s",
                         options->sweep_folder, text_reason(errno));
    }
    return folder_is_clean(options, error);
}

char *sweep_file_path(const struct report_options *options, size_t step)
{
    const size_t room = strlen(options->sweep_folder) + 80;
    char *path = malloc(room);
    char name[64];
    if (path == NULL)
        return NULL;
    file_name(&options->sweep, step, name);
    snprintf(path, room, "%s/%s", options->sweep_folder, name);
    return path;
}
