/*
 * option_checks.c - which options go together
 */
#include "cli/option_checks.h"

#include <string.h>

#include "report/images.h"

static bool usage_error(struct messages *messages, const char *what)
{
    message_error(messages, "%s (try --help)", what);
    return false;
}

static bool is_pipe(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool check_cutoffs(const struct options *o, struct messages *messages)
{
    size_t lists = 0;
    bool piped = false;
    for (size_t i = 0; i < o->run_count; i++) {
        const char *ids = o->runs[i].threshold_ids;
        lists += ids != NULL;
        piped |= is_pipe(ids);
        if (o->runs[i].set != 0 && o->runs[i].threshold_ids == NULL)
            return usage_error(messages, "--set needs --threshold-ids");
    }
    if (o->cutoff.has_threshold + (o->scan.threshold_class != AUM_NO_CLASS) +
            (lists > 0) >
        1)
        return usage_error(messages, "--threshold, --threshold-class and "
                                     "--threshold-ids exclude each other");
    if (lists > 1 && piped)
        return usage_error(messages, "--threshold-ids=-: the ids of several "
                                     "runs cannot all come from a pipe");
    if (lists > 0 && lists < o->run_count)
        return usage_error(messages, "--threshold-ids is missing for some "
                                     "runs; given once, it is for all");
    if (options_use_threshold_samples(o))
        return true;
    if (o->cutoff.percentile_text != NULL)
        return usage_error(messages, "--percentile needs threshold samples: "
                                     "--threshold-class or --threshold-ids");
    if (o->cutoff.auto_epochs)
        return usage_error(messages, "--epochs=auto needs threshold samples: "
                                     "--threshold-class or --threshold-ids");
    if (o->report.sweep.percentiles)
        return usage_error(messages, "--sweep=...% needs threshold samples: "
                                     "--threshold-class or --threshold-ids");
    return true;
}

/* Does a list of ids, or @FILE, come from a pipe? */
static bool is_piped_list(const char *text)
{
    return text != NULL && *text == '@' && is_pipe(text + 1);
}

/* What is read from standard input is read once. */
static bool check_inputs(const struct options *o, struct messages *messages)
{
    bool ids = false;
    for (size_t i = 0; i < o->run_count; i++)
        ids |= is_pipe(o->runs[i].threshold_ids);
    const struct {
        const char *name;
        bool piped;
    } inputs[] = {
        {"--threshold-ids=-", ids},
        {"--truth=-", is_pipe(o->report.truth)},
        {"--only=@-", is_piped_list(o->only)},
        {"--trace=@-", is_piped_list(o->report.trace)},
    };
    const char *first = NULL;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        if (inputs[i].piped && first != NULL) {
            message_error(messages,
                          "%s and %s: standard input is one file; name another "
                          "one for one of them (try --help)",
                          first, inputs[i].name);
            return false;
        }
        first = inputs[i].piped ? inputs[i].name : first;
    }
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
        return usage_error(messages, "--epochs=auto has to read all epochs; it "
                                     "cannot use a --state");
    if (any && o->records != NULL)
        return usage_error(messages, "--records has to read all measurements; "
                                     "it cannot use a --state");
    if (o->wait && !any)
        return usage_error(messages, "--wait needs a --state to wait for");
    return true;
}

static bool check_outputs(const struct options *o, struct messages *messages)
{
    if (is_pipe(o->records) || is_pipe(o->report_json) ||
        is_pipe(o->report.page) || is_pipe(o->report.plot))
        return usage_error(messages, "--records, --report, --report-json and "
                                     "--plot need the name of a file; standard "
                                     "output is for the ranking");
    if (o->report.images != NULL && o->report.page == NULL)
        return usage_error(messages, "--images needs --report");
    if (o->report.images != NULL && images_wrong(o->report.images) != NULL) {
        message_error(messages, "--images=%s: %s (try --help)",
                      o->report.images, images_wrong(o->report.images));
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
