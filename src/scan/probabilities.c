/*
 * probabilities.c - outputs of a softmax or sigmoid that pass for logits
 */
#include "scan/probabilities.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "dump/elements.h"
#include "scan/scan_work.h"

/* Fewer rows than these tell nothing. */
#define ROWS_LEAST 16u
#define TOLERANCE 0.01

/* ---- looking at rows ---- */

void probe_start(struct probe *probe, const struct dump_block *block)
{
    probe->rows = 0;
    if (block->first_row > 0)
        return;
    probe->rows = block->rows < PROBE_ROWS ? block->rows : PROBE_ROWS;
    memset(probe->sums, 0, sizeof probe->sums);
    memset(probe->outside, 0, sizeof probe->outside);
}

void probe_piece(struct probe *probe, const struct dump_piece *piece)
{
    const size_t size = dump_type_size(piece->type);
    for (size_t i = 0; i < piece->rows && piece->first_row + i < probe->rows;
         i++) {
        const size_t row = piece->first_row + i;
        const unsigned char *at =
            (const unsigned char *)piece->data + i * piece->row_stride;
        for (size_t c = 0; c < piece->classes && !probe->outside[row]; c++) {
            const double value = dump_element(at + c * size, piece->type);
            probe->outside[row] = !(value >= 0 && value <= 1);
            probe->sums[row] += value;
        }
    }
}

/* ---- what they tell of an epoch ---- */

static bool are_probabilities(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    const struct epoch_record *record = &index->records[scan->record];
    const bool binary = scan->result->logit_classes == 1;
    if (scan->probed < ROWS_LEAST || scan->unlike > 0 ||
        (binary && scan->probe_low == scan->probe_high))
        return true;
    error_set(scan->error,
              "%s: %s: these are probabilities, and no logits: the first %zu "
              "rows of epoch %" PRId64 " are in [0, 1]%s",
              index->files[record->file].path,
              index->arrays[record->logits].path, scan->probed, record->epoch,
              binary ? "" : ", and each sums to 1");
    return error_advise(scan->error, ADVICE_PROBABILITIES);
}

bool probe_end_epoch(struct scan *scan)
{
    const bool good = scan->options->probabilities != PROBABILITIES_REFUSED ||
                      are_probabilities(scan);
    scan->probed = scan->unlike = 0;
    return good;
}

bool probe_add(struct scan *scan, const struct measured *measured)
{
    const struct probe *probe = &measured->probe;
    const bool binary = scan->result->logit_classes == 1;
    if (probe->rows == 0 || scan->probed >= PROBE_ROWS)
        return true;
    for (size_t i = 0; i < probe->rows; i++) {
        const double sum = probe->sums[i];
        scan->unlike +=
            probe->outside[i] || (!binary && !(fabs(sum - 1) <= TOLERANCE));
        if (scan->probed == 0 || sum < scan->probe_low)
            scan->probe_low = sum;
        if (scan->probed == 0 || sum > scan->probe_high)
            scan->probe_high = sum;
        scan->probed++;
    }
    return scan->probed < PROBE_ROWS ||
           scan->options->probabilities != PROBABILITIES_REFUSED ||
           are_probabilities(scan);
}

/* ---- their logarithms ---- */

/* Of one output p, the classes have the probabilities 1 - p and p; the
 * measurement has p for class 1, and 0 for class 0. */
void take_logarithm(uint32_t label, size_t logit_classes, double *assigned,
                    double *other)
{
    const double p = label == 1 ? *assigned : *other;
    if (logit_classes > 1) {
        *assigned = log(*assigned);
        *other = log(*other);
    } else {
        *assigned = label == 1 ? log(p) : log1p(-p);
        *other = label == 1 ? log1p(-p) : log(p);
    }
}

void take_logarithms(const struct measured *measured, size_t logit_classes)
{
    const struct aum_measurements *m = &measured->logits;
    for (size_t i = 0; i < measured->block.rows; i++) {
        const uint32_t label = measured->labels[i];
        if (label == AUM_NO_CLASS)
            continue;
        take_logarithm(label, logit_classes, &m->assigned[i], &m->other[i]);
        if (logit_classes == 1)
            m->other_class[i] =
                m->other[i] > m->assigned[i] ? 1 - label : AUM_NO_CLASS;
    }
}
