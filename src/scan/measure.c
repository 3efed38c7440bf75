/*
 * measure.c - blocks of rows -> labels, ids and margins
 */
#include "scan/probabilities.h"
#include "dump/unpack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool measured_init(struct measured *measured, const struct dump_reader *reader)
{
    const size_t rows = dump_reader_rows_max(reader) + 1;
    *measured = (struct measured){
        .labels = malloc(rows * sizeof *measured->labels),
        .equal = calloc(rows, 1),
        .filled = calloc(rows, 1),
        .first = malloc(rows * ROW_FIRST),
        .logits = {malloc(rows * sizeof(double)), malloc(rows * sizeof(double)),
                   malloc(rows * sizeof(uint32_t))}};
    return measured->labels != NULL && measured->equal != NULL &&
           measured->filled != NULL && measured->first != NULL &&
           measured->logits.assigned != NULL &&
           measured->logits.other != NULL &&
           measured->logits.other_class != NULL;
}

void measured_free(struct measured *measured)
{
    dump_ids_free(&measured->ids);
    free(measured->labels);
    free(measured->equal);
    free(measured->filled);
    free(measured->first);
    free(measured->logits.assigned);
    free(measured->logits.other);
    free(measured->logits.other_class);
}

enum aum_type measured_type(enum dump_type type)
{
    static const enum aum_type types[] = {
        [DUMP_F16] = AUM_F16, [DUMP_BF16] = AUM_BF16, [DUMP_F32] = AUM_F32,
        [DUMP_F64] = AUM_F64, [DUMP_I8] = AUM_I8,     [DUMP_I16] = AUM_I16,
        [DUMP_I32] = AUM_I32, [DUMP_I64] = AUM_I64,   [DUMP_U8] = AUM_U8,
        [DUMP_U16] = AUM_U16, [DUMP_U32] = AUM_U32,   [DUMP_U64] = AUM_U64,
    };
    return types[type];
}

struct target {
    struct measured *measured;
    const struct dump_layout *layout; /* of the logits */
    size_t classes;
    bool all_classes;
    bool any_equal; /* it is known which rows are */
};

/* ---- rows that say nothing ---- */

static bool row_is_equal(const unsigned char *row, size_t classes, size_t size)
{
    return classes == 1 || memcmp(row, row + size, (classes - 1) * size) == 0;
}

bool measured_row_is_filled(const void *row, size_t classes,
                            const struct dump_layout *layout)
{
    const size_t size = dump_logit_size(layout);
    return memcmp(row, layout->fill, size) == 0 &&
           row_is_equal(row, classes, size);
}

/* May all logits of a row be equal? Then its margin is 0, or NaN; but of one
 * logit, any number. */
static bool may_be_equal(const struct aum_measurements *out, size_t row)
{
    return !(out->assigned[row] < out->other[row]) &&
           !(out->assigned[row] > out->other[row]);
}

static bool any_may_be_equal(const struct aum_measurements *out, size_t rows)
{
    unsigned found = 0;
    for (size_t i = 0; i < rows; i++)
        found |= (out->assigned[i] == out->other[i]) |
                 (out->assigned[i] != out->assigned[i]);
    return found != 0;
}

/* Rows before, in other pieces, have none. */
static void start_equal(struct target *target)
{
    struct measured *measured = target->measured;
    if (target->any_equal)
        return;
    memset(measured->equal, 0, measured->block.rows);
    memset(measured->filled, 0, measured->block.rows);
    target->any_equal = true;
}

/* Notes which rows of a piece have equal logits alone, and have had them in the
 * pieces before it. */
static void find_equal(struct target *target, const struct dump_piece *piece)
{
    const size_t size = dump_logit_size(target->layout);
    unsigned char *equal = target->measured->equal + piece->first_row;
    unsigned char *filled = target->measured->filled + piece->first_row;
    unsigned char *first =
        target->measured->first + piece->first_row * ROW_FIRST;
    start_equal(target);
    for (size_t i = 0; i < piece->rows; i++, first += ROW_FIRST) {
        const unsigned char *row =
            (const unsigned char *)piece->data + i * piece->row_stride;
        if (piece->first_class > 0 && !equal[i])
            continue;
        equal[i] = row_is_equal(row, piece->classes, size) &&
                   (piece->first_class == 0 || memcmp(first, row, size) == 0);
        filled[i] = equal[i] && memcmp(row, target->layout->fill, size) == 0;
        if (equal[i])
            memcpy(first, row, size);
    }
}

/* The same of whole rows, measured as `out`. */
static void find_equal_whole(struct target *target,
                             const struct dump_piece *piece,
                             const struct aum_measurements *out)
{
    struct measured *measured = target->measured;
    const size_t size = dump_logit_size(target->layout);
    start_equal(target);
    for (size_t i = 0; i < piece->rows; i++) {
        const unsigned char *row =
            (const unsigned char *)piece->data + i * piece->row_stride;
        const size_t at = piece->first_row + i;
        measured->equal[at] = (piece->classes == 1 || may_be_equal(out, i)) &&
                              row_is_equal(row, piece->classes, size);
        measured->filled[at] =
            measured->equal[at] && memcmp(row, target->layout->fill, size) == 0;
    }
}

/* One logit is always equal to itself, two are now and then if few bits tell
 * them apart, and NaN is left out anyway. */
static bool counts_as_equal(const struct measured *measured,
                            const struct target *target, size_t row)
{
    const bool may_be_chance =
        target->classes == 1 ||
        (target->classes == 2 && dump_logit_size(target->layout) < 4);
    return !may_be_chance && measured->equal[row] &&
           measured->logits.assigned[row] - measured->logits.other[row] == 0;
}

/* Counts what is special about the rows of the block. */
static void count_rows(struct measured *measured, const struct target *target)
{
    measured->fills = measured->equals = measured->labeled = 0;
    for (size_t i = 0; i < measured->block.rows; i++) {
        const bool labeled = measured->labels[i] != DUMP_NO_LABEL;
        measured->labeled += labeled;
        if (!labeled || !target->any_equal)
            continue;
        if (measured->filled[i]) {
            if (measured->fills++ == 0)
                measured->first_fill = i;
        } else if (counts_as_equal(measured, target, i)) {
            if (measured->equals++ == 0)
                measured->first_equal = i;
        }
    }
}

/* ---- margins ---- */

static void measure_piece(void *context, const struct dump_piece *piece)
{
    struct target *target = context;
    const struct measured *measured = target->measured;
    probe_piece(target->measured, piece);
    const struct aum_logits logits = {
        .data = piece->data,
        .type = measured_type(piece->type),
        .rows = piece->rows,
        .classes = piece->classes,
        .row_stride = piece->row_stride,
    };
    const uint32_t *labels = measured->labels + piece->first_row;
    const struct aum_measurements out = {
        measured->logits.assigned + piece->first_row,
        measured->logits.other + piece->first_row,
        measured->logits.other_class + piece->first_row,
    };
    /* Of one logit there is but one other class. */
    const bool all_classes = target->all_classes && target->classes > 1;
    if (piece->classes == target->classes && !all_classes) {
        aum_measure(&logits, labels, out);
        if (target->any_equal || piece->classes == 1 ||
            any_may_be_equal(&out, piece->rows))
            find_equal_whole(target, piece, &out);
        return;
    }
    find_equal(target, piece);
    if (piece->first_class == 0)
        aum_measure_clear(out, piece->rows);
    aum_measure_piece(&logits, piece->first_class, labels, out);
    if (piece->first_class + piece->classes == target->classes && !all_classes)
        aum_measure_finish(out, piece->rows);
}

/* Rows that turned out never to have been written, in whole or in part, get no
 * label. */
static bool leave_out_unwritten(struct measured *measured,
                                struct dump_worker *worker,
                                size_t logit_classes, struct error *error)
{
    const unsigned char *rows;
    measured->unwritten = dump_unwritten_rows(worker, &measured->block, &rows);
    if (measured->unwritten == 0)
        return true;
    measured->first_unwritten = 0;
    while (rows[measured->first_unwritten] == 0)
        measured->first_unwritten++;
    measured->unread = DUMP_LABELS;
    return dump_read_labels(worker, &measured->block,
                            aum_label_classes(logit_classes), measured->labels,
                            &measured->bad, error);
}

bool measure_block(struct measured *measured, struct dump_worker *worker,
                   size_t logit_classes, bool all_classes, struct error *error)
{
    const struct dump_index *index = dump_worker_index(worker);
    struct target target = {
        measured,
        index->arrays[index->records[measured->block.record].logits].layout,
        logit_classes, all_classes, false};
    dump_forget_unwritten(worker);
    measured->fills = measured->equals = 0;
    /* The logits last: they take longest, for nothing if the others fail. */
    measured->unread = DUMP_LABELS;
    if (!dump_read_labels(worker, &measured->block,
                          aum_label_classes(logit_classes), measured->labels,
                          &measured->bad, error))
        return false;
    measured->unread = DUMP_IDS;
    if (!dump_read_ids(worker, &measured->block, &measured->ids, error))
        return false;
    measured->unread = DUMP_LOGITS;
    probe_start(measured);
    if (!dump_read_logits(worker, &measured->block, measure_piece, &target,
                          error) ||
        !leave_out_unwritten(measured, worker, logit_classes, error))
        return false;
    if (target.any_equal || measured->unwritten > 0)
        count_rows(measured, &target);
    return true;
}

struct aum_ids measured_ids(const struct dump_ids *ids)
{
    const enum aum_id_kind kind = ids->type == DUMP_VARIABLE_STRING
                                      ? AUM_IDS_STRING
                                  : ids->type == DUMP_U64 ? AUM_IDS_UINT64
                                                          : AUM_IDS_INT64;
    return (struct aum_ids){kind, ids->values};
}

void measured_format_id(struct aum_ids ids, size_t row, char *text, size_t size)
{
    if (ids.kind == AUM_IDS_STRING)
        snprintf(text, size, "sample \"%s\"",
                 ((const char *const *)ids.values)[row]);
    else if (ids.kind == AUM_IDS_UINT64)
        snprintf(text, size, "sample %" PRIu64,
                 ((const uint64_t *)ids.values)[row]);
    else
        snprintf(text, size, "sample %" PRId64,
                 ((const int64_t *)ids.values)[row]);
}

bool measured_record_is_blank(struct dump_reader *reader,
                              struct dump_worker *worker, size_t record)
{
    const struct epoch_record *of = &dump_worker_index(worker)->records[record];
    const size_t most = dump_reader_rows_max(reader);
    struct measured measured = {.labels = NULL};
    struct error error;
    bool blank = measured_init(&measured, reader);
    for (uint64_t row = 0; blank && row < of->rows; row += most) {
        const uint64_t left = of->rows - row;
        measured.block =
            (struct dump_block){.record = record,
                                .first_row = row,
                                .rows = left < most ? (size_t)left : most};
        blank = measure_block(&measured, worker, (size_t)of->classes, false,
                              &error) &&
                measured_is_blank(&measured);
    }
    measured_free(&measured);
    return blank;
}
