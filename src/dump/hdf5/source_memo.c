/*
 * source_memo.c - which virtual datasets a check has been through
 */
#include "dump/hdf5/source_memo.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

/* Where a visit is in the table, or would be. Slots hold its number plus 1;
 * 0: none. */
static size_t find_slot(const struct source_memo *memo, const char *file,
                        uint64_t address, size_t slots)
{
    size_t i = (size_t)hash_spread(hash_text(file) ^ hash_spread(address)) &
               (slots - 1);
    while (memo->slots[i] != 0 &&
           (memo->visits[memo->slots[i] - 1].address != address ||
            strcmp(memo->visits[memo->slots[i] - 1].file, file) != 0))
        i = (i + 1) & (slots - 1);
    return i;
}

/* Makes room for one more; the table grows when the array does. */
static bool make_room(struct source_memo *memo)
{
    const size_t slots = hash_table_slots(memo->count + 1);
    if (memo->slots != NULL && slots == hash_table_slots(memo->count))
        return true;
    struct source_visit *visits =
        realloc(memo->visits, slots / 2 * sizeof *visits);
    if (visits == NULL)
        return false;
    memo->visits = visits;
    uint32_t *grown = calloc(slots, sizeof *grown);
    if (grown == NULL)
        return false;
    free(memo->slots);
    memo->slots = grown;
    for (size_t i = 0; i < memo->count; i++)
        grown[find_slot(memo, visits[i].file, visits[i].address, slots)] =
            (uint32_t)i + 1;
    return true;
}

struct source_visit *source_memo_find(const struct source_memo *memo,
                                      const char *file, uint64_t address)
{
    if (memo->count == 0)
        return NULL;
    const size_t slot =
        find_slot(memo, file, address, hash_table_slots(memo->count));
    return memo->slots[slot] != 0 ? &memo->visits[memo->slots[slot] - 1] : NULL;
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
    if (memo->count >= UINT32_MAX / 2 || !make_room(memo))
        return false;
    char *file = strdup(visit->file);
    if (file == NULL)
        return false;
    const size_t slot = find_slot(memo, file, visit->address,
                                  hash_table_slots(memo->count + 1));
    memo->visits[memo->count] = *visit;
    memo->visits[memo->count].file = file;
    memo->slots[slot] = (uint32_t)++memo->count;
    return true;
}

void source_memo_free(struct source_memo *memo)
{
    for (size_t i = 0; i < memo->count; i++)
        free(memo->visits[i].file);
    free(memo->visits);
    free(memo->slots);
    memset(memo, 0, sizeof *memo);
}
