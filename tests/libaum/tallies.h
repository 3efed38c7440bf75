/*
 * tallies.h - small tallies, and what has to be in them
 */
#ifndef TESTS_LIBAUM_TALLIES_H
#define TESTS_LIBAUM_TALLIES_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "aum.h"
#include "suite.h"

/* Adds one measurement with logits of two classes whose margin is `margin`. */
static inline enum aum_status add_one(struct aum_tally *tally, int64_t id,
                                      uint32_t label, double margin)
{
    const double z[2] = {label == 0 ? margin : 0, label == 0 ? 0 : margin};
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 1, .classes = 2};
    const int64_t target = label;
    return aum_tally_update(tally, &logits, &target,
                            (struct aum_ids){AUM_IDS_INT64, &id}, NULL);
}

/* The samples in order, "ID:AUM ", with a ! at those that are flagged. */
static inline void check_ranking(const struct aum_tally *tally,
                                 const double *cutoff, const char *expected)
{
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(
        aum_ranking_create(
            tally,
            cutoff != NULL ? &(struct aum_cutoffs){*cutoff, NULL, 0} : NULL,
            &ranking),
        AUM_OK);
    char text[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        ck_assert_uint_eq(row.rank, i + 1);
        if (row.id.kind == AUM_IDS_STRING)
            used += (size_t)sprintf(text + used, "%s", row.id.string);
        else if (row.id.kind == AUM_IDS_UINT64)
            used += (size_t)sprintf(text + used, "%" PRIu64, row.id.uint64);
        else
            used += (size_t)sprintf(text + used, "%" PRId64, row.id.int64);
        used += (size_t)sprintf(text + used, ":%g%s ", row.aum,
                                row.flagged ? "!" : "");
    }
    aum_ranking_destroy(ranking);
    ck_assert_str_eq(text, expected);
}

/* Adds one measurement of the epoch record `part`; the assigned class has
 * logit 0. */
static inline enum aum_status add_part_of(struct aum_tally *tally, int64_t id,
                                          uint32_t part, uint32_t label,
                                          double other, uint32_t other_class)
{
    double assigned = 0;
    const struct aum_batch batch = {
        .rows = 1,
        .ids = {AUM_IDS_INT64, &id},
        .labels = &label,
        .measured = {&assigned, &other, &other_class},
        .record = part,
        .first_record = part,
    };
    return aum_tally_add(tally, &batch, NULL);
}

static inline enum aum_status add_part(struct aum_tally *tally, uint32_t part,
                                       uint32_t label, double other,
                                       uint32_t other_class)
{
    return add_part_of(tally, 4, part, label, other, other_class);
}

static inline struct aum_row only_row(const struct aum_tally *tally)
{
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), 1);
    aum_ranking_row(ranking, 0, &row);
    aum_ranking_destroy(ranking);
    return row;
}

/* Are the samples, their AUMs and labels the same? */
static inline void check_same(const struct aum_tally *a,
                              const struct aum_tally *b)
{
    struct aum_ranking *x = NULL;
    struct aum_ranking *y = NULL;
    ck_assert_int_eq(aum_ranking_create(a, NULL, &x), AUM_OK);
    ck_assert_int_eq(aum_ranking_create(b, NULL, &y), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(x), aum_ranking_size(y));
    for (size_t i = 0; i < aum_ranking_size(x); i++) {
        struct aum_row p;
        struct aum_row q;
        aum_ranking_row(x, i, &p);
        aum_ranking_row(y, i, &q);
        ck_assert_int_eq(p.id.int64, q.id.int64);
        ck_assert_uint_eq(p.label, q.label);
        ck_assert(p.aum == q.aum);
        ck_assert_uint_eq(p.measurements, q.measurements);
        ck_assert_uint_eq(p.suggested_label, q.suggested_label);
    }
    aum_ranking_destroy(x);
    aum_ranking_destroy(y);
}

#endif
