/*
 * verdicts.c - what several runs say of each sample
 */
#include "libaum/verdicts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libaum/cutoff.h"
#include "libaum/tally.h"
#include "libaum/votes.h"

struct aum_verdicts *aum_verdicts_create(size_t expected_samples)
{
    struct aum_verdicts *verdicts = malloc(sizeof *verdicts);
    if (verdicts == NULL)
        return NULL;
    samples_init(&verdicts->samples, expected_samples);
    samples_add_column(&verdicts->samples, COLUMN_VERDICTS); /* no memory yet */
    return verdicts;
}

void aum_verdicts_destroy(struct aum_verdicts *verdicts)
{
    if (verdicts == NULL)
        return;
    samples_free(&verdicts->samples);
    free(verdicts);
}

enum aum_id_kind aum_verdicts_id_kind(const struct aum_verdicts *verdicts)
{
    return sample_ids_kind(&verdicts->samples.ids);
}

enum aum_status aum_verdicts_set_truth(struct aum_verdicts *verdicts,
                                       struct aum_ids ids, size_t n,
                                       const uint32_t *true_labels,
                                       size_t *found)
{
    return samples_set_truth(&verdicts->samples, ids, n, true_labels, found);
}

void aum_verdicts_freeze(struct aum_verdicts *verdicts)
{
    samples_freeze(&verdicts->samples);
}

/* ---- adding a run ---- */

/* The first of the steps, which ascend, that is above an AUM. */
static uint32_t step_above(const struct aum_judge *judge, double aum)
{
    size_t low = 0;
    size_t high = judge->step_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (aum < judge->steps[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return (uint32_t)low;
}

/* The label is that of the runs that judge the sample: all have the same. */
static bool take_label(struct sample *sample, const struct samples *run,
                       size_t run_slot, struct aum_run_report *report)
{
    const uint32_t label = samples_at(run, run_slot)->label;
    if (sample->label == AUM_NO_CLASS)
        sample->label = label;
    if (sample->label == label)
        return true;
    report->relabeled = sample_ids_get(&run->ids, run_slot);
    report->label = label;
    report->old_label = sample->label;
    return false;
}

/* Takes note of the AUM of one more run, which the sum has by now. The squares
 * are added up as in B. P. Welford, "Note on a Method for Calculating Corrected
 * Sums of Squares and Products", Technometrics 4, 1962. */
static void note_aum(const struct samples *samples, size_t slot, double before,
                     double aum)
{
    const uint32_t runs = sample_count(samples_at(samples, slot));
    struct verdict *verdict = samples_verdict(samples, slot);
    if (runs > 1)
        verdict->squares += (aum - before) * (aum - samples_aum(samples, slot));
    if (runs <= 2)
        verdict->aums[runs - 1] = aum;
}

/* Adds the verdict of a run on a sample that it judges. */
static enum aum_status add_verdict(struct samples *samples, size_t slot,
                                   const struct samples *run, size_t run_slot,
                                   uint32_t threshold_class,
                                   const struct aum_judge *judge,
                                   struct aum_run_report *report)
{
    struct sample *sample = samples_at(samples, slot);
    struct verdict *verdict = samples_verdict(samples, slot);
    if (!take_label(sample, run, run_slot, report))
        return AUM_RELABELED;
    const double aum = samples_aum(run, run_slot);
    const double cutoff = judge->cutoffs != NULL
                              ? cutoff_of(judge->cutoffs, sample->label)
                              : (double)NAN;
    const bool flagged = aum < cutoff;
    const uint32_t measurements = sample_count(samples_at(run, run_slot));
    if (verdict->measurements >= UINT32_MAX - measurements)
        return AUM_TOO_MANY_SAMPLES; /* or votes may be as many as VOTES_VOID */
    const double mean =
        sample_count(sample) > 0 ? samples_aum(samples, slot) : 0;
    enum aum_status status = samples_add_margin(samples, sample, aum);
    if (status != AUM_OK)
        return status;
    note_aum(samples, slot, mean, aum);
    const uint32_t step = step_above(judge, aum);
    if (sample_count(sample) == 1 || step < verdict->step)
        verdict->step = step;
    verdict->measurements += measurements;
    verdict->flagged += flagged;
    verdict->above += isnan(cutoff) ? 0 : aum - cutoff;
    report->judged++;
    report->flagged += flagged;
    const struct suggestion suggestion =
        strongest_suggestion(run, run_slot, threshold_class);
    suggest(samples, slot, suggestion.worst, suggestion.class);
    votes_merge(samples, slot, run, run_slot, threshold_class);
    return AUM_OK;
}

enum aum_status aum_verdicts_add_run(struct aum_verdicts *verdicts,
                                     const struct aum_tally *run,
                                     const struct aum_judge *judge,
                                     struct aum_run_report *report)
{
    struct samples *samples = &verdicts->samples;
    memset(report, 0, sizeof *report);
    if (samples->frozen || judge->step_count >= UINT32_MAX)
        return AUM_BAD_ARGUMENT;
    const uint32_t threshold_class = samples_threshold_class(&run->samples);
    const size_t run_slots = samples_slots(&run->samples);
    for (size_t run_slot = 0; run_slot < run_slots; run_slot++) {
        if (!samples_have_aum(&run->samples, run_slot))
            continue;
        size_t slot;
        enum aum_status status =
            samples_find_or_add_of(samples, &run->samples, run_slot, &slot);
        if (status != AUM_OK)
            return status;
        if (!samples_in_use(samples, slot)) {
            samples_start(samples, slot, AUM_NO_CLASS);
            samples_at(samples, slot)->record = 1;
        } else {
            report->shared++;
        }
        if (samples_are_threshold(&run->samples, run_slot))
            report->threshold_samples++;
        else
            status = add_verdict(samples, slot, &run->samples, run_slot,
                                 threshold_class, judge, report);
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

size_t aum_verdicts_never_judged(const struct aum_verdicts *verdicts,
                                 struct aum_id *ids, size_t room)
{
    const struct samples *samples = &verdicts->samples;
    const size_t slots = samples_slots(samples);
    size_t count = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        if (!samples_in_use(samples, slot) || samples_have_aum(samples, slot))
            continue;
        if (count < room)
            ids[count] = sample_ids_get(&samples->ids, slot);
        count++;
    }
    return count;
}

/* ---- what they come to ---- */

bool verdict_flags(const struct samples *samples, size_t slot,
                   enum aum_combine combine)
{
    const struct verdict *verdict = samples_verdict(samples, slot);
    const uint32_t runs = sample_count(samples_at(samples, slot));
    switch (combine) {
    case AUM_COMBINE_ANY:
        break;
    case AUM_COMBINE_MAJORITY:
        return verdict->flagged > runs / 2;
    case AUM_COMBINE_MEAN:
        return verdict->above < 0;
    }
    return verdict->flagged > 0;
}

double verdict_sd(const struct verdict *verdict, size_t runs)
{
    /* Of two, this is exact but for one rounding. */
    const double sd = runs == 2
                          ? fabs(verdict->aums[0] / 2 - verdict->aums[1] / 2)
                          : sqrt(verdict->squares / (double)runs);
    return runs > 1 && isfinite(sd) ? sd : (double)NAN;
}
