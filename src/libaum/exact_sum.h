/*
 * exact_sum.h - sums of doubles that do not depend on the order
 *
 * A sum is a fixed-point number of 128 bits, two's complement, whose lowest
 * bit weighs 2^-80. Margins of ordinary logits fit without rounding: they are
 * below 2^46 in size, and multiples of 2^-80, as every double of at least 2^-27
 * is. Other margins need a wide sum, which covers the whole range of doubles
 * and has room for 2^64 additions. Both are exact; their mean is rounded once,
 * correctly.
 */
#ifndef LIBAUM_EXACT_SUM_H
#define LIBAUM_EXACT_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef __int128 exact_int128;
__extension__ typedef unsigned __int128 exact_uint128;

#define EXACT_LOWEST (-80) /* exponent of the narrow sum's lowest bit */

/* Narrow sums are stored as two words, so they need no alignment to 16. */
struct exact_sum {
    uint64_t low;
    uint64_t high;
};

/* From 2^-1074, the lowest bit of a double, to 2^1024, 64 bits of carry and
 * the sign: 2,163 bits. */
#define EXACT_WIDE_WORDS 34
#define EXACT_WIDE_LOWEST (-1074)

struct exact_wide_sum {
    uint64_t words[EXACT_WIDE_WORDS]; /* lowest first, two's complement */
};

/*
 * Adds x if that is quick, which is if x is a multiple of 2^-50 below 2^12 in
 * size, as margins of ordinary 16 and 32 bit logits are. Otherwise (also for
 * NaN and infinity) returns false and leaves the sum as it was. No branch
 * depends on the exponent, and the compiler keeps two 64-bit words in registers
 * where it would put an __int128 that is shifted by a variable on the stack.
 */
#define EXACT_QUICK_LOWEST (-50)

static inline bool exact_sum_add_quick(struct exact_sum *sum, double x)
{
    const double scaled = x * 0x1p50; /* exact: a power of two */
    if (!(scaled > -0x1p62 && scaled < 0x1p62))
        return false;
    const int64_t term = (int64_t)scaled;
    if ((double)term != scaled)
        return false;
    const int shift = EXACT_QUICK_LOWEST - EXACT_LOWEST;
    const uint64_t low = (uint64_t)term << shift;
    int64_t high = term >> (64 - shift); /* keeps the sign */
    high += sum->low + low < low; /* no overflow: there are 30 bits left */
    if (__builtin_add_overflow(high, (int64_t)sum->high, &high))
        return false;
    sum->low += low;
    sum->high = (uint64_t)high;
    return true;
}

/* Adds a finite x. Returns false and leaves the sum as it was if the result
 * would not be exact. */
static inline bool exact_sum_add(struct exact_sum *sum, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & 0xfffffffffffff;
    /* x = mantissa * 2^(exponent - 1075), with the hidden bit put back */
    int shift = exponent - 1075 - EXACT_LOWEST;
    if (exponent == 0) {
        if (mantissa == 0)
            return true;
        return false;
    }
    mantissa |= (uint64_t)1 << 52;
    exact_int128 term;
    if (shift >= 0) {
        if (shift > 126 - 53) /* |x| >= 2^46 */
            return false;
        term = (exact_int128)mantissa << shift;
    } else {
        if (shift < -63 || (mantissa & (((uint64_t)1 << -shift) - 1)) != 0)
            return false;
        term = (exact_int128)(mantissa >> -shift);
    }
    if (bits >> 63)
        term = -term;
    exact_int128 old =
        (exact_int128)((exact_uint128)sum->high << 64 | sum->low);
    exact_int128 new;
    if (__builtin_add_overflow(old, term, &new))
        return false;
    sum->low = (uint64_t) new;
    sum->high = (uint64_t)((exact_uint128) new >> 64);
    return true;
}

/* Starts a wide sum from a narrow one. */
void exact_wide_from(struct exact_wide_sum *wide, const struct exact_sum *sum);

/* Adds a finite x. */
void exact_wide_add(struct exact_wide_sum *wide, double x);

void exact_wide_add_wide(struct exact_wide_sum *wide,
                         const struct exact_wide_sum *other);

/* The sum divided by n > 0, rounded once, to nearest, ties to even; 0 is +0. */
double exact_sum_mean(const struct exact_sum *sum, uint64_t n);
double exact_wide_mean(const struct exact_wide_sum *wide, uint64_t n);

#endif
