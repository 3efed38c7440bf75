/*
 * table_writer.c - rows of a table as csv, tsv or jsonl
 *
 * csv follows RFC 4180 but for its line ends (LF); tsv is the same with tabs,
 * which is what pandas and spreadsheets expect. jsonl has an object a line.
 */
#include "table_writer.h"

#include <stdlib.h>
#include <string.h>

#include "format_double.h"

bool table_format_parse(const char *name, enum table_format *format)
{
    static const char *const names[] = {
        [TABLE_CSV] = "csv", [TABLE_TSV] = "tsv", [TABLE_JSONL] = "jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = (enum table_format)i;
            return true;
        }
    }
    return false;
}

/* ---- text ---- */

/* Room for any cell that is no string, with what comes before and after. */
#define CELL_ROOM 128u

/* Where the next `size` bytes go; NULL without memory. */
static char *reserve(struct table *table, size_t size)
{
    struct table_text *text = &table->text;
    if (size <= text->capacity - text->used)
        return text->bytes + text->used;
    if (size > SIZE_MAX / 4 || text->used > SIZE_MAX / 4)
        table->failed = true;
    if (table->failed)
        return NULL;
    const size_t capacity = text->used * 2 + size + 4096;
    char *grown = realloc(text->bytes, capacity);
    if (grown == NULL) {
        table->failed = true;
        return NULL;
    }
    text->bytes = grown;
    text->capacity = capacity;
    return text->bytes + text->used;
}

static void put(struct table *table, const char *text, size_t size)
{
    char *to = reserve(table, size);
    if (to == NULL)
        return;
    memcpy(to, text, size);
    table->text.used += size;
}

static char separator(const struct table *table)
{
    return table->format == TABLE_TSV ? '\t' : ',';
}

/* ---- cells ---- */

static char *append(char *to, const char *text)
{
    const size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

/* What comes before a cell. Column names are short. */
static char *open_cell(const struct table *table, char *to)
{
    if (table->format == TABLE_JSONL) {
        to = append(to, table->next == 0 ? "{\"" : ",\"");
        to = append(to, table->columns[table->next]);
        return append(to, "\":");
    }
    if (table->next > 0)
        *to++ = separator(table);
    return to;
}

/* What comes behind it. */
static char *close_cell(struct table *table, char *to)
{
    if (++table->next < table->column_count)
        return to;
    table->next = 0;
    if (table->format == TABLE_JSONL)
        *to++ = '}';
    *to++ = '\n';
    return to;
}

static char *begin_cell(struct table *table)
{
    char *to = reserve(table, CELL_ROOM);
    return to != NULL ? open_cell(table, to) : NULL;
}

static void end_cell(struct table *table, char *to)
{
    to = close_cell(table, to);
    table->text.used = (size_t)(to - table->text.bytes);
}

static char *append_unsigned(char *to, uint64_t number)
{
    static const char pairs[] = "00010203040506070809"
                                "10111213141516171819"
                                "20212223242526272829"
                                "30313233343536373839"
                                "40414243444546474849"
                                "50515253545556575859"
                                "60616263646566676869"
                                "70717273747576777879"
                                "80818283848586878889"
                                "90919293949596979899";
    char digits[20];
    char *p = digits + sizeof digits;
    for (; number >= 100; number /= 100) {
        p -= 2;
        memcpy(p, pairs + 2 * (number % 100), 2);
    }
    if (number >= 10) {
        p -= 2;
        memcpy(p, pairs + 2 * number, 2);
    } else {
        *--p = (char)('0' + number);
    }
    const size_t length = (size_t)(digits + sizeof digits - p);
    memcpy(to, p, length);
    return to + length;
}

void table_unsigned(struct table *table, uint64_t number)
{
    char *to = begin_cell(table);
    if (to != NULL)
        end_cell(table, append_unsigned(to, number));
}

void table_signed(struct table *table, int64_t number)
{
    char *to = begin_cell(table);
    if (to == NULL)
        return;
    if (number < 0)
        *to++ = '-';
    end_cell(table, append_unsigned(to, number < 0 ? 0 - (uint64_t)number
                                                   : (uint64_t)number));
}

void table_double(struct table *table, double number)
{
    char *to = begin_cell(table);
    if (to != NULL)
        end_cell(table, to + format_double(number, to));
}

void table_bool(struct table *table, bool value)
{
    char *to = begin_cell(table);
    if (to != NULL)
        end_cell(table, append(to, value ? "true" : "false"));
}

void table_empty(struct table *table)
{
    char *to = begin_cell(table);
    if (to != NULL)
        end_cell(table, append(to, table->format == TABLE_JSONL ? "null" : ""));
}

/* ---- strings ---- */

static void put_quoted(struct table *table, const char *text)
{
    put(table, "\"", 1);
    for (;;) {
        const size_t n = strcspn(text, "\"");
        put(table, text, n);
        if (text[n] == '\0')
            break;
        put(table, "\"\"", 2);
        text += n + 1;
    }
    put(table, "\"", 1);
}

/* Length of the UTF-8 sequence (RFC 3629) that starts here; 0 if none does. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if (s[0] < forms[f].first_low || s[0] > forms[f].first_high)
            continue;
        if (forms[f].length > 1 &&
            (s[1] < forms[f].second_low || s[1] > forms[f].second_high))
            return 0;
        for (size_t i = 2; i < forms[f].length; i++) {
            if (s[i] < 0x80 || s[i] > 0xbf)
                return 0;
        }
        return forms[f].length;
    }
    return 0;
}

static void put_escape(struct table *table, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    const char text[6] = {'\\',
                          'u',
                          hex[code >> 12 & 15],
                          hex[code >> 8 & 15],
                          hex[code >> 4 & 15],
                          hex[code & 15]};
    put(table, text, sizeof text);
}

/* A byte that is not UTF-8 becomes the lone surrogate that Python's
 * "surrogateescape" has for it, so that it can be told what it was. */
static void put_json(struct table *table, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    put(table, "\"", 1);
    while (*s != '\0') {
        const size_t n = utf8_length(s);
        if (n == 0)
            put_escape(table, 0xdc00u + *s);
        else if (*s == '"' || *s == '\\')
            put(table, *s == '"' ? "\\\"" : "\\\\", 2);
        else if (*s < 0x20)
            put_escape(table, *s);
        else
            put(table, (const char *)s, n);
        s += n == 0 ? 1 : n;
    }
    put(table, "\"", 1);
}

void table_string(struct table *table, const char *text)
{
    const char special[] = {'"', '\n', '\r', separator(table), '\0'};
    char *to = begin_cell(table);
    if (to == NULL)
        return;
    table->text.used = (size_t)(to - table->text.bytes);
    if (table->format == TABLE_JSONL)
        put_json(table, text);
    else if (*text == '\0' || text[strcspn(text, special)] != '\0')
        put_quoted(table, text);
    else
        put(table, text, strlen(text));
    to = reserve(table, CELL_ROOM);
    if (to != NULL)
        end_cell(table, to);
}

/* ---- the table ---- */

void table_init(struct table *table, enum table_format format,
                const char *const *columns, size_t column_count)
{
    *table = (struct table){
        .format = format, .columns = columns, .column_count = column_count};
}

void table_free(struct table *table)
{
    free(table->text.bytes);
    table->text = (struct table_text){0};
}

void table_header(struct table *table)
{
    for (size_t i = 0; table->format != TABLE_JSONL && i < table->column_count;
         i++)
        table_string(table, table->columns[i]);
}
