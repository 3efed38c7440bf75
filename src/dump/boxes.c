/*
 * boxes.c - rows of arrays whose axes are not simple
 *
 * The rows of a block are few boxes of the array. Of contiguous data, a box is
 * read in spans, each from its first to its last element; of chunks, tile by
 * tile; and all else by the library, line by line: the rows along one axis.
 * What was read is then copied to where its rows are wanted.
 */
#include "dump/boxes.h"

#include <stdlib.h>
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
        fetch_copy(
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

/* The distance of elements along each axis of an array, or of a box that is
 * packed. */
static void find_strides(const uint64_t *lengths, int rank, uint64_t *strides)
{
    uint64_t stride = 1;
    for (int i = rank; i-- > 0; stride *= lengths[i])
        strides[i] = stride;
}

/* A box of a contiguous array, on its way into memory, packed. */
struct packing {
    const struct reading *r;
    uint64_t strides[DUMP_RANK_MAX]; /* in the file, in elements */
    struct dump_buffer span;         /* with what is not wanted */
};

/* How the elements of a box lie in the file. */
struct extent {
    uint64_t first;
    uint64_t count;    /* from the first to the last */
    uint64_t elements; /* of these, that are wanted */
    uint64_t runs;     /* of adjacent ones */
    int outermost;     /* the first axis with more than one, or -1 */
};

static struct extent find_extent(const struct packing *p, const struct box *box)
{
    struct extent e = {0, 1, 1, 1, -1};
    uint64_t adjacent = 1;
    for (int i = p->r->layout->rank; i-- > 0;) {
        e.first += box->first[i] * p->strides[i];
        e.count += (box->count[i] - 1) * p->strides[i];
        e.elements *= box->count[i];
        if (box->count[i] == 1)
            continue;
        e.outermost = i;
        if (p->strides[i] == adjacent)
            adjacent *= box->count[i];
        else
            e.runs *= box->count[i];
    }
    return e;
}

static bool read_elements(const struct packing *p, const struct extent *e,
                          void *out)
{
    const struct reading *r = p->r;
    return fetch_elements(r->worker, r->array, e->first, (size_t)e->count,
                          r->first_row, r->block->rows, out, r->error);
}

/* Reads a box with all that is between its elements. */
static bool read_span(struct packing *p, const struct box *box,
                      const struct extent *e, unsigned char *out)
{
    const size_t size = p->r->layout->size;
    uint64_t at[DUMP_RANK_MAX] = {0};
    int inner = p->r->layout->rank - 1;
    while (box->count[inner] == 1) /* there is more than one element */
        inner--;
    if (!dump_buffer_reserve(&p->span, e->count, size, p->r->error) ||
        !read_elements(p, e, p->span.bytes))
        return false;
    for (uint64_t n = 0; n < e->elements; n += box->count[inner]) {
        uint64_t from = 0;
        for (int i = 0; i < inner; i++)
            from += at[i] * p->strides[i];
        fetch_copy(out + n * size, p->span.bytes + from * size,
                   box->count[inner], (size_t)p->strides[inner] * size, size);
        for (int i = inner; i-- > 0 && ++at[i] == box->count[i];)
            at[i] = 0;
    }
    return true;
}

/* It takes as long to read so many bytes more as to read once more. */
#define BYTES_OF_CALL 8192u

/* A box of elements that are far apart is read in two parts, along the first
 * axis that it has more than one element of. */
static bool pack_box(struct packing *p, const struct box *box,
                     unsigned char *out)
{
    const size_t size = p->r->layout->size;
    const struct extent e = find_extent(p, box);
    if (e.outermost < 0 || e.count == e.elements)
        return read_elements(p, &e, out);
    if (e.count <= SPAN_BYTES / size &&
        (e.count - e.elements) * size <= BYTES_OF_CALL * (e.runs - 1))
        return read_span(p, box, &e, out);
    struct box half = *box;
    half.count[e.outermost] = box->count[e.outermost] / 2;
    const uint64_t first_half =
        e.elements / box->count[e.outermost] * half.count[e.outermost];
    if (!pack_box(p, &half, out))
        return false;
    half.first[e.outermost] += half.count[e.outermost];
    half.count[e.outermost] = box->count[e.outermost] - half.count[e.outermost];
    return pack_box(p, &half, out + (size_t)first_half * size);
}

static bool read_contiguous(const struct reading *r, const struct row_box *rows,
                            const struct box *box)
{
    const struct dump_layout *layout = r->layout;
    struct packing p = {.r = r};
    struct tile tile = {.box = *box, .written = true};
    uint64_t strides[DUMP_RANK_MAX];
    uint64_t elements = 1;
    find_strides(layout->dims, layout->rank, p.strides);
    find_strides(box->count, layout->rank, strides);
    for (int i = 0; i < layout->rank; i++) {
        elements *= box->count[i];
        tile.strides[i] = (size_t)strides[i] * layout->size;
    }
    const bool good = dump_buffer_reserve(&r->worker->raw, elements,
                                          layout->size, r->error) &&
                      pack_box(&p, box, r->worker->raw.bytes);
    free(p.span.bytes);
    tile.data = r->worker->raw.bytes;
    return good && take_tile(r, rows, &tile);
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
        fetch_copy(r->out + (number * (size_t)layout->columns +
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
                   : read_contiguous(&r, &rows, &box);
        row += rows.rows;
    }
    return good;
}
