/*
 * test_merge.c - tallies that are merged, exported, imported
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "aum.h"
#include "libaum/tallies.h"
#include "suite.h"

/* Adds one tally to another by way of columns, 7 samples at a time. */
static enum aum_status pour(struct aum_tally *into,
                            const struct aum_tally *from)
{
    enum { ROOM = 7 };
    struct aum_columns *columns = aum_columns_create(ROOM);
    ck_assert_ptr_nonnull(columns);
    enum aum_status status = AUM_OK;
    size_t cursor = 0;
    size_t total = 0;
    size_t n;
    while (status == AUM_OK &&
           (n = aum_tally_export(from, &cursor, ROOM, columns)) > 0) {
        size_t bad_row = 99;
        uint32_t old_label = 99;
        total += n;
        status = aum_tally_import(into, columns, n, &bad_row, &old_label);
        ck_assert_int_eq(bad_row < n, status == AUM_RELABELED);
        ck_assert_int_eq(old_label != 99, status == AUM_RELABELED);
    }
    if (status == AUM_OK)
        ck_assert_uint_eq(total, aum_tally_samples(from));
    aum_columns_destroy(columns);
    return status;
}

/* Random measurements in one tally, and dealt to three that are merged. */
START_TEST(tallies_add_up)
{
    uint64_t state = random_seed(42) + (uint64_t)_i;
    const struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                              .threshold_later = _i % 2 != 0};
    struct aum_tally *whole = aum_tally_create(&options);
    struct aum_tally *parts[3];
    for (int k = 0; k < 3; k++)
        parts[k] = aum_tally_create(&options);
    for (int n = 0; n < 3000; n++) {
        double z[8];
        for (int c = 0; c < 8; c++) {
            z[c] = (double)(int64_t)random_next(&state) * 0x1p-60;
            if (random_below(&state, 50) == 0)
                z[c] *= 1e200;
            if (random_below(&state, 300) == 0)
                z[c] = NAN;
        }
        int64_t id = (int64_t)random_below(&state, 200);
        const int64_t label = id % 4;
        id = _i < 2 ? id : id * 1000003;
        const struct aum_logits logits = {
            .data = z, .type = AUM_F64, .rows = 1, .classes = 8};
        const struct aum_ids ids = {AUM_IDS_INT64, &id};
        ck_assert_int_eq(aum_tally_update(whole, &logits, &label, ids, NULL),
                         AUM_OK);
        aum_tally_update(parts[random_below(&state, 3)], &logits, &label, ids,
                         NULL);
    }
    ck_assert_int_eq(aum_tally_merge(parts[2], parts[0]), AUM_OK);
    ck_assert_int_eq(aum_tally_merge(parts[2], parts[1]), AUM_OK);
    check_same(whole, parts[2]);
    ck_assert_int_eq(aum_tally_merge(whole, whole), AUM_BAD_ARGUMENT);
    struct aum_tally *poured = aum_tally_create(&options);
    ck_assert_int_eq(pour(poured, parts[0]), AUM_OK);
    aum_tally_destroy(parts[2]); /* which has the others by now */
    parts[2] = aum_tally_create(&options);
    ck_assert_int_eq(pour(parts[2], whole), AUM_OK);
    check_same(whole, parts[2]);
    check_same(poured, parts[0]);
    aum_tally_destroy(poured);
    for (int k = 0; k < 3; k++)
        aum_tally_destroy(parts[k]);
    aum_tally_destroy(whole);
}
END_TEST

START_TEST(columns_are_created_and_listed)
{
    struct aum_columns *columns = aum_columns_create(3);
    ck_assert_ptr_nonnull(columns);
    for (int i = 0; i < AUM_COLUMN_COUNT; i++) {
        const enum aum_column column = (enum aum_column)i;
        const struct aum_column_type *type = aum_column_type(column);
        memset(aum_columns_values(columns, column), i + 1,
               3 * type->words * aum_type_size(type->type));
    }
    ck_assert_uint_eq(columns->labels[2], 0x01010101);
    ck_assert_uint_eq(columns->sums[5], 0x0404040404040404);
    ck_assert_uint_eq(columns->suggested[1][2], 0x08080808);
    aum_columns_destroy(columns);
    ck_assert_ptr_null(aum_column_type(AUM_COLUMN_COUNT));
    ck_assert_ptr_null(aum_columns_create(SIZE_MAX / 300));
}
END_TEST

/* What no tally can have exported is refused. */
START_TEST(columns_have_to_add_up)
{
    static const struct {
        const char *what;
        uint32_t label, measurements, part;
        uint64_t sum_high, wide_top;
        uint32_t suggested;
        double worst;
        bool good;
        uint32_t vote_classes[AUM_VOTES];
        uint32_t votes[AUM_VOTES]; /* none: one for `suggested` */
    } cases[] = {
        {"a sample", 1, 2, 0, 1, 0, 0, -0.5, true, {0}, {0}},
        {"never measured", 1, 0, 0, 0, 0, AUM_NO_CLASS, 0, true, {0}, {0}},
        {"a sum of nothing", 1, 0, 0, 1, 0, AUM_NO_CLASS, 0, false, {0}, {0}},
        {"a wide sum", 1, 1, 0, 0, 1, AUM_NO_CLASS, 0, true, {0}, {0}},
        {"more than finite",
         1,
         1,
         0,
         0,
         1ull << 40,
         AUM_NO_CLASS,
         0,
         false,
         {0},
         {0}},
        {"a wide sum of nothing",
         1,
         0,
         0,
         0,
         1,
         AUM_NO_CLASS,
         0,
         false,
         {0},
         {0}},
        {"no label",
         AUM_NO_CLASS,
         1,
         0,
         1,
         0,
         AUM_NO_CLASS,
         0,
         false,
         {0},
         {0}},
        {"no part", 1, 1, UINT32_MAX, 1, 0, AUM_NO_CLASS, 0, false, {0}, {0}},
        {"too often", 1, 1u << 30, 0, 1, 0, AUM_NO_CLASS, 0, false, {0}, {0}},
        {"won by nothing", 1, 1, 0, 1, 0, 0, 0, false, {0}, {0}},
        {"won by too much", 1, 1, 0, 1, 0, 0, -INFINITY, false, {0}, {0}},
        {"won by no number", 1, 1, 0, 1, 0, 0, NAN, false, {0}, {0}},
        {"votes", 1, 5, 0, 1, 0, 0, -1, true, {2, 0, 3}, {1, 3, 1}},
        {"more votes", 1, 4, 0, 1, 0, 0, -1, false, {2, 0, 3}, {1, 3, 1}},
        {"many votes",
         1,
         4,
         0,
         1,
         0,
         0,
         -1,
         false,
         {2, 0},
         {UINT32_MAX - 1, 9}},
        {"a class twice", 1, 5, 0, 1, 0, 0, -1, false, {2, 0, 2}, {1, 3, 1}},
        {"no class", 1, 5, 0, 1, 0, 0, -1, false, {0, AUM_NO_CLASS}, {1, 1}},
        {"a gap", 1, 5, 0, 1, 0, 0, -1, false, {0, 2, 3}, {1, 0, 1}},
        {"votes for others", 1, 5, 0, 1, 0, 0, -1, false, {2, 3}, {1, 1}},
        {"five", 1, 5, 0, 1, 0, 0, -1, true, {0}, {AUM_VOTES_VOID}},
        {"fewer", 1, 4, 0, 1, 0, 0, -1, false, {0}, {AUM_VOTES_VOID}},
        {"and more", 1, 9, 0, 1, 0, 0, -1, false, {0, 2}, {AUM_VOTES_VOID, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t id = 7;
        uint32_t label = cases[i].label;
        uint32_t measurements = cases[i].measurements;
        uint32_t part = cases[i].part;
        uint64_t sums[AUM_SUM_WORDS] = {0, cases[i].sum_high};
        uint64_t wide_sums[AUM_WIDE_SUM_WORDS] = {0};
        uint8_t wide = cases[i].wide_top != 0;
        uint32_t suggested[2] = {cases[i].suggested, AUM_NO_CLASS};
        double worst[2] = {cases[i].worst, 0};
        uint32_t vote_classes[AUM_VOTES];
        uint32_t votes[AUM_VOTES];
        memcpy(vote_classes, cases[i].vote_classes, sizeof vote_classes);
        memcpy(votes, cases[i].votes, sizeof votes);
        if (votes[0] == 0 && suggested[0] != AUM_NO_CLASS) {
            vote_classes[0] = suggested[0];
            votes[0] = 1;
        }
        /* 2^1024, the first that is not finite, is bit 50 of this word. */
        wide_sums[AUM_WIDE_SUM_WORDS - 2] = wide ? cases[i].wide_top << 10 : 0;
        struct aum_columns columns = {
            .id_numbers = &id,
            .labels = &label,
            .measurements = &measurements,
            .records = &part,
            .sums = sums,
            .wide = &wide,
            .wide_sums = wide_sums,
            .wide_count = wide,
            .suggested = {&suggested[0], &suggested[1]},
            .worst = {&worst[0], &worst[1]},
            .vote_classes = vote_classes,
            .votes = votes,
        };
        struct aum_tally *tally = aum_tally_create(NULL);
        ck_assert_msg((aum_tally_import(tally, &columns, 1, NULL, NULL) ==
                       AUM_OK) == cases[i].good,
                      "%s", cases[i].what);
        aum_tally_destroy(tally);
    }
}
END_TEST

START_TEST(merging_reports_another_label)
{
    struct aum_tally *a = aum_tally_create(NULL);
    struct aum_tally *b = aum_tally_create(NULL);
    add_one(a, 1, 0, 1);
    add_one(b, 1, 1, 1);
    ck_assert_int_eq(aum_tally_merge(a, b), AUM_RELABELED);
    ck_assert_int_eq(pour(a, b), AUM_RELABELED);
    aum_tally_destroy(a);
    aum_tally_destroy(b);

    const char *name = "x";
    const double z[2] = {1, 0};
    const int64_t target = 0;
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 1, .classes = 2};
    a = aum_tally_create(NULL);
    b = aum_tally_create(NULL);
    add_one(a, 1, 0, 1);
    aum_tally_update(b, &logits, &target,
                     (struct aum_ids){AUM_IDS_STRING, &name}, NULL);
    ck_assert_int_eq(aum_tally_merge(a, b), AUM_MIXED_IDS);
    aum_tally_destroy(a);
    a = aum_tally_create(NULL);
    ck_assert_int_eq(aum_tally_merge(a, b), AUM_OK);
    ck_assert_int_eq(pour(a, b), AUM_OK); /* a second measurement */
    check_ranking(a, NULL, "x:1 ");
    aum_tally_destroy(a);
    aum_tally_destroy(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("merge");
    TCase *tests = suite_case(suite, "merge");
    tcase_add_loop_test(tests, tallies_add_up, 0, 4);
    tcase_add_test(tests, columns_are_created_and_listed);
    tcase_add_test(tests, columns_have_to_add_up);
    tcase_add_test(tests, merging_reports_another_label);
    return suite_run(suite);
}
