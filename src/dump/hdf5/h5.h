/*
 * h5.h - what discover.c and reader.c both ask of the HDF5 library
 *
 * The library is not made for threads (Debian's build has no lock either):
 * all calls here and in hdf5.h are made by one thread at a time.
 */
#ifndef DUMP_HDF5_H5_H
#define DUMP_HDF5_H5_H

#include <hdf5.h>

#include "dump/plan.h"

/* What the files of columns.h have at their root. */
#define H5_KIND_ATTRIBUTE "aum-scan"

/* Filters that h5py brings along but libhdf5 lacks. */
#define H5_LZF_FILTER 32000

/* Makes the library silent, keeps it from locking files (NFS and Lustre
 * refuse; a reader has no need to) and teaches it LZF. Call it first. */
bool h5_start(struct error *error);

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
__attribute__((format(printf, 3, 4))) bool h5_fail_since(unsigned long before,
                                                         struct error *error,
                                                         const char *format,
                                                         ...);

/* Like error_set(), and adds what the library has said last. */
__attribute__((format(printf, 2, 3))) bool h5_fail(struct error *error,
                                                   const char *format, ...);

/* Opens a file for reading, or says what is the matter with it. `live`: it may
 * be one that is still being written; `trust` (NULL: none) is what other files
 * it may name, see guard.h; `names`: see h5_keep(). The hid_t is the caller's
 * to close; negative on failure. */
hid_t h5_open_file(const char *path, bool live, const struct dump_trust *trust,
                   uint64_t names, struct error *error);

/* Are the names of a group kept in a heap that is read at once, as all have
 * that are not of the newest format? */
bool h5_has_heaps(hid_t file);

/* Lets the library keep a little of an open file's groups in memory, and the
 * `names` in the largest heap, of so many bytes: without these, it reads them
 * again for each path that it follows. */
void h5_keep(hid_t file, uint64_t names);

/* H5Ovisit() by name, without what nobody asks for: type and fileno are all
 * that the function finds of an object. */
herr_t h5_visit(hid_t file, H5O_iterate_t visit, void *context);

/* What is the file's that an object is in, behind links? */
bool h5_identify(hid_t object, struct dump_identity *identity);

/* Are two objects in the same file? */
bool h5_same_file(hid_t a, hid_t b);

/*
 * Reading. What a file says of its own sizes and types is a claim: these read
 * only what fits into the `room` that there is, in bytes, and are false for all
 * else, with nothing written behind it. Nobody else calls H5Aread, H5Dread and
 * the like.
 */

/* The number of elements of an attribute; false if there is no such. */
bool h5_attribute_count(hid_t object, const char *name, uint64_t *count);

/* Reads exactly `count` numbers as `memory`, a type of numbers. */
bool h5_read_numbers(hid_t object, const char *name, hid_t memory, size_t count,
                     void *out, size_t room);

/* Reads an attribute that is one string, shorter than `room`, of whatever
 * kind. */
bool h5_read_text(hid_t object, const char *name, char *out, size_t room);

/* Reads what is selected. `transfer` may be H5P_DEFAULT. */
bool h5_read(hid_t dataset, hid_t memory_type, hid_t memory_space,
             hid_t file_space, hid_t transfer, void *out, size_t room);

/*
 * Reads a chunk as it lies in the file. *size is how many bytes that takes, 0
 * if the chunk was never written; nothing is read if it is more than the room.
 * Not for files that are being written, where it may grow in between.
 */
bool h5_read_chunk(hid_t dataset, const hsize_t *at, void *raw, size_t room,
                   size_t *size, uint32_t *filter_mask);

/* The element that stands for those never written; false if none is defined.
 */
bool h5_read_fill(hid_t properties, hid_t memory_type, void *out, size_t room);

struct h5_filter {
    H5Z_filter_t id;
    char name[64];
    size_t value_count; /* of which no more than the next are here */
    unsigned values[8];
};

bool h5_read_filter(hid_t properties, unsigned index, struct h5_filter *filter);

/* The kind of a file of columns; false for all others. */
bool h5_file_kind(hid_t file, char *kind, size_t size);

/* The type to read elements of `stored` as: the file's own unless they are to
 * be converted. The caller closes it. */
hid_t h5_memory_type(const struct dump_layout *layout, hid_t stored);

#endif
