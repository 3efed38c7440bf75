/*
 * library.c - files and datasets as the HDF5 library has them open
 */
#include "library.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"

/* ---- what is open; in all of this the library is entered ---- */

static const char *file_path(const struct library *library,
                             const struct dump_array *array)
{
    return library->plan->files[array->file].path;
}

/* Makes entry i the newest. */
static void move_to_front(struct library_object *objects, size_t i)
{
    struct library_object object = objects[i];
    memmove(objects + 1, objects, i * sizeof *objects);
    objects[0] = object;
}

/* The entry of `index`, or the one to be used for it: a free one or the
 * oldest. */
static size_t entry_for(const struct library_object *objects, size_t count,
                        size_t index)
{
    size_t place = count - 1;
    for (size_t i = count; i-- > 0;) {
        if (!objects[i].used)
            place = i;
        else if (objects[i].index == index)
            return i;
    }
    return place;
}

/* Closes a file with its datasets: the library keeps it open, with half a
 * megabyte of its own, as long as one of them is. */
static void close_file(struct library *library, struct library_object *file)
{
    for (size_t i = 0; i < LIBRARY_DATASETS; i++) {
        struct library_object *dataset = &library->datasets[i];
        if (dataset->used &&
            library->plan->arrays[dataset->index].file == file->index) {
            H5Dclose(dataset->id);
            dataset->used = false;
        }
    }
    H5Fclose(file->id);
    file->used = false;
}

static hid_t open_file(struct library *library, size_t index,
                       struct dump_error *error)
{
    const size_t i = entry_for(library->files, LIBRARY_FILES, index);
    struct library_object *file = &library->files[0];
    if (library->files[i].used && library->files[i].index != index)
        close_file(library, &library->files[i]);
    move_to_front(library->files, i);
    if (!file->used) {
        file->index = index;
        const struct dump_file *of = &library->plan->files[index];
        file->id =
            h5_open_file(of->path, of->live, library->plan->trust, error);
        file->used = file->id >= 0;
    }
    return file->id;
}

static hid_t open_dataset(struct library *library,
                          const struct dump_array *array,
                          struct dump_error *error)
{
    const size_t index = (size_t)(array - library->plan->arrays);
    size_t i = entry_for(library->datasets, LIBRARY_DATASETS, index);
    if (library->datasets[i].used && library->datasets[i].index == index) {
        move_to_front(library->datasets, i);
        return library->datasets[0].id;
    }
    const hid_t file = open_file(library, array->file, error);
    if (file < 0)
        return -1;
    i = entry_for(library->datasets, LIBRARY_DATASETS, index);
    if (library->datasets[i].used)
        H5Dclose(library->datasets[i].id);
    move_to_front(library->datasets, i);
    struct library_object *dataset = &library->datasets[0];
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (array->chunked) /* blocks may share a chunk: keep one */
        H5Pset_chunk_cache(access, 1, dump_chunk_bytes(array), 1.0);
    dataset->index = index;
    dataset->id = H5Dopen2(file, array->path, access);
    dataset->used = dataset->id >= 0;
    dataset->fill_state = FILL_UNKNOWN;
    H5Pclose(access);
    if (!dataset->used)
        h5_fail(error, "%s: %s: damaged: cannot be opened (-v tells more)",
                file_path(library, array), array->path);
    return dataset->id;
}

static bool select_region(const struct dump_array *array, hid_t space,
                          const struct library_region *region)
{
    hsize_t start[DUMP_RANK_MAX] = {0};
    hsize_t count[DUMP_RANK_MAX];
    if (array->rank == 0)
        return true;
    for (int i = 0; i < array->rank; i++)
        count[i] = 1;
    if (array->epoch_axis != DUMP_NO_AXIS)
        start[array->epoch_axis] = region->slice;
    if (array->row_axis != DUMP_NO_AXIS) {
        start[array->row_axis] = region->first_row;
        count[array->row_axis] = region->rows;
    }
    if (array->column_axis != DUMP_NO_AXIS) {
        start[array->column_axis] = region->first_column;
        count[array->column_axis] = region->columns;
    }
    return H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count,
                               NULL) >= 0;
}

/* Copies strings of any length behind one another and frees the library's. */
static bool take_strings(char **strings, size_t count, struct dump_buffer *out,
                         struct dump_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += (strings[i] != NULL ? strlen(strings[i]) : 0) + 1;
    bool good = dump_buffer_reserve(out, bytes, 1, error);
    char *to = (char *)out->bytes;
    for (size_t i = 0; i < count; i++) {
        char *from = strings[i];
        const size_t length = from != NULL ? strlen(from) : 0;
        strings[i] = to;
        if (good) {
            memcpy(to, from != NULL ? from : "", length + 1);
            to += length + 1;
        }
        H5free_memory(from);
    }
    return good;
}

static bool read_locked(struct library *library, const struct dump_array *array,
                        const struct library_region *region, void *out,
                        struct dump_buffer *texts, struct dump_error *error)
{
    hid_t dataset = open_dataset(library, array, error);
    if (dataset < 0)
        return false;
    const hsize_t count = region->rows * region->columns;
    hid_t stored = H5Dget_type(dataset);
    hid_t type = h5_memory_type(array, stored);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &count, NULL);
    const bool strings = array->type == DUMP_VARIABLE_STRING;
    if (strings) /* what a failed read leaves must not be freed */
        memset(out, 0, (size_t)count * sizeof(char *));
    bool good = select_region(array, space, region) &&
                H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;
    if (!good)
        h5_fail(error,
                "%s: %s: damaged: rows %" PRIu64 " to %" PRIu64
                ", columns %" PRIu64 " to %" PRIu64 " cannot be read (-v tells "
                "more); -k skips them",
                file_path(library, array), array->path, region->first_row,
                region->first_row + region->rows - 1, region->first_column,
                region->first_column + region->columns - 1);
    /* What has come into being since discovery would read as fill values. */
    if (good && array->elsewhere)
        good = guard_nothing_refused(
            guard_of(dataset), file_path(library, array), array->path, error);
    if (strings && !take_strings(out, (size_t)count, texts, error))
        good = false;
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    H5Tclose(stored);
    return good;
}

/* A chunk as the library has it: what to do for one that was never written. */
static bool read_chunk_locked(hid_t dataset, const struct dump_array *array,
                              const hsize_t *at, void *out)
{
    hsize_t chunk[DUMP_RANK_MAX];
    hsize_t count[DUMP_RANK_MAX];
    const hsize_t origin[DUMP_RANK_MAX] = {0};
    for (int i = 0; i < array->rank; i++) {
        chunk[i] = array->chunk[i];
        count[i] = array->dims[i] - at[i];
        if (count[i] > chunk[i])
            count[i] = chunk[i];
    }
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(array->rank, chunk, NULL);
    bool good = H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, count,
                                    NULL) >= 0 &&
                H5Sselect_hyperslab(memory, H5S_SELECT_SET, origin, NULL, count,
                                    NULL) >= 0 &&
                H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static void find_fill(struct library_object *dataset,
                      const struct dump_array *array)
{
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    hid_t properties = H5Dget_create_plist(dataset->id);
    hid_t type = H5Dget_type(dataset->id);
    const bool good = array->size <= sizeof dataset->fill &&
                      H5Tget_size(type) == array->size &&
                      H5Pfill_value_defined(properties, &defined) >= 0 &&
                      defined != H5D_FILL_VALUE_UNDEFINED &&
                      H5Pget_fill_value(properties, type, dataset->fill) >= 0;
    dataset->fill_state = good ? FILL_KNOWN : FILL_DIFFICULT;
    H5Tclose(type);
    H5Pclose(properties);
}

/* A chunk that was never written. Asking the library for each takes 40 us, and
 * a file that is damaged or was made long beforehand may have very many. */
static bool read_unwritten(struct library_object *dataset,
                           const struct dump_array *array, const hsize_t *at,
                           unsigned char *out)
{
    const size_t bytes = dump_chunk_bytes(array);
    if (dataset->fill_state == FILL_UNKNOWN)
        find_fill(dataset, array);
    if (dataset->fill_state == FILL_DIFFICULT)
        return read_chunk_locked(dataset->id, array, at, out);
    for (size_t i = 0; i < bytes; i += array->size)
        memcpy(out + i, dataset->fill, array->size);
    return true;
}

bool library_bad_chunk(const struct library *library,
                       const struct dump_array *array, const uint64_t *at,
                       const char *why, struct dump_error *error)
{
    char place[160];
    size_t used = 0;
    for (int i = 0; i < array->rank && used < sizeof place; i++)
        used += (size_t)snprintf(place + used, sizeof place - used,
                                 "%s%" PRIu64, i > 0 ? ", " : "", at[i]);
    return dump_fail(error,
                     "%s: %s: the chunk at (%s) is damaged: %s; -k "
                     "skips its rows",
                     file_path(library, array), array->path, place, why);
}

static bool fetch_locked(struct library *library,
                         const struct dump_array *array, const uint64_t *start,
                         void *raw, size_t room, size_t *size,
                         uint32_t *filter_mask, void *whole,
                         struct dump_error *error)
{
    hsize_t at[DUMP_RANK_MAX];
    hsize_t stored = 0;
    for (int i = 0; i < array->rank; i++)
        at[i] = start[i];
    hid_t dataset = open_dataset(library, array, error);
    if (dataset < 0)
        return false;
    /* Of an unwritten chunk, HDF5 1.10 says that this fails, later versions
     * that it has no bytes. */
    if (H5Dget_chunk_storage_size(dataset, at, &stored) < 0)
        stored = 0;
    if (stored > room)
        return library_bad_chunk(library, array, start,
                                 "its length is impossible", error);
    *size = (size_t)stored;
    bool good =
        stored == 0
            ? read_unwritten(&library->datasets[0], array, at, whole)
            : H5Dread_chunk(dataset, H5P_DEFAULT, at, filter_mask, raw) >= 0;
    if (!good) {
        h5_fail(error, "%s", ""); /* for what the library said */
        return library_bad_chunk(library, array, start, "it cannot be read",
                                 error);
    }
    return true;
}

/* ---- with the library entered ---- */

bool library_read(struct library *library, const struct dump_array *array,
                  const struct library_region *region, void *out,
                  struct dump_buffer *texts, struct dump_error *error)
{
    h5_enter(library->plan->watch, file_path(library, array));
    bool good = read_locked(library, array, region, out, texts, error);
    h5_leave(library->plan->watch);
    return good;
}

bool library_fetch_chunk(struct library *library,
                         const struct dump_array *array, const uint64_t *at,
                         void *raw, size_t room, size_t *size,
                         uint32_t *filter_mask, void *whole,
                         struct dump_error *error)
{
    h5_enter(library->plan->watch, file_path(library, array));
    bool good = fetch_locked(library, array, at, raw, room, size, filter_mask,
                             whole, error);
    h5_leave(library->plan->watch);
    return good;
}

void library_init(struct library *library, const struct dump_plan *plan)
{
    memset(library, 0, sizeof *library);
    library->plan = plan;
}

void library_close(struct library *library)
{
    const struct dump_plan *plan = library->plan;
    for (size_t i = 0; i < LIBRARY_FILES; i++) {
        if (!library->files[i].used)
            continue;
        h5_enter(plan->watch, plan->files[library->files[i].index].path);
        close_file(library, &library->files[i]);
        h5_leave(plan->watch);
    }
}
