/*
 * runs.c - verdicts of several runs
 */
#include <string.h>

#include "libaum/tally.h"

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

static enum aum_status add_verdict(struct aum_tally *into, size_t to,
                                   const struct aum_tally *run, size_t slot,
                                   uint32_t threshold_class,
                                   const struct aum_judge *judge,
                                   struct aum_run_report *report)
{
    struct tally_entry *entry = &into->entries[to];
    struct tally_runs *runs = &into->runs[to];
    const struct tally_entry *verdict = &run->entries[slot];
    if (entry->label == AUM_NO_CLASS) {
        entry->label = verdict->label;
    } else if (entry->label != verdict->label) {
        report->relabeled = sample_ids_get(&run->ids, slot);
        report->label = verdict->label;
        report->old_label = entry->label;
        return AUM_RELABELED;
    }
    const double aum = tally_aum(run, slot);
    const uint32_t measurements = tally_count(verdict);
    if (runs->measurements > UINT32_MAX - measurements ||
        runs->flagged == UINT16_MAX)
        return AUM_TOO_MANY_SAMPLES;
    enum aum_status status = tally_add_margin(into, entry, aum);
    if (status != AUM_OK)
        return status;
    const bool flagged = judge->cutoff != NULL && aum < *judge->cutoff;
    const uint32_t step = step_above(judge, aum);
    if (tally_count(entry) == 1 || step < runs->step)
        runs->step = step;
    runs->measurements += measurements;
    runs->flagged = (uint16_t)(runs->flagged + flagged);
    report->judged++;
    report->flagged += flagged;
    const struct tally_suggestion suggestion =
        tally_suggestion(run, slot, threshold_class);
    tally_suggest(into, to, suggestion.worst, suggestion.class);
    return AUM_OK;
}

enum aum_status aum_tally_add_run(struct aum_tally *runs,
                                  const struct aum_tally *run,
                                  const struct aum_judge *judge,
                                  struct aum_run_report *report)
{
    memset(report, 0, sizeof *report);
    if (!runs->of_runs || runs->sealed || run->of_runs ||
        judge->step_count >= UINT32_MAX)
        return AUM_BAD_ARGUMENT;
    const uint32_t threshold_class = tally_threshold_class(run);
    for (size_t slot = 0; slot < run->ids.slots; slot++) {
        if (!tally_has_aum(run, slot))
            continue;
        size_t to;
        enum aum_status status = tally_adopt(runs, run, slot, &to);
        if (status != AUM_OK)
            return status;
        if (!tally_in_use(runs, to)) {
            tally_start_entry(runs, to, AUM_NO_CLASS);
            runs->entries[to].part = 1;
        }
        if (tally_is_threshold(run, slot)) {
            if (runs->runs[to].spent == UINT16_MAX)
                return AUM_TOO_MANY_SAMPLES;
            runs->runs[to].spent++;
            report->threshold_samples++;
        } else {
            status = add_verdict(runs, to, run, slot, threshold_class, judge,
                                 report);
        }
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

size_t aum_tally_never_judged(const struct aum_tally *runs, struct aum_id *ids,
                              size_t room)
{
    size_t count = 0;
    for (size_t slot = 0; runs->of_runs && slot < runs->ids.slots; slot++) {
        if (!tally_in_use(runs, slot) || tally_has_aum(runs, slot))
            continue;
        if (count < room)
            ids[count] = sample_ids_get(&runs->ids, slot);
        count++;
    }
    return count;
}
