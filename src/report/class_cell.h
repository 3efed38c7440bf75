/*
 * class_cell.h - classes as cells of a table
 */
#ifndef REPORT_CLASS_CELL_H
#define REPORT_CLASS_CELL_H

#include "report/report_options.h"
#include "text/table_writer.h"

/* The label that a class has in the dumps; empty for AUM_NO_CLASS. */
void write_class_cell(struct table *table, uint32_t class_number,
                      const struct report_options *options);

/* Its name; empty if it has none. */
void write_class_name_cell(struct table *table, uint32_t class_number,
                           const struct report_options *options);

#endif
