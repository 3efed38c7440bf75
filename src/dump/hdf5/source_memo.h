/*
 * source_memo.h - which virtual datasets a check has been through
 *
 * A virtual dataset may be reached in very many ways if its users are virtual
 * datasets, too. It is checked once, and the ways are counted, because the
 * library follows each of them. Private to sources.c and virtual_sources.c.
 */
#ifndef DUMP_HDF5_SOURCE_MEMO_H
#define DUMP_HDF5_SOURCE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash_table.h"

struct source_visit {
    char *file;
    uint64_t address;
    unsigned depth; /* the greatest at which it was found */
    size_t ways;    /* to all datasets behind it */
};

/* All zero: none. */
struct source_memo {
    struct source_visit *visits;
    size_t count;
    struct hash_table table; /* of these */
};

/* NULL if there was no visit. It is valid until the next is added. */
struct source_visit *source_memo_find(const struct source_memo *memo,
                                      const char *file, uint64_t address);

/* Adds a visit, of which `file` is copied, or replaces what is known of one.
 * False if there is not enough memory. */
bool source_memo_add(struct source_memo *memo,
                     const struct source_visit *visit);

void source_memo_free(struct source_memo *memo);

#endif
