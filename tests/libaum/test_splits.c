/*
 * test_splits.c - two groups of numbers, and the cutoffs between them; expected
 * values by hand, from the definition in aum.h
 */
#include <math.h>
#include <stdint.h>

#include "aum.h"
#include "suite.h"

static void check_split(const double *numbers, size_t n, double at,
                        double effect)
{
    const struct aum_split found = aum_split_find(numbers, n);
    ck_assert(isnan(at) ? isnan(found.at) : found.at == at);
    ck_assert_double_eq_tol(found.effect, effect, 1e-15);
}

START_TEST(numbers_fall_into_two_groups)
{
    const double two[] = {-1, -1, 3, 3, 3};
    check_split(two, 5, 1, 1);
    /* between(1) = between(3) = (1/4)^2 / (3/16), the variance is 1/2. */
    const double tie[] = {0, 1, 1, 2};
    check_split(tie, 4, 0.5, 2.0 / 3);
    /* between(3) = (3/4)^2 / (3/16) = 3, which is the variance. */
    const double one_high[] = {0, 0, 0, 4};
    check_split(one_high, 4, 2, 1);
}
END_TEST

/* No double has their squares, or sums. between(1) = (1/3)^2 / (2/9), in units
 * of the highest, and the variance is 2/3. */
START_TEST(numbers_of_any_size)
{
    const double huge[] = {-1e200, 0, 1e200};
    const double tiny[] = {-0x1p-1070, 0, 0x1p-1070};
    const double largest[] = {-1.5e308, -1.5e308, -1.25e308};
    check_split(huge, 3, -5e199, 0.75);
    check_split(tiny, 3, -0x1p-1071, 0.75);
    check_split(largest, 3, -1.375e308, 1);
}
END_TEST

START_TEST(numbers_that_have_no_split)
{
    const double equal[] = {2, 2, 2};
    const double zeros[] = {-0.0, 0.0};
    check_split(NULL, 0, NAN, 0);
    check_split(equal, 1, NAN, 0);
    check_split(equal, 3, NAN, 0);
    check_split(zeros, 2, NAN, 0);
}
END_TEST

static void add(struct aum_tally *tally, int64_t id, uint32_t label,
                double margin)
{
    const double zero = 0;
    const uint32_t other = margin < 0 ? (label + 1) % 5 : AUM_NO_CLASS;
    const struct aum_batch batch = {
        .rows = 1,
        .ids = {AUM_IDS_INT64, &id},
        .labels = &label,
        .measured = {&margin, (double *)(uintptr_t)&zero,
                     (uint32_t *)(uintptr_t)&other},
    };
    ck_assert_int_eq(aum_tally_add(tally, &batch, NULL), AUM_OK);
}

/* `count` samples of a class from id `first` on, a quarter of them low. */
static void add_class(struct aum_tally *tally, int64_t first, int64_t count,
                      uint32_t label, double low, double high)
{
    for (int64_t i = 0; i < count; i++)
        add(tally, first + i, label, 4 * i < count ? low : high);
}

static struct aum_tally *four_classes(void)
{
    const struct aum_tally_options options = {.threshold_class = 4};
    struct aum_tally *tally = aum_tally_create(&options);
    add_class(tally, 0, 40, 0, -3, 1);    /* at -1 */
    add_class(tally, 100, 20, 1, 1, 5);   /* at 3: no cutoff is above 0 */
    add_class(tally, 200, 24, 2, -2, -2); /* all equal */
    add_class(tally, 300, 19, 3, -9, 9);  /* too few: that of all */
    add_class(tally, 400, 50, 4, -7, 7);  /* threshold samples */
    return tally;
}

START_TEST(each_class_has_its_cutoff)
{
    struct aum_tally *tally = four_classes();
    struct aum_splits *splits = aum_splits_create();
    struct aum_cutoffs cutoffs;
    ck_assert_int_eq(aum_splits_find(splits, tally), AUM_OK);
    /* Effects 1 of 40 and of 20 samples, 0 of 24. */
    ck_assert_double_eq_tol(aum_splits_effect(splits), 60.0 / 84, 1e-15);
    aum_splits_cutoffs(splits, &cutoffs);
    ck_assert_uint_eq(cutoffs.classes, 4);
    ck_assert(cutoffs.by_class[0] == -1 && cutoffs.by_class[1] == 0 &&
              isnan(cutoffs.by_class[2]));
    /* All 103, ascending: -9 x 5, -3 x 10, -2 x 24, 1 x 35, 5 x 15, 9 x 14. The
     * best cut, tried by hand between these six, is before 5. */
    ck_assert_double_eq(cutoffs.by_class[3], 0);
    size_t ranked;
    size_t flagged;
    aum_tally_count_flagged(tally, &cutoffs, &ranked, &flagged);
    ck_assert(ranked == 103 && flagged == 10 + 5);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, &cutoffs, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_flagged(ranking), 15);
    for (size_t i = 0; i < 103; i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        ck_assert(row.flagged == (row.aum == -9 || row.aum == -3));
    }
    aum_ranking_destroy(ranking);
    aum_splits_destroy(splits);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(few_samples_are_one_class)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    struct aum_splits *splits = aum_splits_create();
    struct aum_cutoffs cutoffs;
    ck_assert_int_eq(aum_splits_find(splits, tally), AUM_OK); /* of none */
    ck_assert_double_eq(aum_splits_effect(splits), 0);
    add_class(tally, 0, 4, 7, -7, -3);
    add_class(tally, 10, 4, 9, -7, -3);
    ck_assert_int_eq(aum_splits_find(splits, tally), AUM_OK);
    ck_assert_double_eq_tol(aum_splits_effect(splits), 1, 1e-15);
    aum_splits_cutoffs(splits, &cutoffs);
    ck_assert_uint_eq(cutoffs.classes, 10);
    ck_assert(isnan(cutoffs.by_class[8])); /* no sample has it */
    ck_assert_double_eq(cutoffs.by_class[7], -5);
    ck_assert_double_eq(cutoffs.by_class[9], -5);
    aum_splits_destroy(splits);
    aum_tally_destroy(tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("splits");
    TCase *tests = suite_case(suite, "splits");
    tcase_add_test(tests, numbers_fall_into_two_groups);
    tcase_add_test(tests, numbers_of_any_size);
    tcase_add_test(tests, numbers_that_have_no_split);
    tcase_add_test(tests, each_class_has_its_cutoff);
    tcase_add_test(tests, few_samples_are_one_class);
    return suite_run(suite);
}
