/*
 * class_cell.c - classes as cells of a table
 */
#include "report/class_cell.h"

#include "aum.h"

void write_class_cell(struct table *table, uint32_t class_number,
                      const struct report_options *options)
{
    if (class_number != AUM_NO_CLASS)
        table_signed(table, class_label(&options->labels, class_number));
    else
        table_empty(table);
}

void write_class_name_cell(struct table *table, uint32_t class_number,
                           const struct report_options *options)
{
    const char *name = class_number != AUM_NO_CLASS
                           ? report_class_name(options, class_number)
                           : "";
    if (*name != '\0')
        table_string(table, name);
    else
        table_empty(table);
}
