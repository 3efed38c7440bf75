/*
 * report.c - ranking -> rows of the output
 */
#include "report.h"

#include "table_writer.h"

static const char *const columns[] = {
    "rank",         "sample_id", "label",          "aum",
    "measurements", "flagged",   "suggested_label"};

static void write_id(struct table *table, const struct aum_id *id)
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
    write_id(table, &row->id);
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
}

bool report_write(const struct aum_ranking *ranking, bool has_cutoff,
                  const struct options *options, struct out_file *out,
                  struct out_error *error)
{
    /* The flagged ones are the first. */
    size_t rows = has_cutoff && !options->all ? aum_ranking_flagged(ranking)
                                              : aum_ranking_size(ranking);
    if (rows > options->top)
        rows = options->top;
    struct table table;
    table_begin(&table, out, options->format, columns,
                sizeof columns / sizeof *columns);
    for (size_t i = 0; i < rows && !table.failed; i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        write_row(&table, &row, has_cutoff);
    }
    return table_end(&table, error);
}
