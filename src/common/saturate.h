/*
 * saturate.h - sums and products of numbers that files claim
 *
 * What does not fit is the largest number there is: bounds stay bounds.
 */
#ifndef COMMON_SATURATE_H
#define COMMON_SATURATE_H

#include <stdint.h>

static inline uint64_t saturated_sum(uint64_t a, uint64_t b)
{
    return a <= UINT64_MAX - b ? a + b : UINT64_MAX;
}

static inline uint64_t saturated_product(uint64_t a, uint64_t b)
{
    return b == 0 || a <= UINT64_MAX / b ? a * b : UINT64_MAX;
}

#endif
