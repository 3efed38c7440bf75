/*
 * open_objects.c - the files and datasets that a container has open
 */
#include "dump/hdf5/open_objects.h"

#include <stdlib.h>
#include <string.h>

#include "dump/hdf5/describe.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/sources.h"

/* Makes entry i the newest. */
static void move_to_front(struct open_object *objects, size_t i)
{
    struct open_object object = objects[i];
    memmove(objects + 1, objects, i * sizeof *objects);
    objects[0] = object;
}

/* The entry of `number`, or the one to be used for it: a free one or the
 * oldest. */
static size_t entry_for(const struct open_object *objects, size_t count,
                        size_t number)
{
    size_t place = count - 1;
    for (size_t i = count; i-- > 0;) {
        if (!objects[i].used)
            place = i;
        else if (objects[i].number == number)
            return i;
    }
    return place;
}

/* ---- is it still what it was? ---- */

void container_note_change(struct container *container,
                           const struct error *error)
{
    if (!container->changed)
        container->change = *error;
    container->changed = true;
}

/* After it was read. */
static void look_at_file(struct container *container, size_t i)
{
    const struct open_object *file = &container->files[i];
    struct dump_identity now;
    struct error error;
    if (!file->used)
        return;
    const struct dump_file *of = &container->index->files[file->number];
    if (!h5_identify(file->id, &now))
        error_set(&error, "%s: cannot read", of->path);
    else if (dump_file_holds(of, &now, false, &error))
        return;
    container_note_change(container, &error);
}

static struct sources sources_of(const struct container *container,
                                 const struct dump_array *array, bool unread)
{
    const struct dump_file *file = &container->index->files[array->file];
    return (struct sources){.file = file->path,
                            .path = array->path,
                            .known = &container->index->others,
                            .live = file->live,
                            .unread = unread,
                            .watch = container->index->watch};
}

/* Other files that a dataset is kept in may have gone, or been written to,
 * since discovery: the library would read fill values, or a mixture. */
static bool sources_hold(const struct container *container, hid_t dataset,
                         const struct dump_array *array, bool unread,
                         struct error *error)
{
    const struct dump_layout *layout = array->layout;
    const struct sources sources = sources_of(container, array, unread);
    const bool may_have = layout->elsewhere ||
                          (!layout->chunked && layout->storage == DUMP_LIBRARY);
    return !may_have || sources_check(dataset, &sources, error);
}

bool container_check_sources(struct container *container,
                             const struct dump_array *array,
                             const struct chunk_range *region,
                             struct error *error)
{
    struct sources sources = sources_of(container, array, true);
    struct open_object *dataset = &container->datasets[0];
    sources.region = region;
    if (dataset->map == NULL)
        dataset->map = source_map_create(dataset->id);
    sources.map = dataset->map;
    return sources_check(dataset->id, &sources, error);
}

void container_expect(const struct container *container, hid_t dataset,
                      const struct dump_array *array)
{
    struct guard *guard = array->layout->elsewhere ? guard_of(dataset) : NULL;
    if (guard == NULL)
        return;
    guard->known = &container->index->others;
    guard->live = container->index->files[array->file].live;
}

bool container_met(const struct container *container, hid_t dataset,
                   const struct dump_array *array, struct error *error)
{
    struct guard *guard = array->layout->elsewhere ? guard_of(dataset) : NULL;
    if (guard != NULL)
        guard->known = NULL;
    return guard_nothing_refused(
        guard, container->index->files[array->file].path, array->path, error);
}

/* The other files of a dataset, after it was read: that of a link's target, and
 * sources. */
static void look_at_dataset(struct container *container, size_t i)
{
    const struct open_object *dataset = &container->datasets[i];
    const struct dump_array *array = &container->index->arrays[dataset->number];
    struct error error;
    if (!dataset->used)
        return;
    const struct sources sources = sources_of(container, array, false);
    if (array->layout->foreign &&
        !sources_target_holds(dataset->id, &sources, &array->layout->home,
                              &error))
        container_note_change(container, &error);
    if (!sources_hold(container, dataset->id, array, false, &error))
        container_note_change(container, &error);
}

/* ---- opening and closing ---- */

static void close_dataset(struct container *container, size_t i)
{
    look_at_dataset(container, i);
    source_map_free(container->datasets[i].map);
    if (container->datasets[i].memory >= 0)
        H5Tclose(container->datasets[i].memory);
    H5Dclose(container->datasets[i].id);
    container->datasets[i].used = false;
}

/* Closes a file with its datasets: the library keeps it open, with half a
 * megabyte of its own, as long as one of them is. */
void container_close_file(struct container *container, size_t which)
{
    struct open_object *file = &container->files[which];
    for (size_t i = 0; i < OPEN_DATASETS; i++) {
        const struct open_object *dataset = &container->datasets[i];
        if (dataset->used &&
            container->index->arrays[dataset->number].file == file->number)
            close_dataset(container, i);
    }
    look_at_file(container, which);
    H5Fclose(file->id);
    file->used = false;
}

/* Is it the file that was looked at? */
static bool check_file(hid_t file, const struct dump_file *of,
                       struct error *error)
{
    struct dump_identity now;
    return h5_identify(file, &now)
               ? dump_file_holds(of, &now, true, error)
               : h5_fail(error, "%s: cannot read", of->path);
}

static hid_t open_file(struct container *container, size_t number,
                       struct error *error)
{
    const size_t i = entry_for(container->files, OPEN_FILES, number);
    struct open_object *file = &container->files[0];
    if (container->files[i].used && container->files[i].number != number)
        container_close_file(container, i);
    move_to_front(container->files, i);
    if (file->used)
        return file->id;
    const struct dump_file *of = &container->index->files[number];
    file->number = number;
    file->id = h5_open_file(of->path, of->live, container->index->trust,
                            of->names, "", error);
    if (file->id >= 0 && !check_file(file->id, of, error)) {
        H5Fclose(file->id);
        file->id = -1;
    }
    file->used = file->id >= 0;
    return file->id;
}

/* The path without that of a field; the caller frees it. NULL without memory.
 */
static char *array_dataset_path(const struct dump_array *array)
{
    return array->field != 0 ? strndup(array->path, array->field - 1)
                             : strdup(array->path);
}

/* A table may have very many fields, and is read block by block. */
hid_t container_memory_type(struct container *container,
                            const struct dump_array *array)
{
    struct open_object *dataset = &container->datasets[0];
    if (dataset->memory >= 0)
        return dataset->memory;
    hid_t stored = H5Dget_type(dataset->id);
    if (stored >= 0) {
        dataset->memory = describe_memory_type(
            array, stored, container->index->label_rules.names);
        H5Tclose(stored);
    }
    return dataset->memory;
}

/* With a cache of one chunk, as blocks may share one. The fields of a table are
 * one dataset to the library, whose cache would say of a chunk that was never
 * written that it has bytes; so they have none. */
static hid_t open_array(hid_t file, const struct dump_array *array)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (array->layout->chunked)
        H5Pset_chunk_cache(
            access, 1, array->field > 0 ? 0 : dump_chunk_bytes(array->layout),
            1.0);
    hid_t dataset = H5I_INVALID_HID;
    char *path = array_dataset_path(array);
    if (path != NULL)
        dataset = H5Dopen2(file, path, access);
    free(path);
    H5Pclose(access);
    return dataset;
}

/* Sources may be opened to find out the shape. */
static bool is_the_same(const struct container *container, hid_t file,
                        hid_t dataset, const struct dump_array *array,
                        struct error *error)
{
    struct error refused;
    container_expect(container, dataset, array);
    const bool good = describe_again(
        file, dataset, &container->index->files[array->file], array, error);
    if (container_met(container, dataset, array, &refused))
        return good;
    *error = refused;
    return false;
}

hid_t container_open_dataset(struct container *container,
                             const struct dump_array *array,
                             struct error *error)
{
    const size_t number = (size_t)(array - container->index->arrays);
    const struct dump_file *of = &container->index->files[array->file];
    size_t i = entry_for(container->datasets, OPEN_DATASETS, number);
    if (container->datasets[i].used &&
        container->datasets[i].number == number) {
        move_to_front(container->datasets, i);
        return container->datasets[0].id;
    }
    const hid_t file = open_file(container, array->file, error);
    if (file < 0)
        return -1;
    i = entry_for(container->datasets, OPEN_DATASETS, number);
    if (container->datasets[i].used)
        close_dataset(container, i);
    move_to_front(container->datasets, i);
    struct open_object *dataset = &container->datasets[0];
    dataset->number = number;
    dataset->fill_state = FILL_UNKNOWN;
    dataset->whole.rank = -1;
    dataset->damaged = false;
    dataset->map = NULL;
    dataset->memory = -1;
    dataset->id = open_array(file, array);
    if (dataset->id < 0)
        h5_fail(error, "%s: %s: damaged: cannot be opened (-v tells more)",
                of->path, array->path);
    else if (!sources_hold(container, dataset->id, array, true, error) ||
             !is_the_same(container, file, dataset->id, array, error)) {
        H5Dclose(dataset->id);
        dataset->id = -1;
    }
    dataset->used = dataset->id >= 0;
    return dataset->id;
}
