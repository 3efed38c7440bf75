/*
 * job.h - what aum-scan does, from the options to the outputs
 *
 * The process that the user has started finds out what there is to be read and
 * written, and opens the outputs. Its child reads the dumps and writes to what
 * is open. Then the outputs get their names.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "aum.h"
#include "input/id_list.h"
#include "ui/log.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/tracing.h"
#include "report/findings.h"
#include "report/measurements.h"
#include "cli/run.h"
#include "report/summary.h"
#include "system/supervisor.h"
#include "report/sweep.h"
#include "dump/trust.h"
#include "input/class_file.h"
#include "input/truth.h"

/* All that the program holds; what is NULL or empty has not been made yet. */
struct job {
    struct options options;
    struct messages messages;
    struct error error; /* of what has failed */
    struct supervisor supervisor;
    struct outputs outputs;
    size_t terminal;  /* columns of the one that --list is for, or 0 */
    bool made_folder; /* --sweep-dir's did not exist */

    struct run *runs;
    const char **files; /* the dumps of all of them, and states */
    struct dump_trust trust;
    struct id_list only; /* samples whose records are asked for */
    struct truth *truth;
    struct class_names class_names; /* of --class-names */

    bool wide_ids; /* known of some run: see scan/wide_ids.h */
    struct measurements *records;
    struct tracing tracing;
    struct findings *findings; /* for pictures and the page */

    struct aum_verdicts *verdicts; /* of several runs; NULL if there is one */
    struct aum_ranking *ranking;
    struct sweep sweep;
    struct run_result *results; /* of the runs, for the summary */
    struct summary summary;
};

/* Steps, each false after an error message. Finds the dumps and reads the text
 * files. */
bool job_read_inputs(struct job *job);

/* All that is read, and all that is written. */
bool job_list_inputs(struct job *job, struct input_files *inputs);
bool job_list_outputs(struct job *job);

/* What the supervisor and the child have to know. */
bool job_prepare(struct job *job);

/* All the rest: the child's part. */
bool job_work(struct job *job);

/* Has it failed because the options do not go together with what was given? */
bool job_misused(const struct job *job);

/* Did --keep-going leave something out? */
bool job_skipped(const struct job *job);

/* All but options and outputs. */
void job_free(struct job *job);

#endif
