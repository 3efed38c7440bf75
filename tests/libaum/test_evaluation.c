/*
 * test_evaluation.c - flags and ranking against the truth; expected values by
 * hand
 */
#include <math.h>
#include <stdint.h>

#include "aum.h"
#include "libaum/rows.h"
#include "suite.h"

static void check_ratio(double value, double expected)
{
    ck_assert(isnan(expected) ? isnan(value) : value == expected);
}

START_TEST(flags_and_ranking_against_the_truth)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const double aums[] = {-2, -1, -1, 0, 3, 7};
    for (int64_t i = 0; i < 6; i++)
        add(tally, i, 0, aums[i], 1);
    /* 0 and 2 are mislabeled, nothing is known of 5, 99 is no sample. */
    const int64_t ids[] = {0, 1, 2, 3, 4, 99};
    const uint32_t labels[] = {1, 0, AUM_TRUTH_MISLABELED, AUM_TRUTH_CORRECT,
                               0, 0};
    size_t found;
    ck_assert_int_eq(aum_tally_set_truth(tally,
                                         (struct aum_ids){AUM_IDS_INT64, ids},
                                         6, labels, &found),
                     AUM_OK);
    ck_assert_uint_eq(found, 5);
    const struct aum_cutoffs cutoffs = {-0.5, NULL, 0};
    struct aum_ranking *ranking = NULL;
    struct aum_evaluation e;
    ck_assert_int_eq(aum_ranking_create(tally, &cutoffs, &ranking), AUM_OK);
    aum_ranking_evaluate(ranking, &e);
    ck_assert(e.samples == 5 && e.mislabeled == 2 && e.flagged == 3 &&
              e.flagged_mislabeled == 2);
    check_ratio(e.precision, 2.0 / 3);
    check_ratio(e.recall, 1);
    check_ratio(e.f1, 0.8);
    /* Of six pairs, 5 are in order and one is a tie. */
    check_ratio(e.auroc, 5.5 / 6);
    check_ratio(e.average_precision, 5.0 / 6); /* (1/1 + 2/3) / 2 */
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

/* Threshold samples are mislabeled on purpose; they are not to be found. */
START_TEST(threshold_samples_are_not_evaluated)
{
    struct aum_tally *tally = aum_tally_create(&class_2);
    const double aums[] = {-3, -2, -1, 0, 1};
    const uint32_t labels[] = {2, 0, 2, 0, 2};
    const uint32_t truth[] = {0, 1, 0, 0, 1};
    const int64_t ids[] = {0, 1, 2, 3, 4};
    for (size_t i = 0; i < 5; i++)
        add(tally, ids[i], labels[i], aums[i], 1);
    size_t found;
    ck_assert_int_eq(aum_tally_set_truth(tally,
                                         (struct aum_ids){AUM_IDS_INT64, ids},
                                         5, truth, &found),
                     AUM_OK);
    const struct aum_cutoffs cutoffs = {5, NULL, 0};
    struct aum_ranking *ranking = NULL;
    struct aum_evaluation e;
    ck_assert_int_eq(aum_ranking_create(tally, &cutoffs, &ranking), AUM_OK);
    aum_ranking_evaluate(ranking, &e);
    ck_assert(e.samples == 2 && e.mislabeled == 1 && e.flagged == 2 &&
              e.flagged_mislabeled == 1);
    check_ratio(e.precision, 0.5);
    check_ratio(e.recall, 1);
    check_ratio(e.auroc, 1);
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(ratios_without_a_denominator)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const int64_t ids[] = {3, 5};
    uint32_t labels[] = {0, 0};
    size_t found;
    struct aum_ranking *ranking = NULL;
    struct aum_evaluation e;
    add(tally, 3, 0, 1, 1);
    add(tally, 5, 0, 2, 1);
    for (uint32_t truth = 0; truth < 2; truth++) {
        labels[0] = labels[1] = truth;
        ck_assert_int_eq(
            aum_tally_set_truth(tally, (struct aum_ids){AUM_IDS_INT64, ids}, 2,
                                labels, &found),
            AUM_OK);
        ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
        aum_ranking_evaluate(ranking, &e);
        check_ratio(e.precision, NAN);
        check_ratio(e.recall, truth == 0 ? (double)NAN : 0);
        check_ratio(e.f1, truth == 0 ? (double)NAN : 0);
        check_ratio(e.auroc, NAN);
        check_ratio(e.average_precision, truth == 0 ? (double)NAN : 1);
        aum_ranking_destroy(ranking);
    }
    aum_tally_freeze(tally);
    ck_assert_int_eq(aum_tally_set_truth(tally,
                                         (struct aum_ids){AUM_IDS_INT64, ids},
                                         2, labels, &found),
                     AUM_BAD_ARGUMENT);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(truth_goes_with_its_sample)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const int64_t id = 4000;
    const uint32_t label = 1;
    size_t found;
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    add(tally, id, 0, 1, 1);
    ck_assert_int_eq(aum_tally_set_truth(tally,
                                         (struct aum_ids){AUM_IDS_INT64, &id},
                                         1, &label, &found),
                     AUM_OK);
    /* More samples, and ids that make a list of them. */
    for (int64_t i = 0; i < 3000; i++)
        add(tally, i, 0, 2, 1);
    add(tally, INT64_MAX, 0, 3, 1);
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    aum_ranking_row(ranking, 0, &row);
    ck_assert(row.id.int64 == id && row.true_label == 1 &&
              aum_row_is_mislabeled(&row));
    for (size_t i = 1; i < aum_ranking_size(ranking); i++) {
        aum_ranking_row(ranking, i, &row);
        ck_assert(row.true_label == AUM_NO_CLASS &&
                  !aum_row_is_mislabeled(&row));
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

/* A slot that a sample has left has no truth for the next one. */
START_TEST(truth_does_not_stay_behind)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const int64_t ids[] = {3000, 3001};
    const uint32_t labels[] = {1, 1};
    size_t found;
    struct aum_ranking *ranking = NULL;
    add(tally, ids[0], 0, 1, 1);
    add(tally, ids[1], 0, 1, 1);
    ck_assert_int_eq(aum_tally_set_truth(tally,
                                         (struct aum_ids){AUM_IDS_INT64, ids},
                                         2, labels, &found),
                     AUM_OK);
    for (int64_t i = 0; i < 4000; i++) /* ids that make a list of them */
        add(tally, INT64_MAX - i, 0, 1, 1);
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), 4002);
    for (size_t i = 0; i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        ck_assert(row.true_label == (row.id.int64 < 4000 ? 1 : AUM_NO_CLASS));
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("evaluation");
    TCase *tests = suite_case(suite, "evaluation");
    tcase_add_test(tests, flags_and_ranking_against_the_truth);
    tcase_add_test(tests, threshold_samples_are_not_evaluated);
    tcase_add_test(tests, ratios_without_a_denominator);
    tcase_add_test(tests, truth_goes_with_its_sample);
    tcase_add_test(tests, truth_does_not_stay_behind);
    return suite_run(suite);
}
