/*
 * table_writer.c - rows of a table as csv, tsv or jsonl
 *
 * csv follows RFC 4180 but for its line ends (LF); tsv is the same with tabs,
 * which is what pandas and spreadsheets expect. jsonl has an object a line.
 */
#include "table_writer.h"

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

static void put(struct table *table, const char *text, size_t size)
{
    if (!table->failed &&
        !out_file_write(table->out, text, size, &table->error))
        table->failed = true;
}

static void put_text(struct table *table, const char *text)
{
    put(table, text, strlen(text));
}

static char separator(const struct table *table)
{
    return table->format == TABLE_TSV ? '\t' : ',';
}

/* What comes before a cell. */
static void open_cell(struct table *table)
{
    if (table->format == TABLE_JSONL) {
        put_text(table, table->next == 0 ? "{\"" : ",\"");
        put_text(table, table->columns[table->next]);
        put_text(table, "\":");
    } else if (table->next > 0) {
        const char c = separator(table);
        put(table, &c, 1);
    }
}

static void close_cell(struct table *table)
{
    if (++table->next < table->column_count)
        return;
    table->next = 0;
    put_text(table, table->format == TABLE_JSONL ? "}\n" : "\n");
}

static void cell(struct table *table, const char *text, size_t size)
{
    open_cell(table);
    put(table, text, size);
    close_cell(table);
}

void table_unsigned(struct table *table, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    cell(table, digits + at, sizeof digits - at);
}

void table_signed(struct table *table, int64_t number)
{
    if (number >= 0) {
        table_unsigned(table, (uint64_t)number);
        return;
    }
    char text[21];
    size_t at = sizeof text;
    uint64_t left = 0 - (uint64_t)number;
    for (; left > 0; left /= 10)
        text[--at] = (char)('0' + left % 10);
    text[--at] = '-';
    cell(table, text + at, sizeof text - at);
}

void table_double(struct table *table, double number)
{
    char text[FORMAT_DOUBLE_ROOM];
    cell(table, text, format_double(number, text));
}

void table_bool(struct table *table, bool value)
{
    cell(table, value ? "true" : "false", value ? 4 : 5);
}

void table_empty(struct table *table)
{
    cell(table, "null", table->format == TABLE_JSONL ? 4 : 0);
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
    open_cell(table);
    if (table->format == TABLE_JSONL)
        put_json(table, text);
    else if (*text == '\0' || text[strcspn(text, special)] != '\0')
        put_quoted(table, text);
    else
        put_text(table, text);
    close_cell(table);
}

/* ---- the table ---- */

void table_begin(struct table *table, struct out_file *out,
                 enum table_format format, const char *const *columns,
                 size_t column_count)
{
    *table = (struct table){.out = out,
                            .format = format,
                            .columns = columns,
                            .column_count = column_count};
    for (size_t i = 0; format != TABLE_JSONL && i < column_count; i++)
        table_string(table, columns[i]);
}

bool table_end(struct table *table, struct out_error *error)
{
    if (table->failed)
        *error = table->error;
    return !table->failed;
}
