/*
 * write_dump.h - dumps that suites write with the HDF5 library and read again
 *
 * What is read is compared with what was written.
 */
#ifndef TESTS_DUMP_WRITE_DUMP_H
#define TESTS_DUMP_WRITE_DUMP_H

#include <fcntl.h>
#include <hdf5.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dump/discover.h"
#include "scan/scan.h"
#include "suite.h"

#define ROWS 40
#define CLASSES 4
#define ROWS_MAX 20000

static char folder[] = "tests/work/filesXXXXXX";
static char dump_path[64];
static char other_path[64];
static char third_path[64];

static inline void setup(void)
{
    struct error error;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(dump_path, sizeof dump_path, "%s/dump.h5", folder);
    snprintf(other_path, sizeof other_path, "%s/other.h5", folder);
    snprintf(third_path, sizeof third_path, "%s/third.h5", folder);
    ck_assert(dump_start(&error));
}

static inline void teardown(void)
{
    unlink(dump_path);
    unlink(other_path);
    unlink(third_path);
    rmdir(folder);
}

/* ---- writing ---- */

/* Of any row and class; each float has them, and the classes of a row differ.
 */
static inline double logit(uint64_t row, uint64_t class)
{
    return (double)((row * 7 + class * 3) % 11) / 8 + (double)class / 64;
}

static inline hid_t create(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* Tests change bytes, which later formats have check sums of. */
    H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
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

/* Closes the space and the properties. */
static inline void write_dataset(hid_t group, const char *name, hid_t type,
                                 hid_t space, hid_t plist, hid_t memory,
                                 const void *data)
{
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

static inline void write_data(hid_t group, const char *name, hid_t type,
                              int rank, const hsize_t *dims,
                              const struct how *how, hid_t memory,
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
    write_dataset(group, name, type, space, plist, memory, data);
}

static inline void write_logits(hid_t group, struct how how)
{
    static double values[ROWS_MAX * CLASSES];
    const hsize_t dims[2] = {how.rows, how.classes};
    for (hsize_t i = 0; i < how.rows * how.classes; i++)
        values[i] = logit(i / how.classes, i % how.classes) + how.add;
    write_data(group, "logits", how.type > 0 ? how.type : H5T_IEEE_F32LE, 2,
               dims, &how, H5T_NATIVE_DOUBLE, values);
}

static inline void write_labels(hid_t group, hsize_t rows)
{
    static int64_t labels[ROWS_MAX];
    const struct how contiguous = {.rows = rows};
    for (hsize_t i = 0; i < rows; i++)
        labels[i] = (int64_t)(i % CLASSES);
    write_data(group, "labels", H5T_STD_I64LE, 1, &rows, &contiguous,
               H5T_NATIVE_INT64, labels);
}

static inline void write_dump(const char *path, struct how how)
{
    hid_t file = create(path);
    write_logits(file, how);
    write_labels(file, how.rows);
    H5Fclose(file);
}

static const struct how layouts[] = {
    {.rows = ROWS, .classes = CLASSES},
    {.rows = ROWS, .classes = CLASSES, .chunk = 7},
    {.rows = ROWS, .classes = CLASSES, .chunk = 7, .gzip = true},
};
#define LAYOUTS (sizeof layouts / sizeof *layouts)

static inline void write_number(hid_t object, const char *name, int64_t number)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, H5T_STD_I64LE, space,
                                 H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &number);
    H5Aclose(attribute);
    H5Sclose(space);
}

static inline void set_time(const char *path, time_t modified)
{
    const struct timespec times[2] = {{.tv_sec = modified},
                                      {.tv_sec = modified}};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* ---- reading ---- */

static inline void ignore(void *context, const char *text)
{
    (void)context;
    (void)text;
}

struct reading {
    struct dump_index index;
    struct error error;
    struct scan_result result;
};

static inline bool find(struct reading *reading, const char *path, bool live)
{
    const struct dump_names names = {.live = live};
    const struct dump_epochs all = DUMP_ALL_EPOCHS;
    struct dump_found found;
    memset(reading, 0, sizeof *reading);
    return dump_discover(&reading->index, path, &names, &found, ignore, NULL,
                         &reading->error) &&
           dump_index_finish(&reading->index, all, &reading->error);
}

static inline void copy_values(void *context, const struct dump_piece *piece)
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
static inline bool read_between(struct reading *reading, void (*between)(void),
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

static inline bool read_all(struct reading *reading)
{
    return read_between(reading, NULL, 0);
}

static inline void done(struct reading *reading)
{
    aum_tally_destroy(reading->result.tally);
    dump_index_destroy(&reading->index);
}

#define assert_says(reading, what)                                   \
    ck_assert_msg(strstr((reading)->error.text, what) != NULL, "%s", \
                  (reading)->error.text)

/* Adds the fixture, runs the tests; the exit status. */
static inline int run_dump_tests(Suite *suite, TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 300);
    return suite_run(suite);
}

#endif
