/*
 * test_claims.c - dumps that claim sizes, types or numbers that are not so,
 * and the memory that they ask for
 */
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "dump/hdf5/columns.h"
#include "dump/write_dump.h"

/* ---- sizes and types that a file claims ---- */

static const struct dump_column columns[] = {{"numbers", DUMP_U32}};
static const struct dump_table table = {"test 1", columns, 1};

/* A file of columns whose attribute crc32 has many elements. */
START_TEST(check_sums_are_one_number)
{
    struct error error;
    uint32_t numbers[] = {3, 4, 5};
    uint32_t sums[200];
    const hsize_t count = 200;
    struct dump_columns *out =
        dump_columns_create(&table, dump_path, dump_path, NULL, &error);
    ck_assert(dump_columns_append(out, 0, numbers, 3, &error));
    ck_assert(dump_columns_finish(out, &error));
    memset(sums, 0x41, sizeof sums);
    hid_t file = H5Fopen(dump_path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, "numbers", H5P_DEFAULT);
    ck_assert_int_ge(H5Adelete(dataset, "crc32"), 0);
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t attribute = H5Acreate2(dataset, "crc32", H5T_STD_U32LE, space,
                                 H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(attribute, H5T_NATIVE_UINT32, sums), 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    struct dump_columns *in =
        dump_columns_open(&table, dump_path, NULL, &error);
    ck_assert_ptr_nonnull(in);
    ck_assert(dump_columns_read(in, 0, numbers, 3, &error));
    ck_assert(!dump_columns_verify(in, &error));
    ck_assert_msg(strstr(error.text, "its check sum differs") != NULL, "%s",
                  error.text);
    dump_columns_close(in);
}
END_TEST

/* Ids of any length: each row's own text, then all rows have the first one's
 * descriptor. */
static void write_ids(size_t rows_wanted, size_t length, bool all_the_first)
{
    static char text[DUMP_STRING_MAX + 10];
    static char *texts[ROWS_MAX];
    const hsize_t rows = rows_wanted;
    const struct how how = {.rows = rows, .classes = CLASSES};
    memset(text, 'x', length);
    text[length] = '\0';
    for (size_t i = 0; i < rows; i++)
        texts[i] = i == 0 || !all_the_first ? text : "";
    hid_t file = create(dump_path);
    write_logits(file, how);
    write_labels(file, rows);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    write_data(file, "ids", type, 1, &rows, &how, type, texts);
    hid_t dataset = H5Dopen2(file, "ids", H5P_DEFAULT);
    const off_t at = (off_t)H5Dget_offset(dataset);
    H5Dclose(dataset);
    H5Tclose(type);
    H5Fclose(file);
    char descriptor[16]; /* length, address of a heap, number within it */
    const int fd = open(dump_path, O_RDWR);
    ck_assert_int_eq(pread(fd, descriptor, 16, at), 16);
    for (off_t i = 1; i < (off_t)rows && all_the_first; i++)
        ck_assert_int_eq(pwrite(fd, descriptor, 16, at + 16 * i), 16);
    close(fd);
}

/* Two thousand references to one string of 4000 bytes: 8 MB of 100 kB. */
START_TEST(a_string_does_not_become_many)
{
    struct reading reading;
    write_ids(2000, 4000, true);
    ck_assert(find(&reading, dump_path, false));
    ck_assert(!read_all(&reading));
    assert_says(&reading, "/ids: damaged: the strings of rows 0 to 1999 ask "
                          "for far more bytes than the file has");
    done(&reading);
    write_ids(2000, 400, true);
    ck_assert(find(&reading, dump_path, false));
    ck_assert(read_all(&reading));
    done(&reading);
}
END_TEST

START_TEST(strings_are_of_bounded_length)
{
    struct reading reading;
    write_ids(2000, DUMP_STRING_MAX, false);
    ck_assert(find(&reading, dump_path, false));
    ck_assert_msg(read_all(&reading), "%s", reading.error.text);
    done(&reading);
    write_ids(2000, DUMP_STRING_MAX + 1, false);
    ck_assert(find(&reading, dump_path, false));
    ck_assert(!read_all(&reading));
    assert_says(&reading, "/ids: a string of more than 4096 bytes in rows 0 "
                          "to 1999");
    done(&reading);
}
END_TEST

/* Epochs are counted on from the attribute, as far as numbers go. */
START_TEST(epoch_numbers_that_are_too_large)
{
    static const double values[3 * ROWS * CLASSES];
    const struct how contiguous = {.rows = ROWS};
    const hsize_t dims[3] = {3, ROWS, CLASSES};
    for (int i = 0; i < 2; i++) {
        struct reading reading;
        hid_t file = create(dump_path);
        write_data(file, "logits", H5T_IEEE_F32LE, 3, dims, &contiguous,
                   H5T_NATIVE_DOUBLE, values);
        write_labels(file, ROWS);
        write_number(file, "epoch", INT64_MAX - 2 + i);
        H5Fclose(file);
        ck_assert(find(&reading, dump_path, false) == (i == 0));
        if (i == 0) {
            ck_assert_uint_eq(reading.index.record_count, 3);
            ck_assert_int_eq(reading.index.records[2].epoch, INT64_MAX);
        } else {
            assert_says(&reading, "/logits: its 3 epochs count on from "
                                  "9223372036854775806, which is too large");
        }
        done(&reading);
    }
}
END_TEST

/* ---- memory that a small file asks for ---- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

extern char **environ;

/* What a scan takes, parent or child, in kB. */
static long memory_of_scan(const char *path)
{
    char *const argv[] = {(char[]){"aum-scan"},    (char[]){"-q"},
                          (char[]){"-n"},          (char[]){"0"},
                          (char *)(uintptr_t)path, NULL};
    posix_spawn_file_actions_t files;
    struct rusage usage;
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    ck_assert_int_eq(
        posix_spawn(&pid, "./aum-scan", &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    ck_assert_int_eq(wait4(pid, &status, 0, &usage), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_le(WEXITSTATUS(status), 1);
#if defined(__APPLE__)
    usage.ru_maxrss /= 1024;
#endif
    return usage.ru_maxrss;
}

static void check_memory(const char *what, double samples)
{
    const double most = 32 * 1024 + samples * 112 / 1024;
    const long kilobytes = memory_of_scan(dump_path);
#if defined(SANITIZED)
    (void)most, (void)what, (void)kilobytes;
#else
    ck_assert_msg((double)kilobytes < most, "%s: %ld kB", what, kilobytes);
#endif
}

/* A dump of one logit a row, of which nothing was ever written. */
static void write_claims(int rank, const hsize_t *dims, hsize_t chunk,
                         bool gzip)
{
    const struct how how = {.chunk = chunk, .gzip = gzip};
    const hsize_t rows = dims[rank > 1 ? rank - 2 : 0];
    hid_t file = create(dump_path);
    write_data(file, "logits", H5T_STD_I8LE, rank, dims, &how, 0, NULL);
    write_data(file, "labels", H5T_STD_I8LE, 1, &rows, &how, 0, NULL);
    H5Fclose(file);
}

START_TEST(small_files_take_little_memory)
{
    const hsize_t many_rows[] = {10000000};
    const hsize_t some_rows[] = {1000000};
    const hsize_t few_rows[] = {40, 4};
    const hsize_t many_epochs[] = {4000000, 4, 2};
    const hsize_t no_rows[] = {10000000, 0, 2};
    write_claims(1, many_rows, 0, false);
    check_memory("10 million rows that were never written", 0);
    write_claims(1, some_rows, 0, false);
    check_memory("a million rows that were never written", 1e6);
    write_claims(2, few_rows, 100000000, false);
    check_memory("chunks of 400 MB", 0);
    write_claims(2, few_rows, 100000000, true);
    check_memory("chunks of 400 MB, with gzip", 0);
    write_claims(3, many_epochs, 0, false);
    check_memory("4 million epochs", 0);
    write_claims(3, no_rows, 0, false);
    check_memory("10 million epochs without rows", 0);
}
END_TEST

/* Records share a dataset of many epochs. */
START_TEST(links_take_little_memory)
{
    static const double values[2000 * 4 * 2];
    static const int64_t labels[] = {0, 1, 0, 1};
    const struct how contiguous = {.rows = 4};
    const hsize_t dims[3] = {2000, 4, 2};
    hid_t file = create(dump_path);
    write_data(file, "all", H5T_STD_I8LE, 3, dims, &contiguous,
               H5T_NATIVE_DOUBLE, values);
    write_data(file, "labels", H5T_STD_I8LE, 1, dims + 1, &contiguous,
               H5T_NATIVE_INT64, labels);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        hid_t group =
            H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_hard(file, "all", group, "logits", H5P_DEFAULT, H5P_DEFAULT);
        H5Gclose(group);
    }
    H5Fclose(file);
    check_memory("600,000 epochs", 0);
}
END_TEST

/* A file of many groups, in the format whose groups take least room. */
static void write_groups(int count)
{
    static const float logits[4][3];
    static const int64_t labels[] = {0, 1, 2, 0};
    const struct how contiguous = {.rows = 4};
    const hsize_t dims[2] = {4, 3};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(dump_path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "epoch_%d", i);
        hid_t group =
            H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        write_data(group, "logits", H5T_IEEE_F32LE, 2, dims, &contiguous,
                   H5T_NATIVE_FLOAT, logits);
        write_data(group, "labels", H5T_STD_I64LE, 1, dims, &contiguous,
                   H5T_NATIVE_INT64, labels);
        H5Gclose(group);
    }
    H5Fclose(file);
    H5Pclose(access);
}

/* Written by another process: what this one has at its most counts as that of
 * those that it starts. */
static long memory_of_groups(int count)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        write_groups(count);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    return memory_of_scan(dump_path);
}

/* 400 bytes each, and their names: of the group, the logits and the labels.
 * Newer libraries than HDF5 1.10 keep more of each group that was opened. */
START_TEST(epoch_records_take_little_memory)
{
    const double records = 6000;
    const double bytes = H5_VERSION_GE(1, 12, 0) ? 560 : 400;
    const long some = memory_of_groups(2000);
    const long more = memory_of_groups(2000 + (int)records);
#if defined(SANITIZED)
    (void)some, (void)more, (void)bytes;
#else
    ck_assert_msg((double)(more - some) * 1024 < records * (bytes + 3 * 48),
                  "%ld kB, %ld kB", some, more);
#endif
}
END_TEST

START_TEST(strings_take_little_memory)
{
    write_ids(ROWS_MAX, 4000, true);
    check_memory("20,000 times a string of 4000 bytes", 0);
    write_ids(ROWS_MAX, 100, true);
    check_memory("20,000 times a string of 100 bytes", 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims");
    TCase *tests = suite_case(suite, "claims");
    tcase_add_test(tests, check_sums_are_one_number);
    tcase_add_test(tests, a_string_does_not_become_many);
    tcase_add_test(tests, strings_are_of_bounded_length);
    tcase_add_test(tests, epoch_numbers_that_are_too_large);
    tcase_add_test(tests, small_files_take_little_memory);
    tcase_add_test(tests, links_take_little_memory);
    tcase_add_test(tests, epoch_records_take_little_memory);
    tcase_add_test(tests, strings_take_little_memory);
    return run_dump_tests(suite, tests);
}
