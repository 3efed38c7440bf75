/*
 * elements.h - single elements as they were read, as doubles
 *
 * For what is read in small numbers, or rarely: kernels have their own ways.
 */
#ifndef DUMP_ELEMENTS_H
#define DUMP_ELEMENTS_H

#include "dump/index.h"

/* Bytes of an element that is no string. */
size_t dump_type_size(enum dump_type type);

static inline bool dump_type_is_float(enum dump_type type)
{
    return type <= DUMP_F64;
}

/* The value of one element, which is no string and may lie anywhere. */
double dump_element(const void *at, enum dump_type type);

/* Floats -> integers, except for rows whose byte in `left_out` (which may be
 * NULL) is not 0. False, with the row in *bad, if one is not a whole number of
 * no more than 2^53 in size: above, floats stand for more than one. */
bool dump_convert_floats(const void *elements, enum dump_type type, size_t rows,
                         const unsigned char *left_out, int64_t *numbers,
                         size_t *bad);

#endif
