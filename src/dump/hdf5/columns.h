/*
 * columns.h - HDF5 files of columns: numbers under names, with check sums
 *
 * Each column is a dataset with one axis. Its attribute "crc32" is the CRC-32
 * of its numbers as they are in memory. The root's attribute "aum-scan" is a
 * text: the file's kind, which says what it is for.
 */
#ifndef DUMP_HDF5_COLUMNS_H
#define DUMP_HDF5_COLUMNS_H

#include "dump/index.h"

#define DUMP_KIND_MAX 31 /* bytes of a kind */

struct dump_column {
    const char *name;
    enum dump_type type; /* a number */
};

/* All columns of one kind of file. It must outlive the files that are opened
 * with it. */
struct dump_table {
    const char *kind;
    const struct dump_column *columns;
    size_t count;
};

/* A file that is being written or read. Each column is written or read from its
 * start to its end. Columns are given by their index in the table. */
struct dump_columns;

/* Overwrites the file at `path`; messages speak of `name`. `watch` may be NULL.
 * NULL on failure. */
struct dump_columns *dump_columns_create(const struct dump_table *table,
                                         const char *path, const char *name,
                                         struct dump_watch *watch,
                                         struct error *error);

bool dump_columns_append(struct dump_columns *columns, size_t column,
                         const void *values, size_t count, struct error *error);

/* Completes a file that was created. It is closed even on failure. */
bool dump_columns_finish(struct dump_columns *columns, struct error *error);

/* Opens a file for reading. NULL if it is damaged or of another kind. */
struct dump_columns *dump_columns_open(const struct dump_table *table,
                                       const char *path,
                                       struct dump_watch *watch,
                                       struct error *error);

/* The identity of the file that is open, to find out whether it is the same
 * when it is opened again. */
const struct dump_identity *
dump_columns_identity(const struct dump_columns *columns);

/* The number of numbers in a column, checked against the file's size. */
uint64_t dump_columns_length(const struct dump_columns *columns, size_t column);

/* Reads the next `count` numbers of a column. */
bool dump_columns_read(struct dump_columns *columns, size_t column,
                       void *values, size_t count, struct error *error);

/* Reads what is left of all columns: do their check sums match? Until then,
 * what was read may be damaged. */
bool dump_columns_verify(struct dump_columns *columns, struct error *error);

/* Closes a file that was opened, or one that was created and is not to be
 * completed; NULL is fine. */
void dump_columns_close(struct dump_columns *columns);

#endif
