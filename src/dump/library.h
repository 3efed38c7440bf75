/*
 * library.h - files and datasets as the HDF5 library has them open
 *
 * For one thread at a time: all these functions take a lock that the library
 * needs.
 */
#ifndef DUMP_LIBRARY_H
#define DUMP_LIBRARY_H

#include "buffer.h"
#include "h5.h"
#include "plan.h"

/* How many stay open. */
#define LIBRARY_FILES 2
#define LIBRARY_DATASETS 8

struct library_object {
    bool used;
    size_t index; /* of the file or array in the plan */
    hid_t id;
    /* Of a dataset, once a chunk was met that was never written: the element
     * that such a chunk is filled with. */
    enum { FILL_UNKNOWN, FILL_KNOWN, FILL_DIFFICULT } fill_state;
    unsigned char fill[8];
};

struct library {
    const struct dump_plan *plan;
    struct library_object files[LIBRARY_FILES]; /* the newest first */
    struct library_object datasets[LIBRARY_DATASETS];
    bool changed; /* a file has, while it was read: `change` tells which */
    struct dump_error change;
};

void library_init(struct library *library, const struct dump_plan *plan);
void library_close(struct library *library);

/* Looks whether a file that others have open is still what it was, after it was
 * read; library_verify() will tell. */
void library_look_at(struct library *library, size_t file, int fd);

/* Were all files that have been read so far the same all along? */
bool library_verify(struct library *library, struct dump_error *error);

/* Rows and columns of a slice of an array. */
struct library_region {
    uint64_t slice;
    uint64_t first_row;
    uint64_t rows;
    uint64_t first_column;
    uint64_t columns;
};

/* Reads a region to `out` with its `room`, in the file's byte order unless the
 * array says that the library is to convert it. Texts of strings of any length
 * go to `texts` (NULL if there can be none), pointers to them to `out`. */
bool library_read(struct library *library, const struct dump_array *array,
                  const struct library_region *region, void *out, size_t room,
                  struct dump_buffer *texts, struct dump_error *error);

/*
 * The bytes of the chunk that starts at `at`, as they lie in the file, to
 * `raw`; *size tells how many. *size is 0 if the chunk was never written: then
 * it is in `whole` as the library fills it. Both have `room` bytes, enough for
 * a chunk.
 */
bool library_fetch_chunk(struct library *library,
                         const struct dump_array *array, const uint64_t *at,
                         void *raw, size_t room, size_t *size,
                         uint32_t *filter_mask, void *whole,
                         struct dump_error *error);

/* "the chunk at (10, 0) is damaged: why". Returns false. */
bool library_bad_chunk(const struct library *library,
                       const struct dump_array *array, const uint64_t *at,
                       const char *why, struct dump_error *error);

#endif
