/*
 * job_runs.c - what several runs say together
 */
#include "cli/job_runs.h"

#include <inttypes.h>
#include <math.h>

#include "cli/failure.h"

/* "sample 17" */
static void format_sample(const struct aum_id *id, char *text, size_t size)
{
    struct aum_ids ids = {id->kind, &id->int64};
    if (id->kind == AUM_IDS_STRING)
        ids.values = &id->string;
    else if (id->kind == AUM_IDS_UINT64)
        ids.values = &id->uint64;
    measured_format_id(ids, 0, text, size);
}

/* ---- verdicts ---- */

/* Each run has given the extra class, beyond two and more, to other samples. */
static bool may_be_extra_class(const struct job *job, uint32_t class)
{
    const size_t classes = job->runs[0].result.label_classes;
    return !options_name_threshold_samples(&job->options) && classes > 2 &&
           class + 1 == classes;
}

static bool relabeled(struct job *job, const struct run *run,
                      const struct aum_run_report *report)
{
    const struct class_labels *labels = &run->index.label_rules.classes;
    const int64_t label = class_label(labels, report->label);
    const int64_t old_label = class_label(labels, report->old_label);
    char sample[256];
    char cause[200] = "these are not runs over the same data";
    if (may_be_extra_class(job, report->label) ||
        may_be_extra_class(job, report->old_label))
        snprintf(cause, sizeof cause,
                 "if the highest label, %" PRId64 ", is the extra class of "
                 "threshold samples, -c %" PRId64 " says so",
                 label > old_label ? label : old_label,
                 label > old_label ? label : old_label);
    else if (job->runs[0].own->threshold_ids != NULL)
        snprintf(cause, sizeof cause,
                 "is it a threshold sample that the list of these lacks, or "
                 "are these not runs over the same data?");
    format_sample(&report->relabeled, sample, sizeof sample);
    log_error(&job->messages,
              "run %zu (%s): %s has label %" PRId64 ", but had %" PRId64
              " in an earlier run that judges it; %s",
              run->result.number, run->index.files[0].path, sample, label,
              old_label, cause);
    return false;
}

static bool log_mixed_ids(struct job *job, const struct run *run)
{
    log_error(&job->messages,
              "run %zu (%s): sample ids are strings in one run and integers in "
              "another, and cannot be compared; --ids names others",
              run->result.number, run->index.files[0].path);
    return false;
}

static bool any_before(const struct job *job, const struct run *run)
{
    for (size_t i = 0; &job->runs[i] != run; i++) {
        if (job->runs[i].result.samples > 0)
            return true;
    }
    return false;
}

/* Runs are put together by the ids of their samples. */
static void log_unshared(struct job *job, const struct run *run)
{
    log_warning(&job->messages,
                "run %zu (%s): none of its %zu samples is in an earlier run; "
                "are its sample ids those of the same data (--ids names them)?",
                run->result.number, run->index.files[0].path,
                run->result.samples);
}

bool job_add_verdicts(struct job *job, struct run *run)
{
    struct aum_run_report report;
    const struct aum_judge judge = {
        .cutoffs = run->result.has_cutoff ? &run->result.cutoffs : NULL,
        .steps = run->steps,
        .step_count = run->steps != NULL ? job->options.report.sweep.count : 0,
    };
    if (job->verdicts == NULL)
        job->verdicts = aum_verdicts_create(run->result.samples);
    if (job->verdicts == NULL)
        return log_status(&job->messages, AUM_NO_MEMORY);
    enum aum_status status =
        aum_verdicts_add_run(job->verdicts, run->scan.tally, &judge, &report);
    if (status == AUM_RELABELED)
        return relabeled(job, run, &report);
    if (status == AUM_MIXED_IDS)
        return log_mixed_ids(job, run);
    if (status != AUM_OK)
        return log_status(&job->messages, status);
    run->result.judged = report.judged;
    run->result.flagged = report.flagged;
    if (any_before(job, run) && report.shared == 0 && report.judged > 0)
        log_unshared(job, run);
    if (run->result.has_cutoff)
        log_note(&job->messages, "run %zu: %zu of %zu samples flagged",
                 run->result.number, run->result.flagged, run->result.judged);
    run_drop_tally(run);
    return true;
}

enum aum_status job_rank_verdicts(struct job *job)
{
    aum_verdicts_freeze(job->verdicts);
    return aum_ranking_create_from_verdicts(job->verdicts, job->options.combine,
                                            &job->ranking);
}

/* ---- what is told of them ---- */

#define NEVER_JUDGED_SHOWN 20

size_t job_log_never_judged(struct job *job)
{
    struct aum_id ids[NEVER_JUDGED_SHOWN];
    char sample[256];
    if (job->verdicts == NULL)
        return 0;
    const size_t count =
        aum_verdicts_never_judged(job->verdicts, ids, NEVER_JUDGED_SHOWN);
    for (size_t i = 0; i < count && i < NEVER_JUDGED_SHOWN; i++) {
        format_sample(&ids[i], sample, sizeof sample);
        log_detail(&job->messages, "%s: never judged", sample);
    }
    if (count > NEVER_JUDGED_SHOWN)
        log_detail(&job->messages, "and %zu more", count - NEVER_JUDGED_SHOWN);
    return count;
}

bool job_correlate_runs(struct job *job, double *correlation)
{
    *correlation = (double)NAN;
    if (job->options.run_count != 2 || job->options.report_json == NULL)
        return true;
    enum aum_status status =
        aum_verdicts_rank_correlation(job->verdicts, correlation);
    return status == AUM_OK || log_status(&job->messages, status);
}
