/*
 * measurements.h - a row of the output for each measurement
 */
#ifndef REPORT_MEASUREMENTS_H
#define REPORT_MEASUREMENTS_H

#include "input/id_list.h"
#include "system/out_file.h"
#include "system/supervisor.h"
#include "scan/scan.h"
#include "text/table_writer.h"

struct measurements;

/* Which of several runs the measurements are of, 0 if there is but one; then
 * there is no such column. And the labels of its classes. */
void measurements_set_run(struct measurements *measurements, size_t run,
                          const struct class_labels *labels);

/*
 * Writes to `out`, which others open and finish. `only` names the samples to be
 * written; NULL: all. `supervisor` is told when the scan waits for whoever
 * reads them. Both must outlive the measurements. NULL after an error message.
 */
struct measurements *
measurements_create(struct out_file *out, enum table_format format,
                    bool several_runs, const struct id_list *only,
                    const struct supervisor *supervisor, struct error *error);
void measurements_destroy(struct measurements *measurements); /* NULL is fine */

/* Integer ids are to be written as strings, from the first row on. */
void measurements_make_ids_strings(struct measurements *measurements);

/* Sees the rows that a scan adds, and writes those that are wanted. */
struct scan_observer measurements_observer(struct measurements *measurements);

/* Writes what is still to be written. */
bool measurements_finish(struct measurements *measurements,
                         struct error *error);

#endif
