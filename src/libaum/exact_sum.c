/*
 * exact_sum.c - wide sums, and the one rounding of a mean
 */
#include "libaum/exact_sum.h"

#include <math.h>

/* words += value * 2^(64 * at), value being a signed 128-bit number */
static void add_at(uint64_t *words, size_t count, size_t at, exact_int128 value)
{
    uint64_t carry = 0;
    for (size_t i = at; i < count; i++) {
        exact_uint128 s = (exact_uint128)words[i] + (uint64_t)value + carry;
        words[i] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
        value >>= 64; /* the sign goes on to the left */
    }
}

void exact_wide_add(struct exact_wide_sum *wide, double x)
{
    if (x == 0)
        return;
    int exponent;
    double fraction = frexp(x, &exponent);
    /* x = mantissa * 2^exponent; no bit of it weighs less than 2^-1074 */
    int64_t mantissa = (int64_t)ldexp(fraction, 53);
    exponent -= 53;
    while (exponent < EXACT_WIDE_LOWEST) {
        mantissa /= 2; /* exact: x is a double, those bits are zero */
        exponent++;
    }
    size_t position = (size_t)(exponent - EXACT_WIDE_LOWEST);
    exact_int128 value =
        (exact_int128)mantissa * ((exact_int128)1 << position % 64);
    add_at(wide->words, EXACT_WIDE_WORDS, position / 64, value);
}

void exact_wide_from(struct exact_wide_sum *wide, const struct exact_sum *sum)
{
    memset(wide, 0, sizeof *wide);
    /* The narrow sum, shifted to its place, in three words. */
    const unsigned position = EXACT_LOWEST - EXACT_WIDE_LOWEST;
    const size_t at = position / 64;
    const unsigned shift = position % 64;
    exact_int128 value =
        (exact_int128)((exact_uint128)sum->high << 64 | sum->low);
    exact_uint128 low = (exact_uint128)(uint64_t)value << shift;
    exact_int128 high = (value >> 64) * ((exact_int128)1 << shift);
    add_at(wide->words, EXACT_WIDE_WORDS, at, (exact_int128)(uint64_t)low);
    add_at(wide->words, EXACT_WIDE_WORDS, at + 1,
           high + (exact_int128)(uint64_t)(low >> 64));
}

void exact_wide_add_wide(struct exact_wide_sum *wide,
                         const struct exact_wide_sum *other)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < EXACT_WIDE_WORDS; i++) {
        exact_uint128 s =
            (exact_uint128)wide->words[i] + other->words[i] + carry;
        wide->words[i] = (uint64_t)s;
        carry = (uint64_t)(s >> 64);
    }
}

static unsigned bit_length(uint64_t word)
{
    return word == 0 ? 0 : 64u - (unsigned)__builtin_clzll(word);
}

/*
 * q[0..count-1], lowest word first, times 2^lowest, plus something below its
 * lowest bit if `more`: the nearest double.
 */
static double round_to_double(const uint64_t *q, size_t count, int lowest,
                              bool more)
{
    size_t top = count;
    while (top > 0 && q[top - 1] == 0)
        top--;
    if (top == 0)
        return 0;
    const int length = (int)(64 * (top - 1) + bit_length(q[top - 1]));
    /* The leading bit weighs 2^(length-1+lowest). Doubles have 53 bits, but
     * none below 2^-1074. */
    int keep = 53;
    if (length + lowest - 53 < -1074)
        keep = length + lowest + 1074;
    const int drop = length - keep; /* how many bits go */
    uint64_t kept = 0;
    for (int i = length - 1; i >= drop && i >= 0; i--)
        kept = kept << 1 | (q[i / 64] >> (i % 64) & 1);
    if (drop < 0)
        return ldexp((double)kept, lowest);
    bool half = drop > 0 && (q[(drop - 1) / 64] >> ((drop - 1) % 64) & 1);
    bool below = more;
    for (int i = 0; !below && i < drop - 1; i++)
        below = q[i / 64] >> (i % 64) & 1;
    if (half && (below || (kept & 1)))
        kept++;
    return ldexp((double)kept, lowest + drop);
}

/* words (two's complement, `count` of them) * 2^lowest / n */
static double mean(const uint64_t *words, size_t count, int lowest, uint64_t n)
{
    /* Two more words at the low end: the quotient then has at least 64 bits
     * unless the sum is 0, whatever n is. */
    uint64_t q[EXACT_WIDE_WORDS + 2] = {0};
    const bool negative = words[count - 1] >> 63;
    uint64_t carry = negative;
    for (size_t i = 0; i < count; i++) {
        uint64_t w = negative ? ~words[i] : words[i];
        q[i + 2] = w + carry;
        carry = carry && q[i + 2] == 0;
    }
    uint64_t rest = 0;
    size_t i = count + 2;
    while (i > 0 && q[i - 1] == 0)
        i--;
    while (i-- > 0) {
        exact_uint128 part = (exact_uint128)rest << 64 | q[i];
        q[i] = (uint64_t)(part / n);
        rest = (uint64_t)(part % n);
    }
    double value = round_to_double(q, count + 2, lowest - 128, rest != 0);
    return negative ? -value : value;
}

/*
 * With n below 2^32 the quotient takes three short divisions. The sum is
 * shifted to the left end of its 128 bits first, so that the quotient has at
 * least 96: rounding to 53 of them needs no more than the first 64 and whether
 * anything follows. The result is at least 2^-80 / 2^32, far from subnormal.
 */
static double short_mean(exact_uint128 magnitude, uint64_t n)
{
    uint64_t high = (uint64_t)(magnitude >> 64);
    const int shift = high != 0 ? __builtin_clzll(high)
                                : 64 + __builtin_clzll((uint64_t)magnitude);
    magnitude <<= shift;
    high = (uint64_t)(magnitude >> 64);
    const uint64_t low = (uint64_t)magnitude;
    const uint64_t upper = (high % n) << 32 | low >> 32;
    const uint64_t lower = (upper % n) << 32 | (low & 0xffffffff);
    exact_uint128 quotient = (exact_uint128)(high / n) << 64 |
                             (exact_uint128)(upper / n) << 32 | lower / n;
    const int left = __builtin_clzll((uint64_t)(quotient >> 64));
    quotient <<= left;
    uint64_t leading = (uint64_t)(quotient >> 64);
    leading |= (uint64_t)quotient != 0 || lower % n != 0;
    /* Scaling by a power of two is exact. */
    const uint64_t bits = (uint64_t)(1023 + EXACT_LOWEST + 64 - shift - left)
                          << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return (double)leading * scale;
}

double exact_sum_mean(const struct exact_sum *sum, uint64_t n)
{
    const exact_uint128 value = (exact_uint128)sum->high << 64 | sum->low;
    const bool negative = sum->high >> 63;
    if (value != 0 && n <= UINT32_MAX) {
        const double x = short_mean(negative ? -value : value, n);
        return negative ? -x : x;
    }
    const uint64_t words[2] = {sum->low, sum->high};
    return mean(words, 2, EXACT_LOWEST, n);
}

double exact_wide_mean(const struct exact_wide_sum *wide, uint64_t n)
{
    return mean(wide->words, EXACT_WIDE_WORDS, EXACT_WIDE_LOWEST, n);
}
