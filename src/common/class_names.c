/*
 * class_names.c - the names of classes, in their order
 */
#include "common/class_names.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"

static uint64_t hash_name(const void *names, size_t number)
{
    return hash_spread(hash_text(((char *const *)names)[number]));
}

static bool is_name(const void *names, size_t number, const void *key)
{
    return strcmp(((char *const *)names)[number], key) == 0;
}

enum class_names_added class_names_add(struct class_names *names,
                                       const char *name, size_t length)
{
    if (names->count >= CLASS_NAMES_MAX || length == 0)
        return CLASS_NAMES_TOO_MANY;
    char **grown = list_grow(names->names, names->count, sizeof *grown);
    char *copy = strndup(name, length);
    if (grown != NULL)
        names->names = grown;
    if (grown == NULL || copy == NULL ||
        !hash_table_reserve(&names->table, names->count, hash_name,
                            names->names)) {
        free(copy);
        return CLASS_NAMES_NO_MEMORY;
    }
    if (class_names_find(names, copy) != SIZE_MAX) {
        free(copy);
        return CLASS_NAME_TWICE;
    }
    names->names[names->count] = copy;
    hash_table_add(&names->table, hash_name(names->names, names->count),
                   names->count);
    names->count++;
    return CLASS_NAME_ADDED;
}

size_t class_names_find(const struct class_names *names, const char *name)
{
    return hash_table_find(&names->table, hash_spread(hash_text(name)), is_name,
                           names->names, name);
}

const char *class_names_at(const struct class_names *names,
                           uint32_t class_number)
{
    return names != NULL && class_number < names->count
               ? names->names[class_number]
               : NULL;
}

void class_names_free(struct class_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    hash_table_free(&names->table);
    *names = (struct class_names){.names = NULL};
}
