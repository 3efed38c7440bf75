/*
 * test_cutoff.c - percentiles, cutoffs, threshold samples; expected values by
 * hand
 */
#include <math.h>
#include <stdint.h>

#include "aum.h"
#include "libaum/tallies.h"
#include "suite.h"

START_TEST(percentiles_are_read_exactly)
{
    struct aum_percentile p;
    ck_assert(aum_percentile_parse("99", &p));
    ck_assert(p.numerator == 99 && p.denominator == 1);
    ck_assert(aum_percentile_parse("97.5", &p));
    ck_assert(p.numerator == 975 && p.denominator == 10);
    ck_assert(aum_percentile_parse(".1", &p));
    ck_assert(aum_percentile_parse("99.999999999999999", &p));
    static const char *const bad[] = {
        "",    "0",   "100", "-1",   "1e1",   "0.0",
        "nan", "99%", ".",   "1000", "1.2.3", "0.0000000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!aum_percentile_parse(bad[i], &p), "%s", bad[i]);
}
END_TEST

/* floor(k (100 - P) / 100); with doubles, 0.07 * 100 is already below 7. */
static const struct {
    size_t k;
    const char *p;
    size_t place;
} places[] = {
    {100, "99", 1},
    {99, "99", 0},
    {200, "99", 2},
    {1000, "93", 70},
    {100, "93", 7},
    {1000, "99.9", 1},
    {999, "99.9", 0},
    {163, "99", 1},
    {4545, "99", 45},
    {1, "50", 0},
    {2, "50", 1},
    {7, "0.1", 6},
    {SIZE_MAX, "99", SIZE_MAX / 100},
    {30, "90", 3},
};

START_TEST(place_of_the_cutoff)
{
    struct aum_percentile p;
    ck_assert(aum_percentile_parse(places[_i].p, &p));
    ck_assert_uint_eq(aum_cutoff_place(places[_i].k, p), places[_i].place);
}
END_TEST

/* By the sums of binomial probabilities, computed to 60 digits; the same as
 * scipy.stats.binom.interval(0.95, k, (100 - P) / 100), but for k = 1, P = 1,
 * where `first` is limited by the cutoff's place. */
static const struct {
    size_t k;
    const char *p;
    size_t first;
    size_t last; /* k: no AUM has this place */
} intervals[] = {
    {163, "99", 0, 4},
    {163, "97.5", 1, 8},
    {163, "95", 3, 14},
    {163, "90", 9, 24},
    {1, "99", 0, 0},
    {2, "99", 0, 0},
    {3, "99", 0, 1},   /* 0.99^3 = 0.970 is below 0.975 */
    {1, "97.5", 0, 0}, /* exactly 0.975 */
    {1, "2.5", 0, 1},
    {1, "1", 0, 1},
    {1, "50", 0, 1},
    {5, "50", 0, 5}, /* 1/32 is above 0.025 */
    {6, "50", 1, 5}, /* 1/64 is below */
    {10, "50", 2, 8},
    {20, "90", 0, 5},
    {100, "99", 0, 3},
    {100, "93", 2, 12},
    {100, "50", 40, 60},
    {1000, "99.9", 0, 3},
    {1000, "0.1", 997, 1000},
    {4545, "99", 33, 59},
    {10000, "99", 81, 120},
    {50000, "1", 49456, 49543},
    {100000, "97.5", 2404, 2597},
    {1000000, "99", 9805, 10195},
    {1000000, "50", 499020, 500980},
    {1000000, "99.9999", 0, 3},
};

START_TEST(interval_of_the_cutoff)
{
    struct aum_percentile p;
    size_t first;
    size_t last;
    ck_assert(aum_percentile_parse(intervals[_i].p, &p));
    aum_cutoff_interval(intervals[_i].k, p, &first, &last);
    ck_assert_uint_eq(first, intervals[_i].first);
    ck_assert_uint_eq(last, intervals[_i].last);
}
END_TEST

static struct aum_tally *with_threshold(const struct aum_tally_options *options)
{
    struct aum_tally *tally = aum_tally_create(options);
    for (int64_t i = 0; i < 10; i++)
        add_one(tally, i, 1, (double)i); /* label 1: threshold samples */
    for (int64_t i = 10; i < 14; i++)
        add_one(tally, i, 0, (double)(i - 10) * 3);
    return tally;
}

START_TEST(cutoff_from_the_threshold_class)
{
    const struct aum_tally_options options = {.threshold_class = 1};
    struct aum_tally *tally = with_threshold(&options);
    struct aum_percentile p = {80, 1};
    struct aum_cutoff cutoff;
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff), AUM_OK);
    ck_assert_double_eq(cutoff.aum, 7); /* 9 8 [7] 6 ... */
    ck_assert_uint_eq(cutoff.place, 2);
    ck_assert_uint_eq(cutoff.threshold_samples, 10);
    ck_assert_uint_eq(cutoff.threshold_class, 1);
    /* binomial(10, 0.2): P(0) = 0.107, P(M <= 4) = 0.967, P(M <= 5) = 0.994 */
    ck_assert_uint_eq(cutoff.interval.first, 0);
    ck_assert_double_eq(cutoff.interval.highest, 9);
    ck_assert_uint_eq(cutoff.interval.last, 5);
    ck_assert_double_eq(cutoff.interval.lowest, 4);
    check_ranking(tally, &cutoff.aum, "10:0! 11:3! 12:6! 13:9 ");
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(cutoff_from_ids)
{
    const struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                              .threshold_later = true};
    struct aum_tally *tally = with_threshold(&options);
    const int64_t ids[] = {2, 4, 4, 1000, -1};
    size_t found;
    struct aum_cutoff cutoff;
    const struct aum_percentile p = {50, 1};
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff),
                     AUM_NO_THRESHOLD_SAMPLES);
    ck_assert_int_eq(
        aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, ids}, 5,
                                 &found),
        AUM_OK);
    ck_assert_uint_eq(found, 3); /* one of them twice */
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff), AUM_OK);
    ck_assert_double_eq(cutoff.aum, 2); /* 4 [2] */
    ck_assert_double_eq(cutoff.interval.highest, 4);
    ck_assert(cutoff.interval.last == 2 && isnan(cutoff.interval.lowest));
    /* Of the samples with label 1, most are others. */
    ck_assert_uint_eq(cutoff.threshold_class, AUM_NO_CLASS);
    const struct aum_threshold_labels labels =
        aum_tally_threshold_labels(tally);
    ck_assert(labels.label == 1 && !labels.several && labels.samples == 2);
    ck_assert_uint_eq(labels.others, 8); /* of ten */
    check_ranking(tally, &cutoff.aum,
                  "0:0! 10:0! 1:1! 3:3 11:3 5:5 6:6 12:6 7:7 8:8 9:9 13:9 ");
    const int64_t other = 11; /* label 0: no common label any more */
    aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &other}, 1,
                             &found);
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff), AUM_OK);
    ck_assert_uint_eq(cutoff.threshold_class, AUM_NO_CLASS);
    aum_tally_destroy(tally);
    tally = aum_tally_create(NULL);
    ck_assert_int_eq(
        aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, ids}, 5,
                                 &found),
        AUM_BAD_ARGUMENT);
    aum_tally_destroy(tally);
}
END_TEST

/* The label that the marked samples have suggests nothing, whatever came when.
 */
START_TEST(class_of_marked_samples_suggests_nothing)
{
    const struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                              .threshold_later = true};
    struct aum_tally *tally = aum_tally_create(&options);
    add_part(tally, 1, 1, 2, 0);
    add_part(tally, 2, 1, 9, 5);
    add_part(tally, 3, 1, 4, 3);
    add_part(tally, 4, 1, 9, 5);
    ck_assert_uint_eq(only_row(tally).suggested_label, 5);
    add_one(tally, 77, 0, 1);
    const int64_t id = 77;
    size_t found;
    aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &id}, 1,
                             &found);
    ck_assert_uint_eq(only_row(tally).suggested_label, 5); /* class 0 is out */
    aum_tally_destroy(tally);

    tally = aum_tally_create(&options);
    add_part(tally, 1, 1, 2, 0);
    add_part(tally, 2, 1, 1, 3);
    ck_assert_uint_eq(only_row(tally).suggested_label, 0);
    add_one(tally, 77, 0, 1);
    aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &id}, 1,
                             &found);
    ck_assert_uint_eq(only_row(tally).suggested_label, 3);
    aum_tally_destroy(tally);
}
END_TEST

/* A threshold class that becomes known at the end does what it does from the
 * start on. */
START_TEST(threshold_class_may_come_last)
{
    uint64_t state = random_seed(11);
    const struct aum_tally_options early = {.threshold_class = 2};
    const struct aum_tally_options late = {.threshold_class = AUM_NO_CLASS,
                                           .threshold_later = true};
    struct aum_tally *tallies[2] = {aum_tally_create(&early),
                                    aum_tally_create(&late)};
    for (int n = 0; n < 400; n++) {
        const uint32_t id = (uint32_t)random_below(&state, 30);
        const double other = (double)random_below(&state, 8);
        const uint32_t class = (uint32_t)random_below(&state, 3);
        for (int i = 0; i < 2 && class != id % 3; i++)
            add_part_of(tallies[i], id, (uint32_t)n, id % 3, other, class);
    }
    struct aum_cutoff found[2];
    ck_assert_int_eq(aum_tally_set_threshold_class(tallies[0], 2),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_tally_set_threshold_class(tallies[1], 2), AUM_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            aum_cutoff_from_threshold(
                tallies[i], (struct aum_percentile){90, 1}, &found[i]),
            AUM_OK);
    ck_assert(found[0].aum == found[1].aum);
    ck_assert_uint_eq(found[1].threshold_class, 2);
    check_same(tallies[0], tallies[1]);
    aum_tally_destroy(tallies[0]);
    aum_tally_destroy(tallies[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cutoff");
    TCase *tests = suite_case(suite, "cutoff");
    tcase_add_test(tests, percentiles_are_read_exactly);
    tcase_add_loop_test(tests, place_of_the_cutoff, 0,
                        sizeof places / sizeof *places);
    tcase_add_loop_test(tests, interval_of_the_cutoff, 0,
                        sizeof intervals / sizeof *intervals);
    tcase_add_test(tests, cutoff_from_the_threshold_class);
    tcase_add_test(tests, cutoff_from_ids);
    tcase_add_test(tests, class_of_marked_samples_suggests_nothing);
    tcase_add_test(tests, threshold_class_may_come_last);
    return suite_run(suite);
}
