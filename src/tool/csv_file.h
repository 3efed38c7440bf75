/*
 * csv_file.h - a small CSV file in memory
 */
#ifndef TOOL_CSV_FILE_H
#define TOOL_CSV_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

struct csv_file {
    const char *path; /* the caller's */
    char *text;       /* the file's content, cut into strings */
    char *rest;       /* what has not been taken yet */
    size_t line;      /* the number of the line taken last, from 1 */
};

/* Reads `path` ("-": stdin), without the mark that spreadsheets put before
 * UTF-8. False after an error message. Free with csv_free() either way. */
bool csv_read(struct csv_file *file, const char *path,
              struct messages *messages);
void csv_free(struct csv_file *file);

/* Which column of the first row has this name; SIZE_MAX: none. To be asked
 * before rows are taken. */
size_t csv_column(const struct csv_file *file, const char *name);

/* Takes the next row that is not empty: cells[i] becomes the text of column
 * columns[i], NULL if the row is too short. False behind the last one. */
bool csv_next_row(struct csv_file *file, const size_t *columns, size_t count,
                  char **cells);

/* Takes the next line that is not empty, whole; NULL behind the last one. */
char *csv_next_line(struct csv_file *file);

#endif
