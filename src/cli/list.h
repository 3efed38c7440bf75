/*
 * list.h - --list: what would be read, and what not
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/run.h"
#include "system/out_file.h"

/*
 * Writes the epoch records of all runs in the order in which they are scanned,
 * and what was passed over. `columns` is the width of the terminal that this is
 * for, or 0 for a table in the format that is asked for.
 */
bool list_write(const struct run *runs, size_t run_count,
                enum table_format format, size_t columns, struct out_file *file,
                struct error *error);

/* A note of how much there is. */
void list_summarize(const struct run *run);

/* For --verbose: a line for each record that is read. */
void list_log(const struct run *run);

#endif
