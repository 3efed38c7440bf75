/*
 * open_objects.h - the files and datasets that a container has open
 *
 * Private to container.c and open_objects.c. Whatever is opened has to be what
 * discovery found, and is compared with that again when it is closed. The
 * library is entered in all of these functions.
 */
#ifndef DUMP_HDF5_OPEN_OBJECTS_H
#define DUMP_HDF5_OPEN_OBJECTS_H

#include <hdf5.h>

#include "dump/container.h"
#include "dump/hdf5/chunk_check.h"

/* How many stay open. */
#define OPEN_FILES 2
#define OPEN_DATASETS 8

struct open_object {
    bool used;
    size_t number; /* of the file or array in the index */
    hid_t id;
    /* Of a dataset, once a chunk was met that was never written: the element
     * that such a chunk is filled with. */
    enum { FILL_UNKNOWN, FILL_KNOWN, FILL_DIFFICULT } fill_state;
    unsigned char fill[8];
    struct chunk_range whole; /* the elements of a dataset whose chunks have
                                 been checked last; rank -1: none */
    hid_t memory;             /* the type that it is read as, or negative */
    struct source_map *map;   /* of a virtual dataset that is read, or NULL */
    bool damaged;             /* sources of a dataset are, in some rows */
};

struct container {
    const struct dump_index *index;
    struct open_object files[OPEN_FILES]; /* the newest first */
    struct open_object datasets[OPEN_DATASETS];
    bool changed; /* a file has, while it was read: `change` tells which */
    struct error change;
};

/* Keeps the first change of a file, for container_verify(). */
void container_note_change(struct container *container,
                           const struct error *error);

/* The dataset of an array, which stays open: it is datasets[0] until the next
 * one is opened. Negative on failure. */
hid_t container_open_dataset(struct container *container,
                             const struct dump_array *array,
                             struct error *error);

/* The type that the dataset which is open, datasets[0], is read as. It stays
 * open with the dataset; negative without memory. */
hid_t container_memory_type(struct container *container,
                            const struct dump_array *array);

/* Checks the sources of a virtual dataset that is open, datasets[0], of which
 * some elements are about to be read. */
bool container_check_sources(struct container *container,
                             const struct dump_array *array,
                             const struct chunk_range *region,
                             struct error *error);

/* From here on, the library may open only such files to read a dataset as
 * discovery found: sources. Until the next. */
void container_expect(const struct container *container, hid_t dataset,
                      const struct dump_array *array);

/* Ends this. False, with an error, if it tried to open others. */
bool container_met(const struct container *container, hid_t dataset,
                   const struct dump_array *array, struct error *error);

/* Closes files[which] and its datasets. */
void container_close_file(struct container *container, size_t which);

#endif
