/*
 * state_columns.c - the columns of a state
 */
#include "state/state_columns.h"

#include <stdarg.h>

#include "common/fit.h"

static const struct dump_column all_columns[] = {
    [ALLOW_RELABEL] = {"allow_relabel", DUMP_U8},
    [NOT_FINITE] = {"not_finite", DUMP_U64},
    [SKIPPED_ROWS] = {"skipped_rows", DUMP_U64},
    [NOT_FINITE_SKIPPED] = {"not_finite_skipped", DUMP_U64},
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
    [HEAD_COLUMNS + LABELS] = {"labels", DUMP_U32},
    [HEAD_COLUMNS + MEASUREMENTS] = {"measurements", DUMP_U32},
    [HEAD_COLUMNS + RECORDS] = {"records", DUMP_U32},
    [HEAD_COLUMNS + SUMS] = {"sums", DUMP_U64},
    [HEAD_COLUMNS + WIDE] = {"wide", DUMP_U8},
    [HEAD_COLUMNS + WIDE_SUMS] = {"wide_sums", DUMP_U64},
    [HEAD_COLUMNS + SUGGESTED] = {"suggested", DUMP_U32},
    [HEAD_COLUMNS + WORST] = {"worst", DUMP_F64},
    [HEAD_COLUMNS + SECOND_SUGGESTED] = {"second_suggested", DUMP_U32},
    [HEAD_COLUMNS + SECOND_WORST] = {"second_worst", DUMP_F64},
};

#define KIND "state 1"

const struct dump_table state_table = {KIND, all_columns,
                                       HEAD_COLUMNS + SAMPLE_COLUMNS};
const struct dump_table state_head_table = {KIND, all_columns, HEAD_COLUMNS};
const struct dump_table state_samples_table = {KIND, all_columns + HEAD_COLUMNS,
                                               SAMPLE_COLUMNS};

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
                     path, all_columns[column].name, what);
}
