/*
 * test_exact_sum.c - sums that do not depend on the order
 *
 * Expected means are by hand, or integers that a double holds exactly, or (for
 * many random doubles) an exact sum in another way: an expansion of doubles
 * that do not overlap (Shewchuk, 1997), rounded as Python's math.fsum does.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>

#include "libaum/exact_sum.h"
#include "suite.h"

struct both {
    struct exact_sum narrow;
    struct exact_wide_sum wide;
    bool fits;
};

/* Adding quickly is adding, or nothing. */
static void check_quick(struct exact_sum before, double x, bool fits,
                        struct exact_sum after)
{
    struct exact_sum quick = before;
    if (exact_sum_add_quick(&quick, x))
        ck_assert(fits && quick.low == after.low && quick.high == after.high);
    else
        ck_assert(quick.low == before.low && quick.high == before.high);
}

static void add(struct both *sum, double x)
{
    const struct exact_sum before = sum->narrow;
    const bool fits = exact_sum_add(&sum->narrow, x);
    check_quick(before, x, fits, sum->narrow);
    sum->fits = sum->fits && fits;
    exact_wide_add(&sum->wide, x);
}

static double mean(const struct both *sum, uint64_t n)
{
    const double wide = exact_wide_mean(&sum->wide, n);
    if (sum->fits) {
        ck_assert(exact_sum_mean(&sum->narrow, n) == wide);
        struct exact_wide_sum widened;
        exact_wide_from(&widened, &sum->narrow);
        ck_assert(memcmp(&widened, &sum->wide, sizeof widened) == 0);
    }
    return wide;
}

static const struct both zero = {.fits = true};

START_TEST(a_mean_is_rounded_once)
{
    struct both sum = zero;
    add(&sum, 1);
    add(&sum, 1);
    add(&sum, -3);
    ck_assert_double_eq(mean(&sum, 3), -1.0 / 3.0);
    ck_assert_double_eq(mean(&sum, 2), -0.5);
    ck_assert(sum.fits);
}
END_TEST

START_TEST(zero_is_positive_zero)
{
    struct both sum = zero;
    add(&sum, -0.0);
    ck_assert(!signbit(mean(&sum, 1)));
    add(&sum, 2.5);
    add(&sum, -2.5);
    ck_assert(mean(&sum, 3) == 0 && !signbit(mean(&sum, 3)));
}
END_TEST

START_TEST(what_cancels_leaves_the_rest)
{
    struct both sum = zero;
    add(&sum, 0x1p45);
    add(&sum, 0x1p-80);
    add(&sum, -0x1p45);
    ck_assert(sum.fits);
    ck_assert_double_eq(mean(&sum, 1), 0x1p-80);
}
END_TEST

START_TEST(range_of_the_narrow_sum)
{
    struct exact_sum sum = {0, 0};
    ck_assert(exact_sum_add(&sum, nextafter(0x1p46, 0)));
    ck_assert(!exact_sum_add(&sum, 0x1p47));
    ck_assert(exact_sum_add(&sum, 0x1p-27 + 0x1p-79));
    ck_assert(!exact_sum_add(&sum, 0x1p-81));
    ck_assert(!exact_sum_add(&sum, DBL_TRUE_MIN));
    ck_assert(exact_sum_add(&sum, 0));
    ck_assert_double_eq(exact_sum_mean(&sum, 1), 0x1p46 - 0x1p-7);
    /* 2^47 / 2^46: the limit of a 128-bit number with 80 bits behind the
     * point is 2^47. */
    struct exact_sum full = {0, 0};
    int added = 0;
    while (exact_sum_add(&full, 0x1p45) && added < 100)
        added++;
    ck_assert_int_eq(added, 3);
    ck_assert_double_eq(exact_sum_mean(&full, 1), 3 * 0x1p45);
}
END_TEST

START_TEST(range_of_quick_adding)
{
    struct exact_sum sum = {0, 0};
    ck_assert(exact_sum_add_quick(&sum, 0x1p12 - 0x1p-40));
    ck_assert(exact_sum_add_quick(&sum, 0x1p-50));
    ck_assert(exact_sum_add_quick(&sum, -0x1p-50));
    ck_assert(exact_sum_add_quick(&sum, -0.0));
    ck_assert_double_eq(exact_sum_mean(&sum, 1), 0x1p12 - 0x1p-40);
    ck_assert(!exact_sum_add_quick(&sum, 0x1p12));
    ck_assert(!exact_sum_add_quick(&sum, 0x1p-51));
    ck_assert(!exact_sum_add_quick(&sum, NAN));
    ck_assert(!exact_sum_add_quick(&sum, -INFINITY));
    ck_assert(!exact_sum_add_quick(&sum, DBL_MAX));
    ck_assert_double_eq(exact_sum_mean(&sum, 1), 0x1p12 - 0x1p-40);
    /* The largest number there is has no room for more. */
    const struct exact_sum full = {UINT64_MAX, INT64_MAX};
    sum = full;
    ck_assert(!exact_sum_add_quick(&sum, 0x1p-50));
    ck_assert(sum.low == full.low && sum.high == full.high);
    ck_assert(exact_sum_add_quick(&sum, -0x1p-50));
}
END_TEST

START_TEST(range_of_the_wide_sum)
{
    struct both sum = zero;
    for (int i = 0; i < 1000; i++)
        add(&sum, DBL_MAX);
    ck_assert_double_eq(mean(&sum, 1000), DBL_MAX);
    ck_assert(isinf(mean(&sum, 1)));
    for (int i = 0; i < 1000; i++)
        add(&sum, -DBL_MAX);
    add(&sum, DBL_TRUE_MIN);
    add(&sum, DBL_TRUE_MIN);
    add(&sum, DBL_TRUE_MIN);
    ck_assert_double_eq(mean(&sum, 1), 3 * DBL_TRUE_MIN);
    ck_assert_double_eq(mean(&sum, 2), 2 * DBL_TRUE_MIN); /* ties to even */
    ck_assert_double_eq(mean(&sum, 6), 0);
    ck_assert_double_eq(mean(&sum, 5), DBL_TRUE_MIN);
}
END_TEST

START_TEST(halves_round_to_even)
{
    struct both sum = zero;
    add(&sum, 0x1p52 + 1); /* 53 bits; a 54th is to be rounded */
    add(&sum, 0x1p52 + 2);
    ck_assert_double_eq(mean(&sum, 2), 0x1p52 + 2); /* not + 1.5 */
    sum = zero;
    add(&sum, 0x1p53);
    add(&sum, 1);
    ck_assert_double_eq(mean(&sum, 1), 0x1p53);
    add(&sum, 0x1p-70); /* a little above the half */
    ck_assert_double_eq(mean(&sum, 1), 0x1p53 + 2);
}
END_TEST

START_TEST(wide_sums_add_up)
{
    struct exact_wide_sum a = {{0}};
    struct exact_wide_sum b = {{0}};
    exact_wide_add(&a, 0x1p500);
    exact_wide_add(&b, -0x1p500);
    exact_wide_add(&b, -3.5);
    exact_wide_add_wide(&a, &b);
    ck_assert_double_eq(exact_wide_mean(&a, 7), -0.5);
}
END_TEST

/* ---- random doubles ---- */

#define PARTIALS_MAX 64

/* Adds x to an expansion: partials of growing size that do not overlap. */
static int expand(double *partials, int count, double x)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        double y = partials[i];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        volatile double high = x + y;
        volatile double low = y - (high - x);
        if (low != 0)
            partials[kept++] = low;
        x = high;
    }
    partials[kept++] = x;
    return kept;
}

/* The sum of an expansion, rounded once. */
static double expansion_sum(const double *p, int n)
{
    if (n == 0)
        return 0;
    volatile double high = p[--n];
    volatile double low = 0;
    while (n > 0) {
        const double x = high;
        const double y = p[--n];
        high = x + y;
        low = y - (high - x);
        if (low != 0)
            break;
    }
    if (n > 0 && ((low < 0 && p[n - 1] < 0) || (low > 0 && p[n - 1] > 0))) {
        const double y = low * 2;
        volatile double x = high + y;
        if (y == x - high)
            high = x;
    }
    return high;
}

static double random_double(uint64_t *state, int lowest, int highest)
{
    const int range = highest - lowest;
    const int exponent = lowest + (int)random_below(state, (uint64_t)range);
    const double mantissa = (double)(int64_t)random_next(state);
    return ldexp(mantissa, exponent - 63);
}

START_TEST(random_sums_in_any_order)
{
    static const int ranges[][2] = {
        {-20, 20}, {-27, 40}, {-300, 300}, {-1000, 900}};
    uint64_t state = random_seed(1997) + (uint64_t)_i;
    for (int turn = 0; turn < 300; turn++) {
        double x[50];
        const int n = 1 + (int)random_below(&state, 50);
        double partials[PARTIALS_MAX];
        int count = 0;
        struct both forward = zero;
        struct both backward = zero;
        for (int i = 0; i < n; i++) {
            x[i] = random_double(&state, ranges[_i][0], ranges[_i][1]);
            if (i > 0 && random_below(&state, 3) == 0)
                x[i] = -x[i - 1]; /* much cancels */
            count = expand(partials, count, x[i]);
            add(&forward, x[i]);
        }
        for (int i = n; i-- > 0;)
            add(&backward, x[i]);
        const double expected = expansion_sum(partials, count);
        ck_assert_msg(mean(&forward, 1) == expected &&
                          mean(&backward, 1) == expected,
                      "seed %llu, range %d, turn %d: %a %a, not %a",
                      (unsigned long long)random_seed(1997), _i, turn,
                      mean(&forward, 1), mean(&backward, 1), expected);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exact_sum");
    TCase *tests = suite_case(suite, "exact_sum");
    tcase_add_test(tests, a_mean_is_rounded_once);
    tcase_add_test(tests, zero_is_positive_zero);
    tcase_add_test(tests, what_cancels_leaves_the_rest);
    tcase_add_test(tests, range_of_the_narrow_sum);
    tcase_add_test(tests, range_of_quick_adding);
    tcase_add_test(tests, range_of_the_wide_sum);
    tcase_add_test(tests, halves_round_to_even);
    tcase_add_test(tests, wide_sums_add_up);
    tcase_add_loop_test(tests, random_sums_in_any_order, 0, 4);
    return suite_run(suite);
}
