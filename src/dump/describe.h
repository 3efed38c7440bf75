/*
 * describe.h - an HDF5 dataset -> dump_array
 */
#ifndef DUMP_DESCRIBE_H
#define DUMP_DESCRIBE_H

#include "h5.h"

enum describe_role { DESCRIBE_LOGITS, DESCRIBE_LABELS, DESCRIBE_IDS };

/* Fills in type, shape and storage of an open dataset; path and axes are the
 * caller's. `file` is named in messages. */
bool describe_dataset(hid_t dataset, enum describe_role role,
                      const struct dump_file *file, struct dump_array *array,
                      struct dump_error *error);

/* "float32" and the like, as NumPy calls it, for messages. */
const char *describe_type_name(hid_t type, char *text, size_t size);

#endif
