/*
 * job_outputs.c - what aum-scan writes: the rows of its table of outputs
 */
#include <stdlib.h>

#include "cli/failure.h"
#include "cli/job.h"
#include "cli/list.h"
#include "report/html_report.h"
#include "report/pairs.h"
#include "report/plots.h"
#include "report/ranking_table.h"
#include "report/trace_table.h"

static bool write_records(void *context, struct out_file *file, size_t number,
                          struct error *error)
{
    struct job *job = context;
    (void)file, (void)number;
    return measurements_finish(job->records, error);
}

static bool write_report_json(void *context, struct out_file *file,
                              size_t number, struct error *error)
{
    struct job *job = context;
    struct json json = {.depth = 0};
    (void)number;
    summary_json(&job->summary, &json);
    const bool good = out_file_write_text(file, &json.text, error);
    text_free(&json.text);
    return good;
}

static bool write_pairs(void *context, struct out_file *file, size_t number,
                        struct error *error)
{
    struct job *job = context;
    (void)number;
    return pairs_write(job->ranking, &job->options.report, file, error);
}

static bool write_plot(void *context, struct out_file *file, size_t number,
                       struct error *error)
{
    struct job *job = context;
    (void)number;
    return job->tracing.traces != NULL
               ? plots_write_trajectories(&job->options.report,
                                          job->tracing.traces,
                                          job->options.run_count, file, error)
               : plots_write_histogram(job->findings, file, error);
}

static bool write_report(void *context, struct out_file *file, size_t number,
                         struct error *error)
{
    struct job *job = context;
    (void)number;
    const struct html_report page = {&job->summary, job->findings,
                                     job->tracing.suspects,
                                     job->options.report.images};
    return html_report_write(&page, file, error);
}

static bool write_ids(void *context, struct out_file *file, size_t number,
                      struct error *error)
{
    struct job *job = context;
    return sweep_write_ids(&job->sweep, number - 1, file, error);
}

/* Are integer ids to be strings, as programs that read JSON could not tell them
 * apart? */
static bool wants_string_ids(const struct job *job)
{
    const struct options *o = &job->options;
    bool wide = job->wide_ids || (job->ranking != NULL &&
                                  aum_ranking_has_wide_ids(job->ranking));
    for (size_t i = 0; job->tracing.traces != NULL && i < o->run_count; i++)
        wide |= job->tracing.traces[i].wide_ids;
    return wide && o->report.format == TABLE_JSONL;
}

/* --format=aum includes the threshold samples of a single run. */
static bool write_whole(struct job *job, struct out_file *file,
                        struct error *error)
{
    struct aum_ranking *whole = NULL;
    enum aum_status status =
        aum_ranking_create_whole(job->runs[0].scan.tally, &whole);
    const bool good =
        status == AUM_OK
            ? ranking_table_write(whole, job->runs[0].result.has_cutoff, false,
                                  &job->options.report, file, error)
            : error_no_memory(error);
    aum_ranking_destroy(whole);
    return good;
}

/* The ranking, or what takes its place. */
static bool write_output(void *context, struct out_file *file, size_t number,
                         struct error *error)
{
    struct job *job = context;
    const struct options *o = &job->options;
    (void)number;
    if (o->list)
        return list_write(job->runs, o->run_count, o->report.format,
                          job->terminal, file, error);
    if (o->report.trace != NULL)
        return trace_table_write(job->tracing.traces, o->run_count,
                                 o->report.format, wants_string_ids(job), file,
                                 error);
    if (o->report.sweep.count > 0)
        return sweep_write(&job->sweep, file, error);
    if (o->report.aum_values && job->verdicts == NULL)
        return write_whole(job, file, error);
    return ranking_table_write(job->ranking, job->runs[0].result.has_cutoff,
                               wants_string_ids(job), &o->report, file, error);
}

static bool list_sweep(struct job *job)
{
    const struct options *o = &job->options;
    bool good =
        o->report.sweep_folder == NULL ||
        sweep_prepare_folder(&o->report, &job->made_folder, &job->error) ||
        log_failure(&job->messages, &job->error);
    for (size_t i = 0;
         good && o->report.sweep_folder != NULL && i < o->report.sweep.count;
         i++) {
        char *path = sweep_file_path(&o->report, i);
        good = path != NULL ? outputs_add(&job->outputs, "--sweep-dir", path,
                                          write_ids, i + 1)
                            : log_status(&job->messages, AUM_NO_MEMORY);
        free(path);
    }
    return good;
}

bool job_list_outputs(struct job *job)
{
    const struct options *o = &job->options;
    const struct {
        const char *option;
        const char *path;
        output_fn write;
    } rows[] = {
        {"--records", o->records, write_records},
        {"--report-json", o->report_json, write_report_json},
        {"--pairs", o->pairs, write_pairs},
        {"--plot", o->report.plot, write_plot},
        {"--report", o->report.page, write_report},
    };
    job->outputs.messages = &job->messages;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].path != NULL &&
            !outputs_add(&job->outputs, rows[i].option, rows[i].path,
                         rows[i].write, 0))
            return false;
    }
    for (size_t i = 0; i < o->run_count; i++) {
        if (o->runs[i].state != NULL &&
            !outputs_add(&job->outputs, "--state", o->runs[i].state, NULL, 0))
            return false;
    }
    /* Last: it tells that all else is done. */
    return list_sweep(job) &&
           outputs_add(&job->outputs, "--output", o->output, write_output, 0);
}
