/*
 * source_memo.c - which virtual datasets a check has been through
 */
#include "dump/hdf5/source_memo.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"

static uint64_t hash_place(const char *file, uint64_t address)
{
    return hash_spread(hash_text(file) ^ hash_spread(address));
}

static uint64_t hash_visit(const void *visits, size_t number)
{
    const struct source_visit *visit =
        (const struct source_visit *)visits + number;
    return hash_place(visit->file, visit->address);
}

struct place {
    const char *file;
    uint64_t address;
};

static bool is_place(const void *visits, size_t number, const void *key)
{
    const struct source_visit *visit =
        (const struct source_visit *)visits + number;
    const struct place *place = key;
    return visit->address == place->address &&
           strcmp(visit->file, place->file) == 0;
}

struct source_visit *source_memo_find(const struct source_memo *memo,
                                      const char *file, uint64_t address)
{
    const struct place place = {file, address};
    const size_t number =
        hash_table_find(&memo->table, hash_place(file, address), is_place,
                        memo->visits, &place);
    return number != SIZE_MAX ? &memo->visits[number] : NULL;
}

bool source_memo_add(struct source_memo *memo, const struct source_visit *visit)
{
    struct source_visit *old =
        source_memo_find(memo, visit->file, visit->address);
    if (old != NULL) {
        old->depth = visit->depth;
        old->ways = visit->ways;
        return true;
    }
    struct source_visit *visits =
        list_grow(memo->visits, memo->count, sizeof *visits);
    if (visits == NULL)
        return false;
    memo->visits = visits;
    if (memo->count >= UINT32_MAX / 2 ||
        !hash_table_reserve(&memo->table, memo->count, hash_visit, visits))
        return false;
    char *file = strdup(visit->file);
    if (file == NULL)
        return false;
    hash_table_add(&memo->table, hash_place(file, visit->address), memo->count);
    visits[memo->count] = *visit;
    visits[memo->count++].file = file;
    return true;
}

void source_memo_free(struct source_memo *memo)
{
    for (size_t i = 0; i < memo->count; i++)
        free(memo->visits[i].file);
    free(memo->visits);
    hash_table_free(&memo->table);
    memset(memo, 0, sizeof *memo);
}
