/*
 * texts.h - strings of any length, as the HDF5 library hands them out
 *
 * Millions of rows may refer to one long string of a small file. So strings are
 * bounded singly, as those of a fixed length are, and all that one read makes
 * together.
 */
#ifndef DUMP_HDF5_TEXTS_H
#define DUMP_HDF5_TEXTS_H

#include <hdf5.h>
#include <stdint.h>

#include "common/buffer.h"

struct texts_block;

struct texts {
    struct texts_block *blocks;
    uint64_t left; /* bytes that may still be handed out */
    bool too_long; /* why no more were: one string was; */
    bool too_many; /* all together */
    bool no_memory;
};

/* No more than `budget` bytes will do. */
void texts_init(struct texts *texts, uint64_t budget);
void texts_free(struct texts *texts);

/* The properties of a transfer that leaves its strings there, for H5Dread. The
 * caller's to close. */
hid_t texts_transfer(struct texts *texts);

/* Copies strings behind one another to `out`, and points to the copies. NULL
 * is an empty one. */
bool texts_take(char **strings, size_t count, struct dump_buffer *out,
                struct error *error);

#endif
