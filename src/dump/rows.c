/*
 * rows.c - the labels, ids and logits of blocks of rows
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "dump/elements.h"
#include "dump/fetch.h"
#include "dump/reader.h"
#include "dump/reader_state.h"
#include "dump/unpack.h"

/* ---- worker ---- */

struct dump_worker *dump_worker_create(struct dump_reader *reader)
{
    struct dump_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->index = reader->index;
    worker->container = reader->container;
    worker->cache = reader->cache;
    worker->fd = -1;
    worker->logits.array = DUMP_NO_ARRAY;
    worker->labels.array = DUMP_NO_ARRAY;
    worker->ids.array = DUMP_NO_ARRAY;
    worker->decoder = dump_decoder_create();
    if (worker->decoder == NULL) {
        free(worker);
        return NULL;
    }
    return worker;
}

void dump_worker_destroy(struct dump_worker *worker)
{
    if (worker == NULL)
        return;
    fetch_close(worker);
    dump_decoder_destroy(worker->decoder);
    free(worker->raw.bytes);
    free(worker->logits.buffer.bytes);
    free(worker->labels.buffer.bytes);
    free(worker->ids.buffer.bytes);
    free(worker->rows.bytes);
    dump_ids_free(&worker->names);
    free(worker->unwritten.rows.bytes);
    free(worker->missing.bytes);
    free(worker->unpacked.bytes);
    free(worker);
}

const struct dump_index *dump_worker_index(const struct dump_worker *worker)
{
    return worker->index;
}

uint64_t dump_worker_fetched(const struct dump_worker *worker)
{
    return worker->fetched;
}

/* ---- ids ---- */

void dump_ids_free(struct dump_ids *ids)
{
    free(ids->rows.bytes);
    free(ids->numbers.bytes);
    free(ids->strings.bytes);
    free(ids->names.bytes);
    free(ids->positions.bytes);
    memset(ids, 0, sizeof *ids);
}

/* Its positions; 1 if there are none. */
static uint64_t rows_of_sample(const struct dump_layout *logits)
{
    uint64_t rows = 1;
    for (unsigned i = 0; i < logits->positions; i++)
        rows *= logits->counts[logits->slice_axes + logits->row_axes - 1 - i]
                    .length;
    return rows;
}

/* Those of samples, if rows are positions. */
static bool row_numbers(const struct dump_index *index,
                        const struct dump_block *block, struct dump_ids *ids,
                        struct error *error)
{
    const struct epoch_record *record = &index->records[block->record];
    const uint64_t each = rows_of_sample(index->arrays[record->logits].layout);
    if (!dump_buffer_reserve(&ids->numbers, block->rows, sizeof(int64_t),
                             error))
        return false;
    int64_t *numbers = (void *)ids->numbers.bytes;
    for (size_t i = 0; i < block->rows; i++)
        numbers[i] =
            (int64_t)(record->first_number + (block->first_row + i) / each);
    ids->type = DUMP_I64;
    ids->values = numbers;
    return true;
}

/* The name of the file, without its suffix; it is kept in the ids. */
static const char *name_of_file(const char *path, struct dump_ids *ids,
                                struct error *error)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const size_t length = names_without_suffix(name);
    if (!dump_buffer_reserve(&ids->strings, length + 1, 1, error))
        return NULL;
    memcpy(ids->strings.bytes, name, length);
    ids->strings.bytes[length] = '\0';
    return (const char *)ids->strings.bytes;
}

/* The last name of the group's path, or the file's name, for each row. */
static bool record_names(const struct dump_index *index,
                         const struct epoch_record *record, size_t rows,
                         struct dump_ids *ids, struct error *error)
{
    const char *name =
        record->by_group
            ? strrchr(record->group, '/') + 1 /* the index's */
            : name_of_file(index->files[record->file].path, ids, error);
    if (name == NULL ||
        !dump_buffer_reserve(&ids->numbers, rows, sizeof(char *), error))
        return false;
    const char **pointers = (void *)ids->numbers.bytes;
    for (size_t i = 0; i < rows; i++)
        pointers[i] = name;
    ids->type = DUMP_VARIABLE_STRING;
    ids->values = pointers;
    return true;
}

/* Fixed-length strings, as they were read, -> NUL-terminated ones. */
static bool terminate_strings(const struct dump_array *array, size_t count,
                              struct dump_ids *ids, struct error *error)
{
    const size_t size = array->layout->size;
    if (!dump_buffer_reserve(&ids->strings, count, size + 1, error) ||
        !dump_buffer_reserve(&ids->numbers, count, sizeof(char *), error))
        return false;
    const char **pointers = (void *)ids->numbers.bytes;
    for (size_t i = 0; i < count; i++) {
        const char *from = (const char *)ids->rows.bytes + i * size;
        char *to = (char *)ids->strings.bytes + i * (size + 1);
        size_t length = strnlen(from, size);
        while (array->layout->space_padded && length > 0 &&
               from[length - 1] == ' ')
            length--;
        memcpy(to, from, length);
        to[length] = '\0';
        pointers[i] = to;
    }
    ids->type = DUMP_VARIABLE_STRING;
    ids->values = pointers;
    return true;
}

static bool widen_integers(const struct dump_array *array, size_t count,
                           struct dump_ids *ids, struct error *error)
{
    if (!dump_buffer_reserve(&ids->numbers, count, sizeof(int64_t), error))
        return false;
    dump_convert_integers(ids->rows.bytes, array->layout->type, count,
                          (void *)ids->numbers.bytes);
    ids->type = DUMP_I64;
    ids->values = ids->numbers.bytes;
    return true;
}

static bool not_whole(const struct dump_index *index,
                      const struct dump_block *block,
                      const struct dump_array *array, const void *id,
                      size_t row, struct error *error)
{
    const struct epoch_record *record = &index->records[block->record];
    error_set(error,
              "%s: %s: row %" PRIu64 " of epoch %" PRId64 ": the id %g is not "
              "a whole number of at most 2^53 in size",
              index->files[array->file].path, array->path,
              block->first_row + row, record->epoch,
              dump_element(id, array->layout->type));
    return error_advise(error, ADVICE_OTHER_IDS);
}

static bool convert_floats(struct dump_worker *worker,
                           const struct dump_block *block,
                           const struct dump_array *array, struct dump_ids *ids,
                           struct error *error)
{
    const enum dump_type type = array->layout->type;
    const unsigned char *unwritten;
    size_t bad;
    if (!dump_buffer_reserve(&ids->numbers, block->rows, sizeof(int64_t),
                             error))
        return false;
    const bool all = dump_unwritten_rows(worker, block, &unwritten) == 0;
    if (!dump_convert_floats(ids->rows.bytes, type, block->rows,
                             all ? NULL : unwritten, (void *)ids->numbers.bytes,
                             &bad))
        return not_whole(worker->index, block, array,
                         ids->rows.bytes + bad * dump_type_size(type), bad,
                         error);
    ids->type = DUMP_I64;
    ids->values = ids->numbers.bytes;
    return true;
}

/* The ids of samples. */
static bool read_ids(struct dump_worker *worker, const struct dump_block *block,
                     struct dump_ids *ids, struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct epoch_record *record = &index->records[block->record];
    const size_t array_number = record->ids;
    if (record->by_group || record->by_file)
        return record_names(index, record, block->rows, ids, error);
    if (array_number == DUMP_NO_ARRAY)
        return row_numbers(index, block, ids, error);
    const struct dump_array *array = &index->arrays[array_number];
    if (!fetch_rows(worker, &worker->ids, array_number, block, &ids->rows,
                    &ids->strings, error))
        return false;
    if (dump_type_is_float(array->layout->type))
        return convert_floats(worker, block, array, ids, error);
    switch (array->layout->type) {
    case DUMP_STRING:
        return terminate_strings(array, block->rows, ids, error);
    case DUMP_VARIABLE_STRING:
    case DUMP_I64:
    case DUMP_U64:
        ids->type = array->layout->type;
        ids->values = ids->rows.bytes;
        return true;
    default:
        return widen_integers(array, block->rows, ids, error);
    }
}

/* ---- ids of positions ---- */

#define DIGITS_MAX 20 /* of 64 bits */

/* Appends a number, and returns where it ends. */
static char *append_number(char *to, uint64_t number)
{
    char digits[DIGITS_MAX];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *to++ = digits[--count];
    return to;
}

/* Appends the id of a row's sample. */
static char *append_id(char *to, const struct dump_ids *ids, size_t row)
{
    if (ids->type == DUMP_VARIABLE_STRING) {
        const char *id = ((const char *const *)ids->values)[row];
        const size_t length = strlen(id);
        memcpy(to, id, length);
        return to + length;
    }
    const uint64_t number = ((const uint64_t *)ids->values)[row];
    if (ids->type == DUMP_U64 || number <= INT64_MAX)
        return append_number(to, number);
    *to++ = '-';
    return append_number(to, 0 - number);
}

/* Appends ":POSITION" for each axis of positions. */
static char *append_positions(char *to, const struct dump_layout *logits,
                              uint64_t row)
{
    const struct dump_count_axis *axes = logits->counts + logits->slice_axes +
                                         logits->row_axes - logits->positions;
    uint64_t step = rows_of_sample(logits);
    for (unsigned i = 0; i < logits->positions; i++) {
        step /= axes[i].length;
        *to++ = ':';
        to = append_number(to, row / step % axes[i].length);
    }
    return to;
}

/* Bytes that the ids of a block may have, with their positions. */
static uint64_t names_bytes(const struct dump_ids *ids, size_t rows,
                            unsigned positions)
{
    const uint64_t each = (DIGITS_MAX + 1) * ((uint64_t)positions + 1) + 1;
    uint64_t bytes = rows * each;
    for (size_t i = 0; ids->type == DUMP_VARIABLE_STRING && i < rows; i++)
        bytes += strlen(((const char *const *)ids->values)[i]);
    return bytes;
}

/* ID:POSITION[:POSITION] */
static bool add_positions(const struct dump_layout *logits,
                          const struct dump_block *block, struct dump_ids *ids,
                          struct error *error)
{
    if (!dump_buffer_reserve(&ids->names,
                             names_bytes(ids, block->rows, logits->positions),
                             1, error) ||
        !dump_buffer_reserve(&ids->positions, block->rows, sizeof(char *),
                             error))
        return false;
    const char **pointers = (void *)ids->positions.bytes;
    char *to = (char *)ids->names.bytes;
    for (size_t i = 0; i < block->rows; i++) {
        pointers[i] = to;
        to = append_id(to, ids, i);
        to = append_positions(to, logits, block->first_row + i);
        *to++ = '\0';
    }
    ids->type = DUMP_VARIABLE_STRING;
    ids->values = pointers;
    return true;
}

bool dump_read_ids(struct dump_worker *worker, const struct dump_block *block,
                   struct dump_ids *ids, struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct dump_layout *logits =
        index->arrays[index->records[block->record].logits].layout;
    return read_ids(worker, block, ids, error) &&
           (logits->positions == 0 || add_positions(logits, block, ids, error));
}

/* ---- labels ---- */

/* Labels as they were read: numbers, or strings if `texts` is not NULL. */
struct stored_labels {
    struct dump_label_format format;
    const unsigned char *elements;
    size_t row_bytes;
    char *const *texts;
};

static void convert(const struct dump_worker *worker,
                    const struct stored_labels *stored, size_t first,
                    size_t rows, uint32_t *labels, struct dump_bad_labels *bad)
{
    const struct dump_label_rules *rules = &worker->index->label_rules;
    if (stored->texts != NULL)
        dump_convert_names(stored->texts + first, &stored->format, rules, rows,
                           labels, bad);
    else
        dump_convert_labels(stored->elements + first * stored->row_bytes,
                            &stored->format, rules, rows, labels, bad);
}

/* Row by row, as this is rare. */
static void convert_written(const struct dump_worker *worker,
                            const struct stored_labels *stored, size_t rows,
                            uint32_t *labels, struct dump_bad_labels *bad)
{
    *bad = (struct dump_bad_labels){0};
    for (size_t i = 0; i < rows; i++) {
        struct dump_bad_labels one;
        labels[i] = DUMP_NO_LABEL;
        if (worker->unwritten.rows.bytes[i] != 0)
            continue;
        convert(worker, stored, i, 1, &labels[i], &one);
        bad->ignored += one.ignored;
        if (one.count > 0 && bad->count++ == 0) {
            bad->first = i;
            bad->fault = one.fault;
            memcpy(bad->value, one.value, sizeof bad->value);
        }
    }
}

/* Reads labels that are strings; *texts points to them. */
static bool read_names(struct dump_worker *worker, uint32_t number,
                       const struct dump_block *block, char *const **texts,
                       struct error *error)
{
    struct dump_ids *names = &worker->names;
    const struct dump_array *array = &worker->index->arrays[number];
    if (!fetch_rows(worker, &worker->labels, number, block, &names->rows,
                    &names->strings, error))
        return false;
    names->values = names->rows.bytes;
    if (array->layout->type == DUMP_STRING &&
        !terminate_strings(array, block->rows, names, error))
        return false;
    *texts = names->values;
    return true;
}

bool dump_read_labels(struct dump_worker *worker,
                      const struct dump_block *block, uint64_t classes,
                      uint32_t *labels, struct dump_bad_labels *bad,
                      struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct epoch_record *record = &index->records[block->record];
    const struct dump_layout *layout = index->arrays[record->labels].layout;
    const unsigned char *unwritten;
    struct stored_labels stored = {
        .format = {layout->type, record->one_hot ? layout->columns : classes,
                   record->one_hot},
        .row_bytes = (size_t)layout->columns * layout->size};
    if (layout->type >= DUMP_STRING
            ? !read_names(worker, record->labels, block, &stored.texts, error)
            : !fetch_rows(worker, &worker->labels, record->labels, block,
                          &worker->rows, NULL, error))
        return false;
    stored.elements = worker->rows.bytes;
    if (dump_unwritten_rows(worker, block, &unwritten) == 0)
        convert(worker, &stored, 0, block->rows, labels, bad);
    else
        convert_written(worker, &stored, block->rows, labels, bad);
    return true;
}

bool dump_read_label_values(struct dump_worker *worker,
                            const struct dump_block *block,
                            struct dump_buffer *values, size_t *columns,
                            struct error *error)
{
    const struct dump_index *index = worker->index;
    const uint32_t labels = index->records[block->record].labels;
    const struct dump_layout *layout = index->arrays[labels].layout;
    *columns = (size_t)layout->columns;
    if (!fetch_rows(worker, &worker->labels, labels, block, &worker->rows, NULL,
                    error) ||
        !dump_buffer_reserve(values, block->rows * *columns, sizeof(double),
                             error))
        return false;
    double *value = (void *)values->bytes;
    for (size_t i = 0; i < block->rows * *columns; i++)
        value[i] = dump_label_value(worker->rows.bytes, layout->type, i);
    return true;
}

/* ---- logits ---- */

/* A tile whose elements are not adjacent along the columns is copied. */
static bool straighten(struct dump_worker *worker, struct fetch_tile *tile,
                       size_t size, struct error *error)
{
    if (tile->column_stride == size || tile->columns == 1)
        return true;
    if (!dump_buffer_reserve(&worker->rows, tile->rows * tile->columns, size,
                             error))
        return false;
    const size_t row_bytes = (size_t)tile->columns * size;
    for (uint64_t i = 0; i < tile->rows; i++)
        fetch_copy(worker->rows.bytes + i * row_bytes,
                   tile->data + i * tile->row_stride, tile->columns,
                   tile->column_stride, size);
    tile->data = worker->rows.bytes;
    tile->row_stride = row_bytes;
    return true;
}

static bool logits_from_chunks(struct dump_worker *worker,
                               const struct dump_array *array,
                               const struct dump_block *block, uint64_t slice,
                               dump_piece_fn on_piece, void *context,
                               struct error *error)
{
    const uint64_t first_row = fetch_first_row(worker->index, block);
    const uint64_t end_row = first_row + block->rows;
    struct fetch_tile tile;
    for (uint64_t row = first_row; row < end_row; row += tile.rows) {
        for (uint64_t column = 0; column < array->layout->columns;
             column += tile.columns) {
            if (!fetch_tile(worker, &worker->logits, array, slice, row, end_row,
                            column, &tile, error) ||
                !straighten(worker, &tile, array->layout->size, error))
                return false;
            if (!tile.written &&
                !fetch_mark_unwritten(worker, block, (size_t)(row - first_row),
                                      (size_t)tile.rows, error))
                return false;
            const struct dump_piece piece = {
                .data = tile.data,
                .type = array->layout->type,
                .row_stride = tile.row_stride,
                .first_row = (size_t)(row - first_row),
                .rows = (size_t)tile.rows,
                .first_class = (size_t)column,
                .classes = (size_t)tile.columns,
            };
            on_piece(context, &piece);
        }
    }
    return true;
}

/* Chunk by chunk, so that each is decoded once and a damaged one is named;
 * what has no chunks, at once. So are tables, whose chunks have all columns. */
static bool logits_from_library(struct dump_worker *worker,
                                const struct dump_array *array,
                                const struct dump_block *block, uint64_t slice,
                                dump_piece_fn on_piece, void *context,
                                struct error *error)
{
    const uint64_t first_row = fetch_first_row(worker->index, block);
    const uint64_t end_row = first_row + block->rows;
    const bool by_chunk =
        array->layout->chunked && array->layout->table_row == 0;
    uint64_t unused;
    struct container_region r = {.slice = fetch_slice(array, slice)};
    for (r.first_row = first_row; r.first_row < end_row;
         r.first_row += r.rows) {
        r.rows = by_chunk ? fetch_span(array, array->layout->row_axis,
                                       r.first_row, end_row, &unused)
                          : block->rows;
        for (r.first_column = 0; r.first_column < array->layout->columns;
             r.first_column += r.columns) {
            r.columns = by_chunk ? fetch_span(array, array->layout->column_axis,
                                              r.first_column,
                                              array->layout->columns, &unused)
                                 : array->layout->columns;
            if (!fetch_region(worker, array, &r, &worker->rows, NULL, error) ||
                !fetch_mark_region(worker, array, block, &r, error))
                return false;
            const struct dump_piece piece = {
                .data = worker->rows.bytes,
                .type = array->layout->type,
                .row_stride = (size_t)r.columns * array->layout->size,
                .first_row = (size_t)(r.first_row - first_row),
                .rows = (size_t)r.rows,
                .first_class = (size_t)r.first_column,
                .classes = (size_t)r.columns,
            };
            on_piece(context, &piece);
        }
    }
    return true;
}

static bool read_stored(struct dump_worker *worker,
                        const struct dump_block *block, dump_piece_fn on_piece,
                        void *context, struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct epoch_record *record = &index->records[block->record];
    const struct dump_array *array = &index->arrays[record->logits];
    const bool boxed = array->layout->boxed;
    if (array->layout->storage == DUMP_CHUNKED &&
        (!boxed || array->layout->crossed))
        return logits_from_chunks(worker, array, block, record->slice, on_piece,
                                  context, error);
    if (array->layout->storage == DUMP_LIBRARY && !boxed)
        return logits_from_library(worker, array, block, record->slice,
                                   on_piece, context, error);
    if (!fetch_rows(worker, &worker->logits, record->logits, block,
                    &worker->rows, NULL, error))
        return false;
    const struct dump_piece piece = {
        .data = worker->rows.bytes,
        .type = array->layout->type,
        .row_stride = (size_t)array->layout->columns * array->layout->size,
        .rows = block->rows,
        .classes = (size_t)array->layout->columns,
    };
    on_piece(context, &piece);
    return true;
}

/* ---- logits that are packed ---- */

/* On the way to whoever wants their pieces. */
struct unpacking {
    struct dump_buffer *room;
    const struct dump_layout *layout;
    dump_piece_fn on_piece;
    void *context;
    bool good;
    struct error *error;
};

#define UNPACKED_BYTES (256u * 1024u) /* at a time; more if a row has more */

/* Some rows of a piece. */
static void unpack_rows(struct unpacking *unpacking, struct dump_piece piece,
                        size_t first)
{
    const struct dump_layout *layout = unpacking->layout;
    const unsigned char *from = piece.data;
    unsigned char *to = unpacking->room->bytes;
    const size_t row_bytes = piece.classes * dump_logit_size(layout);
    if (piece.row_stride == piece.classes * layout->size)
        dump_unpack(layout, from + first * piece.row_stride,
                    piece.rows * piece.classes, to);
    else
        for (size_t i = 0; i < piece.rows; i++)
            dump_unpack(layout, from + (first + i) * piece.row_stride,
                        piece.classes, to + i * row_bytes);
    piece.data = to;
    piece.type = dump_logit_type(layout);
    piece.row_stride = row_bytes;
    piece.first_row += first;
    unpacking->on_piece(unpacking->context, &piece);
}

static void unpack_piece(void *context, const struct dump_piece *whole)
{
    struct unpacking *unpacking = context;
    const size_t size = dump_logit_size(unpacking->layout);
    const size_t fitting = UNPACKED_BYTES / size / (whole->classes + 1);
    const size_t most = fitting > 0 ? fitting : 1;
    unpacking->good =
        unpacking->good &&
        dump_buffer_reserve(unpacking->room, most, whole->classes * size,
                            unpacking->error);
    for (size_t row = 0; unpacking->good && row < whole->rows; row += most) {
        struct dump_piece piece = *whole;
        piece.rows = whole->rows - row < most ? whole->rows - row : most;
        unpack_rows(unpacking, piece, row);
    }
}

bool dump_read_logits(struct dump_worker *worker,
                      const struct dump_block *block, dump_piece_fn on_piece,
                      void *context, struct error *error)
{
    const struct dump_index *index = worker->index;
    const struct epoch_record *record = &index->records[block->record];
    const struct dump_layout *layout = index->arrays[record->logits].layout;
    if (!dump_is_packed(layout))
        return read_stored(worker, block, on_piece, context, error);
    struct unpacking unpacking = {.room = &worker->unpacked,
                                  .layout = layout,
                                  .on_piece = on_piece,
                                  .context = context,
                                  .good = true,
                                  .error = error};
    return read_stored(worker, block, unpack_piece, &unpacking, error) &&
           unpacking.good;
}
