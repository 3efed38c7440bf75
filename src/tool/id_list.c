/*
 * id_list.c - a file of sample ids, one a line or a column of a CSV
 */
#include "id_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool fail(struct messages *messages, const char *path, const char *why)
{
    message_error(messages, "%s: %s", path, why);
    return false;
}

static bool read_whole(struct id_list *list, const char *path,
                       struct messages *messages)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return fail(messages, path, strerror(errno));
    size_t size = 0;
    size_t room = 0;
    bool good = true;
    while (good && !feof(file) && !ferror(file)) {
        if (size + 1 >= room) {
            room = room * 2 + 65536;
            char *grown = realloc(list->text, room);
            good = grown != NULL;
            list->text = good ? grown : list->text;
        }
        if (good)
            size += fread(list->text + size, 1, room - size - 1, file);
    }
    const int reason = errno;
    const bool failed = ferror(file) != 0;
    if (file != stdin)
        fclose(file);
    if (!good)
        return fail(messages, path, "out of memory");
    if (failed)
        return fail(messages, path, strerror(reason));
    list->text[size] = '\0';
    if (strlen(list->text) != size)
        return fail(messages, path, "not a text file");
    return true;
}

/* Cuts the next cell of a CSV record off *rest, in place (RFC 4180: quotes
 * around it, doubled within). NULL behind the last one of the record, which
 * moves *rest to the next. */
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

static bool add_line(struct id_list *list, char *line)
{
    /* The capacity is the power of two at or above the count. */
    if ((list->count & (list->count - 1)) == 0) {
        const size_t room = list->count == 0 ? 1 : list->count * 2;
        char **grown = realloc(list->lines, room * sizeof *grown);
        if (grown == NULL)
            return false;
        list->lines = grown;
    }
    list->lines[list->count++] = line;
    return true;
}

/* Which column of the first record is called sample_id; SIZE_MAX if none. */
static size_t id_column(const char *text)
{
    const size_t length = strcspn(text, "\n");
    char *header = malloc(length + 1);
    size_t column = SIZE_MAX;
    if (header == NULL)
        return SIZE_MAX;
    memcpy(header, text, length);
    header[length] = '\0';
    char *rest = header;
    bool last = false;
    for (size_t i = 0; !last; i++) {
        if (strcmp(next_cell(&rest, &last), "sample_id") == 0)
            column = i;
    }
    free(header);
    return column;
}

static bool take_column(struct id_list *list, char *text, size_t column)
{
    for (bool header = true; *text != '\0'; header = false) {
        char *id = NULL;
        bool last = false;
        for (size_t i = 0; !last; i++) {
            char *cell = next_cell(&text, &last);
            id = i == column ? cell : id;
        }
        if (!header && id != NULL && *id != '\0' && !add_line(list, id))
            return false;
    }
    return true;
}

static bool take_lines(struct id_list *list, char *text)
{
    while (*text != '\0') {
        char *line = text;
        const size_t length = strcspn(text, "\n");
        text += length + (text[length] == '\n');
        line[length] = '\0';
        if (length > 0 && line[length - 1] == '\r')
            line[length - 1] = '\0';
        if (*line != '\0' && !add_line(list, line))
            return false;
    }
    return true;
}

bool id_list_read(struct id_list *list, const char *path,
                  struct messages *messages)
{
    memset(list, 0, sizeof *list);
    if (!read_whole(list, path, messages))
        return false;
    char *text = list->text;
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* a spreadsheet's mark */
        text += 3;
    const size_t column = id_column(text);
    if (!(column != SIZE_MAX ? take_column(list, text, column)
                             : take_lines(list, text)))
        return fail(messages, path, "out of memory");
    if (list->count == 0)
        return fail(messages, path, "no sample ids in it");
    return true;
}

void id_list_free(struct id_list *list)
{
    free(list->lines);
    free(list->text);
    memset(list, 0, sizeof *list);
}

/* An integer of the tally's kind. One that this kind cannot express is no
 * sample's: *fits is false. */
static bool parse_id(const char *text, enum aum_id_kind kind, int64_t *as_int64,
                     uint64_t *as_uint64, bool *fits)
{
    char *end;
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits < '0' || *digits > '9')
        return false;
    errno = 0;
    if (kind == AUM_IDS_UINT64)
        *as_uint64 = strtoull(digits, &end, 10);
    else
        *as_int64 = strtoll(text, &end, 10);
    *fits = errno == 0 && !(kind == AUM_IDS_UINT64 && *text == '-');
    return *end == '\0';
}

bool id_list_mark(const struct id_list *list, const char *path,
                  struct aum_tally *tally, enum aum_id_kind kind, size_t *found,
                  struct messages *messages)
{
    enum aum_status status = AUM_OK;
    *found = 0;
    for (size_t i = 0; i < list->count && status == AUM_OK; i++) {
        int64_t as_int64 = 0;
        uint64_t as_uint64 = 0;
        bool fits = true;
        const char *text = list->lines[i];
        if (kind != AUM_IDS_STRING &&
            !parse_id(text, kind, &as_int64, &as_uint64, &fits)) {
            message_error(messages,
                          "%s: \"%s\" is no id of these dumps, whose ids are "
                          "integers",
                          path, text);
            return false;
        }
        const void *value = kind == AUM_IDS_STRING  ? (const void *)&text
                            : kind == AUM_IDS_INT64 ? (const void *)&as_int64
                                                    : (const void *)&as_uint64;
        size_t one = 0;
        if (fits)
            status = aum_tally_mark_threshold(
                tally, (struct aum_ids){kind, value}, 1, &one);
        *found += one;
    }
    if (status != AUM_OK)
        return fail(messages, path, aum_strerror(status));
    return true;
}
