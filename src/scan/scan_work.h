/*
 * scan_work.h - what a scan works on; for scan.c and complaints.c alone
 */
#ifndef SCAN_SCAN_WORK_H
#define SCAN_SCAN_WORK_H

#include "scan/scan.h"
#include "ui/progress.h"

struct scan {
    const struct dump_plan *plan;
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

    /* Of the part that is being added. */
    size_t part;
    size_t shared_rows; /* whose samples another part of the epoch has too */
    size_t epoch_part;  /* first part of its epoch */
    uint64_t epochs_begun;
    uint64_t bytes_done;
    bool told_of_damage; /* in this part */
    bool told_of_bad_label;
    bool told_of_shared;

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

static inline const struct dump_part *lane_part(const struct lane *lane)
{
    return &lane->scan->plan->parts[lane->measured.block.part];
}

/*
 * What is wrong with rows: an error, or with --keep-going a warning, mostly for
 * the first of its kind alone. They return whether to go on; one thread at a
 * time.
 */
bool complain(struct scan *scan, const char *text);
bool complain_of_label(struct lane *lane);
bool complain_of_relabeled(struct lane *lane, struct aum_ids ids,
                           const struct aum_batch_report *report);
bool complain_of_not_finite(struct lane *lane, struct aum_ids ids,
                            const struct aum_batch_report *report);

/* The tally could not take a block. False. */
bool complain_of_status(struct lane *lane, enum aum_status status);

#endif
