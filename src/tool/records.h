/*
 * records.h - a row of the output for each measurement
 */
#ifndef TOOL_RECORDS_H
#define TOOL_RECORDS_H

#include "id_list.h"
#include "message.h"
#include "out_file.h"
#include "scan.h"
#include "table_writer.h"

struct records;

/* Which of several runs the measurements are of, 0 if there is but one; then
 * there is no such column. */
void records_set_run(struct records *records, size_t run);

/*
 * Writes to `path`. `only` names the samples to be written; NULL: all. It and
 * `messages` must outlive the records. NULL after an error message.
 */
struct records *records_open(const char *path, enum table_format format,
                             bool several_runs, const struct id_list *only,
                             struct messages *messages);

/* A scan_listener's `rows`; the context is the records. */
bool records_rows(void *records, const struct scan_rows *rows);

/* False after an error message; the records are gone either way. */
bool records_close(struct records *records);
void records_abandon(struct records *records); /* NULL is fine */

#endif
