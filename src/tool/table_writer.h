/*
 * table_writer.h - rows of a table as csv, tsv or jsonl
 */
#ifndef TOOL_TABLE_WRITER_H
#define TOOL_TABLE_WRITER_H

#include <stdint.h>

#include "out_file.h"

enum table_format { TABLE_CSV, TABLE_TSV, TABLE_JSONL };

/* From its name; false if there is none of that name. */
bool table_format_parse(const char *name, enum table_format *format);

/*
 * Cells are written one after the other, each with the function of its type;
 * the row ends itself behind the last column. The first write error is kept,
 * and table_end() tells of it.
 */
struct table {
    struct out_file *out;
    enum table_format format;
    const char *const *columns;
    size_t column_count;
    size_t next; /* column of the next cell */
    bool failed;
    struct out_error error;
};

/* Writes the header, if the format has one. `columns` must last as long as
 * the table. */
void table_begin(struct table *table, struct out_file *out,
                 enum table_format format, const char *const *columns,
                 size_t column_count);

void table_signed(struct table *table, int64_t number);
void table_unsigned(struct table *table, uint64_t number);
void table_double(struct table *table, double number);
void table_bool(struct table *table, bool value);
void table_string(struct table *table, const char *text);
void table_empty(struct table *table); /* nothing, or null */

/* False if anything could not be written. */
bool table_end(struct table *table, struct out_error *error);

#endif
