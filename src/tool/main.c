/*
 * main.c - aum-scan: rank suspected mislabeled samples from dumps of logits
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#if defined(__GLIBC__) /* which one of the above defines */
#include <malloc.h>
#endif

#include "aum.h"
#include "decode.h"
#include "discover.h"
#include "id_list.h"
#include "message.h"
#include "options.h"
#include "out_file.h"
#include "pictures.h"
#include "records.h"
#include "report.h"
#include "run.h"
#include "sandbox.h"
#include "summary.h"
#include "supervisor.h"
#include "sweep.h"
#include "truth.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_SKIPPED = 3 /* done, but --keep-going left something out */
};

/* All that the program holds; what is NULL or empty has not been made yet. */
struct job {
    struct options options;
    struct messages messages;
    struct supervisor supervisor;
    struct run *runs;
    struct id_list only; /* samples whose records are asked for */
    struct truth *truth;

    struct out_file *out;
    struct out_file *report_json;
    struct records *records;
    struct pictures *pictures;

    struct aum_tally *of_runs; /* with several runs: their verdicts */
    struct aum_ranking *ranking;
    struct sweep sweep;
    struct summary summary;
};

/*
 * Keeps memory that was touched once, rather than giving it back and having it
 * cleared anew: the HDF5 library takes half a megabyte for each file it opens.
 * One arena does, as threads allocate little.
 */
static void tune_allocation(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    mallopt(M_ARENA_MAX, 1);
#endif
}

/* For tests and measurements. */
static bool select_kernel(struct messages *messages)
{
    const char *name = getenv("AUM_KERNEL");
    if (name == NULL || *name == '\0' || aum_kernel_select(name))
        return true;
    message_error(messages, "AUM_KERNEL=%s: this processor has no such kernel",
                  name);
    return false;
}

static int print_version(void)
{
    char hdf5[32];
    char sandbox[32];
    dump_hdf5_version(hdf5, sizeof hdf5);
    printf(PROGRAM_NAME " %s\nHDF5 %s, inflating with %s, zlib %s, kernels: "
                        "%s, sandbox: %s\n",
           aum_version(), hdf5, dump_inflater_name(), zlibVersion(),
           aum_kernel_name(), sandbox_name(sandbox));
    return EXIT_DONE;
}

static int print_help(void)
{
    options_print_help(stdout);
    return EXIT_DONE;
}

/* ---- steps; each returns false after an error message ---- */

static bool failed(struct job *job, enum aum_status status)
{
    message_error(&job->messages, "%s", aum_strerror(status));
    return false;
}

static bool write_failed(struct job *job, const struct out_error *error)
{
    if (!error->closed_pipe)
        message_error(&job->messages, "%s", error->text);
    return error->closed_pipe;
}

static bool find_files(struct job *job)
{
    const struct options *o = &job->options;
    job->runs = calloc(o->run_count, sizeof *job->runs);
    if (job->runs == NULL)
        return failed(job, AUM_NO_MEMORY);
    for (size_t i = 0; i < o->run_count; i++) {
        struct run *run = &job->runs[i];
        run->options = o;
        run->own = &o->runs[i];
        run->supervisor = &job->supervisor;
        run->messages = &job->messages;
        run->number = o->run_count > 1 ? i + 1 : 0;
        if (!run_find_files(run))
            return false;
    }
    return true;
}

static bool discover(struct job *job)
{
    struct dump_error error;
    if (!dump_start(&error)) {
        message_error(&job->messages, "%s", error.text);
        return false;
    }
    for (size_t i = 0; i < job->options.run_count; i++) {
        if (!run_discover(&job->runs[i]))
            return false;
    }
    return true;
}

/* An output must be no input and no other output. */
static bool check_path(struct job *job, const char *path,
                       const char *const *others)
{
    for (size_t i = 0; path != NULL && i < job->options.run_count; i++) {
        if (run_reads(&job->runs[i], path)) {
            message_error(&job->messages,
                          "%s: is an input; write to another file", path);
            return false;
        }
    }
    for (; path != NULL && *others != NULL; others++) {
        if (strcmp(*others, path) == 0) {
            message_error(&job->messages, "%s: is named for two outputs", path);
            return false;
        }
    }
    return true;
}

static bool open_file(struct job *job, const char *path, struct out_file **out)
{
    struct out_error error;
    *out = out_file_open(path, &error);
    if (*out == NULL)
        message_error(&job->messages, "%s", error.text);
    return *out != NULL;
}

static bool open_records(struct job *job)
{
    const struct options *o = &job->options;
    if (o->only != NULL && !id_list_parse(&job->only, o->only, &job->messages))
        return false;
    job->records =
        records_open(o->records, o->format, o->run_count > 1,
                     o->only != NULL ? &job->only : NULL, &job->messages);
    return job->records != NULL;
}

/* Are there to be any pictures, or traces? */
static bool draws(const struct options *o)
{
    return o->trace != NULL || o->plot != NULL || o->report != NULL;
}

static bool open_pictures(struct job *job)
{
    if (draws(&job->options))
        job->pictures = pictures_open(&job->options, &job->messages);
    return job->pictures != NULL || !draws(&job->options);
}

/* Each output with those before it. */
static bool check_paths(struct job *job)
{
    const struct options *o = &job->options;
    const char *const outputs[] = {o->output, o->report_json, o->records,
                                   o->report, o->plot};
    const char **paths = calloc(
        sizeof outputs / sizeof *outputs + o->run_count + 1, sizeof *paths);
    size_t count = 0;
    if (paths == NULL)
        return failed(job, AUM_NO_MEMORY);
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        if (outputs[i] != NULL)
            paths[count++] = outputs[i];
    }
    for (size_t i = 0; i < o->run_count; i++) {
        if (o->runs[i].state != NULL)
            paths[count++] = o->runs[i].state;
    }
    bool good = true;
    for (size_t i = count; good && i-- > 0;) {
        const char *path = paths[i];
        paths[i] = NULL; /* behind those before it */
        good = check_path(job, path, paths);
    }
    free(paths);
    return good;
}

static bool open_outputs(struct job *job)
{
    const struct options *o = &job->options;
    return check_paths(job) && open_file(job, o->output, &job->out) &&
           (o->report_json == NULL ||
            open_file(job, o->report_json, &job->report_json)) &&
           (o->records == NULL || open_records(job)) && open_pictures(job);
}

/* Where outputs are written; the caller's to free. */
static char *folder_of(const char *path)
{
    char *copy = path != NULL ? realpath(path, NULL) : NULL;
    if (copy == NULL && path != NULL)
        copy = strdup(path);
    char *slash = copy != NULL ? strrchr(copy, '/') : NULL;
    if (slash != NULL)
        slash[slash == copy] = '\0';
    else if (copy != NULL)
        strcpy(copy, ".");
    return copy;
}

/* All that may be written from here on are the outputs. */
static bool give_up_rights(struct job *job)
{
    const struct options *o = &job->options;
    const char *const outputs[] = {o->output, o->report_json, o->records,
                                   o->report, o->plot,        o->sweep_folder};
    const size_t fixed = sizeof outputs / sizeof *outputs;
    const size_t count = fixed + o->run_count + 1;
    if (job->supervisor.shared == NULL) /* then the process is not ours alone */
        return true;
    char **folders = calloc(count, sizeof *folders);
    if (folders == NULL)
        return failed(job, AUM_NO_MEMORY);
    for (size_t i = 0; i < fixed; i++)
        folders[i] = folder_of(outputs[i]);
    for (size_t i = 0; i < o->run_count; i++)
        folders[fixed + i] = folder_of(o->runs[i].state);
    if (o->sweep_folder != NULL)
        folders[count - 1] = strdup(o->sweep_folder);
    sandbox_enter((const char *const *)folders, count);
    for (size_t i = 0; i < count; i++)
        free(folders[i]);
    free(folders);
    return true;
}

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

static bool relabeled(struct job *job, const struct run *run,
                      const struct aum_run_report *report)
{
    char sample[256];
    format_sample(&report->relabeled, sample, sizeof sample);
    message_error(&job->messages,
                  "run %zu (%s): %s has label %u, but had %u in an earlier run "
                  "that judges it; these are not runs over the same data",
                  run->number, run->plan.files[0].path, sample,
                  (unsigned)report->label, (unsigned)report->old_label);
    return false;
}

/* Adds what a run says to what the others said; its tally is needed no more. */
static bool add_verdicts(struct job *job, struct run *run)
{
    struct aum_run_report report;
    const struct aum_judge judge = {
        .cutoff = run->has_cutoff ? &run->cutoff : NULL,
        .steps = run->steps,
        .step_count = run->steps != NULL ? job->options.sweep.count : 0,
    };
    if (job->of_runs == NULL)
        job->of_runs = aum_tally_create_runs(run->samples);
    if (job->of_runs == NULL)
        return failed(job, AUM_NO_MEMORY);
    enum aum_status status =
        aum_tally_add_run(job->of_runs, run->scan.tally, &judge, &report);
    if (status == AUM_RELABELED)
        return relabeled(job, run, &report);
    if (status != AUM_OK)
        return failed(job, status);
    run->judged = report.judged;
    run->flagged = report.flagged;
    message_note(&job->messages, "run %zu: %zu of %zu samples flagged",
                 run->number, run->flagged, run->judged);
    run_drop_tally(run);
    return true;
}

static bool scan(struct job *job)
{
    for (size_t i = 0; i < job->options.run_count; i++) {
        struct run *run = &job->runs[i];
        if (!run_scan(run, job->records) || !run_find_cutoffs(run) ||
            (run->number > 0 && !add_verdicts(job, run)))
            return false;
    }
    return true;
}

static struct aum_tally *final_tally(const struct job *job)
{
    return job->of_runs != NULL ? job->of_runs : job->runs[0].scan.tally;
}

static bool rank(struct job *job)
{
    struct run *first = &job->runs[0];
    struct aum_tally *tally = final_tally(job);
    if (job->truth != NULL && !truth_tell(job->truth, tally, &job->messages))
        return false;
    aum_tally_seal(tally);
    enum aum_status status = aum_ranking_create(
        tally, first->has_cutoff ? &first->cutoff : NULL, &job->ranking);
    if (status != AUM_OK)
        return failed(job, status);
    if (job->of_runs == NULL) {
        first->judged = aum_ranking_size(job->ranking);
        first->flagged = aum_ranking_flagged(job->ranking);
    }
    return job->options.sweep.count == 0 ||
           sweep_count(&job->sweep, &job->options, job->ranking,
                       job->of_runs == NULL ? first->steps : NULL) ||
           failed(job, AUM_NO_MEMORY);
}

#define NEVER_JUDGED_SHOWN 20

/* Counts those that all runs have spent; with --verbose, tells the first. */
static size_t tell_never_judged(struct job *job)
{
    struct aum_id ids[NEVER_JUDGED_SHOWN];
    char sample[256];
    const size_t count =
        aum_tally_never_judged(final_tally(job), ids, NEVER_JUDGED_SHOWN);
    for (size_t i = 0; i < count && i < NEVER_JUDGED_SHOWN; i++) {
        format_sample(&ids[i], sample, sizeof sample);
        message_detail(&job->messages, "%s: never judged", sample);
    }
    if (count > NEVER_JUDGED_SHOWN)
        message_detail(&job->messages, "and %zu more",
                       count - NEVER_JUDGED_SHOWN);
    return count;
}

static void summarize(struct job *job)
{
    job->summary = (struct summary){
        .options = &job->options,
        .runs = job->runs,
        .run_count = job->options.run_count,
        .ranking = job->ranking,
        .never_judged = tell_never_judged(job),
        .evaluated = job->options.truth != NULL,
        .sweep = job->options.sweep.count > 0 ? &job->sweep : NULL,
    };
    if (job->summary.evaluated)
        aum_ranking_evaluate(job->ranking, &job->summary.evaluation);
    summary_tell(&job->summary, &job->messages);
}

static bool write_report_json(struct job *job)
{
    struct json json = {.depth = 0};
    struct out_error error;
    if (job->report_json == NULL)
        return true;
    summary_json(&job->summary, &json);
    bool good = out_file_write_text(job->report_json, &json.text, &error);
    text_free(&json.text);
    if (good) {
        good = out_file_close(job->report_json, &error);
        job->report_json = NULL;
    }
    return good || write_failed(job, &error);
}

static bool close_records(struct job *job)
{
    struct records *records = job->records;
    job->records = NULL;
    return records == NULL || records_close(records);
}

/* --format=aum has threshold samples, too. */
static bool rank_whole(struct job *job)
{
    aum_ranking_destroy(job->ranking);
    job->ranking = NULL;
    enum aum_status status =
        aum_ranking_create_whole(final_tally(job), &job->ranking);
    return status == AUM_OK || failed(job, status);
}

static bool write_output(struct job *job)
{
    struct out_error error = {.closed_pipe = false};
    if (job->options.aum_values && !rank_whole(job))
        return false;
    bool good;
    if (job->options.trace != NULL)
        good = pictures_write_traces(job->pictures, job->out, &error);
    else if (job->options.sweep.count > 0)
        good = sweep_write(&job->sweep, job->out, &error);
    else
        good = report_write(job->ranking, job->runs[0].has_cutoff,
                            &job->options, job->out, &error);
    if (good) {
        good = out_file_close(job->out, &error);
        job->out = NULL;
    }
    return good || write_failed(job, &error);
}

static bool write_pictures(struct job *job)
{
    return job->pictures == NULL ||
           pictures_write(job->pictures,
                          job->ranking != NULL ? &job->summary : NULL);
}

/* The main output comes last: it is there only if all else is. */
static bool write_outputs(struct job *job)
{
    return close_records(job) && write_report_json(job) &&
           write_pictures(job) &&
           (job->options.sweep_folder == NULL ||
            sweep_write_ids(&job->sweep, &job->messages)) &&
           write_output(job);
}

/* Traces alone need no ranking, and so no scan of all there is. */
static bool has_ranking(const struct options *o)
{
    bool kept = false;
    for (size_t i = 0; i < o->run_count; i++)
        kept |= o->runs[i].state != NULL;
    return o->trace == NULL || o->report != NULL || o->report_json != NULL ||
           o->records != NULL || kept;
}

static bool trace(struct job *job)
{
    if (job->pictures == NULL)
        return true;
    for (size_t i = 0; i < job->options.run_count; i++)
        run_allow_memory(&job->runs[i]);
    return job->options.trace == NULL ||
           pictures_trace(job->pictures, job->runs, job->options.run_count);
}

/* Before any dump is read, which may take long. */
static bool read_truth(struct job *job)
{
    const char *path = job->options.truth;
    return path == NULL || truth_read(&job->truth, path, &job->messages);
}

static bool steps(struct job *job)
{
    if (!read_truth(job) || !find_files(job) || !open_outputs(job) ||
        !give_up_rights(job) || !discover(job))
        return false;
    if (has_ranking(&job->options)) {
        if (!scan(job) || !rank(job))
            return false;
        summarize(job);
    }
    return trace(job) && write_outputs(job);
}

/* ---- */

static bool skipped(const struct job *job)
{
    bool any = job->pictures != NULL && pictures_skipped(job->pictures);
    for (size_t i = 0; job->runs != NULL && i < job->options.run_count; i++)
        any |= run_skipped(&job->runs[i]);
    return any;
}

static void job_free(struct job *job)
{
    aum_ranking_destroy(job->ranking);
    aum_tally_destroy(job->of_runs);
    sweep_free(&job->sweep);
    records_abandon(job->records);
    pictures_abandon(job->pictures);
    out_file_abandon(job->report_json);
    out_file_abandon(job->out);
    for (size_t i = 0; job->runs != NULL && i < job->options.run_count; i++)
        run_free(&job->runs[i]);
    free(job->runs);
    id_list_free(&job->only);
    truth_free(job->truth);
}

/* The job, in a process of its own. */
static int work(void *context)
{
    struct job *job = context;
    const bool good = steps(job);
    const bool partly = skipped(job);
    job_free(job);
    return !good ? EXIT_FAILED : partly ? EXIT_SKIPPED : EXIT_DONE;
}

static int perform(struct job *job)
{
    if (job->options.action == OPTIONS_HELP)
        return print_help();
    if (job->options.action == OPTIONS_VERSION)
        return print_version();
    job->supervisor.keep_going = job->options.keep_going;
    job->supervisor.messages = &job->messages;
    return supervisor_run(&job->supervisor, work, job, EXIT_FAILED);
}

int main(int argc, char **argv)
{
    struct job job;
    memset(&job, 0, sizeof job);
    job.messages.level = MESSAGE_NORMAL;
    tune_allocation();
    /* A reader that has gone is an error of write(2), not the end. */
    signal(SIGPIPE, SIG_IGN);
    const bool parsed = options_parse(&job.options, argc, argv, &job.messages);
    if (parsed)
        job.messages.level = job.options.level;
    const int status =
        parsed && select_kernel(&job.messages) ? perform(&job) : EXIT_USAGE;
    options_free(&job.options);
    supervisor_free(&job.supervisor);
    return status;
}
