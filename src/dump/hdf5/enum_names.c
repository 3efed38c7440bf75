/*
 * enum_names.c - values of an enumeration -> their names
 */
#include "dump/hdf5/enum_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/index.h"

/* The bytes of a value, and zeros. */
struct member {
    unsigned char value[sizeof(uint64_t)];
    char *name; /* the library's */
};

struct members {
    struct member *list; /* by value */
    size_t count;
    size_t size;       /* of a value */
    size_t name_bytes; /* of all names, each with its NUL */
};

static int compare_members(const void *a, const void *b)
{
    return memcmp(((const struct member *)a)->value,
                  ((const struct member *)b)->value, sizeof(uint64_t));
}

static void free_members(struct members *members)
{
    for (size_t i = 0; i < members->count; i++)
        H5free_memory(members->list[i].name);
    free(members->list);
}

static bool load_members(hid_t type, struct members *members)
{
    const int count = H5Tget_nmembers(type);
    *members = (struct members){.size = H5Tget_size(type)};
    if (count < 0 || members->size > sizeof members->list->value)
        return false;
    members->list = calloc((size_t)count + 1, sizeof *members->list);
    if (members->list == NULL)
        return false;
    for (unsigned i = 0; i < (unsigned)count; i++) {
        struct member *member = &members->list[i];
        member->name = H5Tget_member_name(type, i);
        if (member->name == NULL)
            return false;
        members->count++;
        members->name_bytes += strlen(member->name) + 1;
        if (strlen(member->name) > DUMP_STRING_MAX ||
            H5Tget_member_value(type, i, member->value) < 0)
            return false;
    }
    qsort(members->list, members->count, sizeof *members->list,
          compare_members);
    return true;
}

/* Moves the names to where they are to stay. Returns where they end. */
static char *keep_names(struct members *members, char *to)
{
    for (size_t i = 0; i < members->count; i++) {
        const size_t size = strlen(members->list[i].name) + 1;
        memcpy(to, members->list[i].name, size);
        H5free_memory(members->list[i].name);
        members->list[i].name = to;
        to += size;
    }
    return to;
}

#define NUMBER_ROOM 24u

/* The number of a value that has no name, as decimals. */
static bool format_number(hid_t number, const struct member *value,
                          char to[NUMBER_ROOM])
{
    int64_t converted;
    unsigned char bytes[sizeof value->value];
    memcpy(bytes, value->value, sizeof bytes);
    if (H5Tconvert(number, H5T_NATIVE_INT64, 1, bytes, NULL, H5P_DEFAULT) < 0)
        return false;
    memcpy(&converted, bytes, sizeof converted);
    snprintf(to, NUMBER_ROOM, "%" PRId64, converted);
    return true;
}

static bool name_values(hid_t type, const struct members *members,
                        const unsigned char *values, size_t count, char **names,
                        char *to)
{
    hid_t number = H5Tget_super(type);
    bool good = number >= 0;
    for (size_t i = 0; good && i < count; i++) {
        struct member key = {.name = NULL};
        memcpy(key.value, values + i * members->size, members->size);
        const struct member *found = bsearch(
            &key, members->list, members->count, sizeof key, compare_members);
        names[i] = found != NULL ? found->name : to;
        if (found == NULL) {
            good = format_number(number, &key, to);
            to += NUMBER_ROOM;
        }
    }
    if (number >= 0)
        H5Tclose(number);
    return good;
}

bool enum_names_take(hid_t type, const void *values, size_t count, char **names,
                     struct dump_buffer *texts, struct error *error)
{
    struct members members;
    error_clear(error);
    if (!load_members(type, &members)) {
        free_members(&members);
        return false;
    }
    if (!dump_buffer_reserve(texts, members.name_bytes + count * NUMBER_ROOM, 1,
                             error)) {
        free_members(&members);
        return false;
    }
    char *end = keep_names(&members, (char *)texts->bytes);
    const bool good = name_values(type, &members, values, count, names, end);
    free(members.list);
    return good;
}
