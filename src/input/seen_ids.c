/*
 * seen_ids.c - which ids of a text file have come before
 */
#include "input/seen_ids.h"

#include <string.h>

#include "common/hash.h"

/* Numbers as numbers, if they are written without zeros before them. */
static int compare(const char *a, const char *b)
{
    const size_t m = strlen(a);
    const size_t n = strlen(b);
    return m != n ? (m > n) - (m < n) : strcmp(a, b);
}

static uint64_t hash_id_text(const void *texts, size_t number)
{
    return hash_spread(hash_text(((char *const *)texts)[number]));
}

static bool is_text(const void *texts, size_t number, const void *text)
{
    return strcmp(((char *const *)texts)[number], text) == 0;
}

/* Makes a table for one more than there are. */
static bool make_table(struct seen_ids *seen, char *const *texts)
{
    return hash_table_reserve(&seen->table, seen->count, hash_id_text, texts);
}

bool seen_ids_add(struct seen_ids *seen, char *const *texts, size_t *before)
{
    const char *text = texts[seen->count];
    *before = SIZE_MAX;
    if (seen->table.slots == NULL && seen->count > 0) {
        const int order = compare(texts[seen->count - 1], text);
        if (order == 0)
            *before = seen->count - 1;
        if (order == 0 || (order > 0 && !make_table(seen, texts)))
            return order == 0;
    }
    if (seen->table.slots != NULL) {
        if (!make_table(seen, texts))
            return false;
        const uint64_t hash = hash_id_text(texts, seen->count);
        *before = hash_table_find(&seen->table, hash, is_text, texts, text);
        if (*before != SIZE_MAX)
            return true;
        hash_table_add(&seen->table, hash, seen->count);
    }
    seen->count++;
    return true;
}

void seen_ids_free(struct seen_ids *seen)
{
    hash_table_free(&seen->table);
    memset(seen, 0, sizeof *seen);
}
