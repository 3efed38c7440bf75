/*
 * measure.h - blocks of rows -> labels, ids and margins
 */
#ifndef SCAN_MEASURE_H
#define SCAN_MEASURE_H

#include "aum.h"
#include "dump/reader.h"

/* Rows of a block that have a label: do they look like probabilities? The first
 * ones, and some of the others, should these tell nothing. */
#define PROBE_FIRST 64u
#define PROBE_OTHERS 64u

struct probed_row {
    size_t row; /* of the block */
    double first;
    double sum;
    bool outside; /* some element is not in [0, 1] */
    bool varies;  /* not all of its elements are the same */
};

struct probe {
    bool wanted; /* set it before measure_block() */
    size_t rows; /* that are looked at; 0 unless the block is near the start of
                    its record */
    struct probed_row row[PROBE_FIRST + PROBE_OTHERS];
};

/* Bytes of a logit of any type. */
#define ROW_FIRST sizeof(double)

/* A block as it was read and measured. */
struct measured {
    struct dump_block block;
    struct dump_bad_labels bad;
    uint32_t *labels;
    struct dump_ids ids;
    struct aum_measurements logits;
    struct probe probe;
    unsigned char *equal;  /* 1: a row whose logits are all equal... */
    unsigned char *filled; /* ... to the fill value */
    unsigned char *first;  /* of rows in pieces, the first logit: ROW_FIRST */
    size_t labeled; /* rows that have a label; set if one of these is not 0: */
    size_t fills;   /* rows with one whose logits all equal the fill value */
    size_t first_fill;
    size_t equals; /* the same of any other number, of several classes */
    size_t first_equal;
    size_t unwritten; /* rows left out, as they were never written */
    size_t first_unwritten;
    enum dump_role unread; /* of a block that could not be read: what of it */
};

/* Room for blocks of a reader; false without memory. Free it either way. */
bool measured_init(struct measured *measured, const struct dump_reader *reader);
void measured_free(struct measured *measured);

/*
 * Reads and measures `measured->block`. With all_classes, other_class is there
 * whether it won or not, until aum_measure_finish(), but for models of one
 * logit.
 */
bool measure_block(struct measured *measured, struct dump_worker *worker,
                   size_t logit_classes, bool all_classes, struct error *error);

/* Is a record not where a run begins, so that logits that nothing has been
 * learned from yet are not to be expected? */
static inline bool measured_is_later(const struct dump_index *index,
                                     const struct epoch_record *record)
{
    return record->epoch != index->first_epoch || record->first_row > 0 ||
           record->slice >= index->arrays[record->logits].layout->measurements;
}

/* Is there nothing to be measured in it, but perhaps fill values? */
static inline bool measured_is_blank(const struct measured *measured)
{
    return measured->fills + measured->unwritten > 0 &&
           measured->labeled == measured->fills;
}

/* Is a row of logits as it would be if it had never been written? */
bool measured_row_is_filled(const void *row, size_t classes,
                            const struct dump_layout *layout);

/* Has a whole record fill values alone, or was never written? False, too, if it
 * cannot be read. */
bool measured_record_is_blank(struct dump_reader *reader,
                              struct dump_worker *worker, size_t record);

/* An element type of logits, and ids as they were read, for the library. */
enum aum_type measured_type(enum dump_type type);
struct aum_ids measured_ids(const struct dump_ids *ids);

/* "sample 17": how the id of a row is told to people. */
void measured_format_id(struct aum_ids ids, size_t row, char *text,
                        size_t size);

#endif
