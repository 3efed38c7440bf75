/*
 * test_raw_files.c - dumps whose labels are bytes of another file: which are
 * read
 */
#define TOP "tests/work/raw_files"
#include "dump/source_dump.h"

static void raw_behind_dots(hid_t file)
{
    write_raw(ELSEWHERE "raw", ROWS);
    raw_labels(file, HERE "../elsewhere/raw");
}

static void raw_symbolic_link(hid_t file)
{
    write_raw(ELSEWHERE "raw", ROWS);
    ck_assert(symlink("../elsewhere/raw", HERE "raw") == 0);
    raw_labels(file, HERE "raw");
}

static void raw_pipe(hid_t file)
{
    ck_assert(mkfifo(HERE "raw", 0600) == 0);
    raw_labels(file, HERE "raw");
}

static void raw_device(hid_t file)
{
    raw_labels(file, "/dev/zero");
}

static void raw_folder(hid_t file)
{
    ck_assert(mkdir(HERE "raw", 0700) == 0);
    raw_labels(file, HERE "raw");
}

static void raw_missing(hid_t file)
{
    raw_labels(file, HERE "raw");
}

static void raw_with_origin(hid_t file) /* HDF5_EXTFILE_PREFIX */
{
    write_raw(HERE "raw", ROWS);
    raw_labels(file, "raw");
}

static const struct situation situations[] = {
    {"raw", raw_inside, .trust = false},
    {"raw outside", raw_outside, false, NULL, NULL, OUTSIDE, "elsewhere/raw"},
    {"raw outside, trusted", raw_outside, .trust = true},
    {"raw ..", raw_behind_dots, false, NULL, NULL, OUTSIDE, "elsewhere/raw"},
    {"raw symlink", raw_symbolic_link, false, NULL, NULL, OUTSIDE,
     "elsewhere/raw"},
    {"raw symlink, trusted", raw_symbolic_link, .trust = true},
    {"raw FIFO", raw_pipe, false, NULL, NULL, IRREGULAR, "here/raw"},
    {"raw FIFO, trusted", raw_pipe, true, NULL, NULL, IRREGULAR, "here/raw"},
    {"raw device", raw_device, false, NULL, NULL, IRREGULAR, "/dev/zero"},
    {"raw device, trusted", raw_device, true, NULL, NULL, IRREGULAR,
     "/dev/zero"},
    {"raw folder", raw_folder, true, NULL, NULL, IRREGULAR, "here/raw"},
    {"raw missing", raw_missing, true, NULL, NULL, "is missing", "here/raw"},
    {"raw ${ORIGIN}", raw_with_origin, false, "HDF5_EXTFILE_PREFIX",
     "${ORIGIN}", NULL, NULL},
    {"raw prefix", raw_with_origin, false, "HDF5_EXTFILE_PREFIX", HERE, NULL,
     NULL},
    {"raw ${ORIGIN}/..", raw_with_origin, false, "HDF5_EXTFILE_PREFIX",
     "${ORIGIN}/../here", NULL, NULL},
};

START_TEST(situation)
{
    check_situation(&situations[_i]);
}
END_TEST

/* What a raw file lacks was never written. */
START_TEST(raw_file_that_is_too_short)
{
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    start_with(raw_short);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    read_first_labels(&index, "raw short", ROWS - 1, 0);
    dump_index_destroy(&index);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raw_files");
    TCase *tests = suite_case(suite, "raw_files");
    tcase_add_loop_test(tests, situation, 0,
                        sizeof situations / sizeof *situations);
    tcase_add_test(tests, raw_file_that_is_too_short);
    return suite_run(suite);
}
