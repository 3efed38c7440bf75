/*
 * columns.c - the columns that samples may have: how each one is merged,
 * exported and imported
 */
#include <math.h>
#include <string.h>

#include "libaum/tally.h"
#include "libaum/verdicts.h"
#include "libaum/votes.h"

/* ---- struct sample ---- */

static exact_int128 narrow_value(const struct exact_sum *sum)
{
    return (exact_int128)((exact_uint128)sum->high << 64 | sum->low);
}

/* NULL if the sum is narrow. */
static const struct exact_wide_sum *wide_sum_of(const struct samples *samples,
                                                const struct sample *sample)
{
    return sample->count & SAMPLE_WIDE ? &samples->wide_sums[sample->sum.low]
                                       : NULL;
}

static enum aum_status merge_sum(struct samples *into, struct sample *sample,
                                 const struct samples *from,
                                 const struct sample *other)
{
    const struct exact_wide_sum *added = wide_sum_of(from, other);
    exact_int128 sum;
    if (!(sample->count & SAMPLE_WIDE) && added == NULL &&
        !__builtin_add_overflow(narrow_value(&sample->sum),
                                narrow_value(&other->sum), &sum)) {
        sample->sum.low = (uint64_t)sum;
        sample->sum.high = (uint64_t)((exact_uint128)sum >> 64);
        return AUM_OK;
    }
    enum aum_status status = samples_widen(into, sample);
    if (status != AUM_OK)
        return status;
    struct exact_wide_sum wide;
    if (added == NULL)
        exact_wide_from(&wide, &other->sum);
    exact_wide_add_wide(&into->wide_sums[sample->sum.low],
                        added != NULL ? added : &wide);
    return AUM_OK;
}

static enum aum_status merge_sample(struct aum_tally *into, size_t slot,
                                    const struct samples *from,
                                    size_t from_slot)
{
    struct sample *sample = samples_at(&into->samples, slot);
    const struct sample *other = samples_at(from, from_slot);
    if (sample->record == 0) {
        samples_start(&into->samples, slot, other->label);
    } else if (sample->label != other->label) {
        if (!into->allow_relabel)
            return AUM_RELABELED;
        if (other->record >= sample->record)
            sample->label = other->label;
    }
    if (other->record > sample->record)
        sample->record = other->record;
    sample->count |= other->count & SAMPLE_THRESHOLD;
    if ((uint64_t)sample_count(sample) + sample_count(other) >
        SAMPLE_COUNT_MASK)
        return AUM_TOO_MANY_SAMPLES;
    enum aum_status status = merge_sum(&into->samples, sample, from, other);
    if (status != AUM_OK)
        return status;
    sample->count += sample_count(other);
    suggest(&into->samples, slot, other->worst, other->suggested);
    return AUM_OK;
}

static void export_sample(const struct samples *samples, size_t slot,
                          struct aum_columns *columns, size_t row)
{
    const struct sample *sample = samples_at(samples, slot);
    const struct exact_wide_sum *wide = wide_sum_of(samples, sample);
    uint64_t *sum = columns->sums + AUM_SUM_WORDS * row;
    columns->labels[row] = sample->label;
    columns->measurements[row] = sample_count(sample);
    columns->records[row] = sample->record - 1;
    columns->wide[row] = wide != NULL;
    sum[0] = wide != NULL ? 0 : sample->sum.low;
    sum[1] = wide != NULL ? 0 : sample->sum.high;
    if (wide != NULL)
        memcpy(columns->wide_sums + AUM_WIDE_SUM_WORDS * columns->wide_count++,
               wide->words, sizeof wide->words);
    columns->suggested[0][row] = sample->suggested;
    columns->worst[0][row] = sample->worst;
}

/* Suggestion `which`, if it can be one: a class that won, by a finite margin.
 */
static enum aum_status import_suggestion(const struct import *import,
                                         size_t which, double *worst,
                                         uint32_t *suggested)
{
    *worst = import->columns->worst[which][import->row];
    *suggested = import->columns->suggested[which][import->row];
    return *suggested == AUM_NO_CLASS || (*worst < 0 && isfinite(*worst))
               ? AUM_OK
               : AUM_BAD_ARGUMENT;
}

/* A sample's sum, if it can be that of so many margins, which are finite. */
static enum aum_status import_sum(struct import *import,
                                  struct samples *samples,
                                  struct sample *sample)
{
    const struct aum_columns *columns = import->columns;
    const uint64_t *words = columns->sums + AUM_SUM_WORDS * import->row;
    sample->sum = (struct exact_sum){words[0], words[1]};
    if (columns->wide[import->row] == 0)
        return sample->count > 0 || (words[0] == 0 && words[1] == 0)
                   ? AUM_OK
                   : AUM_BAD_ARGUMENT;
    if (sample->count == 0 || import->wide_read >= columns->wide_count)
        return AUM_BAD_ARGUMENT;
    samples->wide_count = 0; /* the last row's is not needed any more */
    enum aum_status status = samples_widen(samples, sample);
    if (status != AUM_OK)
        return status;
    memcpy(samples->wide_sums[0].words,
           columns->wide_sums + AUM_WIDE_SUM_WORDS * import->wide_read++,
           sizeof samples->wide_sums[0].words);
    return isfinite(samples_aum(samples, 0)) ? AUM_OK : AUM_BAD_ARGUMENT;
}

static enum aum_status import_sample(struct import *import,
                                     struct samples *samples)
{
    struct sample *sample = samples_at(samples, 0);
    *sample = (struct sample){
        .label = import->columns->labels[import->row],
        .count = import->columns->measurements[import->row],
        .record = import->columns->records[import->row] + 1,
    };
    if (sample->label == AUM_NO_CLASS || sample->record == 0 ||
        sample->count > SAMPLE_COUNT_MASK)
        return AUM_BAD_ARGUMENT;
    enum aum_status status = import_sum(import, samples, sample);
    if (status == AUM_OK)
        status =
            import_suggestion(import, 0, &sample->worst, &sample->suggested);
    return status;
}

/* ---- struct votes and the fifth struct vote ---- */

_Static_assert(AUM_VOTES == VOTES_CLASSES + 1, "and one that comes later");
_Static_assert(AUM_VOTES_VOID == VOTES_VOID, "columns are what is exported");

/* With the fifth vote. */
static enum aum_status merge_votes(struct aum_tally *into, size_t slot,
                                   const struct samples *from, size_t from_slot)
{
    votes_merge(&into->samples, slot, from, from_slot, AUM_NO_CLASS);
    return AUM_OK;
}

static void export_votes(const struct samples *samples, size_t slot,
                         struct aum_columns *columns, size_t row)
{
    const struct votes *votes = samples_votes(samples, slot);
    memcpy(columns->vote_classes + AUM_VOTES * row, votes->classes,
           sizeof votes->classes);
    memcpy(columns->votes + AUM_VOTES * row, votes->counts,
           sizeof votes->counts);
}

static void export_fifth_vote(const struct samples *samples, size_t slot,
                              struct aum_columns *columns, size_t row)
{
    const struct vote *fifth = samples_fifth_vote(samples, slot);
    const size_t at = AUM_VOTES * row + VOTES_CLASSES;
    columns->vote_classes[at] = fifth != NULL ? fifth->class : 0;
    columns->votes[at] = fifth != NULL ? fifth->count : 0;
}

static enum aum_status import_votes(struct import *import,
                                    struct samples *samples)
{
    const size_t at = AUM_VOTES * import->row;
    struct votes *votes = samples_votes(samples, 0);
    memcpy(votes->classes, import->columns->vote_classes + at,
           sizeof votes->classes);
    memcpy(votes->counts, import->columns->votes + at, sizeof votes->counts);
    return aum_columns_votes_add_up(import->columns, import->row)
               ? AUM_OK
               : AUM_BAD_ARGUMENT;
}

/* Checked with the others. */
static enum aum_status import_fifth_vote(struct import *import,
                                         struct samples *samples)
{
    const size_t at = AUM_VOTES * import->row + VOTES_CLASSES;
    *samples_fifth_vote(samples, 0) = (struct vote){
        import->columns->vote_classes[at], import->columns->votes[at]};
    return AUM_OK;
}

/* ---- struct runner_up ---- */

static enum aum_status merge_runner_up(struct aum_tally *into, size_t slot,
                                       const struct samples *from,
                                       size_t from_slot)
{
    const struct runner_up *other = samples_runner_up(from, from_slot);
    suggest(&into->samples, slot, other->worst, other->suggested);
    return AUM_OK;
}

static void export_runner_up(const struct samples *samples, size_t slot,
                             struct aum_columns *columns, size_t row)
{
    const struct runner_up *second = samples_runner_up(samples, slot);
    const bool any = second != NULL && second->suggested != AUM_NO_CLASS;
    columns->suggested[1][row] = any ? second->suggested : AUM_NO_CLASS;
    columns->worst[1][row] = any ? second->worst : 0;
}

static enum aum_status import_runner_up(struct import *import,
                                        struct samples *samples)
{
    struct runner_up *second = samples_runner_up(samples, 0);
    return import_suggestion(import, 1, &second->worst, &second->suggested);
}

/* ---- struct verdict ---- */

/* So far, the rows' measurements are runs. */
static void fill_verdicts(const struct samples *samples, const uint32_t *slots,
                          size_t count, struct aum_row *rows)
{
    for (size_t i = 0; i < count; i++) {
        const struct verdict *verdict = samples_verdict(samples, slots[i]);
        rows[i].runs = rows[i].measurements;
        rows[i].measurements = verdict->measurements;
        rows[i].runs_flagged = verdict->flagged;
        rows[i].step = verdict->step;
        rows[i].aum_sd = verdict_sd(verdict, rows[i].runs);
    }
}

/* ---- true labels ---- */

static void fill_true_labels(const struct samples *samples,
                             const uint32_t *slots, size_t count,
                             struct aum_row *rows)
{
    const uint32_t *true_labels = samples->columns[COLUMN_TRUE_LABELS];
    for (size_t i = 0; i < count; i++)
        rows[i].true_label = true_labels[slots[i]];
}

/* ---- the table ---- */

const struct column_type sample_columns[COLUMN_COUNT] = {
    [COLUMN_SAMPLES] = {.bytes = sizeof(struct sample),
                        .measured = true,
                        .merge = merge_sample,
                        .export_element = export_sample,
                        .import_element = import_sample},
    [COLUMN_VOTES] = {.bytes = sizeof(struct votes),
                      .measured = true,
                      .merge = merge_votes,
                      .export_element = export_votes,
                      .import_element = import_votes},
    [COLUMN_FIFTH_VOTES] = {.bytes = sizeof(struct vote),
                            .measured = true,
                            .export_element = export_fifth_vote,
                            .import_element = import_fifth_vote},
    [COLUMN_RUNNERS_UP] = {.bytes = sizeof(struct runner_up),
                           .blank = 0xff,
                           .measured = true,
                           .merge = merge_runner_up,
                           .export_element = export_runner_up,
                           .import_element = import_runner_up},
    [COLUMN_VERDICTS] = {.bytes = sizeof(struct verdict),
                         .fill_rows = fill_verdicts},
    [COLUMN_TRUE_LABELS] = {.bytes = sizeof(uint32_t),
                            .blank = 0xff, /* AUM_NO_CLASS */
                            .fill_rows = fill_true_labels},
};
