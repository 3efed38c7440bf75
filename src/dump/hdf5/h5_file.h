/*
 * h5_file.h - HDF5 files are opened, identified and visited
 */
#ifndef DUMP_HDF5_H5_FILE_H
#define DUMP_HDF5_H5_FILE_H

#include <hdf5.h>

#include "dump/hdf5/h5.h"

/* Opens a file for reading, or reports what is wrong with it. If `live`, it may
 * still be being written. `trust` (may be NULL) says which other files it may
 * name, see guard.h; for `names`, see h5_keep(). `remedy` ends the errors that
 * have no remedy of their own; it may be "". The caller closes the hid_t, which
 * is negative on failure. */
hid_t h5_open_file(const char *path, bool live, const struct dump_trust *trust,
                   uint64_t names, const char *remedy, struct error *error);

/* Does the file keep the names of a group in a heap that is read as a whole?
 * All files do except those of the newest format. */
bool h5_has_heaps(hid_t file);

/* Limits what the library keeps in memory of an open file's groups to a little
 * more than the largest heap, of `names` bytes. If it kept less, it would read
 * the heap again for each path that it follows. */
void h5_keep(hid_t file, uint64_t names);

/* H5Ovisit() in the order of names. Only the type and fileno of an object are
 * filled in, as anything else takes longer. */
herr_t h5_visit(hid_t file, H5O_iterate_t visit, void *context);

/* The identity of the file that an object is in: for an external link, that is
 * the file which the link leads to. */
bool h5_identify(hid_t object, struct dump_identity *identity);

/* In place of H5Oget_info(), which finds out much that nobody asks for, in time
 * that grows with the object. */
bool h5_object_info(hid_t object, H5O_info_t *info);

/* Are two objects in the same file? */
bool h5_same_file(hid_t a, hid_t b);

#endif
