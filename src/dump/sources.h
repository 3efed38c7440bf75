/*
 * sources.h - the other files that a dataset is kept in
 *
 * Raw external files and sources of virtual datasets that are missing or short
 * read as fill values, and the library says nothing; raw files are opened
 * without the driver of guard.h. So all of them are looked at before a dataset
 * is read, in the places where the library looks for them, in its order.
 */
#ifndef DUMP_SOURCES_H
#define DUMP_SOURCES_H

#include <hdf5.h>

#include "error.h"

/*
 * Is all there that an open dataset is made of, and may it be read? Sources of
 * sources count. Call it before asking for the dataset's shape, for which the
 * library may look into sources. `file` and `path` are named in messages.
 */
bool sources_check(hid_t dataset, const char *file, const char *path,
                   struct dump_error *error);

/* Is a dataset kept in `file` itself, and in no other? */
bool sources_are_own(hid_t dataset, hid_t file);

#endif
