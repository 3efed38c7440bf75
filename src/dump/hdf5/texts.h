/*
 * texts.h - memory for strings of variable length that the HDF5 library reads
 *
 * Millions of rows may refer to one long string of a small file. So there is a
 * limit to the length of each string, as for strings of fixed length, and to
 * the total of one read.
 */
#ifndef DUMP_HDF5_TEXTS_H
#define DUMP_HDF5_TEXTS_H

#include <hdf5.h>
#include <stdint.h>

#include "common/buffer.h"

struct texts_block;

struct texts {
    struct texts_block *blocks;
    uint64_t left;  /* bytes that may still be allocated */
    bool too_long;  /* why it failed: one string is too long, */
    bool too_many;  /* or all of them together are, */
    bool no_memory; /* or there is not enough memory */
};

/* `budget` limits the total, in bytes. */
void texts_init(struct texts *texts, uint64_t budget);
void texts_free(struct texts *texts);

/* Transfer properties for H5Dread(), with which it allocates strings here; the
 * caller closes them. */
hid_t texts_transfer(struct texts *texts);

/* Copies the strings to `out`, one after the other, and makes `strings` point
 * to the copies. NULL becomes an empty string. */
bool texts_take(char **strings, size_t count, struct dump_buffer *out,
                struct error *error);

#endif
