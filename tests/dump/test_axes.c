/*
 * test_axes.c - which axis of a dataset is what, by name
 */
#include <stdlib.h>
#include <string.h>

#include "dump/axes.h"
#include "dump/shape.h"
#include "suite.h"

/* ---- names ---- */

static const struct {
    const char *text;
    bool good;
} lists[] = {
    {"sample", true},
    {"position", true},
    {"epoch,sample,class", true},
    {"class,_,sample,_", true},
    {"epoch,measurement,measurement,sample,position,position,class", true},
    {"sample,_,_,_,_,_,_,class", true},
    {"sample,_,_,_,_,_,_,_,class", false},
    {"class", false},
    {"epoch,class", false},
    {"measurement,class", false},
    {"sample,sample", false},
    {"sample,class,class", false},
    {"sample,epoch,epoch", false},
    {"", false},
    {",", false},
    {"sample,", false},
    {",sample", false},
    {"sample,,class", false},
    {"samples", false},
    {"sampl", false},
    {"Sample", false},
    {"sample class", false},
};

START_TEST(names_are_taken)
{
    struct dump_axes axes;
    char text[DUMP_AXES_TEXT];
    ck_assert_msg(dump_axes_parse(&axes, lists[_i].text) == lists[_i].good,
                  "%s", lists[_i].text);
    if (!lists[_i].good)
        return;
    dump_axes_format(&axes, text);
    ck_assert_str_eq(text, lists[_i].text);
    ck_assert(dump_axes_lack_samples(&axes) ==
              (strstr(lists[_i].text, "sample") == NULL));
}
END_TEST

/* ---- shapes ---- */

#define UNSTORED 9 /* DUMP_NO_AXIS as a digit */

struct shape {
    int rank; /* < 0: there is none */
    uint64_t dims[DUMP_RANK_MAX];
};

/* Where axes are: of `counts`, then the columns, a digit each. */
static const struct {
    const char *axes;
    struct shape logits;
    struct shape labels;
    struct shape ids;
    bool good;
    const char *z;
    const char *y;
    const char *i;
    bool boxed;
} shapes[] = {
    {"epoch,sample,class",
     {3, {3, 8, 4}},
     {1, {8}},
     {-1, {0}},
     true,
     "012",
     "909",
     "",
     false},
    {"class,sample,epoch",
     {3, {4, 8, 3}},
     {1, {8}},
     {2, {8, 3}},
     true,
     "210",
     "909",
     "109",
     true},
    {"class,sample",
     {2, {4, 8}},
     {2, {4, 8}},
     {-1, {0}},
     true,
     "910",
     "910",
     "",
     true},
    {"sample,_",
     {2, {8, 1}},
     {1, {8}},
     {-1, {0}},
     true,
     "909",
     "909",
     "",
     false},
    {"epoch,sample",
     {2, {3, 8}},
     {3, {3, 8, 2}},
     {-1, {0}},
     true,
     "019",
     "012",
     "",
     false},
    {"sample,position,class",
     {3, {8, 5, 4}},
     {2, {8, 5}},
     {1, {8}},
     true,
     "9012",
     "9019",
     "9099",
     false},
    {"sample,position,class",
     {3, {8, 8, 4}},
     {1, {8}},
     {-1, {0}},
     true,
     "9012",
     "9099",
     "",
     false},
    {"class,position,position",
     {3, {4, 5, 6}},
     {2, {5, 6}},
     {0, {0}},
     true,
     "9120",
     "9019",
     "9999",
     true},
    {"epoch,measurement,sample,class",
     {4, {3, 2, 8, 4}},
     {2, {3, 8}},
     {2, {2, 8}},
     true,
     "0123",
     "0919",
     "9019",
     false},
    {"epoch,measurement,sample,class",
     {4, {3, 3, 8, 4}},
     {2, {3, 8}},
     {-1, {0}},
     true,
     "0123",
     "0919",
     "",
     false},
    {"epoch,sample,position,class",
     {4, {3, 3, 3, 4}},
     {2, {3, 3}},
     {2, {3, 3}},
     true,
     "0123",
     "9019",
     "0199",
     false},
    {"sample,class",
     {3, {8, 4, 1}},
     {1, {8}},
     {-1, {0}},
     false,
     "",
     "",
     "",
     false},
    {"_,sample,class",
     {3, {3, 8, 4}},
     {1, {8}},
     {-1, {0}},
     false,
     "",
     "",
     "",
     false},
    {"sample,class",
     {2, {8, 4}},
     {1, {4}},
     {-1, {0}},
     false,
     "",
     "",
     "",
     false},
    {"sample,class", {2, {8, 4}}, {1, {8}}, {1, {7}}, false, "", "", "", false},
    {"epoch,sample,class",
     {3, {3, 8, 4}},
     {1, {3}},
     {-1, {0}},
     false,
     "",
     "",
     "",
     false},
};

/* What errors name. */
static char no_path[] = "/nonexistent/f.h5";
static struct dump_file no_file = {.path = no_path};
static const struct dump_index of_file = {.files = &no_file, .file_count = 1};

static struct dump_array array_of(const struct shape *shape,
                                  struct dump_layout *layout)
{
    static char name[] = "/x";
    memset(layout, 0, sizeof *layout);
    layout->rank = shape->rank;
    memcpy(layout->dims, shape->dims, sizeof layout->dims);
    return (struct dump_array){.path = name, .layout = layout};
}

static char digit(int axis)
{
    return (char)('0' + (axis == DUMP_NO_AXIS ? UNSTORED : axis));
}

static void check_places(const struct dump_layout *layout, const char *expected,
                         const char *what)
{
    char places[DUMP_RANK_MAX + 4];
    unsigned count = 0;
    for (; count < layout->slice_axes + layout->row_axes; count++)
        places[count] = digit(layout->counts[count].axis);
    places[count++] = digit(layout->column_axis);
    places[count] = '\0';
    ck_assert_msg(strcmp(places, expected) == 0, "%s: %s, not %s", what, places,
                  expected);
}

START_TEST(axes_are_found_by_name)
{
    struct dump_layout layouts[3];
    struct dump_array z = array_of(&shapes[_i].logits, &layouts[0]);
    struct dump_array y = array_of(&shapes[_i].labels, &layouts[1]);
    struct dump_array i = array_of(&shapes[_i].ids, &layouts[2]);
    const bool has_ids = shapes[_i].ids.rank >= 0;
    struct dump_axes axes;
    struct error error;
    bool one_hot;
    ck_assert(dump_axes_parse(&axes, shapes[_i].axes));
    const bool good = dump_resolve_shapes(&axes, &z, &y, has_ids ? &i : NULL,
                                          &one_hot, &of_file, &error);
    ck_assert_msg(good == shapes[_i].good, "%s", shapes[_i].axes);
    if (!good)
        return;
    check_places(&layouts[0], shapes[_i].z, shapes[_i].axes);
    check_places(&layouts[1], shapes[_i].y, shapes[_i].axes);
    if (has_ids)
        check_places(&layouts[2], shapes[_i].i, shapes[_i].axes);
    ck_assert(layouts[0].boxed == shapes[_i].boxed);
}
END_TEST

/* Adjacent elements of a file may be counted along several axes at once; those
 * of chunks may not. */
START_TEST(chunks_are_boxed)
{
    static const struct shape shape = {3, {8, 5, 4}};
    static const struct shape of_labels = {2, {8, 5}};
    struct dump_layout layouts[2];
    struct dump_array z = array_of(&shape, &layouts[0]);
    struct dump_array y = array_of(&of_labels, &layouts[1]);
    struct dump_axes axes;
    struct error error;
    bool one_hot;
    layouts[0].storage = DUMP_CHUNKED;
    ck_assert(dump_axes_parse(&axes, "sample,position,class"));
    ck_assert(
        dump_resolve_shapes(&axes, &z, &y, NULL, &one_hot, &of_file, &error));
    ck_assert(layouts[0].boxed && !layouts[1].boxed);
    ck_assert_uint_eq(layouts[0].rows, 40);
    ck_assert_uint_eq(layouts[1].rows, 40);
}
END_TEST

START_TEST(reversed_axes_are_found)
{
    static const struct shape shape = {3, {4, 8, 3}};
    static const struct shape of_labels = {2, {1, 8}};
    const struct dump_axes usual = {.count = 0};
    struct dump_layout layouts[2];
    struct dump_array z = array_of(&shape, &layouts[0]);
    struct dump_array y = array_of(&of_labels, &layouts[1]);
    struct error error;
    bool one_hot;
    layouts[0].reversed = layouts[1].reversed = true;
    ck_assert(
        dump_resolve_shapes(&usual, &z, &y, NULL, &one_hot, &of_file, &error));
    check_places(&layouts[0], "210", "logits");
    check_places(&layouts[1], "919", "labels");
    ck_assert_uint_eq(layouts[0].epochs, 3);
    ck_assert(layouts[0].boxed && !layouts[1].boxed);
}
END_TEST

/* ---- orders that fit ---- */

static const struct {
    struct shape logits;
    struct shape labels;
    struct dump_orders_wanted wanted;
    const char *expected;
} orders[] = {
    {{2, {4, 8}},
     {1, {8}},
     {0, false, true},
     "--axes=class,sample or --axes=epoch,sample"},
    {{2, {4, 8}}, {1, {8}}, {2, false, true}, "--axes=class,sample"},
    {{2, {4, 8}}, {1, {8}}, {5, false, true}, ""},
    {{4, {1, 4, 8, 1}}, {1, {8}}, {2, false, true}, "--axes=_,class,sample,_"},
    {{3, {6, 8, 5}},
     {2, {6, 8}},
     {0, true, true},
     "--axes=sample,position,class or --axes=position,sample,class or "
     "--axes=position,position,class"},
    {{2, {4, 8}}, {1, {7}}, {0, false, true}, ""},
};

START_TEST(orders_are_listed)
{
    struct dump_layout z;
    struct dump_layout y;
    char text[500];
    const struct dump_array logits = array_of(&orders[_i].logits, &z);
    const struct dump_array labels = array_of(&orders[_i].labels, &y);
    const struct dump_order_arrays arrays = {
        .index = &of_file, .logits = &logits, .labels = &labels};
    dump_format_orders(&arrays, orders[_i].wanted, text, sizeof text);
    ck_assert_str_eq(text, orders[_i].expected);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("axes");
    TCase *tests = suite_case(suite, "axes");
    tcase_add_loop_test(tests, names_are_taken, 0,
                        sizeof lists / sizeof *lists);
    tcase_add_loop_test(tests, axes_are_found_by_name, 0,
                        sizeof shapes / sizeof *shapes);
    tcase_add_test(tests, chunks_are_boxed);
    tcase_add_test(tests, reversed_axes_are_found);
    tcase_add_loop_test(tests, orders_are_listed, 0,
                        sizeof orders / sizeof *orders);
    return suite_run(suite);
}
