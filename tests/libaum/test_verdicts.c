/*
 * test_verdicts.c - several runs; expected values by hand
 */
#include <math.h>
#include <stdint.h>

#include "aum.h"
#include "libaum/rows.h"
#include "suite.h"

static struct aum_ranking *rank(const struct aum_verdicts *verdicts,
                                enum aum_combine combine)
{
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(
        aum_ranking_create_from_verdicts(verdicts, combine, &ranking), AUM_OK);
    return ranking;
}

static void check_verdicts(const struct aum_verdicts *verdicts, size_t flagged,
                           const char *const *expected)
{
    struct aum_ranking *ranking = rank(verdicts, AUM_COMBINE_ANY);
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

/* Runs whose samples 0, 1, ... have these AUMs and the labels 0, 1, 0, ...; NaN
 * stands for a sample that is not there. */
static void add_runs(struct aum_verdicts *verdicts, const double *aums,
                     size_t runs, size_t samples,
                     const struct aum_cutoffs *cutoffs)
{
    for (size_t r = 0; r < runs; r++) {
        struct aum_tally *run = aum_tally_create(NULL);
        const struct aum_judge judge = {&cutoffs[r], NULL, 0};
        struct aum_run_report report;
        for (size_t i = 0; i < samples; i++) {
            const double aum = aums[r * samples + i];
            if (!isnan(aum))
                add(run, (int64_t)i, i % 2, aum, 2);
        }
        ck_assert_int_eq(aum_verdicts_add_run(verdicts, run, &judge, &report),
                         AUM_OK);
        aum_tally_destroy(run);
    }
}

/* Three runs; the second has no cutoff for label 1. */
START_TEST(rules_that_combine_runs)
{
    static const double aums[3][5] = {
        /*   label 0,   1,  0,   1,     0 */
        {-4, -1, 2, -1, NAN},
        {1, -9, -3, 5, -1},
        {1, 2, -1, -1, NAN},
    };
    const double none_for_1[] = {0, NAN};
    const struct aum_cutoffs cutoffs[] = {
        {0, NULL, 0}, {NAN, none_for_1, 2}, {0.5, NULL, 0}};
    /* AUM - cutoff: -4 1 .5; -1 - 1.5; 2 -3 -1.5; -1 - -1.5; -1 */
    static const bool flagged[3][5] = {
        [AUM_COMBINE_ANY] = {true, true, true, true, true},
        [AUM_COMBINE_MAJORITY] = {false, false, true, true, true},
        [AUM_COMBINE_MEAN] = {true, false, true, true, true},
    };
    struct aum_verdicts *verdicts = aum_verdicts_create(0);
    add_runs(verdicts, aums[0], 3, 5, cutoffs);
    for (int rule = AUM_COMBINE_ANY; rule <= AUM_COMBINE_MEAN; rule++) {
        struct aum_ranking *ranking = rank(verdicts, (enum aum_combine)rule);
        size_t count = 0;
        for (size_t i = 0; i < 5; i++) {
            struct aum_row row;
            aum_ranking_row(ranking, i, &row);
            ck_assert_msg(row.flagged == flagged[rule][row.id.int64],
                          "rule %d, sample %d", rule, (int)row.id.int64);
            count += row.flagged;
            /* (-4 + 1 + 1) / 3 = -2/3; squares 100/9 + 25/9 + 25/9 = 50/3 */
            if (row.id.int64 == 0)
                ck_assert_double_eq_tol(row.aum_sd, sqrt(50. / 9), 1e-15);
            if (row.id.int64 == 4)
                ck_assert(isnan(row.aum_sd));
        }
        ck_assert_uint_eq(aum_ranking_flagged(ranking), count);
        aum_ranking_destroy(ranking);
    }
    aum_verdicts_destroy(verdicts);
}
END_TEST

static double correlation(const double *aums, size_t samples)
{
    const struct aum_cutoffs cutoffs[] = {{0, NULL, 0}, {0, NULL, 0}};
    struct aum_verdicts *verdicts = aum_verdicts_create(0);
    double found = 9;
    add_runs(verdicts, aums, 2, samples, cutoffs);
    ck_assert_int_eq(aum_verdicts_rank_correlation(verdicts, &found), AUM_OK);
    aum_verdicts_destroy(verdicts);
    return found;
}

START_TEST(rank_correlation_of_two_runs)
{
    static const double same[2][4] = {{1, 2, 3, 4}, {-8, 0, 1e9, 2e9}};
    static const double reversed[2][4] = {{1, 2, 3, 4}, {4, 3, 2, 1}};
    /* Ranks 1 2.5 2.5 4 and, without the last sample, 2 1 4 3: the distances
     * from the mean -1.5 0 0 1.5 and -.5 -1.5 1.5 .5. */
    static const double ties[2][5] = {{1, 2, 2, 3, 9}, {0, -7, 9, 8, NAN}};
    static const double equal[2][3] = {{1, 1, 1}, {3, 4, 5}};
    static const double apart[2][2] = {{1, NAN}, {NAN, 1}};
    ck_assert_double_eq(correlation(same[0], 4), 1);
    ck_assert_double_eq(correlation(reversed[0], 4), -1);
    ck_assert_double_eq_tol(correlation(ties[0], 5), 1.5 / sqrt(4.5 * 5),
                            1e-15);
    ck_assert(isnan(correlation(equal[0], 3)));
    ck_assert(isnan(correlation(apart[0], 2)));
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
    ranking = rank(verdicts, AUM_COMBINE_ANY);
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
    tcase_add_test(tests, rules_that_combine_runs);
    tcase_add_test(tests, rank_correlation_of_two_runs);
    tcase_add_test(tests, a_label_is_the_same_in_all_runs);
    tcase_add_test(tests, verdicts_have_truth_and_can_be_frozen);
    tcase_add_test(tests, threshold_samples_can_be_ranked_with_the_others);
    return suite_run(suite);
}
