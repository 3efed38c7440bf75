/*
 * source_check.h - what the checks of raw files and of virtual sources share
 *
 * Private to sources.c, raw_files.c, virtual_sources.c, source_lengths.c and
 * source_storage.c.
 */
#ifndef DUMP_HDF5_SOURCE_CHECK_H
#define DUMP_HDF5_SOURCE_CHECK_H

#include "dump/hdf5/chunk_check.h"
#include "dump/hdf5/source_memo.h"
#include "dump/hdf5/sources.h"
#include "dump/index.h"

#define SOURCE_NAME_ROOM 4096 /* of a file or a dataset; no path is longer */

/* One check of a dataset and all that it is made of. */
struct source_check {
    const char *file; /* for messages, as the next */
    const char *path;
    const struct sources *sources;
    struct guard *guard;
    size_t looked; /* datasets that were checked, each as often as it was */
    size_t ways;   /* in which the library gets to a dataset */
    struct source_memo memo; /* of virtual datasets */
    struct error *error;
};

/* A virtual dataset and those that it is a source of. */
struct source_level {
    const struct source_level *above;
    unsigned depth;
    H5O_info_t object;
    const struct chunk_range *region; /* what is about to be read; NULL: all */
    hid_t file;
    char *file_name;           /* as the library has opened it */
    hid_t source;              /* the file of the last mapping, or negative */
    char *source_found;        /* its path */
    struct dump_layout shape;  /* of the last source; rank 0: not known */
    hid_t dataset;             /* the last source, or negative */
    struct chunk_range mapped; /* what is mapped of it; rank 0: nothing yet */
};

/* The smallest box that holds a selection. */
struct source_box {
    int rank;   /* 0: not known */
    bool solid; /* nothing in it is left out */
    hsize_t first[H5S_MAX_RANK];
    hsize_t last[H5S_MAX_RANK];
};

/* What a mapping takes of a source of this shape, and what of it is about to be
 * read. */
void source_find_mapped(const struct source_level *level, hid_t properties,
                        size_t index, const struct chunk_range *all,
                        struct source_box *from);

/*
 * Is it known where a mapping has what a source lacks, if that is too short?
 * And before it is read: notes in the map what the last source does not have of
 * this mapping.
 */
bool source_may_be_short(const struct source_level *level, hid_t properties,
                         size_t index);
bool source_note_missing(const struct source_check *c,
                         const struct source_level *level, hid_t properties,
                         size_t index);

/* Adds elements of a virtual dataset that are missing; `unreadable`: the
 * library cannot read them. False without memory. */
bool source_map_add_hole(struct source_map *map, const uint64_t *first,
                         const uint64_t *last, bool unreadable);

/* Adds an error. All return false. */
bool source_out_of_memory(const struct source_check *c);
bool source_damaged(const struct source_check *c, const char *what);
bool source_name_too_long(const struct source_check *c);

/* A file that the dataset is kept in, under the name that the library opens:
 * keeps what it is, or compares it with what it was. */
bool check_source_file(const struct source_check *c, const char *name,
                       const struct dump_identity *now);

/* The name under which the library has opened the file of an object, the
 * caller's to free; NULL without memory. */
char *source_opened_as(hid_t object);

/* A prefix of the environment, which may start with ${ORIGIN}, the folder of
 * the file; the caller's to free. NULL without memory. */
char *source_expand_origin(const char *prefix, const char *file_name);

/* Counts ways to datasets. False, with an error, if the library would take very
 * long to follow them. */
bool source_add_ways(struct source_check *c, size_t ways);

/* Keeps the shape of a dataset that a mapping leads to; then, does it have all
 * that this mapping or another one of the same names takes of it? */
void source_take_shape(struct source_level *level, hid_t dataset);
bool source_is_long_enough(const struct source_check *c,
                           const struct source_level *level, hid_t properties,
                           size_t index, const char *file, const char *name);

/* Of a map: the properties that its dataset was created with. */
hid_t source_map_properties(const struct source_map *map);

/* Is a mapping of what is about to be read? */
bool source_is_met(const struct source_check *c,
                   const struct source_level *level, hid_t properties,
                   size_t index);

/* Which blocks of a series are of what is about to be read. */
void source_find_blocks(const struct source_level *level, hid_t properties,
                        size_t index, uint64_t *first, uint64_t *last);

/* Adds what is about to be read by a mapping of the last source; all of it, if
 * that is not known. */
void source_add_mapped(const struct source_check *c, struct source_level *level,
                       hid_t properties, size_t index);

/* Checks the chunks of the last source that are about to be read, if any, and
 * closes it. */
bool source_finish(const struct source_check *c, struct source_level *level);

/* Checks one dataset: the one that is read (`above` is NULL), or a source. */
bool check_source_dataset(struct source_check *c, hid_t dataset,
                          const struct source_level *above);

/* Does a source without chunks hold all the bytes that its shape promises? */
bool check_source_bytes(const struct source_check *c, hid_t dataset);

/* The two kinds of datasets that are kept in other files. `properties` are
 * those that the dataset was created with. */
bool check_raw_files(struct source_check *c, hid_t dataset, hid_t properties);
bool check_virtual_dataset(struct source_check *c, hid_t dataset,
                           hid_t properties, const struct source_level *above);

#endif
