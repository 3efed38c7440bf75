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
#define HALF_KEY_HIGHEST INT16_MAX

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

/* Of anything but a NaN. The bits are those of a float that is 2^-112 times the
 * value, as its exponent has another bias; of subnormal numbers, too. */
static inline double f16_value(uint16_t h)
{
    const double value =
        f32_from_bits((h & 0x7fffu) << 13 | (h & 0x8000u) << 16) * 0x1p112;
    return (h & 0x7c00) == 0x7c00 ? value * (double)INFINITY : value;
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
