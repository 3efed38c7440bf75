/*
 * run.h - one training run: its dumps -> a tally and its cutoffs
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "input/id_list.h"
#include "input/inputs.h"
#include "cli/options.h"
#include "dump/index.h"
#include "report/measurements.h"
#include "report/run_result.h"
#include "scan/scan.h"
#include "state/states.h"
#include "system/supervisor.h"
#include "scan/window.h"
#include "ui/progress.h"

struct run {
    const struct options *options;
    const struct run_options *own;
    const struct supervisor *supervisor;
    struct messages *messages;
    struct error error; /* of what has failed */
    struct inputs inputs;
    struct id_list threshold_ids;
    size_t texts; /* ids in text files, which reading has to look for */
    struct dump_index index;
    struct states states; /* what was read before, and is kept for later */
    bool skipped_files;
    struct progress looking; /* into files, of which the next is the number */
    size_t looked_into;
    size_t passed;     /* files of folders that are no dumps */
    bool group_missed; /* a dump does not have the group that is wanted */
    size_t library;    /* memory that the library may take to look into files */

    struct scan_result scan;
    struct window window;  /* with --epochs=auto */
    double *steps;         /* the sweep's cutoffs, from low to high */
    double *class_cutoffs; /* what result.cutoffs points to */

    struct run_result result; /* for reports */
};

/* These and the next are steps, each false after an error message. Finds the
 * files, and reads the threshold samples' ids. */
bool run_find_files(struct run *run);

/* Finds what is in the files. */
bool run_discover(struct run *run);

/* run_class_names.c: takes the names of classes that are given or found, if
 * there is one for each, and what needs them: labels that are strings, columns
 * of tables. Part of run_discover(). */
bool run_fit_class_names(struct run *run);

/* Bytes of memory: more than reading takes by far, and less than a damaged file
 * may ask for. */
size_t run_memory(const struct run *run);

/* Allows that much; part of run_scan(). */
void run_allow_memory(const struct run *run);

/* Is any id that is to be read beyond 2^53 in size? */
bool run_find_wide_ids(struct run *run, bool *any);

/* Reads it all. `records` may be NULL. */
bool run_scan(struct run *run, struct measurements *records);

/* Goes back to the epochs that the data choose, if they are to; finds the
 * cutoffs and those of the sweep, if there are to be any. */
bool run_find_cutoffs(struct run *run);

/* "run 2: ", or "" if it is the only run. */
const char *run_label(const struct run *run, char text[32]);

/* Did --keep-going leave something out? */
bool run_skipped(const struct run *run);

/* Gives back the tally, if no other needs it any more. */
void run_drop_tally(struct run *run);

void run_free(struct run *run);

#endif
