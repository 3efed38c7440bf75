/*
 * test_tally.c - samples, labels, ranking; expected values by hand
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "aum.h"
#include "libaum/tallies.h"
#include "suite.h"

/* ---- ranking ---- */

START_TEST(lowest_first_ties_by_id)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    add_one(tally, 10, 0, 1);
    add_one(tally, 9, 0, 1);
    add_one(tally, 100, 1, -2);
    add_one(tally, 9, 0, 1);
    add_one(tally, -3, 1, 1);
    check_ranking(tally, NULL, "100:-2 -3:1 9:1 10:1 ");
    ck_assert_uint_eq(aum_tally_samples(tally), 4);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(fixed_cutoff_is_strict)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    for (int64_t i = 0; i < 5; i++)
        add_one(tally, i, 0, (double)i);
    const double cutoff = 2;
    check_ranking(tally, &cutoff, "0:0! 1:1! 2:2 3:3 4:4 ");
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(strings_sort_by_bytes)
{
    const char *ids[] = {"b", "a", "a1", "\xc3\xa9", "B", ""};
    const double z[6][2] = {{0}};
    const int64_t targets[6] = {0};
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 6, .classes = 2};
    struct aum_tally *tally = aum_tally_create(NULL);
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets,
                                      (struct aum_ids){AUM_IDS_STRING, ids},
                                      NULL),
                     AUM_OK);
    check_ranking(tally, NULL, ":0 B:0 a:0 a1:0 b:0 \xc3\xa9:0 ");
    ck_assert_int_eq(aum_tally_id_kind(tally), AUM_IDS_STRING);
    ck_assert_int_eq(add_one(tally, 3, 0, 1), AUM_MIXED_IDS);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(unsigned_ids_sort_as_numbers)
{
    const uint64_t ids[] = {UINT64_MAX, 3, (uint64_t)1 << 63};
    const double z[3][2] = {{0}};
    const int64_t targets[3] = {0};
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 3, .classes = 2};
    struct aum_tally *tally = aum_tally_create(NULL);
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets,
                                      (struct aum_ids){AUM_IDS_UINT64, ids},
                                      NULL),
                     AUM_OK);
    check_ranking(tally, NULL,
                  "3:0 9223372036854775808:0 18446744073709551615:0 ");
    ck_assert_int_eq(add_one(tally, 3, 0, 4), AUM_OK); /* the same 3 */
    check_ranking(tally, NULL,
                  "9223372036854775808:0 18446744073709551615:0 3:2 ");
    ck_assert_int_eq(add_one(tally, -3, 0, 4), AUM_MIXED_IDS);
    aum_tally_destroy(tally);
}
END_TEST

/* What comes after a large id is found where it was before. */
START_TEST(dense_ids_turn_sparse)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    for (int64_t i = 0; i < 3000; i += 3)
        add_one(tally, i, 0, (double)i);
    add_one(tally, INT64_MAX, 0, 7);
    for (int64_t i = 0; i < 3000; i += 3)
        ck_assert_int_eq(add_one(tally, i, 0, (double)i + 2), AUM_OK);
    ck_assert_uint_eq(aum_tally_samples(tally), 1001);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    size_t at = 0;
    for (int64_t i = 0; i < 3000; i += 3, at++) {
        struct aum_row row;
        aum_ranking_row(ranking, at, &row);
        if (row.id.int64 == INT64_MAX) { /* 7 comes between 6 + 1 and 9 + 1 */
            ck_assert_int_eq(i, 9);
            aum_ranking_row(ranking, ++at, &row);
        }
        ck_assert_int_eq(row.id.int64, i);
        ck_assert_double_eq(row.aum, (double)i + 1);
        ck_assert_uint_eq(row.measurements, 2);
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(update_refuses_what_is_wrong)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const float z[3][2] = {{0}};
    const int64_t bad[] = {0, 1, 2};
    const int64_t ids[] = {0, 1, 2};
    size_t row = 99;
    struct aum_logits logits = {
        .data = z, .type = AUM_F32, .rows = 3, .classes = 2};
    const struct aum_ids all = {AUM_IDS_INT64, ids};
    ck_assert_int_eq(aum_tally_update(tally, &logits, bad, all, &row),
                     AUM_LABEL_OUT_OF_RANGE);
    ck_assert_uint_eq(row, 2);
    ck_assert_uint_eq(aum_tally_samples(tally), 0);
    logits.classes = 0;
    ck_assert_int_eq(aum_tally_update(tally, &logits, bad, all, &row),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(add_one(tally, 5, 0, 1), AUM_OK);
    ck_assert_int_eq(add_one(tally, 5, 1, 1), AUM_RELABELED);
    aum_tally_freeze(tally);
    ck_assert_int_eq(add_one(tally, 5, 0, 1), AUM_BAD_ARGUMENT);
    aum_tally_destroy(tally);
    aum_tally_destroy(NULL);
}
END_TEST

/* A batch is longer than what aum_tally_update measures at a time. */
START_TEST(long_batches_and_bad_rows_in_them)
{
    enum { ROWS = 700 };
    static float z[ROWS][2];
    static int64_t targets[ROWS];
    static int64_t ids[ROWS];
    for (int i = 0; i < ROWS; i++) {
        z[i][0] = (float)i;
        ids[i] = ROWS - i;
    }
    struct aum_tally *tally = aum_tally_create(NULL);
    const struct aum_logits logits = {
        .data = z, .type = AUM_F32, .rows = ROWS, .classes = 2};
    const struct aum_ids all = {AUM_IDS_INT64, ids};
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets, all, NULL),
                     AUM_OK);
    targets[600] = 1;
    size_t row = 0;
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets, all, &row),
                     AUM_RELABELED);
    ck_assert_uint_eq(row, 600);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    struct aum_row last;
    aum_ranking_row(ranking, ROWS - 1, &last);
    ck_assert_int_eq(last.id.int64, 1);
    ck_assert_double_eq(last.aum, ROWS - 1);
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(not_finite_margins_are_left_out)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    add_one(tally, 1, 0, NAN);
    add_one(tally, 2, 0, INFINITY);
    add_one(tally, 2, 0, 3);
    check_ranking(tally, NULL, "2:3 ");
    ck_assert_uint_eq(aum_tally_samples(tally), 2);
    aum_tally_destroy(tally);
}
END_TEST

/* ---- labels ---- */

START_TEST(last_part_gives_the_label)
{
    const struct aum_tally_options options = {.allow_relabel = true,
                                              .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    add_part(tally, 1, 1, -1, AUM_NO_CLASS);
    add_part(tally, 5, 2, -1, AUM_NO_CLASS);
    add_part(tally, 3, 3, -1, AUM_NO_CLASS);
    ck_assert_uint_eq(only_row(tally).label, 2);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(threshold_class_suggests_nothing)
{
    const struct aum_tally_options options = {.threshold_class = 9};
    struct aum_tally *tally = aum_tally_create(&options);
    add_part(tally, 1, 1, 2, 7);
    add_part(tally, 2, 1, 4, 9);
    ck_assert_uint_eq(only_row(tally).suggested_label, 7);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(shared_rows_are_counted)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const int64_t ids[] = {1, 2, 2, 3};
    const uint32_t labels[] = {0, 0, 0, 0};
    double assigned[4] = {0};
    double other[4] = {0};
    uint32_t other_class[4] = {AUM_NO_CLASS, AUM_NO_CLASS, AUM_NO_CLASS,
                               AUM_NO_CLASS};
    struct aum_batch batch = {.rows = 4,
                              .ids = {AUM_IDS_INT64, ids},
                              .labels = labels,
                              .measured = {assigned, other, other_class},
                              .record = 6,
                              .first_record = 6};
    struct aum_batch_report report;
    aum_tally_add(tally, &batch, &report);
    batch.rows = 2;
    batch.record = 7; /* another part of the same epoch */
    aum_tally_add(tally, &batch, &report);
    ck_assert_uint_eq(report.shared, 2);
    batch.record = 8; /* another epoch */
    batch.first_record = 8;
    aum_tally_add(tally, &batch, &report);
    ck_assert_uint_eq(report.shared, 0);
    aum_tally_destroy(tally);
}
END_TEST

/* ---- many samples ---- */

/* However many are expected, memory is for those that come. */
START_TEST(expectations_may_be_wrong)
{
    const struct aum_tally_options options = {.expected_samples = SIZE_MAX,
                                              .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    aum_tally_destroy(tally);
    tally = aum_tally_create(NULL);
    aum_tally_expect(tally, 10000);
    aum_tally_expect(tally, 10);
    for (int64_t i = 0; i < 30000; i++) /* dense, as they come in order */
        add_one(tally, i, 0, (double)i);
    add_one(tally, INT64_MAX, 0, -1);
    ck_assert_uint_eq(aum_tally_samples(tally), 30001);
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    for (size_t i = 0; i <= 30000; i++) {
        aum_ranking_row(ranking, i, &row);
        ck_assert(row.aum == (double)i - 1 &&
                  row.id.int64 == (i == 0 ? INT64_MAX : (int64_t)i - 1));
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

/* Many samples with few different AUMs: radix passes, then ties by id. */
START_TEST(many_samples_are_in_order)
{
    uint64_t state = random_seed(7);
    const struct aum_tally_options options = {.expected_samples = 20000,
                                              .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    for (int64_t i = 0; i < 20000; i++) {
        const int64_t id = (int64_t)random_below(&state, 15000);
        const double margin = (double)random_below(&state, 4) - 1.5;
        add_one(tally, _i == 0 ? id : -id, 0, margin);
    }
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), aum_tally_samples(tally));
    struct aum_row before;
    aum_ranking_row(ranking, 0, &before);
    for (size_t i = 1; i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        ck_assert(before.aum < row.aum ||
                  (before.aum == row.aum && before.id.int64 < row.id.int64));
        before = row;
    }
    aum_ranking_destroy(ranking);
    aum_ranking_destroy(NULL);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(statuses_have_texts)
{
    for (int s = AUM_OK; s <= AUM_NO_THRESHOLD_SAMPLES; s++)
        ck_assert_uint_gt(strlen(aum_strerror((enum aum_status)s)), 5);
    ck_assert_str_eq(aum_strerror((enum aum_status)99), "unknown error");
    ck_assert_uint_gt(strlen(aum_version()), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = suite_case(suite, "tally");
    tcase_add_test(tests, lowest_first_ties_by_id);
    tcase_add_test(tests, fixed_cutoff_is_strict);
    tcase_add_test(tests, strings_sort_by_bytes);
    tcase_add_test(tests, unsigned_ids_sort_as_numbers);
    tcase_add_test(tests, dense_ids_turn_sparse);
    tcase_add_test(tests, update_refuses_what_is_wrong);
    tcase_add_test(tests, long_batches_and_bad_rows_in_them);
    tcase_add_test(tests, not_finite_margins_are_left_out);
    tcase_add_test(tests, last_part_gives_the_label);
    tcase_add_test(tests, threshold_class_suggests_nothing);
    tcase_add_test(tests, shared_rows_are_counted);
    tcase_add_test(tests, expectations_may_be_wrong);
    tcase_add_loop_test(tests, many_samples_are_in_order, 0, 2);
    tcase_add_test(tests, statuses_have_texts);
    return suite_run(suite);
}
