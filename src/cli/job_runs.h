/*
 * job_runs.h - what several runs say together
 */
#ifndef CLI_JOB_RUNS_H
#define CLI_JOB_RUNS_H

#include "cli/job.h"

/* Adds what a run says to what the others said; its tally is needed no more.
 * False after an error message. */
bool job_add_verdicts(struct job *job, struct run *run);

/* Ranks the samples by all that has been added. */
enum aum_status job_rank_verdicts(struct job *job);

/* Counts the samples that all runs have spent; with --verbose, tells the
 * first. */
size_t job_log_never_judged(struct job *job);

/* Of two runs whose report is wanted, how alike they rank the samples; else
 * NaN. False after an error message. */
bool job_correlate_runs(struct job *job, double *correlation);

#endif
