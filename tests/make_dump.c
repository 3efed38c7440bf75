/*
 * make_dump.c - dumps for the shell tests that are too odd, or too large, to be
 * kept as fixtures
 *
 *     make_dump odd-ids PATH FIRST   ids as text files like them least; the one
 *                                    of number FIRST has the lowest AUM
 *     make_dump count-odd-ids        prints how many of them there are
 *     make_dump wide PATH CLASSES    one epoch of 40 samples, chunks of one row
 *     make_dump scattered PATH COUNT
 *                                    a virtual dataset of so many mappings, of
 *                                    40 rows each: row 40 k + j is row r =
 *                                    COUNT j + (k + 7 j j) mod COUNT, whose
 *                                    margin is r
 *     make_dump shuffled PATH COUNT  likewise, a mapping for each row: row i is
 *                                    row r = 7919 i mod COUNT
 *     make_dump linked PATH TARGET   links to the logits and labels of TARGET
 *     make_dump nested PATH TARGET   a virtual dataset of them
 *     make_dump raw PATH SEED        logits that depend on SEED, kept in the
 *                                    file PATH.raw; labels, and others, /clean;
 *                                    indices, and others, /guid
 *     make_dump claim STATE ROWS     has a state claim that its first epoch had
 *                                    so many rows, with a right check sum
 *     make_dump sums STATE COUNT     gives a column of a state so many check
 *                                    sums
 *     make_dump empty STATE COUNT    adds so many epoch records without rows,
 *                                    all of the first one's epoch
 *     make_dump set STATE COLUMN ROW NUMBER
 *                                    changes a number of a state, and the
 *                                    check sum with it
 *     make_dump damage STATE COLUMN ROW NUMBER
 *                                    likewise, but not the check sum
 */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SAMPLES 40
#define FEW_CLASSES 4

/* Others are s0, s1, ... */
static const char *const odd_ids[] = {
    "",
    " ",
    " before",
    "after ",
    "a,b",
    ",",
    "say \"x\"",
    "\"",
    "\"\"",
    "\"quoted\"",
    "\"half",
    "half\"",
    "two\nlines",
    "\n",
    "\r",
    "end\r",
    "end\r\n",
    "tab\t",
    "sample_id",
    "set,sample_id",
    "sample_id\nx",
    "\xef\xbb\xbfmark",
    "\x1f\x8b\x08gzip",
    "\xff\xfe",
    "@x",
    "-",
    "007",
    "//host/x",
    "../../x",
    "javascript:alert(1)",
    "a\"onerror=",
    "..\\x",
    "%2e%2e/x",
    "\xe2\x80\xaegpj.x\xc2\x9b",
};

#define ODD (sizeof odd_ids / sizeof *odd_ids)

static void need(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "make_dump: %s\n", what);
    exit(EXIT_FAILURE);
}

static void put(hid_t file, const char *name, hid_t type, hid_t memory_type,
                hsize_t rows, hsize_t columns, const void *values)
{
    const hsize_t dims[2] = {rows, columns};
    const hsize_t chunk[2] = {1, columns};
    const hid_t space = H5Screate_simple(columns > 1 ? 2 : 1, dims, NULL);
    const hid_t storage = H5Pcreate(H5P_DATASET_CREATE);
    if (columns > FEW_CLASSES)
        H5Pset_chunk(storage, 2, chunk);
    const hid_t set =
        H5Dcreate2(file, name, type, space, H5P_DEFAULT, storage, H5P_DEFAULT);
    need(set >= 0 && H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                              values) >= 0,
         name);
    H5Dclose(set);
    H5Pclose(storage);
    H5Sclose(space);
}

static hid_t create(const char *path)
{
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    need(file >= 0, path);
    return file;
}

/* Every other sample has an AUM below 0, and `first` as well. */
static void write_odd_ids(const char *path, size_t first)
{
    static char names[SAMPLES][16];
    const char *ids[SAMPLES];
    float logits[SAMPLES][FEW_CLASSES] = {{0}};
    const int labels[SAMPLES] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
        snprintf(names[i], sizeof names[i], "s%zu", i);
        ids[i] = i < ODD ? odd_ids[i] : names[i];
        logits[i][0] = i == first ? -1000 : (i % 2 == 0 ? -1.0f : 1) - i / 64.f;
    }
    const hid_t file = create(path);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    put(file, "logits", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, SAMPLES, FEW_CLASSES,
        logits);
    put(file, "labels", H5T_STD_U8LE, H5T_NATIVE_INT, SAMPLES, 1, labels);
    put(file, "ids", text, text, SAMPLES, 1, ids);
    H5Tclose(text);
    need(H5Fclose(file) >= 0, path);
}

static void write_wide(const char *path, size_t classes)
{
    int labels[SAMPLES];
    float *logits = calloc(SAMPLES * classes, sizeof *logits);
    need(classes >= SAMPLES && logits != NULL, "classes");
    for (size_t i = 0; i < SAMPLES; i++) {
        labels[i] = (int)(i * (classes / SAMPLES));
        logits[i * classes + (size_t)labels[i]] = i % 2 == 0 ? -1.0f : 1;
    }
    const hid_t file = create(path);
    put(file, "logits", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, SAMPLES, classes,
        logits);
    put(file, "labels", H5T_STD_U32LE, H5T_NATIVE_INT, SAMPLES, 1, labels);
    need(H5Fclose(file) >= 0, path);
    free(logits);
}

/* A dataset whose bytes are elsewhere, as `storage` says, which it closes. */
static void put_elsewhere(hid_t file, const char *name, hid_t type, hid_t space,
                          hid_t storage)
{
    const hid_t set =
        H5Dcreate2(file, name, type, space, H5P_DEFAULT, storage, H5P_DEFAULT);
    need(set >= 0, name);
    H5Dclose(set);
    H5Pclose(storage);
}

static void map_scattered(hid_t storage, hid_t there, hid_t here, hsize_t k,
                          hsize_t count)
{
    const hsize_t first[2] = {SAMPLES * k, 0};
    const hsize_t rows[2] = {SAMPLES, 2};
    const hsize_t row[2] = {1, 2};
    H5Sselect_hyperslab(here, H5S_SELECT_SET, first, NULL, rows, NULL);
    H5Sselect_none(there);
    for (hsize_t j = 0; j < SAMPLES; j++) {
        const hsize_t start[2] = {count * j + (k + 7 * j * j) % count, 0};
        H5Sselect_hyperslab(there, H5S_SELECT_OR, start, NULL, row, NULL);
    }
    need(H5Pset_virtual(storage, here, ".", "source", there) >= 0, "mapping");
}

static void map_shuffled(hid_t storage, hid_t there, hid_t here, hsize_t i,
                         hsize_t count)
{
    const hsize_t to[2] = {i, 0};
    const hsize_t from[2] = {7919 * i % count, 0};
    const hsize_t row[2] = {1, 2};
    H5Sselect_hyperslab(here, H5S_SELECT_SET, to, NULL, row, NULL);
    H5Sselect_hyperslab(there, H5S_SELECT_SET, from, NULL, row, NULL);
    need(H5Pset_virtual(storage, here, ".", "source", there) >= 0, "mapping");
}

/* `count` mappings, each made by `map` and of so many rows. */
static void write_mapped(const char *path, hsize_t count, hsize_t rows,
                         void (*map)(hid_t storage, hid_t there, hid_t here,
                                     hsize_t i, hsize_t count))
{
    const hsize_t dims[2] = {rows * count, 2};
    float *logits = calloc(2 * dims[0], sizeof *logits);
    int *labels = calloc(dims[0], sizeof *labels);
    need(logits != NULL && labels != NULL, "memory");
    for (hsize_t r = 0; r < dims[0]; r++)
        logits[2 * r] = (float)r;
    const hid_t file = create(path);
    put(file, "source", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, dims[0], 2, logits);
    put(file, "labels", H5T_STD_U8LE, H5T_NATIVE_INT, dims[0], 1, labels);
    const hid_t storage = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t here = H5Screate_simple(2, dims, NULL);
    const hid_t there = H5Scopy(here);
    for (hsize_t k = 0; k < count; k++)
        map(storage, there, here, k, count);
    H5Sselect_all(here);
    put_elsewhere(file, "logits", H5T_IEEE_F32LE, here, storage);
    H5Sclose(there);
    H5Sclose(here);
    need(H5Fclose(file) >= 0, path);
    free(labels);
    free(logits);
}

static void write_linked(const char *path, const char *target)
{
    const hid_t file = create(path);
    need(H5Lcreate_external(target, "logits", file, "logits", H5P_DEFAULT,
                            H5P_DEFAULT) >= 0 &&
             H5Lcreate_external(target, "labels", file, "labels", H5P_DEFAULT,
                                H5P_DEFAULT) >= 0,
         "link");
    need(H5Fclose(file) >= 0, path);
}

static void map_whole(hid_t file, const char *target, const char *name)
{
    const hid_t other = H5Fopen(target, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t source = H5Dopen2(other, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(source);
    const hid_t space = H5Dget_space(source);
    const hid_t storage = H5Pcreate(H5P_DATASET_CREATE);
    need(source >= 0 &&
             H5Pset_virtual(storage, space, target, name, space) >= 0,
         target);
    put_elsewhere(file, name, type, space, storage);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(source);
    H5Fclose(other);
}

static void write_nested(const char *path, const char *target)
{
    const hid_t file = create(path);
    map_whole(file, target, "logits");
    map_whole(file, target, "labels");
    need(H5Fclose(file) >= 0, path);
}

/* ---- another file's bytes ---- */

static void write_raw(const char *path, size_t seed)
{
    char raw[1000];
    int values[4][SAMPLES];
    float logits[SAMPLES][FEW_CLASSES];
    static const char *const names[] = {"labels", "clean", "indices", "guid"};
    for (size_t i = 0; i < SAMPLES; i++) {
        values[0][i] = (int)i % FEW_CLASSES;
        values[1][i] = (int)(i + 1) % FEW_CLASSES;
        values[2][i] = (int)i;
        values[3][i] = (int)i + 1000;
        for (size_t c = 0; c < FEW_CLASSES; c++)
            logits[i][c] = (float)((i * 7 + c * 5 + seed * (c + 1)) % 13);
    }
    snprintf(raw, sizeof raw, "%s.raw", path);
    FILE *bytes = fopen(raw, "wb");
    need(bytes != NULL && fwrite(logits, sizeof logits, 1, bytes) == 1 &&
             fclose(bytes) == 0,
         raw);
    const hsize_t dims[2] = {SAMPLES, FEW_CLASSES};
    const hid_t file = create(path);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    const hid_t storage = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(storage, raw, 0, sizeof logits);
    put_elsewhere(file, "logits", H5T_NATIVE_FLOAT, space, storage);
    H5Sclose(space);
    for (size_t i = 0; i < 4; i++)
        put(file, names[i], H5T_STD_I32LE, H5T_NATIVE_INT, SAMPLES, 1,
            values[i]);
    need(H5Fclose(file) >= 0, path);
}

/* ---- states ---- */

/* In place of the check sum of a column: `count` numbers, all the same. */
static void write_sums(hid_t column, size_t count, uLong crc)
{
    const hsize_t length = count;
    unsigned *sums = calloc(count + 1, sizeof *sums);
    need(sums != NULL, "memory");
    for (size_t i = 0; i < count; i++)
        sums[i] = (unsigned)crc;
    const hid_t space = H5Screate_simple(1, &length, NULL);
    H5Adelete(column, "crc32");
    const hid_t attribute = H5Acreate2(column, "crc32", H5T_STD_U32LE, space,
                                       H5P_DEFAULT, H5P_DEFAULT);
    need(H5Awrite(attribute, H5T_NATIVE_UINT, sums) >= 0, "crc32");
    H5Aclose(attribute);
    H5Sclose(space);
    free(sums);
}

static void change_state(const char *path, unsigned long long rows, size_t sums)
{
    unsigned long long values[100];
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t column = H5Dopen2(file, "record_rows", H5P_DEFAULT);
    const hid_t space = H5Dget_space(column);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    need(count > 0 && count <= 100 &&
             H5Dread(column, H5T_STD_U64LE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     values) >= 0,
         path);
    for (size_t i = 0; rows > 0 && i < sizeof rows; i++) /* little-endian */
        ((unsigned char *)values)[i] = (unsigned char)(rows >> 8 * i);
    need(H5Dwrite(column, H5T_STD_U64LE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                  values) >= 0,
         path);
    write_sums(column, sums,
               crc32(crc32(0, NULL, 0), (const Bytef *)values,
                     (uInt)count * sizeof *values));
    H5Sclose(space);
    H5Dclose(column);
    need(H5Fclose(file) >= 0, path);
}

/* Numbers of floating point are given by their bits. */
static void set_number(const char *path, const char *name, size_t row,
                       unsigned long long number, int repair)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t column = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(column);
    const hid_t space = H5Dget_space(column);
    const size_t size = H5Tget_size(type);
    const size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    unsigned char *values = calloc(count + 1, size);
    need(row < count && size <= sizeof number && values != NULL &&
             H5Dread(column, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
         name);
    for (size_t i = 0; i < size; i++) /* columns are little-endian */
        values[row * size + i] = (unsigned char)(number >> 8 * i);
    need(H5Dwrite(column, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
         name);
    if (repair)
        write_sums(column, 1,
                   crc32(crc32(0, NULL, 0), values, (uInt)(count * size)));
    free(values);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(column);
    need(H5Fclose(file) >= 0, path);
}

/* Adds numbers to the end of a column: its own first ones, or zeros. */
static void grow_column(hid_t file, const char *name, size_t more, int zeros)
{
    const hid_t column = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(column);
    hid_t space = H5Dget_space(column);
    const size_t size = H5Tget_size(type);
    const size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    const hsize_t length = count + more;
    unsigned char *values = calloc(count + more, size);
    need(count > 0 && values != NULL &&
             H5Dread(column, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
         name);
    for (size_t i = 0; i < more && !zeros; i++)
        memcpy(values + (count + i) * size, values, size);
    need(H5Dset_extent(column, &length) >= 0 &&
             H5Dwrite(column, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
         name);
    write_sums(column, 1,
               crc32(crc32(0, NULL, 0), values, (uInt)((count + more) * size)));
    free(values);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(column);
}

static void add_empty_records(const char *path, size_t more)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    need(file >= 0, path);
    grow_column(file, "record_dumps", more, 0);
    grow_column(file, "record_paths", 4 * more, 1);
    grow_column(file, "record_epochs", more, 0);
    grow_column(file, "record_slices", more, 0);
    grow_column(file, "record_rows", more, 1);
    grow_column(file, "record_classes", more, 0);
    grow_column(file, "record_prints", 3 * more, 1);
    need(H5Fclose(file) >= 0, path);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "count-odd-ids") == 0) {
        printf("%zu\n", ODD);
        return EXIT_SUCCESS;
    }
    if (argc == 6) {
        set_number(argv[2], argv[3], strtoul(argv[4], NULL, 10),
                   strtoull(argv[5], NULL, 0), strcmp(argv[1], "set") == 0);
        return EXIT_SUCCESS;
    }
    need(argc == 4, "see its source");
    const size_t number = strtoul(argv[3], NULL, 10);
    if (strcmp(argv[1], "odd-ids") == 0)
        write_odd_ids(argv[2], number);
    else if (strcmp(argv[1], "wide") == 0)
        write_wide(argv[2], number);
    else if (strcmp(argv[1], "scattered") == 0)
        write_mapped(argv[2], number, SAMPLES, map_scattered);
    else if (strcmp(argv[1], "shuffled") == 0)
        write_mapped(argv[2], number, 1, map_shuffled);
    else if (strcmp(argv[1], "linked") == 0)
        write_linked(argv[2], argv[3]);
    else if (strcmp(argv[1], "nested") == 0)
        write_nested(argv[2], argv[3]);
    else if (strcmp(argv[1], "raw") == 0)
        write_raw(argv[2], number);
    else if (strcmp(argv[1], "claim") == 0)
        change_state(argv[2], number, 1);
    else if (strcmp(argv[1], "empty") == 0)
        add_empty_records(argv[2], number);
    else
        change_state(argv[2], 0, number);
    return EXIT_SUCCESS;
}
