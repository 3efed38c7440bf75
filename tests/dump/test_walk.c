/*
 * test_walk.c - the groups of a file, however they hang together
 *
 * The HDF5 library writes them here. Damage is a count of references that is
 * too low, which makes the library visit what it has visited before; where it
 * stands is known from the HDF5 File Format Specification 3.0, IV.A.1.a.
 */
#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dump/discover.h"
#include "dump/reader.h"
#include "suite.h"

#define REFERENCES_AT 4 /* in an object header of version 1 */

static char folder[] = "tests/work/walkXXXXXX";
static char path[64];
static struct dump_index indexed;
static struct error error;

static void setup(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/dump.h5", folder);
    ck_assert(dump_start(&error));
    memset(&indexed, 0, sizeof indexed);
}

static void teardown(void)
{
    dump_index_destroy(&indexed);
    unlink(path);
    rmdir(folder);
}

/* ---- writing ---- */

static hid_t create(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* The headers of this format have no check sums. */
    H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    ck_assert_int_ge(file, 0);
    return file;
}

static hid_t add_group(hid_t parent, const char *name)
{
    hid_t group =
        H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(group, 0);
    return group;
}

static void add_data(hid_t group, const char *name, hid_t type, int rank)
{
    static const int64_t zeros[4 * 3];
    const hsize_t dims[2] = {4, 3};
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                              H5P_DEFAULT, zeros),
                     0);
    H5Dclose(dataset);
    H5Sclose(space);
}

/* Group in group, with a dump in the last. */
static void write_nested(int depth)
{
    hid_t group = create();
    for (int i = 0; i < depth; i++) {
        hid_t next = add_group(group, "g");
        ck_assert_int_ge(i == 0 ? H5Fclose(group) : H5Gclose(group), 0);
        group = next;
    }
    add_data(group, "logits", H5T_IEEE_F32LE, 2);
    add_data(group, "labels", H5T_STD_I64LE, 1);
    H5Gclose(group);
}

/* The address of a group's header. */
static haddr_t address(hid_t group)
{
    H5O_info_t info;
    ck_assert_int_ge(H5Oget_info(group, &info), 0);
    return info.addr;
}

static void count_one_reference(haddr_t header)
{
    const uint8_t one[4] = {1, 0, 0, 0};
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, (long)header, SEEK_SET), 0);
    ck_assert_int_eq(fgetc(file), 1); /* the version */
    fseek(file, (long)header + REFERENCES_AT, SEEK_SET);
    ck_assert_uint_eq(fwrite(one, 1, sizeof one, file), sizeof one);
    fclose(file);
}

/* ---- reading ---- */

static void ignore(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static bool discover(void)
{
    const struct dump_names names = {.live = false};
    struct dump_found found;
    return dump_discover(&indexed, path, &names, &found, ignore, NULL, &error);
}

static const char damaged[] = "damaged: its groups lead back to themselves";

START_TEST(deep_groups)
{
    write_nested(256 - 1); /* and a dataset */
    ck_assert_msg(discover(), "%s", error.text);
    ck_assert_uint_eq(indexed.record_count, 1);
}
END_TEST

START_TEST(groups_that_are_too_deep)
{
    write_nested(257);
    ck_assert(!discover());
    ck_assert_msg(strstr(error.text, "/g/g/g/g") != NULL &&
                      strstr(error.text, "groups more than 256 deep") != NULL,
                  "%s", error.text);
}
END_TEST

/* Each epoch has a link to the next one. */
START_TEST(chain_of_epochs)
{
    const int epochs = _i == 0 ? 200 : 1000;
    hid_t file = create();
    hid_t last = -1;
    for (int i = 0; i < epochs; i++) {
        char name[32];
        snprintf(name, sizeof name, "epoch_%d", i);
        hid_t group = add_group(file, name);
        add_data(group, "logits", H5T_IEEE_F32LE, 2);
        add_data(group, "labels", H5T_STD_I64LE, 1);
        if (i > 0)
            H5Lcreate_hard(group, ".", last, "next", H5P_DEFAULT, H5P_DEFAULT);
        if (last >= 0)
            H5Gclose(last);
        last = group;
    }
    H5Gclose(last);
    H5Fclose(file);
    if (epochs < 256) {
        ck_assert_msg(discover(), "%s", error.text);
    } else {
        ck_assert(!discover());
        ck_assert_msg(strstr(error.text, "damaged") == NULL &&
                          strstr(error.text, "/next/next/next") != NULL &&
                          strstr(error.text, "dump without them") != NULL,
                      "%s", error.text);
    }
}
END_TEST

/* Groups with wrong counts of references seem to lead on and on. Later
 * libraries (1.14) see that they do not. */
static void check_discovery(bool wrong)
{
    if (!discover())
        ck_assert_msg(wrong && strstr(error.text, damaged) != NULL, "%s",
                      error.text);
    else
        ck_assert(!wrong || H5_VERSION_GE(1, 12, 0));
}

/* The group "a" is also "a/again", as its count of references says or not. */
START_TEST(loop)
{
    hid_t file = create();
    add_data(file, "logits", H5T_IEEE_F32LE, 2);
    add_data(file, "labels", H5T_STD_I64LE, 1);
    hid_t group = add_group(file, "a");
    H5Lcreate_hard(file, "a", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    const haddr_t header = address(group);
    H5Gclose(group);
    H5Fclose(file);
    if (_i > 0)
        count_one_reference(header);
    check_discovery(_i > 0);
}
END_TEST

/* Each group leads to the next by two names: one way to the first, and
 * 2^LEVELS ways to the last. */
#define LEVELS 60

START_TEST(very_many_ways)
{
    haddr_t headers[LEVELS];
    hid_t file = create();
    add_data(file, "logits", H5T_IEEE_F32LE, 2);
    add_data(file, "labels", H5T_STD_I64LE, 1);
    hid_t group = add_group(file, "top");
    for (int i = 0; i < LEVELS; i++) {
        hid_t next = add_group(group, "a");
        H5Lcreate_hard(group, "a", group, "b", H5P_DEFAULT, H5P_DEFAULT);
        headers[i] = address(next);
        H5Gclose(group);
        group = next;
    }
    H5Gclose(group);
    H5Fclose(file);
    for (int i = 0; _i > 0 && i < LEVELS; i++)
        count_one_reference(headers[i]);
    check_discovery(_i > 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk");
    TCase *tests = suite_case(suite, "groups");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, deep_groups);
    tcase_add_test(tests, groups_that_are_too_deep);
    tcase_add_loop_test(tests, chain_of_epochs, 0, 2);
    tcase_add_loop_test(tests, loop, 0, 2);
    tcase_add_loop_test(tests, very_many_ways, 0, 2);
    return suite_run(suite);
}
