/*
 * sources.h - the other files that a dataset is kept in
 *
 * If a raw external file or a source of a virtual dataset is missing or too
 * short, the library reports nothing and reads fill values instead; and it
 * opens raw files without the driver of guard.h. So all these files are checked
 * before a dataset is read, in the places where the library looks for them and
 * in the same order.
 */
#ifndef DUMP_HDF5_SOURCES_H
#define DUMP_HDF5_SOURCES_H

#include <hdf5.h>

#include "common/error.h"
#include "dump/hdf5/chunk_check.h"
#include "dump/index.h"
#include "dump/others.h"

/* Which elements each mapping of a virtual dataset is of. */
struct source_map;

/* The caller's to free; NULL if the dataset has too many mappings, is no
 * virtual dataset, or memory is short. */
struct source_map *source_map_create(hid_t dataset);
void source_map_free(struct source_map *map);

/* Which rows cannot be read? As the next. */
void source_map_find_unreadable(const struct source_map *map,
                                const struct chunk_range *region, int row_axis,
                                unsigned char *rows, bool *any);

/*
 * Which rows of a region, along row_axis (DUMP_NO_AXIS: it is one row), have
 * elements that no mapping is of? They become 1 in `rows`; *any becomes true if
 * there are some. Elements that two mappings are of count twice. False without
 * memory. `map` may be NULL: nothing is known.
 */
bool source_map_find_uncovered(const struct source_map *map,
                               const struct chunk_range *region, int row_axis,
                               unsigned char *rows, bool *any);

/* Which dataset to check, and what is known about its sources. */
struct sources {
    const char *file; /* the dump and its dataset, for messages */
    const char *path;
    struct dump_others *found;       /* the identities are added; or NULL: */
    const struct dump_others *known; /* the identities must equal these */
    bool live;                       /* the files may have grown */
    bool unread; /* nothing was read from them yet: errors mention -k */
    /* The elements that are about to be read, of which chunks are checked, too;
     * or NULL. */
    const struct chunk_range *region;
    struct source_map *map; /* of the dataset; or NULL */
    struct dump_watch *watch;
    /* If the last raw file is too short: bytes of the dataset up to where it
     * ends. NULL: nobody asks. */
    uint64_t *written;
    struct dump_first_sources *first; /* of a virtual dataset; or NULL */
};

/*
 * Do all files exist that an open dataset is kept in, and may they be read?
 * Sources of sources are checked, too. Call this before asking for the
 * dataset's shape, because the library may open sources to find it out.
 */
bool sources_check(hid_t dataset, const struct sources *sources,
                   struct error *error);

/* Is the file that a link leads to, in which an open dataset is, still the one
 * that was found (`home`)? Errors name both files. */
bool sources_target_holds(hid_t dataset, const struct sources *sources,
                          const struct dump_identity *home,
                          struct error *error);

/* Is a dataset kept in `file` alone? */
bool sources_are_own(hid_t dataset, hid_t file);

#endif
