/*
 * claim.h - can a file hold what it says that it holds?
 *
 * What was never written reads as zeros and takes no room, so that a damaged
 * shape may ask for any amount of memory and time.
 */
#ifndef DUMP_CLAIM_H
#define DUMP_CLAIM_H

#include "dump/index.h"

/* Elements of a layout whose shape is known. */
uint64_t dump_element_count(const struct dump_layout *layout);

/* Can an array of this shape, and its chunks, have been made of the `stored`
 * bytes that the file has of it? */
bool check_shape_claim(uint64_t stored, const struct dump_file *of,
                       const struct dump_array *array, struct error *error);

/* Does contiguous data end within the file? */
bool check_end(const struct dump_file *of, const struct dump_array *array,
               struct error *error);

/* Can a file have `count` epochs, now that these logits were found? */
bool check_epoch_claim(const struct dump_file *of,
                       const struct dump_array *logits, uint64_t count,
                       struct error *error);

#endif
