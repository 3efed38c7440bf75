/*
 * h5_read.h - reads from HDF5 files no more than there is room for
 *
 * What a file says of its own sizes and types may be wrong. These functions
 * read only what fits into the caller's buffer of `room` bytes, and never write
 * past its end; they return false for everything else. No other file calls
 * H5Aread(), H5Dread() and the like.
 */
#ifndef DUMP_HDF5_H5_READ_H
#define DUMP_HDF5_H5_READ_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dump/index.h"

/* The attribute that the files of columns.h have at their root. */
#define H5_KIND_ATTRIBUTE "aum-scan"

/* The number of elements of an attribute, and the class of their type; false if
 * it does not exist. */
bool h5_attribute_count(hid_t object, const char *name, uint64_t *count,
                        H5T_class_t *class);

/* Reads an attribute of exactly `count` numbers as `memory`, a numeric type. */
bool h5_read_numbers(hid_t object, const char *name, hid_t memory, size_t count,
                     void *out, size_t room);

/* Reads an attribute that is one string, of fixed or variable length, shorter
 * than `room`. */
bool h5_read_text(hid_t object, const char *name, char *out, size_t room);

/* Calls `take` with each string of an attribute, or of a dataset if `name` is
 * NULL, of one axis and up to `most` strings, until it returns false. False if
 * it is none of that, or cannot be read. */
bool h5_each_text(hid_t object, const char *name, size_t most,
                  bool (*take)(void *context, const char *text, size_t length),
                  void *context);
/* Is a group, which exists, an array of Octave's? */
#define H5_OCTAVE_VALUE "value" /* the dataset in it */
bool h5_is_octave(hid_t file, const char *group);

/* Reads the elements that are selected. `transfer` may be H5P_DEFAULT. */
bool h5_read(hid_t dataset, hid_t memory_type, hid_t memory_space,
             hid_t file_space, hid_t transfer, void *out, size_t room);

/*
 * Reads a chunk as it lies in the file. *size is the number of its bytes, 0 if
 * the chunk was never written; nothing is read if it is more than the room. If
 * the file is being written, the chunk may be another when it is read again.
 */
bool h5_read_chunk(hid_t dataset, const hsize_t *at, void *raw, size_t room,
                   size_t *size, uint32_t *filter_mask);

/* Was the chunk never written? It is not read: what is damaged may seem so. */
bool h5_chunk_is_absent(hid_t dataset, const hsize_t *at);

/* What an element takes in the file, which is not what it takes in memory. */
size_t h5_element_bytes(hid_t dataset);

/* The bytes that the shape of a dataset asks for, and that it holds: of one
 * without chunks, not fewer, unless it was never written and holds none. */
void h5_count_bytes(hid_t dataset, uint64_t *needed, uint64_t *stored);

/* Reads the fill value, which elements have that were never written; false if
 * none is defined. */
bool h5_read_fill(hid_t properties, hid_t memory_type, void *out, size_t room);

struct h5_filter {
    H5Z_filter_t id;
    char name[64];
    size_t value_count; /* may be more than `values` has room for */
    unsigned values[8];
};

bool h5_read_filter(hid_t properties, unsigned index, struct h5_filter *filter);

/* A filter as decode.c knows it; false if it does not. A shuffle without a
 * parameter has 0. */
bool h5_known_filter(const struct h5_filter *stored,
                     struct dump_filter *filter);

/* The kind of a file of columns; false for all others. */
bool h5_file_kind(hid_t file, char *kind, size_t size);

#endif
