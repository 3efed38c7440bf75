/*
 * reader.h - index -> blocks of rows
 *
 * A reader hands out blocks in the index's order to any number of threads. Each
 * thread reads the blocks it was given through a worker of its own.
 */
#ifndef DUMP_READER_H
#define DUMP_READER_H

#include "common/buffer.h"
#include "dump/labels.h"
#include "dump/index.h"

struct dump_reader;
struct dump_worker;

/* Adjacent rows of one record. */
struct dump_block {
    size_t number; /* counts from 0 in the index's order */
    size_t record;
    uint64_t first_row;
    size_t rows;
};

/* Adjacent classes of adjacent rows of a block, in native byte order. Row i
 * starts at data + i * row_stride bytes. */
struct dump_piece {
    const void *data;
    enum dump_type type;
    size_t row_stride;
    size_t first_row; /* counted from the block's first */
    size_t rows;
    size_t first_class;
    size_t classes;
};

/* The sample ids of a block's rows. Start with all zero; dump_ids_free() frees
 * them. */
struct dump_ids {
    enum dump_type type;     /* DUMP_I64, DUMP_U64 or DUMP_VARIABLE_STRING */
    const void *values;      /* const int64_t *, uint64_t * or char *const * */
    struct dump_buffer rows; /* private, as those that follow */
    struct dump_buffer numbers;
    struct dump_buffer strings;
    struct dump_buffer names; /* with positions, and pointers to these */
    struct dump_buffer positions;
};

void dump_ids_free(struct dump_ids *ids);

typedef void (*dump_piece_fn)(void *context, const struct dump_piece *piece);

/* `skip` has a byte for each record of the index, not 0 if its rows are not to
 * be handed out; NULL: all are. The index must be finished; both must outlive
 * the reader. NULL without memory. */
struct dump_reader *dump_reader_create(const struct dump_index *index,
                                       const unsigned char *skip);
void dump_reader_destroy(struct dump_reader *reader);

/*
 * Call this once all workers are destroyed. False if a file has changed since
 * the index was made: then what was read may be a mixture of two files.
 */
bool dump_reader_verify(struct dump_reader *reader, struct error *error);

/* The largest number of rows of a block. */
size_t dump_reader_rows_max(const struct dump_reader *reader);

/* The next block; false after the last one. Any thread may call it. */
bool dump_reader_next(struct dump_reader *reader, struct dump_block *block);

/* Of a block of which the array of this role cannot be read: how many of its
 * first rows to try apart from the others, so that whole chunks are in either
 * part. 0 if rows are not to be told apart any more. */
size_t dump_block_split(const struct dump_reader *reader,
                        const struct dump_block *block, enum dump_role role);

/* About how many bytes have to be read and decoded for a block's labels and
 * ids, and its logits too. */
uint64_t dump_block_cost(const struct dump_reader *reader,
                         const struct dump_block *block, bool logits);

struct dump_worker *dump_worker_create(struct dump_reader *reader);
void dump_worker_destroy(struct dump_worker *worker);
const struct dump_index *dump_worker_index(const struct dump_worker *worker);

/* How many chunks it has fetched and decoded. */
uint64_t dump_worker_fetched(const struct dump_worker *worker);

/*
 * Rows of a block that were never written, in whole or in part, as far as
 * storage tells: reading labels, ids and logits finds them. Forget them before
 * a block is read. `rows` has a byte for each row, 1 for such a row; it is not
 * set if the count, which is returned, is 0.
 */
void dump_forget_unwritten(struct dump_worker *worker);
size_t dump_unwritten_rows(const struct dump_worker *worker,
                           const struct dump_block *block,
                           const unsigned char **rows);

/* Rows that are known by now to have never been written get no label, and are
 * not bad. Reads labels as class numbers below `classes`, see
 * dump_convert_labels(). */
bool dump_read_labels(struct dump_worker *worker,
                      const struct dump_block *block, uint64_t classes,
                      uint32_t *labels, struct dump_bad_labels *bad,
                      struct error *error);

/* Reads the labels as they are stored, a number for each column of each row, to
 * see what is wrong with them. */
bool dump_read_label_values(struct dump_worker *worker,
                            const struct dump_block *block,
                            struct dump_buffer *values, size_t *columns,
                            struct error *error);

/* Reads sample ids. They are valid until `ids` is read into again, or freed. */
bool dump_read_ids(struct dump_worker *worker, const struct dump_block *block,
                   struct dump_ids *ids, struct error *error);

/* Calls on_piece for pieces that together make up the block's logits. Pieces of
 * the same rows come in the order of their classes. */
bool dump_read_logits(struct dump_worker *worker,
                      const struct dump_block *block, dump_piece_fn on_piece,
                      void *context, struct error *error);

#endif
