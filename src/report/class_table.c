/*
 * class_table.c - what is found of each class that samples have
 */
#include "report/class_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"
#include "report/each_row.h"

static uint64_t hash_class(const void *classes, size_t number)
{
    return hash_spread(((const struct class_finding *)classes)[number].label);
}

static bool has_label(const void *classes, size_t number, const void *label)
{
    const struct class_finding *class = classes;
    return class[number].label == *(const uint32_t *)label;
}

struct class_finding *class_table_at(struct class_table *table, uint32_t label)
{
    const uint64_t hash = hash_spread(label);
    const size_t found =
        hash_table_find(&table->table, hash, has_label, table->classes, &label);
    if (found != SIZE_MAX)
        return &table->classes[found];
    struct class_finding *classes =
        list_grow(table->classes, table->count, sizeof *classes);
    if (classes == NULL)
        return NULL;
    table->classes = classes;
    if (!hash_table_reserve(&table->table, table->count, hash_class, classes))
        return NULL;
    classes[table->count] = (struct class_finding){.label = label};
    hash_table_add(&table->table, hash, table->count);
    return &classes[table->count++];
}

static int compare_labels(const void *a, const void *b)
{
    const struct class_finding *x = a;
    const struct class_finding *y = b;
    return (x->label > y->label) - (x->label < y->label);
}

void class_table_sort(struct class_table *table)
{
    if (table->count > 0)
        qsort(table->classes, table->count, sizeof *table->classes,
              compare_labels);
}

static bool count_row(void *table, const struct aum_row *row)
{
    struct class_finding *class = class_table_at(table, row->label);
    if (class == NULL)
        return false;
    class->samples++;
    class->flagged += row->flagged;
    return true;
}

bool class_table_count(struct class_table *table,
                       const struct aum_ranking *ranking)
{
    return each_row(ranking, count_row, table);
}

void class_table_free(struct class_table *table)
{
    free(table->classes);
    hash_table_free(&table->table);
    memset(table, 0, sizeof *table);
}
