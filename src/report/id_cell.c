/*
 * id_cell.c - sample ids as cells of a table
 */
#include "report/id_cell.h"

#include <inttypes.h>
#include <stdio.h>

static void write_number(struct table *table, const struct aum_id *id)
{
    if (id->kind == AUM_IDS_UINT64)
        table_unsigned(table, id->uint64);
    else
        table_signed(table, id->int64);
}

static void write_digits(struct table *table, const struct aum_id *id)
{
    char digits[24];
    if (id->kind == AUM_IDS_UINT64)
        snprintf(digits, sizeof digits, "%" PRIu64, id->uint64);
    else
        snprintf(digits, sizeof digits, "%" PRId64, id->int64);
    table_string(table, digits);
}

void write_id_cell(struct table *table, const struct aum_id *id, bool as_string)
{
    if (id->kind == AUM_IDS_STRING)
        table_string(table, id->string);
    else if (as_string)
        write_digits(table, id);
    else
        write_number(table, id);
}

struct aum_id id_of_row(struct aum_ids ids, size_t row)
{
    struct aum_id id = {.kind = ids.kind};
    if (ids.kind == AUM_IDS_STRING)
        id.string = ((const char *const *)ids.values)[row];
    else if (ids.kind == AUM_IDS_UINT64)
        id.uint64 = ((const uint64_t *)ids.values)[row];
    else
        id.int64 = ((const int64_t *)ids.values)[row];
    return id;
}
