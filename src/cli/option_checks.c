/*
 * option_checks.c - which options go together
 */
#include "cli/option_checks.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/images.h"

static bool usage_error(struct messages *messages, const char *what)
{
    log_error(messages, "%s (try --help)", what);
    return false;
}

static bool is_pipe(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool check_cutoffs(const struct options *o, struct messages *messages)
{
    size_t lists = 0;
    for (size_t i = 0; i < o->run_count; i++) {
        lists += o->runs[i].threshold_ids != NULL;
        if (o->runs[i].set != 0 && o->runs[i].threshold_ids == NULL)
            return usage_error(messages, "--set needs --threshold-ids");
    }
    if (o->scan.threshold_class != AUM_NO_CLASS && lists > 0)
        return usage_error(messages, "--threshold-class and --threshold-ids "
                                     "exclude each other");
    if (lists > 0 && lists < o->run_count)
        return usage_error(messages, "--threshold-ids is missing for some "
                                     "runs; given once, it is for all");
    if (o->cutoff.percentile_text != NULL &&
        (o->cutoff.source == CUTOFF_FIXED || o->cutoff.source == CUTOFF_SPLITS))
        return usage_error(messages, "--percentile and --threshold each say "
                                     "where the cutoff is; leave one out");
    if (o->combine != AUM_COMBINE_ANY && o->report.sweep.count > 0)
        return usage_error(messages, "--sweep counts what any run flags; leave "
                                     "--combine out");
    if (options_name_threshold_samples(o))
        return true;
    if (o->cutoff.percentile_text != NULL)
        return usage_error(messages, "--percentile needs threshold samples: "
                                     "--threshold-class or --threshold-ids");
    if (o->report.sweep.percentiles)
        return usage_error(messages, "--sweep=...% needs threshold samples: "
                                     "--threshold-class or --threshold-ids");
    return true;
}

/* ---- what can be read only once ---- */

/* A text input, as it is given: --only=@ids.txt. */
struct text_input {
    const char *option; /* up to the path */
    const char *path;   /* NULL: there is none */
};

static struct text_input list_input(const char *option, const char *text)
{
    return (struct text_input){option,
                               text != NULL && *text == '@' ? text + 1 : NULL};
}

/* A pipe or a terminal; nothing is lost of /dev/null. */
static bool is_read_once(const char *path, struct stat *status)
{
    struct stat null;
    if ((is_pipe(path) ? fstat(STDIN_FILENO, status) : stat(path, status)) != 0)
        return false;
    return S_ISFIFO(status->st_mode) || S_ISSOCK(status->st_mode) ||
           (S_ISCHR(status->st_mode) &&
            !(stat("/dev/null", &null) == 0 && S_ISCHR(null.st_mode) &&
              null.st_rdev == status->st_rdev));
}

/* Would reading one leave nothing to the other? */
static bool is_same_pipe(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    if (a == NULL || b == NULL)
        return false;
    if (is_pipe(a) && is_pipe(b))
        return true;
    return is_read_once(a, &x) && is_read_once(b, &y) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static bool check_pair(const struct text_input *a, const struct text_input *b,
                       struct messages *messages)
{
    if (!is_same_pipe(a->path, b->path))
        return true;
    log_error(messages,
              "%s%s and %s%s: %s; name another one for one of them (try "
              "--help)",
              a->option, a->path, b->option, b->path,
              is_pipe(a->path) && is_pipe(b->path)
                  ? "standard input is one file"
                  : "they are one pipe or terminal, which is read once");
    return false;
}

/* A list that was given once is read for each run. */
static bool check_lists(const struct options *o, size_t run,
                        struct messages *messages)
{
    const char *ids = o->runs[run].threshold_ids;
    struct stat status;
    if (ids == NULL || !(is_pipe(ids) || is_read_once(ids, &status)))
        return true;
    for (size_t i = 0; i < run; i++) {
        if (!is_same_pipe(o->runs[i].threshold_ids, ids))
            continue;
        log_error(messages,
                  "--threshold-ids=%s and --threshold-ids=%s: the ids of "
                  "several runs cannot all come from a pipe; name a file "
                  "(try --help)",
                  o->runs[i].threshold_ids, ids);
        return false;
    }
    return true;
}

static bool check_pipes(const struct options *o, struct messages *messages)
{
    const struct text_input inputs[] = {
        {"--truth=", o->report.truth},
        {"--class-names=", o->input.class_names},
        list_input("--only=@", o->only),
        list_input("--trace=@", o->report.trace),
    };
    const size_t count = sizeof inputs / sizeof *inputs;
    bool good = true;
    for (size_t i = 0; good && i < o->run_count; i++) {
        const struct text_input ids = {"--threshold-ids=",
                                       o->runs[i].threshold_ids};
        good = check_lists(o, i, messages);
        for (size_t j = 0; good && j < count; j++)
            good = check_pair(&ids, &inputs[j], messages);
    }
    for (size_t i = 0; good && i < count; i++) {
        for (size_t j = i + 1; good && j < count; j++)
            good = check_pair(&inputs[i], &inputs[j], messages);
    }
    return good;
}

static bool check_inputs(const struct options *o, struct messages *messages)
{
    if (!check_pipes(o, messages))
        return false;
    if (o->only != NULL && strcmp(o->only, "@") == 0)
        return usage_error(messages, "--only=@: the name of the file of ids "
                                     "is missing behind @");
    if (o->report.trace != NULL && strcmp(o->report.trace, "@") == 0)
        return usage_error(messages, "--trace=@: the name of the file of ids "
                                     "is missing behind @");
    return true;
}

static bool check_states(const struct options *o, struct messages *messages)
{
    const bool kept = o->common.state != NULL;
    bool any = kept;
    for (size_t i = 0; i < o->run_count; i++)
        any |= o->runs[i].state != NULL;
    if (kept && o->run_count > 1)
        return usage_error(messages, "--state before the first --run; each run "
                                     "needs its own");
    if (any && o->cutoff.auto_epochs)
        return usage_error(messages,
                           "a --state keeps sums, of which no window of "
                           "epochs can be chosen; add --epochs=all");
    if (any && o->records != NULL)
        return usage_error(messages, "--records has to read all measurements; "
                                     "it cannot use a --state");
    if (o->wait && !any)
        return usage_error(messages, "--wait needs a --state to wait for");
    return true;
}

static bool check_outputs(const struct options *o, struct messages *messages)
{
    if (is_pipe(o->records) || is_pipe(o->report_json) || is_pipe(o->pairs) ||
        is_pipe(o->report.page) || is_pipe(o->report.plot))
        return usage_error(messages,
                           "--records, --report, --report-json, --pairs and "
                           "--plot need the name of a file; standard output is "
                           "for the ranking");
    if (o->pairs != NULL && o->cutoff.source == CUTOFF_NONE)
        return usage_error(messages, "--pairs counts flagged samples, and "
                                     "needs a cutoff: --threshold=auto, "
                                     "--threshold-class or --threshold-ids");
    if (o->report.images != NULL && o->report.page == NULL)
        return usage_error(messages, "--images needs --report");
    if (o->report.images != NULL && strstr(o->report.images, "{id}") == NULL &&
        strstr(o->report.images, "{label}") == NULL)
        return usage_error(messages, "--images is a pattern, such as "
                                     "images/{id}.png: it needs {id}");
    if (o->report.images != NULL && images_wrong(o->report.images) != NULL) {
        log_error(messages, "--images=%s: %s (try --help)", o->report.images,
                  images_wrong(o->report.images));
        return false;
    }
    if (o->report.trace != NULL &&
        (o->report.sweep.count > 0 || o->report.aum_values))
        return usage_error(messages, "--trace writes a table of its own; it "
                                     "goes with neither --sweep nor "
                                     "--format=aum");
    if (o->report.sweep_folder != NULL && o->report.sweep.count == 0)
        return usage_error(messages, "--sweep-dir needs --sweep");
    if (o->only != NULL && o->records == NULL)
        return usage_error(messages, "--only needs --records");
    if (o->report.aum_values && o->report.sweep.count > 0)
        return usage_error(messages, "--sweep writes a table of cutoffs; it "
                                     "has no --format=aum");
    return true;
}

bool options_check(const struct options *o, struct messages *messages)
{
    if (o->file_count == 0)
        return usage_error(messages, "no FILE given");
    if (o->common.file_count > 0 && o->run_count > 0 &&
        o->runs[0].first_file > 0)
        return usage_error(messages, "FILEs before the first --run; with "
                                     "several runs, each needs its --run");
    for (size_t i = 0; i < o->file_count; i++) {
        if (strcmp(o->files[i], "-") == 0)
            return usage_error(messages, "-: HDF5 files cannot be read from a "
                                         "pipe; name the file");
    }
    return check_cutoffs(o, messages) && check_inputs(o, messages) &&
           check_states(o, messages) && check_outputs(o, messages);
}
