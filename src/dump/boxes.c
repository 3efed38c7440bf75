/*
 * boxes.c - rows of arrays whose axes are not simple
 *
 * The rows of a block are few boxes of the array. Of contiguous data, a box is
 * read in spans, each from its first to its last element; of chunks, tile by
 * tile; and all else by the library, line by line: the rows along one axis.
 * What was read is then copied to where its rows are wanted.
 */
#include "dump/boxes.h"

#include <string.h>

/* What is read at once of contiguous data, if not all of it is wanted. */
#define SPAN_BYTES (1024u * 1024u)

struct reading {
    struct dump_worker *worker;
    struct fetch_slot *slot;
    const struct dump_array *array;
    const struct dump_layout *layout;
    const struct dump_block *block;
    unsigned char *out;
    uint64_t first_row;                 /* of the block, in the array */
    const struct dump_count_axis *rows; /* `row_axes` of them */
    uint64_t steps[DUMP_RANK_MAX + 2];  /* along each: from row to row */
    uint64_t slice_at[DUMP_RANK_MAX];   /* along each stored axis, 0 but for
                                           those of slices */
    struct error *error;
};

/* Rows that lie between two places along each axis of rows. */
struct row_box {
    uint64_t first[DUMP_RANK_MAX + 2];
    uint64_t count[DUMP_RANK_MAX + 2];
    uint64_t rows;
};

/* The same of elements, along each stored axis. */
struct box {
    uint64_t first[DUMP_RANK_MAX];
    uint64_t count[DUMP_RANK_MAX];
};

/* A box of elements in memory. */
struct tile {
    const unsigned char *data;
    struct box box;
    size_t strides[DUMP_RANK_MAX]; /* bytes */
    bool written;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- where rows are ---- */

static void find_slice(struct reading *r, uint64_t slice)
{
    memset(r->slice_at, 0, sizeof r->slice_at);
    for (unsigned i = r->layout->slice_axes; i-- > 0;) {
        const struct dump_count_axis *axis = &r->layout->counts[i];
        if (axis->axis != DUMP_NO_AXIS)
            r->slice_at[axis->axis] = slice % axis->length;
        slice /= axis->length;
    }
}

static void find_steps(struct reading *r)
{
    uint64_t step = 1;
    for (unsigned i = r->layout->row_axes; i-- > 0;) {
        r->steps[i] = step;
        step *= r->rows[i].length;
    }
}

static uint64_t place_of(const struct reading *r, uint64_t row, unsigned axis)
{
    return row / r->steps[axis] % r->rows[axis].length;
}

/* The largest box that begins with `row` and ends before `end`: whole along the
 * last axes, a part of one, and one place along the others. */
static struct row_box box_from(const struct reading *r, uint64_t row,
                               uint64_t end)
{
    struct row_box box = {.rows = 0};
    unsigned part = 0;
    while (row % r->steps[part] != 0 || end - row < r->steps[part])
        part++; /* the last step is 1 */
    for (unsigned i = 0; i < r->layout->row_axes; i++) {
        box.first[i] = place_of(r, row, i);
        box.count[i] = i < part ? 1 : r->rows[i].length;
    }
    box.count[part] = smaller((end - row) / r->steps[part],
                              r->rows[part].length - box.first[part]);
    box.rows = box.count[part] * r->steps[part];
    return box;
}

/* The elements of these rows. */
static struct box elements_of(const struct reading *r,
                              const struct row_box *rows)
{
    const struct dump_layout *layout = r->layout;
    struct box box;
    for (int i = 0; i < layout->rank; i++) {
        box.first[i] = r->slice_at[i];
        box.count[i] = 1;
    }
    for (unsigned i = 0; i < layout->row_axes; i++) {
        if (r->rows[i].axis == DUMP_NO_AXIS)
            continue;
        box.first[r->rows[i].axis] = rows->first[i];
        box.count[r->rows[i].axis] = rows->count[i];
    }
    if (layout->column_axis != DUMP_NO_AXIS)
        box.count[layout->column_axis] = layout->columns;
    return box;
}

/* ---- copying ---- */

static void copy_elements(unsigned char *to, const unsigned char *from,
                          uint64_t count, size_t stride, size_t size)
{
    if (stride == size) {
        memcpy(to, from, (size_t)count * size);
        return;
    }
#define COPY(bytes)                                         \
    for (uint64_t i = 0; i < count; i++)                    \
        memcpy(to + i * (bytes), from + i * stride, bytes); \
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

/* The part of a box of rows that a tile has: all of it along axes that are not
 * stored. */
static struct row_box rows_of_tile(const struct reading *r,
                                   const struct row_box *rows,
                                   const struct tile *tile)
{
    struct row_box part = *rows;
    part.rows = 1;
    for (unsigned i = 0; i < r->layout->row_axes; i++) {
        if (r->rows[i].axis != DUMP_NO_AXIS) {
            part.first[i] = tile->box.first[r->rows[i].axis];
            part.count[i] = tile->box.count[r->rows[i].axis];
        }
        part.rows *= part.count[i];
    }
    return part;
}

/* Copies the rows of a tile to where they are wanted, or notes that they were
 * never written, too. */
static bool take_tile(const struct reading *r, const struct row_box *wanted,
                      const struct tile *tile)
{
    const struct dump_layout *layout = r->layout;
    const struct row_box rows = rows_of_tile(r, wanted, tile);
    const int column = layout->column_axis;
    const uint64_t first_column =
        column != DUMP_NO_AXIS ? tile->box.first[column] : 0;
    const uint64_t columns =
        column != DUMP_NO_AXIS ? tile->box.count[column] : 1;
    const size_t stride =
        column != DUMP_NO_AXIS ? tile->strides[column] : layout->size;
    uint64_t at[DUMP_RANK_MAX + 2] = {0};
    for (uint64_t n = 0; n < rows.rows; n++) {
        uint64_t row = 0;
        size_t offset = 0;
        for (unsigned i = 0; i < layout->row_axes; i++) {
            row += (rows.first[i] + at[i]) * r->steps[i];
            if (r->rows[i].axis != DUMP_NO_AXIS)
                offset += (size_t)at[i] * tile->strides[r->rows[i].axis];
        }
        const size_t number = (size_t)(row - r->first_row);
        copy_elements(
            r->out + (number * (size_t)layout->columns + (size_t)first_column) *
                         layout->size,
            tile->data + offset, columns, stride, layout->size);
        if (!tile->written &&
            !fetch_mark_unwritten(r->worker, r->block, number, 1, r->error))
            return false;
        for (unsigned i = layout->row_axes;
             i-- > 0 && ++at[i] == rows.count[i];)
            at[i] = 0;
    }
    return true;
}

/* ---- contiguous ---- */

static bool read_span(const struct reading *r, const struct row_box *rows,
                      const struct box *box, const uint64_t *strides,
                      uint64_t first, uint64_t count)
{
    const size_t size = r->layout->size;
    struct dump_buffer *buffer = &r->worker->raw;
    struct tile tile = {.box = *box, .written = true};
    if (!dump_buffer_reserve(buffer, count, size, r->error) ||
        !fetch_elements(r->worker, r->array, first, (size_t)count, r->first_row,
                        r->block->rows, buffer->bytes, r->error))
        return false;
    tile.data = buffer->bytes;
    for (int i = 0; i < r->layout->rank; i++)
        tile.strides[i] = (size_t)strides[i] * size;
    return take_tile(r, rows, &tile);
}

/* A box whose first and last element are far apart is read in two parts, along
 * the first axis that it has more than one element of. */
static bool read_contiguous(const struct reading *r, const struct row_box *rows,
                            const struct box *box, const uint64_t *strides)
{
    const int rank = r->layout->rank;
    uint64_t first = 0;
    uint64_t count = 1; /* from the first to the last */
    uint64_t elements = 1;
    int longest = -1;
    for (int i = 0; i < rank; i++) {
        first += box->first[i] * strides[i];
        count += (box->count[i] - 1) * strides[i];
        elements *= box->count[i];
        if (longest < 0 && box->count[i] > 1)
            longest = i;
    }
    if (longest < 0 || count == elements ||
        count <= SPAN_BYTES / r->layout->size)
        return read_span(r, rows, box, strides, first, count);
    struct box half = *box;
    half.count[longest] = box->count[longest] / 2;
    if (!read_contiguous(r, rows, &half, strides))
        return false;
    half.first[longest] += half.count[longest];
    half.count[longest] = box->count[longest] - half.count[longest];
    return read_contiguous(r, rows, &half, strides);
}

/* ---- chunks ---- */

static bool read_chunk(const struct reading *r, const struct row_box *rows,
                       const struct box *box, const uint64_t *at)
{
    const struct dump_layout *layout = r->layout;
    struct tile tile = {.data = NULL};
    size_t offset = 0;
    if (!fetch_chunk(r->worker, r->slot, r->array, at, r->error))
        return false;
    for (int i = 0; i < layout->rank; i++) {
        const uint64_t end =
            smaller(box->first[i] + box->count[i], at[i] + layout->chunk[i]);
        tile.box.first[i] = larger(box->first[i], at[i]);
        tile.box.count[i] = end - tile.box.first[i];
        tile.strides[i] = fetch_chunk_stride(r->array, i);
        offset += (size_t)(tile.box.first[i] - at[i]) * tile.strides[i];
    }
    tile.data = r->slot->elements + offset;
    tile.written = r->slot->written;
    return take_tile(r, rows, &tile);
}

static uint64_t chunk_start(const struct dump_layout *layout, int axis,
                            uint64_t place)
{
    return place / layout->chunk[axis] * layout->chunk[axis];
}

static bool read_chunks(const struct reading *r, const struct row_box *rows,
                        const struct box *box)
{
    const struct dump_layout *layout = r->layout;
    uint64_t at[DUMP_RANK_MAX + 1] = {0};
    for (int i = 0; i < layout->rank; i++)
        at[i] = chunk_start(layout, i, box->first[i]);
    for (int i = 0; i >= 0;) {
        if (!read_chunk(r, rows, box, at))
            return false;
        for (i = layout->rank - 1; i >= 0; i--) { /* to the next one */
            at[i] += layout->chunk[i];
            if (at[i] < box->first[i] + box->count[i])
                break;
            at[i] = chunk_start(layout, i, box->first[i]);
        }
    }
    return true;
}

/* ---- the library ---- */

/* Copies what the library has read to where it is wanted: the rows from `row`
 * to `end`, `step` of which are one of the line's. */
static bool take_line(const struct reading *r,
                      const struct container_region *region, uint64_t row,
                      uint64_t end, uint64_t step)
{
    const struct dump_layout *layout = r->layout;
    const size_t size = layout->size;
    const bool by_columns = layout->column_axis != DUMP_NO_AXIS &&
                            layout->column_axis < layout->row_axis;
    const size_t row_stride =
        by_columns ? size : (size_t)region->columns * size;
    const size_t stride = by_columns ? (size_t)region->rows * size : size;
    const uint64_t line_length =
        layout->row_axis != DUMP_NO_AXIS ? layout->dims[layout->row_axis] : 1;
    for (; row < end; row++) {
        const size_t number = (size_t)(row - r->first_row);
        const size_t from =
            (size_t)(row / step % line_length - region->first_row);
        copy_elements(r->out + (number * (size_t)layout->columns +
                                (size_t)region->first_column) *
                                   size,
                      r->worker->raw.bytes + from * row_stride, region->columns,
                      stride, size);
        if (r->worker->any_missing && r->worker->missing.bytes[from] != 0 &&
            !fetch_mark_unwritten(r->worker, r->block, number, 1, r->error))
            return false;
    }
    return true;
}

/* Of a virtual dataset the library leaves out rows that it cannot read, which
 * have to be adjacent in memory. */
static uint64_t columns_at_once(const struct dump_layout *layout)
{
    return layout->elsewhere && layout->column_axis < layout->row_axis
               ? 1
               : layout->columns;
}

static bool read_line(const struct reading *r, const uint64_t *at, uint64_t row,
                      uint64_t end, uint64_t step, struct dump_buffer *texts)
{
    const struct dump_layout *layout = r->layout;
    const uint64_t line_length =
        layout->row_axis != DUMP_NO_AXIS ? layout->dims[layout->row_axis] : 1;
    struct container_region region = {.at = at};
    region.first_row = row / step % line_length;
    region.rows = (end - 1) / step % line_length - region.first_row + 1;
    region.columns = columns_at_once(layout);
    for (; region.first_column < layout->columns;
         region.first_column += region.columns) {
        if (!fetch_region(r->worker, r->array, &region, &r->worker->raw, texts,
                          r->error) ||
            !fetch_find_unwritten(r->worker, r->array, &region, r->error) ||
            !take_line(r, &region, row, end, step))
            return false;
    }
    return true;
}

/* Lines are along the last axis of rows that is stored. */
static bool read_lines(const struct reading *r, struct dump_buffer *texts)
{
    const uint64_t end = r->first_row + r->block->rows;
    uint64_t step = end; /* all rows are one */
    uint64_t rows = end; /* of a line */
    unsigned stored = 0;
    for (unsigned i = 0; i < r->layout->row_axes; i++) {
        if (r->rows[i].axis == DUMP_NO_AXIS)
            continue;
        step = r->steps[i];
        rows = step * r->rows[i].length;
        stored = i;
    }
    uint64_t next;
    for (uint64_t row = r->first_row; row < end; row = next) {
        uint64_t at[DUMP_RANK_MAX];
        next = smaller(end, (row / rows + 1) * rows);
        memcpy(at, r->slice_at, sizeof at);
        for (unsigned i = 0; i < stored; i++) {
            if (r->rows[i].axis != DUMP_NO_AXIS)
                at[r->rows[i].axis] = place_of(r, row, i);
        }
        if (!read_line(r, at, row, next, step, texts))
            return false;
    }
    return true;
}

/* ---- all of them ---- */

bool boxes_read(struct dump_worker *worker, struct fetch_slot *slot,
                size_t number, const struct dump_block *block,
                unsigned char *out, struct dump_buffer *texts,
                struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct dump_array *array = &index->arrays[number];
    const struct dump_layout *layout = array->layout;
    struct reading r = {.worker = worker,
                        .slot = slot,
                        .array = array,
                        .layout = layout,
                        .block = block,
                        .out = out,
                        .first_row = fetch_first_row(index, block),
                        .rows = layout->counts + layout->slice_axes,
                        .error = error};
    uint64_t strides[DUMP_RANK_MAX]; /* elements of a contiguous array */
    uint64_t stride = 1;
    for (int i = layout->rank; i-- > 0; stride *= layout->dims[i])
        strides[i] = stride;
    find_slice(&r, index->records[block->record].slice);
    find_steps(&r);
    if (layout->storage == DUMP_LIBRARY)
        return block->rows == 0 || read_lines(&r, texts);
    const uint64_t end = r.first_row + block->rows;
    bool good = true;
    for (uint64_t row = r.first_row; good && row < end;) {
        const struct row_box rows = box_from(&r, row, end);
        const struct box box = elements_of(&r, &rows);
        good = layout->storage == DUMP_CHUNKED
                   ? read_chunks(&r, &rows, &box)
                   : read_contiguous(&r, &rows, &box, strides);
        row += rows.rows;
    }
    return good;
}
