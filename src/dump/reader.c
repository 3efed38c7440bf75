/*
 * reader.c - index -> blocks of rows
 */
#include "dump/reader.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/saturate.h"
#include "dump/fetch.h"
#include "dump/reader_state.h"

/* How many bytes of logits a block has, about: small enough to stay in the
 * second-level cache between reading and measuring. */
#define BLOCK_BYTES (256u * 1024u)
/* The library is slow to start a read, above all one of a table with many
 * fields, and virtual datasets may have large chunks after them. */
#define LIBRARY_BLOCK_BYTES (1024u * 1024u)
#define BLOCK_ROWS_MAX 16384u

#define READ_AHEAD_BYTES (8 << 20)

/* ---- blocks ---- */

static uint64_t rows_of_block(const struct dump_array *logits)
{
    const struct dump_layout *layout = logits->layout;
    uint64_t target = (layout->boxed && !dump_has_chunks_of_rows(layout)) ||
                              (layout->storage == DUMP_LIBRARY &&
                               (!layout->chunked || layout->table_row > 0))
                          ? LIBRARY_BLOCK_BYTES
                          : BLOCK_BYTES;
    uint64_t rows = target / layout->size / (layout->columns + 1);
    if (rows > BLOCK_ROWS_MAX)
        rows = BLOCK_ROWS_MAX;
    rows = fetch_rows_at_once(layout, rows);
    if (dump_has_chunks_of_rows(layout)) {
        /* Whole chunks, so that none is decoded twice. */
        const uint64_t chunk = layout->chunk[layout->row_axis];
        rows = rows < chunk ? chunk : rows / chunk * chunk;
    }
    if (rows > layout->rows)
        rows = layout->rows;
    return rows != 0 ? rows : 1;
}

static bool skips(const struct dump_reader *reader, size_t record)
{
    return reader->skip != NULL && reader->skip[record] != 0;
}

static bool keeps_chunks(const struct dump_index *index)
{
    for (size_t i = 0; i < index->layout_count; i++) {
        const struct dump_layout *layout = index->layouts[i];
        if (layout->storage == DUMP_CHUNKED && chunk_cache_takes(layout))
            return true;
    }
    return false;
}

struct dump_reader *dump_reader_create(const struct dump_index *index,
                                       const unsigned char *skip)
{
    struct dump_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->index = index;
    reader->skip = skip;
    for (size_t i = 0; i < index->record_count; i++) {
        if (skips(reader, i))
            continue;
        uint64_t rows = rows_of_block(&index->arrays[index->records[i].logits]);
        if (rows > reader->rows_max)
            reader->rows_max = (size_t)rows;
    }
    if (pthread_mutex_init(&reader->cursor_lock, NULL) != 0) {
        free(reader);
        return NULL;
    }
    reader->container = container_create(index);
    const bool keeps = keeps_chunks(index);
    if (keeps)
        reader->cache = chunk_cache_create();
    if (reader->container == NULL || (keeps && reader->cache == NULL)) {
        dump_reader_destroy(reader);
        return NULL;
    }
    return reader;
}

void dump_reader_destroy(struct dump_reader *reader)
{
    if (reader == NULL)
        return;
    container_destroy(reader->container);
    chunk_cache_destroy(reader->cache);
    pthread_mutex_destroy(&reader->cursor_lock);
    free(reader);
}

bool dump_reader_verify(struct dump_reader *reader, struct error *error)
{
    return container_verify(reader->container, error);
}

size_t dump_reader_rows_max(const struct dump_reader *reader)
{
    return reader->rows_max;
}

/*
 * Has the system read the start of the next record's file while this record's
 * is decoded. Within a file it reads ahead by itself.
 */
static void read_ahead(const struct dump_reader *reader, size_t record)
{
    const struct dump_index *index = reader->index;
#ifdef POSIX_FADV_WILLNEED
    if (record + 1 >= index->record_count || skips(reader, record + 1) ||
        index->records[record + 1].file == index->records[record].file)
        return;
    const int fd = open(index->files[index->records[record + 1].file].path,
                        O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    posix_fadvise(fd, 0, READ_AHEAD_BYTES, POSIX_FADV_WILLNEED);
    close(fd);
#else
    (void)index, (void)record;
#endif
}

/* Rows of an epoch may begin within a chunk: then up to its end, so that the
 * next blocks have whole ones. */
static uint64_t to_chunk_end(const struct dump_index *index,
                             const struct epoch_record *record,
                             uint64_t first_row, uint64_t rows)
{
    const struct dump_layout *layout = index->arrays[record->logits].layout;
    if (!dump_has_chunks_of_rows(layout))
        return rows;
    const uint64_t chunk = layout->chunk[layout->row_axis];
    const uint64_t within = (record->first_row + first_row) % chunk;
    return within != 0 && rows > chunk - within ? chunk - within : rows;
}

bool dump_reader_next(struct dump_reader *reader, struct dump_block *block)
{
    const struct dump_index *index = reader->index;
    pthread_mutex_lock(&reader->cursor_lock);
    struct dump_block *cursor = &reader->cursor;
    while (cursor->record < index->record_count &&
           (skips(reader, cursor->record) ||
            cursor->first_row >= index->records[cursor->record].rows)) {
        cursor->record++;
        cursor->first_row = 0;
    }
    const bool more = cursor->record < index->record_count;
    if (more) {
        const struct epoch_record *record = &index->records[cursor->record];
        uint64_t rows = rows_of_block(&index->arrays[record->logits]);
        if (rows > record->rows - cursor->first_row)
            rows = record->rows - cursor->first_row;
        rows = to_chunk_end(index, record, cursor->first_row, rows);
        if (cursor->first_row == 0)
            read_ahead(reader, cursor->record);
        cursor->rows = (size_t)rows;
        *block = *cursor;
        cursor->first_row += rows;
        cursor->number++;
    }
    pthread_mutex_unlock(&reader->cursor_lock);
    return more;
}

/* Of arrays whose chunks are not known, as those of sources are not. */
#define SPLIT_ROWS 32u

static size_t array_of(const struct epoch_record *record, enum dump_role role)
{
    return role == DUMP_LOGITS   ? record->logits
           : role == DUMP_LABELS ? record->labels
                                 : record->ids;
}

size_t dump_block_split(const struct dump_reader *reader,
                        const struct dump_block *block, enum dump_role role)
{
    const struct dump_index *index = reader->index;
    const size_t array = array_of(&index->records[block->record], role);
    if (array == DUMP_NO_ARRAY)
        return 0;
    const struct dump_layout *layout = index->arrays[array].layout;
    uint64_t unit = SPLIT_ROWS;
    if (layout->row_axis == DUMP_NO_AXIS)
        return 0;
    if (dump_has_chunks_of_rows(layout))
        unit = layout->chunk[layout->row_axis];
    else if (layout->boxed)
        unit = 1;
    /* The first row of a chunk that is nearest to the middle. */
    const uint64_t first = fetch_first_row(index, block);
    uint64_t middle = (first + block->rows / 2) / unit * unit;
    if (middle <= first)
        middle += unit;
    return middle - first < block->rows ? (size_t)(middle - first) : 0;
}

/* It takes as long to find the sources of a few rows. */
#define VIRTUAL_COST (512u * 1024u)

/* A chunk that has all columns of its rows stays decoded for the next block. */
static uint64_t array_cost(const struct dump_layout *layout,
                           const struct dump_block *block)
{
    uint64_t rows = block->rows;
    if (dump_has_chunks_of_rows(layout) &&
        layout->column_axis != DUMP_NO_AXIS &&
        layout->chunk[layout->column_axis] < layout->columns) {
        const uint64_t chunk = layout->chunk[layout->row_axis];
        const uint64_t end = block->first_row + block->rows - 1;
        rows = (end / chunk - block->first_row / chunk + 1) * chunk;
    }
    const uint64_t cost = saturated_product(
        rows, saturated_product(layout->columns, layout->size));
    return layout->elsewhere && cost < VIRTUAL_COST ? VIRTUAL_COST : cost;
}

uint64_t dump_block_cost(const struct dump_reader *reader,
                         const struct dump_block *block, bool logits)
{
    const struct dump_index *index = reader->index;
    static const enum dump_role roles[] = {DUMP_LABELS, DUMP_IDS, DUMP_LOGITS};
    uint64_t cost = 0;
    for (size_t i = 0; i < (logits ? 3 : 2); i++) {
        const size_t array = array_of(&index->records[block->record], roles[i]);
        if (array != DUMP_NO_ARRAY)
            cost = saturated_sum(
                cost, array_cost(index->arrays[array].layout, block));
    }
    return cost;
}
