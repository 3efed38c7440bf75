/*
 * half.h - binary16 and bfloat16
 *
 * Halves are compared as integers: flipping the lower 15 bits of the negative
 * ones makes their bit patterns order as their values do (-0 just below +0).
 * Twice as many fit a vector that way as when they are widened first.
 */
#ifndef COMMON_HALF_H
#define COMMON_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define HALF_KEY_LOWEST INT16_MIN

static inline double f32_from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

static inline int16_t half_key(uint16_t h)
{
    return (int16_t)(h ^ ((h >> 15) * 0x7fffu));
}

static inline uint16_t half_of_key(int16_t key)
{
    return (uint16_t)half_key((uint16_t)key);
}

/* Of anything but a NaN. */
static inline double f16_value(uint16_t h)
{
    uint32_t magnitude = h & 0x7fffu;
    double value;
    if (magnitude >= 0x7c00) /* infinity */
        value = (double)INFINITY;
    else if (magnitude >= 0x0400) /* rebias the exponent from 15 to 127 */
        value = f32_from_bits((magnitude << 13) + ((127u - 15u) << 23));
    else /* subnormal: a multiple of 2^-24 */
        value = (double)magnitude * 0x1p-24;
    return h & 0x8000 ? -value : value;
}

static inline double bf16_value(uint16_t h)
{
    return f32_from_bits((uint32_t)h << 16);
}

/* Keys whose values are equal to a key's: it alone, or the two zeros. */
static inline int16_t half_key_twin(int16_t key)
{
    return key == 0 ? -1 : key == -1 ? 0 : key;
}

#endif
