/*
 * class_table.h - what is found of each class that samples have
 *
 * Memory grows with the classes that there are, and not with those that there
 * might be: a state may claim any number of them.
 */
#ifndef REPORT_CLASS_TABLE_H
#define REPORT_CLASS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aum.h"
#include "common/hash_table.h"

struct class_finding {
    uint32_t label;
    size_t samples;
    size_t flagged;
    size_t suspects; /* that have it as the assigned or the suggested label */
    /* The most frequent suggested label of those that it is assigned to. */
    uint32_t looks_like;
    size_t looks_like_count; /* 0: there is none */
};

/* All zero means empty. */
struct class_table {
    struct class_finding *classes;
    size_t count;
    struct hash_table table; /* of their labels */
};

/* The finding of a class, which is added with all counts 0 if there is none.
 * NULL without memory; valid until the next one is added. */
struct class_finding *class_table_at(struct class_table *table, uint32_t label);

/* Adds the samples of a ranking, and the flagged ones among them. False without
 * memory. */
bool class_table_count(struct class_table *table,
                       const struct aum_ranking *ranking);

/* Puts them in the order of their labels; none is to be looked for after. */
void class_table_sort(struct class_table *table);

void class_table_free(struct class_table *table);

#endif
