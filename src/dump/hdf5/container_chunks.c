/*
 * container_chunks.c - chunks as they lie in the file
 */
#include <string.h>

#include "dump/container.h"
#include "dump/hdf5/h5.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/open_objects.h"

/* A chunk as the library has it: what to do for one that was never written. */
static bool read_chunk_locked(hid_t dataset, const struct dump_array *array,
                              const hsize_t *at, void *out, size_t room)
{
    hsize_t chunk[DUMP_RANK_MAX];
    hsize_t count[DUMP_RANK_MAX];
    const hsize_t origin[DUMP_RANK_MAX] = {0};
    for (int i = 0; i < array->layout->rank; i++) {
        chunk[i] = array->layout->chunk[i];
        count[i] = array->layout->dims[i] - at[i];
        if (count[i] > chunk[i])
            count[i] = chunk[i];
    }
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(array->layout->rank, chunk, NULL);
    bool good = H5Sselect_hyperslab(space, H5S_SELECT_SET, at, NULL, count,
                                    NULL) >= 0 &&
                H5Sselect_hyperslab(memory, H5S_SELECT_SET, origin, NULL, count,
                                    NULL) >= 0 &&
                h5_read(dataset, type, memory, space, H5P_DEFAULT, out, room);
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    return good;
}

static void find_fill(struct open_object *dataset,
                      const struct dump_array *array)
{
    hid_t properties = H5Dget_create_plist(dataset->id);
    hid_t type = H5Dget_type(dataset->id);
    const bool good =
        H5Tget_size(type) == array->layout->size &&
        h5_read_fill(properties, type, dataset->fill, sizeof dataset->fill);
    dataset->fill_state = good ? FILL_KNOWN : FILL_DIFFICULT;
    H5Tclose(type);
    H5Pclose(properties);
}

/* A chunk that was never written. Asking the library for each takes 40 us, and
 * a file that is damaged or was made long beforehand may have very many. */
static bool read_unwritten(struct open_object *dataset,
                           const struct dump_array *array, const hsize_t *at,
                           unsigned char *out, size_t room)
{
    const size_t bytes = dump_chunk_bytes(array->layout);
    if (bytes > room)
        return false;
    if (dataset->fill_state == FILL_UNKNOWN)
        find_fill(dataset, array);
    if (dataset->fill_state == FILL_DIFFICULT)
        return read_chunk_locked(dataset->id, array, at, out, room);
    for (size_t i = 0; i < bytes; i += array->layout->size)
        memcpy(out + i, dataset->fill, array->layout->size);
    return true;
}

static bool fetch_locked(struct container *container,
                         const struct dump_array *array, const uint64_t *start,
                         void *raw, size_t room, size_t *size,
                         uint32_t *filter_mask, void *whole,
                         struct error *error)
{
    hsize_t at[DUMP_RANK_MAX];
    for (int i = 0; i < array->layout->rank; i++)
        at[i] = start[i];
    hid_t dataset = container_open_dataset(container, array, error);
    if (dataset < 0)
        return false;
    bool good = h5_read_chunk(dataset, at, raw, room, size, filter_mask);
    if (*size > room)
        return container_bad_chunk(container, array, start,
                                   "its length is impossible", error);
    if (good && *size == 0)
        good = read_unwritten(&container->datasets[0], array, at, whole, room);
    if (!good) {
        h5_fail(error, "%s", ""); /* for what the library said */
        return container_bad_chunk(container, array, start, "it cannot be read",
                                   error);
    }
    return true;
}

bool container_fetch_chunk(struct container *container,
                           const struct dump_array *array, const uint64_t *at,
                           void *raw, size_t room, size_t *size,
                           uint32_t *filter_mask, void *whole,
                           struct error *error)
{
    h5_enter(container->index->watch,
             container->index->files[array->file].path);
    bool good = fetch_locked(container, array, at, raw, room, size, filter_mask,
                             whole, error);
    h5_leave(container->index->watch);
    return good;
}
