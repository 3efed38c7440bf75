/*
 * test_table.c - the fields of compound types
 */
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "dump/hdf5/table.h"
#include "suite.h"

#define CLASSES 12
#define ROW 400

static hid_t row;

static void add(hid_t type, const char *name, size_t offset, hid_t member)
{
    ck_assert_int_ge(H5Tinsert(type, name, offset, member), 0);
}

/* A row with one field of each kind. */
static void setup(void)
{
    const hsize_t dims[] = {3, 2};
    const hsize_t outer[] = {4};
    hid_t array = H5Tarray_create2(H5T_IEEE_F32BE, 2, dims);
    hid_t arrays = H5Tarray_create2(array, 1, outer);
    hid_t pred = H5Tcreate(H5T_COMPOUND, 32);
    row = H5Tcreate(H5T_COMPOUND, ROW);
    add(pred, "x", 0, H5T_IEEE_F64LE);
    add(pred, "y", 8, array);
    add(row, "label", 0, H5T_STD_I32LE);
    add(row, "arrays", 8, arrays);
    add(row, "pred", 104, pred);
    add(row, "pred/x", 136, H5T_STD_U8LE);
    for (int i = CLASSES - 1; i >= 0; i--) { /* the last first */
        char name[24];
        snprintf(name, sizeof name, "logit_%d", i);
        add(row, name, 144 + 4 * (size_t)(CLASSES - 1 - i), H5T_IEEE_F32LE);
    }
    add(row, "logit_mean", 200, H5T_IEEE_F32LE);
    add(row, "gap_0", 204, H5T_IEEE_F32LE);
    add(row, "gap_1", 208, H5T_IEEE_F32LE);
    add(row, "gap_3", 212, H5T_IEEE_F32LE);
    add(row, "late_2", 216, H5T_IEEE_F32LE);
    add(row, "late_3", 220, H5T_IEEE_F32LE);
    add(row, "types_0", 224, H5T_IEEE_F32LE);
    add(row, "types_1", 228, H5T_IEEE_F32BE);
    add(row, "p_b", 232, H5T_IEEE_F32LE);
    add(row, "p_a", 236, H5T_IEEE_F32LE);
    add(row, "p_10", 240, arrays); /* no number in a row */
    H5Tclose(pred);
    H5Tclose(arrays);
    H5Tclose(array);
}

static void teardown(void)
{
    H5Tclose(row);
}

/* The axes of a field, "4 3 2"; or why it is unfit; or "absent". */
static const char *look_up(const char *field)
{
    static char text[400];
    struct table_field found;
    const enum table_answer answer =
        table_find(row, field, &found, text, sizeof text);
    if (answer == TABLE_UNFIT)
        return text;
    strcpy(text, answer == TABLE_ABSENT ? "absent" : "");
    for (int i = 0; i < found.rank && answer == TABLE_FOUND; i++)
        snprintf(text + strlen(text), 8, "%s%d", i > 0 ? " " : "",
                 (int)found.dims[i]);
    ck_assert_int_eq(found.element >= 0, answer == TABLE_FOUND);
    if (answer == TABLE_FOUND)
        H5Tclose(found.element);
    return text;
}

static const struct {
    const char *field;
    const char *found;
} fields[] = {
    {"label", ""},
    {"arrays", "4 3 2"},
    {"pred/y", "3 2"},
    {"pred/x", ""}, /* of the two, the field's own name */
    {"pred", ""},
    {"x", "absent"},
    {"pred/z", "absent"},
    {"label/x", "absent"},
    {"labels", "absent"},
    {"", "absent"},
    {"logit_*", "12"},
    {"logit_1*", "2"},    /* logit_10 and logit_11, not logit_1 */
    {"*_mean", "absent"}, /* one field alone */
    {"none_*", "absent"},
    {"p_*", "2"},
    {"gap_*", "the fields gap_1 and gap_3 are not one after the other; write "
              "a field for each class"},
    {"late_*", "the fields late_2 and late_3 start late; classes are numbered "
               "from 0"},
    {"types_*", "the fields types_0 and types_1 have different types; write "
                "all classes as one"},
};

START_TEST(field_is_found)
{
    ck_assert_str_eq(look_up(fields[_i].field), fields[_i].found);
}
END_TEST

START_TEST(only_leaves_are_fields)
{
    ck_assert(table_has(row, "pred/y"));
    ck_assert(table_has(row, "gap_*")); /* so that its error is told */
    ck_assert(!table_has(row, "pred"));
    hid_t pred = table_group(row, "pred");
    ck_assert_int_ge(pred, 0);
    ck_assert(table_has(pred, "y"));
    H5Tclose(pred);
    ck_assert_int_lt(table_group(row, "label"), 0);
    ck_assert_int_lt(table_group(row, "nothing"), 0);
}
END_TEST

/* Reads a field of one row of bytes that are their own places. */
static void convert(const char *field, const struct dump_layout *layout,
                    unsigned char out[ROW], size_t size)
{
    static unsigned char background[ROW];
    hid_t memory = table_memory_type(row, field, layout, NULL);
    ck_assert_int_ge(memory, 0);
    ck_assert_uint_eq(H5Tget_size(memory), size);
    for (size_t i = 0; i < ROW; i++)
        out[i] = (unsigned char)i;
    ck_assert_int_ge(H5Tconvert(row, memory, 1, out, background, H5P_DEFAULT),
                     0);
    H5Tclose(memory);
}

START_TEST(columns_are_in_order)
{
    const struct dump_layout layout = {.type = DUMP_F32, .size = 4};
    unsigned char out[ROW];
    convert("logit_*", &layout, out, 4 * CLASSES);
    for (size_t i = 0; i < CLASSES; i++)
        ck_assert_uint_eq(out[4 * i], 144 + 4 * (CLASSES - 1 - i));
    convert("p_*", &layout, out, 8);
    ck_assert_uint_eq(out[0], 236);
    ck_assert_uint_eq(out[4], 232);
}
END_TEST

START_TEST(arrays_keep_their_order)
{
    const struct dump_layout layout = {.type = DUMP_F32, .size = 4};
    unsigned char out[ROW];
    convert("arrays", &layout, out, 96);
    for (size_t i = 0; i < 96; i++)
        ck_assert_uint_eq(out[i], 8 + i);
    convert("pred/y", &layout, out, 24);
    ck_assert_uint_eq(out[0], 112);
}
END_TEST

START_TEST(names_are_cut)
{
    char text[40];
    table_format_names(row, text, sizeof text);
    ck_assert_str_eq(text, "label, arrays, pred, pred/x, ...");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tests = suite_case(suite, "fields");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, field_is_found, 0,
                        sizeof fields / sizeof *fields);
    tcase_add_test(tests, only_leaves_are_fields);
    tcase_add_test(tests, columns_are_in_order);
    tcase_add_test(tests, arrays_keep_their_order);
    tcase_add_test(tests, names_are_cut);
    return suite_run(suite);
}
