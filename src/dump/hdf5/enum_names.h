/*
 * enum_names.h - values of an enumeration -> their names
 */
#ifndef DUMP_HDF5_ENUM_NAMES_H
#define DUMP_HDF5_ENUM_NAMES_H

#include <hdf5.h>

#include "common/buffer.h"

/* Gives each of `count` values, which have the enumeration's own size and byte
 * order, its name; a value without one, the number. The strings are kept in
 * `texts`, and `names` point to them. Fails without memory, and if the
 * enumeration is damaged: then error->no_memory is not set. */
bool enum_names_take(hid_t type, const void *values, size_t count, char **names,
                     struct dump_buffer *texts, struct error *error);

#endif
