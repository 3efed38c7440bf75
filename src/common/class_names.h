/*
 * class_names.h - the names of classes, in their order
 */
#ifndef COMMON_CLASS_NAMES_H
#define COMMON_CLASS_NAMES_H

#include "common/hash_table.h"

#define CLASS_NAMES_MAX (1u << 20)

/* All zero: there are none. */
struct class_names {
    char **names;
    size_t count;
    struct hash_table table;
};

enum class_names_added {
    CLASS_NAME_ADDED,
    CLASS_NAME_TWICE,    /* another class has that name */
    CLASS_NAMES_TOO_MANY, /* ... or no name at all */
    CLASS_NAMES_NO_MEMORY
};

/* Adds the name of the next class, of which `length` bytes count. */
enum class_names_added class_names_add(struct class_names *names,
                                       const char *name, size_t length);

/* The class of that name; SIZE_MAX: none has it. */
size_t class_names_find(const struct class_names *names, const char *name);

/* The name of a class; NULL if it has none, or `names` is NULL. */
const char *class_names_at(const struct class_names *names,
                           uint32_t class_number);

void class_names_free(struct class_names *names);

#endif
