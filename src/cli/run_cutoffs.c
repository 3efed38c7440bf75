/*
 * run_cutoffs.c - the cutoffs of one training run
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli/failure.h"
#include "cli/plan_sets.h"
#include "cli/run.h"
#include "text/format_double.h"

static bool mark_threshold_samples(struct run *run)
{
    size_t found;
    const struct id_list *list = &run->threshold_ids;
    if (run->own->threshold_ids == NULL)
        return true;
    if (!id_list_mark(list, run->scan.tally, &found, &run->error))
        return log_failure(run->messages, &run->error);
    if (found > 0 && found < list->count)
        log_warning(run->messages,
                    "%s: %zu of %zu ids name a sample of the dumps",
                    list->source, found, list->count);
    return true;
}

static bool no_threshold_samples(const struct run *run)
{
    char who[32];
    if (run->own->threshold_ids != NULL)
        log_error(run->messages,
                  "%s: none of these ids is a sample with a margin; there "
                  "are no threshold samples to set a cutoff",
                  run->own->threshold_ids);
    else
        log_error(run->messages,
                  "%s--threshold-class=%" PRId64 ": no sample has this "
                  "label; there are no threshold samples to set a cutoff",
                  run_label(run, who), run->options->threshold_label);
    return false;
}

static bool cutoff_failed(struct run *run, enum aum_status status)
{
    if (status == AUM_NO_THRESHOLD_SAMPLES)
        return no_threshold_samples(run);
    return log_status(run->messages, status);
}

/* How far the cutoff of more threshold samples may be from this one. */
static void log_interval(const struct run *run,
                         const struct aum_interval *interval)
{
    char highest[FORMAT_DOUBLE_ROOM];
    char lowest[FORMAT_DOUBLE_ROOM];
    char who[32];
    format_double(interval->highest, highest);
    if (isnan(interval->lowest)) {
        log_detail(run->messages,
                   "%s95%% interval of the cutoff: from the AUM at rank %zu "
                   "down, %s, without a lower end, as the threshold samples "
                   "are too few (ranks count from 0 at the highest AUM)",
                   run_label(run, who), interval->first, highest);
        return;
    }
    format_double(interval->lowest, lowest);
    log_detail(run->messages,
               "%s95%% interval of the cutoff: %s to %s, the threshold "
               "samples' AUMs at ranks %zu and %zu (counted from 0 at the "
               "highest)",
               run_label(run, who), lowest, highest, interval->last,
               interval->first);
}

static void log_cutoff(const struct run *run, const struct aum_cutoff *found)
{
    const char *percentile = run->options->cutoff.percentile_text;
    char text[FORMAT_DOUBLE_ROOM];
    char who[32];
    percentile = percentile != NULL ? percentile : "99";
    if (found->threshold_class == AUM_NO_CLASS)
        log_warning(run->messages,
                    "%sthe threshold samples have several labels; those "
                    "that training gave an extra class have but that one: "
                    "is this the list of another run?",
                    run_label(run, who));
    if (found->place == 0)
        log_warning(run->messages,
                    "%s%zu threshold samples are too few for "
                    "percentile %s: the cutoff is the highest AUM among them",
                    run_label(run, who), found->threshold_samples, percentile);
    format_double(found->aum, text);
    log_note(run->messages,
             "%scutoff %s: number %zu of the AUMs of %zu threshold samples "
             "from the top (percentile %s)",
             run_label(run, who), text, found->place + 1,
             found->threshold_samples, percentile);
    log_interval(run, &found->interval);
}

static double percent(size_t part, size_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static void log_window(const struct run *run)
{
    const struct window_result *best = &run->result.window;
    const struct window_result *last = &run->result.all_epochs;
    char who[32];
    if (best->epochs == 0)
        return;
    log_note(run->messages,
             "%sepochs up to %" PRId64 " chosen, the first %" PRIu64
             " of %" PRIu64 ": %zu of %zu samples flagged (%.1f%%); all "
             "epochs would flag %zu (%.1f%%)",
             run_label(run, who), best->last_epoch, best->epochs,
             run->window.epochs, best->flagged, best->ranked,
             percent(best->flagged, best->ranked), last->flagged,
             percent(last->flagged, last->ranked));
}

static bool find_steps(struct run *run)
{
    const struct sweep_steps *sweep = &run->options->report.sweep;
    if (sweep->count == 0)
        return true;
    run->steps = malloc(sweep->count * sizeof *run->steps);
    if (run->steps == NULL)
        return cutoff_failed(run, AUM_NO_MEMORY);
    for (size_t i = 0; i < sweep->count; i++) {
        struct aum_cutoff found;
        run->steps[i] = decimal_value(sweep->numbers[i]);
        if (!sweep->percentiles)
            continue;
        enum aum_status status = aum_cutoff_from_threshold(
            run->scan.tally, decimal_percentile(sweep->numbers[i]), &found);
        if (status != AUM_OK)
            return cutoff_failed(run, status);
        run->steps[i] = found.aum;
    }
    return true;
}

static bool keep_threshold_aums(struct run *run)
{
    const struct aum_tally *tally = run->scan.tally;
    const size_t count = aum_tally_threshold_aums(tally, NULL, 0);
    run->result.threshold_aums =
        malloc((count + 1) * sizeof *run->result.threshold_aums);
    if (run->result.threshold_aums == NULL)
        return log_status(run->messages, AUM_NO_MEMORY);
    run->result.threshold_count = count;
    aum_tally_threshold_aums(tally, run->result.threshold_aums, count);
    return true;
}

bool run_find_cutoffs(struct run *run)
{
    const struct options *o = run->options;
    run->result.has_cutoff = o->cutoff.has_threshold;
    run->result.cutoff = o->cutoff.threshold;
    if (!mark_threshold_samples(run))
        return false;
    if (options_use_threshold_samples(o)) {
        struct aum_cutoff found;
        enum aum_status status = aum_cutoff_from_threshold(
            run->scan.tally, o->cutoff.percentile, &found);
        if (status != AUM_OK)
            return cutoff_failed(run, status);
        if (found.threshold_class == AUM_NO_CLASS && !plan_set_is_the_best(run))
            return false;
        run->result.has_cutoff = true;
        run->result.cutoff = found.aum;
        run->result.threshold_samples = found.threshold_samples;
        run->result.percentile = o->cutoff.percentile;
        run->result.interval = found.interval;
        log_window(run);
        log_cutoff(run, &found);
    }
    return find_steps(run) &&
           ((o->report.page == NULL && o->report.plot == NULL) ||
            keep_threshold_aums(run));
}
