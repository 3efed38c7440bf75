/*
 * reader.c - plan -> blocks of rows
 *
 * Three ways lead to the bytes. Contiguous data are read with pread(2).
 * Chunks that decode.c understands are fetched as they lie in the file, under
 * the lock that the library needs, and decoded outside of it. All else is
 * H5Dread, under the lock.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "h5.h"

/* How many bytes of logits a block has, about: small enough to stay in the
 * second-level cache between reading and measuring. */
#define BLOCK_BYTES (128u * 1024u)
/* The library is slow to start a read, and virtual datasets may have large
 * chunks behind them. */
#define LIBRARY_BLOCK_BYTES (1024u * 1024u)
#define BLOCK_ROWS_MAX 32768u

#define READ_AHEAD_BYTES (8 << 20)

/* Files and datasets that the library keeps open. */
#define OPEN_FILES 2
#define OPEN_DATASETS 8

struct open_object {
    bool used;
    size_t index; /* of the file or array in the plan */
    hid_t id;
};

struct dump_reader {
    const struct dump_plan *plan;
    pthread_mutex_t cursor_lock;
    struct dump_block cursor;
    size_t rows_max;
    /* Held during every call of the library. */
    pthread_mutex_t library_lock;
    struct open_object files[OPEN_FILES]; /* the newest first */
    struct open_object datasets[OPEN_DATASETS];
};

/* A decoded chunk. */
struct chunk_slot {
    struct dump_buffer buffer;
    unsigned char *elements; /* within the buffer */
    size_t array;            /* whose it is; DUMP_NO_ARRAY: nobody's */
    hsize_t at[DUMP_RANK_MAX];
};

struct dump_worker {
    struct dump_reader *reader;
    struct dump_decoder *decoder;
    int fd; /* of file fd_file, for contiguous data */
    size_t fd_file;
    struct dump_buffer raw;
    struct chunk_slot logits;
    struct chunk_slot labels;
    struct chunk_slot ids;
    struct dump_buffer rows; /* what was read, if it is not in a slot */
};

static void close_file(struct dump_reader *reader, struct open_object *file);

/* ---- reader ---- */

static uint64_t rows_of_block(const struct dump_array *logits)
{
    uint64_t target = logits->storage == DUMP_LIBRARY && !logits->chunked
                          ? LIBRARY_BLOCK_BYTES
                          : BLOCK_BYTES;
    uint64_t rows = target / logits->size / (logits->columns + 1);
    if (rows > BLOCK_ROWS_MAX)
        rows = BLOCK_ROWS_MAX;
    if (logits->chunked && logits->row_axis != DUMP_NO_AXIS) {
        /* Whole chunks, so that none is decoded twice. */
        const uint64_t chunk = logits->chunk[logits->row_axis];
        rows = rows < chunk ? chunk : rows / chunk * chunk;
    }
    if (rows > logits->rows)
        rows = logits->rows;
    return rows != 0 ? rows : 1;
}

struct dump_reader *dump_reader_create(const struct dump_plan *plan)
{
    struct dump_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->plan = plan;
    for (size_t i = 0; i < plan->part_count; i++) {
        uint64_t rows = rows_of_block(&plan->arrays[plan->parts[i].logits]);
        if (rows > reader->rows_max)
            reader->rows_max = (size_t)rows;
    }
    if (pthread_mutex_init(&reader->cursor_lock, NULL) != 0) {
        free(reader);
        return NULL;
    }
    if (pthread_mutex_init(&reader->library_lock, NULL) != 0) {
        pthread_mutex_destroy(&reader->cursor_lock);
        free(reader);
        return NULL;
    }
    return reader;
}

void dump_reader_destroy(struct dump_reader *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < OPEN_FILES; i++) {
        if (reader->files[i].used)
            close_file(reader, &reader->files[i]);
    }
    pthread_mutex_destroy(&reader->library_lock);
    pthread_mutex_destroy(&reader->cursor_lock);
    free(reader);
}

size_t dump_reader_rows_max(const struct dump_reader *reader)
{
    return reader->rows_max;
}

/*
 * Has the system read the start of the next part's file while this part's is
 * decoded. Within a file it reads ahead by itself.
 */
static void read_ahead(const struct dump_plan *plan, size_t part)
{
#ifdef POSIX_FADV_WILLNEED
    if (part + 1 >= plan->part_count ||
        plan->parts[part + 1].file == plan->parts[part].file)
        return;
    const int fd = open(plan->files[plan->parts[part + 1].file].path,
                        O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    posix_fadvise(fd, 0, READ_AHEAD_BYTES, POSIX_FADV_WILLNEED);
    close(fd);
#else
    (void)plan, (void)part;
#endif
}

bool dump_reader_next(struct dump_reader *reader, struct dump_block *block)
{
    const struct dump_plan *plan = reader->plan;
    pthread_mutex_lock(&reader->cursor_lock);
    struct dump_block *cursor = &reader->cursor;
    while (cursor->part < plan->part_count &&
           cursor->first_row >= plan->parts[cursor->part].rows) {
        cursor->part++;
        cursor->first_row = 0;
    }
    const bool more = cursor->part < plan->part_count;
    if (more) {
        const struct dump_part *part = &plan->parts[cursor->part];
        uint64_t rows = rows_of_block(&plan->arrays[part->logits]);
        if (rows > part->rows - cursor->first_row)
            rows = part->rows - cursor->first_row;
        if (cursor->first_row == 0)
            read_ahead(plan, cursor->part);
        cursor->rows = (size_t)rows;
        *block = *cursor;
        cursor->first_row += rows;
        cursor->number++;
    }
    pthread_mutex_unlock(&reader->cursor_lock);
    return more;
}

bool dump_block_piece(const struct dump_reader *reader,
                      const struct dump_block *block, size_t index,
                      struct dump_block *piece)
{
    const struct dump_plan *plan = reader->plan;
    const struct dump_array *logits =
        &plan->arrays[plan->parts[block->part].logits];
    uint64_t rows = block->rows;
    if (logits->chunked && logits->row_axis != DUMP_NO_AXIS)
        rows = logits->chunk[logits->row_axis];
    const uint64_t skipped = index * rows; /* blocks start with a chunk */
    if (skipped >= block->rows)
        return false;
    *piece = *block;
    piece->first_row += skipped;
    piece->rows =
        (size_t)(block->rows - skipped < rows ? block->rows - skipped : rows);
    return true;
}

/* ---- worker ---- */

struct dump_worker *dump_worker_create(struct dump_reader *reader)
{
    struct dump_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->reader = reader;
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
    if (worker->fd >= 0)
        close(worker->fd);
    dump_decoder_destroy(worker->decoder);
    free(worker->raw.bytes);
    free(worker->logits.buffer.bytes);
    free(worker->labels.buffer.bytes);
    free(worker->ids.buffer.bytes);
    free(worker->rows.bytes);
    free(worker);
}

/* Room for count * size bytes, whose content is lost. */
static bool reserve(struct dump_buffer *buffer, uint64_t count, uint64_t size,
                    struct dump_error *error)
{
    if (size != 0 && count > SIZE_MAX / 2 / size)
        return dump_out_of_memory(error);
    const size_t bytes = (size_t)(count * size);
    if (bytes <= buffer->capacity)
        return true;
    free(buffer->bytes);
    buffer->capacity = 0;
    buffer->bytes = malloc(bytes);
    if (buffer->bytes == NULL)
        return dump_out_of_memory(error);
    buffer->capacity = bytes;
    return true;
}

static const char *file_path(const struct dump_worker *worker,
                             const struct dump_array *array)
{
    return worker->reader->plan->files[array->file].path;
}

/* Where an array has what belongs to a part's slice. */
static uint64_t slice_of(const struct dump_array *array, uint64_t slice)
{
    return array->epoch_axis == DUMP_NO_AXIS ? 0 : slice;
}

/* ---- contiguous ---- */

static bool switch_fd(struct dump_worker *worker,
                      const struct dump_array *array, struct dump_error *error)
{
    if (worker->fd >= 0 && worker->fd_file == array->file)
        return true;
    if (worker->fd >= 0)
        close(worker->fd);
    worker->fd = open(file_path(worker, array), O_RDONLY | O_CLOEXEC);
    worker->fd_file = array->file;
    error->detail[0] = '\0';
    return worker->fd >= 0 ||
           dump_fail(error, "%s: cannot open: %s", file_path(worker, array),
                     strerror(errno));
}

static bool read_contiguous(struct dump_worker *worker,
                            const struct dump_array *array, uint64_t slice,
                            uint64_t first_row, size_t rows, void *out,
                            struct dump_error *error)
{
    const uint64_t row_bytes = array->columns * array->size;
    uint64_t at =
        array->offset +
        (slice_of(array, slice) * array->rows + first_row) * row_bytes;
    unsigned char *to = out;
    size_t left = (size_t)(rows * row_bytes);
    if (!switch_fd(worker, array, error))
        return false;
    while (left > 0) {
        ssize_t n = pread(worker->fd, to, left, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        error->detail[0] = '\0';
        if (n < 0)
            return dump_fail(error,
                             "%s: %s: cannot read rows %" PRIu64 " to %" PRIu64
                             ": %s",
                             file_path(worker, array), array->path, first_row,
                             first_row + rows - 1, strerror(errno));
        if (n == 0)
            return dump_fail(error,
                             "%s: %s: the file has become shorter "
                             "while it was read",
                             file_path(worker, array), array->path);
        to += n;
        at += (uint64_t)n;
        left -= (size_t)n;
    }
    if (array->swap)
        dump_swap_bytes(out, rows * (size_t)array->columns, array->size);
    return true;
}

/* ---- the library; the lock is held in all of this ---- */

static void enter_library(struct dump_worker *worker)
{
    pthread_mutex_lock(&worker->reader->library_lock);
    h5_be_silent();
}

static void leave_library(struct dump_worker *worker)
{
    pthread_mutex_unlock(&worker->reader->library_lock);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Makes entry i the newest. */
static void move_to_front(struct open_object *objects, size_t i)
{
    struct open_object object = objects[i];
    memmove(objects + 1, objects, i * sizeof *objects);
    objects[0] = object;
}

/* The entry of `index`, or the one to be used for it: a free one or the
 * oldest. */
static size_t entry_for(const struct open_object *objects, size_t count,
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
static void close_file(struct dump_reader *reader, struct open_object *file)
{
    for (size_t i = 0; i < OPEN_DATASETS; i++) {
        struct open_object *dataset = &reader->datasets[i];
        if (dataset->used &&
            reader->plan->arrays[dataset->index].file == file->index) {
            H5Dclose(dataset->id);
            dataset->used = false;
        }
    }
    H5Fclose(file->id);
    file->used = false;
}

static hid_t open_file(struct dump_worker *worker, size_t index,
                       struct dump_error *error)
{
    struct dump_reader *reader = worker->reader;
    const size_t i = entry_for(reader->files, OPEN_FILES, index);
    struct open_object *file = &reader->files[0];
    if (reader->files[i].used && reader->files[i].index != index)
        close_file(reader, &reader->files[i]);
    move_to_front(reader->files, i);
    if (!file->used) {
        file->index = index;
        file->id = h5_open_file(reader->plan->files[index].path, error);
        file->used = file->id >= 0;
    }
    return file->id;
}

static size_t chunk_bytes(const struct dump_array *array)
{
    size_t bytes = array->size; /* discover.c has seen that it fits */
    for (int i = 0; i < array->rank; i++)
        bytes *= (size_t)array->chunk[i];
    return bytes;
}

static hid_t open_dataset(struct dump_worker *worker,
                          const struct dump_array *array,
                          struct dump_error *error)
{
    struct dump_reader *reader = worker->reader;
    const size_t index = (size_t)(array - reader->plan->arrays);
    size_t i = entry_for(reader->datasets, OPEN_DATASETS, index);
    if (reader->datasets[i].used && reader->datasets[i].index == index) {
        move_to_front(reader->datasets, i);
        return reader->datasets[0].id;
    }
    const hid_t file = open_file(worker, array->file, error);
    if (file < 0)
        return -1;
    i = entry_for(reader->datasets, OPEN_DATASETS, index);
    if (reader->datasets[i].used)
        H5Dclose(reader->datasets[i].id);
    move_to_front(reader->datasets, i);
    struct open_object *dataset = &reader->datasets[0];
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (array->chunked) /* blocks may share a chunk: keep one */
        H5Pset_chunk_cache(access, 1, chunk_bytes(array), 1.0);
    dataset->index = index;
    dataset->id = H5Dopen2(file, array->path, access);
    dataset->used = dataset->id >= 0;
    H5Pclose(access);
    if (!dataset->used)
        h5_fail(error, "%s: %s: damaged: cannot be opened (-v tells more)",
                file_path(worker, array), array->path);
    return dataset->id;
}

/* Rows and columns of a slice of the array. */
struct region {
    uint64_t slice;
    uint64_t first_row;
    uint64_t rows;
    uint64_t first_column;
    uint64_t columns;
};

static bool select_region(const struct dump_array *array, hid_t space,
                          const struct region *region)
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
    bool good = reserve(out, bytes, 1, error);
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

static bool read_locked(struct dump_worker *worker,
                        const struct dump_array *array,
                        const struct region *region, void *out,
                        struct dump_buffer *texts, struct dump_error *error)
{
    hid_t dataset = open_dataset(worker, array, error);
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
                file_path(worker, array), array->path, region->first_row,
                region->first_row + region->rows - 1, region->first_column,
                region->first_column + region->columns - 1);
    if (strings && !take_strings(out, (size_t)count, texts, error))
        good = false;
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    H5Tclose(stored);
    return good;
}

/* Texts of strings of any length go to `texts`; NULL if there can be none. */
static bool read_by_library(struct dump_worker *worker,
                            const struct dump_array *array,
                            const struct region *region, void *out,
                            struct dump_buffer *texts, struct dump_error *error)
{
    enter_library(worker);
    bool good = read_locked(worker, array, region, out, texts, error);
    leave_library(worker);
    if (good && array->swap)
        dump_swap_bytes(out, (size_t)(region->rows * region->columns),
                        array->size);
    return good;
}

/* ---- chunks ---- */

static bool bad_chunk(struct dump_worker *worker,
                      const struct dump_array *array, const hsize_t *at,
                      const char *why, struct dump_error *error)
{
    char place[160];
    size_t used = 0;
    for (int i = 0; i < array->rank && used < sizeof place; i++)
        used +=
            (size_t)snprintf(place + used, sizeof place - used, "%s%" PRIu64,
                             i > 0 ? ", " : "", (uint64_t)at[i]);
    return dump_fail(error,
                     "%s: %s: the chunk at (%s) is damaged: %s; -k "
                     "skips its rows",
                     file_path(worker, array), array->path, place, why);
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
        count[i] = smaller(array->chunk[i], array->dims[i] - at[i]);
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

/* The bytes of a chunk as they lie in the file, to worker->raw; *size 0 if it
 * was never written: then the whole chunk, to `out`. The lock is held. */
static bool fetch_locked(struct dump_worker *worker,
                         const struct dump_array *array, const hsize_t *at,
                         size_t room, hsize_t *size, uint32_t *filter_mask,
                         void *out, struct dump_error *error)
{
    hid_t dataset = open_dataset(worker, array, error);
    if (dataset < 0)
        return false;
    /* Of an unwritten chunk, HDF5 1.10 says that this fails, later versions
     * that it has no bytes. */
    if (H5Dget_chunk_storage_size(dataset, at, size) < 0)
        *size = 0;
    if (*size > room)
        return bad_chunk(worker, array, at, "its length is impossible", error);
    bool good = *size == 0 ? read_chunk_locked(dataset, array, at, out)
                           : H5Dread_chunk(dataset, H5P_DEFAULT, at,
                                           filter_mask, worker->raw.bytes) >= 0;
    if (!good) {
        h5_fail(error, "%s", ""); /* for what the library said */
        return bad_chunk(worker, array, at, "it cannot be read", error);
    }
    return true;
}

/* Leaves the decoded chunk that starts at `at` in a slot. */
static bool fetch_chunk(struct dump_worker *worker, struct chunk_slot *slot,
                        const struct dump_array *array, const hsize_t *at,
                        struct dump_error *error)
{
    const size_t index = (size_t)(array - worker->reader->plan->arrays);
    const size_t at_bytes = (size_t)array->rank * sizeof *at;
    if (slot->array == index && memcmp(slot->at, at, at_bytes) == 0)
        return true;
    const size_t bytes = chunk_bytes(array);
    const size_t room = dump_decode_room(bytes);
    slot->array = DUMP_NO_ARRAY;
    error->detail[0] = '\0';
    if (!reserve(&worker->raw, room, 1, error) ||
        !reserve(&slot->buffer, room, 1, error))
        return false;
    hsize_t size = 0;
    uint32_t filter_mask = 0;
    enter_library(worker);
    bool good = fetch_locked(worker, array, at, room, &size, &filter_mask,
                             slot->buffer.bytes, error);
    leave_library(worker);
    if (!good)
        return false;
    unsigned char *elements = slot->buffer.bytes;
    if (size > 0) {
        const char *wrong = dump_decode_chunk(
            worker->decoder, array, filter_mask, worker->raw.bytes,
            (size_t)size, slot->buffer.bytes, bytes, &elements);
        if (wrong != NULL)
            return bad_chunk(worker, array, at, wrong, error);
    }
    if (elements != slot->buffer.bytes) { /* it ended in the raw buffer */
        struct dump_buffer other = worker->raw;
        worker->raw = slot->buffer;
        slot->buffer = other;
    }
    if (array->swap)
        dump_swap_bytes(slot->buffer.bytes, bytes / array->size, array->size);
    slot->elements = slot->buffer.bytes;
    slot->array = index;
    memcpy(slot->at, at, at_bytes);
    return true;
}

/* Bytes from one element of a chunk to the next along an axis. */
static size_t chunk_stride(const struct dump_array *array, int axis)
{
    size_t stride = array->size;
    for (int i = array->rank - 1; i > axis; i--)
        stride *= (size_t)array->chunk[i];
    return stride;
}

/* A part of a chunk: where it is, and how far it reaches. */
struct tile {
    const unsigned char *data;
    size_t row_stride;
    uint64_t first_row;
    uint64_t rows;
    uint64_t first_column;
    uint64_t columns;
};

/* What lies between `first` and `end` of the chunk that holds `first`. */
static uint64_t span(const struct dump_array *array, int axis, uint64_t first,
                     uint64_t end, hsize_t *chunk_start)
{
    if (axis == DUMP_NO_AXIS)
        return end - first; /* 1 */
    *chunk_start = first / array->chunk[axis] * array->chunk[axis];
    return smaller(*chunk_start + array->chunk[axis], end) - first;
}

/* The tile that starts at a row and column of a slice and ends with its chunk
 * or at end_row. */
static bool fetch_tile(struct dump_worker *worker, struct chunk_slot *slot,
                       const struct dump_array *array, uint64_t slice,
                       uint64_t row, uint64_t end_row, uint64_t column,
                       struct tile *tile, struct dump_error *error)
{
    hsize_t at[DUMP_RANK_MAX + 1] = {0};
    hsize_t unused = 0;
    const int axes[3] = {array->epoch_axis, array->row_axis,
                         array->column_axis};
    const uint64_t place[3] = {slice_of(array, slice), row, column};
    const uint64_t ends[3] = {place[0] + 1, end_row, array->columns};
    uint64_t spans[3];
    size_t offset = 0;
    for (int i = 0; i < 3; i++) {
        hsize_t *start = axes[i] == DUMP_NO_AXIS ? &unused : &at[axes[i]];
        spans[i] = span(array, axes[i], place[i], ends[i], start);
        if (axes[i] != DUMP_NO_AXIS)
            offset +=
                (size_t)(place[i] - *start) * chunk_stride(array, axes[i]);
    }
    if (!fetch_chunk(worker, slot, array, at, error))
        return false;
    tile->data = slot->elements + offset;
    tile->row_stride = array->row_axis == DUMP_NO_AXIS
                           ? 0
                           : chunk_stride(array, array->row_axis);
    tile->first_row = row;
    tile->rows = spans[1];
    tile->first_column = column;
    tile->columns = spans[2];
    return true;
}

/* ---- rows of any array ---- */

static bool copy_from_chunks(struct dump_worker *worker,
                             struct chunk_slot *slot,
                             const struct dump_array *array, uint64_t slice,
                             uint64_t first_row, size_t rows,
                             unsigned char *out, struct dump_error *error)
{
    const size_t row_bytes = (size_t)array->columns * array->size;
    const uint64_t end_row = first_row + rows;
    struct tile tile;
    for (uint64_t row = first_row; row < end_row; row += tile.rows) {
        for (uint64_t column = 0; column < array->columns;
             column += tile.columns) {
            if (!fetch_tile(worker, slot, array, slice, row, end_row, column,
                            &tile, error))
                return false;
            unsigned char *to = out + (size_t)(row - first_row) * row_bytes +
                                (size_t)column * array->size;
            const size_t bytes = (size_t)tile.columns * array->size;
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

/* Whole rows of a slice, into `out`; texts of strings of any length into
 * `texts`, NULL if there can be none. */
static bool read_rows(struct dump_worker *worker, struct chunk_slot *slot,
                      size_t index, const struct dump_block *block,
                      struct dump_buffer *out, struct dump_buffer *texts,
                      struct dump_error *error)
{
    const struct dump_plan *plan = worker->reader->plan;
    const struct dump_array *array = &plan->arrays[index];
    const uint64_t slice = plan->parts[block->part].slice;
    if (!reserve(out, block->rows * array->columns, array->size, error))
        return false;
    if (array->storage == DUMP_CONTIGUOUS)
        return read_contiguous(worker, array, slice, block->first_row,
                               block->rows, out->bytes, error);
    if (array->storage == DUMP_CHUNKED)
        return copy_from_chunks(worker, slot, array, slice, block->first_row,
                                block->rows, out->bytes, error);
    const struct region region = {slice_of(array, slice), block->first_row,
                                  block->rows, 0, array->columns};
    return read_by_library(worker, array, &region, out->bytes, texts, error);
}

bool dump_read_labels(struct dump_worker *worker,
                      const struct dump_block *block, uint64_t classes,
                      uint32_t *labels, struct dump_bad_labels *bad,
                      struct dump_error *error)
{
    const struct dump_plan *plan = worker->reader->plan;
    const struct dump_part *part = &plan->parts[block->part];
    if (!read_rows(worker, &worker->labels, part->labels, block, &worker->rows,
                   NULL, error))
        return false;
    dump_convert_labels(worker->rows.bytes, plan->arrays[part->labels].type,
                        block->rows, classes, part->one_hot, labels, bad);
    return true;
}

/* ---- ids ---- */

void dump_ids_free(struct dump_ids *ids)
{
    free(ids->rows.bytes);
    free(ids->numbers.bytes);
    free(ids->strings.bytes);
    memset(ids, 0, sizeof *ids);
}

static bool row_numbers(const struct dump_block *block, struct dump_ids *ids,
                        struct dump_error *error)
{
    if (!reserve(&ids->numbers, block->rows, sizeof(int64_t), error))
        return false;
    int64_t *numbers = (void *)ids->numbers.bytes;
    for (size_t i = 0; i < block->rows; i++)
        numbers[i] = (int64_t)(block->first_row + i);
    ids->type = DUMP_I64;
    ids->values = numbers;
    return true;
}

/* Fixed-length strings, as they were read, -> NUL-terminated ones. */
static bool terminate_strings(const struct dump_array *array, size_t count,
                              struct dump_ids *ids, struct dump_error *error)
{
    const size_t size = array->size;
    if (!reserve(&ids->strings, count, size + 1, error) ||
        !reserve(&ids->numbers, count, sizeof(char *), error))
        return false;
    const char **pointers = (void *)ids->numbers.bytes;
    for (size_t i = 0; i < count; i++) {
        const char *from = (const char *)ids->rows.bytes + i * size;
        char *to = (char *)ids->strings.bytes + i * (size + 1);
        size_t length = strnlen(from, size);
        while (array->space_padded && length > 0 && from[length - 1] == ' ')
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
                           struct dump_ids *ids, struct dump_error *error)
{
    if (!reserve(&ids->numbers, count, sizeof(int64_t), error))
        return false;
    dump_convert_integers(ids->rows.bytes, array->type, count,
                          (void *)ids->numbers.bytes);
    ids->type = DUMP_I64;
    ids->values = ids->numbers.bytes;
    return true;
}

bool dump_read_ids(struct dump_worker *worker, const struct dump_block *block,
                   struct dump_ids *ids, struct dump_error *error)
{
    const struct dump_plan *plan = worker->reader->plan;
    const size_t index = plan->parts[block->part].ids;
    if (index == DUMP_NO_ARRAY)
        return row_numbers(block, ids, error);
    const struct dump_array *array = &plan->arrays[index];
    if (!read_rows(worker, &worker->ids, index, block, &ids->rows,
                   &ids->strings, error))
        return false;
    switch (array->type) {
    case DUMP_STRING:
        return terminate_strings(array, block->rows, ids, error);
    case DUMP_VARIABLE_STRING:
    case DUMP_I64:
    case DUMP_U64:
        ids->type = array->type;
        ids->values = ids->rows.bytes;
        return true;
    default:
        return widen_integers(array, block->rows, ids, error);
    }
}

/* ---- logits ---- */

static bool logits_from_chunks(struct dump_worker *worker,
                               const struct dump_array *array,
                               const struct dump_block *block, uint64_t slice,
                               dump_piece_fn on_piece, void *context,
                               struct dump_error *error)
{
    const uint64_t end_row = block->first_row + block->rows;
    struct tile tile;
    for (uint64_t row = block->first_row; row < end_row; row += tile.rows) {
        for (uint64_t column = 0; column < array->columns;
             column += tile.columns) {
            if (!fetch_tile(worker, &worker->logits, array, slice, row, end_row,
                            column, &tile, error))
                return false;
            const struct dump_piece piece = {
                .data = tile.data,
                .type = array->type,
                .row_stride = tile.row_stride,
                .first_row = (size_t)(row - block->first_row),
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
 * what has no chunks, at once. */
static bool logits_from_library(struct dump_worker *worker,
                                const struct dump_array *array,
                                const struct dump_block *block, uint64_t slice,
                                dump_piece_fn on_piece, void *context,
                                struct dump_error *error)
{
    const uint64_t end_row = block->first_row + block->rows;
    hsize_t unused;
    struct region r = {.slice = slice_of(array, slice)};
    for (r.first_row = block->first_row; r.first_row < end_row;
         r.first_row += r.rows) {
        r.rows = array->chunked ? span(array, array->row_axis, r.first_row,
                                       end_row, &unused)
                                : block->rows;
        for (r.first_column = 0; r.first_column < array->columns;
             r.first_column += r.columns) {
            r.columns = array->chunked
                            ? span(array, array->column_axis, r.first_column,
                                   array->columns, &unused)
                            : array->columns;
            if (!reserve(&worker->rows, r.rows * r.columns, array->size,
                         error) ||
                !read_by_library(worker, array, &r, worker->rows.bytes, NULL,
                                 error))
                return false;
            const struct dump_piece piece = {
                .data = worker->rows.bytes,
                .type = array->type,
                .row_stride = (size_t)r.columns * array->size,
                .first_row = (size_t)(r.first_row - block->first_row),
                .rows = (size_t)r.rows,
                .first_class = (size_t)r.first_column,
                .classes = (size_t)r.columns,
            };
            on_piece(context, &piece);
        }
    }
    return true;
}

bool dump_read_logits(struct dump_worker *worker,
                      const struct dump_block *block, dump_piece_fn on_piece,
                      void *context, struct dump_error *error)
{
    const struct dump_plan *plan = worker->reader->plan;
    const struct dump_part *part = &plan->parts[block->part];
    const struct dump_array *array = &plan->arrays[part->logits];
    if (array->storage == DUMP_CHUNKED)
        return logits_from_chunks(worker, array, block, part->slice, on_piece,
                                  context, error);
    if (array->storage == DUMP_LIBRARY)
        return logits_from_library(worker, array, block, part->slice, on_piece,
                                   context, error);
    if (!read_rows(worker, &worker->logits, part->logits, block, &worker->rows,
                   NULL, error))
        return false;
    const struct dump_piece piece = {
        .data = worker->rows.bytes,
        .type = array->type,
        .row_stride = (size_t)array->columns * array->size,
        .rows = block->rows,
        .classes = (size_t)array->columns,
    };
    on_piece(context, &piece);
    return true;
}
