/*
 * table_writer.c - rows of a table as csv, tsv or jsonl
 *
 * csv follows RFC 4180 but for its line ends (LF); tsv is the same with tabs,
 * which is what pandas and spreadsheets expect. jsonl has one object per line.
 */
#include "text/table_writer.h"

#include <string.h>

#include "common/hash.h"

/* ---- the formats ---- */

/* A few characters that stand in every row, copied by their room rather than
 * by their length. */
struct mark {
    unsigned length;
    char bytes[8];
};

/* Names of columns are short. */
struct format {
    const char *name;
    char row_start; /* or 0 */
    char separator; /* between cells */
    struct mark row_end;
    struct mark empty; /* a cell without a value */
    bool named_cells;  /* each cell begins with its column's name */
    void (*put_string)(const struct format *format, struct text *to,
                       const char *string);
};

/* Would a reader take it for something else? At the start of a file, that goes
 * for the mark before UTF-8 and for the first byte of gzip too. */
static bool needs_quotes(const struct format *format, const char *string)
{
    const char special[] = {'"', '\n', '\r', format->separator, '\0'};
    return *string == '\0' || *string == '\x1f' ||
           strncmp(string, "\xef\xbb\xbf", 3) == 0 ||
           string[strcspn(string, special)] != '\0';
}

static void put_quoted(struct text *to, const char *string)
{
    text_put(to, "\"", 1);
    for (;;) {
        const size_t n = strcspn(string, "\"");
        text_put(to, string, n);
        if (string[n] == '\0')
            break;
        text_put(to, "\"\"", 2);
        string += n + 1;
    }
    text_put(to, "\"", 1);
}

static void put_separated(const struct format *format, struct text *to,
                          const char *string)
{
    if (needs_quotes(format, string))
        put_quoted(to, string);
    else
        text_put(to, string, strlen(string));
}

static void put_json(const struct format *format, struct text *to,
                     const char *string)
{
    (void)format;
    text_put_json(to, string);
}

static const struct format formats[] = {
    [TABLE_CSV] = {.name = "csv",
                   .separator = ',',
                   .row_end = {1, "\n"},
                   .put_string = put_separated},
    [TABLE_TSV] = {.name = "tsv",
                   .separator = '\t',
                   .row_end = {1, "\n"},
                   .put_string = put_separated},
    [TABLE_JSONL] = {.name = "jsonl",
                     .row_start = '{',
                     .separator = ',',
                     .row_end = {2, "}\n"},
                     .empty = {4, "null"},
                     .named_cells = true,
                     .put_string = put_json},
};

bool table_format_parse(const char *name, enum table_format *format)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *format = (enum table_format)i;
            return true;
        }
    }
    return false;
}

/* ---- cells ---- */

/* Room for any cell that is no string, with what comes before and after. */
#define CELL_ROOM 128u

static char *append(char *to, const char *text)
{
    const size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

static char *append_mark(char *to, const struct mark *mark)
{
    memcpy(to, mark->bytes, sizeof mark->bytes);
    return to + mark->length;
}

/* What comes before a cell. */
static char *open_cell(const struct table *table, char *to)
{
    const struct format *format = table->format;
    const char before =
        table->next == 0 ? format->row_start : format->separator;
    if (before != 0)
        *to++ = before;
    if (!format->named_cells)
        return to;
    *to++ = '"';
    to = append(to, table->columns[table->next]);
    return append(to, "\":");
}

/* What comes after it. */
static char *close_cell(struct table *table, char *to)
{
    if (++table->next < table->column_count)
        return to;
    table->next = 0;
    return append_mark(to, &table->format->row_end);
}

static char *begin_cell(struct table *table)
{
    char *to = text_reserve(&table->text, CELL_ROOM);
    return to != NULL ? open_cell(table, to) : NULL;
}

static void end_cell(struct table *table, char *to)
{
    to = close_cell(table, to);
    table->text.used = (size_t)(to - table->text.bytes);
}

static unsigned count_digits(uint64_t number)
{
    for (unsigned count = 1;; count += 4, number /= 10000) {
        if (number < 10)
            return count;
        if (number < 100)
            return count + 1;
        if (number < 1000)
            return count + 2;
        if (number < 10000)
            return count + 3;
    }
}

/* Digits are written where they are to stand, from the last one on. (Written
 * elsewhere and copied, they would be read as more bytes at once than have been
 * written at once, for which processors wait.) */
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
    char *const end = to + count_digits(number);
    char *p = end;
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
    return end;
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

void table_double_of_few(struct table *table, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    struct table_memo *memo = &table->memo[hash_spread(bits) % TABLE_MEMO];
    char *to = begin_cell(table);
    if (to == NULL)
        return;
    if (memo->length == 0 ||
        memcmp(&memo->number, &number, sizeof number) != 0) {
        memo->number = number;
        memo->length = (unsigned char)format_double(number, memo->text);
    }
    memcpy(to, memo->text, memo->length);
    end_cell(table, to + memo->length);
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
        end_cell(table, append_mark(to, &table->format->empty));
}

void table_string(struct table *table, const char *text)
{
    char *to = begin_cell(table);
    if (to == NULL)
        return;
    table->text.used = (size_t)(to - table->text.bytes);
    table->format->put_string(table->format, &table->text, text);
    to = text_reserve(&table->text, CELL_ROOM);
    if (to != NULL)
        end_cell(table, to);
}

/* ---- the table ---- */

void table_init(struct table *table, enum table_format format,
                const char *const *columns, size_t column_count)
{
    *table = (struct table){.format = &formats[format],
                            .columns = columns,
                            .column_count = column_count};
}

void table_free(struct table *table)
{
    text_free(&table->text);
}

void table_header(struct table *table)
{
    if (table->format->named_cells)
        return;
    for (size_t i = 0; i < table->column_count; i++)
        table_string(table, table->columns[i]);
}
