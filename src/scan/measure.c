/*
 * measure.c - blocks of rows -> labels, ids and margins
 */
#include "scan/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool measured_init(struct measured *measured, const struct dump_reader *reader)
{
    const size_t rows = dump_reader_rows_max(reader) + 1;
    *measured = (struct measured){
        .labels = malloc(rows * sizeof *measured->labels),
        .logits = {malloc(rows * sizeof(double)), malloc(rows * sizeof(double)),
                   malloc(rows * sizeof(uint32_t))}};
    return measured->labels != NULL && measured->logits.assigned != NULL &&
           measured->logits.other != NULL &&
           measured->logits.other_class != NULL;
}

void measured_free(struct measured *measured)
{
    dump_ids_free(&measured->ids);
    free(measured->labels);
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
    const struct measured *measured;
    size_t classes;
    bool all_classes;
};

static void measure_piece(void *context, const struct dump_piece *piece)
{
    const struct target *target = context;
    const struct measured *measured = target->measured;
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
        return;
    }
    if (piece->first_class == 0)
        aum_measure_clear(out, piece->rows);
    aum_measure_piece(&logits, piece->first_class, labels, out);
    if (piece->first_class + piece->classes == target->classes && !all_classes)
        aum_measure_finish(out, piece->rows);
}

bool measure_block(struct measured *measured, struct dump_worker *worker,
                   size_t logit_classes, bool all_classes, struct error *error)
{
    struct target target = {measured, logit_classes, all_classes};
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
    return dump_read_logits(worker, &measured->block, measure_piece, &target,
                            error);
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
