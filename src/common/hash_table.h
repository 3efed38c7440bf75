/*
 * hash_table.h - finds elements of an array by what they are
 *
 * The array is the caller's, and only grows. The table holds the numbers of its
 * elements, in slots with open addressing.
 */
#ifndef COMMON_HASH_TABLE_H
#define COMMON_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: empty. */
struct hash_table {
    uint32_t *slots; /* the number of an element plus 1; 0: none */
    size_t slot_count;
};

/* The hash of an element. */
typedef uint64_t (*hash_table_hash)(const void *elements, size_t number);

/* Is an element what is looked for? */
typedef bool (*hash_table_equal)(const void *elements, size_t number,
                                 const void *key);

/* The number of the element that equals a key with this hash; SIZE_MAX: there
 * is none. */
size_t hash_table_find(const struct hash_table *table, uint64_t hash,
                       hash_table_equal equal, const void *elements,
                       const void *key);

/* Makes room for one element more than `count`, all of which a table that grows
 * has anew. False if there is not enough memory, or are too many. */
bool hash_table_reserve(struct hash_table *table, size_t count,
                        hash_table_hash hash, const void *elements);

/* Adds an element that equals no other, for which room was made. */
void hash_table_add(struct hash_table *table, uint64_t hash, size_t number);

void hash_table_free(struct hash_table *table);

#endif
