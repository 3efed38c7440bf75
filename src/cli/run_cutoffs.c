/*
 * run_cutoffs.c - the cutoffs of one training run
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* An error if they are to set the cutoff, else a warning. */
static void log_no_threshold_samples(const struct run *run, bool needed)
{
    const char *consequence =
        needed ? "there are no threshold samples to set a cutoff"
               : "there are no threshold samples to leave out";
    struct error why;
    char who[32];
    if (run->own->threshold_ids != NULL)
        error_set(&why, "%s: none of these ids is a sample with a margin; %s",
                  run->own->threshold_ids, consequence);
    else
        error_set(
            &why,
            "%s--threshold-class=%" PRId64 ": no sample has this label; %s",
            run_label(run, who), run->options->threshold_label, consequence);
    if (needed)
        log_error(run->messages, "%s", why.text);
    else
        log_warning(run->messages, "%s", why.text);
}

static bool cutoff_failed(struct run *run, enum aum_status status)
{
    if (status != AUM_NO_THRESHOLD_SAMPLES)
        return log_status(run->messages, status);
    log_no_threshold_samples(run, true);
    return false;
}

/* False, after an error, if they are those of another run of the plan. */
static bool log_mixed_threshold_samples(const struct run *run)
{
    char who[32];
    if (!plan_set_is_the_best(run))
        return false;
    log_warning(run->messages,
                "%sthe threshold samples have several labels; those that "
                "training gave an extra class have but that one: is this the "
                "list of another run?",
                run_label(run, who));
    return true;
}

/* How far the cutoff of many more threshold samples may be from this one. */
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
               "highest)%s",
               run_label(run, who), lowest, highest, interval->last,
               interval->first,
               run->options->cutoff.auto_epochs ? ", but at most 0"
               : interval->first == 0           ? ", or above all of them"
                                                : "");
}

static void log_cutoff(const struct run *run, const struct aum_cutoff *found)
{
    const char *percentile = run->options->cutoff.percentile_text;
    char text[FORMAT_DOUBLE_ROOM];
    char who[32];
    percentile = percentile != NULL ? percentile : "99";
    if (found->place == 0)
        log_warning(run->messages,
                    "%s%zu threshold samples are too few for "
                    "percentile %s: the cutoff is the highest AUM among them",
                    run_label(run, who), found->threshold_samples, percentile);
    if (run->options->cutoff.percentile.numerator <
        run->options->cutoff.percentile.denominator)
        log_warning(run->messages,
                    "%spercentile %s is below 1: percentiles go up to 100, and "
                    "the paper's is 99",
                    run_label(run, who), percentile);
    format_double(found->aum, text);
    log_note(run->messages,
             "%scutoff %s: number %zu of the AUMs of %zu threshold samples "
             "from the top (percentile %s)%s",
             run_label(run, who), text, found->place + 1,
             found->threshold_samples, percentile,
             run->result.cutoffs.aum < found->aum
                 ? "; 0 is taken instead, above which labels win"
                 : "");
    log_interval(run, &found->interval);
}

/* ---- cutoffs ---- */

/* A window is chosen where the groups separate, and what lies above 0 is in
 * none that is mislabeled. */
static double cap(const struct run *run, double cutoff)
{
    return run->options->cutoff.auto_epochs && cutoff > 0 ? 0 : cutoff;
}

/* A percentile of the threshold samples' AUMs. */
static bool find_percentile(struct run *run, struct aum_percentile percentile,
                            struct aum_cutoff *found)
{
    enum aum_status status =
        aum_cutoff_from_threshold(run->scan.tally, percentile, found);
    if (status != AUM_OK)
        return cutoff_failed(run, status);
    found->interval.highest = cap(run, found->interval.highest);
    found->interval.lowest = cap(run, found->interval.lowest);
    return true;
}

static bool cut_at_percentile(struct run *run, struct aum_cutoff *found)
{
    if (!find_percentile(run, run->options->cutoff.percentile, found))
        return false;
    run->result.cutoffs = (struct aum_cutoffs){.aum = cap(run, found->aum)};
    run->result.threshold_samples = found->threshold_samples;
    run->result.percentile = run->options->cutoff.percentile;
    run->result.interval = found->interval;
    return true;
}

/* Keeps cutoffs by class beyond the splits that they come from. */
static enum aum_status keep_class_cutoffs(struct run *run,
                                          const struct aum_cutoffs *cutoffs)
{
    free(run->class_cutoffs);
    run->class_cutoffs = malloc((cutoffs->classes + 1) * sizeof(double));
    if (run->class_cutoffs == NULL)
        return AUM_NO_MEMORY;
    memcpy(run->class_cutoffs, cutoffs->by_class,
           cutoffs->classes * sizeof(double));
    run->result.cutoffs = *cutoffs;
    run->result.cutoffs.by_class = run->class_cutoffs;
    return AUM_OK;
}

/* The splits of the AUMs, class by class. */
static bool cut_at_splits(struct run *run)
{
    struct window *window = &run->window;
    struct aum_cutoffs cutoffs;
    if (window->splits == NULL)
        window->splits = aum_splits_create();
    enum aum_status status =
        window->splits != NULL
            ? aum_splits_find(window->splits, run->scan.tally)
            : AUM_NO_MEMORY;
    if (status != AUM_OK)
        return log_status(run->messages, status);
    run->result.effect = aum_splits_effect(window->splits);
    aum_splits_cutoffs(window->splits, &cutoffs);
    status = keep_class_cutoffs(run, &cutoffs);
    return status == AUM_OK || log_status(run->messages, status);
}

/* The cutoffs for what the tally holds at present. `found` is filled in if
 * threshold samples set them. */
static bool find_cutoffs(struct run *run, struct aum_cutoff *found)
{
    const struct cutoff_options *o = &run->options->cutoff;
    struct run_result *result = &run->result;
    result->has_cutoff = o->source != CUTOFF_NONE;
    result->cutoffs = (struct aum_cutoffs){.aum = (double)NAN};
    switch (o->source) {
    case CUTOFF_NONE:
        return true;
    case CUTOFF_FIXED:
        result->cutoffs.aum = o->threshold;
        return true;
    case CUTOFF_SPLITS:
        return cut_at_splits(run);
    case CUTOFF_PERCENTILE:
        return cut_at_percentile(run, found);
    }
    return false;
}

/* ---- the window ---- */

static struct window_result look_at(const struct run *run,
                                    const struct window_look *look)
{
    struct window_result result = {look->last_epoch, look->epochs, look->effect,
                                   0, 0};
    aum_tally_count_flagged(run->scan.tally, &run->result.cutoffs,
                            &result.ranked, &result.flagged);
    return result;
}

/* Goes back to the epochs that the data choose. What all would flag is found
 * before. */
static bool choose_window(struct run *run)
{
    struct run_result *result = &run->result;
    struct aum_cutoff unused;
    if (!run->options->cutoff.auto_epochs || run->window.best.epochs == 0)
        return true;
    if (window_is_shorter(&run->window)) {
        if (!find_cutoffs(run, &unused))
            return false;
        result->all_epochs = look_at(run, &run->window.last);
    }
    enum aum_status status = window_choose(&run->window, run->scan.tally);
    return status == AUM_OK || log_status(run->messages, status);
}

/* Groups of a normal distribution, which are none, have the effect 2 / pi. */
#define HARDLY_SEPARATE 0.70

static void log_window(const struct run *run)
{
    const struct window_result *best = &run->result.window;
    const struct window_result *last = &run->result.all_epochs;
    char who[32];
    if (best->epochs == 0)
        return;
    if (best->epochs == last->epochs) {
        log_note(run->messages,
                 "%sall %" PRIu64 " epochs chosen: with them, the AUMs fall "
                 "into two groups about as clearly as with any (effect %.3f)",
                 run_label(run, who), best->epochs, best->effect);
        return;
    }
    log_note(run->messages,
             "%sepochs up to %" PRId64 " chosen, %" PRIu64 " of %" PRIu64
             ": with them, the AUMs fall into two groups about as clearly as "
             "with any (effect %.3f; of all epochs %.3f)",
             run_label(run, who), best->last_epoch, best->epochs, last->epochs,
             best->effect, last->effect);
    if (last->ranked > best->ranked)
        log_note(run->messages,
                 "%s%zu samples have margins in later epochs alone, and are "
                 "not ranked",
                 run_label(run, who), last->ranked - best->ranked);
    if (run->result.has_cutoff)
        log_note(run->messages,
                 "%s%zu of %zu samples flagged (%.1f%%); all epochs would flag "
                 "%zu (%.1f%%)",
                 run_label(run, who), best->flagged, best->ranked,
                 percent_of(best->flagged, best->ranked), last->flagged,
                 percent_of(last->flagged, last->ranked));
}

static void log_splits(const struct run *run)
{
    const struct run_result *result = &run->result;
    char text[2][FORMAT_DOUBLE_ROOM];
    char who[32];
    double low;
    double high;
    run_result_cutoff_range(result, &low, &high);
    if (isnan(low)) {
        log_warning(run->messages,
                    "%sno cutoff: the AUMs of each class are all equal, or "
                    "there are none",
                    run_label(run, who));
        return;
    }
    format_double(low, text[0]);
    format_double(high, text[1]);
    log_note(run->messages,
             low < high ? "%scutoffs from %s to %s, one for each class, "
                          "between the two groups of its AUMs"
                        : "%scutoff %s for each class, between the two groups "
                          "of AUMs or below",
             run_label(run, who), text[0], text[1]);
    if (result->effect < HARDLY_SEPARATE)
        log_warning(run->messages,
                    "%sthe AUMs hardly fall into two groups (effect %.3f), as "
                    "where few labels are wrong, or none; look at what is "
                    "flagged before you drop it",
                    run_label(run, who), result->effect);
}

/* ---- the sweep, and what pictures show ---- */

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
        if (!find_percentile(run, decimal_percentile(sweep->numbers[i]),
                             &found))
            return false;
        run->steps[i] = cap(run, found.aum);
    }
    return true;
}

static bool keep_threshold_aums(struct run *run)
{
    const size_t count = run->result.threshold_count;
    run->result.threshold_aums =
        malloc((count + 1) * sizeof *run->result.threshold_aums);
    if (run->result.threshold_aums == NULL)
        return log_status(run->messages, AUM_NO_MEMORY);
    aum_tally_threshold_aums(run->scan.tally, run->result.threshold_aums,
                             count);
    return true;
}

static void log_others(const struct run *run,
                       const struct aum_threshold_labels *labels)
{
    const struct class_labels *names = &run->index.label_rules.classes;
    char who[32];
    log_warning(run->messages,
                "%s%s: %zu of the %zu samples with label %" PRId64
                " are on this list, and the others are ranked; are all of them "
                "threshold samples (-c %" PRId64 ")?",
                run_label(run, who), run->own->threshold_ids, labels->samples,
                labels->samples + labels->others,
                class_label(names, labels->label),
                class_label(names, labels->label));
}

/* Samples that are named as threshold samples do exist, and are all of one
 * class and all of that class, as training gave them an extra one. */
static bool take_threshold_samples(struct run *run)
{
    const struct aum_threshold_labels labels =
        aum_tally_threshold_labels(run->scan.tally);
    char who[32];
    run->result.threshold_label = labels.label;
    run->result.threshold_count =
        aum_tally_threshold_aums(run->scan.tally, NULL, 0);
    if (run->result.threshold_count == 0)
        log_no_threshold_samples(run, false);
    else if (labels.several)
        return log_mixed_threshold_samples(run);
    else if (labels.others > 0)
        log_others(run, &labels);
    else if (run->options->cutoff.source != CUTOFF_PERCENTILE)
        log_note(run->messages, "%s%zu threshold samples are left out",
                 run_label(run, who), run->result.threshold_count);
    return true;
}

bool run_find_cutoffs(struct run *run)
{
    const struct options *o = run->options;
    struct run_result *result = &run->result;
    struct aum_cutoff found;
    result->effect = (double)NAN;
    result->threshold_label = AUM_NO_CLASS;
    if (!mark_threshold_samples(run) || !choose_window(run) ||
        !find_cutoffs(run, &found))
        return false;
    if (options_name_threshold_samples(o) && !take_threshold_samples(run))
        return false;
    if (run->window.best.epochs > 0)
        result->window = look_at(run, &run->window.best);
    if (result->all_epochs.epochs == 0)
        result->all_epochs = result->window;
    log_window(run);
    if (o->cutoff.source == CUTOFF_SPLITS)
        log_splits(run);
    if (o->cutoff.source == CUTOFF_PERCENTILE)
        log_cutoff(run, &found);
    window_free(&run->window);
    return find_steps(run) &&
           ((o->report.page == NULL && o->report.plot == NULL) ||
            keep_threshold_aums(run));
}
