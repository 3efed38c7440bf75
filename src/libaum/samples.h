/*
 * samples.h - what is known of each sample, in columns
 *
 * sample_ids.h gives each sample a slot, a small number. A column is an array
 * with one element per slot. The table `sample_columns` (columns.c) describes
 * all columns there can be; growing, moving, merging, snapshots and export go
 * through it, so that a further statistic is a further row.
 *
 * What each measurement changes is in one column, struct sample: one access to
 * memory per measurement, as samples arrive in any order. What is needed less
 * often belongs in a column of its own.
 */
#ifndef LIBAUM_SAMPLES_H
#define LIBAUM_SAMPLES_H

#include "aum.h"
#include "libaum/double_double.h"
#include "libaum/exact_sum.h"
#include "libaum/sample_ids.h"

/* ---- the elements of the columns ---- */

#define SAMPLE_WIDE 0x80000000u      /* sum.low is an index into wide_sums */
#define SAMPLE_THRESHOLD 0x40000000u /* a threshold sample, named by its id */
#define SAMPLE_COUNT_MASK 0x3fffffffu

/* 40 bytes. All zero means that the slot is not in use. */
struct sample {
    struct exact_sum sum;
    double worst; /* the lowest margin at which `suggested` won */
    uint32_t label;
    uint32_t count;     /* finite measurements, and two flags */
    uint32_t suggested; /* AUM_NO_CLASS if none */
    uint32_t record;    /* of the newest row, plus 1; 0: not in use */
};

_Static_assert(sizeof(struct sample) <= 48, "a measurement is one access");

/* The strongest suggestion of another class than that of struct sample, so that
 * the threshold class may become known later. All bits 1 means that there is
 * none: `suggested` is AUM_NO_CLASS. */
struct runner_up {
    double worst;
    uint32_t suggested;
    uint32_t unused;
};

/* The classes whose votes are counted: see votes.h. */
#define VOTES_CLASSES 4

/* counts[0] of a sample with more classes than are counted. */
#define VOTES_VOID UINT32_MAX

/* At how many measurements each class beat the assigned one. Those in use come
 * first; the others have the count 0. */
struct votes {
    uint32_t classes[VOTES_CLASSES];
    uint32_t counts[VOTES_CLASSES];
};

/* One more class, while the threshold class may become known. */
struct vote {
    uint32_t class;
    uint32_t count;
};

/* What verdicts of several runs need besides: their struct sample counts runs
 * and adds up the AUMs of runs. */
struct verdict {
    uint32_t measurements; /* in all runs that judge the sample */
    uint32_t flagged;      /* how many runs flag it */
    uint32_t step;         /* the lowest of the judge's steps that flags it */
    double aums[2];        /* in the first two runs that judge it */
    struct double_double above;     /* the sum of AUM - cutoff */
    struct double_double distances; /* that of the AUMs from the first one */
    struct double_double squares;   /* that of these distances, squared */
};

enum sample_column {
    COLUMN_SAMPLES,     /* struct sample; always present, as is the next */
    COLUMN_VOTES,       /* struct votes; touched where the label was beaten */
    COLUMN_RUNNERS_UP,  /* struct runner_up; with threshold_later */
    COLUMN_FIFTH_VOTES, /* struct vote; with threshold_later */
    COLUMN_VERDICTS,    /* struct verdict; of several runs */
    COLUMN_TRUE_LABELS, /* uint32_t; once they have been set */
    COLUMN_COUNT
};

/* ---- samples ---- */

/* Copies of the columns that measurements change. */
struct snapshot {
    void *columns[COLUMN_COUNT];
    size_t slots; /* of these columns; 0: there is no snapshot */
    struct exact_wide_sum *wide_sums;
    size_t wide_count;
};

struct samples {
    struct sample_ids ids;
    bool present[COLUMN_COUNT];  /* which columns there are */
    void *columns[COLUMN_COUNT]; /* NULL if absent, or while capacity is 0 */
    size_t capacity;             /* slots that the columns have room for */
    size_t count;                /* slots in use */
    struct exact_wide_sum *wide_sums;
    size_t wide_count;
    size_t wide_capacity;
    uint32_t threshold_class; /* AUM_NO_CLASS if unknown */
    bool frozen;
    struct snapshot snapshot;
};

/* ---- the table of columns ---- */

/* Samples that are being imported, one after another. */
struct import {
    const struct aum_columns *columns;
    size_t row;
    size_t wide_read; /* wide sums that earlier rows had */
};

struct aum_tally;

struct column_type {
    size_t bytes;        /* per sample */
    unsigned char blank; /* every byte of an element that nothing has set */
    bool measured;       /* measurements change it: snapshots hold it */

    /* These three may be NULL: the column is not merged, or not exported. */

    /* Adds the element of another sample to that of a slot. It is called for
     * the columns of `from`, whether or not `into` has them. */
    enum aum_status (*merge)(struct aum_tally *into, size_t slot,
                             const struct samples *from, size_t from_slot);

    /* Writes the element of a slot as row `row`, also without the column. */
    void (*export_element)(const struct samples *samples, size_t slot,
                           struct aum_columns *columns, size_t row);

    /* Reads a row into slot 0. AUM_BAD_ARGUMENT if no tally exports that. */
    enum aum_status (*import_element)(struct import *import,
                                      struct samples *samples);

    /* Fills in what the rows of a ranking show of the column, one row for each
     * of the slots. Called only with the column; NULL if they show nothing. */
    void (*fill_rows)(const struct samples *samples, const uint32_t *slots,
                      size_t count, struct aum_row *rows);
};

extern const struct column_type sample_columns[COLUMN_COUNT];

static inline void *column_element(void *column, enum sample_column which,
                                   size_t slot)
{
    return (unsigned char *)column + slot * sample_columns[which].bytes;
}

/* Sets the elements `start` to `end` - 1 of a column to blanks. */
void column_clear(void *column, enum sample_column which, size_t start,
                  size_t end);

/* ---- slots ---- */

void samples_init(struct samples *samples, size_t expected);
void samples_free(struct samples *samples);

/* Adds a column, if it is absent, for all samples so far and to come. */
enum aum_status samples_add_column(struct samples *samples,
                                   enum sample_column which);

/* Makes room for at least so many slots. */
enum aum_status samples_reserve(struct samples *samples, size_t slots);

/* Finds the slot of an id, the `row`-th of some; SIZE_MAX if there is no such
 * sample. */
enum aum_status samples_find(struct samples *samples, struct aum_ids ids,
                             size_t row, size_t *slot);

/* The same, with a new slot for an id that has none; it is not in use until
 * samples_start(). */
enum aum_status samples_find_or_add(struct samples *samples, struct aum_ids ids,
                                    size_t row, size_t *slot);

/* The same for the id that has the slot `from_slot` in `from`. */
enum aum_status samples_find_or_add_of(struct samples *samples,
                                       const struct samples *from,
                                       size_t from_slot, size_t *slot);

/* Takes a slot into use, whose columns are blank; the caller sets the record.
 */
void samples_start(struct samples *samples, size_t slot, uint32_t label);

/* Sets true labels; *found counts the ids that are samples. */
enum aum_status samples_set_truth(struct samples *samples, struct aum_ids ids,
                                  size_t n, const uint32_t *true_labels,
                                  size_t *found);

/* Frees what only finding and adding need. */
void samples_freeze(struct samples *samples);

/* The slots to iterate over, in use or not. */
static inline size_t samples_slots(const struct samples *samples)
{
    return samples->ids.slots < samples->capacity ? samples->ids.slots
                                                  : samples->capacity;
}

static inline struct sample *samples_at(const struct samples *samples,
                                        size_t slot)
{
    return (struct sample *)samples->columns[COLUMN_SAMPLES] + slot;
}

static inline struct votes *samples_votes(const struct samples *samples,
                                          size_t slot)
{
    return (struct votes *)samples->columns[COLUMN_VOTES] + slot;
}

/* NULL without the column. */
static inline struct vote *samples_fifth_vote(const struct samples *samples,
                                              size_t slot)
{
    struct vote *column = samples->columns[COLUMN_FIFTH_VOTES];
    return column != NULL ? column + slot : NULL;
}

/* NULL without the column. */
static inline struct runner_up *samples_runner_up(const struct samples *samples,
                                                  size_t slot)
{
    struct runner_up *column = samples->columns[COLUMN_RUNNERS_UP];
    return column != NULL ? column + slot : NULL;
}

static inline bool samples_in_use(const struct samples *samples, size_t slot)
{
    return samples_at(samples, slot)->record != 0;
}

static inline uint32_t sample_count(const struct sample *sample)
{
    return sample->count & SAMPLE_COUNT_MASK;
}

/* ---- snapshots ---- */

enum aum_status samples_take_snapshot(struct samples *samples);
enum aum_status samples_roll_back(struct samples *samples);
void snapshot_free(struct snapshot *snapshot);

/* Moves what a snapshot holds of a slot, as the sample itself is moved. */
void snapshot_move(struct snapshot *snapshot, size_t from, size_t to);

/* ---- sums ---- */

/* Adds a finite margin. */
enum aum_status samples_add_margin(struct samples *samples,
                                   struct sample *sample, double margin);

/* Replaces a sample's narrow sum by a wide one. */
enum aum_status samples_widen(struct samples *samples, struct sample *sample);

/* The AUM of a sample with at least one measurement. */
double samples_aum(const struct samples *samples, size_t slot);

/* Does this slot hold a sample with a finite margin? */
static inline bool samples_have_aum(const struct samples *samples, size_t slot)
{
    return samples_in_use(samples, slot) &&
           sample_count(samples_at(samples, slot)) > 0;
}

/* Does adding a margin take more than adding to the narrow sum? SAMPLE_WIDE is
 * the highest bit, so one comparison is enough. */
static inline bool sample_is_wide_or_full(const struct sample *sample)
{
    return (sample->count & ~SAMPLE_THRESHOLD) >= SAMPLE_COUNT_MASK;
}

/* ---- threshold samples ---- */

bool samples_are_threshold(const struct samples *samples, size_t slot);

/* Has this sample an AUM, and is it no threshold sample? */
bool samples_are_ranked(const struct samples *samples, size_t slot);

struct aum_threshold_labels
samples_threshold_labels(const struct samples *samples);

/* The extra class of the threshold samples: that which is known, or the label
 * that they all have, unless most samples that have it are others. Else
 * AUM_NO_CLASS. */
uint32_t samples_threshold_class(const struct samples *samples);

#endif
