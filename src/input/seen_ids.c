/*
 * seen_ids.c - which ids of a text file have come before
 */
#include "input/seen_ids.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

/* Numbers as numbers, if they are written without zeros before them. */
static int compare(const char *a, const char *b)
{
    const size_t m = strlen(a);
    const size_t n = strlen(b);
    return m != n ? (m > n) - (m < n) : strcmp(a, b);
}

static size_t find_slot(const struct seen_ids *seen, char *const *texts,
                        const char *text)
{
    const size_t mask = seen->slot_count - 1;
    size_t i = (size_t)hash_spread(hash_text(text)) & mask;
    while (seen->slots[i] != 0 && strcmp(texts[seen->slots[i] - 1], text) != 0)
        i = (i + 1) & mask;
    return i;
}

/* A table for one more than there are. */
static bool make_table(struct seen_ids *seen, char *const *texts)
{
    const size_t slots = hash_table_slots(seen->count + 1);
    if (seen->slots != NULL && slots == seen->slot_count)
        return true;
    if (seen->count >= UINT32_MAX)
        return false;
    uint32_t *grown = calloc(slots, sizeof *grown);
    if (grown == NULL)
        return false;
    free(seen->slots);
    seen->slots = grown;
    seen->slot_count = slots;
    for (size_t i = 0; i < seen->count; i++)
        grown[find_slot(seen, texts, texts[i])] = (uint32_t)i + 1;
    return true;
}

bool seen_ids_add(struct seen_ids *seen, char *const *texts, size_t *before)
{
    const char *text = texts[seen->count];
    *before = SIZE_MAX;
    if (seen->slots == NULL && seen->count > 0) {
        const int order = compare(texts[seen->count - 1], text);
        if (order == 0)
            *before = seen->count - 1;
        if (order == 0 || (order > 0 && !make_table(seen, texts)))
            return order == 0;
    }
    if (seen->slots != NULL) {
        if (!make_table(seen, texts))
            return false;
        const size_t slot = find_slot(seen, texts, text);
        if (seen->slots[slot] != 0) {
            *before = seen->slots[slot] - 1;
            return true;
        }
        seen->slots[slot] = (uint32_t)seen->count + 1;
    }
    seen->count++;
    return true;
}

void seen_ids_free(struct seen_ids *seen)
{
    free(seen->slots);
    memset(seen, 0, sizeof *seen);
}
