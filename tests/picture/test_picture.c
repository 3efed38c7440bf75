/*
 * test_picture.c - axes, bins, areas and markup; expected values by hand
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "picture/axis.h"
#include "picture/trajectory.h"
#include "picture/histogram.h"
#include "text/markup.h"
#include "suite.h"

/* ---- axes ---- */

struct tick_case {
    double low, high;
    int ticks;
    bool whole;
    const char *expected;
};

static const struct tick_case tick_cases[] = {
    {0, 10, 10, true, "0 1 2 3 4 5 6 7 8 9 10 "},
    {0, 10, 5, true, "0 2 4 6 8 10 "},
    {0, 2, 10, true, "0 1 2 "}, /* epochs, not halves of them */
    {0, 299, 10, true, "0 50 100 150 200 250 "},
    {-1.3, 1.7, 6, false, "-1.0 -0.5 0.0 0.5 1.0 1.5 "},
    {-0.31, 0.29, 6, false, "-0.3 -0.2 -0.1 0.0 0.1 0.2 "},
    {5, 5, 10, true, "5 "}, /* one epoch */
    {7, 7, 5, false, "6.6 6.8 7.0 7.2 7.4 "},
    {0, 4e8, 4, false, "0 1e+08 2e+08 3e+08 4e+08 "},
    {0, 3e-8, 3, false, "0 1e-08 2e-08 3e-08 "},
    {0.2, 0.4, 2, false, "0.2 0.3 0.4 "},
};

START_TEST(ticks_are_at_round_numbers)
{
    const struct tick_case *c = &tick_cases[_i];
    const struct axis axis =
        axis_make(c->low, c->high, 0, 100, c->ticks, c->whole);
    char text[256] = "";
    double tick;
    for (int i = 0; axis_tick(&axis, i, &tick); i++) {
        char number[AXIS_TEXT_ROOM];
        axis_format(&axis, tick, number);
        strcat(text, number);
        strcat(text, " ");
    }
    ck_assert_str_eq(text, c->expected);
}
END_TEST

START_TEST(places_are_linear)
{
    const struct axis axis = axis_make(-1, 3, 200, 100, 5, false);
    ck_assert_double_eq(axis_place(&axis, -1), 200);
    ck_assert_double_eq(axis_place(&axis, 3), 100);
    ck_assert_double_eq(axis_place(&axis, 0), 175);
    const struct axis huge = axis_make(-1.7e308, 1.7e308, 0, 10, 5, false);
    ck_assert_double_eq_tol(axis_place(&huge, 0), 5, 1e-9);
    ck_assert(isfinite(huge.step) && huge.step > 0);
}
END_TEST

/* ---- histogram ---- */

START_TEST(bins_hold_what_lies_in_them)
{
    struct histogram h;
    histogram_init(&h, -1.97, 2.01);
    ck_assert_double_eq(h.width, 0.1); /* 3.98 / 60 = 0.066, up to 0.1 */
    ck_assert_double_eq_tol(h.low, -2, 1e-12);
    ck_assert_ptr_eq(histogram_bin(&h, -1.96), &h.bins[0]);
    ck_assert_ptr_eq(histogram_bin(&h, -1.85), &h.bins[1]);
    ck_assert_ptr_eq(histogram_bin(&h, 0.05), &h.bins[20]);
    ck_assert(!h.beyond_low && !h.beyond_high);
    ck_assert_ptr_eq(histogram_bin(&h, -1e300), &h.bins[0]);
    ck_assert_ptr_eq(histogram_bin(&h, 1e300), &h.bins[h.count - 1]);
    ck_assert(h.beyond_low && h.beyond_high);
    histogram_init(&h, 3, 3); /* all the same */
    ck_assert_uint_gt(h.count, 0);
    ck_assert_uint_le(h.count, HISTOGRAM_BINS_MAX);
    histogram_bin(&h, 3)->samples++;
    ck_assert(!h.beyond_low && !h.beyond_high);
}
END_TEST

/* ---- courses ---- */

static struct trajectory_point point(int64_t epoch, double assigned,
                                     double other)
{
    return (struct trajectory_point){epoch, assigned, other, 1};
}

static char *draw_small(const struct trajectory_point *points, size_t count,
                        struct text *text)
{
    const struct trajectory course = {
        .sample = "7", .about = "", .count = count, .points = points};
    *text = (struct text){.bytes = NULL};
    trajectory_draw_small(text, &course, 106, 106); /* 3 to 103 either way */
    text_put(text, "", 1);
    ck_assert(!text->failed);
    return text->bytes;
}

/*
 * Epochs 0 and 2, margins +1 and -3, so that they cross a quarter of the way.
 * Logits from -2 to 2, and a rim of 0.04 * 4 about them: 0 is in the middle, at
 * 53, and 1 is 100 / 4.32 = 23.1 pixels.
 */
START_TEST(areas_meet_where_the_lines_cross)
{
    const struct trajectory_point points[] = {point(0, 1, 0), point(2, -1, 2),
                                              point(4, -2, 2)};
    struct text text;
    const char *svg = draw_small(points, 3, &text);
    ck_assert_ptr_nonnull(strstr(
        svg, "<path class=\"plus\" d=\"M3.0 29.9L15.5 41.4L15.5 41.4L3.0 "
             "53.0Z\"/>"));
    ck_assert_ptr_nonnull(
        strstr(svg, "<path class=\"minus\" d=\"M15.5 41.4L53.0 76.1L103.0 "
                    "99.3L103.0 6.7L53.0 6.7L15.5 41.4Z\"/>"));
    ck_assert_ptr_nonnull(
        strstr(svg, "class=\"own\" points=\"3.0,29.9 53.0,76.1 103.0,99.3\""));
    text_free(&text);
}
END_TEST

START_TEST(one_epoch_is_as_wide_as_the_picture)
{
    const struct trajectory_point one = point(5, 2, -2);
    struct text text;
    const char *svg = draw_small(&one, 1, &text);
    ck_assert_ptr_nonnull(strstr(svg, "class=\"plus\" d=\"M3.0 6.7L103.0 6.7"
                                      "L103.0 99.3L3.0 99.3Z\""));
    ck_assert_ptr_nonnull(strstr(svg, "class=\"minus\" d=\"\""));
    text_free(&text);
    svg = draw_small(NULL, 0, &text);
    ck_assert_ptr_nonnull(strstr(svg, "</svg>"));
    text_free(&text);
}
END_TEST

START_TEST(data_are_all_digits)
{
    const struct trajectory_point points[] = {point(-1, 0.1, 1.0 / 3),
                                              point(10, 1e300, -1e300)};
    const struct trajectory course = {
        .sample = "<a&\"b'>", .about = "label 1", .count = 2, .points = points};
    struct text text = {.bytes = NULL};
    trajectory_draw(&text, &course, 0);
    text_put(&text, "", 1);
    ck_assert(!text.failed);
    ck_assert_ptr_nonnull(strstr(text.bytes, "data-epoch=\"-1 10\""));
    ck_assert_ptr_nonnull(
        strstr(text.bytes, "data-assigned_logit=\"0.1 1e+300\""));
    ck_assert_ptr_nonnull(
        strstr(text.bytes, "data-other_logit=\"0.3333333333333333 -1e+300\""));
    ck_assert_ptr_nonnull(
        strstr(text.bytes, "data-sample_id=\"&lt;a&amp;&quot;b&#39;&gt;\""));
    ck_assert_ptr_null(strstr(text.bytes, "<a&"));
    text_free(&text);
}
END_TEST

/* ---- markup ---- */

struct string_case {
    const char *string, *shown, *url;
};

static const struct string_case string_cases[] = {
    {"cat_07.jpg", "cat_07.jpg", "cat_07.jpg"},
    {"<script>", "&lt;script&gt;", "%3Cscript%3E"},
    {"a b&c", "a b&amp;c", "a%20b%26c"},
    {"x/\"y\"'", "x/&quot;y&quot;&#39;", "x/%22y%22%27"},
    {"\xc3\xa9\xe4\xb8\xad", "\xc3\xa9\xe4\xb8\xad", "%C3%A9%E4%B8%AD"},
    {"a\x80"
     "b\xff",
     "a\xef\xbf\xbd"
     "b\xef\xbf\xbd",
     "a%80b%FF"},
    {"\x01\t", "\xef\xbf\xbd\t", "%01%09"},
    {"\xef\xbf\xbf", "\xef\xbf\xbd", "%EF%BF%BF"},
    {"50%#?", "50%#?", "50%25%23%3F"},
};

START_TEST(strings_of_anybody_are_no_markup)
{
    const struct string_case *c = &string_cases[_i];
    struct text text = {.bytes = NULL};
    markup_put_string(&text, c->string);
    text_put(&text, "", 1);
    ck_assert_str_eq(text.bytes, c->shown);
    text.used = 0;
    markup_put_url(&text, c->string);
    text_put(&text, "", 1);
    ck_assert_str_eq(text.bytes, c->url);
    text_free(&text);
}
END_TEST

START_TEST(long_strings_are_cut_between_characters)
{
    struct text text = {.bytes = NULL};
    markup_put_short(&text, "\xc3\xa9<\xc3\xa9<", 3);
    markup_put_short(&text, "abc", 3);
    markup_put_shown(&text, "|\xe2\x80\xae<\xc2\x85");
    text_put(&text, "", 1);
    ck_assert_str_eq(text.bytes, "\xc3\xa9&lt;\xc3\xa9\xe2\x80\xa6"
                                 "abc|\xef\xbf\xbd&lt;\xef\xbf\xbd");
    text_free(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("picture");
    TCase *tests = suite_case(suite, "picture");
    tcase_add_loop_test(tests, ticks_are_at_round_numbers, 0,
                        sizeof tick_cases / sizeof *tick_cases);
    tcase_add_test(tests, places_are_linear);
    tcase_add_test(tests, bins_hold_what_lies_in_them);
    tcase_add_test(tests, areas_meet_where_the_lines_cross);
    tcase_add_test(tests, one_epoch_is_as_wide_as_the_picture);
    tcase_add_test(tests, data_are_all_digits);
    tcase_add_loop_test(tests, strings_of_anybody_are_no_markup, 0,
                        sizeof string_cases / sizeof *string_cases);
    tcase_add_test(tests, long_strings_are_cut_between_characters);
    return suite_run(suite);
}
