/*
 * columns.c - HDF5 files of columns
 */
#include "dump/hdf5/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/fit.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/sources.h"

#define CRC_ATTRIBUTE "crc32"
#define CHUNK_MAX 8192u

struct column_file {
    hid_t dataset; /* negative: there is none yet */
    uint64_t length;
    uint64_t done; /* read or written so far */
    uLong crc;     /* of these */
};

struct dump_columns {
    const struct dump_table *table;
    struct dump_watch *watch;
    char *path;
    hid_t file;
    struct dump_identity identity; /* if it is read */
    unsigned long failures;        /* of the library, before it writes */
    struct column_file columns[];  /* as many as the table has */
};

/* ---- types ---- */

struct number_type {
    hid_t memory;
    hid_t file;
    size_t size;
};

static struct number_type number_type(enum dump_type type)
{
    switch (type) {
    case DUMP_I64:
        return (struct number_type){H5T_NATIVE_INT64, H5T_STD_I64LE, 8};
    case DUMP_U64:
        return (struct number_type){H5T_NATIVE_UINT64, H5T_STD_U64LE, 8};
    case DUMP_U32:
        return (struct number_type){H5T_NATIVE_UINT32, H5T_STD_U32LE, 4};
    case DUMP_U8:
        return (struct number_type){H5T_NATIVE_UINT8, H5T_STD_U8LE, 1};
    default: /* no table has others */
        return (struct number_type){H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, 8};
    }
}

static struct number_type type_of(const struct dump_columns *columns,
                                  size_t column)
{
    return number_type(columns->table->columns[column].type);
}

/* ---- opening and closing ---- */

static struct dump_columns *make(const struct dump_table *table,
                                 const char *path, struct dump_watch *watch,
                                 struct error *error)
{
    struct dump_columns *columns =
        calloc(1, sizeof *columns + table->count * sizeof *columns->columns);
    char *copy = strdup(path);
    if (columns == NULL || copy == NULL) {
        free(columns);
        free(copy);
        error_no_memory(error);
        return NULL;
    }
    columns->table = table;
    columns->watch = watch;
    columns->path = copy;
    columns->file = -1;
    for (size_t i = 0; i < table->count; i++) {
        columns->columns[i].dataset = -1;
        columns->columns[i].crc = crc32(0, NULL, 0);
    }
    return columns;
}

/* With the library entered. False if what was written is not all there. */
static bool close_all(struct dump_columns *columns)
{
    bool good = true;
    for (size_t i = 0; i < columns->table->count; i++) {
        if (columns->columns[i].dataset >= 0)
            good &= H5Dclose(columns->columns[i].dataset) >= 0;
        columns->columns[i].dataset = -1;
    }
    if (columns->file >= 0)
        good &= H5Fclose(columns->file) >= 0;
    columns->file = -1;
    return good;
}

static void destroy(struct dump_columns *columns)
{
    free(columns->path);
    free(columns);
}

void dump_columns_close(struct dump_columns *columns)
{
    if (columns == NULL)
        return;
    h5_enter(columns->watch, columns->path);
    close_all(columns);
    h5_leave(columns->watch);
    destroy(columns);
}

/* ---- writing ---- */

/* The call that fails first knows why, and the next one makes the library
 * forget it. */
static void enter_to_write(struct dump_columns *columns)
{
    h5_enter(columns->watch, columns->path);
    columns->failures = h5_failures();
}

/* With what the system said, if the library passes it on. */
static bool cannot_write(const struct dump_columns *columns,
                         struct error *error)
{
    const int reason = h5_reason();
    if (h5_fail_since(columns->failures, error,
                      "%s: cannot write; -v shows "
                      "what the HDF5 library says of it",
                      columns->path))
        return error_set(error, "%s: cannot write", columns->path);
    if (reason != 0) {
        error->no_memory = false;
        error_set_text(error, "%s: cannot write: %s", columns->path,
                       text_reason(reason));
    }
    return false;
}

static bool write_attribute(hid_t object, const char *name, hid_t stored,
                            hid_t memory, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute =
        H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, memory, value) >= 0;
    H5Aclose(attribute);
    H5Sclose(space);
    return good;
}

static bool write_kind(const struct dump_columns *columns)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    const bool good = H5Tset_size(type, strlen(columns->table->kind)) >= 0 &&
                      write_attribute(columns->file, H5_KIND_ATTRIBUTE, type,
                                      type, columns->table->kind);
    H5Tclose(type);
    return good;
}

/* The newest format has check sums in what the library writes for itself, too.
 */
static hid_t create_file(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(creation, false); /* the same bytes at any time */
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    H5Pclose(creation);
    H5Pclose(access);
    return file;
}

struct dump_columns *dump_columns_create(const struct dump_table *table,
                                         const char *path, const char *name,
                                         struct dump_watch *watch,
                                         struct error *error)
{
    struct dump_columns *columns = make(table, name, watch, error);
    if (columns == NULL)
        return NULL;
    enter_to_write(columns);
    columns->file = create_file(path);
    const bool good = (columns->file >= 0 && write_kind(columns)) ||
                      cannot_write(columns, error);
    h5_leave(watch);
    if (good)
        return columns;
    dump_columns_close(columns);
    return NULL;
}

/* A dataset that may grow, in chunks of what comes first. */
static bool create_dataset(struct dump_columns *columns, size_t column,
                           size_t count)
{
    const hsize_t none = 0;
    const hsize_t any = H5S_UNLIMITED;
    const hsize_t chunk = count == 0          ? 1
                          : count < CHUNK_MAX ? count
                                              : CHUNK_MAX;
    hid_t space = H5Screate_simple(1, &none, &any);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 1, &chunk);
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(creation, false);
    hid_t dataset =
        H5Dcreate2(columns->file, columns->table->columns[column].name,
                   type_of(columns, column).file, space, H5P_DEFAULT, creation,
                   H5P_DEFAULT);
    columns->columns[column].dataset = dataset;
    H5Pclose(creation);
    H5Sclose(space);
    return dataset >= 0;
}

/* The sum is of the bytes in the file, which are little-endian: another machine
 * may read them. */
static void add_to_crc(struct column_file *column, const void *values,
                       size_t count, size_t size)
{
    const unsigned char *from = values;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < count; i++, from += size) {
        unsigned char turned[8];
        for (size_t k = 0; k < size; k++)
            turned[k] = from[size - 1 - k];
        column->crc = crc32(column->crc, turned, (uInt)size);
    }
#else
    for (size_t bytes = count * size; bytes > 0;) {
        const uInt n = bytes < 1u << 30 ? (uInt)bytes : 1u << 30;
        column->crc = crc32(column->crc, from, n);
        from += n;
        bytes -= n;
    }
#endif
}

/* Selects the next numbers of a column. */
static hid_t select_next(const struct column_file *column, size_t count)
{
    const hsize_t start = column->done;
    const hsize_t length = count;
    hid_t space = H5Dget_space(column->dataset);
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &length,
                            NULL) >= 0)
        return space;
    H5Sclose(space);
    return -1;
}

static bool append(struct dump_columns *columns, size_t index,
                   const void *values, size_t count)
{
    struct column_file *column = &columns->columns[index];
    const struct number_type type = type_of(columns, index);
    const hsize_t length = column->done + count;
    const hsize_t more = count;
    if (count == 0)
        return true;
    if (column->dataset < 0 && !create_dataset(columns, index, count))
        return false;
    if (H5Dset_extent(column->dataset, &length) < 0)
        return false;
    hid_t memory = H5Screate_simple(1, &more, NULL);
    hid_t space = select_next(column, count);
    const bool good = H5Dwrite(column->dataset, type.memory, memory, space,
                               H5P_DEFAULT, values) >= 0;
    H5Sclose(space);
    H5Sclose(memory);
    add_to_crc(column, values, count, type.size);
    column->done += count;
    return good;
}

bool dump_columns_append(struct dump_columns *columns, size_t column,
                         const void *values, size_t count, struct error *error)
{
    enter_to_write(columns);
    const bool good =
        append(columns, column, values, count) || cannot_write(columns, error);
    h5_leave(columns->watch);
    return good;
}

static bool write_crc(struct dump_columns *columns, size_t index)
{
    const struct column_file *column = &columns->columns[index];
    const uint32_t crc = (uint32_t)column->crc;
    return (column->dataset >= 0 || create_dataset(columns, index, 0)) &&
           write_attribute(column->dataset, CRC_ATTRIBUTE, H5T_STD_U32LE,
                           H5T_NATIVE_UINT32, &crc);
}

bool dump_columns_finish(struct dump_columns *columns, struct error *error)
{
    bool good = true;
    enter_to_write(columns);
    for (size_t i = 0; good && i < columns->table->count; i++)
        good = write_crc(columns, i);
    good = (good && H5Fflush(columns->file, H5F_SCOPE_LOCAL) >= 0) ||
           cannot_write(columns, error);
    good =
        (close_all(columns) || !good || cannot_write(columns, error)) && good;
    h5_leave(columns->watch);
    destroy(columns);
    return good;
}

/* ---- reading ---- */

static bool damaged(const struct dump_columns *columns, size_t column,
                    const char *what, struct error *error)
{
    return h5_fail(error,
                   "%s: %s: damaged: %s; make it anew from its dumps, or leave "
                   "it out",
                   columns->path, columns->table->columns[column].name, what);
}

static bool check_kind(const struct dump_columns *columns, struct error *error)
{
    char kind[DUMP_KIND_MAX + 1];
    if (!h5_file_kind(columns->file, kind, sizeof kind))
        return error_set(error,
                         "%s: an HDF5 file, but no %.*s of aum-scan; name "
                         "another file",
                         columns->path, (int)strcspn(columns->table->kind, " "),
                         columns->table->kind);
    if (strcmp(kind, columns->table->kind) != 0)
        return error_set(error,
                         "%s: a \"%s\" of aum-scan, of which this version "
                         "can only read \"%s\"; make it anew",
                         columns->path, kind, columns->table->kind);
    return true;
}

/* Does the dataset have numbers that may be read as the table says, and no more
 * than are stored? A sparse file may be of any size. Columns have no filters.
 */
static bool check_dataset(struct dump_columns *columns, size_t index,
                          uint64_t file_bytes)
{
    struct column_file *column = &columns->columns[index];
    const struct number_type wanted = type_of(columns, index);
    hid_t type = H5Dget_type(column->dataset);
    hid_t space = H5Dget_space(column->dataset);
    hsize_t length = 0;
    const bool good =
        H5Tequal(type, wanted.file) > 0 &&
        H5Sget_simple_extent_ndims(space) == 1 &&
        H5Sget_simple_extent_dims(space, &length, NULL) == 1 &&
        length <= file_bytes / wanted.size &&
        (length == 0 ||
         length <= H5Dget_storage_size(column->dataset) / wanted.size);
    column->length = length;
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static bool open_datasets(struct dump_columns *columns, struct error *error)
{
    if (!h5_identify(columns->file, &columns->identity))
        return h5_fail(error, "%s: cannot read", columns->path);
    for (size_t i = 0; i < columns->table->count; i++) {
        columns->columns[i].dataset = H5Dopen2(
            columns->file, columns->table->columns[i].name, H5P_DEFAULT);
        if (columns->columns[i].dataset < 0)
            return damaged(columns, i, "it is missing", error);
        if (!sources_are_own(columns->columns[i].dataset, columns->file))
            return damaged(columns, i, "it is kept in another file", error);
        if (!check_dataset(columns, i, columns->identity.bytes))
            return damaged(columns, i, "its type or length is impossible",
                           error);
    }
    return true;
}

struct dump_columns *dump_columns_open(const struct dump_table *table,
                                       const char *path,
                                       struct dump_watch *watch,
                                       struct error *error)
{
    struct dump_columns *columns = make(table, path, watch, error);
    if (columns == NULL)
        return NULL;
    h5_enter(watch, path);
    columns->file = h5_open_file(
        path, false, NULL, 0,
        "; make it anew from its dumps, or name another file", error);
    const bool good = columns->file >= 0 && check_kind(columns, error) &&
                      open_datasets(columns, error);
    h5_leave(watch);
    if (good)
        return columns;
    error_advise(error, ADVICE_NONE); /* -k keeps no table */
    dump_columns_close(columns);
    return NULL;
}

const struct dump_identity *
dump_columns_identity(const struct dump_columns *columns)
{
    return &columns->identity;
}

uint64_t dump_columns_length(const struct dump_columns *columns, size_t column)
{
    return columns->columns[column].length;
}

static bool read_next(struct dump_columns *columns, size_t index, void *values,
                      size_t count)
{
    struct column_file *column = &columns->columns[index];
    const struct number_type type = type_of(columns, index);
    const hsize_t length = count;
    if (count > column->length - column->done)
        return false;
    if (count == 0)
        return true;
    hid_t memory = H5Screate_simple(1, &length, NULL);
    hid_t space = select_next(column, count);
    const bool good =
        space >= 0 && h5_read(column->dataset, type.memory, memory, space,
                              H5P_DEFAULT, values, count * type.size);
    H5Sclose(space);
    H5Sclose(memory);
    if (!good) /* whoever reads it again learns the same */
        return false;
    add_to_crc(column, values, count, type.size);
    column->done += count;
    return true;
}

bool dump_columns_read(struct dump_columns *columns, size_t column,
                       void *values, size_t count, struct error *error)
{
    h5_enter(columns->watch, columns->path);
    const bool good = read_next(columns, column, values, count) ||
                      damaged(columns, column, "it cannot be read", error);
    h5_leave(columns->watch);
    return good;
}

static bool crc_holds(const struct column_file *column)
{
    uint32_t crc = 0;
    return h5_read_numbers(column->dataset, CRC_ATTRIBUTE, H5T_NATIVE_UINT32, 1,
                           &crc, sizeof crc) &&
           crc == column->crc;
}

/* Adds what nobody has asked for to the check sum. */
static bool read_rest(struct dump_columns *columns, size_t index)
{
    struct column_file *column = &columns->columns[index];
    uint64_t values[512];
    bool good = true;
    while (good && column->done < column->length) {
        const uint64_t left = column->length - column->done;
        const size_t most = sizeof values / type_of(columns, index).size;
        good = read_next(columns, index, values,
                         left < most ? (size_t)left : most);
        dump_watch_progress(columns->watch);
    }
    return good;
}

bool dump_columns_verify(struct dump_columns *columns, struct error *error)
{
    bool good = true;
    h5_enter(columns->watch, columns->path);
    for (size_t i = 0; good && i < columns->table->count; i++) {
        good = read_rest(columns, i) ||
               damaged(columns, i, "it cannot be read", error);
        good = good && (crc_holds(&columns->columns[i]) ||
                        damaged(columns, i, "its check sum differs", error));
    }
    h5_leave(columns->watch);
    return good;
}
