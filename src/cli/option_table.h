/*
 * option_table.h - what a program offers, in one table
 *
 * The parser, --help and the messages of what is wrong are made from it, so
 * that they cannot disagree.
 */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ui/log.h"

/* What becomes of an argument. */
enum option_kind {
    OPTION_IS_TAKEN, /* row.take() takes it; false if it cannot be understood */
    OPTION_IS_TEXT,  /* not empty; a const char * of the options points at it */
    OPTION_IS_FLAG   /* there is none; a bool of the options becomes true */
};

struct option_row {
    int letter; /* or 0 */
    const char *name;
    const char *argument; /* NULL: it takes none; "[=WORD]": one that may be
                           * missing, and then is NULL for take() */
    /* The next three by one of the macros below. */
    bool (*take)(void *options, const char *text);
    enum option_kind kind;
    size_t offset;        /* of the text or flag within the options */
    const char *expected; /* what an argument has to be */
    const char *help;     /* NULL: the next row's is for both */
};

#define OPTION_TAKE(function) function, OPTION_IS_TAKEN, 0
#define OPTION_TEXT(type, field) NULL, OPTION_IS_TEXT, offsetof(type, field)
#define OPTION_FLAG(type, field) NULL, OPTION_IS_FLAG, offsetof(type, field)

struct option_table {
    const struct option_row *rows;
    size_t count; /* up to 63 */
    /* Called after each option: can the others be ignored? */
    bool (*done)(const void *options);
    /* Takes an argument that is no option, in its order among them. */
    void (*file)(void *options, char *file);
};

/* False after an error message: exit with status 2. */
bool option_table_parse(const struct option_table *table, void *options,
                        int argc, char **argv, struct messages *messages);

/* A line for each row that has a help text. */
void option_table_print(const struct option_table *table, FILE *stream);

/* A whole number up to `max`, for the `take` functions. */
bool option_number(const char *text, uint64_t max, uint64_t *out);

#endif
