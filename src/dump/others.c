/*
 * others.c - the other files that the dumps of a plan are kept in
 */
#include "dump/others.h"

#include <stdlib.h>
#include <string.h>

#include "common/path.h"

/* FNV-1a (Fowler, Noll, Vo), folded so that low bits depend on all. */
static uint64_t hash_path(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *path != '\0'; path++)
        hash = (hash ^ (unsigned char)*path) * 0x100000001b3u;
    return hash ^ (hash >> 32);
}

/* Slots hold the number of a file plus 1; 0: none. There are at least twice as
 * many as files, and a power of two. */
static size_t slots_for(size_t files)
{
    size_t slots = 8;
    while (slots < 2 * files)
        slots *= 2;
    return slots;
}

/* Where a path is in the table, or would be. */
static size_t find_slot(const struct dump_others *others, const char *path,
                        size_t slots)
{
    size_t i = (size_t)hash_path(path) & (slots - 1);
    while (others->slots[i] != 0 &&
           strcmp(others->files[others->slots[i] - 1].path, path) != 0)
        i = (i + 1) & (slots - 1);
    return i;
}

/* Makes room for one more; the table grows when the array does. */
static bool make_room(struct dump_others *others)
{
    const size_t slots = slots_for(others->count + 1);
    if (others->slots != NULL && slots == slots_for(others->count))
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
    const size_t slot = find_slot(others, path, slots_for(others->count + 1));
    others->files[others->count] = (struct dump_other){copy, *identity};
    others->slots[slot] = (uint32_t)++others->count;
    return true;
}

const struct dump_other *dump_others_find(const struct dump_others *others,
                                          const char *path)
{
    if (others->count == 0)
        return NULL;
    const size_t slot = find_slot(others, path, slots_for(others->count));
    return others->slots[slot] != 0 ? &others->files[others->slots[slot] - 1]
                                    : NULL;
}

bool dump_others_has_name(const struct dump_others *others, const char *name)
{
    for (size_t i = 0; i < others->count; i++) {
        const char *path = others->files[i].path;
        if (strcmp(path + path_folder_length(path),
                   name + path_folder_length(name)) == 0)
            return true;
    }
    return false;
}

void dump_others_free(struct dump_others *others)
{
    for (size_t i = 0; i < others->count; i++)
        free(others->files[i].path);
    free(others->files);
    free(others->slots);
    memset(others, 0, sizeof *others);
}
