/*
 * test_fit.c - messages that are longer than their room
 */
#include <stdio.h>
#include <string.h>

#include "common/fit.h"
#include "suite.h"

/* What a message becomes where there is room for so many bytes. */
static void check_fit(size_t room, const char *name, const char *end,
                      const char *start_expected)
{
    char expected[5000];
    char found[5000];
    snprintf(expected, sizeof expected, "%s%s", start_expected, end);
    memset(found, 'x', sizeof found);
    text_fit(found, room, "%s%s", name, end);
    ck_assert_str_eq(found, expected);
    ck_assert_uint_lt(strlen(found), room);
}

START_TEST(long_names_lose_their_starts)
{
    char name[3001];
    char shorter[3001];
    const char *end = ": cannot write: no such luck; try another";
    const size_t end_length = strlen(end);
    for (size_t i = 0; i < sizeof name - 1; i++)
        name[i] = (char)('a' + i % 26);
    name[sizeof name - 1] = '\0';
    check_fit(4000, name, end, name);
    check_fit(3000 + end_length + 1, name, end, name);
    snprintf(shorter, sizeof shorter, "...%s", name + 4);
    check_fit(3000 + end_length, name, end, shorter);
    snprintf(shorter, sizeof shorter, "...%s", name + 3000 - 497);
    check_fit(500 + end_length + 1, name, end, shorter);
    /* Two names share what there is; spaces are no reason to lose the end. */
    char found[1000];
    text_fit(found, sizeof found, "%s: is %s: %s", name, name, end);
    ck_assert_uint_eq(strlen(found), sizeof found - 1);
    ck_assert_ptr_ne(strstr(found, ": is ..."), NULL);
    ck_assert_str_eq(found + strlen(found) - end_length, end);
    for (size_t i = 0; i < sizeof name - 1; i += 10)
        name[i] = ' ';
    snprintf(shorter, sizeof shorter, "...%s", name + 3000 - 497);
    check_fit(500 + end_length + 1, name, end, shorter);
    /* No character is cut. */
    for (size_t i = 0; i < sizeof name - 1; i++)
        name[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    snprintf(shorter, sizeof shorter, "...%s", name + 3000 - 496);
    check_fit(500 + end_length + 1, name, end, shorter);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fit");
    TCase *tests = suite_case(suite, "fit");
    tcase_add_test(tests, long_names_lose_their_starts);
    return suite_run(suite);
}
