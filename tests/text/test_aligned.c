/*
 * test_aligned.c - cells of a table as columns of a terminal
 *
 * Expectations are by hand.
 */
#include <string.h>

#include "suite.h"
#include "text/aligned.h"

static const struct {
    const char *cell;
    size_t width;
    bool right;
    bool last;
    const char *expected;
} cells[] = {
    {"abc", 5, false, false, "abc    "},
    {"abc", 5, true, false, "  abc  "},
    {"abc", 5, false, true, "abc"},
    {"abc", 5, true, true, "  abc"},
    {"", 3, false, false, "     "},
    {"abcdefghij", 10, false, true, "abcdefghij"},
    {"abcdefghij", 9, false, true, "abc...hij"},
    {"abcdefghij", 8, false, true, "ab...hij"},
    {"abcdefghij", 6, false, true, "a...ij"},
    {"abcdefghij", 5, false, true, "abcde"},
    {"abcdefghij", 0, false, true, ""},
    /* characters, not bytes */
    {"\xc3\xa4\xc3\xb6\xc3\xbc", 5, false, false,
     "\xc3\xa4\xc3\xb6\xc3\xbc    "},
    {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
     "\xe2\x82\xac\xe2\x82\xac",
     6, false, true, "\xe2\x82\xac...\xe2\x82\xac\xe2\x82\xac"},
    /* what a terminal would obey, and what is no UTF-8 */
    {"a\x1b[31mb", 9, false, true, "a?[31mb"},
    {"a\tb\nc", 9, false, true, "a?b?c"},
    {"a\xff\xc3", 5, false, true, "a??"},
    {"a\xe2\x80\xae"
     "b",
     5, false, true, "a?b"}, /* right to left */
};

START_TEST(cells_are_padded_and_cut)
{
    struct text text = {.bytes = NULL};
    aligned_put(&text, cells[_i].cell, cells[_i].width, cells[_i].right,
                cells[_i].last);
    text_put(&text, "", 1);
    ck_assert(!text.failed);
    ck_assert_str_eq(text.bytes, cells[_i].expected);
    text_free(&text);
}
END_TEST

START_TEST(widths_are_of_characters)
{
    ck_assert_uint_eq(aligned_width(""), 0);
    ck_assert_uint_eq(aligned_width("abc"), 3);
    ck_assert_uint_eq(aligned_width("\xc3\xa4\xe2\x82\xac"), 2);
    ck_assert_uint_eq(aligned_width("\xff\xfe"), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("aligned");
    TCase *tests = suite_case(suite, "aligned");
    tcase_add_loop_test(tests, cells_are_padded_and_cut, 0,
                        sizeof cells / sizeof *cells);
    tcase_add_test(tests, widths_are_of_characters);
    return suite_run(suite);
}
