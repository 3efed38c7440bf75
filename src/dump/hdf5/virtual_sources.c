/*
 * virtual_sources.c - do the sources of a virtual dataset exist?
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/path.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/source_check.h"

#define DEPTH_MAX 16 /* virtual datasets of virtual datasets */

/* ---- sources of virtual datasets: where they are ---- */

static bool no_source_file(const struct source_check *c, const char *name)
{
    return error_set(c->error,
                     "%s: %s: a virtual dataset whose source %s is "
                     "missing; put it beside the file",
                     c->file, c->path, name);
}

/* Takes over a path, NULL without memory; *found is it if something is there.
 * What was there at discovery must not have gone: the library would look
 * elsewhere, or take it for the end of a series. */
static bool try_path(struct source_check *c, char *path, char **found)
{
    bool good;
    if (path == NULL)
        return source_out_of_memory(c);
    switch (guard_ask(c->guard, path)) {
    case GUARD_GOOD:
        *found = path;
        return true;
    case GUARD_ABSENT:
        good = c->sources->known == NULL ||
               dump_others_find(c->sources->known, path) == NULL ||
               no_source_file(c, path);
        free(path);
        return good;
    case GUARD_NO_MEMORY:
        free(path);
        return source_out_of_memory(c);
    case GUARD_REFUSED:
        break;
    }
    free(path);
    return guard_nothing_refused(c->guard, c->file, c->path, c->error);
}

/* In the folders of HDF5_VDS_PREFIX; then in it as one name. */
static bool try_prefixes(struct source_check *c,
                         const struct source_level *level, const char *name,
                         char **found)
{
    const char *prefixes = getenv("HDF5_VDS_PREFIX");
    const char *at = prefixes;
    while (at != NULL && *at != '\0') {
        const size_t length = strcspn(at, ":");
        if (length > 0 && !try_path(c, path_join(at, length, name), found))
            return false;
        if (*found != NULL)
            return true;
        at += length + (at[length] == ':');
    }
    if (prefixes == NULL || prefixes[0] == '\0' || strcmp(prefixes, ".") == 0)
        return true;
    char *folder = source_expand_origin(prefixes, level->file_name);
    const bool good =
        folder != NULL
            ? try_path(c, path_join(folder, strlen(folder), name), found)
            : source_out_of_memory(c);
    free(folder);
    return good;
}

/* Beside what the name of the file leads to. */
static bool try_real_folder(struct source_check *c,
                            const struct source_level *level, const char *name,
                            char **found)
{
    struct stat status;
    if (lstat(level->file_name, &status) != 0 || !S_ISLNK(status.st_mode))
        return true; /* where it was looked for already */
    char *real = realpath(level->file_name, NULL);
    if (real == NULL)
        return true;
    const bool good =
        try_path(c, path_join(real, path_folder_length(real), name), found);
    free(real);
    return good;
}

/*
 * The path under which the library finds a source file: *found, the caller's,
 * or NULL. An absolute name that does not exist is looked for by its last part.
 */
static bool find_source(struct source_check *c,
                        const struct source_level *level, const char *name,
                        char **found)
{
    const char *wanted = name;
    *found = NULL;
    if (name[0] == '/') {
        if (!try_path(c, strdup(name), found))
            return false;
        wanted = name + path_folder_length(name);
    }
    return (*found != NULL || try_prefixes(c, level, wanted, found)) &&
           (*found != NULL ||
            try_path(c,
                     path_join(level->file_name,
                               path_folder_length(level->file_name), wanted),
                     found)) &&
           (*found != NULL || try_path(c, strdup(wanted), found)) &&
           (*found != NULL || try_real_folder(c, level, wanted, found));
}

/* ---- sources of virtual datasets: what they are ---- */

enum source { SOURCE_BAD, SOURCE_GOOD, SOURCE_NO_FILE, SOURCE_NO_DATASET };

static hid_t open_source_file(const struct source_level *level,
                              const char *path)
{
    unsigned intent = H5F_ACC_RDONLY;
    hid_t access = H5Fget_access_plist(level->file);
    hid_t file;
    H5Fget_intent(level->file, &intent);
    H5E_BEGIN_TRY
    {
        file = H5Fopen(path, intent, access);
    }
    H5E_END_TRY
    if (access >= 0)
        H5Pclose(access);
    return file;
}

/* Mappings of one file follow one another as a rule: it stays open. */
static enum source take_source_file(struct source_check *c,
                                    struct source_level *level,
                                    const char *name)
{
    char *found;
    if (!find_source(c, level, name, &found))
        return SOURCE_BAD;
    if (found == NULL)
        return SOURCE_NO_FILE;
    if (level->source_found != NULL &&
        strcmp(level->source_found, found) == 0) {
        free(found);
        return SOURCE_GOOD;
    }
    free(level->source_found);
    level->source_found = found;
    if (level->source >= 0)
        H5Fclose(level->source);
    level->source = open_source_file(level, found);
    if (level->source >= 0)
        return SOURCE_GOOD;
    if (h5_lacks_memory())
        source_out_of_memory(c);
    else
        h5_fail(c->error,
                "%s: %s: a virtual dataset whose source %s cannot be opened: "
                "truncated, or no HDF5 file (-v tells more)",
                c->file, c->path, found);
    return SOURCE_BAD;
}

static void note_first(const struct source_check *c, hid_t dataset,
                       const struct dump_identity *home)
{
    struct dump_first_sources *first = c->sources->first;
    H5O_info_t info;
    if (first != NULL && first->count < DUMP_SOURCES_KEPT &&
        h5_object_info(dataset, &info))
        first->list[first->count++] = (struct dump_source){
            .inode = home->inode, .bytes = home->bytes, .address = info.addr};
}

/* The file that a source is in, which links may lead to. */
static bool meet_home(const struct source_check *c, hid_t dataset)
{
    struct dump_identity now;
    char *name = source_opened_as(dataset);
    const bool good = name == NULL ? source_out_of_memory(c)
                      : !h5_identify(dataset, &now)
                          ? error_set(c->error, "%s: %s: %s: cannot read",
                                      c->file, c->path, name)
                          : check_source_file(c, name, &now);
    if (good)
        note_first(c, dataset, &now);
    free(name);
    return good;
}

static enum source check_source(struct source_check *c,
                                struct source_level *level,
                                const char *file_name, const char *name)
{
    hid_t file = level->file;
    if (!source_finish(c, level))
        return SOURCE_BAD;
    if (strcmp(file_name, ".") != 0) {
        const enum source answer = take_source_file(c, level, file_name);
        if (answer != SOURCE_GOOD)
            return answer;
        file = level->source;
    }
    hid_t dataset;
    H5E_BEGIN_TRY
    {
        dataset = H5Dopen2(file, name, H5P_DEFAULT);
    }
    H5E_END_TRY
    if (!guard_nothing_refused(c->guard, c->file, c->path, c->error)) {
        if (dataset >= 0)
            H5Dclose(dataset);
        return SOURCE_BAD;
    }
    if (dataset < 0 && h5_lacks_memory()) {
        source_out_of_memory(c);
        return SOURCE_BAD;
    }
    if (dataset < 0)
        return SOURCE_NO_DATASET;
    level->dataset = dataset; /* until the next one */
    if (!meet_home(c, dataset) || !check_source_dataset(c, dataset, level))
        return SOURCE_BAD;
    source_take_shape(level, dataset);
    return SOURCE_GOOD;
}

static bool no_source(const struct source_check *c, enum source why,
                      const char *file, const char *name)
{
    if (why == SOURCE_NO_FILE)
        return no_source_file(c, file);
    return error_set(c->error,
                     "%s: %s: a virtual dataset whose source %s has no "
                     "dataset %s that can be opened",
                     c->file, c->path, file, name);
}

/* ---- names of sources ---- */

/* A name in which %b stands for a block's number and %% for a percent sign.
 * False if it is no such name, or too long. */
static bool expand_name(const char *name, uint64_t block, char *out)
{
    size_t used = 0;
    for (; *name != '\0'; name++) {
        char piece[24] = {*name};
        if (*name == '%' && *++name == 'b')
            snprintf(piece, sizeof piece, "%" PRIu64, block);
        else if (piece[0] == '%' && *name != '%')
            return false;
        const size_t length = strlen(piece);
        if (used + length >= SOURCE_NAME_ROOM)
            return false;
        memcpy(out + used, piece, length);
        used += length;
    }
    out[used] = '\0';
    return true;
}

static bool has_block(const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == '%' && *++name != '%')
            return true;
    }
    return false;
}

struct mapping {
    char file[SOURCE_NAME_ROOM];
    char name[SOURCE_NAME_ROOM];
};

/* A series ends before the first that is missing; the very first has to be
 * there. */
static bool check_series(struct source_check *c, struct source_level *level,
                         hid_t properties, size_t index,
                         const struct mapping *mapping,
                         struct mapping *expanded)
{
    const bool files = has_block(mapping->file);
    uint64_t first;
    uint64_t last;
    source_find_blocks(level, properties, index, &first, &last);
    for (uint64_t block = first; block <= last; block++) {
        if (!expand_name(mapping->file, block, expanded->file) ||
            !expand_name(mapping->name, block, expanded->name))
            return source_damaged(c, "an impossible name of a source");
        const enum source answer =
            check_source(c, level, expanded->file, expanded->name);
        if (answer == SOURCE_BAD)
            return false;
        if (answer == SOURCE_GOOD) {
            chunk_range_of_all(level->dataset, &level->mapped);
            continue;
        }
        return (block > 0 && files == (answer == SOURCE_NO_FILE)) ||
               no_source(c, answer, expanded->file, expanded->name);
    }
    return true;
}

/* Only a mapping that is unlimited in the virtual dataset may be a series; the
 * library would take the name of another as it stands. */
static bool is_unlimited(hid_t properties, size_t index)
{
    hid_t space = H5Pget_virtual_vspace(properties, index);
    const hssize_t count = H5Sget_select_npoints(space);
    H5Sclose(space);
    return count < 0;
}

static bool check_mapping(struct source_check *c, struct source_level *level,
                          hid_t properties, size_t index,
                          const struct mapping *mapping,
                          struct mapping *expanded)
{
    if (has_block(mapping->file) || has_block(mapping->name))
        return is_unlimited(properties, index)
                   ? check_series(c, level, properties, index, mapping,
                                  expanded)
                   : source_damaged(c, "an impossible mapping of a source");
    if (!expand_name(mapping->file, 0, expanded->file) ||
        !expand_name(mapping->name, 0, expanded->name))
        return source_damaged(c, "an impossible name of a source");
    const enum source answer =
        check_source(c, level, expanded->file, expanded->name);
    return answer == SOURCE_GOOD ||
           (answer != SOURCE_BAD &&
            no_source(c, answer, expanded->file, expanded->name));
}

/* ---- virtual datasets ---- */

/* A source that has just been checked. Of series, other blocks may be met. */
static bool is_same_source(const struct source_level *level,
                           const struct mapping *last,
                           const struct mapping *next)
{
    return strcmp(last->file, next->file) == 0 &&
           strcmp(last->name, next->name) == 0 &&
           (level->region == NULL ||
            !(has_block(next->file) || has_block(next->name)));
}

static bool check_mappings(struct source_check *c, struct source_level *level,
                           hid_t properties, struct mapping mappings[3])
{
    size_t count = 0;
    bool any = false; /* `last` is one */
    struct mapping *last = &mappings[0];
    struct mapping *next = &mappings[1];
    if (H5Pget_virtual_count(properties, &count) < 0)
        return source_damaged(c, "no virtual mapping");
    for (size_t i = 0; i < count; i++) {
        if (!source_is_met(c, level, properties, i))
            continue;
        const ssize_t file_length = H5Pget_virtual_filename(
            properties, i, next->file, SOURCE_NAME_ROOM);
        const ssize_t name_length = H5Pget_virtual_dsetname(
            properties, i, next->name, SOURCE_NAME_ROOM);
        if (file_length < 0 || name_length < 0)
            return source_damaged(c, "a source has no name");
        if (file_length >= SOURCE_NAME_ROOM || name_length >= SOURCE_NAME_ROOM)
            return source_name_too_long(c);
        const bool same = any && is_same_source(level, last, next);
        if ((!same &&
             !check_mapping(c, level, properties, i, next, &mappings[2])) ||
            !source_is_long_enough(c, level, properties, i, next->file,
                                   next->name) ||
            !source_note_missing(c, level, properties, i))
            return false;
        source_add_mapped(c, level, properties, i);
        any = true;
        if (same)
            continue; /* another part of the same one */
        struct mapping *done = next;
        next = last;
        last = done;
    }
    return source_finish(c, level);
}

/* A file has one such name, however its folder is written: relative names of
 * sources depend on that folder, which need not be that of the real file. */
static char *plain_name(const char *name)
{
    const size_t length = path_folder_length(name);
    char *folder = length > 0 ? strndup(name, length) : strdup(".");
    char *real = folder != NULL ? realpath(folder, NULL) : NULL;
    char *plain = real != NULL ? path_join(real, strlen(real), name + length)
                               : strdup(name);
    free(real);
    free(folder);
    return plain;
}

/* A dataset that is met again is not checked again, unless that is deeper down,
 * where its own sources may be too deep. */
static bool check_once(struct source_check *c, struct source_level *level,
                       hid_t properties, struct mapping mappings[3])
{
    const size_t before = c->ways;
    char *name = plain_name(level->file_name);
    struct source_visit *visit =
        name != NULL ? source_memo_find(&c->memo, name, level->object.addr)
                     : NULL;
    bool good;
    if (name == NULL) {
        good = source_out_of_memory(c);
    } else if (visit != NULL && level->depth <= visit->depth) {
        good = source_add_ways(c, visit->ways);
    } else {
        good = check_mappings(c, level, properties, mappings);
        const struct source_visit done = {name, level->object.addr,
                                          level->depth, c->ways - before};
        if (good && !source_memo_add(&c->memo, &done))
            good = source_out_of_memory(c);
    }
    free(name);
    return good;
}

static bool maps_itself(const struct source_level *level)
{
    const struct source_level *at = level->above;
    for (; at != NULL; at = at->above) {
        if (at->object.fileno == level->object.fileno &&
            at->object.addr == level->object.addr)
            return true;
    }
    return false;
}

bool check_virtual_dataset(struct source_check *c, hid_t dataset,
                           hid_t properties, const struct source_level *above)
{
    struct source_level level = {
        .above = above,
        .depth = above != NULL ? above->depth + 1 : 1,
        .region = above != NULL ? NULL : c->sources->region,
        .source = H5I_INVALID_HID,
        .dataset = H5I_INVALID_HID,
    };
    if (H5Oget_info(dataset, &level.object) < 0)
        return source_damaged(c, "a source cannot be looked at");
    if (maps_itself(&level))
        return error_set(c->error,
                         "%s: %s: damaged: a virtual dataset that is a source "
                         "of itself",
                         c->file, c->path);
    if (level.depth > DEPTH_MAX)
        return error_set(c->error,
                         "%s: %s: virtual datasets of virtual datasets, more "
                         "than %d deep",
                         c->file, c->path, DEPTH_MAX);
    struct mapping *mappings = malloc(3 * sizeof *mappings);
    level.file_name = source_opened_as(dataset);
    level.file = H5Iget_file_id(dataset);
    const bool good =
        mappings != NULL && level.file_name != NULL && level.file >= 0
            ? check_once(c, &level, properties, mappings)
            : source_out_of_memory(c);
    if (level.dataset >= 0)
        H5Dclose(level.dataset);
    if (level.source >= 0)
        H5Fclose(level.source);
    if (level.file >= 0)
        H5Fclose(level.file);
    free(level.source_found);
    free(level.file_name);
    free(mappings);
    return good;
}
