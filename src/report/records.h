/*
 * records.h - a row of the output for each measurement
 */
#ifndef REPORT_RECORDS_H
#define REPORT_RECORDS_H

#include "input/id_list.h"
#include "system/out_file.h"
#include "system/supervisor.h"
#include "scan/scan.h"
#include "text/table_writer.h"

struct records;

/* Which of several runs the measurements are of, 0 if there is but one; then
 * there is no such column. */
void records_set_run(struct records *records, size_t run);

/*
 * Writes to `out`, which others open and finish. `only` names the samples to be
 * written; NULL: all. `supervisor` is told when the scan waits for whoever
 * reads them. Both must outlive the records. NULL after an error message.
 */
struct records *records_create(struct out_file *out, enum table_format format,
                               bool several_runs, const struct id_list *only,
                               const struct supervisor *supervisor,
                               struct error *error);
void records_destroy(struct records *records); /* NULL is fine */

/* Sees the rows that a scan adds, and writes those that are wanted. */
struct scan_observer records_observer(struct records *records);

/* Writes what is still to be written. */
bool records_finish(struct records *records, struct error *error);

#endif
