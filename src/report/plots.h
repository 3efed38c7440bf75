/*
 * plots.h - what --plot draws
 */
#ifndef REPORT_PLOTS_H
#define REPORT_PLOTS_H

#include "report/findings.h"
#include "report/report_options.h"
#include "scan/traces.h"
#include "system/out_file.h"

/* The histogram of all AUMs. */
bool plots_write_histogram(const struct findings *findings,
                           struct out_file *out, struct error *error);

/* A panel for each sample and run, one below the other: its logits over
 * training. All runs have traces of the same samples. */
bool plots_write_trajectories(const struct report_options *options,
                              const struct traces *runs, size_t run_count,
                              struct out_file *out, struct error *error);

#endif
