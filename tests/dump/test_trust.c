/*
 * test_trust.c - folders whose files a dump may name, and files of our own,
 * which may name none
 */
#include "dump/hdf5/columns.h"

#define TOP "tests/work/trust"
#include "dump/source_dump.h"

START_TEST(folders_of_files_given)
{
    struct dump_index index = {.files = NULL};
    struct error error;
    start_with(virtual_outside);
    struct dump_trust trust = {.anything = false};
    ck_assert(dump_trust_add(&trust, ELSEWHERE));
    index.trust = &trust;
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    read_labels(&index, "a folder given");
    dump_index_destroy(&index);
    dump_trust_free(&trust);
}
END_TEST

/* A name that leads to the dump in its real folder, where the sources are. */
START_TEST(folder_of_the_real_dump)
{
    struct dump_index index = {.files = NULL};
    struct error error;
    start_with(virtual_inside);
    ck_assert(symlink("../here/dump.h5", ELSEWHERE "dump.h5") == 0);
    ck_assert_msg(discover(&index, ELSEWHERE "dump.h5", &error), "%s",
                  error.text);
    read_labels(&index, "a symbolic link");
    dump_index_destroy(&index);
}
END_TEST

START_TEST(trusted_folders)
{
    struct dump_trust trust = {.anything = false};
    start();
    ck_assert(dump_trust_add(&trust, HERE "none.h5"));
    ck_assert(dump_trust_add(&trust, HERE));
    ck_assert(dump_trust_add(&trust, TOP "/none/none.h5"));
    ck_assert_uint_eq(trust.count, 1);
    ck_assert(dump_trust_has(&trust, absolute(HERE "a/b")));
    ck_assert(!dump_trust_has(&trust, absolute(TOP "/here")));
    ck_assert(!dump_trust_has(&trust, absolute(TOP "/hereafter/a")));
    ck_assert(dump_trust_add(&trust, "/"));
    ck_assert(dump_trust_has(&trust, "/a"));
    dump_trust_free(&trust);
}
END_TEST

/* Files of our own, such as states, have no reason to name others. */
START_TEST(columns_elsewhere)
{
    static const struct dump_column column = {"labels", DUMP_I64};
    static const struct dump_table table = {"test 1", &column, 1};
    void (*const makers[])(hid_t) = {raw_inside, virtual_inside, link_inside};
    start();
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        struct error error = {.text = ""};
        hid_t file = create(DUMP);
        hid_t text = H5Tcopy(H5T_C_S1);
        hid_t one = H5Screate(H5S_SCALAR);
        H5Tset_size(text, strlen(table.kind));
        hid_t kind =
            H5Acreate2(file, "aum-scan", text, one, H5P_DEFAULT, H5P_DEFAULT);
        ck_assert(H5Awrite(kind, text, table.kind) >= 0);
        H5Aclose(kind);
        H5Sclose(one);
        H5Tclose(text);
        makers[i](file);
        H5Fclose(file);
        ck_assert_msg(dump_columns_open(&table, DUMP, NULL, &error) == NULL,
                      "%zu", i);
        ck_assert_msg(strstr(error.text, "labels: damaged: it is kept in "
                                         "another file") != NULL,
                      "%zu: %s", i, error.text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust");
    TCase *tests = suite_case(suite, "trust");
    tcase_add_test(tests, folders_of_files_given);
    tcase_add_test(tests, folder_of_the_real_dump);
    tcase_add_test(tests, columns_elsewhere);
    tcase_add_test(tests, trusted_folders);
    return suite_run(suite);
}
