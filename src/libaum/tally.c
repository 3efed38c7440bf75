/*
 * tally.c - what has been measured of each sample
 */
#include "libaum/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libaum/votes.h"

struct aum_tally *aum_tally_create(const struct aum_tally_options *options)
{
    struct aum_tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL)
        return NULL;
    samples_init(&tally->samples,
                 options != NULL ? options->expected_samples : 0);
    if (options != NULL) {
        tally->allow_relabel = options->allow_relabel;
        tally->samples.threshold_class = options->threshold_class;
        tally->samples.present[COLUMN_RUNNERS_UP] = options->threshold_later;
        tally->samples.present[COLUMN_FIFTH_VOTES] = options->threshold_later;
    }
    return tally;
}

void aum_tally_destroy(struct aum_tally *tally)
{
    if (tally == NULL)
        return;
    samples_free(&tally->samples);
    free(tally);
}

void aum_tally_expect(struct aum_tally *tally, size_t samples)
{
    sample_ids_expect(&tally->samples.ids, samples);
}

size_t aum_tally_samples(const struct aum_tally *tally)
{
    return tally->samples.count;
}

enum aum_id_kind aum_tally_id_kind(const struct aum_tally *tally)
{
    return sample_ids_kind(&tally->samples.ids);
}

enum aum_status aum_tally_set_truth(struct aum_tally *tally, struct aum_ids ids,
                                    size_t n, const uint32_t *true_labels,
                                    size_t *found)
{
    return samples_set_truth(&tally->samples, ids, n, true_labels, found);
}

void aum_tally_freeze(struct aum_tally *tally)
{
    samples_freeze(&tally->samples);
}

enum aum_status aum_tally_snapshot(struct aum_tally *tally)
{
    return tally->samples.frozen ? AUM_BAD_ARGUMENT
                                 : samples_take_snapshot(&tally->samples);
}

enum aum_status aum_tally_rollback(struct aum_tally *tally)
{
    return samples_roll_back(&tally->samples);
}

/* ---- adding ---- */

/* Notes which record the newest row of a sample is from; `before` is what the
 * sample said so far. */
static inline void note_record(struct sample *sample, uint32_t before,
                               uint32_t first_record, uint32_t record,
                               struct aum_batch_report *report)
{
    if (before > first_record) {
        report->shared += before <= record;
        report->repeated += before == record + 1;
    }
    sample->record = before > record ? before : record + 1;
}

/* Notes the label of row i, which may be new, the same or changed. Returns
 * false if the row is to be left out. */
static bool take_label(struct aum_tally *tally, size_t slot,
                       const struct aum_batch *batch, size_t i,
                       struct aum_batch_report *report)
{
    struct sample *sample = samples_at(&tally->samples, slot);
    if (sample->record == 0) {
        samples_start(&tally->samples, slot, batch->labels[i]);
    } else if (sample->label != batch->labels[i]) {
        if (!tally->allow_relabel) {
            if (report->relabeled++ == 0) {
                report->first_relabeled = i;
                report->old_label = sample->label;
            }
            return false;
        }
        if (batch->record + 1 >= sample->record)
            sample->label = batch->labels[i];
    }
    note_record(sample, sample->record, batch->first_record, batch->record,
                report);
    return true;
}

/* *added is the slot that got a margin, SIZE_MAX if none did. */
static enum aum_status add_row(struct aum_tally *tally,
                               const struct aum_batch *batch, size_t i,
                               struct aum_batch_report *report, size_t *added)
{
    size_t slot;
    *added = SIZE_MAX;
    enum aum_status status =
        samples_find_or_add(&tally->samples, batch->ids, i, &slot);
    if (status != AUM_OK)
        return status;
    if (!take_label(tally, slot, batch, i, report))
        return batch->skip_relabeled ? AUM_OK : AUM_RELABELED;
    const double margin =
        batch->measured.assigned[i] - batch->measured.other[i];
    if (!isfinite(margin)) {
        if (report->not_finite++ == 0)
            report->first_not_finite = i;
        return AUM_OK;
    }
    status = samples_add_margin(&tally->samples,
                                samples_at(&tally->samples, slot), margin);
    if (status != AUM_OK)
        return status;
    suggest(&tally->samples, slot, margin, batch->measured.other_class[i]);
    votes_add(&tally->samples, slot, batch->measured.other_class[i], 1);
    *added = slot;
    return AUM_OK;
}

/*
 * Rows that are looked up together, before those ahead of them are added. Their
 * samples lie anywhere in memory; so each is asked for as many rows before it
 * is needed. One is asked for at a time: if all were at once, the processor
 * would wait until it can keep track of them, which took twice as long (38 ns a
 * row instead of 21, of 2,000,000 samples).
 */
#define ROWS_AHEAD SAMPLE_IDS_MANY

struct ahead {
    size_t first;
    size_t rows;
    uint32_t slots[ROWS_AHEAD]; /* SAMPLE_NONE if unknown */
    const uint32_t *other_classes;
};

static void look_ahead(const struct aum_tally *tally,
                       const struct aum_batch *batch, size_t first,
                       struct ahead *ahead)
{
    const size_t left = batch->rows - first;
    ahead->first = first;
    ahead->rows = left < ROWS_AHEAD ? left : ROWS_AHEAD;
    ahead->other_classes = batch->measured.other_class + first;
    sample_ids_find_many(&tally->samples.ids, batch->ids, first, ahead->rows,
                         ahead->slots);
    const size_t slots = samples_slots(&tally->samples);
    for (size_t i = 0; i < ahead->rows; i++) {
        if (ahead->slots[i] >= slots) /* also without memory for it */
            ahead->slots[i] = SAMPLE_NONE;
    }
}

/* Asks for the sample of a row, and for its votes if another class won. Always
 * inline: gcc takes a function that only prefetches for one that does nothing,
 * and drops its calls. */
__attribute__((always_inline)) static inline void
ask_for(const struct aum_tally *tally, const struct ahead *ahead, size_t i)
{
    if (i >= ahead->rows || ahead->slots[i] == SAMPLE_NONE)
        return;
    const uint32_t slot = ahead->slots[i];
    const struct sample *sample = samples_at(&tally->samples, slot);
    const bool won = ahead->other_classes[i] != AUM_NO_CLASS;
    __builtin_prefetch(sample, 1);
    __builtin_prefetch(&sample->record, 1); /* perhaps in the next line */
    __builtin_prefetch(samples_votes(&tally->samples, won ? slot : 0), 1);
}

/*
 * Does the same as add_row() for what nearly all rows are: those of a known
 * sample, with the label that it had and a margin that the narrow sum takes.
 * Adds the rows from j to end - 1 that were looked up, up to the first that is
 * none of them, and returns which one that is.
 *
 * The loop reads variables of its own: for all that the compiler knows, a
 * sample that is written to may be part of the batch. Counting must stay a rare
 * branch: counts that gcc kept as a vector made each row wait until the samples
 * before it had been written to memory, longer than all the rest takes.
 */
static inline size_t add_common_rows(struct aum_tally *tally,
                                     const struct aum_batch *batch, size_t j,
                                     size_t end, const struct ahead *ahead,
                                     const struct ahead *next,
                                     struct aum_batch_report *report)
{
    const uint32_t *const labels = batch->labels + ahead->first;
    const double *const assigned = batch->measured.assigned + ahead->first;
    const double *const other = batch->measured.other + ahead->first;
    const uint32_t *const classes = batch->measured.other_class + ahead->first;
    const uint32_t first_record = batch->first_record;
    const uint32_t record = batch->record;
    const uint32_t threshold_class = tally->samples.threshold_class;
    const bool runners_up = tally->samples.columns[COLUMN_RUNNERS_UP] != NULL;
    struct sample *const samples = tally->samples.columns[COLUMN_SAMPLES];
    uint32_t won[ROWS_AHEAD]; /* the rows in which another class did */
    size_t wins = 0;
    for (; j < end; j++) {
        const uint32_t slot = ahead->slots[j];
        if (slot == SAMPLE_NONE)
            break;
        ask_for(tally, next, j);
        struct sample *const sample = samples + slot;
        const uint32_t before = sample->record;
        const double margin = assigned[j] - other[j];
        if (before == 0 || sample->label != labels[j] ||
            sample_is_wide_or_full(sample) ||
            (!exact_sum_add_quick(&sample->sum, margin) &&
             !exact_sum_add(&sample->sum, margin))) /* not for NaN, infinity */
            break;
        sample->count++;
        note_record(sample, before, first_record, record, report);
        if (runners_up)
            suggest(&tally->samples, slot, margin, classes[j]);
        else
            suggest_first(sample, threshold_class, margin, classes[j]);
        won[wins] = (uint32_t)j;
        wins += classes[j] != AUM_NO_CLASS;
    }
    for (size_t k = 0; k < wins; k++)
        votes_add(&tally->samples, ahead->slots[won[k]], classes[won[k]], 1);
    return j;
}

/* Fills in the batch's counts_so_far and aums_so_far of a row. */
static void report_so_far(const struct aum_tally *tally,
                          const struct aum_batch *batch, size_t i, size_t slot)
{
    const bool added = slot != SIZE_MAX;
    if (batch->counts_so_far != NULL)
        batch->counts_so_far[i] =
            added ? sample_count(samples_at(&tally->samples, slot)) : 0;
    if (batch->aums_so_far != NULL)
        batch->aums_so_far[i] =
            added ? samples_aum(&tally->samples, slot) : (double)NAN;
}

static void forget(struct ahead *ahead)
{
    memset(ahead->slots, 0xff, sizeof ahead->slots); /* SAMPLE_NONE */
}

/* Adds the rows that have been looked up. If that gives slots other numbers,
 * what has been found of these and the next rows is void. */
static enum aum_status add_ahead(struct aum_tally *tally,
                                 const struct aum_batch *batch,
                                 struct ahead *ahead, struct ahead *next,
                                 struct aum_batch_report *report)
{
    const enum sample_ids_form form = tally->samples.ids.form;
    const bool so_far =
        batch->counts_so_far != NULL || batch->aums_so_far != NULL;
    for (size_t j = 0; j < ahead->rows;) {
        const size_t end = so_far ? j + 1 : ahead->rows;
        const size_t common =
            ahead->slots[j] == SAMPLE_NONE
                ? j
                : add_common_rows(tally, batch, j, end, ahead, next, report);
        const size_t i = ahead->first + common;
        size_t added = SIZE_MAX;
        if (common == end) {
            added = ahead->slots[end - 1];
        } else if (batch->labels[i] != AUM_NO_CLASS) {
            ask_for(tally, next, common);
            enum aum_status status = add_row(tally, batch, i, report, &added);
            if (status != AUM_OK)
                return status;
            if (tally->samples.ids.form != form) {
                forget(ahead);
                forget(next);
            }
        }
        if (so_far)
            report_so_far(tally, batch, ahead->first + j, added);
        j = common < end ? common + 1 : end;
    }
    return AUM_OK;
}

enum aum_status aum_tally_add(struct aum_tally *tally,
                              const struct aum_batch *batch,
                              struct aum_batch_report *report)
{
    struct aum_batch_report unused;
    struct ahead ahead[2];
    if (report == NULL)
        report = &unused;
    memset(report, 0, sizeof *report);
    if (tally->samples.frozen || batch->record == UINT32_MAX)
        return AUM_BAD_ARGUMENT;
    look_ahead(tally, batch, 0, &ahead[0]);
    for (size_t j = 0; j < ahead[0].rows; j++)
        ask_for(tally, &ahead[0], j);
    for (size_t turn = 0; ahead[turn].rows > 0; turn = 1 - turn) {
        struct ahead *now = &ahead[turn];
        struct ahead *next = &ahead[1 - turn];
        look_ahead(tally, batch, now->first + now->rows, next);
        enum aum_status status = add_ahead(tally, batch, now, next, report);
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

/* Rows that aum_tally_update measures at a time, on the stack. */
#define UPDATE_ROWS 256

enum aum_status aum_tally_update(struct aum_tally *tally,
                                 const struct aum_logits *logits,
                                 const int64_t *targets, struct aum_ids ids,
                                 size_t *bad_row)
{
    const size_t element = aum_type_size(logits->type);
    if (element == 0 || logits->classes == 0 || logits->classes >= AUM_NO_CLASS)
        return AUM_BAD_ARGUMENT;
    const size_t labels_end = aum_label_classes(logits->classes);
    for (size_t i = 0; i < logits->rows; i++) {
        if (targets[i] < 0 || (uint64_t)targets[i] >= labels_end) {
            if (bad_row != NULL)
                *bad_row = i;
            return AUM_LABEL_OUT_OF_RANGE;
        }
    }
    const size_t stride = logits->row_stride != 0 ? logits->row_stride
                                                  : logits->classes * element;
    const size_t id_size =
        ids.kind == AUM_IDS_STRING ? sizeof(const char *) : sizeof(int64_t);
    for (size_t start = 0; start < logits->rows; start += UPDATE_ROWS) {
        uint32_t labels[UPDATE_ROWS];
        double assigned[UPDATE_ROWS];
        double other[UPDATE_ROWS];
        uint32_t other_class[UPDATE_ROWS];
        size_t rows = logits->rows - start;
        if (rows > UPDATE_ROWS)
            rows = UPDATE_ROWS;
        for (size_t i = 0; i < rows; i++)
            labels[i] = (uint32_t)targets[start + i];
        struct aum_logits block = *logits;
        block.data = (const unsigned char *)logits->data + start * stride;
        block.rows = rows;
        struct aum_batch batch = {
            .rows = rows,
            .ids = {ids.kind,
                    (const unsigned char *)ids.values + start * id_size},
            .labels = labels,
            .measured = {assigned, other, other_class},
        };
        aum_measure(&block, labels, batch.measured);
        struct aum_batch_report report;
        enum aum_status status = aum_tally_add(tally, &batch, &report);
        if (status == AUM_RELABELED && bad_row != NULL)
            *bad_row = start + report.first_relabeled;
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

/* ---- threshold samples ---- */

static bool threshold_may_change(const struct aum_tally *tally)
{
    return !tally->samples.frozen && tally->samples.present[COLUMN_RUNNERS_UP];
}

enum aum_status aum_tally_mark_threshold(struct aum_tally *tally,
                                         struct aum_ids ids, size_t n,
                                         size_t *found)
{
    if (!threshold_may_change(tally))
        return AUM_BAD_ARGUMENT;
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t slot;
        enum aum_status status = samples_find(&tally->samples, ids, i, &slot);
        if (status != AUM_OK)
            return status;
        if (slot == SIZE_MAX)
            continue;
        struct sample *sample = samples_at(&tally->samples, slot);
        if (!(sample->count & SAMPLE_THRESHOLD))
            ++*found;
        sample->count |= SAMPLE_THRESHOLD;
    }
    return AUM_OK;
}

enum aum_status aum_tally_set_threshold_class(struct aum_tally *tally,
                                              uint32_t class_number)
{
    if (!threshold_may_change(tally))
        return AUM_BAD_ARGUMENT;
    tally->samples.threshold_class = class_number;
    return AUM_OK;
}
