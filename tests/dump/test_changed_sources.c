/*
 * test_changed_sources.c - files that change, though a dump keeps data in them
 * or they are still being written, and states that are replaced
 */
#include "state/state_file.h"
#include "dump/write_dump.h"

/* ---- sources that change ---- */

enum kept { KEPT_RAW, KEPT_VIRTUAL, KEPT_BEHIND_A_LINK, KEPT };

/* Logits that are kept in other.h5, as raw bytes or as a source, which may be
 * one through a link in third.h5. */
static void write_kept(enum kept kept)
{
    const hsize_t dims[2] = {ROWS, CLASSES};
    static float values[ROWS * CLASSES];
    const char *source = "other.h5";
    for (hsize_t i = 0; i < ROWS * CLASSES; i++)
        values[i] = (float)logit(i / CLASSES, i % CLASSES);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dims, NULL);
    write_dump(other_path, layouts[0]);
    if (kept == KEPT_BEHIND_A_LINK) {
        source = "third.h5";
        hid_t file = create(third_path);
        H5Lcreate_external("other.h5", "logits", file, "logits", H5P_DEFAULT,
                           H5P_DEFAULT);
        H5Fclose(file);
    }
    if (kept == KEPT_RAW)
        H5Pset_external(plist, other_path, 0, sizeof values);
    else
        H5Pset_virtual(plist, space, source, "logits", space);
    hid_t file = create(dump_path);
    hid_t dataset = H5Dcreate2(file, "logits", H5T_IEEE_F32LE, space,
                               H5P_DEFAULT, plist, H5P_DEFAULT);
    ck_assert_int_ge(dataset, 0);
    if (kept == KEPT_RAW)
        ck_assert_int_ge(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
                                  H5P_DEFAULT, values),
                         0);
    H5Dclose(dataset);
    write_labels(file, ROWS);
    H5Fclose(file);
    H5Sclose(space);
    H5Pclose(plist);
    set_time(other_path, 1000000);
}

static void touch_source(void)
{
    set_time(other_path, 2000000);
}

/* By another one of the same bytes and time. */
static void replace_source(void)
{
    static char bytes[1 << 20];
    const int from = open(other_path, O_RDONLY);
    const int to = open(third_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const ssize_t n = read(from, bytes, sizeof bytes);
    ck_assert_int_eq(write(to, bytes, (size_t)n), n);
    close(to);
    set_time(third_path, 1000000);
    ck_assert_int_eq(rename(third_path, other_path), 0);
    close(from); /* not before: the next file would get its inode */
}

/* Before its dump is read, and while it is. */
START_TEST(sources_that_change)
{
    const enum kept kept = (enum kept)_i;
    struct reading reading;
    void (*const change[])(void) = {touch_source, replace_source};
    const char *const says[] = {"it has been written to",
                                "it is another file now"};
    for (int i = 0; i < (kept == KEPT_BEHIND_A_LINK ? 1 : 2); i++) {
        write_kept(kept);
        ck_assert_msg(find(&reading, dump_path, false), "%s",
                      reading.error.text);
        ck_assert_msg(read_all(&reading), "%s", reading.error.text);
        change[i]();
        ck_assert(!read_all(&reading));
        assert_says(&reading, "other.h5: has changed since it was looked at");
        assert_says(&reading, says[i]);
        ck_assert_int_eq(reading.error.advice, ADVICE_SKIP_FILE);
        done(&reading);
        write_kept(kept);
        ck_assert(find(&reading, dump_path, false));
        ck_assert(!read_between(&reading, change[i], 0));
        assert_says(&reading, says[i]);
        done(&reading);
    }
}
END_TEST

/* Changes that leave size and time of modification as they were. The library
 * may have opened another raw file meanwhile; other files are looked at as they
 * are opened. */

static void write_and_set_back(const char *path)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    const int fd = open(path, O_RDWR);
    char byte;
    ck_assert_int_eq(pread(fd, &byte, 1, status.st_size - 1), 1);
    ck_assert_int_eq(pwrite(fd, &byte, 1, status.st_size - 1), 1);
    ck_assert_int_eq(futimens(fd, times), 0);
    close(fd);
}

static void rename_there_and_back(const char *path)
{
    ck_assert_int_eq(rename(path, third_path), 0);
    ck_assert_int_eq(rename(third_path, path), 0);
}

static void change_mode(const char *path)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(chmod(path, (status.st_mode ^ 0040) & 0777), 0);
}

static void add_link(const char *path)
{
    unlink(third_path);
    ck_assert_int_eq(link(path, third_path), 0);
}

static void (*const hidden[])(const char *path) = {
    rename_there_and_back, change_mode, add_link, write_and_set_back};

START_TEST(changes_of_a_raw_file_that_hide)
{
    struct reading reading;
    write_kept(KEPT_RAW);
    usleep(20000); /* times are coarse */
    ck_assert(find(&reading, dump_path, false));
    hidden[_i](other_path);
    ck_assert(!read_all(&reading));
    assert_says(&reading, "it or its attributes have been changed");
    done(&reading);
}
END_TEST

START_TEST(changes_that_do_no_harm)
{
    struct reading reading;
    for (int i = 0; i < 2; i++) {
        write_kept(KEPT_VIRTUAL);
        usleep(20000);
        ck_assert(find(&reading, dump_path, false));
        hidden[_i](i == 0 ? dump_path : other_path);
        ck_assert_msg(read_all(&reading), "%s", reading.error.text);
        done(&reading);
        unlink(third_path);
    }
}
END_TEST

/* Where there was a name that led elsewhere, or a folder that is looked into
 * first, has a file by now. */
START_TEST(source_that_is_found_elsewhere)
{
    struct reading reading;
    write_kept(KEPT_VIRTUAL);
    ck_assert(find(&reading, dump_path, false));
    write_dump(third_path, layouts[0]);
    ck_assert_int_eq(setenv("HDF5_VDS_PREFIX", "tests/work/deeper", 1), 0);
    mkdir("tests/work/deeper", 0700);
    ck_assert_int_eq(rename(third_path, "tests/work/deeper/other.h5"), 0);
    ck_assert(!read_all(&reading));
    unlink("tests/work/deeper/other.h5");
    rmdir("tests/work/deeper");
    unsetenv("HDF5_VDS_PREFIX");
    assert_says(&reading, "has taken the place of another file");
    done(&reading);
}
END_TEST

/* A series of files, of which the last is gone by the time it is read: the
 * library would take that for the end, and the rows for fill values. */
START_TEST(series_that_loses_a_file)
{
    const hsize_t rows = ROWS;
    const hsize_t both = 2 * ROWS;
    const hsize_t any = H5S_UNLIMITED;
    const hsize_t zero = 0;
    struct reading reading;
    struct how how = layouts[0];
    char record[80];
    for (int i = 0; i < 2; i++) {
        snprintf(record, sizeof record, "%s/part_%d.h5", folder, i);
        hid_t file = create(record);
        write_labels(file, ROWS);
        H5Fclose(file);
    }
    hid_t file = create(dump_path);
    hid_t target = H5Screate_simple(1, &both, &any);
    hid_t source = H5Screate_simple(1, &rows, NULL);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Sselect_hyperslab(target, H5S_SELECT_SET, &zero, &rows, &any, &rows);
    ck_assert_int_ge(
        H5Pset_virtual(plist, target, "part_%b.h5", "labels", source), 0);
    hid_t dataset = H5Dcreate2(file, "labels", H5T_STD_I64LE, target,
                               H5P_DEFAULT, plist, H5P_DEFAULT);
    ck_assert_int_ge(dataset, 0);
    H5Dclose(dataset);
    H5Pclose(plist);
    H5Sclose(source);
    H5Sclose(target);
    how.rows = both;
    write_logits(file, how);
    H5Fclose(file);
    ck_assert_msg(find(&reading, dump_path, false), "%s", reading.error.text);
    ck_assert_int_eq(unlink(record), 0);
    ck_assert(!read_all(&reading));
    assert_says(&reading, "part_1.h5 is missing");
    done(&reading);
    snprintf(record, sizeof record, "%s/part_0.h5", folder);
    unlink(record);
}
END_TEST

/* One that was being written when it was found may grow, but not shrink. */
START_TEST(written_all_along)
{
    static char bytes[1 << 20];
    struct reading reading;
    char source[1024];
    const char *top = getenv("srcdir");
    snprintf(source, sizeof source, "%s/fixtures/bad/live.h5",
             top != NULL ? top : ".");
    const int from = open(source, O_RDONLY);
    const ssize_t n = read(from, bytes, sizeof bytes);
    ck_assert_int_gt(n, 0);
    close(from);
    for (int i = 0; i < 2; i++) {
        const int fd = open(dump_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        ck_assert_int_eq(write(fd, bytes, (size_t)n), n);
        ck_assert_int_eq(ftruncate(fd, n + 8192), 0);
        ck_assert_msg(find(&reading, dump_path, true), "%s",
                      reading.error.text);
        ck_assert(reading.index.files[0].live);
        ck_assert_int_eq(ftruncate(fd, n + (i == 0 ? 9000 : 4096)), 0);
        close(fd);
        set_time(dump_path, 1000000);
        struct dump_reader *reader = dump_reader_create(&reading.index, NULL);
        struct dump_worker *worker = dump_worker_create(reader);
        struct dump_block block;
        struct dump_bad_labels bad;
        uint32_t labels[1000];
        ck_assert(dump_reader_next(reader, &block));
        ck_assert_uint_le(block.rows, 1000);
        const bool good = dump_read_labels(worker, &block, CLASSES, labels,
                                           &bad, &reading.error);
        ck_assert_msg(good == (i == 0), "%s", reading.error.text);
        if (!good)
            assert_says(&reading, "bytes then");
        dump_worker_destroy(worker);
        ck_assert(dump_reader_verify(reader, &reading.error));
        dump_reader_destroy(reader);
        done(&reading);
    }
}
END_TEST

/* A state is opened twice: its samples are those of what was looked at. */
START_TEST(state_that_is_replaced)
{
    struct error error;
    struct state state;
    struct state again;
    const uint32_t none = 0;
    struct aum_tally *tally = aum_tally_create(NULL);
    ck_assert(state_init(&state, 0, 0, &error));
    for (int i = 0; i < 2; i++) {
        ck_assert(
            state_write(&state, dump_path, "s", tally, &none, NULL, &error));
        ck_assert(state_read(&again, dump_path, NULL, &error));
        ck_assert(
            state_write(&state, other_path, "s", tally, &none, NULL, &error));
        if (i == 1)
            ck_assert_int_eq(rename(other_path, dump_path), 0);
        ck_assert(state_read_samples(&again, dump_path, &none, 2, tally, NULL,
                                     &error) == (i == 0));
        state_free(&again);
    }
    ck_assert_msg(strstr(error.text, "it is another file now") != NULL, "%s",
                  error.text);
    state_free(&state);
    aum_tally_destroy(tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("changed_sources");
    TCase *tests = suite_case(suite, "changed_sources");
    tcase_add_loop_test(tests, sources_that_change, 0, KEPT);
    tcase_add_loop_test(tests, changes_of_a_raw_file_that_hide, 0, 4);
    tcase_add_loop_test(tests, changes_that_do_no_harm, 0, 3);
    tcase_add_test(tests, source_that_is_found_elsewhere);
    tcase_add_test(tests, series_that_loses_a_file);
    tcase_add_test(tests, written_all_along);
    tcase_add_test(tests, state_that_is_replaced);
    return run_dump_tests(suite, tests);
}
