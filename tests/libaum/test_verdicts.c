/*
 * test_verdicts.c - several runs; expected values by hand
 */
#include <stdint.h>

#include "aum.h"
#include "libaum/rows.h"
#include "suite.h"

static void check_verdicts(const struct aum_verdicts *verdicts, size_t flagged,
                           const char *const *expected)
{
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create_from_verdicts(verdicts, &ranking),
                     AUM_OK);
    ck_assert_uint_eq(aum_ranking_flagged(ranking), flagged);
    check_ranking(ranking, expected);
    aum_ranking_destroy(ranking);
}

static struct aum_tally *first_run(void)
{
    struct aum_tally *run = aum_tally_create(&class_2);
    add(run, 1, 0, 0, 1);
    add(run, 1, 0, -2, 1); /* AUM -1 */
    add(run, 2, 1, 2, 0);
    add(run, 3, 2, -0.5, 0);
    add(run, 4, 2, -3, 1);
    return run;
}

static struct aum_tally *second_run(void)
{
    struct aum_tally *run = aum_tally_create(&class_2);
    add(run, 1, 0, -3, 2);
    add(run, 2, 2, -8, 0);
    add(run, 3, 0, 4, 1);
    add(run, 4, 2, -1, 1);
    return run;
}

START_TEST(runs_judge_what_they_have_not_spent)
{
    struct aum_verdicts *verdicts = aum_verdicts_create(0);
    struct aum_tally *a = first_run();
    struct aum_tally *b = second_run();
    const struct aum_cutoffs high = {0, NULL, 0};
    const struct aum_cutoffs low = {-4, NULL, 0};
    const double steps[] = {-2, 0, 3};
    struct aum_run_report report;
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, a,
                                          &(struct aum_judge){&high, steps, 3},
                                          &report),
                     AUM_OK);
    ck_assert(report.judged == 2 && report.flagged == 1 &&
              report.threshold_samples == 2 && report.shared == 0);
    struct aum_id ids[2];
    ck_assert_uint_eq(aum_verdicts_never_judged(verdicts, ids, 1), 2);
    ck_assert(ids[0].int64 == 3);
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, b,
                                          &(struct aum_judge){&low, steps, 3},
                                          &report),
                     AUM_OK);
    ck_assert(report.judged == 2 && report.flagged == 0 && report.shared == 4);
    ck_assert_uint_eq(aum_verdicts_never_judged(verdicts, ids, 2), 1);
    ck_assert(ids[0].int64 == 4);
    aum_tally_destroy(a); /* not needed any more */
    aum_tally_destroy(b);
    const char *const expected[] = {
        "1: aum -2 of 3, label 0, runs 2, flagged 1!, suggested 1, step 0",
        "2: aum 2 of 1, label 1, runs 1, flagged 0, suggested -1, step 2",
        "3: aum 4 of 1, label 0, runs 1, flagged 0, suggested -1, step 3",
        NULL};
    check_verdicts(verdicts, 1, expected);
    aum_verdicts_destroy(verdicts);
}
END_TEST

START_TEST(a_label_is_the_same_in_all_runs)
{
    struct aum_verdicts *verdicts = aum_verdicts_create(10);
    struct aum_tally *a = first_run();
    struct aum_tally *b = aum_tally_create(&class_2);
    const struct aum_judge nothing = {NULL, NULL, 0};
    struct aum_run_report report;
    add(b, 3, 1, 0, 0); /* spent in the first: any label will do */
    add(b, 2, 0, 0, 1);
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, a, &nothing, &report),
                     AUM_OK);
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, b, &nothing, &report),
                     AUM_RELABELED);
    ck_assert(report.relabeled.int64 == 2 && report.label == 0 &&
              report.old_label == 1);
    aum_tally_destroy(a);
    aum_tally_destroy(b);
    aum_verdicts_destroy(verdicts);
}
END_TEST

/* True labels of verdicts, and what freezing leaves. */
START_TEST(verdicts_have_truth_and_can_be_frozen)
{
    struct aum_verdicts *verdicts = aum_verdicts_create(0);
    struct aum_tally *run = first_run();
    const struct aum_judge nothing = {NULL, NULL, 0};
    const int64_t ids[] = {2, 99};
    const uint32_t truth[] = {2, 2};
    struct aum_run_report report;
    size_t found;
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, run, &nothing, &report),
                     AUM_OK);
    ck_assert_int_eq(aum_verdicts_id_kind(verdicts), AUM_IDS_INT64);
    ck_assert_int_eq(
        aum_verdicts_set_truth(verdicts, (struct aum_ids){AUM_IDS_INT64, ids},
                               2, truth, &found),
        AUM_OK);
    ck_assert_uint_eq(found, 1);
    aum_verdicts_freeze(verdicts);
    ck_assert_int_eq(
        aum_verdicts_set_truth(verdicts, (struct aum_ids){AUM_IDS_INT64, ids},
                               2, truth, &found),
        AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, run, &nothing, &report),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_ranking_create_from_verdicts(verdicts, &ranking),
                     AUM_OK);
    aum_ranking_row(ranking, 0, &row);
    ck_assert(row.id.int64 == 1 && row.true_label == AUM_NO_CLASS);
    aum_ranking_row(ranking, 1, &row);
    ck_assert(row.id.int64 == 2 && row.true_label == 2);
    aum_ranking_destroy(ranking);
    aum_tally_destroy(run);
    aum_verdicts_destroy(verdicts);
    aum_verdicts_destroy(NULL);
}
END_TEST

START_TEST(threshold_samples_can_be_ranked_with_the_others)
{
    struct aum_tally *run = first_run();
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    size_t ranked;
    size_t flagged;
    ck_assert_int_eq(aum_ranking_create_whole(run, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), 4);
    ck_assert_uint_eq(aum_ranking_flagged(ranking), 0);
    aum_ranking_row(ranking, 0, &row);
    ck_assert(row.id.int64 == 4 && row.aum == -3);
    aum_ranking_destroy(ranking);
    aum_tally_count_flagged(run, &(struct aum_cutoffs){2, NULL, 0}, &ranked,
                            &flagged); /* strictly below */
    ck_assert(ranked == 2 && flagged == 1);
    aum_tally_destroy(run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verdicts");
    TCase *tests = suite_case(suite, "verdicts");
    tcase_add_test(tests, runs_judge_what_they_have_not_spent);
    tcase_add_test(tests, a_label_is_the_same_in_all_runs);
    tcase_add_test(tests, verdicts_have_truth_and_can_be_frozen);
    tcase_add_test(tests, threshold_samples_can_be_ranked_with_the_others);
    return suite_run(suite);
}
