/*
 * fetch.c - the elements of an array, by one of three ways
 *
 * Contiguous data are read with pread(2). Chunks that decode.c understands are
 * fetched as they lie in the file and decoded here, outside of the library's
 * lock. All else the library reads.
 */
#include "dump/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fit.h"
#include "common/read_at.h"
#include "dump/boxes.h"
#include "dump/labels.h"
#include "dump/unpack.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static const char *file_path(const struct dump_worker *worker,
                             const struct dump_array *array)
{
    return worker->index->files[array->file].path;
}

uint64_t fetch_first_row(const struct dump_index *index,
                         const struct dump_block *block)
{
    return index->records[block->record].first_row + block->first_row;
}

uint64_t fetch_slice(const struct dump_array *array, uint64_t slice)
{
    return array->layout->epoch_axis == DUMP_NO_AXIS ? 0 : slice;
}

/* ---- contiguous ---- */

void fetch_close(struct dump_worker *worker)
{
    if (worker->fd < 0)
        return;
    container_look_at(worker->container, worker->fd_file, worker->fd);
    close(worker->fd);
    worker->fd = -1;
}

static bool switch_fd(struct dump_worker *worker,
                      const struct dump_array *array, struct error *error)
{
    struct dump_identity now;
    const char *path = file_path(worker, array);
    if (worker->fd >= 0 && worker->fd_file == array->file)
        return true;
    fetch_close(worker);
    /* Whoever watches is told of the file: its file system may be slow. */
    container_announce(worker->container, array->file);
    /* What has become a pipe meanwhile is not waited for. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, "%s: cannot open: %s", path,
                         text_reason(errno));
    const bool good =
        dump_identify(fd, &now)
            ? dump_file_holds(&worker->index->files[array->file], &now, true,
                              error)
            : error_set(error, "%s: cannot read: %s", path, text_reason(errno));
    if (!good) {
        close(fd);
        return false;
    }
    worker->fd = fd;
    worker->fd_file = array->file;
    return true;
}

bool fetch_elements(struct dump_worker *worker, const struct dump_array *array,
                    uint64_t first, size_t count, uint64_t first_row,
                    uint64_t rows, void *out, struct error *error)
{
    const size_t size = array->layout->size;
    if (!switch_fd(worker, array, error))
        return false;
    const ssize_t n = dump_read_at(worker->fd, out, count * size,
                                   array->offset + first * size);
    if (n < 0)
        return error_set(
            error, "%s: %s: cannot read rows %" PRIu64 " to %" PRIu64 ": %s",
            file_path(worker, array), array->path, first_row,
            first_row + rows - 1, text_reason(errno));
    if ((size_t)n < count * size)
        return error_set(error,
                         "%s: %s: the file has become shorter "
                         "while it was read",
                         file_path(worker, array), array->path);
    if (array->layout->swap)
        dump_swap_bytes(out, count, size);
    return true;
}

static bool read_contiguous(struct dump_worker *worker,
                            const struct dump_array *array, uint64_t slice,
                            uint64_t first_row, size_t rows, void *out,
                            struct error *error)
{
    const uint64_t columns = array->layout->columns;
    const uint64_t first =
        (fetch_slice(array, slice) * array->layout->rows + first_row) * columns;
    return fetch_elements(worker, array, first, rows * (size_t)columns,
                          first_row, rows, out, error);
}

/*
 * Labels and ids of a block are few bytes when there are many classes, and a
 * system call costs more than copying them: they are read for many blocks at
 * once, of which each thread may get but some.
 */
#define WINDOW_BYTES (64u * 1024u)

static bool read_window(struct dump_worker *worker, struct fetch_slot *slot,
                        const struct dump_array *array, uint64_t slice,
                        uint64_t first_row, size_t rows, void *out,
                        struct error *error)
{
    const size_t number = (size_t)(array - worker->index->arrays);
    const size_t row_bytes =
        (size_t)array->layout->columns * array->layout->size;
    if (slot->array != number || slot->slice != slice ||
        first_row < slot->first_row ||
        first_row + rows > slot->first_row + slot->rows) {
        const uint64_t window =
            smaller(WINDOW_BYTES / row_bytes, array->layout->rows - first_row);
        slot->array = DUMP_NO_ARRAY;
        if (!dump_buffer_reserve(&slot->buffer, window, row_bytes, error) ||
            !read_contiguous(worker, array, slice, first_row, (size_t)window,
                             slot->buffer.bytes, error))
            return false;
        slot->array = number;
        slot->slice = slice;
        slot->first_row = first_row;
        slot->rows = window;
    }
    memcpy(out,
           slot->buffer.bytes +
               (size_t)(first_row - slot->first_row) * row_bytes,
           rows * row_bytes);
    return true;
}

/* ---- the library ---- */

bool fetch_region(struct dump_worker *worker, const struct dump_array *array,
                  const struct container_region *region,
                  struct dump_buffer *out, struct dump_buffer *texts,
                  struct error *error)
{
    if (!dump_buffer_reserve(out, region->rows * region->columns,
                             array->layout->size, error) ||
        !dump_buffer_reserve(&worker->missing, region->rows, 1, error))
        return false;
    worker->any_missing = false;
    if (!container_read(worker->container, array, region, out->bytes,
                        out->capacity, texts, worker->missing.bytes,
                        &worker->any_missing, error))
        return false;
    if (array->layout->swap)
        dump_swap_bytes(out->bytes, (size_t)(region->rows * region->columns),
                        array->layout->size);
    return true;
}

/* ---- chunks ---- */

/* Fetches a chunk and decodes it, in a slot that is empty. */
static bool decode_chunk(struct dump_worker *worker, struct fetch_slot *slot,
                         const struct dump_array *array, const uint64_t *at,
                         struct error *error)
{
    const size_t bytes = dump_chunk_bytes(array->layout);
    const size_t room = dump_decode_room(bytes);
    error_set(error, "%s", ""); /* a chunk that is bad adds its text alone */
    if (!dump_buffer_reserve(&worker->raw, room, 1, error) ||
        !dump_buffer_reserve(&slot->buffer, room, 1, error))
        return false;
    size_t size = 0;
    uint32_t filter_mask = 0;
    worker->fetched++;
    if (!container_fetch_chunk(worker->container, array, at, worker->raw.bytes,
                               room, &size, &filter_mask, slot->buffer.bytes,
                               error))
        return false;
    unsigned char *elements = slot->buffer.bytes;
    if (size > 0) {
        const char *wrong = dump_decode_chunk(
            worker->decoder, array->layout, filter_mask, worker->raw.bytes,
            size, slot->buffer.bytes, bytes, &elements);
        if (wrong != NULL)
            return container_bad_chunk(worker->container, array, at, wrong,
                                       error);
    }
    if (elements != slot->buffer.bytes) { /* it ended in the raw buffer */
        struct dump_buffer other = worker->raw;
        worker->raw = slot->buffer;
        slot->buffer = other;
    }
    if (array->layout->swap)
        dump_swap_bytes(slot->buffer.bytes, bytes / array->layout->size,
                        array->layout->size);
    slot->written = size > 0;
    return true;
}

bool fetch_chunk(struct dump_worker *worker, struct fetch_slot *slot,
                 const struct dump_array *array, const uint64_t *at,
                 struct error *error)
{
    const size_t number = (size_t)(array - worker->index->arrays);
    const size_t at_bytes = (size_t)array->layout->rank * sizeof *at;
    const size_t bytes = dump_chunk_bytes(array->layout);
    if (slot->array == number && memcmp(slot->at, at, at_bytes) == 0)
        return true;
    const bool kept = worker->cache != NULL && chunk_cache_takes(array->layout);
    slot->array = DUMP_NO_ARRAY;
    if (kept &&
        !dump_buffer_reserve(&slot->buffer, dump_decode_room(bytes), 1, error))
        return false;
    if (!kept || !chunk_cache_get(worker->cache, number, array->layout, at,
                                  slot->buffer.bytes, bytes, &slot->written)) {
        if (!decode_chunk(worker, slot, array, at, error))
            return false;
        if (kept)
            chunk_cache_put(worker->cache, number, array->layout, at,
                            slot->buffer.bytes, bytes, slot->written);
    }
    slot->elements = slot->buffer.bytes;
    slot->array = number;
    memcpy(slot->at, at, at_bytes);
    return true;
}

size_t fetch_chunk_stride(const struct dump_array *array, int axis)
{
    size_t stride = array->layout->size;
    for (int i = array->layout->rank - 1; i > axis; i--)
        stride *= (size_t)array->layout->chunk[i];
    return stride;
}

uint64_t fetch_span(const struct dump_array *array, int axis, uint64_t first,
                    uint64_t end, uint64_t *chunk_start)
{
    if (axis == DUMP_NO_AXIS)
        return end - first; /* 1 */
    *chunk_start =
        first / array->layout->chunk[axis] * array->layout->chunk[axis];
    return smaller(*chunk_start + array->layout->chunk[axis], end) - first;
}

bool fetch_tile(struct dump_worker *worker, struct fetch_slot *slot,
                const struct dump_array *array, uint64_t slice, uint64_t row,
                uint64_t end_row, uint64_t column, struct fetch_tile *tile,
                struct error *error)
{
    uint64_t at[DUMP_RANK_MAX + 1] = {0};
    uint64_t unused = 0;
    const int axes[3] = {array->layout->epoch_axis, array->layout->row_axis,
                         array->layout->column_axis};
    const uint64_t place[3] = {fetch_slice(array, slice), row, column};
    const uint64_t ends[3] = {place[0] + 1, end_row, array->layout->columns};
    uint64_t spans[3];
    size_t offset = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t *start = axes[i] == DUMP_NO_AXIS ? &unused : &at[axes[i]];
        spans[i] = fetch_span(array, axes[i], place[i], ends[i], start);
        if (axes[i] != DUMP_NO_AXIS)
            offset += (size_t)(place[i] - *start) *
                      fetch_chunk_stride(array, axes[i]);
    }
    if (!fetch_chunk(worker, slot, array, at, error))
        return false;
    tile->data = slot->elements + offset;
    tile->written = slot->written;
    tile->row_stride = array->layout->row_axis == DUMP_NO_AXIS
                           ? 0
                           : fetch_chunk_stride(array, array->layout->row_axis);
    tile->column_stride =
        array->layout->column_axis == DUMP_NO_AXIS
            ? array->layout->size
            : fetch_chunk_stride(array, array->layout->column_axis);
    tile->rows = spans[1];
    tile->columns = spans[2];
    return true;
}

void fetch_copy(void *to, const void *from, uint64_t count, size_t stride,
                size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if (stride == size) {
        memcpy(out, in, (size_t)count * size);
        return;
    }
#define COPY(bytes)                                        \
    for (uint64_t i = 0; i < count; i++)                   \
        memcpy(out + i * (bytes), in + i * stride, bytes); \
    break
    switch (size) {
    case 1:
        COPY(1);
    case 2:
        COPY(2);
    case 4:
        COPY(4);
    case 8:
        COPY(8);
    default:
        COPY(size);
    }
#undef COPY
}

/* ---- what was never written ---- */

/* Are the marks those of this block? */
static bool are_of(const struct fetch_unwritten *unwritten,
                   const struct dump_block *block)
{
    return unwritten->count > 0 && unwritten->block.record == block->record &&
           unwritten->block.first_row == block->first_row &&
           unwritten->block.rows == block->rows;
}

void dump_forget_unwritten(struct dump_worker *worker)
{
    worker->unwritten.count = 0;
}

size_t dump_unwritten_rows(const struct dump_worker *worker,
                           const struct dump_block *block,
                           const unsigned char **rows)
{
    *rows = worker->unwritten.rows.bytes;
    return are_of(&worker->unwritten, block) ? worker->unwritten.count : 0;
}

bool fetch_mark_unwritten(struct dump_worker *worker,
                          const struct dump_block *block, size_t first,
                          size_t rows, struct error *error)
{
    struct fetch_unwritten *unwritten = &worker->unwritten;
    if (!are_of(unwritten, block)) {
        unwritten->count = 0;
        if (!dump_buffer_reserve(&unwritten->rows, block->rows, 1, error))
            return false;
        memset(unwritten->rows.bytes, 0, block->rows);
        unwritten->block = *block;
    }
    for (size_t i = first; i < first + rows; i++) {
        unwritten->count += unwritten->rows.bytes[i] == 0;
        unwritten->rows.bytes[i] = 1;
    }
    return true;
}

/* Rows after the end of a raw file: those whose last element is. */
static bool find_cut_rows(const struct dump_array *array,
                          const struct container_region *region,
                          unsigned char *marks)
{
    const struct dump_layout *layout = array->layout;
    uint64_t last = 0; /* of the region's first row */
    uint64_t stride = 1;
    uint64_t row_stride = 0;
    for (int i = layout->rank; i-- > 0; stride *= layout->dims[i]) {
        if (i == layout->column_axis) {
            last += (layout->columns - 1) * stride;
        } else if (i == layout->row_axis) {
            last += region->first_row * stride;
            row_stride = stride;
        } else if (region->at != NULL) {
            last += region->at[i] * stride;
        } else if (i == layout->epoch_axis) {
            last += region->slice * stride;
        }
    }
    bool any = false;
    for (uint64_t row = 0; row < region->rows; row++) {
        marks[row] = last + row * row_stride >= array->written;
        any |= marks[row] != 0;
    }
    return any;
}

bool fetch_find_unwritten(struct dump_worker *worker,
                          const struct dump_array *array,
                          const struct container_region *region,
                          struct error *error)
{
    const struct dump_layout *layout = array->layout;
    const size_t rows = (size_t)region->rows;
    unsigned char *marks = worker->missing.bytes;
    if (layout->unwritten) {
        memset(marks, 1, rows);
        worker->any_missing = rows > 0;
        return true;
    }
    if (array->cut_short) {
        worker->any_missing = find_cut_rows(array, region, marks);
        return true;
    }
    if (!layout->chunked)
        return true; /* of a virtual one they are there */
    memset(marks, 0, rows);
    return container_find_unwritten(worker->container, array, region, marks,
                                    &worker->any_missing, error);
}

bool fetch_mark_region(struct dump_worker *worker,
                       const struct dump_array *array,
                       const struct dump_block *block,
                       const struct container_region *region,
                       struct error *error)
{
    const size_t first =
        (size_t)(region->first_row - fetch_first_row(worker->index, block));
    bool good = fetch_find_unwritten(worker, array, region, error);
    for (size_t i = 0; good && worker->any_missing && i < region->rows; i++)
        good = worker->missing.bytes[i] == 0 ||
               fetch_mark_unwritten(worker, block, first + i, 1, error);
    return good;
}

/* ---- whole rows ---- */

#define TABLE_BYTES (64u << 20)

uint64_t fetch_rows_at_once(const struct dump_layout *layout, uint64_t rows)
{
    return layout->table_row > 0
               ? smaller(rows, TABLE_BYTES / layout->table_row + 1)
               : rows;
}

static bool copy_from_chunks(struct dump_worker *worker,
                             struct fetch_slot *slot,
                             const struct dump_array *array, uint64_t slice,
                             uint64_t first_row, const struct dump_block *block,
                             unsigned char *out, struct error *error)
{
    const size_t rows = block->rows;
    const size_t row_bytes =
        (size_t)array->layout->columns * array->layout->size;
    const uint64_t end_row = first_row + rows;
    struct fetch_tile tile;
    for (uint64_t row = first_row; row < end_row; row += tile.rows) {
        for (uint64_t column = 0; column < array->layout->columns;
             column += tile.columns) {
            if (!fetch_tile(worker, slot, array, slice, row, end_row, column,
                            &tile, error) ||
                (!tile.written &&
                 !fetch_mark_unwritten(worker, block, (size_t)(row - first_row),
                                       (size_t)tile.rows, error)))
                return false;
            unsigned char *to = out + (size_t)(row - first_row) * row_bytes +
                                (size_t)column * array->layout->size;
            const size_t bytes = (size_t)tile.columns * array->layout->size;
            if (bytes == row_bytes && tile.row_stride == bytes) {
                memcpy(to, tile.data, (size_t)tile.rows * bytes);
                continue;
            }
            for (uint64_t i = 0; i < tile.rows; i++)
                memcpy(to + i * row_bytes, tile.data + i * tile.row_stride,
                       bytes);
        }
    }
    return true;
}

static bool read_rows(struct dump_worker *worker, struct fetch_slot *slot,
                      size_t number, const struct dump_block *block,
                      struct dump_buffer *out, struct dump_buffer *texts,
                      struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct dump_array *array = &index->arrays[number];
    const uint64_t slice = index->records[block->record].slice;
    const uint64_t first_row = fetch_first_row(index, block);
    if (!dump_buffer_reserve(out, block->rows * array->layout->columns,
                             array->layout->size, error))
        return false;
    if (array->layout->boxed)
        return boxes_read(worker, slot, number, block, out->bytes, texts,
                          error);
    if (array->layout->storage == DUMP_CONTIGUOUS) {
        const bool few =
            block->rows <=
            WINDOW_BYTES / 16 / array->layout->size / array->layout->columns;
        return few ? read_window(worker, slot, array, slice, first_row,
                                 block->rows, out->bytes, error)
                   : read_contiguous(worker, array, slice, first_row,
                                     block->rows, out->bytes, error);
    }
    if (array->layout->storage == DUMP_CHUNKED)
        return copy_from_chunks(worker, slot, array, slice, first_row, block,
                                out->bytes, error);
    const struct container_region region = {.slice = fetch_slice(array, slice),
                                            .first_row = first_row,
                                            .rows = block->rows,
                                            .columns = array->layout->columns};
    return fetch_region(worker, array, &region, out, texts, error) &&
           fetch_mark_region(worker, array, block, &region, error);
}

/* Is it a label of rows that are left out anyway? */
static bool is_ignored(const struct dump_worker *worker,
                       const struct dump_array *array, const void *elements,
                       size_t i)
{
    const struct dump_label_rules *rules = &worker->index->label_rules;
    if (rules->ignored_count == 0 || array->layout->columns > 1)
        return false;
    const double label = dump_label_value(elements, array->layout->type, i);
    return fabs(label) < 9e15 && dump_label_is_ignored(rules, (int64_t)label);
}

/* Labels, ids and numbers that netCDF's _FillValue stands for. */
static bool mark_missing(struct dump_worker *worker,
                         const struct dump_array *array,
                         const struct dump_block *block,
                         const unsigned char *elements, struct error *error)
{
    const uint32_t labels = worker->index->records[block->record].labels;
    const bool are_labels = array == &worker->index->arrays[labels];
    const struct dump_layout *layout = array->layout;
    const size_t count = block->rows * (size_t)layout->columns;
    for (size_t i = 0; i < count; i++) {
        if (dump_is_missing(layout, elements + i * layout->size) &&
            !(are_labels && is_ignored(worker, array, elements, i)) &&
            !fetch_mark_unwritten(worker, block, i / (size_t)layout->columns, 1,
                                  error))
            return false;
    }
    return true;
}

bool fetch_rows(struct dump_worker *worker, struct fetch_slot *slot,
                size_t number, const struct dump_block *block,
                struct dump_buffer *out, struct dump_buffer *texts,
                struct error *error)
{
    const struct dump_array *array = &worker->index->arrays[number];
    const bool may_miss =
        array->layout->missing_count > 0 && array->layout->role != DUMP_LOGITS;
    return read_rows(worker, slot, number, block, out, texts, error) &&
           (!may_miss || mark_missing(worker, array, block, out->bytes, error));
}
