/*
 * hdf5_file.h - an HDF5 file that discovery has open; for examine.c, walk.c and
 * listing.c alone
 */
#ifndef DUMP_HDF5_HDF5_FILE_H
#define DUMP_HDF5_HDF5_FILE_H

#include <hdf5.h>

#include "common/hash_table.h"
#include "dump/container.h"
#include "dump/hdf5/guard.h"

/* Groups in groups, up to so many, that are told apart where names are counted.
 */
#define HDF5_DEPTHS 16

/* A group, under whatever name. */
struct hdf5_group {
    uint64_t inode;
    haddr_t address;
};

/* A link to be followed once the walk is over. */
struct hdf5_link {
    char *path;
    bool alias; /* to a group that is known: a hard link */
};

/* The library is entered for as long as it is open. */
struct hdf5_file {
    struct container_file file;
    struct dump_index *index;
    const char *path;
    hid_t id;
    struct guard *guard;
    unsigned long failures; /* of the library, before it was asked for more */
    bool no_memory;

    /* Of the walk. */
    struct hdf5_group *groups; /* all that were walked over... */
    size_t group_count;
    struct hash_table group_table; /* ... to be found */
    struct hdf5_link *links;
    size_t link_count;
    char *prefix;    /* of the names that the walk meets */
    char *last;      /* the path of the link that was met last... */
    haddr_t last_at; /* ... and where it leads, if it is a hard one */
    uint64_t inode;  /* of the file that is walked over */
    uint64_t bytes;  /* its length */
    bool follows;    /* links and other names of groups are noted */
    bool endless;    /* the walk was given up... */
    bool deep;       /* ... or its groups are too deep, of which this is one: */
    char deep_path[101]; /* the start of its path */
    uint64_t objects;    /* that this walk has visited */
    uint64_t again;      /* ... that walks over groups that were known have */
    uint64_t
        names_at[HDF5_DEPTHS]; /* bytes of names, of the groups we are in */

    char *looked_into; /* the group that is open, as the next two */
    hid_t group;       /* negative if it is no group, */
    hid_t table;       /* but a table: its compound type, or negative */
    bool met_other; /* what was looked up last exists, but is something else */
};

/* A file whose groups lead back to themselves has no end: the walk meets more
 * objects than the file has room for, or groups that it knows far below
 * themselves. Other groups may be too deep as well, as the library takes long
 * to follow their paths. An object takes a header of 12 bytes or more (HDF5
 * File Format Specification 3.0, IV.A.1). */
#define HDF5_DEPTH_MAX 256
#define HDF5_OBJECT_BYTES_MIN 12
#define HDF5_NAMES_MAX \
    4 /* what is met again under other names, in such files */

static inline uint64_t hdf5_objects_max(const struct hdf5_file *f)
{
    return f->bytes / HDF5_OBJECT_BYTES_MIN;
}

/* walk.c: lists the groups, those behind links, too. */
bool hdf5_walk(struct hdf5_file *f, struct error *error);
void hdf5_walk_free(struct hdf5_file *f);

/* Notes in the catalog that the link at `path`, which messages show as `name`,
 * leads nowhere. */
void hdf5_note_broken(struct hdf5_file *f, const char *path, const char *name);

/* listing.c: lists the first datasets, for messages. */
void hdf5_list_datasets(struct hdf5_file *f);

#endif
