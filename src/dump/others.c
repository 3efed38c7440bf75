/*
 * others.c - the other files that the dumps of a plan are kept in
 */
#include "dump/others.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

/* Where a path is in the table, or would be. Slots hold the number of a file
 * plus 1; 0: none. */
static size_t find_slot(const struct dump_others *others, const char *path,
                        size_t slots)
{
    size_t i = (size_t)hash_spread(hash_text(path)) & (slots - 1);
    while (others->slots[i] != 0 &&
           strcmp(others->files[others->slots[i] - 1].path, path) != 0)
        i = (i + 1) & (slots - 1);
    return i;
}

/* Makes room for one more; the table grows when the array does. */
static bool make_room(struct dump_others *others)
{
    const size_t slots = hash_table_slots(others->count + 1);
    if (others->slots != NULL && slots == hash_table_slots(others->count))
        return true;
    struct dump_other *files =
        realloc(others->files, slots / 2 * sizeof *files);
    if (files == NULL)
        return false;
    others->files = files;
    uint32_t *grown = calloc(slots, sizeof *grown);
    if (grown == NULL)
        return false;
    free(others->slots);
    others->slots = grown;
    for (size_t i = 0; i < others->count; i++)
        grown[find_slot(others, files[i].path, slots)] = (uint32_t)i + 1;
    return true;
}

bool dump_others_add(struct dump_others *others, const char *path,
                     const struct dump_identity *identity)
{
    if (dump_others_find(others, path) != NULL)
        return true;
    if (others->count >= UINT32_MAX / 2 || !make_room(others))
        return false;
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    const size_t slot =
        find_slot(others, path, hash_table_slots(others->count + 1));
    others->files[others->count] = (struct dump_other){copy, *identity};
    others->slots[slot] = (uint32_t)++others->count;
    return true;
}

const struct dump_other *dump_others_find(const struct dump_others *others,
                                          const char *path)
{
    if (others->count == 0)
        return NULL;
    const size_t slot =
        find_slot(others, path, hash_table_slots(others->count));
    return others->slots[slot] != 0 ? &others->files[others->slots[slot] - 1]
                                    : NULL;
}

bool dump_other_holds(const struct dump_other *then,
                      const struct dump_identity *now, bool live, bool unread,
                      const char *what, struct error *error)
{
    if (then == NULL)
        return error_set(error,
                         "%s: has taken the place of another file since the "
                         "dump was looked at; start again once its writer has "
                         "finished%s",
                         what, unread ? ", or skip it with -k" : "");
    return dump_identity_holds(&then->identity, now, live, unread, what, error);
}

void dump_others_free(struct dump_others *others)
{
    for (size_t i = 0; i < others->count; i++)
        free(others->files[i].path);
    free(others->files);
    free(others->slots);
    memset(others, 0, sizeof *others);
}
