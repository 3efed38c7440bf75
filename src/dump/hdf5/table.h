/*
 * table.h - the fields of compound datasets, which are tables
 *
 * PyTables, pandas and NumPy's record arrays write a row of a table as one
 * element of a compound type. A field is named by a path from the table, for
 * fields of fields ("pred/logits"). A `*` in its last name stands for several
 * fields, each of which is a column: "logit_*" for logit_0, logit_1, and so on.
 */
#ifndef DUMP_HDF5_TABLE_H
#define DUMP_HDF5_TABLE_H

#include <hdf5.h>

#include "dump/index.h"

struct table_field {
    hid_t element; /* the type of its elements; the caller closes it */
    int rank;      /* its axes, within a row of the table */
    uint64_t dims[DUMP_RANK_MAX];
};

enum table_answer {
    TABLE_ABSENT, /* no such field */
    TABLE_FOUND,
    TABLE_UNFIT /* it exists, but cannot be read, and `why` says why; "" is
                   for want of memory */
};

/* Finds a field of a compound type; `element` is negative unless it is found.
 * `why` has `size` bytes. */
enum table_answer table_find(hid_t type, const char *field,
                             struct table_field *found, char *why, size_t size);

/* Is there such a field, fit or not? */
bool table_has(hid_t type, const char *field);

/* The compound type that a field of fields has, "" being the table itself; the
 * caller closes it. Negative if there is none. */
hid_t table_group(hid_t type, const char *field);

/* What the `*` of a pattern stands for in each field that it matches, in
 * natural order: `names` gets them. None if the field is no pattern, or if
 * these are numbers. False without memory. */
bool table_columns(hid_t type, const char *field, struct class_names *names);

/* The type to read a field as, that of rows with nothing else; the caller
 * closes it. Columns are in natural order or, if the `*` stands for the names
 * of all classes, in that of `order` (or NULL). Negative without memory. */
hid_t table_memory_type(hid_t type, const char *field,
                        const struct dump_layout *layout,
                        const struct class_names *order);

/* "id, label, logits": the names of all fields, cut if there is no room. */
void table_format_names(hid_t type, char *text, size_t size);

#endif
