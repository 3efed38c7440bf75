/*
 * table_writer.c - rows of a table as csv, tsv or jsonl
 *
 * csv follows RFC 4180 but for its line ends (LF); tsv is the same with tabs,
 * which is what pandas and spreadsheets expect. jsonl has an object a line.
 */
#include "text/table_writer.h"

#include <string.h>

#include "text/format_double.h"

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

/* Room for any cell that is no string, with what comes before and after. */
#define CELL_ROOM 128u

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
    char *to = text_reserve(&table->text, CELL_ROOM);
    return to != NULL ? open_cell(table, to) : NULL;
}

static void end_cell(struct table *table, char *to)
{
    to = close_cell(table, to);
    table->text.used = (size_t)(to - table->text.bytes);
}

#define DIGITS_MAX 20 /* of 2^64 - 1 */

static unsigned count_digits(uint64_t number)
{
    unsigned count = 1;
    for (uint64_t limit = 10; number >= limit && ++count < DIGITS_MAX;)
        limit *= 10;
    return count;
}

/* Digits are written where they are to stand, from the last one on: a buffer of
 * their own would cost a check of the stack for each number. */
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
        const char *pair = pairs + 2 * (number % 100);
        *--p = pair[1];
        *--p = pair[0];
    }
    if (number >= 10) {
        *--p = pairs[2 * number + 1];
        *--p = pairs[2 * number];
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

/* Would a reader take it for something else? At the start of a file, that goes
 * for the mark before UTF-8 and for the first byte of gzip too. */
static bool needs_quotes(const struct table *table, const char *text)
{
    const char special[] = {'"', '\n', '\r', separator(table), '\0'};
    return *text == '\0' || *text == '\x1f' ||
           strncmp(text, "\xef\xbb\xbf", 3) == 0 ||
           text[strcspn(text, special)] != '\0';
}

static void put_quoted(struct text *to, const char *text)
{
    text_put(to, "\"", 1);
    for (;;) {
        const size_t n = strcspn(text, "\"");
        text_put(to, text, n);
        if (text[n] == '\0')
            break;
        text_put(to, "\"\"", 2);
        text += n + 1;
    }
    text_put(to, "\"", 1);
}

void table_string(struct table *table, const char *text)
{
    char *to = begin_cell(table);
    if (to == NULL)
        return;
    table->text.used = (size_t)(to - table->text.bytes);
    if (table->format == TABLE_JSONL)
        text_put_json(&table->text, text);
    else if (needs_quotes(table, text))
        put_quoted(&table->text, text);
    else
        text_put(&table->text, text, strlen(text));
    to = text_reserve(&table->text, CELL_ROOM);
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
    text_free(&table->text);
}

void table_header(struct table *table)
{
    for (size_t i = 0; table->format != TABLE_JSONL && i < table->column_count;
         i++)
        table_string(table, table->columns[i]);
}
