/*
 * job.c - what aum-scan does, from the options to the outputs
 */
#include "cli/job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dump/discover.h"
#include "cli/failure.h"
#include "cli/job_runs.h"
#include "cli/list.h"
#include "cli/plausibility.h"
#include "system/sandbox.h"
#include "common/fit.h"

/* Prints why a function of another room has failed. Returns false. */
static bool fail(struct job *job)
{
    return log_failure(&job->messages, &job->error);
}

/* ---- before: what the user has handed in ---- */

static bool find_files(struct job *job)
{
    const struct options *o = &job->options;
    job->runs = calloc(o->run_count, sizeof *job->runs);
    if (job->runs == NULL)
        return log_status(&job->messages, AUM_NO_MEMORY);
    for (size_t i = 0; i < o->run_count; i++) {
        struct run *run = &job->runs[i];
        run->options = o;
        run->own = &o->runs[i];
        run->supervisor = &job->supervisor;
        run->messages = &job->messages;
        run->result.number = o->run_count > 1 ? i + 1 : 0;
        if (!run_find_files(run))
            return false;
    }
    return true;
}

/* A run that is given twice judges the same samples twice, and those that it
 * spent never. */
static void log_shared_files(struct job *job)
{
    for (size_t i = 1; i < job->options.run_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const char *path = NULL;
            const size_t count = inputs_shared(&job->runs[j].inputs,
                                               &job->runs[i].inputs, &path);
            if (count > 0)
                log_warning(&job->messages,
                            "%s: given to run %zu and to run %zu, as %zu "
                            "of their files %s; these are not two runs",
                            path, j + 1, i + 1, count,
                            count == 1 ? "is" : "are");
        }
    }
}

/* Before any dump is read, which may take long. */
static bool read_texts(struct job *job)
{
    const struct options *o = &job->options;
    if (o->report.truth != NULL &&
        !truth_read(&job->truth, o->report.truth, &job->error))
        return fail(job);
    if (o->input.class_names != NULL) {
        if (!class_file_read(&job->class_names, o->input.class_names,
                             &o->input.labels.classes, &job->error))
            return fail(job);
        job->options.input.labels.names = &job->class_names;
    }
    if (o->only != NULL && !id_list_parse(&job->only, o->only, &job->error))
        return fail(job);
    if (!tracing_init(&job->tracing, o, &job->messages))
        return false;
    for (size_t i = 0; i < o->run_count; i++)
        job->runs[i].texts = job->runs[i].threshold_ids.count +
                             job->runs[i].threshold_ids.other_count +
                             truth_count(job->truth) + job->only.count +
                             job->tracing.wanted.count;
    return true;
}

bool job_read_inputs(struct job *job)
{
    if (!find_files(job))
        return false;
    log_shared_files(job);
    return read_texts(job);
}

/* The file of a list of ids that may be one; NULL: none. */
static const char *file_of_list(const char *text)
{
    return text != NULL && *text == '@' ? text + 1 : NULL;
}

bool job_list_inputs(struct job *job, struct input_files *inputs)
{
    const struct options *o = &job->options;
    bool good =
        input_files_add(inputs, "--truth", o->report.truth) &&
        input_files_add(inputs, "--class-names", o->input.class_names) &&
        input_files_add(inputs, "--only", file_of_list(o->only)) &&
        input_files_add(inputs, "--trace", file_of_list(o->report.trace));
    for (size_t i = 0; good && i < o->run_count; i++) {
        const struct inputs *dumps = &job->runs[i].inputs;
        good = input_files_add(inputs, "--threshold-ids",
                               o->runs[i].threshold_ids);
        for (size_t j = 0; good && j < dumps->count; j++)
            good = input_files_add(inputs, NULL, dumps->paths[j]);
    }
    return good || log_status(&job->messages, AUM_NO_MEMORY);
}

/* All dumps, in one list: what may be blamed. */
static bool list_files(struct job *job)
{
    size_t count = 0;
    for (size_t i = 0; i < job->options.run_count; i++)
        count += job->runs[i].inputs.count + 1;
    job->files = calloc(count + 1, sizeof *job->files);
    if (job->files == NULL)
        return log_status(&job->messages, AUM_NO_MEMORY);
    count = 0;
    for (size_t i = 0; i < job->options.run_count; i++) {
        const struct run *run = &job->runs[i];
        for (size_t j = 0; j < run->inputs.count; j++)
            job->files[count++] = run->inputs.paths[j];
        if (run->own->state != NULL)
            job->files[count++] = run->own->state;
    }
    job->supervisor.files = job->files;
    job->supervisor.file_count = count;
    return true;
}

/* Where dumps, and the files that they may name, are. */
static bool find_folders(struct job *job)
{
    const struct options *o = &job->options;
    bool good = true;
    job->trust.anything = o->input.trust;
    for (size_t i = 0; good && i < o->file_count; i++)
        good = dump_trust_add(&job->trust, o->files[i]);
    for (size_t i = 0; good && i < o->run_count; i++) {
        struct run *run = &job->runs[i];
        run->index.trust = &job->trust;
        for (size_t j = 0; good && j < run->inputs.count; j++)
            good = dump_trust_add(&job->trust, run->inputs.paths[j]) &&
                   dump_trust_add_prefixes(&job->trust, run->inputs.paths[j]);
        good = good && (run->own->state == NULL ||
                        dump_trust_add(&job->trust, run->own->state));
    }
    return good || log_status(&job->messages, AUM_NO_MEMORY);
}

/* Only a terminal has columns; the child may not ask. */
static void measure_terminal(struct job *job)
{
    const struct options *o = &job->options;
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (!o->list || o->output != NULL || o->report.has_format ||
        isatty(STDOUT_FILENO) == 0)
        return;
    job->terminal = columns != NULL ? strtoul(columns, NULL, 10) : 0;
    if (job->terminal == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        job->terminal = size.ws_col;
    if (job->terminal == 0)
        job->terminal = 80;
}

bool job_prepare(struct job *job)
{
    measure_terminal(job);
    return list_files(job) && find_folders(job) &&
           outputs_doom(&job->outputs, &job->trust);
}

/* ---- reading ---- */

/* All that may be read from here on is where dumps are. The outputs are open.
 * Each save of a state makes a new file that takes its place, so that its
 * folder must be written to; Landlock cannot leave out what else is in it and
 * below it. Without states, nothing may be written. */
static bool give_up_rights(struct job *job)
{
    const struct outputs *outputs = &job->outputs;
    if (job->supervisor.shared == NULL) /* then the process is not ours alone */
        return true;
    char **folders = calloc(outputs->count + 1, sizeof *folders);
    bool good = true;
    if (folders == NULL)
        return log_status(&job->messages, AUM_NO_MEMORY);
    for (size_t i = 0; i < outputs->count; i++) {
        const char *path = outputs->list[i].place.path;
        if (outputs->list[i].write == NULL)
            folders[i] = strndup(path, (size_t)(strrchr(path, '/') + 1 - path));
        good &= folders[i] != NULL || outputs->list[i].write != NULL;
    }
    const struct sandbox sandbox = {
        .read = {(const char *const *)job->trust.folders, job->trust.count},
        .write = {(const char *const *)folders, outputs->count},
        .read_anything = job->trust.anything,
    };
    bool enough_files = true;
    if (good)
        enough_files = !sandbox_enter(&sandbox).out_of_files;
    if (!enough_files)
        log_error(&job->messages, "%s", text_reason(EMFILE));
    for (size_t i = 0; i < outputs->count; i++)
        free(folders[i]);
    free(folders);
    return (good || log_status(&job->messages, AUM_NO_MEMORY)) && enough_files;
}

/* One ranking has one way to call the classes. */
static bool take_labels(struct job *job)
{
    const struct class_labels *first = &job->runs[0].index.label_rules.classes;
    for (size_t i = 1; i < job->options.run_count; i++) {
        const struct run *run = &job->runs[i];
        if (run->index.label_rules.classes.first == first->first)
            continue;
        log_error(&job->messages,
                  "%s: the labels of run %zu are -1 and 1, or else those of "
                  "run 1 are; dump both in the same way",
                  run->index.files[0].path, i + 1);
        return false;
    }
    job->options.report.labels = *first;
    job->options.report.names = job->runs[0].index.label_rules.names;
    job->options.report.threshold_class = job->options.scan.threshold_class;
    return true;
}

static bool discover(struct job *job)
{
    if (!dump_start(&job->error))
        return fail(job);
    for (size_t i = 0; i < job->options.run_count; i++) {
        if (!run_discover(&job->runs[i]))
            return false;
    }
    return take_labels(job);
}

static bool create_records(struct job *job)
{
    const struct options *o = &job->options;
    if (o->records == NULL)
        return true;
    job->records = measurements_create(outputs_file(&job->outputs, "--records"),
                                       o->report.format, o->run_count > 1,
                                       o->only != NULL ? &job->only : NULL,
                                       &job->supervisor, &job->error);
    return job->records != NULL || fail(job);
}

/* The records of the first epoch are written before the ids of others are
 * read. */
static bool choose_form_of_ids(struct job *job)
{
    const struct options *o = &job->options;
    if (o->records == NULL || o->report.format != TABLE_JSONL)
        return true;
    for (size_t i = 0; i < o->run_count && !job->wide_ids; i++) {
        if (!run_find_wide_ids(&job->runs[i], &job->wide_ids))
            return false;
    }
    if (job->wide_ids)
        measurements_make_ids_strings(job->records);
    return true;
}

static bool scan(struct job *job)
{
    if (!choose_form_of_ids(job))
        return false;
    for (size_t i = 0; i < job->options.run_count; i++) {
        struct run *run = &job->runs[i];
        if (!run_scan(run, job->records) || !run_find_cutoffs(run) ||
            (run->result.number > 0 && !job_add_verdicts(job, run)))
            return false;
    }
    return true;
}

/* Ranks the samples of the only run. */
static enum aum_status rank_run(struct job *job)
{
    struct run *run = &job->runs[0];
    aum_tally_freeze(run->scan.tally);
    enum aum_status status = aum_ranking_create(
        run->scan.tally, run->result.has_cutoff ? &run->result.cutoffs : NULL,
        &job->ranking);
    if (status != AUM_OK)
        return status;
    run->result.judged = aum_ranking_size(job->ranking);
    run->result.flagged = aum_ranking_flagged(job->ranking);
    return AUM_OK;
}

static bool rank(struct job *job)
{
    const struct run *first = &job->runs[0];
    if (job->truth != NULL &&
        !truth_tell(job->truth, &job->options.report.labels, first->scan.tally,
                    job->verdicts, &job->error))
        return fail(job);
    enum aum_status status =
        job->verdicts != NULL ? job_rank_verdicts(job) : rank_run(job);
    if (status != AUM_OK)
        return log_status(&job->messages, status);
    return job->options.report.sweep.count == 0 ||
           sweep_count(&job->sweep, &job->options.report, job->ranking,
                       job->verdicts == NULL ? first->steps : NULL) ||
           log_status(&job->messages, AUM_NO_MEMORY);
}

static bool summarize(struct job *job)
{
    job->results = calloc(job->options.run_count, sizeof *job->results);
    if (job->results == NULL)
        return log_status(&job->messages, AUM_NO_MEMORY);
    for (size_t i = 0; i < job->options.run_count; i++)
        job->results[i] = job->runs[i].result;
    job->summary = (struct summary){
        .options = &job->options.report,
        .runs = job->results,
        .run_count = job->options.run_count,
        .ranking = job->ranking,
        .never_judged = job_log_never_judged(job),
        .combine = job->options.combine,
        .evaluated = job->options.report.truth != NULL,
        .sweep = job->options.report.sweep.count > 0 ? &job->sweep : NULL,
    };
    if (!job_correlate_runs(job, &job->summary.rank_correlation))
        return false;
    if (job->summary.evaluated)
        aum_ranking_evaluate(job->ranking, &job->summary.evaluation);
    summary_tell(&job->summary, &job->messages);
    if (job->options.cutoff.source == CUTOFF_NONE &&
        job->options.report.sweep.count == 0 &&
        aum_ranking_size(job->ranking) > 0)
        log_note(&job->messages,
                 "all samples are ranked; -t auto finds a cutoff in the data");
    return true;
}

/* Traces alone need no ranking, and so no scan of all there is. */
static bool has_ranking(const struct options *o)
{
    bool kept = false;
    for (size_t i = 0; i < o->run_count; i++)
        kept |= o->runs[i].state != NULL;
    return o->report.trace == NULL || o->report.page != NULL ||
           o->report_json != NULL || o->pairs != NULL || o->records != NULL ||
           kept;
}

/* What is drawn of a ranking. */
static bool gather_findings(struct job *job)
{
    const struct summary *summary = &job->summary;
    const size_t mislabeled =
        summary->evaluated ? summary->evaluation.mislabeled : 0;
    job->findings = calloc(1, sizeof *job->findings);
    return (job->findings != NULL &&
            findings_gather(job->findings, summary->ranking, summary->runs,
                            summary->run_count, mislabeled)) ||
           log_status(&job->messages, AUM_NO_MEMORY);
}

static bool trace(struct job *job)
{
    const struct report_options *o = &job->options.report;
    const bool ranked = job->ranking != NULL;
    for (size_t i = 0; i < job->options.run_count; i++)
        run_allow_memory(&job->runs[i]);
    if (o->trace != NULL && !tracing_follow_wanted(&job->tracing, job->runs))
        return false;
    if (!ranked || (o->plot == NULL && o->page == NULL))
        return true;
    return gather_findings(job) &&
           (o->page == NULL ||
            tracing_follow_suspects(&job->tracing, job->runs, job->findings));
}

/* What was found is shown even if something is wrong with it. */
static bool list(struct job *job)
{
    const bool good = discover(job);
    for (size_t i = 0; good && i < job->options.run_count; i++)
        list_summarize(&job->runs[i]);
    supervisor_set_reading(&job->supervisor, false);
    supervisor_set_written(&job->supervisor);
    return outputs_write(&job->outputs, job) && good;
}

bool job_work(struct job *job)
{
    if (!outputs_restart(&job->outputs) || !give_up_rights(job) ||
        !create_records(job))
        return false;
    supervisor_set_reading(&job->supervisor, true);
    if (job->options.list)
        return list(job);
    if (!discover(job))
        return false;
    if (has_ranking(&job->options)) {
        if (!scan(job) || !rank(job) || !summarize(job) ||
            !plausibility_check(&job->options, job->runs, job->ranking,
                                &job->messages))
            return false;
    }
    const bool good = trace(job);
    supervisor_set_reading(&job->supervisor, false);
    supervisor_set_written(&job->supervisor);
    return good && outputs_write(&job->outputs, job);
}

/* ---- the rest ---- */

bool job_misused(const struct job *job)
{
    bool any = false;
    for (size_t i = 0; job->runs != NULL && i < job->options.run_count; i++)
        any |= job->runs[i].states.unwanted;
    return any;
}

bool job_skipped(const struct job *job)
{
    bool any = tracing_skipped(&job->tracing);
    for (size_t i = 0; job->runs != NULL && i < job->options.run_count; i++)
        any |= run_skipped(&job->runs[i]);
    return any;
}

void job_free(struct job *job)
{
    aum_ranking_destroy(job->ranking);
    aum_verdicts_destroy(job->verdicts);
    sweep_free(&job->sweep);
    measurements_destroy(job->records);
    tracing_free(&job->tracing);
    if (job->findings != NULL)
        findings_free(job->findings);
    free(job->findings);
    free(job->results);
    for (size_t i = 0; job->runs != NULL && i < job->options.run_count; i++)
        run_free(&job->runs[i]);
    free(job->runs);
    free(job->files);
    dump_trust_free(&job->trust);
    id_list_free(&job->only);
    truth_free(job->truth);
    class_names_free(&job->class_names);
}
