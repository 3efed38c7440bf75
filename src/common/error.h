/*
 * error.h - why something about a dump went wrong, in one line
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Functions that take one return false on failure and fill it in. `text` is
 * "FILE: DATASET: what is wrong, where; what to do"; `detail` what the HDF5
 * library said, a line each, or "".
 */
struct error {
    char text[1400];
    char detail[1000];
    bool no_memory; /* the library has said that this is why */
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool error_set(struct error *error, const char *format, ...); /* false */

bool error_no_memory(struct error *error); /* false */

#endif
