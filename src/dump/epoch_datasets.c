/*
 * epoch_datasets.c - epoch numbers that datasets have
 *
 * A dataset `epoch` has one number, or one for each epoch; or one for each row
 * of logits to which all epochs were appended, and then each stretch of rows
 * with the same number becomes a record of its own. What has a number that was
 * never written is left out.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "dump/elements.h"
#include "dump/fetch.h"
#include "dump/labels.h"
#include "dump/numbering.h"
#include "dump/reader.h"

#define ROWS_AT_ONCE 16384u

/* Rows that come after each other, of one epoch. */
struct stretch {
    int64_t epoch;
    uint64_t first_row;
    uint64_t rows;
};

struct numbers {
    struct dump_index *index;
    struct dump_worker *worker;
    struct dump_buffer stored;
    int64_t value[ROWS_AT_ONCE];
    const unsigned char *unwritten; /* of each of these, if there are any */
    bool any_unwritten;
    struct stretch *stretches;
    size_t count;
    uint64_t left_out; /* rows whose numbers were never written */
    struct error *error;
};

static const struct dump_array *array_of(const struct numbers *n,
                                         const struct epoch_record *record)
{
    return &n->index->arrays[record->epochs];
}

static bool not_integral(const struct numbers *n,
                         const struct epoch_record *record, uint64_t row)
{
    return error_set(n->error,
                     "%s: %s: row %" PRIu64 ": not a whole number that fits 64 "
                     "bits; number epochs 0, 1, 2, ...",
                     n->index->files[record->file].path,
                     array_of(n, record)->path, row);
}

static bool take_floats(struct numbers *n, const struct epoch_record *record,
                        uint64_t first, size_t rows)
{
    size_t bad;
    return dump_convert_floats(
               n->stored.bytes, array_of(n, record)->layout->type, rows,
               n->any_unwritten ? n->unwritten : NULL, n->value, &bad) ||
           not_integral(n, record, first + bad);
}

/* Reads the numbers of up to ROWS_AT_ONCE rows. */
static bool read_numbers(struct numbers *n, size_t number, uint64_t first,
                         size_t rows)
{
    const struct epoch_record *record = &n->index->records[number];
    const struct dump_block block = {
        .record = number, .first_row = first, .rows = rows};
    const enum dump_type type = array_of(n, record)->layout->type;
    dump_forget_unwritten(n->worker);
    if (!fetch_rows(n->worker, &n->worker->labels, record->epochs, &block,
                    &n->stored, NULL, n->error))
        return false;
    n->any_unwritten =
        dump_unwritten_rows(n->worker, &block, &n->unwritten) > 0;
    if (dump_type_is_float(type))
        return take_floats(n, record, first, rows);
    dump_convert_integers(n->stored.bytes, type, rows, n->value);
    for (size_t i = 0; type == DUMP_U64 && i < rows; i++) {
        if (n->value[i] < 0) /* 2^63 or more */
            return not_integral(n, record, first + i);
    }
    return true;
}

/* ---- a number for each row ---- */

static bool add_stretch(struct numbers *n, int64_t epoch, uint64_t row)
{
    struct stretch *grown =
        list_grow(n->stretches, n->count, sizeof *n->stretches);
    if (grown == NULL)
        return error_no_memory(n->error);
    n->stretches = grown;
    n->stretches[n->count++] = (struct stretch){epoch, row, 0};
    return true;
}

static int compare_stretches(const void *a, const void *b)
{
    const struct stretch *x = a;
    const struct stretch *y = b;
    if (x->epoch != y->epoch)
        return x->epoch < y->epoch ? -1 : 1;
    return (x->first_row > y->first_row) - (x->first_row < y->first_row);
}

/* Epochs that take turns every few rows would be as many records. */
#define ROWS_OF_STRETCH 64u

static bool too_many(const struct numbers *n, uint64_t rows)
{
    size_t again = 0;
    for (size_t i = 1; i < n->count; i++)
        again += n->stretches[i].epoch == n->stretches[i - 1].epoch;
    return again > 0 && n->count > rows / ROWS_OF_STRETCH;
}

/* So few rows among so many are no epoch, unless they are at the edge of one:
 * ranks that append rows may be a little ahead of each other. */
#define ROWS_OF_OTHERS 16u
#define ROWS_OF_EDGE 4u

/* A short epoch lies between those around it. */
static bool is_odd(const struct numbers *n, size_t i)
{
    const struct stretch *s = &n->stretches[i];
    if (i == 0 || i + 1 == n->count)
        return false;
    const uint64_t before = s[-1].rows;
    const uint64_t after = s[1].rows;
    const uint64_t least = before < after ? before : after;
    if (s[-1].epoch == s[1].epoch)
        return s->rows <= (before + after) / ROWS_OF_OTHERS &&
               s->rows <= least / ROWS_OF_EDGE;
    const bool between = s[-1].epoch < s->epoch && s->epoch < s[1].epoch;
    return !between && s->rows == 1 && least >= ROWS_OF_OTHERS;
}

/* A number that is none of the epochs around its row is damage. */
static bool check(const struct numbers *n, size_t number)
{
    const struct epoch_record *record = &n->index->records[number];
    for (size_t i = 0; i < n->count; i++) {
        const struct stretch *odd = &n->stretches[i];
        if (!is_odd(n, i))
            continue;
        return error_set(n->error,
                         "%s: %s: row %" PRIu64 " has the epoch %" PRId64
                         ", amid rows of epoch %" PRId64 "%s; is the file "
                         "damaged? Correct the number",
                         n->index->files[record->file].path,
                         array_of(n, record)->path, odd->first_row, odd->epoch,
                         odd[-1].epoch,
                         odd[-1].epoch == odd[1].epoch ? "" : " and the next");
    }
    return true;
}

/* Each stretch becomes a record. */
static bool add_records(struct numbers *n, size_t number)
{
    const struct epoch_record whole = n->index->records[number];
    qsort(n->stretches, n->count, sizeof *n->stretches, compare_stretches);
    if (too_many(n, whole.rows))
        return error_set(n->error,
                         "%s: %s: the rows of its epochs take turns, in %zu "
                         "stretches of %" PRIu64 " rows; write the rows of an "
                         "epoch one after the other",
                         n->index->files[whole.file].path,
                         array_of(n, &whole)->path, n->count, whole.rows);
    uint64_t of_epoch = 0;
    for (size_t i = 0; i < n->count; i++) {
        const struct stretch *stretch = &n->stretches[i];
        struct epoch_record *record = i == 0 ? &n->index->records[number]
                                             : dump_index_add_record(n->index);
        if (record == NULL)
            return error_no_memory(n->error);
        if (i == 0 || stretch->epoch != stretch[-1].epoch)
            of_epoch = 0;
        *record = whole;
        record->epoch = stretch->epoch;
        record->slice = i; /* which states tell records apart by */
        record->first_row = stretch->first_row;
        record->rows = stretch->rows;
        record->first_number = of_epoch;
        record->has_epochs = false;
        of_epoch += stretch->rows;
        dump_index_grows(n->index, n->index->record_count);
    }
    return true;
}

/* Rows without a number belong to no epoch; the record goes if it has no
 * others. */
static bool pass_unnumbered(struct numbers *n, size_t number)
{
    struct epoch_record *record = &n->index->records[number];
    if (!dump_index_pass(n->index, n->index->files[record->file].path,
                         array_of(n, record)->path, DUMP_PASSED_UNNUMBERED))
        return error_no_memory(n->error);
    if (n->count == 0)
        record->group = NULL;
    return true;
}

/* ---- rows at the end that were never written ---- */

/* Has a row of an array the value of what was never written? */
static bool is_fill(struct numbers *n, size_t number, uint32_t array,
                    uint64_t row, bool *fill)
{
    const struct dump_layout *layout = n->index->arrays[array].layout;
    const struct dump_block block = {
        .record = number, .first_row = row, .rows = 1};
    if (layout->type >= DUMP_STRING || layout->columns != 1)
        return true;
    if (!fetch_rows(n->worker, &n->worker->labels, array, &block, &n->stored,
                    NULL, n->error))
        return false;
    *fill &= memcmp(n->stored.bytes, layout->fill, layout->size) == 0;
    return true;
}

#define ROWS_LOOKED_AT 16u

/* Within a chunk, storage does not tell that rows of a table were never
 * written: they seem to be more of an epoch with the number 0. False after an
 * error. */
static bool drop_unwritten_end(struct numbers *n, size_t number)
{
    const struct epoch_record *record = &n->index->records[number];
    const struct stretch *last = &n->stretches[n->count - 1];
    bool fill = n->count > 1 && last[-1].epoch > last->epoch;
    for (uint64_t i = 0; fill && i < ROWS_LOOKED_AT; i++) {
        const uint64_t row =
            last->first_row + (last->rows - 1) * i / (ROWS_LOOKED_AT - 1);
        if (!is_fill(n, number, record->epochs, row, &fill) ||
            !is_fill(n, number, record->labels, row, &fill) ||
            (record->ids != DUMP_NO_ARRAY &&
             !is_fill(n, number, record->ids, row, &fill)))
            return false;
    }
    if (!fill)
        return true;
    n->left_out += last->rows;
    n->count--;
    return true;
}

/* ---- ids that are none ---- */

static bool is_index(const struct dump_array *array)
{
    return array->field > 0 && strcmp(strrchr(array->path, '/'), "/index") == 0;
}

/* Is the id of a row its number, in a table with several epochs? */
static bool is_own_number(struct numbers *n, size_t number, uint64_t row,
                          bool *own)
{
    const struct epoch_record *record = &n->index->records[number];
    const enum dump_type type = n->index->arrays[record->ids].layout->type;
    const struct dump_block block = {
        .record = number, .first_row = row, .rows = 1};
    *own = false;
    if (type < DUMP_I8 || type > DUMP_U64)
        return true;
    if (!fetch_rows(n->worker, &n->worker->ids, record->ids, &block, &n->stored,
                    NULL, n->error))
        return false;
    dump_convert_integers(n->stored.bytes, type, 1, n->value);
    *own = n->value[0] >= 0 && (uint64_t)n->value[0] == row;
    return true;
}

/* The labels that pandas gives to rows may go on through all epochs: then they
 * are the same for no two rows, and tell no samples. The first and the last row
 * of each stretch are looked at. */
static bool pass_running_index(struct numbers *n, size_t number)
{
    struct epoch_record *record = &n->index->records[number];
    bool own = n->count > 1 && record->ids != DUMP_NO_ARRAY &&
               is_index(&n->index->arrays[record->ids]);
    if (!own)
        return true;
    for (size_t i = 0; own && i < n->count; i++) {
        const struct stretch *stretch = &n->stretches[i];
        bool last;
        if (!is_own_number(n, number, stretch->first_row, &own) ||
            !is_own_number(n, number, stretch->first_row + stretch->rows - 1,
                           &last))
            return false;
        own = own && last;
    }
    if (!own)
        return true;
    if (!dump_index_pass(n->index, n->index->files[record->file].path,
                         n->index->arrays[record->ids].path,
                         DUMP_PASSED_RUNNING))
        return error_no_memory(n->error);
    record->ids = DUMP_NO_ARRAY;
    return true;
}

/* ---- a number for each row, or one ---- */

static bool divide(struct numbers *n, size_t number)
{
    const struct epoch_record *record = &n->index->records[number];
    const uint64_t rows = record->rows;
    const uint64_t most =
        fetch_rows_at_once(array_of(n, record)->layout, ROWS_AT_ONCE);
    bool gap = true;
    n->count = 0;
    n->left_out = 0;
    for (uint64_t row = 0; row < rows; row += most) {
        const size_t now = (size_t)(rows - row < most ? rows - row : most);
        if (!read_numbers(n, number, row, now))
            return false;
        for (size_t i = 0; i < now; i++) {
            if (n->any_unwritten && n->unwritten[i] != 0) {
                gap = true;
                n->left_out++;
                continue;
            }
            if ((gap || n->stretches[n->count - 1].epoch != n->value[i]) &&
                !add_stretch(n, n->value[i], row + i))
                return false;
            gap = false;
            n->stretches[n->count - 1].rows++;
        }
    }
    if (n->count > 0 && (!drop_unwritten_end(n, number) || !check(n, number)))
        return false;
    if (n->left_out > 0 && !pass_unnumbered(n, number))
        return false;
    return n->count == 0 ||
           (pass_running_index(n, number) && add_records(n, number));
}

/* ---- all of them ---- */

static bool settle(struct numbers *n, size_t number)
{
    struct epoch_record *record = &n->index->records[number];
    const uint64_t stored = array_of(n, record)->layout->rows;
    record->from = DUMP_FROM_DATASET;
    record->numbered = true;
    if (stored > 1 && n->index->arrays[record->logits].layout->epochs == 1)
        return divide(n, number);
    n->value[0] = 0; /* of a file that was only begun */
    if (stored > 0 &&
        !read_numbers(n, number, stored > 1 ? record->slice : 0, 1))
        return false;
    record->epoch = n->value[0];
    record->has_epochs = false;
    n->count = 0;
    return stored == 0 || !n->any_unwritten || pass_unnumbered(n, number);
}

static bool any(const struct dump_index *index)
{
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].has_epochs)
            return true;
    }
    return false;
}

bool dump_read_epochs(struct dump_index *index, struct error *error)
{
    if (!any(index))
        return true;
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct numbers *n = calloc(1, sizeof *n);
    bool good = reader != NULL && n != NULL;
    if (good) {
        n->index = index;
        n->error = error;
        n->worker = dump_worker_create(reader);
        good = n->worker != NULL;
    }
    if (!good)
        error_no_memory(error);
    const size_t count = index->record_count;
    for (size_t i = 0; good && i < count; i++)
        good = !index->records[i].has_epochs || settle(n, i);
    if (n != NULL) {
        dump_worker_destroy(n->worker);
        free(n->stored.bytes);
        free(n->stretches);
    }
    free(n);
    if (good)
        dump_index_drop_marked(index);
    if (good && index->record_count == 0)
        good = error_set(error, "%s: its epoch numbers were never written",
                         index->files[0].path);
    good = good && dump_reader_verify(reader, error);
    dump_reader_destroy(reader);
    return good;
}
