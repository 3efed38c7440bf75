/*
 * test_dump.c - names, shapes, the order of an index; no HDF5
 *
 * Expected values by hand.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "dump/shape.h"
#include "suite.h"

/* ---- names ---- */

/* ---- shapes ---- */

#define NONE DUMP_NO_AXIS

struct dims {
    int rank;
    uint64_t dims[DUMP_RANK_MAX];
};

/* Axes as epoch, row, column. */
static const struct {
    const char *what;
    struct dims logits, labels, ids; /* ids of rank -1: none */
    bool good, one_hot;
    int z[3], y[3], i[3];
} shapes[] = {
    {"rows of classes",
     {2, {8, 3}},
     {1, {8}},
     {1, {8}},
     true,
     false,
     {NONE, 0, 1},
     {NONE, 0, NONE},
     {NONE, 0, NONE}},
    {"a cube, labels of all epochs",
     {3, {4, 8, 3}},
     {1, {8}},
     {2, {4, 8}},
     true,
     false,
     {0, 1, 2},
     {NONE, 0, NONE},
     {0, 1, NONE}},
    {"a cube, labels of each epoch",
     {3, {4, 8, 3}},
     {2, {4, 8}},
     {1, {8}},
     true,
     false,
     {0, 1, 2},
     {0, 1, NONE},
     {NONE, 0, NONE}},
    {"one-hot",
     {2, {8, 3}},
     {2, {8, 3}},
     {-1, {0}},
     true,
     true,
     {NONE, 0, 1},
     {NONE, 0, 1},
     {0}},
    {"one-hot cube",
     {3, {4, 8, 3}},
     {3, {4, 8, 3}},
     {-1, {0}},
     true,
     true,
     {0, 1, 2},
     {0, 1, 2},
     {0}},
    {"one-hot for all epochs",
     {3, {4, 8, 3}},
     {2, {8, 3}},
     {-1, {0}},
     true,
     true,
     {0, 1, 2},
     {NONE, 0, 1},
     {0}},
    {"one logit",
     {1, {8}},
     {1, {8}},
     {-1, {0}},
     true,
     false,
     {NONE, 0, NONE},
     {NONE, 0, NONE},
     {0}},
    {"one logit, column",
     {2, {8, 1}},
     {2, {8, 1}},
     {2, {1, 8}},
     true,
     false,
     {NONE, 0, NONE},
     {NONE, 0, NONE},
     {NONE, 1, NONE}},
    {"one logit, one-hot",
     {2, {8, 1}},
     {2, {8, 2}},
     {-1, {0}},
     true,
     true,
     {NONE, 0, NONE},
     {NONE, 0, 1},
     {0}},
    {"one logit, cube",
     {3, {4, 8, 1}},
     {2, {4, 8}},
     {-1, {0}},
     true,
     false,
     {0, 1, NONE},
     {0, 1, NONE},
     {0}},
    {"one row",
     {2, {1, 3}},
     {1, {1}},
     {-1, {0}},
     true,
     false,
     {NONE, NONE, 1},
     {NONE, NONE, NONE},
     {0}},
    {"a scalar",
     {0, {0}},
     {0, {0}},
     {-1, {0}},
     true,
     false,
     {NONE, NONE, NONE},
     {NONE, NONE, NONE},
     {0}},
    {"unit axes",
     {4, {8, 3, 1, 1}},
     {1, {8}},
     {-1, {0}},
     true,
     false,
     {NONE, 0, 1},
     {NONE, 0, NONE},
     {0}},
    {"a unit axis first",
     {3, {1, 8, 3}},
     {1, {8}},
     {-1, {0}},
     true,
     false,
     {NONE, 1, 2},
     {NONE, 0, NONE},
     {0}},
    {"no rows",
     {2, {0, 3}},
     {1, {0}},
     {1, {0}},
     true,
     false,
     {NONE, 0, 1},
     {NONE, 0, NONE},
     {NONE, 0, NONE}},
    {"too few labels",
     {2, {8, 3}},
     {1, {7}},
     {-1, {0}},
     false,
     false,
     {0},
     {0},
     {0}},
    {"too few ids",
     {2, {8, 3}},
     {1, {8}},
     {1, {7}},
     false,
     false,
     {0},
     {0},
     {0}},
    {"other epochs",
     {3, {4, 8, 3}},
     {2, {5, 8}},
     {-1, {0}},
     false,
     false,
     {0},
     {0},
     {0}},
    {"too many axes",
     {4, {2, 3, 4, 5}},
     {2, {2, 3}},
     {-1, {0}},
     false,
     false,
     {0},
     {0},
     {0}},
};

/* What errors name. */
static char no_path[] = "/nonexistent/f.h5";
static struct dump_file no_file = {.path = no_path};
static const struct dump_index of_file = {.files = &no_file, .file_count = 1};

static struct dump_array array_of(const struct dims *dims,
                                  struct dump_layout *layout)
{
    static char name[] = "/x";
    memset(layout, 0, sizeof *layout);
    layout->rank = dims->rank;
    memcpy(layout->dims, dims->dims, sizeof layout->dims);
    return (struct dump_array){.path = name, .layout = layout};
}

static void check_axes(const struct dump_layout *layout, const int axes[3],
                       const char *what)
{
    ck_assert_msg(layout->epoch_axis == axes[0] &&
                      layout->row_axis == axes[1] &&
                      layout->column_axis == axes[2],
                  "%s: %d %d %d", what, layout->epoch_axis, layout->row_axis,
                  layout->column_axis);
}

START_TEST(axes_are_found)
{
    struct dump_layout layouts[3];
    struct dump_array z = array_of(&shapes[_i].logits, &layouts[0]);
    struct dump_array y = array_of(&shapes[_i].labels, &layouts[1]);
    struct dump_array i = array_of(&shapes[_i].ids, &layouts[2]);
    const bool has_ids = shapes[_i].ids.rank >= 0;
    bool one_hot;
    struct error error;
    const struct dump_axes usual = {.count = 0};
    bool good = dump_resolve_shapes(&usual, &z, &y, has_ids ? &i : NULL,
                                    &one_hot, &of_file, &error);
    ck_assert_msg(good == shapes[_i].good, "%s", shapes[_i].what);
    if (!good)
        return;
    ck_assert_msg(one_hot == shapes[_i].one_hot, "%s", shapes[_i].what);
    check_axes(z.layout, shapes[_i].z, shapes[_i].what);
    check_axes(y.layout, shapes[_i].y, shapes[_i].what);
    if (has_ids)
        check_axes(i.layout, shapes[_i].i, shapes[_i].what);
}
END_TEST

/* ---- indices ---- */

static void add_part(struct dump_index *index, int64_t epoch, uint64_t rows)
{
    struct epoch_record *record = dump_index_add_record(index);
    record->epoch = epoch;
    record->numbered = epoch >= 0;
    record->group = index->groups[0];
    record->rows = rows;
    record->classes = 4;
    record->slice = index->record_count;
}

START_TEST(indices_are_put_in_order)
{
    struct dump_index index = {0};
    struct error error;
    dump_index_add_file(&index, "a.h5");
    dump_index_add_group(&index, "/");
    struct dump_array *array = dump_index_add_array(&index);
    array->path = strdup("/logits");
    static const int64_t epochs[] = {7, 3, 10, 3, 4};
    for (size_t i = 0; i < 5; i++)
        add_part(&index, epochs[i], 0);
    const struct dump_epochs all = DUMP_ALL_EPOCHS;
    ck_assert(dump_index_finish(&index, all, &error));
    ck_assert_uint_eq(index.epochs, 4);
    static const int64_t sorted[] = {3, 3, 4, 7, 10};
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(index.records[i].epoch, sorted[i]);
    ck_assert_uint_lt(index.records[0].slice, index.records[1].slice);
    ck_assert_uint_eq(dump_index_epoch_end(&index, 0), 2);
    ck_assert_uint_eq(dump_index_epoch_end(&index, 4), 5);
    const struct dump_epochs some = {4, 7};
    ck_assert(dump_index_finish(&index, some, &error));
    ck_assert_uint_eq(index.record_count, 2);
    const struct dump_epochs none = {8, 9};
    ck_assert(!dump_index_finish(&index, none, &error));
    dump_index_destroy(&index);
}
END_TEST

START_TEST(many_parts_are_put_in_order)
{
    const struct dump_epochs all = DUMP_ALL_EPOCHS;
    struct error error;
    uint64_t state = random_seed(3);
    for (size_t count = 0; count < 40; count++) {
        struct dump_index index = {0};
        dump_index_add_file(&index, "a.h5");
        dump_index_add_group(&index, "/");
        for (size_t i = 0; i < count; i++)
            add_part(&index, (int64_t)random_below(&state, 20), 0);
        ck_assert(dump_index_finish(&index, all, &error));
        uint64_t slices = 0;
        for (size_t i = 0; i < count; i++) {
            const struct epoch_record *record = &index.records[i];
            slices += record->slice;
            ck_assert(i == 0 || record[-1].epoch < record->epoch ||
                      (record[-1].epoch == record->epoch &&
                       record[-1].slice < record->slice));
        }
        ck_assert_uint_eq(slices, count * (count + 1) / 2); /* each once */
        dump_index_destroy(&index);
    }
}
END_TEST

START_TEST(layouts_are_shared)
{
    struct dump_index index = {0};
    struct dump_layout *shared[200];
    struct dump_layout layout;
    memset(&layout, 0, sizeof layout);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 200; i++) {
            layout.rows = i;
            struct dump_layout *found = dump_index_share(&index, &layout);
            ck_assert_uint_eq(found->rows, i);
            ck_assert(turn == 0 || found == shared[i]);
            shared[i] = found;
        }
    }
    ck_assert_uint_eq(index.layout_count, 200);
    dump_index_destroy(&index);
}
END_TEST

START_TEST(bytes_of_dumps_do_not_wrap_around)
{
    struct dump_file files[] = {{.bytes = UINT64_MAX - 9}, {.bytes = 20}};
    const struct dump_index plan = {.files = files, .file_count = 2};
    ck_assert(dump_index_bytes(&plan) == UINT64_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dump");
    TCase *tests = suite_case(suite, "dump");
    tcase_add_loop_test(tests, axes_are_found, 0,
                        sizeof shapes / sizeof *shapes);
    tcase_add_test(tests, indices_are_put_in_order);
    tcase_add_test(tests, many_parts_are_put_in_order);
    tcase_add_test(tests, layouts_are_shared);
    tcase_add_test(tests, bytes_of_dumps_do_not_wrap_around);
    return suite_run(suite);
}
