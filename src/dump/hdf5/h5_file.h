/*
 * h5_file.h - HDF5 files are opened, identified and visited
 */
#ifndef DUMP_HDF5_H5_FILE_H
#define DUMP_HDF5_H5_FILE_H

#include <hdf5.h>

#include "dump/hdf5/h5.h"

/* Opens a file for reading, or says what is the matter with it. `live`: it may
 * be one that is still being written; `trust` (NULL: none) is what other files
 * it may name, see guard.h; `names`: see h5_keep(). The hid_t is the caller's
 * to close; negative on failure. */
hid_t h5_open_file(const char *path, bool live, const struct dump_trust *trust,
                   uint64_t names, struct dump_error *error);

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

/* The identity of the file that an object is in: for an external link, that is
 * the file which the link leads to. */
bool h5_identify(hid_t object, struct dump_identity *identity);

/* Are two objects in the same file? */
bool h5_same_file(hid_t a, hid_t b);

#endif
