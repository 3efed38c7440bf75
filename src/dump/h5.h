/*
 * h5.h - what discover.c and reader.c both ask of the HDF5 library
 *
 * The library is not made for threads (Debian's build has no lock either):
 * all calls here and in hdf5.h are made by one thread at a time.
 */
#ifndef DUMP_H5_H
#define DUMP_H5_H

#include <hdf5.h>

#include "plan.h"

/* What the files of columns.h have at their root. */
#define H5_KIND_ATTRIBUTE "aum-scan"

/* Filters that h5py brings along but libhdf5 lacks. */
#define H5_LZF_FILTER 32000

/* Makes the library silent, keeps it from locking files (NFS and Lustre
 * refuse; a reader has no need to) and teaches it LZF. Call it first. */
bool h5_start(struct dump_error *error);

/*
 * The library is entered by one thread at a time, and left again; whoever
 * watches is told of which file it is for. The lock is one for the process, as
 * the library is.
 */
void h5_enter(struct dump_watch *watch, const char *path);
void h5_leave(struct dump_watch *watch);

/*
 * How many calls of the library have failed so far. Many calls are asked
 * whether something is there, and a failure looks much like a no: whoever has
 * to know looks whether this has grown. h5_fail_since() tells of the first one
 * that failed after it was `before`, and is false; true if none did.
 */
unsigned long h5_failures(void);
__attribute__((format(printf, 3, 4))) bool
h5_fail_since(unsigned long before, struct dump_error *error,
              const char *format, ...);

/* Like dump_fail(), and adds what the library has said last. */
__attribute__((format(printf, 2, 3))) bool h5_fail(struct dump_error *error,
                                                   const char *format, ...);

/* Opens a file for reading, or says what is the matter with it. `live`: it may
 * be one that is still being written; `trust` (NULL: none) is what other files
 * it may name, see guard.h. The hid_t is the caller's to close; negative on
 * failure. */
hid_t h5_open_file(const char *path, bool live, const struct dump_trust *trust,
                   struct dump_error *error);

/* The kind of a file of columns; false for all others. */
bool h5_file_kind(hid_t file, char *kind, size_t size);

/* The type to read elements of `stored` as: the file's own unless they are to
 * be converted. The caller closes it. */
hid_t h5_memory_type(const struct dump_array *array, hid_t stored);

#endif
