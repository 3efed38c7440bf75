/*
 * main.c - aum-scan: rank suspected mislabeled samples from dumps of logits
 */
#include <inttypes.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "aum.h"
#include "decode.h"
#include "discover.h"
#include "format_double.h"
#include "id_list.h"
#include "inputs.h"
#include "message.h"
#include "options.h"
#include "out_file.h"
#include "report.h"
#include "scan.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_SKIPPED = 3 /* done, but --keep-going left something out */
};

/* All that a run holds; what is NULL or empty has not been made yet. */
struct run {
    struct options options;
    struct messages messages;
    struct id_list threshold_ids;
    struct inputs inputs;
    struct out_file *out;
    struct dump_plan plan;
    struct scan_result scan;
    struct aum_ranking *ranking;
    bool has_cutoff;
    double cutoff;
    bool skipped_files;
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
    dump_hdf5_version(hdf5, sizeof hdf5);
    printf(PROGRAM_NAME " %s\nHDF5 %s, inflating with %s, zlib %s, kernels: "
                        "%s\n",
           aum_version(), hdf5, dump_inflater_name(), zlibVersion(),
           aum_kernel_name());
    return EXIT_DONE;
}

static int print_help(void)
{
    options_print_help(stdout);
    return EXIT_DONE;
}

/* ---- steps; each returns false after an error message ---- */

static bool read_threshold_ids(struct run *run)
{
    const char *path = run->options.threshold_ids;
    return path == NULL ||
           id_list_read(&run->threshold_ids, path, &run->messages);
}

static bool open_output(struct run *run)
{
    struct out_error error;
    const char *path = run->options.output;
    if (path != NULL && inputs_contain(&run->inputs, path)) {
        message_error(&run->messages, "%s: is an input; write to another file",
                      path);
        return false;
    }
    run->out = out_file_open(path, &error);
    if (run->out == NULL)
        message_error(&run->messages, "%s", error.text);
    return run->out != NULL;
}

static void remark(void *context, const char *text)
{
    message_warning(context, "%s", text);
}

static bool fail(struct run *run, const struct dump_error *error)
{
    message_error(&run->messages, "%s", error->text);
    message_lines(&run->messages, error->detail);
    return false;
}

static bool discover(struct run *run)
{
    struct dump_error error;
    const struct options *o = &run->options;
    if (!dump_start(&error))
        return fail(run, &error);
    run->skipped_files = run->inputs.failed > 0;
    for (size_t i = 0; i < run->inputs.count; i++) {
        const char *path = run->inputs.paths[i];
        size_t found = 0;
        if (!dump_discover(&run->plan, path, &o->names, &found, remark,
                           &run->messages, &error)) {
            if (!o->keep_going)
                return fail(run, &error);
            message_warning(&run->messages, "skipped: %s", error.text);
            message_lines(&run->messages, error.detail);
            run->skipped_files = true;
        } else if (found == 0) {
            message_detail(&run->messages,
                           "%s: --group=%s: no such group "
                           "with logits",
                           path, o->names.group);
        }
    }
    if (run->plan.part_count == 0) {
        if (o->names.group != NULL)
            message_error(&run->messages,
                          "--group=%s: no file has such a "
                          "group with logits",
                          o->names.group);
        else
            message_error(&run->messages, "no file could be read");
        return false;
    }
    return dump_plan_finish(&run->plan, o->epochs, &error) || fail(run, &error);
}

static bool scan(struct run *run)
{
    return scan_run(&run->plan, &run->options, &run->messages, &run->scan);
}

static bool mark_threshold_samples(struct run *run)
{
    const char *path = run->options.threshold_ids;
    size_t found;
    if (path == NULL)
        return true;
    if (!id_list_mark(&run->threshold_ids, path, run->scan.tally,
                      aum_tally_id_kind(run->scan.tally), &found,
                      &run->messages))
        return false;
    if (found > 0 && found < run->threshold_ids.count)
        message_warning(&run->messages,
                        "%s: %zu of %zu ids name a sample of "
                        "the dumps",
                        path, found, run->threshold_ids.count);
    return true;
}

static bool no_threshold_samples(struct run *run)
{
    if (run->options.threshold_ids != NULL)
        message_error(&run->messages,
                      "%s: none of these ids is a sample with "
                      "a margin; there are no threshold samples to set a "
                      "cutoff",
                      run->options.threshold_ids);
    else
        message_error(&run->messages,
                      "--threshold-class=%" PRIu32 ": no "
                      "sample has this label; there are no threshold samples "
                      "to set a cutoff",
                      run->options.threshold_class);
    return false;
}

static bool find_cutoff(struct run *run)
{
    const struct options *o = &run->options;
    char text[FORMAT_DOUBLE_ROOM];
    run->has_cutoff = o->has_threshold;
    run->cutoff = o->threshold;
    if (o->threshold_class == AUM_NO_CLASS && o->threshold_ids == NULL)
        return true;
    struct aum_cutoff found;
    enum aum_status status =
        aum_cutoff_from_threshold(run->scan.tally, o->percentile, &found);
    if (status == AUM_NO_THRESHOLD_SAMPLES)
        return no_threshold_samples(run);
    if (status != AUM_OK) {
        message_error(&run->messages, "%s", aum_strerror(status));
        return false;
    }
    run->has_cutoff = true;
    run->cutoff = found.aum;
    if (found.place == 0)
        message_warning(&run->messages,
                        "%zu threshold samples are too few for "
                        "the %s percentile: the cutoff is the highest AUM "
                        "among them",
                        found.threshold_samples,
                        o->percentile_text != NULL ? o->percentile_text : "99");
    format_double(found.aum, text);
    message_note(&run->messages,
                 "cutoff %s: number %zu of the AUMs of %zu "
                 "threshold samples from the top (percentile %s)",
                 text, found.place + 1, found.threshold_samples,
                 o->percentile_text != NULL ? o->percentile_text : "99");
    return true;
}

static bool rank(struct run *run)
{
    aum_tally_seal(run->scan.tally);
    enum aum_status status = aum_ranking_create(
        run->scan.tally, run->has_cutoff ? &run->cutoff : NULL, &run->ranking);
    if (status != AUM_OK)
        message_error(&run->messages, "%s", aum_strerror(status));
    return status == AUM_OK;
}

static bool write_output(struct run *run)
{
    struct out_error error = {.closed_pipe = false};
    bool good = report_write(run->ranking, run->has_cutoff, &run->options,
                             run->out, &error);
    if (good) {
        good = out_file_close(run->out, &error);
        run->out = NULL;
    }
    if (!good && !error.closed_pipe)
        message_error(&run->messages, "%s", error.text);
    return good || error.closed_pipe;
}

/* ---- what was done ---- */

static void tell_input(struct run *run)
{
    uint64_t bytes = 0;
    char text[16];
    for (size_t i = 0; i < run->plan.file_count; i++)
        bytes += run->plan.files[i].bytes;
    message_note(&run->messages,
                 "%" PRIu64 " epoch%s, %zu samples, %zu "
                 "classes, %zu file%s, %s",
                 run->plan.epochs, run->plan.epochs == 1 ? "" : "s",
                 aum_tally_samples(run->scan.tally),
                 aum_label_classes(run->scan.logit_classes),
                 run->plan.file_count, run->plan.file_count == 1 ? "" : "s",
                 message_bytes((double)bytes, text));
    if (run->scan.not_finite > 0)
        message_warning(&run->messages,
                        "%" PRIu64 " measurements left out: "
                        "margin NaN or infinite",
                        run->scan.not_finite);
    if (run->scan.skipped_rows > 0)
        message_warning(&run->messages, "%" PRIu64 " rows skipped",
                        run->scan.skipped_rows);
}

static void tell_flagged(struct run *run)
{
    const size_t size = aum_ranking_size(run->ranking);
    const size_t flagged = aum_ranking_flagged(run->ranking);
    if (size == 0)
        message_warning(&run->messages, "there is no sample to rank");
    if (run->has_cutoff)
        message_note(&run->messages, "%zu of %zu samples flagged (%.1f%%)",
                     flagged, size,
                     size > 0 ? 100.0 * (double)flagged / (double)size : 0.0);
}

static bool steps(struct run *run)
{
    const struct options *o = &run->options;
    if (!inputs_expand(&run->inputs, o->files, o->file_count, o->keep_going,
                       &run->messages) ||
        !open_output(run) || !read_threshold_ids(run) || !discover(run) ||
        !scan(run))
        return false;
    tell_input(run);
    if (!mark_threshold_samples(run) || !find_cutoff(run) || !rank(run))
        return false;
    tell_flagged(run);
    return write_output(run);
}

int main(int argc, char **argv)
{
    struct run run;
    memset(&run, 0, sizeof run);
    run.messages.level = MESSAGE_NORMAL;
    tune_allocation();
    /* A reader that has gone is an error of write(2), not the end. */
    signal(SIGPIPE, SIG_IGN);
    if (!options_parse(&run.options, argc, argv, &run.messages))
        return EXIT_USAGE;
    run.messages.level = run.options.level;
    if (!select_kernel(&run.messages))
        return EXIT_USAGE;
    if (run.options.action == OPTIONS_HELP)
        return print_help();
    if (run.options.action == OPTIONS_VERSION)
        return print_version();
    const bool good = steps(&run);
    const bool skipped = run.skipped_files || run.scan.skipped_rows > 0;
    aum_ranking_destroy(run.ranking);
    aum_tally_destroy(run.scan.tally);
    out_file_abandon(run.out);
    dump_plan_destroy(&run.plan);
    inputs_free(&run.inputs);
    id_list_free(&run.threshold_ids);
    return !good ? EXIT_FAILED : skipped ? EXIT_SKIPPED : EXIT_DONE;
}
