/*
 * format_double.h - the shortest decimal that reads back as the same double
 */
#ifndef TEXT_FORMAT_DOUBLE_H
#define TEXT_FORMAT_DOUBLE_H

#include <stddef.h>

/* Room for any result, the final NUL included. */
#define FORMAT_DOUBLE_ROOM 32

/*
 * Writes a finite x with as few digits as tell it from all other doubles (of
 * these decimals the closest), as 0.001 or 1e-05: with an exponent where
 * Python's repr() has one, but without ".0". Returns the length.
 */
size_t format_double(double x, char text[FORMAT_DOUBLE_ROOM]);

#endif
