/*
 * describe.h - an HDF5 dataset -> dump_array
 */
#ifndef DUMP_HDF5_DESCRIBE_H
#define DUMP_HDF5_DESCRIBE_H

#include <hdf5.h>

#include "dump/index.h"

/* Fills in the type, shape and storage of an open dataset, and checks that they
 * are possible. The caller sets path and role before, and finds the axes later.
 * `of` is the file as discovery found it. */
bool describe_dataset(hid_t file, hid_t dataset, const struct dump_file *of,
                      struct dump_array *array, struct error *error);

/* The type to read the elements of an array as, of the stored type of its
 * dataset: of a field, rows with this field alone; of a field for each class, in
 * the order of their names (or NULL). The caller closes it. Negative without
 * memory. */
hid_t describe_memory_type(const struct dump_array *array, hid_t stored,
                           const struct class_names *order);

/* Is a dataset that was opened again still what the array says? If not, the
 * file has changed. The dataset may have grown if the file was being written.
 */
bool describe_again(hid_t file, hid_t dataset, const struct dump_file *of,
                    const struct dump_array *array, struct error *error);

#endif
