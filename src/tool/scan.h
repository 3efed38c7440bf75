/*
 * scan.h - plan -> blocks of rows -> margins -> tally
 */
#ifndef TOOL_SCAN_H
#define TOOL_SCAN_H

#include "aum.h"
#include "message.h"
#include "options.h"
#include "plan.h"
#include "reader.h"

/* What a scan has found. */
struct scan_result {
    struct aum_tally *tally; /* the caller's to destroy */
    size_t logit_classes;
    uint64_t not_finite;   /* measurements left out */
    uint64_t skipped_rows; /* with --keep-going */
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

/* What others want to be told. Functions may be NULL; they return false after
 * an error message. */
struct scan_listener {
    void *context;
    bool (*rows)(void *context, const struct scan_rows *rows);
    bool (*epoch_done)(void *context, struct aum_tally *tally, int64_t epoch);
};

/*
 * Reads the whole plan with up to options->threads threads. Each measures
 * blocks of its own, but they are added to the tally one at a time in the
 * plan's order: what is found, and which error is met first, does not depend
 * on the threads. False after an error message.
 */
bool scan_run(const struct dump_plan *plan, const struct options *options,
              bool threshold_later, const struct scan_listener *listener,
              struct messages *messages, struct scan_result *result);

/* Ids as they were read, for the library. */
struct aum_ids scan_ids(const struct dump_ids *ids);

/* "sample 17": how the id of a row is told to people. */
void scan_format_id(struct aum_ids ids, size_t row, char *text, size_t size);

#endif
