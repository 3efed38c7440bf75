/*
 * chunk_check.h - do chunks have as many bytes as the library takes for
 * granted?
 *
 * When the library reads a chunk, it takes as many bytes as the index of the
 * file says, undoes the filters, and goes on as if a whole chunk had come of
 * it. If that was less, it reads past the end of its own memory (HDF5 1.10.8;
 * H5D__chunk_lock()). So chunks that are left to the library are read and
 * undone here before. decode.c does that for all others.
 */
#ifndef DUMP_HDF5_CHUNK_CHECK_H
#define DUMP_HDF5_CHUNK_CHECK_H

#include <hdf5.h>

#include "common/error.h"
#include "common/watch.h"
#include "dump/index.h"

/* The chunks of a dataset that have elements from `first` to `last`, along each
 * of its `rank` axes. */
struct chunk_range {
    int rank;
    hsize_t first[DUMP_RANK_MAX];
    hsize_t last[DUMP_RANK_MAX];
};

/* What came of a check. */
struct chunk_finding {
    bool no_memory;
    const char *wrong; /* "its length is wrong"; NULL: all is well */
    int rank;
    hsize_t at[DUMP_RANK_MAX]; /* where the chunk starts */
};

/*
 * Checks a dataset with chunks. Those that were never written are fine, and so
 * are those of filters that come as plugins, of which nothing is known. False
 * if not all are. The watch is told of progress.
 */
bool chunks_are_whole(hid_t dataset, const struct chunk_range *range,
                      struct dump_watch *watch, struct chunk_finding *finding);

/* The same for all chunks of a dataset. */
bool all_chunks_are_whole(hid_t dataset, struct dump_watch *watch,
                          struct chunk_finding *finding);

/* "10, 0": where a chunk starts. */
void chunk_place(const hsize_t *at, int rank, char *text, size_t room);

#endif
