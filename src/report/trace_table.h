/*
 * trace_table.h - traces of samples as a table and as pictures
 */
#ifndef REPORT_TRACE_TABLE_H
#define REPORT_TRACE_TABLE_H

#include "picture/trajectory.h"
#include "report/report_options.h"
#include "scan/traces.h"
#include "system/out_file.h"

/* Writes the traces of each run, sample after sample; with string_ids, integer
 * ids as strings. */
bool trace_table_write(const struct traces *runs, size_t run_count,
                       enum table_format format, bool string_ids,
                       struct out_file *out, struct error *error);

/* "label 4, suggested 3, AUM -5.99"; or "label 4 cat, ..." */
#define TRACE_ABOUT_SIZE 240
void trace_about(const struct report_options *options,
                 const struct traces *traces, const struct trace *trace,
                 char text[TRACE_ABOUT_SIZE]);

/* The points of a trace, for its picture; the caller's to free. NULL without
 * memory. */
struct trajectory_point *trace_points(const struct traces *traces,
                                      const struct trace *trace);

/* What a picture of a trace is made from. It lasts as long as all of these. */
struct trajectory trace_course(const struct traces *traces,
                               const struct trace *trace,
                               const struct trajectory_point *points,
                               const char *about);

#endif
