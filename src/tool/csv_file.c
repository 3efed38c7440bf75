/*
 * csv_file.c - a small CSV file in memory
 */
#include "csv_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool fail(struct messages *messages, const char *path, const char *why)
{
    message_error(messages, "%s: %s", path, why);
    return false;
}

static bool read_whole(struct csv_file *file, const char *path,
                       struct messages *messages)
{
    FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (stream == NULL)
        return fail(messages, path, strerror(errno));
    size_t size = 0;
    size_t room = 0;
    bool good = true;
    while (good && !feof(stream) && !ferror(stream)) {
        if (size + 1 >= room) {
            room = room * 2 + 65536;
            char *grown = realloc(file->text, room);
            good = grown != NULL;
            file->text = good ? grown : file->text;
        }
        if (good)
            size += fread(file->text + size, 1, room - size - 1, stream);
    }
    const int reason = errno;
    const bool failed = ferror(stream) != 0;
    if (stream != stdin)
        fclose(stream);
    if (!good)
        return fail(messages, path, "out of memory");
    if (failed)
        return fail(messages, path, strerror(reason));
    file->text[size] = '\0';
    if (strlen(file->text) != size)
        return fail(messages, path, "not a text file");
    return true;
}

bool csv_read(struct csv_file *file, const char *path,
              struct messages *messages)
{
    memset(file, 0, sizeof *file);
    file->path = path;
    if (!read_whole(file, path, messages))
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

/* Cuts the next cell of a CSV record off *rest, in place (RFC 4180: quotes
 * around it, doubled within). *last tells whether it is the last one of
 * its record; then *rest is the next one's start. */
static char *next_cell(char **rest, bool *last)
{
    char *from = *rest;
    char *cell = from;
    char *to = from;
    if (*from == '"') {
        from++;
        while (*from != '\0' && (*from != '"' || from[1] == '"')) {
            from += *from == '"';
            *to++ = *from++;
        }
        from += *from == '"';
    }
    while (*from != '\0' && *from != ',' && *from != '\n')
        *to++ = *from++;
    *last = *from != ',';
    if (*from != '\0')
        from++;
    if (*last && to > cell && to[-1] == '\r')
        to--;
    *to = '\0';
    *rest = from;
    return cell;
}

size_t csv_column(const struct csv_file *file, const char *name)
{
    const size_t length = strcspn(file->rest, "\n");
    char *header = malloc(length + 1);
    size_t column = SIZE_MAX;
    if (header == NULL)
        return SIZE_MAX;
    memcpy(header, file->rest, length);
    header[length] = '\0';
    char *rest = header;
    bool last = false;
    for (size_t i = 0; !last; i++) {
        if (strcmp(next_cell(&rest, &last), name) == 0)
            column = i;
    }
    free(header);
    return column;
}

bool csv_next_row(struct csv_file *file, const size_t *columns, size_t count,
                  char **cells)
{
    for (;;) {
        bool last = false;
        bool empty = true;
        if (*file->rest == '\0')
            return false;
        file->line++;
        for (size_t k = 0; k < count; k++)
            cells[k] = NULL;
        for (size_t i = 0; !last; i++) {
            char *cell = next_cell(&file->rest, &last);
            empty = empty && *cell == '\0';
            for (size_t k = 0; k < count; k++)
                cells[k] = columns[k] == i ? cell : cells[k];
        }
        if (!empty)
            return true;
    }
}

char *csv_next_line(struct csv_file *file)
{
    while (*file->rest != '\0') {
        char *line = file->rest;
        const size_t length = strcspn(line, "\n");
        file->rest += length + (line[length] == '\n');
        file->line++;
        line[length] = '\0';
        if (length > 0 && line[length - 1] == '\r')
            line[length - 1] = '\0';
        if (*line != '\0')
            return line;
    }
    return NULL;
}
