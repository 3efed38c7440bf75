/*
 * test_files.c - dumps that claim what is not so, lie in several files, or
 * change while they are read
 *
 * The HDF5 library writes them here. What is read is compared with what was
 * written.
 */
#include <fcntl.h>
#include <hdf5.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dump/hdf5/columns.h"
#include "dump/discover.h"
#include "scan/scan.h"
#include "state/state_file.h"
#include "suite.h"

#define ROWS 40
#define CLASSES 4
#define ROWS_MAX 20000

static char folder[] = "tests/work/filesXXXXXX";
static char dump_path[64];
static char other_path[64];
static char third_path[64];

static void setup(void)
{
    struct error error;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(dump_path, sizeof dump_path, "%s/dump.h5", folder);
    snprintf(other_path, sizeof other_path, "%s/other.h5", folder);
    snprintf(third_path, sizeof third_path, "%s/third.h5", folder);
    ck_assert(dump_start(&error));
}

static void teardown(void)
{
    unlink(dump_path);
    unlink(other_path);
    unlink(third_path);
    rmdir(folder);
}

/* ---- writing ---- */

/* Of any row and class; each float has them, and the classes of a row differ.
 */
static double logit(uint64_t row, uint64_t class)
{
    return (double)((row * 7 + class * 3) % 11) / 8 + (double)class / 64;
}

static hid_t create(const char *path)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(file, 0);
    return file;
}

struct how {
    hid_t type; /* 0: float32 */
    hsize_t rows;
    hsize_t classes; /* 0: no such axis */
    hsize_t chunk;   /* rows of one; 0: contiguous */
    bool gzip;
    double add; /* to all logits */
};

static void write_data(hid_t group, const char *name, hid_t type, int rank,
                       const hsize_t *dims, const struct how *how, hid_t memory,
                       const void *data)
{
    const hsize_t chunk[2] = {how->chunk, rank > 1 ? dims[1] : 0};
    const hsize_t any[2] = {H5S_UNLIMITED, H5S_UNLIMITED};
    hid_t space = H5Screate_simple(rank, dims, how->chunk > 0 ? any : NULL);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    if (how->chunk > 0)
        H5Pset_chunk(plist, rank, chunk);
    if (how->gzip)
        H5Pset_deflate(plist, 4);
    hid_t dataset =
        H5Dcreate2(group, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    ck_assert_int_ge(dataset, 0);
    if (data != NULL)
        ck_assert_int_ge(
            H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), 0);
    H5Dclose(dataset);
    H5Pclose(plist);
    H5Sclose(space);
}

static void write_logits(hid_t group, struct how how)
{
    static double values[ROWS_MAX * CLASSES];
    const hsize_t dims[2] = {how.rows, how.classes};
    for (hsize_t i = 0; i < how.rows * how.classes; i++)
        values[i] = logit(i / how.classes, i % how.classes) + how.add;
    write_data(group, "logits", how.type > 0 ? how.type : H5T_IEEE_F32LE, 2,
               dims, &how, H5T_NATIVE_DOUBLE, values);
}

static void write_labels(hid_t group, hsize_t rows)
{
    static int64_t labels[ROWS_MAX];
    const struct how contiguous = {.rows = rows};
    for (hsize_t i = 0; i < rows; i++)
        labels[i] = (int64_t)(i % CLASSES);
    write_data(group, "labels", H5T_STD_I64LE, 1, &rows, &contiguous,
               H5T_NATIVE_INT64, labels);
}

static void write_dump(const char *path, struct how how)
{
    hid_t file = create(path);
    write_logits(file, how);
    write_labels(file, how.rows);
    H5Fclose(file);
}

static void write_number(hid_t object, const char *name, int64_t number)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, H5T_STD_I64LE, space,
                                 H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &number);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* ---- reading ---- */

static void ignore(void *context, const char *text)
{
    (void)context;
    (void)text;
}

struct reading {
    struct dump_index index;
    struct error error;
    struct scan_result result;
};

static bool find(struct reading *reading, const char *path, bool live)
{
    const struct dump_names names = {.live = live};
    const struct dump_epochs all = {INT64_MIN, INT64_MAX};
    struct dump_found found;
    memset(reading, 0, sizeof *reading);
    return dump_discover(&reading->index, path, &names, &found, ignore, NULL,
                         &reading->error) &&
           dump_index_finish(&reading->index, all, &reading->error);
}

static void copy_values(void *context, const struct dump_piece *piece)
{
    double *values = context;
    const size_t classes = piece->classes;
    for (size_t i = 0; i < piece->rows; i++) {
        const char *row = (const char *)piece->data + i * piece->row_stride;
        for (size_t c = 0; c < classes; c++)
            values[(piece->first_row + i) * CLASSES + piece->first_class + c] =
                piece->type == DUMP_F32 ? (double)((const float *)row)[c]
                                        : ((const double *)row)[c];
    }
}

/* Reads all blocks; `between` is called behind the first one. */
static bool read_between(struct reading *reading, void (*between)(void),
                         double add)
{
    struct dump_reader *reader = dump_reader_create(&reading->index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    struct dump_block block;
    struct dump_ids ids = {.values = NULL};
    bool good = true;
    reading->error.text[0] = '\0';
    while (good && dump_reader_next(reader, &block)) {
        double *values = calloc(block.rows * CLASSES, sizeof *values);
        uint32_t *labels = calloc(block.rows, sizeof *labels);
        struct dump_bad_labels bad;
        good = dump_read_logits(worker, &block, copy_values, values,
                                &reading->error) &&
               dump_read_labels(worker, &block, CLASSES, labels, &bad,
                                &reading->error) &&
               dump_read_ids(worker, &block, &ids, &reading->error);
        for (size_t i = 0; good && i < block.rows * CLASSES; i++) {
            const uint64_t row = block.first_row + i / CLASSES;
            ck_assert_double_eq(values[i], logit(row, i % CLASSES) + add);
            ck_assert_uint_eq(labels[i / CLASSES], row % CLASSES);
        }
        free(values);
        free(labels);
        if (between != NULL)
            between();
        between = NULL;
    }
    dump_ids_free(&ids);
    dump_worker_destroy(worker);
    good = good && dump_reader_verify(reader, &reading->error);
    dump_reader_destroy(reader);
    return good;
}

static bool read_all(struct reading *reading)
{
    return read_between(reading, NULL, 0);
}

static void done(struct reading *reading)
{
    aum_tally_destroy(reading->result.tally);
    dump_index_destroy(&reading->index);
}

#define assert_says(reading, what)                                   \
    ck_assert_msg(strstr((reading)->error.text, what) != NULL, "%s", \
                  (reading)->error.text)

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

/* 400 bytes each, and their names: of the group, the logits and the labels. */
START_TEST(epoch_records_take_little_memory)
{
    const double records = 6000;
    const long some = memory_of_groups(2000);
    const long more = memory_of_groups(2000 + (int)records);
#if defined(SANITIZED)
    (void)some, (void)more;
#else
    ck_assert_msg((double)(more - some) * 1024 < records * (400 + 3 * 48),
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

/* ---- data of other files ---- */

static const struct how layouts[] = {
    {.rows = ROWS, .classes = CLASSES},
    {.rows = ROWS, .classes = CLASSES, .chunk = 7},
    {.rows = ROWS, .classes = CLASSES, .chunk = 7, .gzip = true},
};
#define LAYOUTS (sizeof layouts / sizeof *layouts)

/* Logits, and labels, behind an external link; the file that is given has other
 * bytes at their addresses, or ends before them. */
static void write_linked(const char *linked, size_t filler)
{
    static double noise[ROWS * 100];
    const struct how contiguous = {.rows = ROWS};
    const hsize_t count = filler;
    for (size_t i = 0; i < ROWS * 100; i++)
        noise[i] = 1e9 + (double)i;
    hid_t other = create(other_path);
    const hsize_t before = 5;
    write_data(other, "before", H5T_IEEE_F64LE, 1, &before, &contiguous,
               H5T_NATIVE_DOUBLE, noise);
    write_logits(other, layouts[0]);
    write_labels(other, ROWS);
    H5Fclose(other);
    hid_t file = create(dump_path);
    if (filler > 0)
        write_data(file, "features", H5T_IEEE_F64LE, 1, &count, &contiguous,
                   H5T_NATIVE_DOUBLE, noise);
    if (strcmp(linked, "logits") == 0)
        write_labels(file, ROWS);
    else
        write_logits(file, layouts[0]);
    H5Lcreate_external("other.h5", linked, file, linked, H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Fclose(file);
}

START_TEST(links_to_other_files_are_read_there)
{
    static const char *const linked[] = {"logits", "labels"};
    struct reading reading;
    for (size_t i = 0; i < 4; i++) {
        write_linked(linked[i / 2], i % 2 == 0 ? ROWS * 100 : 0);
        ck_assert_msg(find(&reading, dump_path, false), "%s",
                      reading.error.text);
        ck_assert_msg(read_all(&reading), "%s", reading.error.text);
        done(&reading);
    }
}
END_TEST

/* ---- files that change ---- */

static void set_time(const char *path, time_t modified)
{
    const struct timespec times[2] = {{.tv_sec = modified},
                                      {.tv_sec = modified}};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct how changed; /* what a file becomes */

/* As a training job does. */
static void replace(void)
{
    write_dump(other_path, changed);
    ck_assert_int_eq(rename(other_path, dump_path), 0);
}

/* In place, with another time. */
static void overwrite(void)
{
    static char bytes[1 << 20];
    write_dump(other_path, changed);
    const int from = open(other_path, O_RDONLY);
    const int to = open(dump_path, O_WRONLY | O_TRUNC);
    const ssize_t n = read(from, bytes, sizeof bytes);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(write(to, bytes, (size_t)n), n);
    close(from);
    close(to);
    set_time(dump_path, 2000000);
}

/* Whatever becomes of it between discovery and reading, nothing of it is
 * read. */
static void check_change(struct how before, struct how after,
                         void (*change)(void), const char *says)
{
    struct reading reading;
    const struct scan_options options = {.threads = 1,
                                         .keep_going = true,
                                         .threshold_class = AUM_NO_CLASS,
                                         .progress = PROGRESS_NEVER};
    struct messages messages = {.level = LOG_QUIET};
    write_dump(dump_path, before);
    set_time(dump_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    changed = after;
    change();
    ck_assert(!read_all(&reading));
    assert_says(&reading, "has changed since it was looked at");
    assert_says(&reading, says);
    /* With --keep-going, it is skipped. */
    reading.result.tally = aum_tally_create(NULL);
    ck_assert(scan_run(&reading.index, NULL, &options, NULL, 0, &messages,
                       &reading.result, &reading.error));
    ck_assert_uint_eq(reading.result.skipped_rows, before.rows);
    ck_assert_uint_eq(aum_tally_samples(reading.result.tally), 0);
    done(&reading);
}

START_TEST(replaced_before_it_is_read)
{
    const struct how before = layouts[_i];
    struct how after = before;
    after.type = H5T_IEEE_F64LE;
    check_change(before, after, replace, "it is another file now");
    check_change(before, after, overwrite, ""); /* larger, or just later */
    after = before;
    after.rows = ROWS * 50;
    check_change(before, after, replace, "it is another file now");
    check_change(before, after, overwrite, "bytes then");
    after.rows = ROWS / 2;
    check_change(before, after, overwrite, "");
    after = before;
    check_change(before, after, replace, "it is another file now");
    check_change(before, after, overwrite, "it has been written to");
}
END_TEST

/* Type and shape are compared even if the file seems to be the same: as on a
 * file system whose times are coarse. */
START_TEST(another_type_of_the_same_time)
{
    static const struct {
        struct how how;
        const char *says;
    } others[] = {
        {{.rows = ROWS, .classes = CLASSES, .chunk = 7, .gzip = true},
         "another type"},
        {{.rows = ROWS, .classes = CLASSES - 1, .chunk = 7, .gzip = true},
         "another shape"},
        {{.rows = ROWS - 1, .classes = CLASSES, .chunk = 7, .gzip = true},
         "another shape"},
        {{.rows = ROWS, .classes = CLASSES, .chunk = 8, .gzip = true},
         "another storage"},
        {{.rows = ROWS, .classes = CLASSES, .chunk = 7}, "another storage"},
        {{.rows = ROWS, .classes = CLASSES}, "another storage"},
    };
    struct reading reading;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct how how = others[i].how;
        if (i == 0)
            how.type = H5T_IEEE_F64LE;
        write_dump(dump_path, layouts[2]);
        ck_assert(find(&reading, dump_path, false));
        changed = how;
        overwrite();
        struct stat status;
        ck_assert_int_eq(stat(dump_path, &status), 0);
        struct dump_file *file = &reading.index.files[0];
        file->bytes = (uint64_t)status.st_size;
        file->modified = (int64_t)status.st_mtim.tv_sec * 1000000000;
        ck_assert(!read_all(&reading));
        assert_says(&reading, "has changed since it was looked at (/logits");
        assert_says(&reading, others[i].says);
        done(&reading);
    }
}
END_TEST

/* The file that a link leads to counts as well. */
START_TEST(replaced_behind_a_link)
{
    struct reading reading;
    write_linked("logits", 0);
    set_time(other_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    set_time(other_path, 2000000);
    ck_assert(!read_all(&reading));
    assert_says(&reading, "it has been written to");
    done(&reading);
}
END_TEST

/* While it is read: what another writer puts under its name is another file,
 * but what is written into it spoils what was read. */
#define MANY (ROWS * 100)

START_TEST(changed_while_it_is_read)
{
    struct reading reading;
    struct how how = layouts[_i];
    how.rows = MANY;
    how.chunk *= 100;
    write_dump(dump_path, how);
    set_time(dump_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    changed = how;
    changed.add = 1;
    ck_assert_msg(read_between(&reading, replace, 0), "%s", reading.error.text);
    done(&reading);
    set_time(dump_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    changed.add = 1; /* the same values, but later */
    ck_assert(!read_between(&reading, overwrite, 1));
    assert_says(&reading, "has changed since it was looked at (it has been "
                          "written to)");
    done(&reading);
}
END_TEST

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
        assert_says(&reading, "-k");
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
    Suite *suite = suite_create("files");
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, check_sums_are_one_number);
    tcase_add_test(tests, a_string_does_not_become_many);
    tcase_add_test(tests, strings_are_of_bounded_length);
    tcase_add_test(tests, epoch_numbers_that_are_too_large);
    tcase_add_test(tests, small_files_take_little_memory);
    tcase_add_test(tests, links_take_little_memory);
    tcase_add_test(tests, epoch_records_take_little_memory);
    tcase_add_test(tests, strings_take_little_memory);
    tcase_add_test(tests, links_to_other_files_are_read_there);
    tcase_add_loop_test(tests, replaced_before_it_is_read, 0, LAYOUTS);
    tcase_add_test(tests, another_type_of_the_same_time);
    tcase_add_test(tests, replaced_behind_a_link);
    tcase_add_loop_test(tests, changed_while_it_is_read, 0, LAYOUTS);
    tcase_add_loop_test(tests, sources_that_change, 0, KEPT);
    tcase_add_loop_test(tests, changes_of_a_raw_file_that_hide, 0, 4);
    tcase_add_loop_test(tests, changes_that_do_no_harm, 0, 3);
    tcase_add_test(tests, source_that_is_found_elsewhere);
    tcase_add_test(tests, series_that_loses_a_file);
    tcase_add_test(tests, written_all_along);
    tcase_add_test(tests, state_that_is_replaced);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
