/*
 * test_ui.c - messages, and the bar of progress
 */
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "ui/log.h"
#include "ui/progress.h"

/* ---- progress ---- */

START_TEST(bytes_are_told_in_units)
{
    static const struct {
        double bytes;
        const char *text;
    } cases[] = {{0, "0 B"},         {999, "999 B"},     {1000, "1.0 kB"},
                 {999600, "1.0 MB"}, {518000, "518 kB"}, {3.25e9, "3.2 GB"},
                 {9.96e9, "10 GB"},  {4e14, "400 TB"},   {5e18, "5000 PB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        ck_assert_str_eq(format_bytes(cases[i].bytes, text), cases[i].text);
    }
}
END_TEST

START_TEST(the_bar)
{
    char text[256];
    progress_format(text, sizeof text, 80, 3, 10, 500000, 1000000, 61);
    ck_assert_str_eq(text, "[===============>              ] epoch 3/10  "
                           "500 kB/1.0 MB  ETA 1:01");
    progress_format(text, sizeof text, 80, 10, 10, 1000, 1000, 5);
    ck_assert_str_eq(text, "[==============================] epoch 10/10  "
                           "1.0 kB/1.0 kB  ETA 0:00");
    progress_format(text, sizeof text, 80, 0, 10, 0, 1000, 5);
    ck_assert_ptr_nonnull(strstr(text, "ETA -:--"));
    progress_format(text, sizeof text, 80, 1, 10, 1, 7201, 1);
    ck_assert_ptr_nonnull(strstr(text, "ETA 2:00:00"));
    for (int columns = 1; columns < 200; columns++) {
        progress_format(text, sizeof text, columns, 99, 100, 1, 1000, 1);
        ck_assert_int_le((int)strlen(text), columns > 1 ? columns - 1 : 1);
    }
}
END_TEST

/* ---- messages ---- */

START_TEST(messages_cannot_draw)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"plain", "plain"},
        {"a\r\n\x1b[2J\x7f", "a\\x0d\\x0a\\x1b[2J\\x7f"},
        {"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80",
         "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80"},
        {"\xc2\x80|\xc2\x9b|\xc2\x9f|\xc2\xa0",
         "\\xc2\\x80|\\xc2\\x9b|\\xc2\\x9f|\xc2\xa0"}, /* C1, and a space */
        {"\x9b"
         "2J\xff\xc3",
         "\\x9b"
         "2J\\xff\\xc3"},
        {"\xc0\x9b\xed\xa0\x80", "\\xc0\\x9b\\xed\\xa0\\x80"},
        {"\xd8\x9c\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
         "\\xd8\\x9c\xe2\x80\x8d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\xe2\x80\x90"},
        {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
         "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xa9\\xe2\\x80\\xaa"},
        {"\xe2\x80\xae"
         "4pm\xe2\x80\xaf",
         "\\xe2\\x80\\xae"
         "4pm\xe2\x80\xaf"},
        {"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
         "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char said[200] = "";
        char expected[200];
        struct messages messages = {.stream = fmemopen(said, sizeof said, "w")};
        ck_assert_ptr_nonnull(messages.stream);
        log_error(&messages, "%s", cases[i].text);
        fclose(messages.stream);
        snprintf(expected, sizeof expected, "aum-scan: %s\n", cases[i].line);
        ck_assert_str_eq(said, expected);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ui");
    TCase *tests = suite_case(suite, "ui");
    tcase_add_test(tests, bytes_are_told_in_units);
    tcase_add_test(tests, the_bar);
    tcase_add_test(tests, messages_cannot_draw);
    return suite_run(suite);
}
