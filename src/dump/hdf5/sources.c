/*
 * sources.c - the other files that a dataset is kept in
 */
#include "dump/hdf5/sources.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/hdf5/guard.h"
#include "common/path.h"
#include "dump/hdf5/h5.h"

#define NAME_ROOM 4096      /* of a file or a dataset; no path is longer */
#define DEPTH_MAX 16        /* virtual datasets of virtual datasets */
#define LOOKED_MAX 1000000u /* datasets behind one, each as often as named */

struct check {
    const char *file; /* for messages, as the next */
    const char *path;
    const struct sources *sources;
    struct guard *guard;
    size_t looked;
    struct error *error;
};

/* A virtual dataset and those that it is a source of. */
struct level {
    const struct level *above;
    unsigned depth;
    H5O_info_t object;
    hid_t file;
    char *file_name;    /* as the library has opened it */
    hid_t source;       /* the file of the last mapping, or negative */
    char *source_found; /* its path */
};

static bool out_of_memory(const struct check *c)
{
    return error_no_memory(c->error);
}

static bool damaged(const struct check *c, const char *what)
{
    return h5_fail(c->error, "%s: %s: damaged: %s", c->file, c->path, what);
}

static bool name_too_long(const struct check *c)
{
    return error_set(c->error,
                     "%s: %s: the name of a file that it is kept in has more "
                     "than %d bytes",
                     c->file, c->path, NAME_ROOM - 1);
}

/* A file that the dataset is kept in, under the name that the library opens:
 * keeps what it is, or compares it with what it was. */
static bool meet_file(const struct check *c, const char *name,
                      const struct dump_identity *now)
{
    const struct sources *s = c->sources;
    if (s->found != NULL && !dump_others_add(s->found, name, now))
        return out_of_memory(c);
    const struct dump_other *then =
        dump_others_find(s->found != NULL ? s->found : s->known, name);
    char what[1000];
    snprintf(what, sizeof what, "%.300s: %.300s: %.300s", c->file, c->path,
             name);
    if (then == NULL)
        return error_set(c->error,
                         "%s: has taken the place of another file since the "
                         "dump was looked at; start again once its writer has "
                         "finished%s",
                         what, s->unread ? ", or skip it with -k" : "");
    return dump_identity_holds(&then->identity, now, s->live, s->unread, what,
                               c->error);
}

/* The name under which the library has opened the file of an object; NULL
 * without memory. */
static char *opened_as(hid_t object)
{
    const ssize_t length = H5Fget_name(object, NULL, 0);
    char *name = length >= 0 ? malloc((size_t)length + 1) : NULL;
    if (name != NULL && H5Fget_name(object, name, (size_t)length + 1) < 0) {
        free(name);
        return NULL;
    }
    return name;
}

/* A prefix that the environment gives may start with the folder of the file. */
static char *expand_origin(const char *prefix, const char *file_name)
{
    static const char origin[] = "${ORIGIN}";
    const size_t skip = sizeof origin - 1;
    if (strncmp(prefix, origin, skip) != 0)
        return strdup(prefix);
    const size_t length = path_folder_length(file_name);
    return length > 0 ? path_join(file_name, length, prefix + skip)
                      : path_join("./", 2, prefix + skip);
}

/* ---- raw external files ---- */

/* The library looks in one place: the working folder, unless told otherwise. */
static char *find_raw(hid_t dataset, const char *name)
{
    const char *prefix = getenv("HDF5_EXTFILE_PREFIX");
    if (name[0] == '/' || prefix == NULL || prefix[0] == '\0' ||
        strcmp(prefix, ".") == 0)
        return strdup(name);
    char *file_name = opened_as(dataset);
    char *folder = file_name != NULL ? expand_origin(prefix, file_name) : NULL;
    char *path =
        folder != NULL ? path_join(folder, strlen(folder), name) : NULL;
    free(folder);
    free(file_name);
    return path;
}

/* Are there `wanted` bytes from `offset` on in a raw file? */
static bool check_raw_file(struct check *c, const char *name, const char *path,
                           uint64_t offset, uint64_t wanted)
{
    int fd;
    uint64_t bytes;
    switch (guard_open(c->guard, path, &fd, &bytes)) {
    case GUARD_REFUSED:
        return guard_nothing_refused(c->guard, c->file, c->path, c->error);
    case GUARD_NO_MEMORY:
        return out_of_memory(c);
    case GUARD_ABSENT:
        return error_set(
            c->error,
            "%s: %s: its raw file %.300s is missing, looked for as %.300s; "
            "HDF5_EXTFILE_PREFIX tells in which folder it is (${ORIGIN}: that "
            "of the dump)",
            c->file, c->path, name, path);
    case GUARD_GOOD:
        break;
    }
    if (fd < 0)
        return error_set(c->error,
                         "%s: %s: its raw file %.300s cannot be read; may you?",
                         c->file, c->path, path);
    struct dump_identity now;
    const bool known = dump_identify(fd, &now);
    close(fd);
    if (known && !meet_file(c, path, &now))
        return false;
    if (known && offset <= bytes && wanted <= bytes - offset)
        return true;
    return error_set(c->error,
                     "%s: %s: its raw file %.300s is truncated: %" PRIu64
                     " bytes from byte %" PRIu64 " on should be there, but it "
                     "has %" PRIu64 "; copy it again",
                     c->file, c->path, path, wanted, offset, bytes);
}

/* Bytes of a dataset that is not virtual, if there is a limit to them. */
static uint64_t bytes_of(hid_t dataset)
{
    hid_t space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const size_t size = H5Tget_size(type);
    H5Tclose(type);
    H5Sclose(space);
    if (count <= 0 || size == 0)
        return 0;
    return (uint64_t)count <= UINT64_MAX / size ? (uint64_t)count * size
                                                : UINT64_MAX;
}

static bool check_raw_files(struct check *c, hid_t dataset, hid_t properties)
{
    const int count = H5Pget_external_count(properties);
    uint64_t left = count > 0 ? bytes_of(dataset) : 0;
    for (int i = 0; left > 0 && i < count; i++) {
        char name[NAME_ROOM + 1] = "";
        off_t offset = 0;
        hsize_t size = 0;
        if (H5Pget_external(properties, (unsigned)i, NAME_ROOM, name, &offset,
                            &size) < 0 ||
            offset < 0)
            return damaged(c, "its list of raw files is unreadable");
        if (strlen(name) >= NAME_ROOM - 1)
            return name_too_long(c);
        const uint64_t wanted = size < left ? size : left;
        char *path = find_raw(dataset, name);
        const bool good =
            path != NULL
                ? check_raw_file(c, name, path, (uint64_t)offset, wanted)
                : out_of_memory(c);
        free(path);
        if (!good)
            return false;
        left -= wanted;
    }
    return left == 0 || damaged(c, "its raw files are too short for its shape");
}

/* ---- sources of virtual datasets: where they are ---- */

/* Takes over a path, NULL without memory; *found is it if something is there.
 */
static bool try_path(struct check *c, char *path, char **found)
{
    if (path == NULL)
        return out_of_memory(c);
    switch (guard_ask(c->guard, path)) {
    case GUARD_GOOD:
        *found = path;
        return true;
    case GUARD_ABSENT:
        free(path);
        return true;
    case GUARD_NO_MEMORY:
        free(path);
        return out_of_memory(c);
    case GUARD_REFUSED:
        break;
    }
    free(path);
    return guard_nothing_refused(c->guard, c->file, c->path, c->error);
}

/* In the folders of HDF5_VDS_PREFIX; then in it as one name. */
static bool try_prefixes(struct check *c, const struct level *level,
                         const char *name, char **found)
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
    char *folder = expand_origin(prefixes, level->file_name);
    const bool good =
        folder != NULL
            ? try_path(c, path_join(folder, strlen(folder), name), found)
            : out_of_memory(c);
    free(folder);
    return good;
}

/* Beside what the name of the file leads to. */
static bool try_real_folder(struct check *c, const struct level *level,
                            const char *name, char **found)
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
static bool find_source(struct check *c, const struct level *level,
                        const char *name, char **found)
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

static bool check_dataset(struct check *c, hid_t dataset,
                          const struct level *above);

enum source { SOURCE_BAD, SOURCE_GOOD, SOURCE_NO_FILE, SOURCE_NO_DATASET };

static hid_t open_source_file(const struct level *level, const char *path)
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
static enum source take_source_file(struct check *c, struct level *level,
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
    h5_fail(c->error,
            "%s: %s: a virtual dataset whose source %.300s cannot be opened: "
            "truncated, or no HDF5 file (-v tells more)",
            c->file, c->path, found);
    return SOURCE_BAD;
}

/* The file that a source is in, behind links, too. */
static bool meet_home(const struct check *c, hid_t dataset)
{
    struct dump_identity now;
    char *name = opened_as(dataset);
    const bool good = name == NULL ? out_of_memory(c)
                      : !h5_identify(dataset, &now)
                          ? error_set(c->error, "%s: %s: %.300s: cannot read",
                                      c->file, c->path, name)
                          : meet_file(c, name, &now);
    free(name);
    return good;
}

static enum source check_source(struct check *c, struct level *level,
                                const char *file_name, const char *name)
{
    hid_t file = level->file;
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
    if (dataset < 0)
        return SOURCE_NO_DATASET;
    const bool good = meet_home(c, dataset) && check_dataset(c, dataset, level);
    H5Dclose(dataset);
    return good ? SOURCE_GOOD : SOURCE_BAD;
}

static bool no_source(const struct check *c, enum source why, const char *file,
                      const char *name)
{
    if (why == SOURCE_NO_FILE)
        return error_set(c->error,
                         "%s: %s: a virtual dataset whose source %.300s is "
                         "missing; put it beside the file",
                         c->file, c->path, file);
    return error_set(c->error,
                     "%s: %s: a virtual dataset whose source %.300s has no "
                     "dataset %.300s that can be opened",
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
        if (used + length >= NAME_ROOM)
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
    char file[NAME_ROOM];
    char name[NAME_ROOM];
};

/* A series ends before the first that is missing; the very first has to be
 * there. */
static bool check_series(struct check *c, struct level *level,
                         const struct mapping *mapping,
                         struct mapping *expanded)
{
    const bool files = has_block(mapping->file);
    for (uint64_t block = 0;; block++) {
        if (!expand_name(mapping->file, block, expanded->file) ||
            !expand_name(mapping->name, block, expanded->name))
            return damaged(c, "an impossible name of a source");
        const enum source answer =
            check_source(c, level, expanded->file, expanded->name);
        if (answer == SOURCE_BAD)
            return false;
        if (answer == SOURCE_GOOD)
            continue;
        return (block > 0 && files == (answer == SOURCE_NO_FILE)) ||
               no_source(c, answer, expanded->file, expanded->name);
    }
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

static bool check_mapping(struct check *c, struct level *level,
                          hid_t properties, size_t index,
                          const struct mapping *mapping,
                          struct mapping *expanded)
{
    if (has_block(mapping->file) || has_block(mapping->name))
        return is_unlimited(properties, index)
                   ? check_series(c, level, mapping, expanded)
                   : damaged(c, "an impossible mapping of a source");
    if (!expand_name(mapping->file, 0, expanded->file) ||
        !expand_name(mapping->name, 0, expanded->name))
        return damaged(c, "an impossible name of a source");
    const enum source answer =
        check_source(c, level, expanded->file, expanded->name);
    return answer == SOURCE_GOOD ||
           (answer != SOURCE_BAD &&
            no_source(c, answer, expanded->file, expanded->name));
}

/* ---- virtual datasets ---- */

static bool check_mappings(struct check *c, struct level *level,
                           hid_t properties, struct mapping mappings[3])
{
    size_t count = 0;
    struct mapping *last = &mappings[0];
    struct mapping *next = &mappings[1];
    if (H5Pget_virtual_count(properties, &count) < 0)
        return damaged(c, "no virtual mapping");
    for (size_t i = 0; i < count; i++) {
        const ssize_t file_length =
            H5Pget_virtual_filename(properties, i, next->file, NAME_ROOM);
        const ssize_t name_length =
            H5Pget_virtual_dsetname(properties, i, next->name, NAME_ROOM);
        if (file_length < 0 || name_length < 0)
            return damaged(c, "a source has no name");
        if (file_length >= NAME_ROOM || name_length >= NAME_ROOM)
            return name_too_long(c);
        if (i > 0 && strcmp(last->file, next->file) == 0 &&
            strcmp(last->name, next->name) == 0)
            continue; /* another part of the same one */
        if (!check_mapping(c, level, properties, i, next, &mappings[2]))
            return false;
        struct mapping *done = next;
        next = last;
        last = done;
    }
    return true;
}

static bool maps_itself(const struct level *level)
{
    for (const struct level *at = level->above; at != NULL; at = at->above) {
        if (at->object.fileno == level->object.fileno &&
            at->object.addr == level->object.addr)
            return true;
    }
    return false;
}

static bool check_virtual(struct check *c, hid_t dataset, hid_t properties,
                          const struct level *above)
{
    struct level level = {
        .above = above,
        .depth = above != NULL ? above->depth + 1 : 1,
        .source = H5I_INVALID_HID,
    };
    if (H5Oget_info(dataset, &level.object) < 0)
        return damaged(c, "a source cannot be looked at");
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
    level.file_name = opened_as(dataset);
    level.file = H5Iget_file_id(dataset);
    const bool good =
        mappings != NULL && level.file_name != NULL && level.file >= 0
            ? check_mappings(c, &level, properties, mappings)
            : out_of_memory(c);
    if (level.source >= 0)
        H5Fclose(level.source);
    if (level.file >= 0)
        H5Fclose(level.file);
    free(level.source_found);
    free(level.file_name);
    free(mappings);
    return good;
}

static bool check_dataset(struct check *c, hid_t dataset,
                          const struct level *above)
{
    if (c->looked++ >= LOOKED_MAX)
        return error_set(c->error,
                         "%s: %s: damaged: more than %u sources behind it",
                         c->file, c->path, LOOKED_MAX);
    hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0)
        return damaged(c, "its properties are unreadable");
    bool good = true;
    switch (H5Pget_layout(properties)) {
    case H5D_CONTIGUOUS:
        good = check_raw_files(c, dataset, properties);
        break;
    case H5D_VIRTUAL:
        good = check_virtual(c, dataset, properties, above);
        break;
    default: /* within the file, or for describe.c to complain of */
        break;
    }
    H5Pclose(properties);
    return good;
}

bool sources_check(hid_t dataset, const struct sources *sources,
                   struct error *error)
{
    struct check c = {
        .file = sources->file,
        .path = sources->path,
        .sources = sources,
        .guard = guard_of(dataset),
        .error = error,
    };
    if (c.guard == NULL)
        return error_no_memory(error);
    return check_dataset(&c, dataset, NULL);
}

bool sources_are_own(hid_t dataset, hid_t file)
{
    hid_t properties = H5Dget_create_plist(dataset);
    const bool own =
        properties >= 0 && H5Pget_layout(properties) != H5D_VIRTUAL &&
        H5Pget_external_count(properties) == 0 && h5_same_file(dataset, file);
    if (properties >= 0)
        H5Pclose(properties);
    return own;
}
