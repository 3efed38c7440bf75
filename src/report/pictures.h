/*
 * pictures.h - what is drawn, from what was found: traces, --plot, --report
 */
#ifndef REPORT_PICTURES_H
#define REPORT_PICTURES_H

#include "system/out_file.h"
#include "report/summary.h"

struct pictures;

/* Reads the ids of --trace, if it is given. NULL after an error message. */
struct pictures *pictures_create(const struct options *options,
                                 struct messages *messages);
void pictures_destroy(struct pictures *pictures); /* NULL is fine */

/* Reads the traces of --trace. False after an error message, as the next. */
bool pictures_trace(struct pictures *pictures, const struct run *runs,
                    size_t run_count);

/* Gathers what is to be drawn, and for --report reads the traces of suspects.
 * `summary` is that of a ranking, or NULL: then there is to be no report. */
bool pictures_gather(struct pictures *pictures, const struct summary *summary);

/* Did --keep-going leave something out? */
bool pictures_skipped(const struct pictures *pictures);

/* The table of traces, --plot's picture and --report's page. */
bool pictures_write_traces(const struct pictures *pictures,
                           struct out_file *out, struct out_error *error);
bool pictures_write_plot(const struct pictures *pictures, struct out_file *out,
                         struct out_error *error);
bool pictures_write_report(const struct pictures *pictures,
                           const struct summary *summary, struct out_file *out,
                           struct out_error *error);

#endif
