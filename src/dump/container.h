/*
 * container.h - what discovery and reading ask of files, whatever their format
 *
 * HDF5 files are the only ones so far (dump/hdf5).
 */
#ifndef DUMP_CONTAINER_H
#define DUMP_CONTAINER_H

#include "common/buffer.h"
#include "dump/catalog.h"
#include "dump/index.h"

/* ---- discovery: one file, one thread ---- */

/* A file that discovery has open. Formats put their own fields after these. */
struct container_file {
    const struct container_format *format;
    struct catalog catalog;
    bool tables;       /* is_table() or has_dataset() has met some */
    const char *group; /* a glob: list() follows all links that it matches, also
                          those to groups with other names; or NULL */
};

enum container_numbers {
    CONTAINER_ABSENT,      /* no such attribute, or no numbers */
    CONTAINER_READ,        /* all of them were read */
    CONTAINER_TOO_MANY,    /* for the room */
    CONTAINER_NOT_INTEGRAL /* fractions, or too large */
};

/*
 * What a format has to be able to do. Groups are given by their paths as the
 * catalog has them, datasets by their paths from the root, "/a/logits".
 */
struct container_format {
    /* Opens a file and finds out what it is: `identity`, `columns` and `live`
     * of the catalog. One that is still being written is opened only if `live`.
     * The index has to outlive it. NULL on failure. */
    struct container_file *(*open)(struct dump_index *index, const char *path,
                                   bool live, struct error *error);
    void (*close)(struct container_file *file);

    /* Walks over the file, and over the groups that its links lead to, and
     * fills in the groups of the catalog. */
    bool (*list)(struct container_file *file, struct error *error);

    /* Fills in the datasets of the catalog, which only messages need. */
    void (*list_datasets)(struct container_file *file);

    /* Does a group have a link of this name, wherever that leads? */
    bool (*has_link)(struct container_file *file, const char *group,
                     const char *name);

    /* Calls a function with the name of each link of a group, until it returns
     * false. */
    void (*each_name)(struct container_file *file, const char *group,
                      bool (*take)(void *context, const char *name),
                      void *context);

    /* Does a path lead to a dataset, or to a field of a table? Links are
     * followed. The path is changed on the way, and the same again afterwards.
     * A `*` in the name of a field stands for a column for each field that it
     * matches. */
    bool (*has_dataset)(struct container_file *file, char *path);

    /* Does a path lead to a table, or to fields of a field of one? The other
     * functions see it as a group from then on, and its fields as datasets. */
    bool (*is_table)(struct container_file *file, const char *path);
    /* Where has_dataset() was asked last and found none: does the path lead to
     * a group that is an array of Octave's, which has the dataset `value`? */
    bool (*is_octave_array)(struct container_file *file, char *path);

    /* Reads the numbers of an attribute of a group or dataset: integers,
     * integral floats, or a string that is a decimal integer. *count is how
     * many it has; they are read only if there is `room` for all of them. */
    enum container_numbers (*read_attribute)(struct container_file *file,
                                             const char *path, const char *name,
                                             int64_t *numbers, size_t room,
                                             uint64_t *count);

    /* Reads the strings of an attribute of a group or dataset, or of the dataset
     * at `path` if `name` is NULL, up to CLASS_NAMES_MAX of them. False if it is
     * none of that, or if `take` has returned false. */
    bool (*read_strings)(struct container_file *file, const char *path,
                         const char *name,
                         bool (*take)(void *context, const char *text,
                                      size_t length),
                         void *context);

    /* Fills in type, shape and storage of a dataset, one of the index's arrays
     * whose path, file and role are known, and checks that these are possible.
     * Adds the other files that it is kept in to the index's. */
    bool (*describe)(struct container_file *file, struct dump_index *index,
                     struct dump_array *array, struct error *error);

    /* Once all has been asked: could everything be looked at? `good` tells
     * whether all went well so far. Fails if not, with the error there is or
     * with a better reason. */
    bool (*check)(struct container_file *file, bool good, struct error *error);
};

extern const struct container_format container_hdf5;

/*
 * ---- reading: all files of an index ----
 *
 * Any thread may call these functions; those that need the HDF5 library take
 * its lock.
 */

struct container; /* all files of an index; some of them are open */

/* The index must outlive the container. NULL if there is not enough memory. */
struct container *container_create(const struct dump_index *index);
void container_destroy(struct container *container);

/* Reports to the index's watch that a file is about to be read. */
void container_announce(struct container *container, size_t file);

/* Compares a file, which the caller has open as `fd` and has read, with what it
 * was at discovery; container_verify() reports a difference. */
void container_look_at(struct container *container, size_t file, int fd);

/* Closes all files. False if a file has changed while it was read. */
bool container_verify(struct container *container, struct error *error);

/* Rows and columns of a slice of an array, along the axes of these. */
struct container_region {
    uint64_t slice;
    const uint64_t *at; /* the place along all other axes, if the layout is
                         * boxed; else NULL: that is `slice` */
    uint64_t first_row;
    uint64_t rows;
    uint64_t first_column;
    uint64_t columns;
};

/* Reads a region into `out`, which has `room` bytes, in the file's byte order
 * unless the layout says `convert`. Strings of variable length are kept in
 * `texts` (NULL if the array has other elements), and `out` points to them. Of
 * a virtual dataset, rows that no source has become 1 in `missing`, which has a
 * byte for each row, and the others 0, if there are some: then *any is true. */
bool container_read(struct container *container, const struct dump_array *array,
                    const struct container_region *region, void *out,
                    size_t room, struct dump_buffer *texts,
                    unsigned char *missing, bool *any, struct error *error);

/*
 * Reads the bytes of the chunk that starts at `at` into `raw`, as they lie in
 * the file; *size is their number. If the chunk was never written, *size is 0,
 * and `whole` is filled with fill values instead. Both buffers have `room`
 * bytes, enough for a chunk.
 */
bool container_fetch_chunk(struct container *container,
                           const struct dump_array *array, const uint64_t *at,
                           void *raw, size_t room, size_t *size,
                           uint32_t *filter_mask, void *whole,
                           struct error *error);

/*
 * Which rows of a region of a dataset in chunks, which the library has read,
 * were never written, in whole or in part? They become 1 in `rows`, which has a
 * byte for each row of the region; *any tells whether there are some.
 */
bool container_find_unwritten(struct container *container,
                              const struct dump_array *array,
                              const struct container_region *region,
                              unsigned char *rows, bool *any,
                              struct error *error);

/* Sets the error "the chunk at (10, 0) is damaged: why". Returns false. */
bool container_bad_chunk(const struct container *container,
                         const struct dump_array *array, const uint64_t *at,
                         const char *why, struct error *error);

#endif
