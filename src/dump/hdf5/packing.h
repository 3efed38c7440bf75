/*
 * packing.h - the attributes by which netCDF packs numbers
 */
#ifndef DUMP_HDF5_PACKING_H
#define DUMP_HDF5_PACKING_H

#include <hdf5.h>

#include "dump/index.h"

/* Fills in what elements stand for (scale_factor, add_offset) and which of them
 * stand for nothing (_FillValue, missing_value), once their type is known.
 * Labels and ids have to be what they stand for. `file` is for messages. */
bool take_packing(hid_t dataset, hid_t type, const char *file,
                  struct dump_array *array, struct error *error);

#endif
