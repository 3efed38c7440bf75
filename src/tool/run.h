/*
 * run.h - one training run: its dumps -> a tally and its cutoffs
 */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include "id_list.h"
#include "inputs.h"
#include "options.h"
#include "plan.h"
#include "records.h"
#include "scan.h"
#include "states.h"
#include "supervisor.h"
#include "window.h"

struct run {
    const struct options *options;
    const struct run_options *own;
    const struct supervisor *supervisor;
    struct messages *messages;
    size_t number; /* from 1; 0: it is the only one */

    struct inputs inputs;
    struct id_list threshold_ids;
    struct dump_plan plan;
    struct states states; /* what was read before, and is kept for later */
    bool skipped_files;

    struct scan_result scan;
    struct window window; /* with --epochs=auto */
    size_t samples;       /* all that were seen */
    bool has_cutoff;
    double cutoff;
    struct aum_cutoff found; /* if threshold samples set it */
    double *steps;           /* the sweep's cutoffs, from low to high */
    double *threshold_aums;  /* for pictures */
    size_t threshold_count;

    /* Once it was judged. */
    size_t judged;
    size_t flagged;
};

/* These and the next are steps, each false after an error message. Finds the
 * files, and reads the threshold samples' ids. */
bool run_find_files(struct run *run);

/* Finds what is in the files. */
bool run_discover(struct run *run);

/* Bytes of memory: more than reading takes by far, and less than a damaged file
 * may ask for. */
size_t run_memory(const struct run *run);

/* Allows that much; part of run_scan(). */
void run_allow_memory(const struct run *run);

/* Reads it all. `records` may be NULL. */
bool run_scan(struct run *run, struct records *records);

/* Finds the cutoff and those of the sweep, if there are to be any. */
bool run_find_cutoffs(struct run *run);

/* Of all its dumps, those included that states have read. */
uint64_t run_bytes(const struct run *run);

/* The most classes that labels of some runs may name. */
size_t runs_label_classes(const struct run *runs, size_t run_count);

/* Did --keep-going leave something out? */
bool run_skipped(const struct run *run);

/* Gives back the tally, if no other needs it any more. */
void run_drop_tally(struct run *run);

void run_free(struct run *run);

#endif
