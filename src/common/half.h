/*
 * half.h - binary16 and bfloat16, and floats of 8 bits
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

/*
 * The bits of a float, without its sign, that has the mantissa and the exponent
 * of a binary16; and what is to be added to it, as the exponents have different
 * biases: once for numbers, twice for infinities and NaNs. Subnormal numbers
 * are multiples of 2^-24. They never become subnormal floats, which some
 * programs have the processor take for zeros.
 */
#define F16_SCALED(h) (((h)&0x7fff) << 13)
#define F16_BIAS 0x38000000u
#define F16_IS_SPECIAL(h) (((h)&0x7c00) == 0x7c00)
#define F16_IS_SUBNORMAL(h) (((h)&0x7c00) == 0)

/* Of anything but a NaN. */
static inline double f16_value(uint16_t h)
{
    const uint32_t sign = (h & 0x8000u) << 16;
    const uint32_t bias = F16_IS_SPECIAL(h) ? 2 * F16_BIAS : F16_BIAS;
    if (F16_IS_SUBNORMAL(h))
        return (h & 0x8000 ? -0x1p-24 : 0x1p-24) * (double)(h & 0x3ff);
    return f32_from_bits(sign | ((uint32_t)F16_SCALED(h) + bias));
}

static inline double bf16_value(uint16_t h)
{
    return f32_from_bits((uint32_t)h << 16);
}

/*
 * The halves that have the values of the 8-bit floats of the Open Compute
 * Project (OCP 8-bit Floating Point Specification, 2023). E5M2 is a half
 * without its last bits. E4M3 has no infinities, and but one NaN for each sign.
 */
static inline uint16_t f16_of_e5m2(uint8_t byte)
{
    return (uint16_t)(byte << 8);
}

static inline uint16_t f16_of_e4m3(uint8_t byte)
{
    static const uint16_t subnormal[8] = {0,      0x1800, 0x1c00, 0x1e00,
                                          0x2000, 0x2100, 0x2200, 0x2300};
    const unsigned sign = (byte & 0x80u) << 8;
    const unsigned magnitude = byte & 0x7fu;
    if (magnitude < 8)
        return (uint16_t)(sign | subnormal[magnitude]);
    if (magnitude == 0x7f)
        return (uint16_t)(sign | 0x7e00);
    return (uint16_t)(sign | ((magnitude << 7) + ((15 - 7) << 10)));
}

/* Keys whose values are equal to a key's: it alone, or the two zeros. */
static inline int16_t half_key_twin(int16_t key)
{
    return key == 0 ? -1 : key == -1 ? 0 : key;
}

#endif
