/*
 * scan.h - plan -> blocks of rows -> margins -> tally
 */
#ifndef TOOL_SCAN_H
#define TOOL_SCAN_H

#include "aum.h"
#include "message.h"
#include "options.h"
#include "plan.h"

/* What a scan has found. */
struct scan_result {
    struct aum_tally *tally; /* the caller's to destroy */
    size_t logit_classes;
    uint64_t not_finite;   /* measurements left out */
    uint64_t skipped_rows; /* with --keep-going */
};

/*
 * Reads the whole plan with up to options->threads threads. Each measures
 * blocks of its own, but they are added to the tally one at a time in the
 * plan's order: what is found, and which error is met first, does not depend
 * on the threads. False after an error message.
 */
bool scan_run(const struct dump_plan *plan, const struct options *options,
              struct messages *messages, struct scan_result *result);

/* "sample 17": how an id is told to people. */
void scan_format_id(enum aum_id_kind kind, const void *values, size_t row,
                    char *text, size_t size);

#endif
