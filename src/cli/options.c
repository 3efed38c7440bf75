/*
 * options.c - the command line
 *
 * One table tells what there is; see option_table.h.
 */
#include "cli/options.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/option_checks.h"
#include "cli/option_table.h"
#include "dump/axes.h"
#include "report/summary.h"

/* ---- arguments ---- */

/* "12" or "-1". */
static bool take_integer(const char *text, int64_t *out)
{
    uint64_t number;
    const bool negative = *text == '-';
    if (!option_number(text + negative, INT64_MAX, &number))
        return false;
    *out = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool take_threshold(void *context, const char *text)
{
    struct options *o = context;
    char *end;
    o->cutoff.source = CUTOFF_SPLITS;
    if (strcmp(text, "auto") == 0)
        return true;
    o->cutoff.source = CUTOFF_FIXED;
    o->cutoff.threshold = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(o->cutoff.threshold);
}

static bool take_threshold_class(void *context, const char *text)
{
    struct options *o = context;
    uint64_t number;
    if (!option_number(text, AUM_NO_CLASS - 1, &number))
        return false;
    o->threshold_label = (int64_t)number;
    o->has_threshold_label = true;
    return true;
}

static bool take_first_label(void *context, const char *text)
{
    struct options *o = context;
    uint64_t number;
    if (!option_number(text, INT32_MAX, &number))
        return false;
    o->input.labels.classes.first = (int64_t)number;
    return true;
}

/* "-100,255"; what is given again is added. */
static bool take_ignored(void *context, const char *text)
{
    struct options *o = context;
    struct dump_label_rules *rules = &o->input.labels;
    for (;;) {
        char number[32];
        const size_t length = strcspn(text, ",");
        int64_t label;
        if (length >= sizeof number)
            return false;
        memcpy(number, text, length);
        number[length] = '\0';
        if (!take_integer(number, &label))
            return false;
        if (!dump_label_is_ignored(rules, label)) {
            if (rules->ignored_count == DUMP_IGNORED_MAX)
                return false;
            rules->ignored[rules->ignored_count++] = label;
        }
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

/* The run that options are about: the last one given so far, or all. */
static struct run_options *present_run(struct options *o)
{
    return o->run_count > 0 ? &o->runs[o->run_count - 1] : &o->common;
}

static void add_file(struct options *o, char *file)
{
    o->files[o->file_count++] = file;
    present_run(o)->file_count++;
}

static bool take_run(void *context, const char *text)
{
    struct options *o = context;
    o->runs[o->run_count++] = (struct run_options){.first_file = o->file_count};
    add_file(o, (char *)(uintptr_t)text); /* one of argv's */
    return *text != '\0';
}

static bool take_threshold_ids(void *context, const char *text)
{
    struct options *o = context;
    present_run(o)->threshold_ids = text;
    return *text != '\0';
}

static bool take_set(void *context, const char *text)
{
    struct options *o = context;
    return option_number(text, UINT64_MAX, &present_run(o)->set) &&
           present_run(o)->set > 0;
}

static bool take_state(void *context, const char *text)
{
    struct options *o = context;
    present_run(o)->state = text;
    return *text != '\0';
}

static bool take_combine(void *context, const char *text)
{
    struct options *o = context;
    for (size_t i = 0; i < COMBINE_RULES; i++) {
        if (strcmp(text, combine_words[i]) == 0) {
            o->combine = (enum aum_combine)i;
            return true;
        }
    }
    return false;
}

static bool take_percentile(void *context, const char *text)
{
    struct options *o = context;
    o->cutoff.percentile_text = text;
    return aum_percentile_parse(text, &o->cutoff.percentile);
}

static bool take_epochs(void *context, const char *text)
{
    struct options *o = context;
    char first[32];
    const char *colon = strchr(text, ':');
    const char *last = colon != NULL ? colon + 1 : text;
    size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    if (strcmp(text, "auto") == 0 || strcmp(text, "all") == 0) /* as :auto */
        length = 0;
    if (length >= sizeof first)
        return false;
    memcpy(first, text, length);
    first[length] = '\0';
    o->scan.epochs = DUMP_ALL_EPOCHS;
    o->cutoff.epochs_end = EPOCHS_END_UNSAID;
    if (*first != '\0' && !take_integer(first, &o->scan.epochs.first))
        return false;
    if (strcmp(last, "auto") == 0) {
        o->cutoff.epochs_end = EPOCHS_END_AUTO;
    } else if (strcmp(last, "all") == 0) {
        o->cutoff.epochs_end = EPOCHS_END_ALL;
    } else if (*last != '\0') {
        o->cutoff.epochs_end = EPOCHS_END_NAMED;
        if (!take_integer(last, &o->scan.epochs.last))
            return false;
    }
    return (*first != '\0' || *last != '\0') &&
           o->scan.epochs.first <= o->scan.epochs.last;
}

static bool take_top(void *context, const char *text)
{
    struct options *o = context;
    uint64_t number;
    if (!option_number(text, SIZE_MAX - 1, &number))
        return false;
    o->report.top = (size_t)number;
    return true;
}

static bool take_output(void *context, const char *text)
{
    struct options *o = context;
    o->output = strcmp(text, "-") == 0 ? NULL : text;
    return *text != '\0';
}

static bool take_format(void *context, const char *text)
{
    struct options *o = context;
    o->report.format = TABLE_CSV;
    o->report.has_format = true;
    o->report.aum_values = strcmp(text, "aum") == 0;
    return o->report.aum_values || table_format_parse(text, &o->report.format);
}

static bool take_sweep(void *context, const char *text)
{
    struct options *o = context;
    return sweep_steps_parse(&o->report.sweep, text);
}

static bool take_axes(void *context, const char *text)
{
    struct options *o = context;
    return dump_axes_parse(&o->input.names.axes, text);
}

static bool take_probabilities(void *context, const char *text)
{
    struct options *o = context;
    o->scan.probabilities =
        text == NULL ? PROBABILITIES_TAKEN : PROBABILITIES_LOGITS;
    return text == NULL || strcmp(text, "no") == 0;
}

static bool take_threads(void *context, const char *text)
{
    struct options *o = context;
    uint64_t number;
    if (!option_number(text, 1024, &number))
        return false;
    o->scan.threads = (unsigned)number;
    return true;
}

static bool take_quiet(void *context, const char *text)
{
    struct options *o = context;
    (void)text;
    o->level = LOG_QUIET;
    return true;
}

static bool take_verbose(void *context, const char *text)
{
    struct options *o = context;
    (void)text;
    o->level = LOG_VERBOSE;
    return true;
}

static bool take_progress(void *context, const char *text)
{
    struct options *o = context;
    static const char *const words[] = {[PROGRESS_AUTO] = "auto",
                                        [PROGRESS_ALWAYS] = "always",
                                        [PROGRESS_NEVER] = "never"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            o->scan.progress = (enum progress_when)i;
            return true;
        }
    }
    return false;
}

static bool take_help(void *context, const char *text)
{
    struct options *o = context;
    (void)text;
    o->action = OPTIONS_HELP;
    return true;
}

static bool take_version(void *context, const char *text)
{
    struct options *o = context;
    (void)text;
    o->action = OPTIONS_VERSION;
    return true;
}

/* ---- the table ---- */

static const struct option_row rows[] = {
    {'t', "threshold", "AUM", OPTION_TAKE(take_threshold), "a number or auto",
     "flag samples below this AUM; auto: the data tell"},
    {'c', "threshold-class", "K", OPTION_TAKE(take_threshold_class),
     "a class number", "the threshold samples are those labeled K"},
    {'T', "threshold-ids", "FILE", OPTION_TAKE(take_threshold_ids), "a file",
     NULL},
    {0, "set", "S", OPTION_TAKE(take_set), "a number from 1 on",
     "their ids; of a plan, those of set S"},
    {'p', "percentile", "P", OPTION_TAKE(take_percentile),
     "a number between 0 and 100",
     "of the threshold samples' AUMs, with -c or -T [99]"},
    {'e', "epochs", "FIRST:LAST", OPTION_TAKE(take_epochs),
     "FIRST:LAST, FIRST:, :LAST, auto, all or one epoch number",
     "only these; 1: skips 0; LAST may be auto or all"},
    {0, "run", "PATH", OPTION_TAKE(take_run), "a file or folder", NULL},
    {0, "combine", "RULE", OPTION_TAKE(take_combine), "any, majority or mean",
     NULL},
    {0, "state", "FILE", OPTION_TAKE(take_state), "a file name", NULL},
    {0, "wait", NULL, OPTION_FLAG(struct options, wait), NULL,
     "runs; keep what was read"},
    {'a', "all", NULL, OPTION_FLAG(struct options, report.all), NULL, NULL},
    {'n', "top", "K", OPTION_TAKE(take_top), "a count",
     "with a cutoff: every sample; at most K rows"},
    {'l', "list", NULL, OPTION_FLAG(struct options, list), NULL, NULL},
    {'o', "output", "FILE", OPTION_TAKE(take_output), "a file name",
     "list what is read; write here; .gz compresses"},
    {'f', "format", "FORMAT", OPTION_TAKE(take_format),
     TABLE_FORMAT_NAMES " or aum",
     TABLE_FORMAT_NAMES ", or aum: sample_id,aum only [csv]"},
    {0, "truth", "FILE", OPTION_TEXT(struct options, report.truth), "a file",
     NULL},
    {0, "class-names", "FILE", OPTION_TEXT(struct options, input.class_names),
     "a file", "CSV of true labels; names of the classes"},
    {0, "report", "FILE", OPTION_TEXT(struct options, report.page),
     "a file name", NULL},
    {0, "images", "PATTERN", OPTION_TEXT(struct options, report.images),
     "where pictures are, such as images/{id}.png", NULL},
    {0, "report-json", "FILE", OPTION_TEXT(struct options, report_json),
     "a file name", "a page; as JSON"},
    {0, "trace", "IDS", OPTION_TEXT(struct options, report.trace),
     "a list of ids, or @FILE", NULL},
    {0, "plot", "FILE", OPTION_TEXT(struct options, report.plot), "a file name",
     "the course of samples; it, or all AUMs, as SVG"},
    {0, "sweep", "STEPS", OPTION_TAKE(take_sweep),
     "FROM:TO:STEP or a list such as 90,95,99%", NULL},
    {0, "sweep-dir", "DIR", OPTION_TEXT(struct options, report.sweep_folder),
     "a folder", "try cutoffs: -1:0:0.1 or 90,95,99%"},
    {0, "pairs", "FILE", OPTION_TEXT(struct options, pairs), "a file name",
     NULL},
    {0, "records", "FILE", OPTION_TEXT(struct options, records), "a file name",
     NULL},
    {0, "only", "IDS", OPTION_TEXT(struct options, only),
     "a list of ids, or @FILE", "class pairs; measurements of IDS"},
    {0, "logits", "NAME", OPTION_TEXT(struct options, input.names.logits),
     "a dataset's name", NULL},
    {0, "labels", "NAME", OPTION_TEXT(struct options, input.names.labels),
     "a dataset's name", NULL},
    {0, "ids", "NAME", OPTION_TEXT(struct options, input.names.ids),
     "a dataset's name", NULL},
    {0, "group", "GLOB", OPTION_TEXT(struct options, input.names.group),
     "a pattern", "what to read"},
    {0, "first-label", "K", OPTION_TAKE(take_first_label), "a number", NULL},
    {0, "ignore-label", "K,...", OPTION_TAKE(take_ignored),
     "a list of whole numbers such as -100,255",
     "labels count from K; leave K out"},
    {0, "axes", "LIST", OPTION_TAKE(take_axes),
     "a list of epoch, sample, class, position, measurement and _, with sample "
     "or position",
     NULL},
    {0, "soft-labels", NULL, OPTION_FLAG(struct options, input.labels.soft),
     NULL, NULL},
    {0, "allow-relabel", NULL, OPTION_FLAG(struct options, scan.allow_relabel),
     NULL, "axes; labels may be p, vary"},
    {0, "probabilities", "[=no]", OPTION_TAKE(take_probabilities), "no", NULL},
    {0, "strict", NULL, OPTION_FLAG(struct options, scan.strict), NULL,
     "logits are p; NaN margins are errors"},
    {'k', "keep-going", NULL, OPTION_FLAG(struct options, scan.keep_going),
     NULL, NULL},
    {0, "trust", NULL, OPTION_FLAG(struct options, input.trust), NULL,
     "skip bad files and rows, exit 3; follow any link"},
    {'j', "threads", "N", OPTION_TAKE(take_threads), "a count up to 1024",
     NULL},
    {0, "progress", "WHEN", OPTION_TAKE(take_progress), "auto, always or never",
     "threads [cores]; bar: auto, always, never"},
    {'q', "quiet", NULL, OPTION_TAKE(take_quiet), NULL, NULL},
    {'v', "verbose", NULL, OPTION_TAKE(take_verbose), NULL, NULL},
    {'h', "help", NULL, OPTION_TAKE(take_help), NULL, NULL},
    {'V', "version", NULL, OPTION_TAKE(take_version), NULL,
     "less; more; this text"},
};

static bool is_done(const void *context)
{
    const struct options *o = context;
    return o->action != OPTIONS_RUN;
}

static void take_file(void *context, char *file)
{
    add_file(context, file);
}

static const struct option_table table = {rows, sizeof rows / sizeof *rows,
                                          is_done, take_file};

void options_print_help(FILE *stream)
{
    fputs("Usage: " PROGRAM_NAME " [OPTION]... FILE...\n"
          "Rank training samples from HDF5 dumps of logits, mislabeled ones "
          "first.\n"
          "Example: " PROGRAM_NAME " -t auto run/*.h5 > suspects.csv\n",
          stream);
    option_table_print(&table, stream);
}

/* ---- the parser ---- */

bool options_name_threshold_samples(const struct options *options)
{
    return options->scan.threshold_class != AUM_NO_CLASS ||
           options->runs[0].threshold_ids != NULL;
}

/* What was said before any --run is for all of them, and so is a list of
 * threshold samples that was given but once, wherever. The runs of a plan have
 * its sets in order. */
static void settle_runs(struct options *o)
{
    if (o->run_count == 0) {
        o->runs[o->run_count++] = o->common;
        return;
    }
    const char *ids = o->common.threshold_ids;
    size_t lists = ids != NULL;
    for (size_t i = 0; i < o->run_count; i++) {
        lists += o->runs[i].threshold_ids != NULL;
        if (ids == NULL)
            ids = o->runs[i].threshold_ids;
    }
    for (size_t i = 0; i < o->run_count; i++) {
        struct run_options *run = &o->runs[i];
        if (run->threshold_ids == NULL)
            run->threshold_ids = lists == 1 ? ids : o->common.threshold_ids;
        if (run->state == NULL)
            run->state = o->common.state;
        if (run->set == 0)
            run->set = o->common.set;
        if (run->set == 0 && run->threshold_ids != NULL && o->run_count > 1)
            run->set = i + 1;
    }
}

/* Cutoffs that the AUMs themselves set come from epochs that they choose,
 * unless the last one is named. */
static void settle_cutoffs(struct cutoff_options *cutoff,
                           bool threshold_samples)
{
    if (cutoff->source == CUTOFF_NONE && threshold_samples)
        cutoff->source = CUTOFF_PERCENTILE;
    cutoff->auto_epochs = cutoff->epochs_end == EPOCHS_END_AUTO ||
                          (cutoff->epochs_end == EPOCHS_END_UNSAID &&
                           cutoff->source == CUTOFF_SPLITS);
}

static int compare_labels(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The labels that were typed are those of the dumps. */
static bool settle_labels(struct options *o, struct messages *messages)
{
    struct dump_label_rules *rules = &o->input.labels;
    qsort(rules->ignored, rules->ignored_count, sizeof *rules->ignored,
          compare_labels);
    if (!o->has_threshold_label ||
        class_of_label(&rules->classes, o->threshold_label,
                       &o->scan.threshold_class))
        return true;
    log_error(messages,
              "--threshold-class=%" PRId64 ": the first label is %" PRId64
              " (try --help)",
              o->threshold_label, rules->classes.first);
    return false;
}

static void defaults(struct options *options)
{
    *options = (struct options){
        .scan = {.epochs = DUMP_ALL_EPOCHS, .threshold_class = AUM_NO_CLASS},
        .cutoff = {.percentile = {99, 1}},
        .report = {.top = SIZE_MAX},
        .level = LOG_NORMAL,
    };
}

/* --list is all that is done: the rest of a command line may stay as it is. */
static void leave_list(struct options *o)
{
    o->records = o->report_json = o->pairs = o->only = NULL;
    o->report.truth = o->report.trace = o->report.plot = o->report.page = NULL;
    o->report.sweep.count = 0;
    o->report.sweep_folder = NULL;
    for (size_t i = 0; i < o->run_count; i++)
        o->runs[i].threshold_ids = o->runs[i].state = NULL;
}

bool options_parse(struct options *options, int argc, char **argv,
                   struct messages *messages)
{
    defaults(options);
    options->files = malloc(((size_t)argc + 1) * sizeof *options->files);
    options->runs = malloc(((size_t)argc + 1) * sizeof *options->runs);
    if (options->files == NULL || options->runs == NULL) {
        log_error(messages, "out of memory");
        return false;
    }
    if (!option_table_parse(&table, options, argc, argv, messages))
        return false;
    if (is_done(options))
        return true;
    settle_runs(options);
    options->report.several_runs = options->run_count > 1;
    options->report.threads = options->scan.threads;
    if (!settle_labels(options, messages))
        return false;
    settle_cutoffs(&options->cutoff, options_name_threshold_samples(options));
    if (!options_check(options, messages))
        return false;
    if (options->list)
        leave_list(options);
    return true;
}

void options_free(struct options *options)
{
    free(options->files);
    free(options->runs);
    sweep_steps_free(&options->report.sweep);
}
