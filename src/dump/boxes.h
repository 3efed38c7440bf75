/*
 * boxes.h - rows of arrays whose axes are not simple (see index.h)
 *
 * Axes in another order than slices, rows, columns; several axes of rows or of
 * slices; axes that an array lacks, along which its elements are repeated.
 */
#ifndef DUMP_BOXES_H
#define DUMP_BOXES_H

#include "dump/fetch.h"

/* Reads the rows of a block from a boxed array: whole rows, one after the
 * other, into `out`, which has room for them. Notes which were never written.
 * Strings of variable length are kept in `texts`, as in fetch_rows(). */
bool boxes_read(struct dump_worker *worker, struct fetch_slot *slot,
                size_t number, const struct dump_block *block,
                unsigned char *out, struct dump_buffer *texts,
                struct error *error);

#endif
