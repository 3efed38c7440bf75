/*
 * summary.c - what was found, for people and as JSON
 */
#include "report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "report/class_table.h"

static bool has_cutoff(const struct summary *summary)
{
    return summary->runs[0].has_cutoff;
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

/* ---- for people ---- */

/* "0.9153", or "undefined". */
static const char *ratio(double value, char text[16])
{
    snprintf(text, 16, isnan(value) ? "undefined" : "%.4f", value);
    return text;
}

static void log_evaluation(const struct summary *summary,
                           struct messages *messages)
{
    const struct aum_evaluation *e = &summary->evaluation;
    const size_t size = aum_ranking_size(summary->ranking);
    char text[3][16];
    if (e->samples < size)
        log_warning(messages, "%s: no truth for %zu of %zu ranked samples",
                    summary->options->truth, size - e->samples, size);
    log_note(messages,
             "truth: %zu of %zu samples mislabeled; the ranking's AUROC "
             "%s, average precision %s",
             e->mislabeled, e->samples, ratio(e->auroc, text[0]),
             ratio(e->average_precision, text[1]));
    if (has_cutoff(summary))
        log_note(messages,
                 "truth: %zu of %zu flagged samples mislabeled; precision "
                 "%s, recall %s, F1 %s",
                 e->flagged_mislabeled, e->flagged,
                 ratio(e->precision, text[0]), ratio(e->recall, text[1]),
                 ratio(e->f1, text[2]));
}

/* Has any run samples, which are not to be ranked then? */
static bool has_samples(const struct summary *summary)
{
    bool any = false;
    for (size_t i = 0; i < summary->run_count; i++)
        any |= summary->runs[i].samples > 0;
    return any;
}

void summary_tell(const struct summary *summary, struct messages *messages)
{
    const size_t size = aum_ranking_size(summary->ranking);
    const size_t flagged = aum_ranking_flagged(summary->ranking);
    if (size == 0)
        log_warning(messages, "there is no sample to rank%s",
                    has_samples(summary) ? ": all are threshold samples" : "");
    if (summary->never_judged > 0)
        log_note(messages,
                 "%zu samples never judged: threshold samples in every run "
                 "that has them",
                 summary->never_judged);
    if (has_cutoff(summary))
        log_note(messages, "%zu of %zu samples flagged (%.1f%%)", flagged, size,
                 size > 0 ? 100 * share(flagged, size) : 0.0);
    if (summary->evaluated)
        log_evaluation(summary, messages);
}

/* ---- as JSON ---- */

const char *const combine_words[COMBINE_RULES] = {
    [AUM_COMBINE_ANY] = "any",
    [AUM_COMBINE_MAJORITY] = "majority",
    [AUM_COMBINE_MEAN] = "mean",
};

static void window_json(const struct run_result *run, struct json *json)
{
    const struct window_result *best = &run->window;
    const struct window_result *last = &run->all_epochs;
    json_open(json, "window", '{');
    json_signed(json, "last_epoch", best->last_epoch);
    json_unsigned(json, "epochs", best->epochs);
    json_double(json, "effect", best->effect);
    json_double(json, "all_epochs_effect", last->effect);
    if (run->has_cutoff) {
        json_double(json, "flagged_share", share(best->flagged, best->ranked));
        json_unsigned(json, "all_epochs_flagged", last->flagged);
        json_double(json, "all_epochs_flagged_share",
                    share(last->flagged, last->ranked));
    }
    json_close(json, '}');
}

/* Ranks count from 0 at the highest AUM. */
static void interval_json(const struct run_result *run, struct json *json)
{
    const struct aum_interval *interval = &run->interval;
    const bool ends = interval->last < run->threshold_samples;
    json_open(json, "cutoff_interval", '{');
    json_double(json, "confidence", 0.95);
    json_unsigned(json, "first_rank", interval->first);
    if (ends)
        json_unsigned(json, "last_rank", interval->last);
    else
        json_null(json, "last_rank");
    json_double(json, "highest", interval->highest);
    json_double(json, "lowest", interval->lowest);
    json_close(json, '}');
}

/* Of classes of which nothing is flagged, as they have no sample or all AUMs
 * are equal, the cutoff is null. */
static void class_cutoffs_json(const struct run_result *run,
                               const struct class_labels *labels,
                               struct json *json)
{
    json_open(json, "class_cutoffs", '[');
    for (size_t c = 0; c < run->cutoffs.classes; c++) {
        json_open(json, NULL, '{');
        json_signed(json, "label", class_label(labels, (uint32_t)c));
        json_double(json, "cutoff", run->cutoffs.by_class[c]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void run_json(const struct run_result *run,
                     const struct class_labels *labels, struct json *json)
{
    json_open(json, NULL, '{');
    json_unsigned(json, "files", run->files);
    json_unsigned(json, "bytes", run->bytes);
    json_unsigned(json, "epochs", run->epochs);
    if (run->epochs > 0) {
        json_signed(json, "first_epoch", run->first_epoch);
        json_signed(json, "last_epoch", run->last_epoch);
    }
    json_unsigned(json, "samples", run->samples);
    json_unsigned(json, "classes", run->label_classes);
    json_unsigned(json, "measurements_left_out", run->not_finite);
    json_unsigned(json, "rows_skipped", run->skipped_rows);
    if (run->threshold_count > 0)
        json_unsigned(json, "threshold_samples", run->threshold_count);
    if (run->threshold_samples > 0) {
        json_double(json, "percentile",
                    (double)run->percentile.numerator /
                        (double)run->percentile.denominator);
    }
    if (run_result_cuts_by_class(run)) {
        class_cutoffs_json(run, labels, json);
        json_double(json, "effect", run->effect);
    } else {
        json_double(json, "cutoff", run->cutoffs.aum);
        if (run->threshold_samples > 0)
            interval_json(run, json);
    }
    json_unsigned(json, "judged", run->judged);
    if (run->has_cutoff)
        json_unsigned(json, "flagged", run->flagged);
    if (run->window.epochs > 0)
        window_json(run, json);
    json_close(json, '}');
}

static void combination_json(const struct summary *summary, struct json *json)
{
    if (has_cutoff(summary))
        json_string(json, "combine", combine_words[summary->combine]);
    if (summary->run_count == 2)
        json_double(json, "rank_correlation", summary->rank_correlation);
}

/* Classes that no ranked sample has are left out. */
static void classes_json(const struct summary *summary, struct json *json)
{
    struct class_table table = {.classes = NULL};
    json->text.failed |= !class_table_count(&table, summary->ranking);
    class_table_sort(&table);
    json_open(json, "per_class", '[');
    for (size_t i = 0; i < table.count; i++) {
        const struct class_finding *class = &table.classes[i];
        json_open(json, NULL, '{');
        json_signed(json, "label",
                    class_label(&summary->options->labels, class->label));
        if (summary->options->names != NULL)
            json_string(json, "name",
                        report_class_name(summary->options, class->label));
        json_unsigned(json, "samples", class->samples);
        if (has_cutoff(summary)) {
            json_unsigned(json, "flagged", class->flagged);
            json_double(json, "flagged_share",
                        share(class->flagged, class->samples));
        }
        json_close(json, '}');
    }
    json_close(json, ']');
    class_table_free(&table);
}

static void evaluation_json(const struct summary *summary, struct json *json)
{
    const struct aum_evaluation *e = &summary->evaluation;
    json_open(json, "evaluation", '{');
    json_unsigned(json, "samples", e->samples);
    json_unsigned(json, "mislabeled", e->mislabeled);
    if (has_cutoff(summary)) {
        json_unsigned(json, "flagged", e->flagged);
        json_unsigned(json, "flagged_mislabeled", e->flagged_mislabeled);
        json_double(json, "precision", e->precision);
        json_double(json, "recall", e->recall);
        json_double(json, "f1", e->f1);
    }
    json_double(json, "auroc", e->auroc);
    json_double(json, "average_precision", e->average_precision);
    json_close(json, '}');
}

static void sweep_json(const struct summary *summary, struct json *json)
{
    const struct sweep *sweep = summary->sweep;
    const struct sweep_steps *steps = &summary->options->sweep;
    json_open(json, "sweep", '[');
    for (size_t i = 0; i < steps->count; i++) {
        json_open(json, NULL, '{');
        if (steps->percentiles)
            json_double(json, "percentile", decimal_value(steps->numbers[i]));
        if (!steps->percentiles || sweep->steps != NULL)
            json_double(json, "cutoff",
                        sweep->steps != NULL
                            ? sweep->steps[i]
                            : decimal_value(steps->numbers[i]));
        json_unsigned(json, "flagged", sweep->rows[i].flagged);
        json_double(
            json, "flagged_share",
            share(sweep->rows[i].flagged, aum_ranking_size(summary->ranking)));
        if (summary->evaluated) {
            json_double(json, "precision", sweep_precision(sweep, i));
            json_double(json, "recall", sweep_recall(sweep, i));
        }
        json_close(json, '}');
    }
    json_close(json, ']');
}

void summary_json(const struct summary *summary, struct json *json)
{
    const size_t size = aum_ranking_size(summary->ranking);
    const size_t flagged = aum_ranking_flagged(summary->ranking);
    json_open(json, NULL, '{');
    json_string(json, "program", PROGRAM_NAME);
    json_string(json, "version", aum_version());
    json_open(json, "runs", '[');
    for (size_t i = 0; i < summary->run_count; i++)
        run_json(&summary->runs[i], &summary->options->labels, json);
    json_close(json, ']');
    if (summary->run_count > 1)
        combination_json(summary, json);
    json_unsigned(json, "ranked", size);
    if (has_cutoff(summary)) {
        json_unsigned(json, "flagged", flagged);
        json_double(json, "flagged_share", share(flagged, size));
    }
    json_unsigned(json, "never_judged", summary->never_judged);
    classes_json(summary, json);
    if (summary->evaluated)
        evaluation_json(summary, json);
    if (summary->sweep != NULL)
        sweep_json(summary, json);
    json_close(json, '}');
}
