/*
 * id_set.c - which of some samples a row is of
 */
#include "input/id_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

void id_set_init(struct id_set *set, char *const *texts, size_t count,
                 const char *source)
{
    *set = (struct id_set){.texts = texts, .count = count, .source = source};
}

void id_set_free(struct id_set *set)
{
    for (size_t i = 0; i <= AUM_IDS_STRING; i++) {
        id_values_free(&set->kinds[i].values);
        free(set->kinds[i].table);
    }
    memset(set, 0, sizeof *set);
}

static bool equal(struct aum_ids a, size_t i, struct aum_ids b, size_t j)
{
    if (a.kind != AUM_IDS_STRING)
        return ((const uint64_t *)a.values)[i] ==
               ((const uint64_t *)b.values)[j];
    return strcmp(((const char *const *)a.values)[i],
                  ((const char *const *)b.values)[j]) == 0;
}

/* Where an id is in the table, or where it would go. */
static size_t probe(const struct id_set_kind *kind, struct aum_ids ids,
                    size_t row)
{
    size_t at = (size_t)hash_id(ids.kind == AUM_IDS_STRING, ids.values, row) &
                kind->mask;
    while (kind->table[at] != 0 &&
           !equal(kind->values.ids, kind->table[at] - 1, ids, row))
        at = (at + 1) & kind->mask;
    return at;
}

bool id_set_prepare(struct id_set *set, enum aum_id_kind kind_number,
                    struct error *error)
{
    struct id_set_kind *kind = &set->kinds[kind_number];
    if (kind->prepared)
        return true;
    size_t size = 64;
    while (size / 4 < set->count)
        size *= 2;
    if (!id_values_parse(&kind->values, set->texts, set->count, kind_number,
                         set->source, error))
        return false;
    kind->table = calloc(size, sizeof *kind->table);
    if (kind->table == NULL || set->count >= UINT32_MAX) {
        return error_no_memory_for(error, set->source);
    }
    kind->mask = size - 1;
    for (size_t i = 0; i < kind->values.count; i++) {
        const size_t at = probe(kind, kind->values.ids, i);
        if (kind->table[at] == 0)
            kind->table[at] = (uint32_t)(i + 1);
    }
    kind->prepared = true;
    return true;
}

size_t id_set_find(const struct id_set *set, struct aum_ids ids, size_t row)
{
    const struct id_set_kind *kind = &set->kinds[ids.kind];
    const uint32_t found = kind->table[probe(kind, ids, row)];
    return found != 0 ? kind->values.which[found - 1] : SIZE_MAX;
}
