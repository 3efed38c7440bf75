/*
 * pairs.c - which classes the flagged samples of each class look like
 */
#include "report/pairs.h"

#include <stdlib.h>

#include "common/buffer.h"
#include "common/hash.h"
#include "common/hash_table.h"
#include "report/class_cell.h"
#include "report/class_table.h"
#include "report/each_row.h"

#define FLUSH_BYTES (64u * 1024u)

struct pair {
    uint32_t label;
    uint32_t suggested; /* AUM_NO_CLASS: the sample has no suggestion */
    size_t flagged;
};

struct pairs {
    struct pair *list;
    size_t count;
    struct hash_table table;
    struct class_table classes; /* of all ranked samples */
};

/* ---- counting ---- */

static uint64_t hash_of(uint32_t label, uint32_t suggested)
{
    return hash_spread((uint64_t)label << 32 | suggested);
}

static uint64_t hash_pair(const void *list, size_t number)
{
    const struct pair *pair = (const struct pair *)list + number;
    return hash_of(pair->label, pair->suggested);
}

static bool is_pair_of(const void *list, size_t number, const void *key)
{
    const struct pair *pair = (const struct pair *)list + number;
    const struct aum_row *row = key;
    return pair->label == row->label && pair->suggested == row->suggested_label;
}

/* The pair of a row, added if it is new. NULL without memory. */
static struct pair *pair_of(struct pairs *pairs, const struct aum_row *row)
{
    const uint64_t hash = hash_of(row->label, row->suggested_label);
    const size_t found =
        hash_table_find(&pairs->table, hash, is_pair_of, pairs->list, row);
    if (found != SIZE_MAX)
        return &pairs->list[found];
    struct pair *list = list_grow(pairs->list, pairs->count, sizeof *list);
    if (list == NULL)
        return NULL;
    pairs->list = list;
    if (!hash_table_reserve(&pairs->table, pairs->count, hash_pair, list))
        return NULL;
    list[pairs->count] = (struct pair){row->label, row->suggested_label, 0};
    hash_table_add(&pairs->table, hash, pairs->count);
    return &list[pairs->count++];
}

static bool count_flagged(void *pairs, const struct aum_row *row)
{
    struct pair *pair = row->flagged ? pair_of(pairs, row) : NULL;
    if (pair != NULL)
        pair->flagged++;
    return pair != NULL || !row->flagged;
}

/* ---- writing ---- */

static int most_flagged_first(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    if (x->flagged != y->flagged)
        return x->flagged > y->flagged ? -1 : 1;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    return (x->suggested > y->suggested) - (x->suggested < y->suggested);
}

static void write_pair(struct table *table, const struct pair *pair,
                       size_t samples, const struct report_options *options)
{
    write_class_cell(table, pair->label, options);
    write_class_cell(table, pair->suggested, options);
    table_unsigned(table, pair->flagged);
    table_double(table, (double)pair->flagged / (double)samples);
    if (options->names == NULL)
        return;
    write_class_name_cell(table, pair->label, options);
    write_class_name_cell(table, pair->suggested, options);
}

static bool write_pairs(struct pairs *pairs,
                        const struct report_options *options,
                        struct out_file *out, struct error *error)
{
    static const char *const columns[] = {"label",      "suggested_label",
                                          "flagged",    "share_of_label",
                                          "label_name", "suggested_name"};
    struct table table;
    table_init(&table, options->format, columns,
               options->names != NULL ? 6 : 4);
    table_header(&table);
    bool good = true;
    for (size_t i = 0; good && i < pairs->count; i++) {
        const struct pair *pair = &pairs->list[i];
        /* It is in the table: nothing is added. */
        write_pair(&table, pair,
                   class_table_at(&pairs->classes, pair->label)->samples,
                   options);
        if (table.text.used < FLUSH_BYTES)
            continue;
        good = out_file_write_text(out, &table.text, error);
        table.text.used = 0;
    }
    good = good && out_file_write_text(out, &table.text, error);
    table_free(&table);
    return good;
}

bool pairs_write(const struct aum_ranking *ranking,
                 const struct report_options *options, struct out_file *out,
                 struct error *error)
{
    struct pairs pairs = {.count = 0};
    bool good = (class_table_count(&pairs.classes, ranking) &&
                 each_row(ranking, count_flagged, &pairs)) ||
                error_no_memory(error);
    if (good && pairs.count > 0)
        qsort(pairs.list, pairs.count, sizeof *pairs.list, most_flagged_first);
    good = good && write_pairs(&pairs, options, out, error);
    class_table_free(&pairs.classes);
    hash_table_free(&pairs.table);
    free(pairs.list);
    return good;
}
