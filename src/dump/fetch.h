/*
 * fetch.h - the elements of an array, by one of three ways
 */
#ifndef DUMP_FETCH_H
#define DUMP_FETCH_H

#include "dump/decode.h"
#include "dump/container.h"
#include "dump/reader.h"

/* What was read last of an array: a decoded chunk, or contiguous rows. */
struct fetch_slot {
    struct dump_buffer buffer;
    unsigned char *elements; /* of a chunk: within the buffer */
    size_t array;            /* whose it is; DUMP_NO_ARRAY: nobody's */
    uint64_t at[DUMP_RANK_MAX];
    uint64_t slice; /* of rows: where they are, and how many */
    uint64_t first_row;
    uint64_t rows;
};

/* What one thread reads with. */
struct dump_worker {
    const struct dump_plan *plan;
    struct container *container;
    struct dump_decoder *decoder;
    int fd; /* of file fd_file, for contiguous data */
    size_t fd_file;
    struct dump_buffer raw; /* a chunk as it lies in the file */
    struct fetch_slot logits;
    struct fetch_slot labels;
    struct fetch_slot ids;
    struct dump_buffer rows; /* what was read, if it is not in a slot */
};

/* Where an array has what belongs to a part's slice. */
uint64_t fetch_slice(const struct dump_array *array, uint64_t slice);

/* Whole rows of a block, into `out`; texts of strings of any length into
 * `texts`, NULL if there can be none. */
bool fetch_rows(struct dump_worker *worker, struct fetch_slot *slot,
                size_t index, const struct dump_block *block,
                struct dump_buffer *out, struct dump_buffer *texts,
                struct error *error);

/* The same of any region, through the library. */
bool fetch_region(struct dump_worker *worker, const struct dump_array *array,
                  const struct container_region *region,
                  struct dump_buffer *out, struct dump_buffer *texts,
                  struct error *error);

/* Closes the file of contiguous data, if any is open. */
void fetch_close(struct dump_worker *worker);

/* A part of a chunk: where it is, and how far it reaches. */
struct fetch_tile {
    const unsigned char *data;
    size_t row_stride;
    uint64_t rows;
    uint64_t columns;
};

/* The tile that starts at a row and column of a slice and ends with its chunk
 * or at end_row. It stays in the slot. */
bool fetch_tile(struct dump_worker *worker, struct fetch_slot *slot,
                const struct dump_array *array, uint64_t slice, uint64_t row,
                uint64_t end_row, uint64_t column, struct fetch_tile *tile,
                struct error *error);

/* How many there are from `first` to the end of its chunk along an axis, or to
 * `end`; *chunk_start is where that chunk starts. */
uint64_t fetch_span(const struct dump_array *array, int axis, uint64_t first,
                    uint64_t end, uint64_t *chunk_start);

#endif
