/*
 * container.c - regions and chunks of datasets, read by the HDF5 library
 */
#include "dump/container.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/hdf5/element_type.h"
#include "dump/hdf5/enum_names.h"
#include "dump/hdf5/h5.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/open_objects.h"
#include "dump/hdf5/sources.h"
#include "dump/hdf5/texts.h"

static const char *file_path(const struct container *container,
                             const struct dump_array *array)
{
    return container->index->files[array->file].path;
}

/* ---- regions ---- */

/* The elements of an array that a region has, along each axis; those of a field
 * are the last. */
static void bound_region(const struct dump_array *array,
                         const struct container_region *region,
                         hsize_t start[DUMP_RANK_MAX],
                         hsize_t count[DUMP_RANK_MAX])
{
    for (int i = 0; i < array->layout->rank; i++) {
        start[i] = region->at != NULL ? region->at[i] : 0;
        count[i] = 1;
    }
    if (region->at == NULL && array->layout->epoch_axis != DUMP_NO_AXIS)
        start[array->layout->epoch_axis] = region->slice;
    if (array->layout->row_axis != DUMP_NO_AXIS) {
        start[array->layout->row_axis] = region->first_row;
        count[array->layout->row_axis] = region->rows;
    }
    if (array->layout->column_axis != DUMP_NO_AXIS) {
        start[array->layout->column_axis] = region->first_column;
        count[array->layout->column_axis] = region->columns;
    }
}

/* Elements of the dataset that a region has. A row of a table has all columns
 * of a field that is an array. */
static hsize_t count_elements(const struct dump_array *array,
                              const struct container_region *region)
{
    return array->layout->column_axis < dump_own_rank(array->layout)
               ? region->rows * region->columns
               : region->rows;
}

static bool select_region(const struct dump_array *array, hid_t space,
                          const struct container_region *region)
{
    hsize_t start[DUMP_RANK_MAX];
    hsize_t count[DUMP_RANK_MAX];
    bound_region(array, region, start, count);
    return dump_own_rank(array->layout) == 0 ||
           H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count,
                               NULL) >= 0;
}

static bool region_fails(const struct container *container,
                         const struct dump_array *array,
                         const struct container_region *region,
                         struct error *error)
{
    return h5_fail_rows(
        error,
        "%s: %s: damaged: rows %" PRIu64 " to %" PRIu64 ", columns %" PRIu64
        " to %" PRIu64 " cannot be read (-v tells more)",
        file_path(container, array), array->path, region->first_row,
        region->first_row + region->rows - 1, region->first_column,
        region->first_column + region->columns - 1);
}

/*
 * Strings are a file's own, each once, as far as it is known that writers write
 * them: more is damage, or worse. Of a virtual dataset they are other files'.
 */
#define TEXTS_ALWAYS ((uint64_t)1 << 20)

static uint64_t texts_budget(const struct container *container,
                             const struct dump_array *array, uint64_t rows)
{
    const uint64_t bytes = container->index->files[array->file].bytes;
    if (array->layout->elsewhere || array->layout->foreign ||
        bytes > UINT64_MAX / 8)
        return UINT64_MAX;
    return TEXTS_ALWAYS + 4 * bytes + rows; /* NULs */
}

static bool texts_fail(const struct container *container,
                       const struct dump_array *array,
                       const struct container_region *region,
                       const struct texts *texts, struct error *error)
{
    const uint64_t last = region->first_row + region->rows - 1;
    if (texts->no_memory)
        return error_no_memory(error);
    if (texts->too_long)
        return h5_fail_rows(
            error,
            "%s: %s: a string of more than %u bytes in rows %" PRIu64
            " to %" PRIu64 "; sample ids are shorter",
            file_path(container, array), array->path, DUMP_STRING_MAX,
            region->first_row, last);
    if (texts->too_many)
        return h5_fail_rows(
            error,
            "%s: %s: damaged: the strings of rows %" PRIu64 " to %" PRIu64
            " ask for far more bytes than the file has",
            file_path(container, array), array->path, region->first_row, last);
    return region_fails(container, array, region, error);
}

/* Strings of any length, as pointers to `out`. */
static bool read_texts(struct container *container,
                       const struct dump_array *array,
                       const struct container_region *region, hid_t dataset,
                       hid_t type, hid_t memory, hid_t space, char **out,
                       size_t room, struct dump_buffer *to, struct error *error)
{
    struct texts texts;
    const size_t count = (size_t)(region->rows * region->columns);
    texts_init(&texts, texts_budget(container, array, region->rows));
    hid_t transfer = texts_transfer(&texts);
    const bool good = (transfer >= 0 && h5_read(dataset, type, memory, space,
                                                transfer, out, room)) ||
                      texts_fail(container, array, region, &texts, error);
    const bool taken = good && texts_take(out, count, to, error);
    texts_free(&texts);
    if (transfer >= 0)
        H5Pclose(transfer);
    return taken;
}

/* Names of an enumeration's values, likewise. */
static bool read_names(struct container *container,
                       const struct dump_array *array,
                       const struct container_region *region, hid_t dataset,
                       hid_t type, hid_t memory, hid_t space, char **out,
                       struct dump_buffer *to, struct error *error)
{
    const size_t count = (size_t)(region->rows * region->columns);
    const size_t size = H5Tget_size(type);
    struct dump_buffer values = {NULL, 0};
    error_clear(error);
    if (!dump_buffer_reserve(&values, count, size, error))
        return false;
    bool good = h5_read(dataset, type, memory, space, H5P_DEFAULT, values.bytes,
                        values.capacity) &&
                enum_names_take(type, values.bytes, count, out, to, error);
    if (!good && !error->no_memory)
        region_fails(container, array, region, error);
    free(values.bytes);
    return good;
}

/* ---- chunks that the library reads ---- */

static bool is_within(const struct chunk_range *inner,
                      const struct chunk_range *outer)
{
    bool within = inner->rank == outer->rank;
    for (int i = 0; within && i < inner->rank; i++)
        within = inner->first[i] >= outer->first[i] &&
                 inner->last[i] <= outer->last[i];
    return within;
}

/* False if it has no elements. */
static bool find_range(const struct dump_array *array,
                       const struct container_region *region,
                       struct chunk_range *range)
{
    hsize_t start[DUMP_RANK_MAX];
    hsize_t count[DUMP_RANK_MAX];
    bound_region(array, region, start, count);
    range->rank = dump_own_rank(array->layout);
    for (int i = 0; i < range->rank; i++) {
        if (count[i] == 0)
            return false;
        range->first[i] = start[i];
        range->last[i] = start[i] + count[i] - 1;
    }
    return true;
}

bool container_bad_chunk(const struct container *container,
                         const struct dump_array *array, const uint64_t *at,
                         const char *why, struct error *error)
{
    char place[160];
    chunk_place(at, dump_own_rank(array->layout), place, sizeof place);
    error_set_text(error, "%s: %s: the chunk at (%s) is damaged: %s",
                   file_path(container, array), array->path, place, why);
    error_advise(error, ADVICE_SKIP_ROWS);
    return error_of_rows(error);
}

/* Blocks that follow one another may share their chunks, which need not be
 * checked again. */
static bool check_chunks(struct container *container,
                         const struct dump_array *array,
                         const struct container_region *region,
                         struct error *error)
{
    struct open_object *dataset = &container->datasets[0];
    struct chunk_range range;
    struct chunk_finding finding;
    if (!find_range(array, region, &range))
        return true;
    chunk_range_round_out(&range, array->layout->chunk, array->layout->dims);
    if (is_within(&range, &dataset->whole))
        return true;
    if (chunks_are_whole(dataset->id, &range, container->index->watch,
                         &finding)) {
        dataset->whole = range;
        return true;
    }
    dataset->whole.rank = -1;
    if (finding.no_memory || h5_lacks_memory())
        return error_no_memory(error);
    h5_fail(error, "%s", ""); /* for what the library said */
    if (finding.rank > 0)
        return container_bad_chunk(container, array, finding.at, finding.wrong,
                                   error);
    error_set_text(error, "%s: %s: damaged: %s", file_path(container, array),
                   array->path, finding.wrong);
    error_advise(error, ADVICE_SKIP_ROWS);
    return error_of_rows(error);
}

/* With many mappings, a check of some rows takes as long as one of many: so the
 * rows that come next are checked too. */
#define CHECK_AHEAD ((uint64_t)64 << 20)

static void look_ahead(const struct dump_array *array,
                       struct chunk_range *range)
{
    const struct dump_layout *layout = array->layout;
    const int axis = layout->row_axis;
    const uint64_t rows = CHECK_AHEAD / layout->size / (layout->columns + 1);
    if (axis == DUMP_NO_AXIS)
        return;
    const uint64_t left = layout->dims[axis] - 1 - range->last[axis];
    range->last[axis] += rows < left ? rows : left;
}

static bool check_sources(struct container *container,
                          const struct dump_array *array,
                          const struct container_region *region,
                          struct error *error)
{
    struct open_object *dataset = &container->datasets[0];
    struct chunk_range range;
    if (!find_range(array, region, &range) ||
        is_within(&range, &dataset->whole))
        return true;
    struct chunk_range more = range;
    look_ahead(array, &more);
    if (!dataset->damaged &&
        container_check_sources(container, array, &more, error)) {
        dataset->whole = more;
        return true;
    }
    dataset->damaged = true; /* somewhere: perhaps not in these rows */
    return container_check_sources(container, array, &range, error);
}

/* ---- reading regions ---- */

static bool read_rows(struct container *container,
                      const struct dump_array *array,
                      const struct container_region *region, hid_t dataset,
                      hid_t type, hid_t space, void *out, size_t room,
                      struct error *error)
{
    const hsize_t count = count_elements(array, region);
    hid_t memory = H5Screate_simple(1, &count, NULL);
    const bool good =
        (select_region(array, space, region) &&
         h5_read(dataset, type, memory, space, H5P_DEFAULT, out, room)) ||
        region_fails(container, array, region, error);
    H5Sclose(memory);
    return good;
}

/* Reads the rows that sources have, and leaves out those that they are too
 * short for: *all is true, and nothing was read, if there are none of those. */
static bool read_what_is_there(struct container *container,
                               const struct dump_array *array,
                               const struct container_region *region,
                               hid_t dataset, hid_t type, hid_t space,
                               unsigned char *out, size_t room, bool *all,
                               struct error *error)
{
    struct chunk_range range;
    const struct source_map *map = container->datasets[0].map;
    unsigned char *missing = calloc((size_t)region->rows + 1, 1);
    bool any = false;
    bool good = true;
    if (missing == NULL)
        return error_no_memory(error);
    if (find_range(array, region, &range))
        source_map_find_unreadable(map, &range, array->layout->row_axis,
                                   missing, &any);
    *all = !any;
    const size_t row_bytes = (size_t)region->columns * array->layout->size;
    if (any)
        memset(out, 0, room);
    for (uint64_t row = 0, end; good && any && row < region->rows; row = end) {
        end = row + 1;
        while (end < region->rows && missing[end] == missing[row])
            end++;
        struct container_region part = *region;
        part.first_row += row;
        part.rows = end - row;
        good = missing[row] != 0 ||
               read_rows(container, array, &part, dataset, type, space,
                         out + row * row_bytes, room - (size_t)row * row_bytes,
                         error);
    }
    free(missing);
    return good;
}

/* Rows that no mapping covers, or whose sources lack them. */
static bool find_missing(struct container *container,
                         const struct dump_array *array,
                         const struct container_region *region,
                         unsigned char *missing, bool *any, struct error *error)
{
    struct chunk_range range;
    const struct source_map *map = container->datasets[0].map;
    memset(missing, 0, (size_t)region->rows);
    if (!find_range(array, region, &range))
        return true;
    return (map != NULL &&
            source_map_find_uncovered(map, &range, array->layout->row_axis,
                                      missing, any)) ||
           error_no_memory(error);
}

static bool read_locked(struct container *container,
                        const struct dump_array *array,
                        const struct container_region *region, void *out,
                        size_t room, struct dump_buffer *texts,
                        unsigned char *missing, bool *any, struct error *error)
{
    hid_t dataset = container_open_dataset(container, array, error);
    if (dataset < 0)
        return false;
    const hsize_t count = count_elements(array, region);
    hid_t type = container_memory_type(container, array);
    hid_t space = H5Dget_space(dataset);
    hid_t memory = H5Screate_simple(1, &count, NULL);
    bool good = (!array->layout->chunked ||
                 check_chunks(container, array, region, error)) &&
                (!array->layout->elsewhere ||
                 check_sources(container, array, region, error));
    container_expect(container, dataset, array);
    bool all = true;
    if (good && array->layout->elsewhere &&
        array->layout->type != DUMP_VARIABLE_STRING)
        good = read_what_is_there(container, array, region, dataset, type,
                                  space, out, room, &all, error);
    if (good && all)
        good = select_region(array, space, region) ||
               region_fails(container, array, region, error);
    if (good && all && array->layout->enumerated)
        good = read_names(container, array, region, dataset, type, memory,
                          space, out, texts, error);
    else if (good && all && array->layout->type == DUMP_VARIABLE_STRING)
        good = read_texts(container, array, region, dataset, type, memory,
                          space, out, room, texts, error);
    else if (good && all)
        good = h5_read(dataset, type, memory, space, H5P_DEFAULT, out, room) ||
               region_fails(container, array, region, error);
    /* What was not opened reads as fill values. */
    struct error refused;
    if (!container_met(container, dataset, array, &refused)) {
        *error = refused;
        good = false;
    }
    H5Sclose(memory);
    H5Sclose(space);
    if (good && array->layout->elsewhere) /* while its map is the one checked */
        good = find_missing(container, array, region, missing, any, error);
    return good;
}

/* ---- with the library entered ---- */

bool container_read(struct container *container, const struct dump_array *array,
                    const struct container_region *region, void *out,
                    size_t room, struct dump_buffer *texts,
                    unsigned char *missing, bool *any, struct error *error)
{
    *any = false;
    h5_enter(container->index->watch, file_path(container, array));
    bool good = read_locked(container, array, region, out, room, texts, missing,
                            any, error);
    h5_leave(container->index->watch);
    return good;
}

struct container *container_create(const struct dump_index *index)
{
    struct container *container = calloc(1, sizeof *container);
    if (container != NULL)
        container->index = index;
    return container;
}

void container_look_at(struct container *container, size_t file, int fd)
{
    struct dump_identity now;
    struct error error;
    const struct dump_file *of = &container->index->files[file];
    error_set(&error, "%s: cannot read", of->path);
    if (dump_identify(fd, &now) && dump_file_holds(of, &now, false, &error))
        return;
    h5_enter(NULL, "");
    container_note_change(container, &error);
    h5_leave(NULL);
}

static void close_files(struct container *container)
{
    const struct dump_index *index = container->index;
    for (size_t i = 0; i < OPEN_FILES; i++) {
        if (!container->files[i].used)
            continue;
        h5_enter(index->watch, index->files[container->files[i].number].path);
        container_close_file(container, i);
        h5_leave(index->watch);
    }
}

void container_destroy(struct container *container)
{
    if (container == NULL)
        return;
    close_files(container);
    free(container);
}

void container_announce(struct container *container, size_t file)
{
    const struct dump_index *index = container->index;
    h5_enter(index->watch, index->files[file].path);
    h5_leave(index->watch);
}

bool container_verify(struct container *container, struct error *error)
{
    close_files(container);
    if (container->changed)
        *error = container->change;
    return !container->changed;
}
