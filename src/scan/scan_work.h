/*
 * scan_work.h - what a scan works on; for scan.c and row_errors.c alone
 */
#ifndef SCAN_SCAN_WORK_H
#define SCAN_SCAN_WORK_H

#include "scan/label_conventions.h"
#include "scan/scan.h"
#include "ui/progress.h"

/* Rows whose logits are all equal, among others. */
struct equal_rows {
    uint64_t rows; /* that were added, equal or not */
    uint64_t equal;
    char first[400]; /* where the first is */
};

struct scan {
    const struct dump_index *index;
    const unsigned char *marks; /* or NULL */
    const struct scan_options *options;
    const struct scan_observer *observers;
    size_t observer_count;
    bool shows_rows; /* an observer wants to see the rows added */
    struct messages *messages;
    struct error *error;
    struct scan_result *result;
    struct dump_reader *reader;
    struct dump_worker *rescuer; /* of the thread that adds */
    struct progress progress;
    size_t label_classes;

    /* Of the record that is being added. */
    size_t record;
    size_t repeated_rows; /* whose samples came before in it */
    size_t shared_rows;  /* whose samples another record of the epoch has too */
    size_t first_record; /* of its epoch */
    uint64_t epochs_begun;
    uint64_t bytes_done;
    bool holds;       /* blocks of it that are blank are held back */
    uint64_t held;    /* rows at its start */
    uint64_t labeled; /* rows added that have a label */
    uint64_t filled;  /* of these, with fill values alone */
    bool ends_filled; /* the last of these is such a row */
    size_t probed;    /* of the epoch's first rows, so many were looked at... */
    size_t unlike;    /* ... of which these are no probabilities */
    size_t unsummed;  /* ... and which do not sum to 1 */
    bool told_of_sums;
    size_t unlike_record; /* where the first of them is... */
    uint64_t unlike_row;  /* ... and which row */
    double probe_low;     /* sums of them */
    double probe_high;
    bool epoch_added;       /* some record of its epoch was */
    struct lane *spare;     /* to measure what was held; or NULL */
    char first_filled[400]; /* where, in this record */
    bool told_of_damage;    /* in this record */
    uint64_t rescue_left;   /* bytes to be read to tell its damaged rows from
                               others, see try_rows() */
    struct equal_rows first_rows; /* of the first epoch... */
    struct equal_rows later_rows; /* ... and of others */
    bool told_of_bad_label;
    enum label_convention convention; /* of that label */
    bool told_of_blank_epoch;
    bool told_of_relabeled;
    bool told_of_shared;
    bool told_of_repeated;

    bool looks_for_orders;  /* in the first record... */
    bool any_label;         /* ... some row of which has a label... */
    bool first_class;       /* ... or that of the first class... */
    uint32_t highest_label; /* ... and this is the highest so far */
    size_t changed_labels;  /* of this record, that --keep-going skipped */

    /* For observers of rows. */
    uint32_t *other_class;
    uint32_t *counts_so_far;
    double *aums_so_far;
};

/* A block on its way to the tally. */
struct lane {
    struct scan *scan;
    struct measured measured;
    bool good; /* else `error` tells why it could not be read */
    struct error error;
};

/* Room for blocks of the scan's reader; false without memory. Free
 * lane->measured either way. */
bool lane_init(struct lane *lane, struct scan *scan);

static inline const struct epoch_record *lane_record(const struct lane *lane)
{
    return &lane->scan->index->records[lane->measured.block.record];
}

/*
 * What is wrong with rows: an error, or with --keep-going a warning, mostly for
 * the first of its kind alone. They return whether to go on; one thread at a
 * time.
 */
bool handle_damage(struct scan *scan, const char *text);
bool handle_bad_label(struct lane *lane);
bool handle_relabeled(struct lane *lane, struct aum_ids ids,
                      const struct aum_batch_report *report);
bool handle_not_finite(struct lane *lane, struct aum_ids ids,
                       const struct aum_batch_report *report);

/* Rows that were never written, as far as is known, and such as have fill
 * values alone: counts them, with a warning about the first. */
bool handle_unwritten(struct lane *lane);
void handle_filled(struct lane *lane);

/* At the end of a record: warns of such rows, or refuses to keep them in a
 * state. */
bool check_filled(struct scan *scan);

/* Rows whose logits are all equal, and no fill value: counts them; at the end,
 * warns if they are more than a few. */
void note_equal(struct lane *lane);
void check_equal(const struct scan *scan);

/* The record is complete: warns if most of its samples came more than once. */
void handle_repeated(struct scan *scan);

/*
 * axes_hints.c: labels that are wrong may tell that the axes are in another
 * order. The first two add to the error that there is what other orders fit, of
 * at least so many classes, and return false.
 */
bool suggest_orders(struct scan *scan, uint64_t classes);
bool suggest_orders_for_label(struct lane *lane);

/* With --keep-going: are labels that are skipped those of padding? False, with
 * an error, if another order fits. */
bool check_padding(struct lane *lane);

/* A record begins, which is not yet scan->record. */
void begin_orders(struct scan *scan, size_t record);

/* Looks at labels as they are added, and at the end of a record: an error if so
 * many have changed that another order is likely, or a warning if they use but
 * few of the classes. */
void note_highest_label(struct lane *lane);
bool check_orders(struct scan *scan);

/*
 * unwritten.c: a block that is blank is held back: it is added once another
 * block of its record is not blank. True if it is held.
 */
bool hold_block(struct lane *lane);

/* Adds the rows that were held back. Returns whether to go on. */
bool release_held(struct scan *scan, bool (*add)(struct lane *lane));

/* The record is complete: what is held of it is left out. */
bool end_held(struct scan *scan);
void free_held(struct scan *scan);

/* The tally could not take a block. False. */
bool handle_status(struct lane *lane, enum aum_status status);

#endif
