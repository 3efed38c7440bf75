/*
 * test_snapshot.c - snapshots, and what is measured so far; expected values by
 * hand
 */
#include <math.h>
#include <stdint.h>

#include "aum.h"
#include "libaum/rows.h"
#include "suite.h"

static void check_rows(const struct aum_tally *tally,
                       const char *const *expected)
{
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    check_ranking(ranking, expected);
    aum_ranking_destroy(ranking);
}

START_TEST(a_snapshot_comes_back)
{
    struct aum_tally *tally = aum_tally_create(&class_2);
    ck_assert_int_eq(aum_tally_rollback(tally), AUM_BAD_ARGUMENT);
    add(tally, 1, 0, -1, 1);
    add(tally, 2, 0, 1e30, 1); /* a wide sum */
    add(tally, 3, 0, 0x1p-900, 1);
    ck_assert_int_eq(aum_tally_snapshot(tally), AUM_OK);
    add(tally, 1, 0, -9, 2);
    add(tally, 1, 0, -5, 1);
    add(tally, 2, 0, -1e30, 1);
    add(tally, 3, 0, 1, 1);
    add(tally, 7, 1, 1, 0); /* a new one */
    if (_i == 1)            /* and ids that make a list of them */
        add(tally, INT64_MAX, 1, 1, 0);
    ck_assert_int_eq(aum_tally_rollback(tally), AUM_OK);
    const char *const expected[] = {
        "1: aum -1 of 1, label 0, runs 1, flagged 0, suggested 1, step 0",
        "3: aum 1.18305e-271 of 1, label 0, runs 1, flagged 0, suggested -1, "
        "step 0",
        "2: aum 1e+30 of 1, label 0, runs 1, flagged 0, suggested -1, step 0",
        NULL};
    check_rows(tally, expected);
    ck_assert_uint_eq(aum_tally_samples(tally), 3);
    ck_assert_int_eq(aum_tally_rollback(tally), AUM_BAD_ARGUMENT);
    add(tally, 1, 0, -3, 1); /* and goes on */
    ck_assert_int_eq(aum_tally_snapshot(tally), AUM_OK);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(later_and_larger_snapshots)
{
    const struct aum_tally_options by_id = {.threshold_class = AUM_NO_CLASS,
                                            .threshold_later = true};
    struct aum_tally *tally = aum_tally_create(&by_id);
    const int64_t spent = 4;
    size_t found;
    for (int64_t i = 0; i < 5000; i++) {
        add(tally, i, 0, (double)i - 6000, 1 + (uint32_t)(i % 2));
        if (i % 1000 == 999)
            ck_assert_int_eq(aum_tally_snapshot(tally), AUM_OK);
    }
    for (int64_t i = 0; i < 9000; i++)
        add(tally, i, 0, -1e4, 1);
    ck_assert_int_eq(
        aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &spent},
                                 1, &found),
        AUM_OK);
    ck_assert_int_eq(aum_tally_rollback(tally), AUM_OK);
    ck_assert_uint_eq(aum_tally_samples(tally), 5000);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), 4999); /* marks stay */
    for (size_t i = 0; i < 4999; i++) {
        struct aum_row row;
        const int64_t id = (int64_t)i + (i >= 4);
        aum_ranking_row(ranking, i, &row);
        ck_assert(row.id.int64 == id && row.aum == (double)id - 6000 &&
                  row.suggested_label == 1 + (uint32_t)(id % 2));
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(what_is_so_far)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const int64_t ids[] = {5, 6, 5, 5, 6};
    const uint32_t labels[] = {0, 0, 0, 0, AUM_NO_CLASS};
    double assigned[] = {1, 2, 4, INFINITY, 7};
    double other[] = {0, 0, 0, 0, 0};
    uint32_t other_class[] = {AUM_NO_CLASS, AUM_NO_CLASS, AUM_NO_CLASS,
                              AUM_NO_CLASS, AUM_NO_CLASS};
    uint32_t counts[5];
    double aums[5];
    const struct aum_batch batch = {
        .rows = 5,
        .ids = {AUM_IDS_INT64, ids},
        .labels = labels,
        .measured = {assigned, other, other_class},
        .counts_so_far = counts,
        .aums_so_far = aums,
    };
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(aum_tally_add(tally, &batch, NULL), AUM_OK);
        ck_assert(counts[0] == (turn == 0 ? 1 : 3) &&
                  counts[1] == (turn == 0 ? 1 : 2) &&
                  counts[2] == (turn == 0 ? 2 : 4));
        ck_assert(counts[3] == 0 && isnan(aums[3]));
        ck_assert(counts[4] == 0 && isnan(aums[4]));
        ck_assert(aums[0] == (turn == 0 ? 1 : 2) && aums[1] == 2 &&
                  aums[2] == 2.5);
    }
    aum_tally_destroy(tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tests = suite_case(suite, "snapshot");
    tcase_add_loop_test(tests, a_snapshot_comes_back, 0, 2);
    tcase_add_test(tests, later_and_larger_snapshots);
    tcase_add_test(tests, what_is_so_far);
    return suite_run(suite);
}
