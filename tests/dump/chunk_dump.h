/*
 * chunk_dump.h - what the suites of damaged chunks share
 */
#ifndef TESTS_DUMP_CHUNK_DUMP_H
#define TESTS_DUMP_CHUNK_DUMP_H

#include "dump/write_dump.h"

#define CHUNK_ROWS 8
#define CHUNK_BYTES (CHUNK_ROWS * CLASSES * 4)

static inline hid_t chunked(int rank, hsize_t rows)
{
    const hsize_t chunk[3] = {rows, CLASSES, 2};
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    ck_assert_int_ge(H5Pset_chunk(plist, rank, chunk), 0);
    return plist;
}

static inline void write_with(hid_t group, const char *name, hid_t type,
                              int rank, const hsize_t *dims, hid_t plist,
                              hid_t memory, const void *data)
{
    const hsize_t most[3] = {H5S_UNLIMITED, CLASSES, H5S_UNLIMITED};
    write_dataset(group, name, type, H5Screate_simple(rank, dims, most), plist,
                  memory, data);
}

static inline void write_logits_with(hid_t group, const char *name, int rank,
                                     hid_t plist)
{
    double values[ROWS * CLASSES];
    const hsize_t dims[3] = {ROWS, CLASSES, 1};
    for (uint64_t i = 0; i < ROWS * CLASSES; i++)
        values[i] = logit(i / CLASSES, i % CLASSES);
    write_with(group, name, H5T_IEEE_F32LE, rank, dims, plist,
               H5T_NATIVE_DOUBLE, values);
}

/* Changes the first place of a file that has these bytes, and makes the file
 * longer, so that whatever length it claims is there. */
static inline void patch(const char *path, const unsigned char *from,
                         size_t size, const unsigned char *to, size_t to_size)
{
    static unsigned char bytes[1 << 20];
    FILE *file = fopen(path, "r+b");
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    size_t at = 0;
    while (at + size <= length && memcmp(bytes + at, from, size) != 0)
        at++;
    ck_assert(at + size <= length);
    fseek(file, (long)at, SEEK_SET);
    fwrite(to, 1, to_size, file);
    fseek(file, 0, SEEK_END);
    fwrite(bytes, 1, sizeof bytes / 2, file);
    fclose(file);
}

static inline void expect_good(const char *what)
{
    struct reading reading;
    ck_assert_msg(find(&reading, dump_path, false), "%s: %s", what,
                  reading.error.text);
    ck_assert_msg(read_all(&reading), "%s: %s", what, reading.error.text);
    done(&reading);
}

static inline void expect_bad(const char *what, const char *error)
{
    struct reading reading;
    ck_assert_msg(find(&reading, dump_path, false), "%s: %s", what,
                  reading.error.text);
    ck_assert_msg(!read_all(&reading), "%s: read", what);
    ck_assert_msg(strstr(reading.error.text, error) != NULL, "%s: %s", what,
                  reading.error.text);
    done(&reading);
}

#endif
