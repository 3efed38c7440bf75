/*
 * plan_main.c - aum-plan: draw threshold samples before training
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aum.h"
#include "scan/label_file.h"
#include "ui/log.h"
#include "cli/advice.h"
#include "cli/failure.h"
#include "cli/option_table.h"
#include "cli/outputs.h"
#include "cli/supervision.h"
#include "report/id_cell.h"
#include "system/sandbox.h"
#include "system/supervisor.h"
#include "text/table_writer.h"
#include "dump/trust.h"
#include "common/fit.h"

#define PLAN_NAME "aum-plan"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum action { PLAN, PRINT_HELP, PRINT_VERSION };

#define NO_THRESHOLD_CLASS UINT64_MAX

struct plan_options {
    enum action action;
    uint64_t samples; /* 0: not given */
    uint64_t classes; /* 0: not given */
    struct dump_names names;
    const char *labels;       /* NULL: not given */
    uint64_t threshold_class; /* NO_THRESHOLD_CLASS: not given */
    bool trust;
    uint64_t sets;
    uint64_t seed;
    const char *output;
    enum log_level level;
    const char *file; /* there should be none */
};

/* ---- options ---- */

static bool take_samples(void *context, const char *text)
{
    struct plan_options *o = context;
    return option_number(text, UINT32_MAX - 2, &o->samples) && o->samples > 0;
}

static bool take_classes(void *context, const char *text)
{
    struct plan_options *o = context;
    return option_number(text, UINT32_MAX - 2, &o->classes) && o->classes > 0;
}

static bool take_sets(void *context, const char *text)
{
    struct plan_options *o = context;
    return option_number(text, UINT32_MAX, &o->sets) && o->sets > 0;
}

static bool take_seed(void *context, const char *text)
{
    struct plan_options *o = context;
    return option_number(text, UINT64_MAX, &o->seed);
}

static bool take_output(void *context, const char *text)
{
    struct plan_options *o = context;
    o->output = strcmp(text, "-") == 0 ? NULL : text;
    return *text != '\0';
}

static bool take_threshold_class(void *context, const char *text)
{
    struct plan_options *o = context;
    return option_number(text, UINT32_MAX - 3, &o->threshold_class);
}

static bool take_verbose(void *context, const char *text)
{
    struct plan_options *o = context;
    (void)text;
    o->level = LOG_VERBOSE;
    return true;
}

static bool take_quiet(void *context, const char *text)
{
    struct plan_options *o = context;
    (void)text;
    o->level = LOG_QUIET;
    return true;
}

static bool take_help(void *context, const char *text)
{
    struct plan_options *o = context;
    (void)text;
    o->action = PRINT_HELP;
    return true;
}

static bool take_version(void *context, const char *text)
{
    struct plan_options *o = context;
    (void)text;
    o->action = PRINT_VERSION;
    return true;
}

static bool is_done(const void *context)
{
    const struct plan_options *o = context;
    return o->action != PLAN;
}

static void take_file(void *context, char *file)
{
    struct plan_options *o = context;
    o->file = file;
}

static const struct option_row rows[] = {
    {0, "samples", "N", OPTION_TAKE(take_samples), "a count",
     "samples, with ids from 0 on"},
    {0, "classes", "C", OPTION_TAKE(take_classes), "a count",
     "classes; threshold samples get the label C"},
    {0, "labels", "FILE", OPTION_TEXT(struct plan_options, labels), "a file",
     "count both in an HDF5 file, and take its ids"},
    {0, "dataset", "NAME", OPTION_TEXT(struct plan_options, names.labels),
     "a dataset's name", "the labels' dataset there [labels, targets, ...]"},
    {0, "ids", "NAME", OPTION_TEXT(struct plan_options, names.ids),
     "a dataset's name", "the sample ids' dataset there [indices, ids, ...]"},
    {0, "group", "GLOB", OPTION_TEXT(struct plan_options, names.group),
     "a pattern", "look only in the groups that match, e.g. train"},
    {'c', "threshold-class", "K", OPTION_TAKE(take_threshold_class), "a label",
     "leave out its threshold samples, labeled K"},
    {0, "trust", NULL, OPTION_FLAG(struct plan_options, trust), NULL,
     "follow it to files in any folder, not only its own"},
    {0, "sets", "K", OPTION_TAKE(take_sets), "a count",
     "sets, one for each run [2]"},
    {0, "seed", "S", OPTION_TAKE(take_seed), "a whole number",
     "the same seed gives the same sets everywhere [1]"},
    {'o', "output", "FILE", OPTION_TAKE(take_output), "a file name",
     "write here, whole or not at all; .gz compresses"},
    {'q', "quiet", NULL, OPTION_TAKE(take_quiet), NULL, NULL},
    {'v', "verbose", NULL, OPTION_TAKE(take_verbose), NULL,
     "say nothing but errors, or more"},
    {'h', "help", NULL, OPTION_TAKE(take_help), NULL, NULL},
    {'V', "version", NULL, OPTION_TAKE(take_version), NULL,
     "print this, or the version, and exit"},
};

static const struct option_table table = {rows, sizeof rows / sizeof *rows,
                                          is_done, take_file};

static void print_help(void)
{
    fputs("Usage: " PLAN_NAME " --samples=N --classes=C [OPTION]...\n"
          "       " PLAN_NAME " --labels=FILE [OPTION]...\n"
          "Draw the threshold samples of each run before training, for "
          "aum-scan -T.\n"
          "Example: " PLAN_NAME
          " --samples=50000 --classes=100 --seed=7 > plan.csv\n",
          stdout);
    option_table_print(&table, stdout);
}

static bool usage_error(struct messages *messages, const char *what)
{
    log_error(messages, "%s (try --help)", what);
    return false;
}

static bool parse(struct plan_options *o, int argc, char **argv,
                  struct messages *messages)
{
    *o = (struct plan_options){.sets = 2,
                               .seed = 1,
                               .threshold_class = NO_THRESHOLD_CLASS,
                               .level = LOG_NORMAL};
    if (!option_table_parse(&table, o, argc, argv, messages))
        return false;
    if (is_done(o))
        return true;
    if (o->file != NULL)
        return usage_error(messages, "it takes no FILE; a file of labels is "
                                     "given with --labels");
    if (o->labels != NULL && o->samples != 0)
        return usage_error(messages, "--samples and --labels exclude each "
                                     "other");
    if (o->labels == NULL && (o->samples == 0 || o->classes == 0))
        return usage_error(messages, "either --labels or both --samples and "
                                     "--classes have to be given");
    if (o->labels == NULL && (o->names.labels != NULL || o->names.ids != NULL ||
                              o->names.group != NULL || o->trust ||
                              o->threshold_class != NO_THRESHOLD_CLASS))
        return usage_error(messages, "--dataset, --ids, --group, "
                                     "--threshold-class and --trust need "
                                     "--labels");
    return true;
}

/* ---- the plan ---- */

struct job {
    struct plan_options options;
    struct messages messages;
    struct label_file labels; /* with --labels */
    bool from_1;              /* these count from 1 */
    size_t set_size;
    uint64_t *rows; /* set by set: numbers of samples, in the order of ids */
    struct error error; /* of what has failed */
    struct outputs outputs;
    struct supervisor supervisor;
    struct dump_trust trust;
};

static struct dump_watch *watch(const struct job *job)
{
    struct supervised *shared = job->supervisor.shared;
    return shared != NULL ? &shared->watch : NULL;
}

/* Counts samples and classes, if that is asked for. */
static bool count(struct job *job)
{
    struct plan_options *o = &job->options;
    const struct label_source source = {
        .path = o->labels,
        .names = &o->names,
        .threshold_class = o->threshold_class != NO_THRESHOLD_CLASS
                               ? (uint32_t)o->threshold_class
                               : AUM_NO_CLASS};
    if (o->labels == NULL)
        return true;
    if (!label_file_read(&job->labels, &source, &job->trust, watch(job),
                         &job->messages, &job->error))
        return log_failure(&job->messages, &job->error);
    o->samples = aum_ranking_size(job->labels.samples);
    const bool late = !job->labels.has_label_0 && job->labels.classes > 2 &&
                      o->threshold_class == NO_THRESHOLD_CLASS;
    job->from_1 = late && o->classes + 1 == job->labels.classes;
    if (o->classes != 0 && o->classes < job->labels.classes && !job->from_1) {
        log_error(&job->messages,
                  "%s: its labels need %zu classes or more; --classes=%" PRIu64
                  " is too few",
                  o->labels, job->labels.classes, o->classes);
        return false;
    }
    if (o->classes == 0 && late)
        log_warning(&job->messages,
                    "%s: no sample has label 0; if labels count from 1, "
                    "--classes=%zu says so",
                    o->labels, job->labels.classes - 1);
    if (o->classes == 0)
        o->classes = job->labels.classes;
    return true;
}

static bool draw(struct job *job)
{
    const struct plan_options *o = &job->options;
    const size_t samples = (size_t)o->samples;
    job->set_size = aum_threshold_set_size(samples, (size_t)o->classes);
    if (job->set_size == 0) {
        log_error(&job->messages,
                  "%s%s%" PRIu64 " samples of %" PRIu64 " classes are too few: "
                  "N/(C+1) is below 1",
                  o->labels != NULL ? o->labels : "",
                  o->labels != NULL ? ": " : "", o->samples, o->classes);
        return false;
    }
    if (o->sets > samples / job->set_size) {
        log_error(&job->messages,
                  "--sets=%" PRIu64 ": %" PRIu64 " samples are enough for "
                  "%zu sets of %zu, no more",
                  o->sets, o->samples, samples / job->set_size, job->set_size);
        return false;
    }
    job->rows = malloc((size_t)o->sets * job->set_size * sizeof *job->rows);
    enum aum_status status =
        job->rows == NULL
            ? AUM_NO_MEMORY
            : aum_draw_threshold_sets(samples, (size_t)o->sets, job->set_size,
                                      o->seed, job->rows);
    return status == AUM_OK || log_status(&job->messages, status);
}

static void write_sample(struct job *job, struct table *text, uint64_t number)
{
    if (job->labels.samples != NULL) {
        struct aum_row row;
        aum_ranking_row(job->labels.samples, (size_t)number, &row);
        write_id_cell(text, &row.id, false);
    } else {
        table_unsigned(text, number);
    }
}

/* The threshold samples of each set. */
static bool write_plan(void *context, struct out_file *file, size_t number,
                       struct error *error)
{
    static const char *const columns[] = {"set", "sample_id"};
    struct job *job = context;
    const size_t total = (size_t)job->options.sets * job->set_size;
    struct table plan;
    (void)number;
    table_init(&plan, TABLE_CSV, columns, 2);
    table_header(&plan);
    for (size_t i = 0; i < total; i++) {
        table_unsigned(&plan, i / job->set_size + 1);
        write_sample(job, &plan, job->rows[i]);
    }
    const bool good = out_file_write_text(file, &plan.text, error);
    table_free(&plan);
    return good;
}

/* ---- the process ---- */

/* Opens the output, which harms nothing. */
static bool open_output(struct job *job)
{
    struct input_files inputs = {NULL, 0};
    const struct plan_options *o = &job->options;
    job->outputs.messages = &job->messages;
    const bool good =
        (input_files_add(&inputs, "--labels", o->labels) ||
         log_status(&job->messages, AUM_NO_MEMORY)) &&
        outputs_add(&job->outputs, "--output", o->output, write_plan, 0) &&
        outputs_check(&job->outputs, &inputs) &&
        outputs_open(&job->outputs, false);
    input_files_free(&inputs);
    return good;
}

static bool find_folders(struct job *job)
{
    const char *labels = job->options.labels;
    if (labels == NULL)
        return true;
    job->supervisor.files = &job->options.labels;
    job->supervisor.file_count = 1;
    job->trust.anything = job->options.trust;
    return outputs_doom(&job->outputs, &job->trust) &&
           ((dump_trust_add(&job->trust, labels) &&
             dump_trust_add_prefixes(&job->trust, labels)) ||
            log_status(&job->messages, AUM_NO_MEMORY));
}

/* All that is read is where the labels are. */
static bool give_up_rights(struct job *job)
{
    const struct sandbox sandbox = {
        .read = {(const char *const *)job->trust.folders, job->trust.count},
        .read_anything = job->trust.anything,
    };
    if (job->supervisor.shared == NULL || !sandbox_enter(&sandbox).out_of_files)
        return true;
    log_error(&job->messages, "%s", text_reason(EMFILE));
    return false;
}

/* In a process of its own, since it reads a file that may be damaged. */
static int work(void *context)
{
    struct job *job = context;
    const struct plan_options *o = &job->options;
    if (!give_up_rights(job) || !count(job) || !draw(job))
        return EXIT_FAILED;
    log_note(&job->messages,
             "%" PRIu64 " sets of %zu threshold samples each, of %" PRIu64
             " samples of %" PRIu64 " classes; their label is %" PRIu64,
             o->sets, job->set_size, o->samples, o->classes,
             o->threshold_class != NO_THRESHOLD_CLASS
                 ? o->threshold_class
                 : o->classes + job->from_1);
    return outputs_write(&job->outputs, job) ? EXIT_DONE : EXIT_FAILED;
}

static void clean_up(void *context)
{
    struct job *job = context;
    outputs_free(&job->outputs);
}

static int perform(struct job *job)
{
    if (!open_output(job) || !find_folders(job))
        return EXIT_FAILED;
    supervision_init(&job->supervisor, &job->messages);
    int status = job->options.labels == NULL
                     ? work(job)
                     : supervisor_run(&job->supervisor, work, clean_up, job,
                                      EXIT_FAILED);
    if (status == EXIT_DONE && !outputs_commit(&job->outputs))
        status = EXIT_FAILED;
    return status;
}

static int print_about(struct job *job)
{
    if (job->options.action == PRINT_HELP)
        print_help();
    else
        printf(PLAN_NAME " %s\n", aum_version());
    return log_flush_stdout(&job->messages) ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct job job;
    int status = EXIT_USAGE;
    memset(&job, 0, sizeof job);
    job.messages.program = PLAN_NAME;
    job.messages.advice = advice_of_plan;
    job.messages.level = LOG_NORMAL;
    outputs_start_process();
    const bool parsed = parse(&job.options, argc, argv, &job.messages);
    if (parsed)
        job.messages.level = job.options.level;
    if (parsed)
        status = job.options.action != PLAN ? print_about(&job) : perform(&job);
    clean_up(&job);
    supervisor_free(&job.supervisor);
    dump_trust_free(&job.trust);
    label_file_free(&job.labels);
    free(job.rows);
    return status;
}
