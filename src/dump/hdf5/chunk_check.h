/*
 * chunk_check.h - do chunks have as many bytes as the library takes for
 * granted?
 *
 * When the library reads a chunk, it takes as many bytes as the index of the
 * file says, undoes the filters, and goes on as if a whole chunk had come of
 * it. If that was less, it reads past the end of its own memory (HDF5 1.10.8;
 * H5D__chunk_lock()). So chunks that are left to the library are read and
 * undone here before. decode.c does that for all others.
 *
 * Of filters that come as plugins nobody can tell how many bytes will come. If
 * a file is being written, what was checked may be another when it is read.
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
    uint64_t first[H5S_MAX_RANK];
    uint64_t last[H5S_MAX_RANK];
};

/* Why a check has failed. */
struct chunk_finding {
    bool no_memory;
    const char *wrong; /* "its length is wrong" */
    int rank;          /* 0: it is not about one chunk */
    uint64_t at[H5S_MAX_RANK];
};

/*
 * Checks chunks of a dataset. Those that were never written are fine. False,
 * with the first that is not. The watch is told of progress.
 */
bool chunks_are_whole(hid_t dataset, const struct chunk_range *range,
                      struct dump_watch *watch, struct chunk_finding *finding);

/* All elements of a dataset; rank 0 if there are none. */
void chunk_range_of_all(hid_t dataset, struct chunk_range *range);

/* Goes on to the start of the first chunk and to the end of the last one, as
 * far as the dataset has elements. */
static inline void chunk_range_round_out(struct chunk_range *range,
                                         const uint64_t *chunk,
                                         const uint64_t *dims)
{
    for (int i = 0; i < range->rank; i++) {
        const uint64_t rest = chunk[i] - 1 - range->last[i] % chunk[i];
        range->first[i] -= range->first[i] % chunk[i];
        range->last[i] = rest < dims[i] - range->last[i] ? range->last[i] + rest
                                                         : dims[i] - 1;
    }
}

/* "10, 0": where a chunk starts. */
void chunk_place(const uint64_t *at, int rank, char *text, size_t room);

#endif
