/*
 * found_names.c - class names that a dump has beside its labels
 *
 * A dataset or an attribute, `class_names` or `classes`, of strings: of the
 * labels, of the group that has them, or of one above it, the nearest first.
 */
#include <stdlib.h>
#include <string.h>

#include "common/path.h"
#include "dump/discovery.h"

static const char *const usual_names[] = {"class_names", "classes", NULL};

struct found {
    struct class_names names;
    bool good; /* they are names, each of one class */
    bool no_memory;
};

static bool take(void *context, const char *text, size_t length)
{
    struct found *found = context;
    const enum class_names_added added =
        class_names_add(&found->names, text, length);
    found->good &= added == CLASS_NAME_ADDED;
    found->no_memory |= added == CLASS_NAMES_NO_MEMORY;
    return found->good;
}

/* Reads the strings of an attribute, or of a dataset if `name` is NULL. */
static bool read(const struct discovery *d, const char *path, const char *name,
                 struct found *found)
{
    *found = (struct found){.good = true};
    if (d->file->format->read_strings(d->file, path, name, take, found) &&
        found->good && found->names.count > 0)
        return true;
    class_names_free(&found->names);
    return false;
}

/* Notes that something named like class names is none. */
static void pass(const struct discovery *d, const char *path,
                 struct found *found)
{
    found->no_memory |=
        !dump_index_pass(d->index, discovery_path(d), path, DUMP_PASSED_NAMES);
}

static bool read_dataset(const struct discovery *d, const char *group,
                         const char *name, struct found *found)
{
    char path[DATASET_PATH_SIZE];
    if (!find_dataset_named(d->file, group, name, path))
        return false;
    const bool good = read(d, path, NULL, found);
    if (!good)
        pass(d, path, found);
    return good;
}

/* Many have the number of classes in an attribute of that name. */
static bool read_attribute(const struct discovery *d, const char *path,
                           const char *name, struct found *found)
{
    char whole[DATASET_PATH_SIZE];
    if (read(d, path, name, found))
        return true;
    if (!found->good && dataset_path(path, name, whole))
        pass(d, whole, found);
    return false;
}

/* Those that an object or, if it is a group, a dataset in it has. */
static bool look_at(const struct discovery *d, const char *path, bool group,
                    struct found *found)
{
    for (const char *const *name = usual_names; *name != NULL; name++) {
        if ((group && read_dataset(d, path, *name, found)) ||
            (!found->no_memory && read_attribute(d, path, *name, found)))
            return true;
        if (found->no_memory)
            return false;
    }
    return false;
}

/* Are these the names that the first file has? Frees them. */
static bool compare(const struct discovery *d, struct class_names *names)
{
    const struct class_names *first = &d->index->class_names;
    bool same = names->count == first->count;
    for (size_t i = 0; same && i < names->count; i++)
        same = strcmp(names->names[i], first->names[i]) == 0;
    class_names_free(names);
    return same ||
           error_set(d->error,
                     "%s: its class names are not those of %s, in the "
                     "same order; --class-names=FILE names them for all",
                     discovery_path(d), d->index->files[0].path);
}

bool discovery_find_class_names(struct discovery *d, const char *labels)
{
    struct found found = {.good = false};
    char *at = strdup(labels);
    if (at == NULL)
        return error_no_memory(d->error);
    d->file->catalog.aside = true;
    bool done = look_at(d, at, false, &found);
    while (!done && !found.no_memory && strcmp(at, "/") != 0) {
        const size_t folder = path_folder_length(at);
        at[folder > 1 ? folder - 1 : 1] = '\0';
        done = look_at(d, at, true, &found);
    }
    d->file->catalog.aside = false;
    free(at);
    if (found.no_memory)
        return error_no_memory(d->error);
    if (done && d->index->class_names.count == 0)
        d->index->class_names = found.names;
    else if (done)
        return compare(d, &found.names);
    return true;
}
