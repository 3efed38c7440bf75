/*
 * container.h - what reading asks of files, whatever their format
 *
 * HDF5 files are the only ones so far (dump/hdf5). All functions may be called
 * by any thread; those that need the HDF5 library take its lock.
 */
#ifndef DUMP_CONTAINER_H
#define DUMP_CONTAINER_H

#include "common/buffer.h"
#include "dump/plan.h"

struct container; /* all files of a plan; some of them are open */

/* The plan must outlive it. NULL without memory. */
struct container *container_create(const struct dump_plan *plan);
void container_destroy(struct container *container);

/* Tells whoever watches that a file is about to be read. */
void container_announce(struct container *container, size_t file);

/* Compares a file that others have open with what it was, after it was read;
 * container_verify() reports a difference. */
void container_look_at(struct container *container, size_t file, int fd);

/* Closes all files. Were all that have been read the same all along? */
bool container_verify(struct container *container, struct error *error);

/* Rows and columns of a slice of an array. */
struct container_region {
    uint64_t slice;
    uint64_t first_row;
    uint64_t rows;
    uint64_t first_column;
    uint64_t columns;
};

/* Reads a region to `out` with its `room`, in the file's byte order unless the
 * layout says `convert`. Texts of strings of any length go to `texts` (NULL if
 * there can be none), pointers to them to `out`. */
bool container_read(struct container *container, const struct dump_array *array,
                    const struct container_region *region, void *out,
                    size_t room, struct dump_buffer *texts,
                    struct error *error);

/*
 * The bytes of the chunk that starts at `at`, as they lie in the file, to
 * `raw`, with their number in *size. *size is 0 if the chunk was never written:
 * then it is in `whole`, as fill values. Both have `room` bytes, enough for a
 * chunk.
 */
bool container_fetch_chunk(struct container *container,
                           const struct dump_array *array, const uint64_t *at,
                           void *raw, size_t room, size_t *size,
                           uint32_t *filter_mask, void *whole,
                           struct error *error);

/* "the chunk at (10, 0) is damaged: why". Returns false. */
bool container_bad_chunk(const struct container *container,
                         const struct dump_array *array, const uint64_t *at,
                         const char *why, struct error *error);

#endif
