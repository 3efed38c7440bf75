/*
 * margins.h - what the suites of the margin kernels share
 */
#ifndef TESTS_LIBAUM_MARGINS_H
#define TESTS_LIBAUM_MARGINS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "aum.h"

/* As aum_kernel_name() has them. */
static const char *const kernel_names[] = {"portable", "AVX2", "AVX-512"};
#define KERNELS 3

static inline void measure(enum aum_type type, const void *data, size_t rows,
                           size_t classes, const uint32_t *labels,
                           struct aum_measurements out)
{
    const struct aum_logits logits = {
        .data = data, .type = type, .rows = rows, .classes = classes};
    aum_measure(&logits, labels, out);
}

/* The halves, by the definition of binary16: sign, 5 exponent bits, 10
 * mantissa bits. */
static inline double binary16(uint16_t h)
{
    const int exponent = h >> 10 & 31;
    const double mantissa = (double)(h & 1023);
    double x = exponent == 31 ? (mantissa == 0 ? (double)INFINITY : (double)NAN)
               : exponent == 0 ? mantissa * pow(2, -24)
                               : (1 + mantissa / 1024) * pow(2, exponent - 15);
    return h >> 15 ? -x : x;
}

#endif
