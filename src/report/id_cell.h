/*
 * id_cell.h - sample ids as cells of a table
 *
 * Most programs that read JSON keep numbers as doubles, which cannot tell
 * integers beyond 2^53 apart. If any id of a run is so large, JSON lines have
 * all of its ids as strings, so that they are of one type.
 */
#ifndef REPORT_ID_CELL_H
#define REPORT_ID_CELL_H

#include "aum.h"
#include "text/table_writer.h"

/* `as_string`: an integer, too. */
void write_id_cell(struct table *table, const struct aum_id *id,
                   bool as_string);

/* An id of a batch. */
struct aum_id id_of_row(struct aum_ids ids, size_t row);

#endif
