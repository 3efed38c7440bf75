/*
 * walk.c - an HDF5 file -> catalog
 *
 * Files may have very many groups, and the library takes long to follow a path:
 * what is asked of a group is asked of it while it is open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/container.h"
#include "dump/hdf5/describe.h"
#include "dump/hdf5/element_type.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/sources.h"

/* Groups in groups, up to so many, that are told apart where names are counted.
 */
#define DEPTHS 16

/* A file whose groups lead back to themselves has no end: its objects are far
 * below each other, or more than it has room for. An object takes a header of
 * 12 bytes or more (HDF5 File Format Specification 3.0, IV.A.1). */
#define DEPTH_MAX 256
#define OBJECT_BYTES_MIN 12

/* A file that is open; the library is entered for as long. */
struct hdf5_file {
    struct container_file file;
    const struct dump_index *index;
    const char *path;
    hid_t id;
    struct guard *guard;
    unsigned long failures; /* of the library, before it was asked for more */
    bool no_memory;
    bool endless;              /* the walk was given up */
    uint64_t objects;          /* that were visited */
    uint64_t names_at[DEPTHS]; /* bytes of names, of the groups we are in */
    char *looked_into;         /* the group that is open, as the next line */
    hid_t group;
};

static struct hdf5_file *of_file(struct container_file *file)
{
    return (struct hdf5_file *)file; /* its first field */
}

/* ---- opening and closing ---- */

/* Closes the group that was looked into last. */
static void leave_group(struct hdf5_file *f)
{
    if (f->looked_into != NULL && f->group >= 0)
        H5Gclose(f->group);
    free(f->looked_into);
    f->looked_into = NULL;
}

static void close_hdf5(struct container_file *file)
{
    struct hdf5_file *f = of_file(file);
    leave_group(f);
    if (f->id >= 0)
        H5Fclose(f->id);
    h5_leave(f->index->watch);
    catalog_free(&file->catalog);
    free(f);
}

/* What kind of file is it? */
static bool identify(struct hdf5_file *f, bool live, struct error *error)
{
    struct catalog *catalog = &f->file.catalog;
    char kind[32];
    unsigned intent = 0;
    f->id = h5_open_file(f->path, live, f->index->trust, 0, "", error);
    if (f->id < 0)
        return false;
    f->guard = guard_of(f->id);
    if (f->guard == NULL)
        return error_no_memory(error);
    f->failures = h5_failures();
    catalog->columns = h5_file_kind(f->id, kind, sizeof kind);
    if (catalog->columns)
        return true;
    H5Fget_intent(f->id, &intent);
    catalog->live = (intent & H5F_ACC_SWMR_READ) != 0;
    if (!h5_identify(f->id, &catalog->identity))
        return h5_fail(error, "%s: cannot read", f->path);
    guard_report(f->guard, f->index, catalog->identity.bytes);
    return true;
}

static struct container_file *open_hdf5(struct dump_index *index,
                                        const char *path, bool live,
                                        struct error *error)
{
    struct hdf5_file *f = calloc(1, sizeof *f);
    if (f == NULL) {
        error_no_memory(error);
        return NULL;
    }
    f->file.format = &container_hdf5;
    f->index = index;
    f->path = path;
    f->id = -1;
    h5_enter(index->watch, path);
    if (identify(f, live, error))
        return &f->file;
    close_hdf5(&f->file);
    return NULL;
}

/* ---- the walk ---- */

/* The shape of a virtual dataset may depend on its sources, which only those
 * that are read have to have. */
static void take_listed_shape(hid_t dataset, struct catalog_dataset *listed)
{
    hid_t properties = H5Dget_create_plist(dataset);
    listed->is_virtual = H5Pget_layout(properties) == H5D_VIRTUAL;
    H5Pclose(properties);
    if (listed->is_virtual)
        return;
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    listed->rank = rank < 0 ? 0 : rank > DUMP_RANK_MAX ? DUMP_RANK_MAX : rank;
    for (int i = 0; i < listed->rank; i++)
        listed->dims[i] = dims[i];
    H5Sclose(space);
}

static void add_dataset(struct hdf5_file *f, hid_t root, const char *name)
{
    struct catalog *catalog = &f->file.catalog;
    struct catalog_dataset *listed = catalog_add_dataset(catalog, name);
    if (listed == NULL)
        return;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0) {
        catalog_unlist(catalog);
        return;
    }
    hid_t type = H5Dget_type(dataset);
    take_listed_shape(dataset, listed);
    format_element_type(type, listed->type, sizeof listed->type);
    H5Tclose(type);
    H5Dclose(dataset);
}

static bool add_group(struct hdf5_file *f, const char *name)
{
    struct catalog *catalog = &f->file.catalog;
    if (!catalog_add_group(catalog, name)) {
        f->no_memory = true;
        return false;
    }
    dump_index_grows(f->index, catalog->group_count);
    return true;
}

/* Finds the bytes of names in the group that has most of them. A group is
 * visited before what is in it. Returns the depth. */
static size_t count_name(struct hdf5_file *f, const char *name)
{
    size_t depth = 0;
    const char *last = name;
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '/') {
            last = p + 1;
            depth++;
        }
    }
    const size_t level = depth < DEPTHS ? depth : DEPTHS - 1;
    if (depth + 1 < DEPTHS)
        f->names_at[depth + 1] = 0;
    /* With a NUL, rounded up, as a group's heap has them. */
    f->names_at[level] += strlen(last) / 8 * 8 + 8;
    if (f->names_at[level] > f->file.catalog.names_bytes)
        f->file.catalog.names_bytes = f->names_at[level];
    return depth;
}

static bool is_endless(const struct hdf5_file *f, size_t depth)
{
    return depth > DEPTH_MAX ||
           f->objects > f->file.catalog.identity.bytes / OBJECT_BYTES_MIN;
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info,
                    void *context)
{
    struct hdf5_file *f = context;
    dump_watch_progress(f->index->watch);
    f->objects++;
    f->endless = is_endless(f, count_name(f, name));
    if (f->endless)
        return -1;
    if (info->type == H5O_TYPE_GROUP)
        return add_group(f, name) ? 0 : -1;
    if (info->type == H5O_TYPE_DATASET)
        add_dataset(f, root, name);
    return 0;
}

static bool list(struct container_file *file, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    if (h5_visit(f->id, visit, f) < 0) {
        if (f->no_memory)
            return error_no_memory(error);
        if (f->endless)
            return error_set(error,
                             "%s: damaged: its groups lead back to themselves, "
                             "or nest more than %d deep",
                             f->path, DEPTH_MAX);
        return h5_fail(error,
                       "%s: damaged: its list of groups cannot be read (-v "
                       "tells more)",
                       f->path);
    }
    if (!h5_has_heaps(f->id))
        file->catalog.names_bytes = 0;
    h5_keep(f->id, file->catalog.names_bytes);
    return true;
}

/* ---- links ---- */

/* Remembers the first link that leads nowhere, or where it must not. Whether
 * something exists the library does not know without the memory to open it, and
 * says so only if it is asked for more. */
static void note_broken(struct hdf5_file *f, const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    H5O_info_t info;
    if (catalog->broken_link[0] != '\0')
        return;
    snprintf(catalog->broken_link, sizeof catalog->broken_link, "%.500s", path);
    snprintf(catalog->broken_target, sizeof catalog->broken_target, "%s",
             f->guard->failed);
    H5Oget_info_by_name(f->id, path, &info, H5P_DEFAULT);
}

/* Each group is opened only once. */
static bool has_link(struct container_file *file, const char *group,
                     const char *name)
{
    struct hdf5_file *f = of_file(file);
    if (strcmp(group, "/") == 0)
        return H5Lexists(f->id, name, H5P_DEFAULT) > 0;
    if (f->looked_into == NULL || strcmp(f->looked_into, group) != 0) {
        leave_group(f);
        f->looked_into = strdup(group);
        f->no_memory |= f->looked_into == NULL;
        f->group = H5Gopen2(f->id, group, H5P_DEFAULT);
    }
    return f->group >= 0 && H5Lexists(f->group, name, H5P_DEFAULT) > 0;
}

/* Any link on the way may be missing, or lead nowhere. */
static bool has_dataset(struct container_file *file, char *path)
{
    struct hdf5_file *f = of_file(file);
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        const bool linked = H5Lexists(f->id, path, H5P_DEFAULT) > 0;
        const bool exists =
            linked && H5Oexists_by_name(f->id, path, H5P_DEFAULT) > 0;
        if (linked && (!exists || f->guard->refused[0] != '\0'))
            note_broken(f, path);
        H5O_info_t info;
        if (slash == NULL)
            return exists &&
                   H5Oget_info_by_name(f->id, path, &info, H5P_DEFAULT) >= 0 &&
                   info.type == H5O_TYPE_DATASET;
        *slash = '/';
        if (!exists)
            return false;
    }
}

/* ---- attributes and datasets ---- */

static bool read_attribute(struct container_file *file, const char *path,
                           const char *name, int64_t *numbers, size_t room,
                           uint64_t *count)
{
    struct hdf5_file *f = of_file(file);
    *count = 0;
    if (H5Aexists_by_name(f->id, path, name, H5P_DEFAULT) <= 0)
        return false;
    hid_t object = H5Oopen(f->id, path, H5P_DEFAULT);
    const bool good =
        h5_attribute_count(object, name, count) && *count > 0 &&
        *count <= room &&
        h5_read_numbers(object, name, H5T_NATIVE_INT64, (size_t)*count, numbers,
                        room * sizeof *numbers);
    H5Oclose(object);
    return good;
}

static bool describe(struct container_file *file, struct dump_index *index,
                     struct dump_array *array, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    const struct dump_file *of = &index->files[array->file];
    const struct sources sources = {.file = of->path,
                                    .path = array->path,
                                    .found = &index->others,
                                    .live = of->live,
                                    .unread = true};
    hid_t dataset = H5Dopen2(f->id, array->path, H5P_DEFAULT);
    if (dataset < 0)
        return h5_fail(error,
                       "%s: %s: damaged: cannot be opened (-v tells "
                       "more)",
                       f->path, array->path);
    const bool good = sources_check(dataset, &sources, error) &&
                      describe_dataset(f->id, dataset, of, array, error);
    if (!good && f->guard->refused[0] != '\0')
        note_broken(f, array->path);
    H5Dclose(dataset);
    return good;
}

/* A group that could not be looked into seems to have no logits, and an epoch
 * would be missing without a word. */
static bool check(struct container_file *file, bool good, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    /* What could not be opened without memory seems to be missing. */
    const bool lacked = !good && !error->no_memory && h5_lacked_memory();
    if (f->no_memory)
        good = error_no_memory_for(error, f->path);
    else if (good || lacked)
        good = h5_fail_since(
            f->failures, error,
            "%s: damaged: the HDF5 library cannot look at all that "
            "is in it (-v tells more)",
            f->path);
    return guard_nothing_refused(f->guard, f->path, file->catalog.broken_link,
                                 error) &&
           good;
}

const struct container_format container_hdf5 = {
    .open = open_hdf5,
    .close = close_hdf5,
    .list = list,
    .has_link = has_link,
    .has_dataset = has_dataset,
    .read_attribute = read_attribute,
    .describe = describe,
    .check = check,
};
