/*
 * table_writer.h - rows of a table as csv, tsv or jsonl
 */
#ifndef TEXT_TABLE_WRITER_H
#define TEXT_TABLE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"
#include "text/format_double.h"

/* A further format is a further row in table_writer.c. */
enum table_format { TABLE_CSV, TABLE_TSV, TABLE_JSONL };
#define TABLE_FORMAT_NAMES "csv, tsv, jsonl"

/* From its name; false if there is none of that name. */
bool table_format_parse(const char *name, enum table_format *format);

/*
 * Writes a table, or some rows of it, as text. Cells are written one after the
 * other, each with the function of its type; the row ends by itself after the
 * last column. text.failed tells that there was no memory for it all.
 */
/* How numbers were written that are likely to come again. */
#define TABLE_MEMO 64
struct table_memo {
    double number;
    unsigned char length; /* 0: none is here yet */
    char text[FORMAT_DOUBLE_ROOM];
};

struct table {
    const struct format *format;
    const char *const *columns; /* must last as long as the table */
    size_t column_count;
    size_t next; /* column of the next cell */
    struct text text;
    struct table_memo memo[TABLE_MEMO];
};

void table_init(struct table *table, enum table_format format,
                const char *const *columns, size_t column_count);
void table_free(struct table *table);

/* The names of the columns, if the format has such a row. */
void table_header(struct table *table);

void table_signed(struct table *table, int64_t number);
void table_unsigned(struct table *table, uint64_t number);
void table_double(struct table *table, double number);

/* The same, faster for one of a few numbers. */
void table_double_of_few(struct table *table, double number);

void table_bool(struct table *table, bool value);
void table_string(struct table *table, const char *text);
void table_empty(struct table *table); /* nothing, or null */

#endif
