/*
 * table.c - the fields of compound datasets, which are tables
 *
 * Names are compared here: the library takes it for a failure if a type has no
 * field of a name.
 */
#include "dump/hdf5/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "dump/hdf5/element_type.h"

/* ---- one field ---- */

/* The number of a field whose name has this length; negative if there is none.
 */
static int find_name(hid_t type, const char *name, size_t length)
{
    const int count = H5Tget_nmembers(type);
    for (int i = 0; i < count; i++) {
        char *member = H5Tget_member_name(type, (unsigned)i);
        const bool same = member != NULL && strlen(member) == length &&
                          memcmp(member, name, length) == 0;
        H5free_memory(member);
        if (same)
            return i;
    }
    return -1;
}

/* The first field that a path goes through; *rest is what comes after it, or
 * NULL. Names may have slashes of their own. */
static int first_member(hid_t type, const char *field, const char **rest)
{
    const char *slash = strchr(field, '/');
    int member = find_name(type, field, strlen(field));
    *rest = NULL;
    if (member >= 0 || slash == NULL)
        return member;
    member = find_name(type, field, (size_t)(slash - field));
    *rest = slash + 1;
    return member;
}

hid_t table_group(hid_t type, const char *field)
{
    const char *rest;
    if (H5Tget_class(type) != H5T_COMPOUND)
        return -1;
    if (*field == '\0')
        return H5Tcopy(type);
    const int member = first_member(type, field, &rest);
    if (member < 0)
        return -1;
    hid_t inner = H5Tget_member_type(type, (unsigned)member);
    hid_t group =
        inner >= 0 ? table_group(inner, rest != NULL ? rest : "") : -1;
    if (inner >= 0)
        H5Tclose(inner);
    return group;
}

/* A field beyond the end of its row is damage, which the library would read. */
static bool is_within_row(hid_t type, unsigned member)
{
    const size_t row = H5Tget_size(type);
    const size_t offset = H5Tget_member_offset(type, member);
    hid_t inner = H5Tget_member_type(type, member);
    const size_t size = inner >= 0 ? H5Tget_size(inner) : 0;
    if (inner >= 0)
        H5Tclose(inner);
    return size > 0 && offset <= row && size <= row - offset;
}

/* ---- several fields ---- */

/* What the `*` of a pattern stands for in a name. */
struct star {
    size_t at;
    size_t length;
    int64_t number; /* -1: it is none */
};

struct member {
    char *name;
    unsigned member;
    struct star star;
    size_t class; /* by the names of classes, or SIZE_MAX */
};

struct members {
    struct member *all;
    size_t count;
};

static void free_members(struct members *members)
{
    for (size_t i = 0; i < members->count; i++)
        H5free_memory(members->all[i].name);
    free(members->all);
}

/* More digits than of any class are no number. */
#define DIGITS_MAX 9

static bool matches(const char *pattern, const char *name, struct star *star)
{
    const size_t before = strcspn(pattern, "*");
    const char *tail = pattern + before + 1;
    const size_t length = strlen(name);
    if (length < before + strlen(tail) || strncmp(name, pattern, before) != 0 ||
        strcmp(name + length - strlen(tail), tail) != 0)
        return false;
    *star = (struct star){before, length - before - strlen(tail), -1};
    if (star->length > 0 && star->length <= DIGITS_MAX &&
        strspn(name + before, "0123456789") >= star->length)
        star->number = strtoll(name + before, NULL, 10);
    return true;
}

/* Is it one number in each row? */
static bool is_number(hid_t type, unsigned member)
{
    const H5T_class_t class = H5Tget_member_class(type, member);
    return class == H5T_FLOAT || class == H5T_INTEGER || class == H5T_ENUM ||
           class == H5T_OPAQUE;
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    if (x->star.number != y->star.number)
        return x->star.number < y->star.number ? -1 : 1;
    return names_compare(x->name, y->name);
}

/* Drops those whose `*` is no number, if it is one in others. */
static void prefer_numbers(struct members *members)
{
    size_t kept = 0;
    bool numbers = false;
    for (size_t i = 0; i < members->count; i++)
        numbers |= members->all[i].star.number >= 0;
    for (size_t i = 0; i < members->count; i++) {
        if (!numbers || members->all[i].star.number >= 0)
            members->all[kept++] = members->all[i];
        else
            H5free_memory(members->all[i].name);
    }
    members->count = kept;
}

/* Finds the classes of columns, if all names are among them; one column more is
 * that of threshold samples. False without memory. */
static bool find_classes(struct members *members,
                         const struct class_names *order)
{
    size_t found = 0;
    for (size_t i = 0; i < members->count; i++) {
        struct member *member = &members->all[i];
        char *name =
            strndup(member->name + member->star.at, member->star.length);
        if (name == NULL)
            return false;
        member->class = class_names_find(order, name);
        found += member->class != SIZE_MAX;
        free(name);
    }
    const bool all = found == order->count && members->count <= found + 1;
    for (size_t i = 0; i < members->count && !all; i++)
        members->all[i].class = SIZE_MAX;
    return true;
}

/* The fields that a pattern matches, in natural order or that of `order` (or
 * NULL). False without memory. */
static bool find_members(hid_t type, const char *pattern,
                         const struct class_names *order,
                         struct members *members)
{
    const int count = H5Tget_nmembers(type);
    *members =
        (struct members){calloc((size_t)count + 1, sizeof *members->all), 0};
    for (int i = 0; i < count && members->all != NULL; i++) {
        struct member member = {.name = H5Tget_member_name(type, (unsigned)i),
                                .member = (unsigned)i,
                                .class = SIZE_MAX};
        if (member.name != NULL &&
            matches(pattern, member.name, &member.star) &&
            is_number(type, (unsigned)i))
            members->all[members->count++] = member;
        else
            H5free_memory(member.name);
    }
    if (members->all == NULL)
        return false;
    prefer_numbers(members);
    if (order != NULL && !find_classes(members, order))
        return false;
    qsort(members->all, members->count, sizeof *members->all, compare_members);
    return true;
}

/* Can they be read as the columns of one array? The number of a column is that
 * of a class only if none is missing. */
static bool check_members(hid_t type, const struct members *members, char *why,
                          size_t size)
{
    const struct member *all = members->all;
    const char *wrong = all[0].star.number > 1
                            ? "start late; classes are numbered from 0"
                            : NULL;
    hid_t element = H5Tget_member_type(type, all[0].member);
    size_t last = 1;
    for (size_t i = 1; wrong == NULL && i < members->count; i++) {
        hid_t other = H5Tget_member_type(type, all[i].member);
        if (!is_within_row(type, all[i - 1].member) ||
            !is_within_row(type, all[i].member))
            wrong = "are damaged: beyond the end of their row";
        else if (H5Tequal(element, other) <= 0)
            wrong = "have different types; write all classes as one";
        else if (all[i].star.number >= 0 &&
                 all[i].star.number != all[i - 1].star.number + 1)
            wrong = "are not one after the other; write a field for each class";
        last = i;
        H5Tclose(other);
    }
    H5Tclose(element);
    if (wrong != NULL)
        snprintf(why, size, "the fields %.100s and %.100s %s",
                 all[last - 1].name, all[last].name, wrong);
    return wrong == NULL;
}

static enum table_answer find_pattern(hid_t type, const char *pattern,
                                      struct table_field *found, char *why,
                                      size_t size)
{
    struct members members;
    enum table_answer answer = TABLE_ABSENT;
    if (!find_members(type, pattern, NULL, &members)) {
        free_members(&members);
        why[0] = '\0';
        return TABLE_UNFIT;
    }
    if (members.count > 1) {
        answer = check_members(type, &members, why, size) ? TABLE_FOUND
                                                          : TABLE_UNFIT;
        found->rank = 1;
        found->dims[0] = members.count;
    }
    if (answer == TABLE_FOUND)
        found->element = H5Tget_member_type(type, members.all[0].member);
    free_members(&members);
    return answer;
}

/* ---- finding fields ---- */

static bool is_pattern(const char *field)
{
    return strchr(field, '*') != NULL && strchr(field, '/') == NULL;
}

/* Goes from arrays, which may be of arrays, to their elements. */
static enum table_answer unfold(struct table_field *found, char *why,
                                size_t size)
{
    while (H5Tget_class(found->element) == H5T_ARRAY) {
        hsize_t dims[H5S_MAX_RANK];
        const int rank = H5Tget_array_ndims(found->element);
        hid_t inner = H5Tget_super(found->element);
        if (rank < 0 || rank > DUMP_RANK_MAX - found->rank || inner < 0 ||
            H5Tget_array_dims2(found->element, dims) != rank) {
            snprintf(why, size, "more than %d axes", DUMP_RANK_MAX);
            if (inner >= 0)
                H5Tclose(inner);
            return TABLE_UNFIT;
        }
        for (int i = 0; i < rank; i++)
            found->dims[found->rank++] = dims[i];
        H5Tclose(found->element);
        found->element = inner;
    }
    return TABLE_FOUND;
}

static enum table_answer find(hid_t type, const char *field,
                              struct table_field *found, char *why, size_t size)
{
    const char *rest;
    if (H5Tget_class(type) != H5T_COMPOUND)
        return TABLE_ABSENT;
    const int member = first_member(type, field, &rest);
    if (member < 0)
        return is_pattern(field) ? find_pattern(type, field, found, why, size)
                                 : TABLE_ABSENT;
    if (!is_within_row(type, (unsigned)member)) {
        snprintf(why, size, "damaged: beyond the end of its row");
        return TABLE_UNFIT;
    }
    hid_t inner = H5Tget_member_type(type, (unsigned)member);
    if (inner < 0)
        return TABLE_ABSENT;
    if (rest != NULL) {
        const enum table_answer answer = find(inner, rest, found, why, size);
        H5Tclose(inner);
        return answer;
    }
    found->element = inner;
    return unfold(found, why, size);
}

enum table_answer table_find(hid_t type, const char *field,
                             struct table_field *found, char *why, size_t size)
{
    *found = (struct table_field){.element = -1};
    const enum table_answer answer = find(type, field, found, why, size);
    if (answer != TABLE_FOUND && found->element >= 0) {
        H5Tclose(found->element);
        found->element = -1;
    }
    return answer;
}

bool table_has(hid_t type, const char *field)
{
    struct table_field found;
    char why[400];
    const enum table_answer answer =
        table_find(type, field, &found, why, sizeof why);
    /* Fields of a field are a group. */
    const bool group =
        answer == TABLE_FOUND && H5Tget_class(found.element) == H5T_COMPOUND;
    if (found.element >= 0)
        H5Tclose(found.element);
    return answer != TABLE_ABSENT && !group;
}

bool table_columns(hid_t type, const char *field, struct class_names *names)
{
    const char *rest;
    struct members members;
    const int member = first_member(type, field, &rest);
    bool good = true;
    if (member >= 0 && rest != NULL) {
        hid_t inner = H5Tget_member_type(type, (unsigned)member);
        good = inner >= 0 && table_columns(inner, rest, names);
        if (inner >= 0)
            H5Tclose(inner);
        return good;
    }
    if (member >= 0 || !is_pattern(field))
        return true;
    good = find_members(type, field, NULL, &members);
    for (size_t i = 0; good && i < members.count; i++) {
        const struct star *star = &members.all[i].star;
        good = class_names_add(names, members.all[i].name + star->at,
                               star->length) != CLASS_NAMES_NO_MEMORY;
    }
    free_members(&members);
    return good;
}

/* ---- types in memory ---- */

/* The type of elements, or of arrays of them. */
static hid_t memory_of(hid_t type, const struct dump_layout *layout)
{
    hsize_t dims[H5S_MAX_RANK];
    if (H5Tget_class(type) != H5T_ARRAY)
        return h5_memory_type(layout, type);
    hid_t inner = H5Tget_super(type);
    const int rank = H5Tget_array_dims2(type, dims);
    hid_t element = inner >= 0 ? memory_of(inner, layout) : -1;
    hid_t array = element >= 0 && rank > 0
                      ? H5Tarray_create2(element, (unsigned)rank, dims)
                      : -1;
    if (element >= 0)
        H5Tclose(element);
    if (inner >= 0)
        H5Tclose(inner);
    return array;
}

/* A compound type with one field, whose type is closed. */
static hid_t wrap(hid_t type, unsigned member, hid_t inner)
{
    char *name = inner >= 0 ? H5Tget_member_name(type, member) : NULL;
    hid_t whole =
        name != NULL ? H5Tcreate(H5T_COMPOUND, H5Tget_size(inner)) : -1;
    if (whole >= 0 && H5Tinsert(whole, name, 0, inner) < 0) {
        H5Tclose(whole);
        whole = -1;
    }
    H5free_memory(name);
    if (inner >= 0)
        H5Tclose(inner);
    return whole;
}

/* Those that a pattern matches, one after the other. */
static hid_t memory_of_members(hid_t type, const char *pattern,
                               const struct dump_layout *layout,
                               const struct class_names *order)
{
    struct members members;
    hid_t whole = -1;
    if (!find_members(type, pattern, order, &members)) {
        free_members(&members);
        return -1;
    }
    if (members.count > 0)
        whole = H5Tcreate(H5T_COMPOUND, members.count * layout->size);
    bool good = whole >= 0;
    for (size_t i = 0; good && i < members.count; i++) {
        hid_t stored = H5Tget_member_type(type, members.all[i].member);
        hid_t element = h5_memory_type(layout, stored);
        good = H5Tinsert(whole, members.all[i].name, i * layout->size,
                         element) >= 0;
        H5Tclose(element);
        H5Tclose(stored);
    }
    free_members(&members);
    if (!good && whole >= 0)
        H5Tclose(whole);
    return good ? whole : -1;
}

hid_t table_memory_type(hid_t type, const char *field,
                        const struct dump_layout *layout,
                        const struct class_names *order)
{
    const char *rest;
    const int member = first_member(type, field, &rest);
    if (member < 0)
        return is_pattern(field) ? memory_of_members(type, field, layout, order)
                                 : -1;
    hid_t stored = H5Tget_member_type(type, (unsigned)member);
    if (stored < 0)
        return -1;
    hid_t memory = rest != NULL ? table_memory_type(stored, rest, layout, order)
                                : memory_of(stored, layout);
    H5Tclose(stored);
    return wrap(type, (unsigned)member, memory);
}

/* ---- for messages ---- */

void table_format_names(hid_t type, char *text, size_t size)
{
    const int count = H5Tget_nmembers(type);
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count && used < size; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        const size_t room = size - used;
        if (name != NULL && strlen(name) + sizeof ", ..., " > room) {
            snprintf(text + used, room, "%s...", i > 0 ? ", " : "");
            used = size;
        } else {
            used +=
                (size_t)snprintf(text + used, room, "%s%s", i > 0 ? ", " : "",
                                 name != NULL ? name : "?");
        }
        H5free_memory(name);
    }
}
