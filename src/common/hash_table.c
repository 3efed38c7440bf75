/*
 * hash_table.c - finds elements of an array by what they are
 */
#include "common/hash_table.h"

#include <stdlib.h>

/* Slots for so many elements: a power of two, and at least twice as many. */
static size_t slots_for(size_t elements)
{
    size_t slots = 8;
    while (slots < 2 * elements)
        slots *= 2;
    return slots;
}

size_t hash_table_find(const struct hash_table *table, uint64_t hash,
                       hash_table_equal equal, const void *elements,
                       const void *key)
{
    const size_t mask = table->slot_count - 1;
    if (table->slots == NULL)
        return SIZE_MAX;
    for (size_t i = (size_t)hash & mask; table->slots[i] != 0;
         i = (i + 1) & mask) {
        const size_t number = table->slots[i] - 1;
        if (equal(elements, number, key))
            return number;
    }
    return SIZE_MAX;
}

void hash_table_add(struct hash_table *table, uint64_t hash, size_t number)
{
    const size_t mask = table->slot_count - 1;
    size_t i = (size_t)hash & mask;
    while (table->slots[i] != 0)
        i = (i + 1) & mask;
    table->slots[i] = (uint32_t)number + 1;
}

bool hash_table_reserve(struct hash_table *table, size_t count,
                        hash_table_hash hash, const void *elements)
{
    if (count >= UINT32_MAX)
        return false;
    const size_t slots = slots_for(count + 1);
    if (slots == table->slot_count)
        return true;
    uint32_t *grown = calloc(slots, sizeof *grown);
    if (grown == NULL)
        return false;
    free(table->slots);
    *table = (struct hash_table){grown, slots};
    for (size_t i = 0; i < count; i++)
        hash_table_add(table, hash(elements, i), i);
    return true;
}

void hash_table_free(struct hash_table *table)
{
    free(table->slots);
    *table = (struct hash_table){NULL, 0};
}
