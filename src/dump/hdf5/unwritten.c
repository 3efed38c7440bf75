/*
 * unwritten.c - rows that were never written, as far as storage tells
 */
#include <stdlib.h>
#include <string.h>

#include "dump/container.h"
#include "dump/hdf5/h5.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/open_objects.h"

/* Along an axis: the chunk that element `first` is in starts at... */
static uint64_t chunk_start(const struct dump_layout *layout, int axis,
                            uint64_t first)
{
    return axis == DUMP_NO_AXIS
               ? 0
               : first / layout->chunk[axis] * layout->chunk[axis];
}

static uint64_t chunk_length(const struct dump_layout *layout, int axis)
{
    return axis == DUMP_NO_AXIS ? UINT64_MAX : layout->chunk[axis];
}

/* Is a chunk missing of those that hold some columns of these rows? */
static bool misses_chunk(hid_t dataset, const struct dump_layout *layout,
                         const struct container_region *region, uint64_t row)
{
    const uint64_t end = region->first_column + region->columns;
    const uint64_t step = chunk_length(layout, layout->column_axis);
    uint64_t column =
        chunk_start(layout, layout->column_axis, region->first_column);
    for (;;) {
        hsize_t at[DUMP_RANK_MAX] = {0};
        for (int i = 0; region->at != NULL && i < layout->rank; i++)
            at[i] = chunk_start(layout, i, region->at[i]);
        if (region->at == NULL && layout->epoch_axis != DUMP_NO_AXIS)
            at[layout->epoch_axis] =
                chunk_start(layout, layout->epoch_axis, region->slice);
        if (layout->row_axis != DUMP_NO_AXIS)
            at[layout->row_axis] = row;
        if (layout->column_axis != DUMP_NO_AXIS)
            at[layout->column_axis] = column;
        if (h5_chunk_is_absent(dataset, at))
            return true;
        if (end - column <= step)
            return false;
        column += step;
    }
}

static void find_missing_chunks(hid_t dataset, const struct dump_layout *layout,
                                const struct container_region *region,
                                unsigned char *rows, bool *any)
{
    const uint64_t end = region->first_row + region->rows;
    const uint64_t length = chunk_length(layout, layout->row_axis);
    uint64_t next;
    for (uint64_t row = region->first_row; row < end; row = next) {
        const uint64_t start = chunk_start(layout, layout->row_axis, row);
        next = end - start <= length ? end : start + length;
        if (!misses_chunk(dataset, layout, region, start))
            continue;
        memset(rows + (row - region->first_row), 1, (size_t)(next - row));
        *any = true;
    }
}

static bool find_locked(struct container *container,
                        const struct dump_array *array,
                        const struct container_region *region,
                        unsigned char *rows, bool *any, struct error *error)
{
    hid_t dataset = container_open_dataset(container, array, error);
    if (dataset < 0)
        return false;
    find_missing_chunks(dataset, array->layout, region, rows, any);
    return true;
}

bool container_find_unwritten(struct container *container,
                              const struct dump_array *array,
                              const struct container_region *region,
                              unsigned char *rows, bool *any,
                              struct error *error)
{
    *any = false;
    if (region->rows == 0 || region->columns == 0)
        return true;
    h5_enter(container->index->watch,
             container->index->files[array->file].path);
    const bool good = find_locked(container, array, region, rows, any, error);
    h5_leave(container->index->watch);
    return good;
}
