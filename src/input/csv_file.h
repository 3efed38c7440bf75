/*
 * csv_file.h - a small CSV file, or a list of lines, in memory
 */
#ifndef INPUT_CSV_FILE_H
#define INPUT_CSV_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

struct csv_file {
    const char *path;  /* the caller's */
    char *text;        /* the file's content, cut into strings */
    char *rest;        /* what has not been taken yet */
    size_t line;       /* where the row taken last begins, from 1 */
    size_t lines;      /* that have been taken */
    const char *wrong; /* with that row; NULL: nothing */
};

/* Reads `path` ("-": stdin), inflated if it is compressed with gzip, and
 * without the mark that spreadsheets put before UTF-8. False with an error.
 * Free with csv_free() either way. */
bool csv_read(struct csv_file *file, const char *path, struct error *error);
void csv_free(struct csv_file *file);

/* Which column of the first row has this name; SIZE_MAX: none. To be asked
 * before rows are taken. If two have it, none can be: csv_ended_well() says
 * so. */
size_t csv_column(struct csv_file *file, const char *name);

/* Takes the next row that is not empty: cells[i] becomes the text of column
 * columns[i]. It is NULL if the row is too short, or if there is nothing
 * between the commas: an empty text is written "". False after the last row,
 * or if a row's quotes are wrong. */
bool csv_next_row(struct csv_file *file, const size_t *columns, size_t count,
                  char **cells);

/* Takes the next line that is not empty, whole. One that starts with a quote is
 * a cell of a CSV, which may go over several lines. NULL after the last line,
 * or if a line's quotes are wrong. */
char *csv_next_line(struct csv_file *file);

/* Call it after the last row or line: false, with an error, if
 * something was wrong. */
bool csv_ended_well(const struct csv_file *file, struct error *error);

#endif
