/*
 * fetch.h - reads the elements of an array in one of three ways
 *
 * Contiguous data are read from the file itself, chunks are read and decoded,
 * and everything else goes through the container's library.
 */
#ifndef DUMP_FETCH_H
#define DUMP_FETCH_H

#include "dump/chunk_cache.h"
#include "dump/decode.h"
#include "dump/container.h"
#include "dump/reader.h"

/* What was last read from an array: a decoded chunk, or contiguous rows. */
struct fetch_slot {
    struct dump_buffer buffer;
    unsigned char *elements; /* of a chunk: within the buffer */
    size_t array;            /* which array; DUMP_NO_ARRAY: the slot is empty */
    uint64_t at[DUMP_RANK_MAX];
    uint64_t slice; /* of rows: where they are, and how many */
    uint64_t first_row;
    uint64_t rows;
    bool written; /* the chunk; else it has fill values */
};

/* Rows of a block that were never written, in whole or in part. */
struct fetch_unwritten {
    struct dump_block block; /* the last one that has some */
    struct dump_buffer rows; /* a byte each, 1 for such a row */
    size_t count;            /* of these; 0: the rows above are not filled in */
};

/* The state of one thread that reads. */
struct dump_worker {
    const struct dump_index *index;
    struct container *container;
    struct dump_decoder *decoder;
    struct chunk_cache *cache; /* the reader's */
    uint64_t fetched;          /* chunks that were decoded */
    int fd;                    /* of file fd_file, for contiguous data */
    size_t fd_file;
    struct dump_buffer raw; /* a chunk as it lies in the file */
    struct fetch_slot logits;
    struct fetch_slot labels;
    struct fetch_slot ids;
    struct dump_buffer rows;     /* what was read, if it is not in a slot */
    struct dump_buffer unpacked; /* logits */
    struct dump_ids names;       /* labels that are strings */
    struct fetch_unwritten unwritten;
    struct dump_buffer
        missing; /* of a virtual region that was read: as above */
    bool any_missing;
};

/* The slice of an array that belongs to a record's slice: the same, or 0 if the
 * array has no axis of epochs. */
uint64_t fetch_slice(const struct dump_array *array, uint64_t slice);

/* The first row of a block in its record's arrays. */
uint64_t fetch_first_row(const struct dump_index *index,
                         const struct dump_block *block);

/* How many of these rows to read at once: rows of a table may be long, and all
 * fields are read to take one of them. */
uint64_t fetch_rows_at_once(const struct dump_layout *layout, uint64_t rows);

/* Reads whole rows of a block into `out`, and marks those as never written
 * whose labels or ids are netCDF's _FillValue. Strings of variable length are
 * kept in `texts`, NULL if the array has other elements. */
bool fetch_rows(struct dump_worker *worker, struct fetch_slot *slot,
                size_t number, const struct dump_block *block,
                struct dump_buffer *out, struct dump_buffer *texts,
                struct error *error);

/* Reads any region, through the library. */
bool fetch_region(struct dump_worker *worker, const struct dump_array *array,
                  const struct container_region *region,
                  struct dump_buffer *out, struct dump_buffer *texts,
                  struct error *error);

/* Notes that some rows of a block, counted from its first, were never written.
 */
bool fetch_mark_unwritten(struct dump_worker *worker,
                          const struct dump_block *block, size_t first,
                          size_t rows, struct error *error);

/* Of rows that the library has read: leaves in `missing` and `any_missing`
 * which were never written. */
bool fetch_find_unwritten(struct dump_worker *worker,
                          const struct dump_array *array,
                          const struct container_region *region,
                          struct error *error);

/* The same, and notes them. */
bool fetch_mark_region(struct dump_worker *worker,
                       const struct dump_array *array,
                       const struct dump_block *block,
                       const struct container_region *region,
                       struct error *error);

/* Reads adjacent elements of contiguous data. The rows are for messages. */
bool fetch_elements(struct dump_worker *worker, const struct dump_array *array,
                    uint64_t first, size_t count, uint64_t first_row,
                    uint64_t rows, void *out, struct error *error);

/* Leaves the decoded chunk that starts at `at` in a slot. */
bool fetch_chunk(struct dump_worker *worker, struct fetch_slot *slot,
                 const struct dump_array *array, const uint64_t *at,
                 struct error *error);

/* Bytes from one element of a chunk to the next along an axis. */
size_t fetch_chunk_stride(const struct dump_array *array, int axis);

/* Closes the file that contiguous data are read from, if one is open. */
void fetch_close(struct dump_worker *worker);

/* A part of a decoded chunk. */
struct fetch_tile {
    const unsigned char *data;
    size_t row_stride;
    size_t column_stride; /* that of adjacent elements unless it is crossed */
    uint64_t rows;
    uint64_t columns;
    bool written; /* else it has fill values */
};

/* Copies elements that are `stride` bytes apart. */
void fetch_copy(void *to, const void *from, uint64_t count, size_t stride,
                size_t size);

/* Finds the tile that starts at a row and column of a slice and ends with its
 * chunk or at end_row. The slot keeps it. */
bool fetch_tile(struct dump_worker *worker, struct fetch_slot *slot,
                const struct dump_array *array, uint64_t slice, uint64_t row,
                uint64_t end_row, uint64_t column, struct fetch_tile *tile,
                struct error *error);

/* The number of rows or columns from `first` to the end of its chunk along an
 * axis, or to `end`, whichever comes first; *chunk_start is where the chunk
 * starts. */
uint64_t fetch_span(const struct dump_array *array, int axis, uint64_t first,
                    uint64_t end, uint64_t *chunk_start);

#endif
