/*
 * main.c - aum-scan: rank suspected mislabeled samples from dumps of logits
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#if defined(__GLIBC__) /* which one of the above defines */
#include <malloc.h>
#endif

#include "aum.h"
#include "cli/advice.h"
#include "dump/decode.h"
#include "dump/discover.h"
#include "cli/job.h"
#include "cli/supervision.h"
#include "system/sandbox.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_SKIPPED = 3 /* done, but --keep-going left something out */
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
    log_error(messages, "AUM_KERNEL=%s: this processor has no such kernel",
              name);
    return false;
}

/* This process has nothing to lose, and so finds out what there is. */
static void print_version(void)
{
    const struct sandbox sandbox = {.read_anything = true};
    char hdf5[32];
    char name[32];
    dump_hdf5_version(hdf5, sizeof hdf5);
    const struct sandbox_entered entered = sandbox_enter(&sandbox);
    printf(PROGRAM_NAME " %s\nHDF5 %s, inflating with %s, zlib %s, kernels: "
                        "%s, sandbox: %s\n",
           aum_version(), hdf5, dump_inflater_name(), zlibVersion(),
           aum_kernel_name(), sandbox_name(&entered, name));
}

/* Help and version go to standard output, too, which may be full. */
static int print_about(struct job *job)
{
    if (job->options.action == OPTIONS_HELP)
        options_print_help(stdout);
    else
        print_version();
    return log_flush_stdout(&job->messages) ? EXIT_DONE : EXIT_FAILED;
}

/* The job, in a process of its own. */
static int work(void *context)
{
    struct job *job = context;
    if (!job_work(job))
        return job_misused(job) ? EXIT_USAGE : EXIT_FAILED;
    return job_skipped(job) ? EXIT_SKIPPED : EXIT_DONE;
}

/* Nothing of it is to be seen. */
static void clean_up(void *context)
{
    struct job *job = context;
    outputs_free(&job->outputs);
    if (job->made_folder)
        rmdir(job->options.report.sweep_folder);
}

/* Opens outputs that harm nothing. */
static bool open_outputs(struct job *job)
{
    struct input_files inputs = {NULL, 0};
    const bool good = job_list_inputs(job, &inputs) &&
                      outputs_check(&job->outputs, &inputs) &&
                      outputs_open(&job->outputs, job->options.wait);
    input_files_free(&inputs);
    return good;
}

/* What a pipe has taken cannot be taken back: then there is one attempt. */
static bool may_start_again(const struct job *job)
{
    const struct out_file *records = outputs_file(&job->outputs, "--records");
    return job->options.scan.keep_going &&
           (records == NULL || out_file_is_replaced(records));
}

static int perform(struct job *job)
{
    if (!job_read_inputs(job) || !job_list_outputs(job) || !open_outputs(job) ||
        !job_prepare(job))
        return EXIT_FAILED;
    supervision_init(&job->supervisor, &job->messages);
    job->supervisor.keep_going = may_start_again(job);
    const int status =
        supervisor_run(&job->supervisor, work, clean_up, job, EXIT_FAILED);
    if ((status == EXIT_DONE || status == EXIT_SKIPPED) &&
        !outputs_commit(&job->outputs))
        return EXIT_FAILED;
    return status;
}

int main(int argc, char **argv)
{
    struct job job;
    int status = EXIT_USAGE;
    memset(&job, 0, sizeof job);
    job.messages.level = LOG_NORMAL;
    job.messages.advice = advice_of_scan;
    outputs_start_process();
    tune_allocation();
    const bool parsed = options_parse(&job.options, argc, argv, &job.messages);
    if (parsed)
        job.messages.level = job.options.level;
    if (parsed && job.options.action != OPTIONS_RUN)
        status = print_about(&job);
    else if (parsed && select_kernel(&job.messages))
        status = perform(&job);
    if (status == EXIT_DONE || status == EXIT_SKIPPED)
        job.made_folder = false;
    clean_up(&job);
    job_free(&job);
    options_free(&job.options);
    supervisor_free(&job.supervisor);
    return status;
}
