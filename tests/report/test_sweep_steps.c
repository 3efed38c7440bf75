/*
 * test_sweep_steps.c - cutoffs to try
 */
#include <stdlib.h>
#include <string.h>

#include "report/sweep_steps.h"
#include "suite.h"

static void check_steps(const char *text, const char *expected)
{
    struct sweep_steps steps = {NULL, 0, false};
    char found[300] = "";
    if (sweep_steps_parse(&steps, text)) {
        for (size_t i = 0; i < steps.count; i++) {
            char number[32];
            decimal_format(steps.numbers[i], number, sizeof number);
            ck_assert_double_eq(decimal_value(steps.numbers[i]),
                                strtod(number, NULL));
            strcat(found, number);
            strcat(found, ";");
        }
        strcat(found, steps.percentiles ? "%" : "");
    }
    sweep_steps_free(&steps);
    ck_assert_str_eq(found, expected);
}

START_TEST(steps_are_ranges_or_lists)
{
    check_steps("0:1:0.25", "0;0.25;0.5;0.75;1;");
    check_steps("-0.3:0.3:0.1", "-0.3;-0.2;-0.1;0;0.1;0.2;0.3;");
    check_steps("-1:0:0.4", "-1;-0.6;-0.2;");
    check_steps("5:5:1", "5;");
    check_steps("3,-1.50,3,.5", "-1.5;0.5;3;");
    check_steps("99,90,97.5%", "90;97.5;99;%");
    check_steps("90:98:4%", "90;94;98;%");
    check_steps("+7", "7;");
    static const char *const bad[] = {
        "",         "%",     ":",           "1:2",
        "1:2:0",    "2:1:1", "1:2:-1",      "1,",
        ",1",       "1;2",   "x",           "1:2:1:1",
        "0%",       "100%",  "-1%",         "1e3",
        "0:1:1e-9", "1%,2",  "0:1:0.00001", "1.2.3",
        "nan",      "- 1",   "0:9:.1x",     "1234567890123456"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_steps(bad[i], "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep_steps");
    TCase *tests = suite_case(suite, "sweep_steps");
    tcase_add_test(tests, steps_are_ranges_or_lists);
    return suite_run(suite);
}
