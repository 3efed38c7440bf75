/*
 * columns.h - HDF5 files of columns: numbers under names, with check sums
 *
 * Each column is a dataset with one axis, whose attribute "crc32" is the CRC-32
 * of its numbers in memory. What a file is for, its kind, is the text of the
 * root's attribute "aum-scan".
 */
#ifndef DUMP_HDF5_COLUMNS_H
#define DUMP_HDF5_COLUMNS_H

#include "dump/plan.h"

#define DUMP_KIND_MAX 31 /* bytes of a kind */

struct dump_column {
    const char *name;
    enum dump_type type; /* a number */
};

/* All columns of a kind of file; constant, and so has to outlive its files. */
struct dump_table {
    const char *kind;
    const struct dump_column *columns;
    size_t count;
};

/* A file that is being written or read, column by column, each from its start
 * to its end. Columns are named by their place in the table. */
struct dump_columns;

/* Overwrites the file at `path`; messages speak of `name`. `watch` may be NULL.
 * NULL on failure. */
struct dump_columns *dump_columns_create(const struct dump_table *table,
                                         const char *path, const char *name,
                                         struct dump_watch *watch,
                                         struct error *error);

bool dump_columns_append(struct dump_columns *columns, size_t column,
                         const void *values, size_t count, struct error *error);

/* Completes what was created; it is closed either way. */
bool dump_columns_finish(struct dump_columns *columns, struct error *error);

/* Opens a file for reading. NULL if it is of another kind, or damaged. */
struct dump_columns *dump_columns_open(const struct dump_table *table,
                                       const char *path,
                                       struct dump_watch *watch,
                                       struct error *error);

/* The file that is read, to tell whether another opening finds the same. */
const struct dump_identity *
dump_columns_identity(const struct dump_columns *columns);

/* How many numbers a column has: no more than the file has room for. */
uint64_t dump_columns_length(const struct dump_columns *columns, size_t column);

/* The next `count` numbers of a column. */
bool dump_columns_read(struct dump_columns *columns, size_t column,
                       void *values, size_t count, struct error *error);

/* Has all been read, and was it what had been written? Until then, what was
 * read may be anything. */
bool dump_columns_verify(const struct dump_columns *columns,
                         struct error *error);

/* Closes what was opened, or what was created and is of no use; NULL is fine.
 */
void dump_columns_close(struct dump_columns *columns);

#endif
