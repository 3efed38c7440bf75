/*
 * raw_files.c - are the raw external files of a dataset complete?
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/source_check.h"

/* The library looks in one place: the working folder, unless told otherwise. */
static char *find_raw(hid_t dataset, const char *name)
{
    const char *prefix = getenv("HDF5_EXTFILE_PREFIX");
    if (name[0] == '/' || prefix == NULL || prefix[0] == '\0' ||
        strcmp(prefix, ".") == 0)
        return strdup(name);
    char *file_name = source_opened_as(dataset);
    char *folder =
        file_name != NULL ? source_expand_origin(prefix, file_name) : NULL;
    char *path =
        folder != NULL ? path_join(folder, strlen(folder), name) : NULL;
    free(folder);
    free(file_name);
    return path;
}

/* Are there `wanted` bytes from `offset` on in a raw file? *there tells how
 * many there are, if `may_lack` some. */
static bool check_raw_file(struct source_check *c, const char *name,
                           const char *path, uint64_t offset, uint64_t wanted,
                           bool may_lack, uint64_t *there)
{
    int fd;
    uint64_t bytes;
    switch (guard_open(c->guard, path, &fd, &bytes)) {
    case GUARD_REFUSED:
        return guard_nothing_refused(c->guard, c->file, c->path, c->error);
    case GUARD_NO_MEMORY:
        return source_out_of_memory(c);
    case GUARD_ABSENT:
        return error_set(
            c->error,
            "%s: %s: its raw file %s is missing, looked for as %s; "
            "HDF5_EXTFILE_PREFIX tells in which folder it is (${ORIGIN}: that "
            "of the dump)",
            c->file, c->path, name, path);
    case GUARD_GOOD:
        break;
    }
    if (fd < 0)
        return error_set(c->error,
                         "%s: %s: its raw file %s cannot be read; may you?",
                         c->file, c->path, path);
    struct dump_identity now;
    const bool known = dump_identify_inode(fd, &now);
    close(fd);
    if (known && !check_source_file(c, path, &now))
        return false;
    *there = known && offset <= bytes ? bytes - offset : 0;
    if (known && (*there >= wanted || may_lack))
        return true;
    return error_set(c->error,
                     "%s: %s: its raw file %s is truncated: %" PRIu64
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

bool check_raw_files(struct source_check *c, hid_t dataset, hid_t properties)
{
    const int count = H5Pget_external_count(properties);
    const uint64_t all = count > 0 ? bytes_of(dataset) : 0;
    const bool top = c->looked == 1; /* not a source of a virtual dataset */
    uint64_t left = all;
    for (int i = 0; left > 0 && i < count; i++) {
        char name[SOURCE_NAME_ROOM + 1] = "";
        off_t offset = 0;
        hsize_t size = 0;
        if (H5Pget_external(properties, (unsigned)i, SOURCE_NAME_ROOM, name,
                            &offset, &size) < 0 ||
            offset < 0)
            return source_damaged(c, "its list of raw files is unreadable");
        if (strlen(name) >= SOURCE_NAME_ROOM - 1)
            return source_name_too_long(c);
        const uint64_t wanted = size < left ? size : left;
        char *path = find_raw(dataset, name);
        uint64_t there = 0;
        const bool good =
            path != NULL ? check_raw_file(c, name, path, (uint64_t)offset,
                                          wanted, top && wanted == left, &there)
                         : source_out_of_memory(c);
        free(path);
        if (!good)
            return false;
        if (there < wanted && c->sources->written != NULL)
            *c->sources->written = all - left + there;
        left -= wanted;
    }
    return left == 0 ||
           source_damaged(c, "its raw files are too short for its shape");
}
