/*
 * element_type.h - the HDF5 type of a dataset's elements -> dump_type
 */
#ifndef DUMP_HDF5_ELEMENT_TYPE_H
#define DUMP_HDF5_ELEMENT_TYPE_H

#include <hdf5.h>

#include "dump/index.h"

/* Fills in what an array's elements are, or fails if they cannot be what the
 * array's role asks for. `file` is for messages. */
bool take_element_type(hid_t dataset, hid_t type, const char *file,
                       struct dump_array *array, struct error *error);

/* "float32" and the like, as NumPy calls it, for messages. */
const char *format_element_type(hid_t type, char *text, size_t size);

/* The type to read elements of `stored` as: the file's own unless they are to
 * be converted. The caller closes it. */
hid_t h5_memory_type(const struct dump_layout *layout, hid_t stored);

#endif
