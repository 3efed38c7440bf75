/*
 * mutate_state.c - states that hold what no scan has written, with check sums
 * that are right all the same
 *
 * It knows what a column is (see src/dump/columns.h), and nothing of what the
 * columns of a state mean.
 */
#include "mutate_state.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "suite.h"

#define COLUMNS_MAX 64
#define NAME_MAX_BYTES 64
#define LENGTH_MAX 9000 /* more than are read at a time */
#define WORDS_MAX 100   /* of a sample */

struct column {
    char name[NAME_MAX_BYTES];
    hid_t type; /* in memory and in the file */
    size_t size;
    size_t length;
    unsigned char *values;
};

static uint64_t below(uint64_t *random, uint64_t n)
{
    return random_below(random, n);
}

/* ---- columns ---- */

static bool open_column(hid_t file, const char *name, struct column *column)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    *column = (struct column){.type = H5Dget_type(dataset)};
    snprintf(column->name, sizeof column->name, "%s", name);
    column->size = H5Tget_size(column->type);
    column->length = (size_t)H5Sget_simple_extent_npoints(space);
    column->values = calloc(column->length + 1, column->size);
    const bool good = column->values != NULL &&
                      H5Dread(dataset, column->type, H5S_ALL, H5S_ALL,
                              H5P_DEFAULT, column->values) >= 0;
    H5Sclose(space);
    H5Dclose(dataset);
    return good;
}

static void close_column(struct column *column)
{
    H5Tclose(column->type);
    free(column->values);
}

#define ODD_TYPES 10

/* One of several types, of up to 64 bytes. */
static hid_t odd_type(uint64_t kind)
{
    const hsize_t two = 2;
    hid_t type;
    switch (kind) {
    case 0:
        type = H5Tcopy(H5T_STD_U64LE);
        break;
    case 1:
        type = H5Tcopy(H5T_IEEE_F64LE);
        break;
    case 2:
        type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, 64);
        break;
    case 3:
        type = H5Tarray_create2(H5T_STD_U32LE, 1, &two);
        break;
    case 4:
        type = H5Tcreate(H5T_OPAQUE, 40);
        break;
    case 5:
        type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "a", 8, H5T_STD_U32LE);
        break;
    case 6:
        type = H5Tcopy(H5T_STD_U32BE);
        break;
    case 7:
    case 8: /* of variable length: pointers, which would not be any */
        type = kind == 7 ? H5Tvlen_create(H5T_STD_U32LE) : H5Tcopy(H5T_C_S1);
        if (kind == 8)
            H5Tset_size(type, H5T_VARIABLE);
        break;
    default:
        type = H5Tcopy(H5T_STD_U32LE);
        break;
    }
    return type;
}

/* A value for the check sum: of any type, shape and length. */
static bool write_odd_attribute(hid_t object, const char *name, uint32_t value,
                                uint64_t *random)
{
    static const hsize_t lengths[] = {1, 0, 2, 200, 5000};
    const hsize_t length = lengths[below(random, 5)];
    const hsize_t dims[3] = {length, 1, 2};
    const int rank = 1 + (int)below(random, 3);
    const size_t room = 5000 * 2 * 64;
    unsigned char *values = calloc(1, room);
    if (values == NULL)
        return false;
    const uint64_t kind = below(random, ODD_TYPES);
    /* Of variable length are pointers, which that would not be. */
    for (size_t i = 0; i + 4 <= room && kind != 7 && kind != 8; i += 4)
        memcpy(values + i, &value, 4);
    hid_t type = odd_type(kind);
    hid_t space = below(random, 8) == 0   ? H5Screate(H5S_NULL)
                  : below(random, 4) == 0 ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(rank, dims, NULL);
    if (H5Aexists(object, name) > 0)
        H5Adelete(object, name);
    hid_t attribute =
        H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, type, values) >= 0;
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    free(values);
    return good;
}

static bool write_sum(hid_t dataset, const struct column *column)
{
    const uint32_t crc = (uint32_t)crc32(crc32(0, NULL, 0), column->values,
                                         (uInt)(column->length * column->size));
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(dataset, "crc32", H5T_STD_U32LE, space,
                                 H5P_DEFAULT, H5P_DEFAULT);
    const bool good =
        attribute >= 0 && H5Awrite(attribute, H5T_NATIVE_UINT32, &crc) >= 0;
    H5Aclose(attribute);
    H5Sclose(space);
    return good;
}

/* In place of the column that has its name. */
static bool write_column(hid_t file, const struct column *column, bool chunked)
{
    const hsize_t length = column->length;
    const hsize_t any = H5S_UNLIMITED;
    const hsize_t chunk = length < 1 ? 1 : length < 8192 ? length : 8192;
    hid_t space = H5Screate_simple(1, &length, chunked ? &any : NULL);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (chunked)
        H5Pset_chunk(creation, 1, &chunk);
    if (H5Lexists(file, column->name, H5P_DEFAULT) > 0)
        H5Ldelete(file, column->name, H5P_DEFAULT);
    hid_t dataset = H5Dcreate2(file, column->name, column->type, space,
                               H5P_DEFAULT, creation, H5P_DEFAULT);
    const bool good = dataset >= 0 &&
                      H5Dwrite(dataset, column->type, H5S_ALL, H5S_ALL,
                               H5P_DEFAULT, column->values) >= 0 &&
                      write_sum(dataset, column);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
    return good;
}

/* Values after the old ones repeat these, or are zeros. */
static bool set_length(struct column *column, size_t length, bool repeat)
{
    unsigned char *values = calloc(length + 1, column->size);
    if (values == NULL)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (i < column->length || (repeat && column->length > 0))
            memcpy(values + i * column->size,
                   column->values + i % column->length * column->size,
                   column->size);
    }
    free(column->values);
    column->values = values;
    column->length = length;
    return true;
}

/* ---- mutations ---- */

static void change_value(struct column *column, uint64_t *random)
{
    static const uint64_t odd[] = {0,
                                   1,
                                   2,
                                   255,
                                   UINT32_MAX,
                                   UINT32_MAX - 1,
                                   INT32_MAX,
                                   0x40000000,
                                   UINT64_MAX,
                                   INT64_MAX,
                                   (uint64_t)INT64_MIN,
                                   0x7ff0000000000000,  /* infinity */
                                   0x7ff8000000000000,  /* NaN */
                                   0xffefffffffffffff,  /* the lowest double */
                                   0x8000000000000001}; /* the next below 0 */
    unsigned char *at =
        column->values + below(random, column->length) * column->size;
    uint64_t value = 0;
    memcpy(&value, at, column->size < 8 ? column->size : 8);
    switch (below(random, 5)) {
    case 0:
        value ^= 1ull << below(random, 8 * column->size);
        break;
    case 1:
        value += below(random, 2) == 0 ? 1 : UINT64_MAX;
        break;
    case 2:
        value = random_next(random);
        break;
    case 3: /* another one's */
        memcpy(&value,
               column->values + below(random, column->length) * column->size,
               column->size < 8 ? column->size : 8);
        break;
    default:
        value = odd[below(random, sizeof odd / sizeof *odd)];
        break;
    }
    memcpy(at, &value, column->size < 8 ? column->size : 8);
}

static size_t some_length(size_t length, uint64_t *random)
{
    const size_t lengths[] = {0,          1,
                              length + 1, length > 0 ? length - 1 : 0,
                              2 * length, below(random, LENGTH_MAX)};
    const size_t some =
        lengths[below(random, sizeof lengths / sizeof *lengths)];
    return some < LENGTH_MAX ? some : LENGTH_MAX;
}

/* Another type, with the old bytes as its values. */
static void change_type(struct column *column, uint64_t *random)
{
    const hid_t types[] = {H5T_STD_U8LE,   H5T_STD_U32LE,  H5T_STD_U32BE,
                           H5T_STD_U64LE,  H5T_STD_I64LE,  H5T_STD_U64BE,
                           H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
    const size_t bytes = column->length * column->size;
    H5Tclose(column->type);
    column->type = H5Tcopy(types[below(random, sizeof types / sizeof *types)]);
    column->size = H5Tget_size(column->type);
    column->length = bytes / column->size;
}

static bool mutate_column(hid_t file, struct column *column, uint64_t *random)
{
    const uint64_t kind = below(random, 8);
    bool good = true;
    if (kind < 4 && column->length > 0) {
        const uint64_t changes = 1 + below(random, 4);
        for (uint64_t i = 0; i < changes; i++)
            change_value(column, random);
    } else if (kind < 6) {
        good = set_length(column, some_length(column->length, random),
                          below(random, 2) == 0);
    } else if (kind == 6) {
        change_type(column, random);
    }
    good = good && write_column(file, column, below(random, 4) != 0);
    if (good && kind == 7) {
        hid_t dataset = H5Dopen2(file, column->name, H5P_DEFAULT);
        const uint32_t crc =
            (uint32_t)crc32(crc32(0, NULL, 0), column->values,
                            (uInt)(column->length * column->size));
        good = write_odd_attribute(dataset, "crc32", crc, random);
        H5Dclose(dataset);
    }
    return good;
}

/* Two columns change places. */
static bool swap(hid_t file, const char *a, const char *b)
{
    return strcmp(a, b) == 0 ||
           (H5Lmove(file, a, file, "swapped", H5P_DEFAULT, H5P_DEFAULT) >= 0 &&
            H5Lmove(file, b, file, a, H5P_DEFAULT, H5P_DEFAULT) >= 0 &&
            H5Lmove(file, "swapped", file, b, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

/* All columns that have as many values as this one, or a multiple, become
 * longer or shorter alike. */
static bool stretch(hid_t file, char names[][NAME_MAX_BYTES], size_t count,
                    size_t length, uint64_t *random)
{
    const size_t wanted = below(random, 2) == 0
                              ? below(random, length + 1)
                              : length + below(random, LENGTH_MAX / 2);
    bool good = true;
    for (size_t i = 0; good && i < count && length > 0; i++) {
        struct column column;
        good = open_column(file, names[i], &column);
        if (good && column.length > 0 && column.length % length == 0 &&
            column.length / length <= WORDS_MAX)
            good = set_length(&column, column.length / length * wanted, true) &&
                   write_column(file, &column, true);
        close_column(&column);
    }
    return good;
}

static bool mutate_once(hid_t file, char names[][NAME_MAX_BYTES], size_t count,
                        uint64_t *random)
{
    const char *name = names[below(random, count)];
    const uint64_t kind = below(random, 40);
    struct column column;
    if (H5Lexists(file, name, H5P_DEFAULT) <= 0)
        return true; /* it was removed */
    if (kind == 0)
        return H5Ldelete(file, name, H5P_DEFAULT) >= 0;
    if (kind == 1)
        return write_odd_attribute(file, "aum-scan", 0x65746174, random);
    if (kind < 4)
        return swap(file, name, names[below(random, count)]);
    if (!open_column(file, name, &column))
        return false;
    const bool good = kind < 9
                          ? stretch(file, names, count, column.length, random)
                          : mutate_column(file, &column, random);
    close_column(&column);
    return good;
}

bool mutate_state(const char *path, uint64_t *random)
{
    static char names[COLUMNS_MAX][NAME_MAX_BYTES];
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, access);
    H5G_info_t info;
    H5Pclose(access);
    if (file < 0 || H5Gget_info(file, &info) < 0 || info.nlinks > COLUMNS_MAX)
        return false;
    const size_t count = (size_t)info.nlinks;
    for (size_t i = 0; i < count; i++)
        H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, names[i],
                           NAME_MAX_BYTES, H5P_DEFAULT);
    const uint64_t changes = 1 + below(random, 3);
    for (uint64_t i = 0; i < changes; i++)
        mutate_once(file, names, count, random);
    return H5Fclose(file) >= 0;
}
