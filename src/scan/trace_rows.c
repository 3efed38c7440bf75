/*
 * trace_rows.c - the rows of some samples in one record
 */
#include "scan/label_conventions.h"
#include "scan/probabilities.h"
#include "scan/trace_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dump/unpack.h"
#include "scan/measure.h"
#include "scan/wide_ids.h"

#define GROUP_BYTES (1024u * 1024u)

/* ---- one row ---- */

size_t trace_element_size(const struct reading *reading, size_t record)
{
    return dump_logit_size(
        reading->index->arrays[reading->index->records[record].logits].layout);
}

static size_t row_bytes(const struct record_hits *hits)
{
    return hits->reading->classes *
           trace_element_size(hits->reading, hits->record);
}

/* How many rows of so many bytes a group has. */
size_t trace_group_rows(size_t row_bytes)
{
    const size_t rows = GROUP_BYTES / (row_bytes + 1);
    return rows < 1 ? 1 : rows > TRACE_GROUP_ROWS ? TRACE_GROUP_ROWS : rows;
}

/* Takes the rows that are wanted from a piece. */
static void copy_piece(void *context, const struct dump_piece *piece)
{
    struct record_hits *hits = context;
    const size_t size = trace_element_size(hits->reading, hits->record);
    for (size_t i = 0; i < hits->group_count; i++) {
        const uint64_t row = hits->group[i].row - hits->group[0].row;
        if (row < piece->first_row || row - piece->first_row >= piece->rows)
            continue;
        memcpy(hits->rows + i * row_bytes(hits) + piece->first_class * size,
               (const unsigned char *)piece->data +
                   (row - piece->first_row) * piece->row_stride,
               piece->classes * size);
    }
}

/* The logits of all classes, each as that of the assigned one. */
static void take_logits(const struct aum_logits *row, size_t classes,
                        double *logits)
{
    for (uint32_t class = 0; class < classes; class ++) {
        double other;
        uint32_t other_class;
        aum_measure(
            row, &class,
            (struct aum_measurements){&logits[class], &other, &other_class});
    }
}

/* Probabilities -> logarithms; of a model of one output, those of both classes.
 */
static void log_classes(double *logits, size_t classes, bool binary)
{
    if (binary && classes == 2) {
        logits[0] = log1p(-logits[1]);
        logits[1] = log(logits[1]);
        return;
    }
    for (size_t i = 0; i < classes; i++)
        logits[i] = log(logits[i]);
}

static bool reserve_hit(struct record_hits *hits)
{
    const size_t classes = hits->reading->traces->classes;
    if (hits->count < hits->capacity)
        return true;
    const size_t capacity = hits->capacity * 2 + 8;
    struct hit *grown = realloc(hits->hits, capacity * sizeof *grown);
    if (grown != NULL)
        hits->hits = grown;
    double *logits =
        realloc(hits->logits, (capacity * classes + 1) * sizeof *logits);
    if (logits != NULL)
        hits->logits = logits;
    if (grown != NULL && logits != NULL)
        hits->capacity = capacity;
    return grown != NULL && logits != NULL;
}

static bool bad_label(struct record_hits *hits, struct dump_worker *worker,
                      uint64_t row)
{
    char remedy[400];
    const struct dump_index *index = hits->reading->index;
    const struct epoch_record *record = &index->records[hits->record];
    label_conventions_tell(index, worker,
                           aum_label_classes(hits->reading->classes), remedy);
    return error_set(&hits->error,
                     "%s: %s: row %" PRIu64 " of epoch %" PRId64
                     " has a label that is no class%s",
                     index->files[record->file].path,
                     index->arrays[record->labels].path, row, record->epoch,
                     remedy);
}

/* The other class, whether it won or not. */
static void measure_row(const struct aum_logits *row, uint32_t label,
                        struct trace_point *point)
{
    const struct aum_measurements out = {&point->assigned, &point->other,
                                         &point->other_class};
    if (row->classes == 1) {
        aum_measure(row, &label, out);
        point->other_class = 1 - label;
    } else {
        aum_measure_clear(out, 1);
        aum_measure_piece(row, 0, &label, out);
    }
    point->assigned += 0.0; /* which of two zeros it is depends on the kernel */
    point->other += 0.0;
}

/* Was the record never written, though storage does not tell? The first epoch
 * may start with such logits, see unwritten.c. */
static bool is_blank(struct record_hits *hits, struct dump_worker *worker,
                     const struct aum_logits *row,
                     const struct dump_layout *layout)
{
    const struct reading *reading = hits->reading;
    const struct dump_index *index = reading->index;
    if (hits->looked_at ||
        !measured_is_later(index, &index->records[hits->record]) ||
        !measured_row_is_filled(row->data, row->classes, layout))
        return false;
    hits->looked_at = true; /* once: it is blank as a whole, or is not */
    return measured_record_is_blank(reading->reader, worker, hits->record);
}

/* Measures the index-th row of the group. One without a finite margin does not
 * count. */
static bool take_row(struct record_hits *hits, struct dump_worker *worker,
                     size_t index)
{
    const struct reading *reading = hits->reading;
    const struct epoch_record *record = &reading->index->records[hits->record];
    const struct dump_array *array = &reading->index->arrays[record->logits];
    const struct numbered_row *row = &hits->group[index];
    const struct dump_block block = {
        .record = hits->record, .first_row = row->row, .rows = 1};
    const struct aum_logits logits = {
        .data = hits->rows + index * row_bytes(hits),
        .type = measured_type(dump_logit_type(array->layout)),
        .rows = 1,
        .classes = reading->classes};
    struct dump_bad_labels bad;
    uint32_t label;
    if (row->unwritten)
        return true;
    dump_forget_unwritten(worker);
    if (!dump_read_labels(worker, &block, aum_label_classes(reading->classes),
                          &label, &bad, &hits->error))
        return false;
    if (bad.count > 0)
        return bad_label(hits, worker, row->row);
    if (label == DUMP_NO_LABEL)
        return true; /* never written, or ignored */
    hits->blank = hits->blank || is_blank(hits, worker, &logits, array->layout);
    if (hits->blank)
        return true;
    if (!reserve_hit(hits))
        return error_no_memory(&hits->error);
    struct hit *hit = &hits->hits[hits->count];
    *hit = (struct hit){row->which, label, {.epoch = record->epoch}};
    measure_row(&logits, label, &hit->point);
    const bool logarithms =
        reading->options->probabilities == PROBABILITIES_TAKEN;
    if (logarithms)
        take_logarithm(label, reading->classes, &hit->point.assigned,
                       &hit->point.other);
    if (!isfinite(hit->point.assigned - hit->point.other))
        return true;
    take_logits(&logits, reading->traces->classes,
                hits->logits + hits->count * reading->traces->classes);
    if (logarithms)
        log_classes(hits->logits + hits->count * reading->traces->classes,
                    reading->traces->classes, reading->classes == 1);
    hits->count++;
    return true;
}

/* Which rows of the group were never written. */
static void note_unwritten(struct record_hits *hits, struct dump_worker *worker,
                           const struct dump_block *block)
{
    const unsigned char *rows;
    const bool any = dump_unwritten_rows(worker, block, &rows) > 0;
    for (size_t i = 0; i < hits->group_count; i++)
        hits->group[i].unwritten =
            any && rows[hits->group[i].row - hits->group[0].row] != 0;
}

/* Reads the rows of the group. What cannot be read is not the end with
 * --keep-going. Returns whether to go on. */
static bool take_group(struct record_hits *hits, struct dump_worker *worker)
{
    const bool keep_going = hits->reading->options->keep_going;
    const size_t count = hits->group_count;
    if (count == 0)
        return true;
    const struct dump_block block = {
        .record = hits->record,
        .first_row = hits->group[0].row,
        .rows = (size_t)(hits->group[count - 1].row - hits->group[0].row) + 1};
    dump_forget_unwritten(worker);
    const bool read =
        dump_read_logits(worker, &block, copy_piece, hits, &hits->error);
    note_unwritten(hits, worker, &block);
    bool all = read;
    for (size_t i = 0; read && i < count && (all || keep_going); i++)
        all &= take_row(hits, worker, i);
    hits->group_count = 0;
    hits->good &= all;
    return all || keep_going;
}

/* A row that is wanted; they come from low to high. Those that are in the same
 * chunks are read together, so that a chunk is decoded once. */
static bool want_row(struct record_hits *hits, struct dump_worker *worker,
                     uint64_t row, size_t which)
{
    const struct dump_index *index = hits->reading->index;
    const struct dump_layout *layout =
        index->arrays[index->records[hits->record].logits].layout;
    const uint64_t chunk_rows =
        dump_has_chunks_of_rows(layout) ? layout->chunk[layout->row_axis] : 1;
    if (hits->group_count > 0 &&
        (hits->group_count == trace_group_rows(row_bytes(hits)) ||
         row / chunk_rows != hits->group[0].row / chunk_rows) &&
        !take_group(hits, worker))
        return false;
    hits->group[hits->group_count++] =
        (struct numbered_row){.row = row, .which = which};
    return true;
}

/* ---- a record ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct numbered_row *x = a;
    const struct numbered_row *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* Without ids, a sample's row is known. */
static bool take_rows_by_number(struct record_hits *hits,
                                struct dump_worker *worker)
{
    const struct reading *reading = hits->reading;
    const struct epoch_record *record = &reading->index->records[hits->record];
    const struct id_values *values =
        &reading->wanted.kinds[AUM_IDS_INT64].values;
    const int64_t *numbers = values->ids.values;
    struct numbered_row *rows = malloc((values->count + 1) * sizeof *rows);
    size_t count = 0;
    if (rows == NULL)
        return error_no_memory(&hits->error);
    for (size_t i = 0; i < values->count; i++) {
        if (numbers[i] < 0 || (uint64_t)numbers[i] < record->first_number)
            continue;
        const uint64_t row = (uint64_t)numbers[i] - record->first_number;
        if (row < record->rows &&
            id_set_find(&reading->wanted, values->ids, i) == values->which[i])
            rows[count++] =
                (struct numbered_row){.row = row, .which = values->which[i]};
    }
    qsort(rows, count, sizeof *rows, compare_rows);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = want_row(hits, worker, rows[i].row, rows[i].which);
    free(rows);
    return good;
}

static bool take_rows_by_id(struct record_hits *hits,
                            struct dump_worker *worker)
{
    const struct reading *reading = hits->reading;
    const uint64_t rows = reading->index->records[hits->record].rows;
    struct dump_block block = {.record = hits->record};
    for (; block.first_row < rows; block.first_row += block.rows) {
        const uint64_t left = rows - block.first_row;
        block.rows = left < TRACE_BLOCK_ROWS ? (size_t)left : TRACE_BLOCK_ROWS;
        const unsigned char *unwritten;
        dump_forget_unwritten(worker);
        if (!dump_read_ids(worker, &block, &hits->ids, &hits->error))
            return false;
        const struct aum_ids ids = measured_ids(&hits->ids);
        const bool any = dump_unwritten_rows(worker, &block, &unwritten) > 0;
        if (any) /* a copy: reading logits has other marks */
            memcpy(hits->no_id, unwritten, block.rows);
        hits->wide_ids |=
            ids_any_wide(ids, block.rows, any ? hits->no_id : NULL);
        for (size_t i = 0; i < block.rows; i++) {
            const size_t which = id_set_find(&reading->wanted, ids, i);
            if (which != SIZE_MAX && !(any && hits->no_id[i]) &&
                !want_row(hits, worker, block.first_row + i, which))
                return false;
        }
    }
    return true;
}

void trace_rows_read(struct record_hits *hits, struct dump_worker *worker)
{
    const struct epoch_record *record =
        &hits->reading->index->records[hits->record];
    hits->good = true;
    hits->looked_at = hits->blank = hits->wide_ids = false;
    hits->count = 0;
    hits->group_count = 0;
    const bool by_id = epoch_record_has_ids(record) ||
                       epoch_record_has_positions(hits->reading->index, record);
    const bool read = by_id ? take_rows_by_id(hits, worker)
                            : take_rows_by_number(hits, worker);
    if (!read || !take_group(hits, worker))
        hits->good = false;
}
