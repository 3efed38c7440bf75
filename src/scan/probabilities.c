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
#define TOLERANCE (0.01 + 1e-6) /* 0.99 is no double */

/* Of a record, the blocks that begin before this row are looked at: the first
 * rows may have no labels, or a block few rows. */
#define PROBE_REACH 65536u

/* Of all but the first rows of a record, at most one of so many is looked at:
 * each costs a miss of the processor's cache. */
#define PROBE_STEP 8u

/* One row in so many may be odd where probabilities are expected. */
#define ODD_SHARE 16u

/* ---- looking at rows ---- */

void probe_start(struct measured *measured)
{
    struct probe *probe = &measured->probe;
    const struct dump_block *block = &measured->block;
    probe->rows = 0;
    if (!probe->wanted || block->first_row >= PROBE_REACH)
        return;
    const size_t even = 1 + block->rows / PROBE_OTHERS;
    const size_t far = even < PROBE_STEP ? PROBE_STEP : even;
    size_t step = block->first_row == 0 ? 1 : far;
    for (size_t i = 0; i < block->rows &&
                       probe->rows < sizeof probe->row / sizeof *probe->row;
         i += step) {
        if (measured->labels[i] == DUMP_NO_LABEL)
            continue;
        probe->row[probe->rows++] = (struct probed_row){.row = i};
        if (probe->rows == PROBE_FIRST)
            step = far;
    }
}

/* The elements of a row, or those of its classes from `first_class` on. */
static void look_at(struct probed_row *row, const void *elements,
                    const struct dump_piece *piece)
{
    const size_t size = dump_type_size(piece->type);
    const unsigned char *at = elements;
    if (piece->first_class == 0)
        row->first = dump_element(at, piece->type);
    for (size_t c = 0; c < piece->classes && !(row->outside && row->varies);
         c++) {
        const double value = dump_element(at + c * size, piece->type);
        row->outside |= !(value >= 0 && value <= 1);
        row->varies |= value < row->first || value > row->first;
        row->sum += value;
    }
}

void probe_piece(struct measured *measured, const struct dump_piece *piece)
{
    struct probe *probe = &measured->probe;
    const unsigned char *data = piece->data;
    for (size_t i = 0; i < probe->rows; i++) {
        struct probed_row *row = &probe->row[i];
        if (row->row >= piece->first_row &&
            row->row - piece->first_row < piece->rows)
            look_at(row,
                    data + (row->row - piece->first_row) * piece->row_stride,
                    piece);
    }
}

/* ---- what they tell of an epoch ---- */

/* How far an element may be from what was computed: in proportion to it, and
 * near 0, where 16-bit floats may have become 0 before. */
struct rounding {
    double relative;
    double absolute;
};

static struct rounding rounding_of(const struct dump_layout *layout)
{
    static const struct rounding of_types[] = {
        [DUMP_F8E4M3] = {0x1p-4, 0x1p-10},
        [DUMP_F8E5M2] = {0x1p-3, 0x1p-17},
        [DUMP_F16] = {0x1p-11, 0x1p-15},
        [DUMP_BF16] = {0x1p-8, 0},
    };
    const size_t known = sizeof of_types / sizeof *of_types;
    struct rounding rounding = {0, 0};
    if (layout->type < known)
        rounding = of_types[layout->type];
    if (layout->packed)
        rounding.absolute =
            fabs(layout->scale) *
            (dump_type_is_float(layout->type) ? rounding.absolute : 0.5);
    return rounding;
}

/* Sums that are farther off are none of probabilities, whatever the type. */
#define ROUNDED_MOST 0.25

/* The sum of a row may be off by more if a softmax has added in the type that
 * was dumped: errors of both signs make the root of their number. */
static double tolerance(const struct dump_layout *layout, uint64_t classes)
{
    const struct rounding rounding = rounding_of(layout);
    const double rounded = rounding.relative * sqrt((double)classes) +
                           rounding.absolute * (double)classes;
    return TOLERANCE + fmin(rounded, ROUNDED_MOST);
}

/* Rows without a margin, and those that nothing was computed for, tell
 * nothing. */
static bool tells(const struct measured *measured, const struct probed_row *row,
                  bool binary)
{
    const struct aum_measurements *m = &measured->logits;
    return measured->labels[row->row] != DUMP_NO_LABEL &&
           isfinite(m->assigned[row->row] - m->other[row->row]) &&
           (row->varies || (binary && row->sum != 0));
}

/* A row or so may be odd, as a fill value is; but of one logit, whose rows are
 * like each other by chance, none. */
static bool may_be_odd(const struct scan *scan)
{
    const bool binary = scan->result->logit_classes == 1;
    return scan->unlike <= (binary ? 0 : scan->probed / ODD_SHARE);
}

static bool are_logits(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    const struct epoch_record *record = &index->records[scan->record];
    const bool binary = scan->result->logit_classes == 1;
    if (scan->probed < ROWS_LEAST || !may_be_odd(scan) ||
        (binary && scan->probe_low == scan->probe_high))
        return true;
    error_set(scan->error,
              "%s: %s: these are probabilities, and no logits: the first %zu "
              "rows of epoch %" PRId64 " are in [0, 1]%s%s",
              index->files[record->file].path,
              index->arrays[record->logits].path, scan->probed, record->epoch,
              binary ? "" : ", and each sums to 1",
              scan->unlike > 0 ? ", but for few" : "");
    return error_advise(scan->error, ADVICE_PROBABILITIES);
}

static bool fail_odd(struct scan *scan, size_t number, uint64_t row)
{
    const struct dump_index *index = scan->index;
    const struct epoch_record *record = &index->records[number];
    error_set(scan->error,
              "%s: %s: row %" PRIu64 " of epoch %" PRId64
              " is not in [0, 1], so that these are no probabilities",
              index->files[record->file].path,
              index->arrays[record->logits].path, row, record->epoch);
    return error_advise(scan->error, ADVICE_NO_PROBABILITIES);
}

/* Outputs of a sigmoid for each class, similarities and the like. */
static void check_sums(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    const struct epoch_record *record = &index->records[scan->record];
    if (scan->told_of_sums || scan->probed < ROWS_LEAST ||
        scan->unsummed <= scan->probed / 2)
        return;
    scan->told_of_sums = true;
    log_warning(scan->messages,
                "%s: %s: most rows of epoch %" PRId64
                " do not sum to 1, as those of a softmax do; are these the "
                "probabilities (--logits names others)?",
                index->files[record->file].path,
                index->arrays[record->logits].path, record->epoch);
}

/* Judges what is known of an epoch. */
static bool are_as_expected(struct scan *scan)
{
    switch (scan->options->probabilities) {
    case PROBABILITIES_REFUSED:
        return are_logits(scan);
    case PROBABILITIES_TAKEN:
        if (!may_be_odd(scan))
            return fail_odd(scan, scan->unlike_record, scan->unlike_row);
        check_sums(scan);
        return true;
    default:
        return true;
    }
}

bool probe_end_epoch(struct scan *scan)
{
    const bool good = are_as_expected(scan);
    scan->probed = scan->unlike = scan->unsummed = 0;
    return good;
}

bool probe_add(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct measured *measured = &lane->measured;
    const struct epoch_record *record = lane_record(lane);
    const bool binary = scan->result->logit_classes == 1;
    const bool refused = scan->options->probabilities == PROBABILITIES_REFUSED;
    const double most =
        tolerance(scan->index->arrays[record->logits].layout, record->classes);
    const size_t before = scan->probed;
    for (size_t i = 0; i < measured->probe.rows && scan->probed < PROBE_FIRST;
         i++) {
        const struct probed_row *row = &measured->probe.row[i];
        if (!tells(measured, row, binary))
            continue;
        const bool sums = binary || fabs(row->sum - 1) <= most;
        scan->unsummed += !sums;
        if (row->outside || (refused && !sums)) {
            if (scan->unlike++ == 0) {
                scan->unlike_record = scan->record;
                scan->unlike_row = measured->block.first_row + row->row;
            }
        }
        if (scan->probed == 0 || row->sum < scan->probe_low)
            scan->probe_low = row->sum;
        if (scan->probed == 0 || row->sum > scan->probe_high)
            scan->probe_high = row->sum;
        scan->probed++;
    }
    return scan->probed == before || scan->probed < PROBE_FIRST ||
           are_as_expected(scan);
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

/* Where the first rows were as expected, it is this one that is odd. */
static bool fail_above(struct lane *lane, size_t row, double value)
{
    struct scan *scan = lane->scan;
    const struct dump_index *index = scan->index;
    if (scan->probed < ROWS_LEAST || !may_be_odd(scan))
        return fail_odd(scan, lane->measured.block.record,
                        lane->measured.block.first_row + row);
    const struct epoch_record *record = lane_record(lane);
    return error_set(
        lane->scan->error,
        "%s: %s: row %" PRIu64 " of epoch %" PRId64
        " is not in [0, 1], but %.6g, among rows that are; was it "
        "filled in? Dump it again, or choose other epochs with "
        "--epochs",
        index->files[record->file].path, index->arrays[record->logits].path,
        lane->measured.block.first_row + row, record->epoch, value);
}

bool take_logarithms(struct lane *lane)
{
    const struct measured *measured = &lane->measured;
    const size_t logit_classes = lane->scan->result->logit_classes;
    const struct aum_measurements *m = &measured->logits;
    for (size_t i = 0; i < measured->block.rows; i++) {
        const uint32_t label = measured->labels[i];
        if (label == AUM_NO_CLASS)
            continue;
        const double most = fmax(m->assigned[i], m->other[i]);
        if (most > 1 + TOLERANCE && isfinite(most))
            return fail_above(lane, i, most);
        take_logarithm(label, logit_classes, &m->assigned[i], &m->other[i]);
        if (logit_classes == 1)
            m->other_class[i] =
                m->other[i] > m->assigned[i] ? 1 - label : AUM_NO_CLASS;
    }
    return true;
}
