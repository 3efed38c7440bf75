/*
 * rows.h - measurements of three classes, and the rows of their ranking
 */
#ifndef TESTS_LIBAUM_ROWS_H
#define TESTS_LIBAUM_ROWS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "aum.h"
#include "suite.h"

static const struct aum_tally_options class_2 = {.threshold_class = 2};

/* One measurement of three classes: `winner` has 0, the label `margin`, the
 * third class -1e4. */
static inline void add(struct aum_tally *tally, int64_t id, uint32_t label,
                       double margin, uint32_t winner)
{
    double z[3] = {-1e4, -1e4, -1e4};
    z[label] = margin;
    z[winner] = 0;
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 1, .classes = 3};
    const int64_t target = label;
    ck_assert_int_eq(aum_tally_update(tally, &logits, &target,
                                      (struct aum_ids){AUM_IDS_INT64, &id},
                                      NULL),
                     AUM_OK);
}

/* "1: aum -2 runs 2 flagged 1 of 3 label 0 suggested 1 step 0" */
static inline void check_ranking(const struct aum_ranking *ranking,
                                 const char *const *expected)
{
    size_t i = 0;
    for (; i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        char text[200];
        aum_ranking_row(ranking, i, &row);
        snprintf(text, sizeof text,
                 "%" PRId64 ": aum %g of %u, label %u, runs %u, flagged %u%s, "
                 "suggested %d, step %u",
                 row.id.int64, row.aum, row.measurements, row.label, row.runs,
                 row.runs_flagged, row.flagged ? "!" : "",
                 (int)row.suggested_label, row.step);
        ck_assert_ptr_nonnull(expected[i]);
        ck_assert_str_eq(text, expected[i]);
    }
    ck_assert_ptr_null(expected[i]);
}

#endif
