/*
 * state_columns.h - the columns of a state, for state_file.c and
 * state_samples.c
 */
#ifndef STATE_STATE_COLUMNS_H
#define STATE_STATE_COLUMNS_H

#include "dump/hdf5/columns.h"
#include "state/state_file.h"

enum {
    ALLOW_RELABEL, /* one number each, here and in the next five */
    PROBABILITIES,
    NOT_FINITE,
    SKIPPED_ROWS,
    NOT_FINITE_SKIPPED,
    IGNORED_ROWS,
    LABEL_RULES, /* first, gap, soft; then labels that are ignored */
    AXES,        /* names, as --axes has them; none: the usual ones */
    DUMP_PATHS,  /* each followed by a NUL */
    DUMP_BYTES,
    DUMP_MODIFIED,
    DUMP_OTHERS,
    RECORD_DUMPS,
    RECORD_PATHS, /* group, logits, labels, ids */
    RECORD_EPOCHS,
    RECORD_SLICES,
    RECORD_ROWS,
    RECORD_CLASSES,
    RECORD_PRINTS, /* rows, content, ids */
    HEAD_COLUMNS
};

enum {
    ID_KIND, /* one number */
    ID_NUMBERS,
    ID_LENGTHS, /* with the NUL after it */
    ID_STRINGS,
    WIDE_SUMS,
    EXPORTED, /* the first of AUM_COLUMN_COUNT that a tally exports */
    SAMPLE_COLUMNS = EXPORTED + AUM_COLUMN_COUNT
};

/* The samples of a tally, as state_write() has them. */
bool state_write_samples(const struct aum_tally *tally, const uint32_t *records,
                         struct dump_columns *columns, struct error *error);

/* All columns, as they are written, and two parts of them, as they are read. */
struct state_tables {
    struct dump_column columns[HEAD_COLUMNS + SAMPLE_COLUMNS];
    struct dump_table all;
    struct dump_table head;
    struct dump_table samples;
};

void state_tables_init(struct state_tables *tables);

/* False, with "PATH: COLUMN: damaged: WHAT", and what to do about it. `column`
 * is one of state_tables.all. */
__attribute__((format(printf, 4, 5))) bool
state_damaged(const char *path, size_t column, struct error *error,
              const char *format, ...);

#endif
