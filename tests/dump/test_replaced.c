/*
 * test_replaced.c - files that others take the place of, or that change, once
 * they were looked at
 */
#include <fcntl.h>
#include <stdarg.h>

#include "dump/hdf5/guard.h"

#define TOP "tests/work/replaced"
#include "dump/source_dump.h"

/* ---- files that take another's place ---- */

/* As this path is opened, PATH.new takes its place: whoever has looked at it
 * has seen another. */
static const char *swapped;
static int swaps_left;

/* A source that was opened so many times is another one until it is opened
 * again: its folder is, whose name does not change what is in it. */
#define FOLDER HERE "sub"
#define SOURCE "/sub/source.h5"
static int opened;
static int swap_after = -1; /* this count, and back after the next; -1: never */

static void swap_folders(void)
{
    rename(FOLDER, HERE "old");
    rename(HERE "new", FOLDER);
    rename(HERE "old", HERE "new");
}

/* In the C library's place. */
int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    char new[8200];
    if ((flags & O_CREAT) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (swaps_left > 0 && strcmp(path, swapped) == 0) {
        swaps_left--;
        snprintf(new, sizeof new, "%s.new", path);
        if (swaps_left > 0) /* yet another one */
            close(openat(AT_FDCWD, new, O_CREAT | O_RDWR, 0600));
        rename(new, path);
    }
    const int fd = openat(AT_FDCWD, path, flags, mode);
    if (strstr(path, SOURCE) != NULL && swap_after >= 0) {
        opened++;
        if (opened == swap_after || opened == swap_after + 1)
            swap_folders();
    }
    return fd;
}

/* ---- reading ---- */

/* What is put in a source's place once it was looked at is not read. */
START_TEST(source_replaced_since)
{
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    uint32_t read[ROWS];
    start_with(virtual_inside);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    ck_assert(unlink(HERE "source.h5") == 0);
    ck_assert(mkfifo(HERE "source.h5", 0600) == 0);
    struct dump_reader *reader = dump_reader_create(&index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    ck_assert(dump_reader_next(reader, &block));
    ck_assert(!dump_read_labels(worker, &block, 3, read, &bad, &error));
    expect_refusal(&error, "replaced", IRREGULAR, "source.h5");
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
    dump_index_destroy(&index);
}
END_TEST

/* Reads labels while a source is another one for a moment; true if they were
 * read, and right. */
static bool read_while_swapped(const struct dump_index *index, int after)
{
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    uint32_t read[ROWS];
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    opened = 0;
    swap_after = after;
    if (after == 0)
        swap_folders();
    ck_assert(dump_reader_next(reader, &block));
    bool good = dump_read_labels(worker, &block, 3, read, &bad, &error);
    dump_worker_destroy(worker);
    good = dump_reader_verify(reader, &error) && good;
    dump_reader_destroy(reader);
    swap_after = -1;
    for (size_t i = 0; good && i < ROWS; i++)
        ck_assert_msg(read[i] == labels[i], "label %zu is %u, after %d", i,
                      read[i], after);
    ck_assert_msg(good || strstr(error.text, "source.h5") != NULL, "%s",
                  error.text);
    if (access(FOLDER "/right", F_OK) != 0)
        swap_folders();
    return good;
}

/* What is read is what was looked at, whenever another file has its name. */
START_TEST(replaced_for_a_moment)
{
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    hid_t file;
    start();
    ck_assert(mkdir(FOLDER, 0700) == 0 && mkdir(HERE "new", 0700) == 0);
    write_raw(FOLDER "/right", 0);
    write_source(FOLDER "/source.h5", 0, ROWS);
    file = create(HERE "new/source.h5"); /* zeros */
    hid_t early = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
    write_labels(file, "labels", early, 0, ROWS);
    H5Pclose(early);
    H5Fclose(file);
    file = create_dump();
    virtual_labels(file, "sub/source.h5", "labels");
    H5Fclose(file);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    ck_assert(read_while_swapped(&index, 1000));
    const int opens = opened;
    ck_assert_int_ge(opens, 3);
    for (int after = 0; after <= opens; after++)
        read_while_swapped(&index, after);
    dump_index_destroy(&index);
}
END_TEST

/* A link's target that has changed is named. */
START_TEST(target_that_changes)
{
    const struct timespec times[2] = {{.tv_sec = 2000000}, {.tv_sec = 2000000}};
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    uint32_t read[ROWS];
    start_with(link_inside);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    for (int early = 0; early < 2; early++) {
        struct dump_reader *reader = dump_reader_create(&index, NULL);
        struct dump_worker *worker = dump_worker_create(reader);
        ck_assert(dump_reader_next(reader, &block));
        bool good = dump_read_labels(worker, &block, 3, read, &bad, &error);
        utimensat(AT_FDCWD, HERE "target.h5", times, 0);
        dump_worker_destroy(worker);
        good = good && dump_reader_verify(reader, &error);
        dump_reader_destroy(reader);
        ck_assert(!good);
        expect_refusal(&error, "target", "has changed", "target.h5: has");
    }
    dump_index_destroy(&index);
}
END_TEST

/* "a" is opened while other files take its place, the last of them one of so
 * many rows, which may be an output. */
static enum guard_answer open_swapped(struct guard *guard, int swaps,
                                      bool is_output, uint64_t *bytes)
{
    struct dump_trust trust = {.anything = true};
    struct stat status;
    int fd;
    write_raw(HERE "a", ROWS);
    write_raw(HERE "a.new", 1);
    ck_assert(stat(HERE "a.new", &status) == 0);
    if (is_output)
        ck_assert(dump_trust_doom(&trust, status.st_dev, status.st_ino));
    memset(guard, 0, sizeof *guard);
    guard->trust = &trust;
    swapped = absolute(HERE "a");
    swaps_left = swaps;
    const enum guard_answer answer = guard_open(guard, swapped, &fd, bytes);
    ck_assert((fd >= 0) == (answer == GUARD_GOOD));
    if (fd >= 0)
        close(fd);
    swaps_left = 0;
    dump_trust_free(&trust);
    return answer;
}

/* What takes a file's place once it was looked at is looked at itself. */
START_TEST(replaced_while_it_is_opened)
{
    struct guard guard;
    uint64_t bytes;
    start();
    ck_assert_int_eq(open_swapped(&guard, 0, true, &bytes), GUARD_GOOD);
    ck_assert_uint_eq(bytes, sizeof labels);
    ck_assert_int_eq(open_swapped(&guard, 1, true, &bytes), GUARD_REFUSED);
    ck_assert_ptr_ne(strstr(guard.refused, "is an output of this run"), NULL);
    ck_assert_int_eq(open_swapped(&guard, 1, false, &bytes), GUARD_GOOD);
    ck_assert_uint_eq(bytes, sizeof *labels);
    ck_assert_int_eq(open_swapped(&guard, 99, false, &bytes), GUARD_REFUSED);
    ck_assert_ptr_ne(strstr(guard.refused, "is replaced over and over"), NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replaced");
    TCase *tests = suite_case(suite, "replaced");
    tcase_add_test(tests, source_replaced_since);
    tcase_add_test(tests, target_that_changes);
    tcase_add_test(tests, replaced_for_a_moment);
    tcase_add_test(tests, replaced_while_it_is_opened);
    return suite_run(suite);
}
