/*
 * test_runs.c - planning, several runs, truth, snapshots; expected values by
 * hand
 *
 * Random words are those that numpy.random.Philox(key=...).random_raw() gave.
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "aum.h"
#include "libaum/philox.h"
#include "suite.h"

/* ---- planning ---- */

START_TEST(words_are_those_of_numpy)
{
    static const struct {
        uint64_t key;
        uint64_t words[9];
    } known[] = {
        {0,
         {0x2f4ba6408e4d89b, 0x3dd62b0b9ca8c5b2, 0x1c8667a55d902e79,
          0x907d7a052fd5b4dc, 0x809bf322883987c3, 0x471128b9e807f7dd,
          0xf250ba0dbec065b7, 0xfc6ed66767a457bc, 0x40fa86f0f781945d}},
        {7,
         {0xdf4034b829e9fba4, 0x4b9d10cdf8e64087, 0x6b8b857e506aac98,
          0x67c7c945b1ba6e52, 0x15352da77ecee8e6, 0xb256888327f72bcc,
          0x4bde1757d950a392, 0x9edd26e855c94201, 0x39c8fde5b2701dc}},
        {UINT64_MAX,
         {0x3c2521c58dde5bfb, 0xb7a1ad5dae1306d7, 0x6942eae9fd2feb84,
          0xb7552e878d1c26fe, 0x59a439c096c17b4e, 0xc34ccc2492b8fcfe,
          0x8537fbaa1803e440, 0x4e61296eee79ea30, 0xe44bf11f5921414}},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct philox philox;
        philox_start(&philox, known[k].key);
        for (int i = 0; i < 9; i++)
            ck_assert(philox_next(&philox) == known[k].words[i]);
    }
}
END_TEST

START_TEST(sets_are_disjoint)
{
    enum { SAMPLES = 1000, SETS = 7, SIZE = 130 };
    uint64_t rows[SETS * SIZE];
    uint64_t again[SETS * SIZE];
    bool drawn[SAMPLES] = {false};
    ck_assert_int_eq(aum_draw_threshold_sets(SAMPLES, SETS, SIZE, 3, rows),
                     AUM_OK);
    ck_assert_int_eq(aum_draw_threshold_sets(SAMPLES, SETS, SIZE, 3, again),
                     AUM_OK);
    ck_assert_mem_eq(rows, again, sizeof rows);
    for (size_t i = 0; i < SETS * SIZE; i++) {
        ck_assert(rows[i] < SAMPLES && !drawn[rows[i]]);
        ck_assert(i % SIZE == 0 || rows[i - 1] < rows[i]);
        drawn[rows[i]] = true;
    }
}
END_TEST

START_TEST(all_samples_may_be_drawn_but_no_more)
{
    uint64_t rows[12];
    ck_assert_int_eq(aum_draw_threshold_sets(12, 1, 12, 1, rows), AUM_OK);
    for (uint64_t i = 0; i < 12; i++)
        ck_assert(rows[i] == i);
    ck_assert_int_eq(aum_draw_threshold_sets(12, 3, 4, 1, rows), AUM_OK);
    ck_assert_int_eq(aum_draw_threshold_sets(11, 3, 4, 1, rows),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_draw_threshold_sets(3, SIZE_MAX, 2, 1, rows),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_draw_threshold_sets(0, 5, 0, 1, rows), AUM_OK);
    ck_assert_uint_eq(aum_threshold_set_size(50000, 100), 495);
    ck_assert_uint_eq(aum_threshold_set_size(10, 10), 0);
    ck_assert_uint_eq(aum_threshold_set_size(5, SIZE_MAX), 0);
}
END_TEST

/* ---- several runs ---- */

/* One measurement of three classes: `winner` has 0, the label `margin`, the
 * third class -1e4. */
static void add(struct aum_tally *tally, int64_t id, uint32_t label,
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
static void check_ranking(const struct aum_ranking *ranking,
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

static void check_rows(const struct aum_tally *tally,
                       const char *const *expected)
{
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    check_ranking(ranking, expected);
    aum_ranking_destroy(ranking);
}

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

static const struct aum_tally_options class_2 = {.threshold_class = 2};

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
    const double high = 0;
    const double low = -4;
    const double steps[] = {-2, 0, 3};
    struct aum_run_report report;
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, a,
                                          &(struct aum_judge){&high, steps, 3},
                                          &report),
                     AUM_OK);
    ck_assert(report.judged == 2 && report.flagged == 1 &&
              report.threshold_samples == 2);
    struct aum_id ids[2];
    ck_assert_uint_eq(aum_verdicts_never_judged(verdicts, ids, 1), 2);
    ck_assert(ids[0].int64 == 3);
    ck_assert_int_eq(aum_verdicts_add_run(verdicts, b,
                                          &(struct aum_judge){&low, steps, 3},
                                          &report),
                     AUM_OK);
    ck_assert(report.judged == 2 && report.flagged == 0);
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
    aum_tally_count_flagged(run, 2, &ranked, &flagged); /* strictly below */
    ck_assert(ranked == 2 && flagged == 1);
    aum_tally_destroy(run);
}
END_TEST

/* ---- truth ---- */

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
    const double cutoff = -0.5;
    struct aum_ranking *ranking = NULL;
    struct aum_evaluation e;
    ck_assert_int_eq(aum_ranking_create(tally, &cutoff, &ranking), AUM_OK);
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

/* ---- snapshots ---- */

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
    Suite *suite = suite_create("runs");
    TCase *tests = tcase_create("runs");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, words_are_those_of_numpy);
    tcase_add_test(tests, sets_are_disjoint);
    tcase_add_test(tests, all_samples_may_be_drawn_but_no_more);
    tcase_add_test(tests, runs_judge_what_they_have_not_spent);
    tcase_add_test(tests, a_label_is_the_same_in_all_runs);
    tcase_add_test(tests, verdicts_have_truth_and_can_be_frozen);
    tcase_add_test(tests, threshold_samples_can_be_ranked_with_the_others);
    tcase_add_test(tests, flags_and_ranking_against_the_truth);
    tcase_add_test(tests, ratios_without_a_denominator);
    tcase_add_test(tests, truth_goes_with_its_sample);
    tcase_add_test(tests, truth_does_not_stay_behind);
    tcase_add_loop_test(tests, a_snapshot_comes_back, 0, 2);
    tcase_add_test(tests, later_and_larger_snapshots);
    tcase_add_test(tests, what_is_so_far);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
