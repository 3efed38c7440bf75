/*
 * pictures.h - what is drawn, from what was found: traces, --plot, --report
 */
#ifndef TOOL_PICTURES_H
#define TOOL_PICTURES_H

#include "out_file.h"
#include "summary.h"

struct pictures;

/* Opens --plot and --report, and reads the ids of --trace, whichever are asked
 * for. NULL after an error message. */
struct pictures *pictures_open(const struct options *options,
                               struct messages *messages);
void pictures_abandon(struct pictures *pictures); /* NULL is fine */

/* Reads the traces of --trace. False after an error message, as the next. */
bool pictures_trace(struct pictures *pictures, const struct run *runs,
                    size_t run_count);

/* Did --keep-going leave something out? */
bool pictures_skipped(const struct pictures *pictures);

/* The table of these. */
bool pictures_write_traces(const struct pictures *pictures,
                           struct out_file *out, struct out_error *error);

/* Draws all pictures, and closes their files. `summary` is that of a ranking,
 * or NULL: then there is to be no report. */
bool pictures_write(struct pictures *pictures, const struct summary *summary);

#endif
