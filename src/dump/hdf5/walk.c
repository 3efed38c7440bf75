/*
 * walk.c - the groups of an HDF5 file, and those that its links lead to
 *
 * Files may have very many groups, and the library takes long to follow a path.
 * So the walk goes over links, whose names tell what is a group: the links of a
 * group follow on the one that leads to it. A second link to a group, or one by
 * name to a group here or in another file, is followed afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"
#include "common/names.h"
#include "dump/dataset_names.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/hdf5_file.h"

/* ---- groups that are known ---- */

static uint64_t hash_group(const struct hdf5_group *group)
{
    return hash_spread(hash_spread(group->inode) ^ group->address);
}

static uint64_t hash_known(const void *groups, size_t number)
{
    return hash_group((const struct hdf5_group *)groups + number);
}

static bool is_group(const void *groups, size_t number, const void *key)
{
    const struct hdf5_group *group = (const struct hdf5_group *)groups + number;
    const struct hdf5_group *wanted = key;
    return group->inode == wanted->inode && group->address == wanted->address;
}

static bool is_known(const struct hdf5_file *f, uint64_t inode, haddr_t address)
{
    const struct hdf5_group key = {inode, address};
    return hash_table_find(&f->group_table, hash_group(&key), is_group,
                           f->groups, &key) != SIZE_MAX;
}

static bool know(struct hdf5_file *f, uint64_t inode, haddr_t address)
{
    const struct hdf5_group group = {inode, address};
    struct hdf5_group *grown =
        list_grow(f->groups, f->group_count, sizeof *f->groups);
    if (grown != NULL)
        f->groups = grown;
    if (grown == NULL || !hash_table_reserve(&f->group_table, f->group_count,
                                             hash_known, f->groups)) {
        f->no_memory = true;
        return false;
    }
    f->groups[f->group_count] = group;
    hash_table_add(&f->group_table, hash_group(&group), f->group_count++);
    return true;
}

/* ---- what the walk meets ---- */

static bool add_group(struct hdf5_file *f, const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    if (!catalog_add_group(catalog, path)) {
        f->no_memory = true;
        return false;
    }
    dump_index_grows(f->index, catalog->group_count);
    return true;
}

static bool add_link(struct hdf5_file *f, const char *path, bool alias)
{
    struct hdf5_link *grown =
        list_grow(f->links, f->link_count, sizeof *f->links);
    if (grown == NULL) {
        f->no_memory = true;
        return false;
    }
    f->links = grown;
    struct hdf5_link *link = &f->links[f->link_count++];
    *link = (struct hdf5_link){strdup(path), alias};
    f->no_memory |= link->path == NULL;
    return link->path != NULL;
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
    const size_t level = depth < HDF5_DEPTHS ? depth : HDF5_DEPTHS - 1;
    if (depth + 1 < HDF5_DEPTHS)
        f->names_at[depth + 1] = 0;
    /* With a NUL, rounded up, as a group's heap has them. */
    f->names_at[level] += strlen(last) / 8 * 8 + 8;
    if (f->names_at[level] > f->file.catalog.names_bytes)
        f->file.catalog.names_bytes = f->names_at[level];
    return depth;
}

/* The link before this one leads to a group if this one is in it. */
static bool note_group_of(struct hdf5_file *f, const char *path)
{
    const size_t length = f->last != NULL ? strlen(f->last) : 0;
    if (length == 0 || strncmp(path, f->last, length) != 0 ||
        path[length] != '/')
        return true;
    return add_group(f, f->last) &&
           (!f->follows || know(f, f->inode, f->last_at));
}

static bool remember(struct hdf5_file *f, const char *path, haddr_t at)
{
    const size_t size = strlen(path) + 1;
    char *grown = realloc(f->last, size);
    if (grown == NULL) {
        f->no_memory = true;
        return false;
    }
    memcpy(grown, path, size);
    f->last = grown;
    f->last_at = at;
    return true;
}

/* Discovery cannot look at what has too long a path, and nobody would miss it.
 */
static void note_long_path(struct hdf5_file *f, const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    const char *wanted = f->file.group;
    if (strlen(path) + sizeof "/" <= DATASET_PATH_SIZE ||
        catalog->long_path[0] != '\0' ||
        (wanted != NULL && !names_group_matches(wanted, path) &&
         !names_file_matches(wanted, f->path)))
        return;
    snprintf(catalog->long_path, sizeof catalog->long_path, "/%s", path);
}

/* Is it time to give up? */
static bool is_lost(struct hdf5_file *f, const char *name, haddr_t at)
{
    const bool deep = count_name(f, name) > HDF5_DEPTH_MAX;
    f->deep = deep && !is_known(f, f->inode, at);
    if (f->deep)
        snprintf(f->deep_path, sizeof f->deep_path, "/%s%s", f->prefix, name);
    f->endless = deep || f->objects > hdf5_objects_max(f) ||
                 f->again > hdf5_objects_max(f) * HDF5_NAMES_MAX;
    return f->endless;
}

static herr_t visit(hid_t root, const char *name, const H5L_info_t *link,
                    void *context)
{
    struct hdf5_file *f = context;
    (void)root;
    dump_watch_progress(f->index->watch);
    f->objects++;
    f->again += !f->follows;
    const bool hard = link->type == H5L_TYPE_HARD;
    const haddr_t at = hard ? link->u.address : HADDR_UNDEF;
    if (is_lost(f, name, at))
        return -1;
    const size_t size = strlen(f->prefix) + strlen(name) + 1;
    char *path = malloc(size);
    if (path == NULL) {
        f->no_memory = true;
        return -1;
    }
    snprintf(path, size, "%s%s", f->prefix, name);
    note_long_path(f, path);
    bool good = note_group_of(f, path);
    const bool known = hard && is_known(f, f->inode, at);
    if (good && f->follows && (known || !hard))
        good = add_link(f, path, known);
    good = good && remember(f, path, at);
    free(path);
    return good ? 0 : -1;
}

/* Walks over a group whose path is `path`, "" for the root. */
static bool walk_over(struct hdf5_file *f, const char *path)
{
    const size_t size = strlen(path) + 2;
    free(f->last);
    f->last = NULL;
    f->objects = 0;
    memset(f->names_at, 0, sizeof f->names_at);
    f->prefix = malloc(size);
    if (f->prefix == NULL) {
        f->no_memory = true;
        return false;
    }
    snprintf(f->prefix, size, "%s%s", path, *path != '\0' ? "/" : "");
    const bool good =
        add_group(f, *path != '\0' ? path : ".") &&
        H5Lvisit_by_name(f->id, *path != '\0' ? path : "/", H5_INDEX_NAME,
                         H5_ITER_INC, visit, f, H5P_DEFAULT) >= 0;
    free(f->prefix);
    f->prefix = NULL;
    return good;
}

/* ---- links ---- */

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Has the name a number that an epoch's group would have? */
static bool numbers_epoch(const char *path)
{
    int64_t unused;
    return names_epoch_after_keyword(last_name(path), &unused) !=
           NAMES_NO_EPOCH;
}

/* Does it matter that a group has this name, too? */
static bool is_wanted_name(const struct hdf5_file *f, const char *path)
{
    return numbers_epoch(path) || names_splits(last_name(path)) != 0 ||
           (f->file.group != NULL && names_group_matches(f->file.group, path));
}

/* No file failed to open: that of an external link is there. */
static void note_file(struct hdf5_file *f, const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    char value[1024];
    const char *file;
    H5L_info_t link;
    unsigned flags;
    catalog->broken_file =
        H5Lget_info(f->id, path, &link, H5P_DEFAULT) >= 0 &&
        link.type == H5L_TYPE_EXTERNAL && link.u.val_size <= sizeof value &&
        H5Lget_val(f->id, path, value, sizeof value, H5P_DEFAULT) >= 0 &&
        H5Lunpack_elink_val(value, link.u.val_size, &flags, &file, NULL) >= 0;
    if (catalog->broken_file)
        snprintf(catalog->broken_target, sizeof catalog->broken_target,
                 "%.500s", file);
}

void hdf5_note_broken(struct hdf5_file *f, const char *path, const char *name)
{
    struct catalog *catalog = &f->file.catalog;
    snprintf(catalog->broken_link, sizeof catalog->broken_link, "%.500s", name);
    snprintf(catalog->broken_target, sizeof catalog->broken_target, "%s",
             f->guard->failed);
    if (catalog->broken_target[0] == '\0')
        note_file(f, path);
}

/* Might a link of this name be an epoch, a part of one, or a split? */
static bool may_be_record(const char *path)
{
    const char *name = last_name(path);
    return strpbrk(name, "0123456789") != NULL || names_splits(name) != 0;
}

/* Notes that a link leads to nothing, or to what must not be opened. The latter
 * is an error, and so is the former if the link might be a record, see
 * examine.c; others are passed over with a warning. */
static void pass_link(struct hdf5_file *f, const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    if (may_be_record(path) || f->guard->refused[0] != '\0') {
        char name[sizeof catalog->broken_link];
        snprintf(name, sizeof name, "/%.500s", path);
        if (catalog->broken_link[0] == '\0')
            hdf5_note_broken(f, path, name);
        return;
    }
    f->failures = h5_failures();
    if (!dump_index_pass(f->index, f->path, path, DUMP_PASSED_BROKEN))
        f->no_memory = true;
}

/* Is it a group? *identity and *address are those of one. */
static bool leads_to_group(struct hdf5_file *f, const char *path,
                           struct dump_identity *identity, haddr_t *address)
{
    const bool known_refusal = f->guard->refused[0] != '\0';
    H5O_info_t info;
    hid_t object = -1;
    if (H5Oexists_by_name(f->id, path, H5P_DEFAULT) > 0)
        object = H5Oopen(f->id, path, H5P_DEFAULT);
    if (object < 0) {
        if (!known_refusal)
            pass_link(f, path);
        return false;
    }
    const bool group = h5_object_info(object, &info) &&
                       info.type == H5O_TYPE_GROUP &&
                       h5_identify(object, identity);
    *address = info.addr;
    H5Oclose(object);
    return group;
}

/* Follows one link. Other names of a group that is known are looked into only
 * if they number it as an epoch, tell its split or are chosen, and not if they
 * are somewhere in it. */
static bool follow(struct hdf5_file *f, const struct hdf5_link *link)
{
    struct dump_identity identity;
    haddr_t address;
    if (!leads_to_group(f, link->path, &identity, &address))
        return !f->no_memory;
    const bool known = is_known(f, identity.inode, address);
    if (known && !is_wanted_name(f, link->path)) {
        f->no_memory |= !dump_index_pass(f->index, f->path, link->path,
                                         "another name of a group");
        return !f->no_memory;
    }
    f->inode = identity.inode;
    f->bytes = identity.bytes;
    f->follows = !known;
    return (known || know(f, identity.inode, address)) &&
           walk_over(f, link->path);
}

bool hdf5_walk(struct hdf5_file *f, struct error *error)
{
    H5O_info_t root;
    f->inode = f->file.catalog.identity.inode;
    f->bytes = f->file.catalog.identity.bytes;
    f->follows = true;
    bool good = h5_object_info(f->id, &root) && know(f, f->inode, root.addr) &&
                walk_over(f, "");
    for (size_t i = 0; good && i < f->link_count; i++) {
        const struct hdf5_link link = f->links[i];
        good = follow(f, &link);
    }
    if (good)
        return true;
    if (f->no_memory)
        return error_no_memory(error);
    if (f->deep)
        return error_set(error,
                         "%s: %s...: groups more than %d deep, which cannot be "
                         "read; if links lead from one group to the next, dump "
                         "without them",
                         f->path, f->deep_path, HDF5_DEPTH_MAX);
    if (f->endless)
        return error_set(
            error, "%s: damaged: its groups lead back to themselves", f->path);
    return h5_fail(error,
                   "%s: damaged: its list of groups cannot be read (-v tells "
                   "more)",
                   f->path);
}

void hdf5_walk_free(struct hdf5_file *f)
{
    for (size_t i = 0; i < f->link_count; i++)
        free(f->links[i].path);
    free(f->links);
    free(f->groups);
    free(f->last);
    hash_table_free(&f->group_table);
    f->links = NULL;
    f->groups = NULL;
    f->last = NULL;
    f->link_count = f->group_count = 0;
}
