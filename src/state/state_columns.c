/*
 * state_columns.c - the columns of a state
 */
#include "state/state_columns.h"

#include <stdarg.h>

#include "common/fit.h"

/* All but those that a tally exports. */
static const struct dump_column own_columns[] = {
    [ALLOW_RELABEL] = {"allow_relabel", DUMP_U8},
    [PROBABILITIES] = {"probabilities", DUMP_U8},
    [NOT_FINITE] = {"not_finite", DUMP_U64},
    [SKIPPED_ROWS] = {"skipped_rows", DUMP_U64},
    [NOT_FINITE_SKIPPED] = {"not_finite_skipped", DUMP_U64},
    [IGNORED_ROWS] = {"ignored_rows", DUMP_U64},
    [LABEL_RULES] = {"label_rules", DUMP_I64},
    [AXES] = {"axes", DUMP_U8},
    [DUMP_PATHS] = {"dump_paths", DUMP_U8},
    [DUMP_BYTES] = {"dump_bytes", DUMP_U64},
    [DUMP_MODIFIED] = {"dump_modified", DUMP_I64},
    [DUMP_OTHERS] = {"dump_others", DUMP_U64},
    [RECORD_DUMPS] = {"record_dumps", DUMP_U64},
    [RECORD_PATHS] = {"record_paths", DUMP_U8},
    [RECORD_EPOCHS] = {"record_epochs", DUMP_I64},
    [RECORD_SLICES] = {"record_slices", DUMP_U64},
    [RECORD_ROWS] = {"record_rows", DUMP_U64},
    [RECORD_CLASSES] = {"record_classes", DUMP_U64},
    [RECORD_PRINTS] = {"record_prints", DUMP_U64},
    [HEAD_COLUMNS + ID_KIND] = {"id_kind", DUMP_U8},
    [HEAD_COLUMNS + ID_NUMBERS] = {"id_numbers", DUMP_U64},
    [HEAD_COLUMNS + ID_LENGTHS] = {"id_lengths", DUMP_U32},
    [HEAD_COLUMNS + ID_STRINGS] = {"id_strings", DUMP_U8},
    [HEAD_COLUMNS + WIDE_SUMS] = {"wide_sums", DUMP_U64},
};

#define OWN_COLUMNS (sizeof own_columns / sizeof *own_columns)
#define KIND "state 2"

_Static_assert(OWN_COLUMNS == HEAD_COLUMNS + EXPORTED, "all are listed");

static enum dump_type stored_as(enum aum_type number)
{
    return number == AUM_U8    ? DUMP_U8
           : number == AUM_U32 ? DUMP_U32
           : number == AUM_U64 ? DUMP_U64
                               : DUMP_F64;
}

static struct dump_column column_at(size_t index)
{
    if (index < OWN_COLUMNS)
        return own_columns[index];
    const struct aum_column_type *type =
        aum_column_type((enum aum_column)(index - OWN_COLUMNS));
    return (struct dump_column){type->name, stored_as(type->type)};
}

void state_tables_init(struct state_tables *tables)
{
    for (size_t i = 0; i < HEAD_COLUMNS + SAMPLE_COLUMNS; i++)
        tables->columns[i] = column_at(i);
    tables->all = (struct dump_table){KIND, tables->columns,
                                      HEAD_COLUMNS + SAMPLE_COLUMNS};
    tables->head = (struct dump_table){KIND, tables->columns, HEAD_COLUMNS};
    tables->samples = (struct dump_table){KIND, tables->columns + HEAD_COLUMNS,
                                          SAMPLE_COLUMNS};
}

bool state_damaged(const char *path, size_t column, struct error *error,
                   const char *format, ...)
{
    char what[400];
    va_list arguments;
    va_start(arguments, format);
    text_fit_list(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error,
                     "%s: %s: damaged: %s; make it anew from its dumps, or "
                     "leave it out",
                     path, column_at(column).name, what);
}
