/*
 * sources.h - the other files that a dataset is kept in
 *
 * Raw external files and sources of virtual datasets that are missing or short
 * read as fill values, and the library says nothing; raw files are opened
 * without the driver of guard.h. So all of them are looked at before a dataset
 * is read, in the places where the library looks for them, in its order.
 */
#ifndef DUMP_HDF5_SOURCES_H
#define DUMP_HDF5_SOURCES_H

#include <hdf5.h>

#include "common/error.h"
#include "dump/others.h"

/* Whose sources, and what is known of them. */
struct sources {
    const char *file; /* the dump and its dataset, for messages */
    const char *path;
    struct dump_others *found;       /* keeps what the files are; or NULL: */
    const struct dump_others *known; /* they have to be what they were */
    bool live;                       /* and may have grown */
    bool unread; /* nothing was read of them yet: errors offer -k */
};

/*
 * Does everything exist that an open dataset is made of, and may it be read?
 * Sources of sources count. Call it before asking for the dataset's shape, for
 * which the library may look into sources.
 */
bool sources_check(hid_t dataset, const struct sources *sources,
                   struct error *error);

/* Is a dataset kept in `file` itself, and in no other? */
bool sources_are_own(hid_t dataset, hid_t file);

#endif
