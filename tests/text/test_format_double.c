/*
 * test_format_double.c - numbers as text
 *
 * Expected decimals are known ones (from the literature on shortest printing)
 * or checked by their definition: they read back, and no shorter one does.
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "text/format_double.h"

static const struct {
    double x;
    const char *text;
} decimals[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-2.5, "-2.5"},
    {0.1, "0.1"},
    {1.0 / 3, "0.3333333333333333"},
    {100, "100"},
    {1e15, "1000000000000000"},
    {123456789012345680, "1.2345678901234568e+17"},
    {1e16, "1e+16"},
    {9007199254740993, "9007199254740992"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {0.0001, "0.0001"},
    {0.00012, "0.00012"},
    {0.00001, "1e-05"},
    {-1.5e-9, "-1.5e-09"},
    {5e-324, "5e-324"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {2.2250738585072011e-308, "2.225073858507201e-308"},
    {0x1p-44, "5.684341886080802e-14"},
    {9.5e-100, "9.5e-100"},
    {0.3, "0.3"},
    {0.1 + 0.2, "0.30000000000000004"},
    {2251799813685249.5, "2251799813685249.5"},
    {2e-310, "2e-310"},
};

START_TEST(known_decimals)
{
    char text[FORMAT_DOUBLE_ROOM];
    const size_t length = format_double(decimals[_i].x, text);
    ck_assert_str_eq(text, decimals[_i].text);
    ck_assert_uint_eq(length, strlen(text));
}
END_TEST

static size_t digits_of(const char *text)
{
    const char *p = text;
    size_t n = 0;
    size_t zeros = 0;
    for (; *p != '\0' && *p != 'e'; p++) {
        if (*p < '0' || *p > '9' || (n == 0 && *p == '0'))
            continue;
        n++;
        zeros = *p == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

/* A decimal of `digits` digits next to x on either side that reads back? */
static bool shorter_exists(double x, size_t digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", (int)digits - 1, x);
    if (strtod(text, NULL) == x)
        return true;
    /* The last digit one up and one down. */
    char *e = strchr(text, 'e');
    char *last = e - 1;
    const char digit = *last;
    *last = (char)(digit + 1);
    if (digit < '9' && strtod(text, NULL) == x)
        return true;
    *last = (char)(digit - 1);
    return digit > '0' && strtod(text, NULL) == x;
}

START_TEST(random_decimals_read_back_and_are_shortest)
{
    char text[FORMAT_DOUBLE_ROOM];
    const uint64_t seed = random_seed(1990);
    uint64_t state = seed;
    for (int i = 0; i < 30000; i++) {
        double x;
        const uint64_t bits = random_next(&state);
        if (i % 3 == 0)
            x = (double)(int64_t)bits * 0x1p-60;
        else if (i % 3 == 1)
            x = ldexp(1, (int)(bits % 2098) - 1074);
        else
            memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        format_double(x, text);
        ck_assert_msg(strtod(text, NULL) == x, "seed %llu: %a %s",
                      (unsigned long long)seed, x, text);
        const size_t digits = digits_of(text);
        ck_assert_msg(digits <= 1 || !shorter_exists(x, digits - 1),
                      "seed %llu: %a %s", (unsigned long long)seed, x, text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format_double");
    TCase *tests = suite_case(suite, "format_double");
    tcase_add_loop_test(tests, known_decimals, 0,
                        sizeof decimals / sizeof *decimals);
    tcase_add_test(tests, random_decimals_read_back_and_are_shortest);
    return suite_run(suite);
}
