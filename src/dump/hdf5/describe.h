/*
 * describe.h - an HDF5 dataset -> dump_array
 */
#ifndef DUMP_HDF5_DESCRIBE_H
#define DUMP_HDF5_DESCRIBE_H

#include <hdf5.h>

#include "dump/plan.h"

/* Fills in type, shape and storage of an open dataset of an open file, and
 * looks whether all that can be true; path, role and axes are the caller's.
 * `of` is the file as it was found. */
bool describe_dataset(hid_t file, hid_t dataset, const struct dump_file *of,
                      struct dump_array *array, struct dump_error *error);

/* Is a dataset that was opened again what the array says? If not, the file has
 * changed. In one that was being written, it may have grown. */
bool describe_again(hid_t file, hid_t dataset, const struct dump_file *of,
                    const struct dump_array *array, struct dump_error *error);

#endif
