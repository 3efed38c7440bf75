/*
 * csv_file.c - a small CSV file, or a list of lines, in memory
 */
#include "input/csv_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "input/whole_file.h"

bool csv_read(struct csv_file *file, const char *path, struct error *error)
{
    memset(file, 0, sizeof *file);
    file->path = path;
    file->text = whole_file_read(path, error);
    if (file->text == NULL)
        return false;
    file->rest = file->text;
    if (strncmp(file->rest, "\xef\xbb\xbf", 3) == 0)
        file->rest += 3;
    return true;
}

void csv_free(struct csv_file *file)
{
    free(file->text);
    memset(file, 0, sizeof *file);
}

/* Takes the quotes off the cell that starts at `from` (RFC 4180: quotes around
 * it, doubled within), in place. Returns what follows it; *to becomes its end,
 * to which the caller adds a NUL. */
static char *unquote(struct csv_file *file, char *from, char **to)
{
    *to = from;
    from++;
    while (*from != '\0' && (*from != '"' || from[1] == '"')) {
        from += *from == '"';
        file->lines += *from == '\n';
        *(*to)++ = *from++;
    }
    if (*from == '\0')
        file->wrong = "a quote that is not closed";
    else
        from++;
    return from;
}

/* The end of a line, or of the text? */
static bool is_end(const char *text)
{
    return *text == '\0' || *text == '\n' ||
           (*text == '\r' && (text[1] == '\n' || text[1] == '\0'));
}

/* Takes the next cell of a row off the rest, in place. *last tells whether it
 * is the last one of its row; then the rest is the next row. NULL: there is
 * nothing in it, not even quotes. */
static char *next_cell(struct csv_file *file, bool *last)
{
    char *cell = file->rest;
    char *from = cell;
    char *to = cell;
    const bool quoted = *cell == '"';
    if (quoted) {
        from = unquote(file, cell, &to);
        if (*from != ',' && !is_end(from) && file->wrong == NULL)
            file->wrong = "text behind a closing quote; quotes within quotes "
                          "are doubled";
    }
    while (*from != ',' && !is_end(from))
        *to++ = *from++;
    *last = *from != ',';
    from += *from == '\r';
    file->lines += *last;
    if (*from != '\0')
        from++;
    const bool empty = !quoted && to == cell;
    *to = '\0';
    file->rest = from;
    return empty ? NULL : cell;
}

size_t csv_column(struct csv_file *file, const char *name)
{
    const size_t length = strcspn(file->rest, "\n");
    char *header = malloc(length + 1);
    size_t column = SIZE_MAX;
    if (header == NULL)
        return SIZE_MAX;
    memcpy(header, file->rest, length);
    header[length] = '\0';
    struct csv_file row = {.rest = header};
    bool last = false;
    for (size_t i = 0; !last; i++) {
        const char *cell = next_cell(&row, &last);
        if (cell == NULL || row.wrong != NULL || strcmp(cell, name) != 0)
            continue;
        if (column != SIZE_MAX) {
            file->wrong = "two columns have the same name, of which one is "
                          "wanted; rename the other";
            file->line = 1;
        }
        column = i;
    }
    free(header);
    return column;
}

bool csv_next_row(struct csv_file *file, const size_t *columns, size_t count,
                  char **cells)
{
    bool empty = true;
    while (empty && *file->rest != '\0' && file->wrong == NULL) {
        bool last = false;
        file->line = file->lines + 1;
        for (size_t k = 0; k < count; k++)
            cells[k] = NULL;
        for (size_t i = 0; !last; i++) {
            char *cell = next_cell(file, &last);
            empty = empty && cell == NULL;
            for (size_t k = 0; k < count; k++)
                cells[k] = columns[k] == i ? cell : cells[k];
        }
    }
    return !empty && file->wrong == NULL;
}

/* A cell of its own line. */
static char *next_quoted(struct csv_file *file)
{
    char *line = file->rest;
    char *to;
    char *from = unquote(file, line, &to);
    if (!is_end(from) && file->wrong == NULL)
        file->wrong = "text behind a closing quote; quotes within quotes are "
                      "doubled, and a CSV has a first line that names the "
                      "column sample_id";
    file->lines++;
    from += strcspn(from, "\n");
    file->rest = from + (*from == '\n');
    *to = '\0';
    return file->wrong == NULL ? line : NULL;
}

char *csv_next_line(struct csv_file *file)
{
    while (*file->rest != '\0' && file->wrong == NULL) {
        char *line = file->rest;
        file->line = file->lines + 1;
        if (*line == '"')
            return next_quoted(file);
        const size_t length = strcspn(line, "\n");
        file->rest += length + (line[length] == '\n');
        file->lines++;
        line[length] = '\0';
        if (length > 0 && line[length - 1] == '\r')
            line[length - 1] = '\0';
        if (*line != '\0')
            return line;
    }
    return NULL;
}

bool csv_ended_well(const struct csv_file *file, struct error *error)
{
    if (file->wrong != NULL)
        error_set(error, "%s: line %zu: %s", file->path, file->line,
                  file->wrong);
    return file->wrong == NULL;
}
