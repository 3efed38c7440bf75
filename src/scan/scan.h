/*
 * scan.h - index -> blocks of rows -> margins -> tally
 */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "aum.h"
#include "scan/measure.h"
#include "ui/log.h"
#include "scan/scan_options.h"
#include "dump/index.h"

/* What a scan finds. */
struct scan_result {
    struct aum_tally *tally; /* the caller's, who has it before the scan */
    size_t logit_classes;
    uint64_t not_finite;     /* measurements left out */
    uint64_t skipped_rows;   /* with --keep-going */
    uint64_t ignored_rows;   /* left out for their labels */
    uint64_t unwritten_rows; /* left out, as they were never written */
    uint64_t filled_rows;    /* measured, though all logits are fill values */
    bool told_of_few_labels; /* a warning said that they use few classes */
    size_t left_out;         /* records of which nothing was written... */
    unsigned char *is_left_out; /* ... which are 1; NULL: none. To be freed */
};

/* Rows that were added to the tally. */
struct scan_rows {
    size_t count;
    struct aum_ids ids;
    const uint32_t *labels;
    struct aum_measurements measured; /* other_class whether it won or not */
    const uint32_t *counts_so_far;    /* as aum_batch has them */
    const double *aums_so_far;
};

/* Who is shown what a scan does, as it does it. Functions may be NULL; an error
 * ends the scan. */
struct scan_observer {
    void *context;
    /* Rows as they were read, before they are added; each record's in order. */
    bool (*block)(void *context, const struct measured *measured,
                  struct error *error);
    bool whole_records; /* rows that were never written are an error */
    /* Rows that were added. */
    bool (*rows)(void *context, const struct scan_rows *rows,
                 struct error *error);
    /* All records up to `record`, of epoch `epoch`, have been added, and no
     * other. */
    bool (*epoch_done)(void *context, const struct scan_result *result,
                       size_t record, int64_t epoch, struct error *error);
};

/* What has become of an epoch record: a byte for each record of an index. */
enum scan_mark {
    SCAN_TO_READ,
    SCAN_KNOWN, /* a state has what was read of it */
    SCAN_ABSENT /* likewise, and it does not exist any more */
};

/*
 * Adds all records of an index that are to be read to result->tally, reading
 * with up to options->threads threads. Each measures blocks of its own, but
 * they are added to the tally one at a time in the index's order: what is
 * found, and which error is met first, does not depend on the threads. `marks`
 * may be NULL: all is to be read.
 */
bool scan_run(const struct dump_index *index, const unsigned char *marks,
              const struct scan_options *options,
              const struct scan_observer *observers, size_t observer_count,
              struct messages *messages, struct scan_result *result,
              struct error *error);

/* The most rows that an epoch has: how many samples there are, likely. What
 * only a state has does not count. `marks` may be NULL: all is to be read. */
size_t scan_expected_samples(const struct dump_index *index,
                             const unsigned char *marks);

#endif
