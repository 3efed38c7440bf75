/*
 * format_double.c - the shortest decimal that reads back as the same double
 *
 * The algorithm is Schubfach: R. Giulietti, "The Schubfach way to render
 * doubles", 2020; letters are the paper's. A double v = c 2^q is what all reals
 * of an interval around it round to. Take the k for which 10^k is the largest
 * power of ten below the interval's width: then at least one multiple of 10^k
 * lies in it, and at most one of 10^(k+1). That one is the answer if it is
 * there, else the multiple of 10^k that is closer to v. To decide it, the
 * interval's ends and v are scaled by 10^-k with 128 bits and rounded to odd,
 * which keeps all comparisons with multiples of 1/4 right.
 */
#include "text/format_double.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text/powers_of_ten.h"

__extension__ typedef unsigned __int128 uint128;

/* digits * 10^exponent, sign apart */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* floor(log2(10^e)) for -1233 <= e <= 1232; the paper's section 5 derives the
 * constants of these three. Shifts of negative numbers are arithmetic. */
static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* floor(log10(2^e)) for -1500 <= e <= 1500 */
static int floor_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

/* floor(log10(3/4 2^e)) for the same e */
static int floor_log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

/* g cp / 2^128, with the lowest bit set if that is not exact. */
static uint64_t round_to_odd(const uint64_t g[2], uint64_t cp)
{
    const uint128 x = (uint128)g[1] * cp;
    const uint128 y = (uint128)g[0] * cp + (uint64_t)(x >> 64);
    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

static struct decimal shortest(uint64_t bits)
{
    const uint64_t fraction = bits & 0xfffffffffffff;
    const int biased = (int)(bits >> 52 & 0x7ff);
    const uint64_t c = biased != 0 ? fraction | (uint64_t)1 << 52 : fraction;
    const int q = (biased != 0 ? biased : 1) - 1075;
    if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0)
        return (struct decimal){c >> -q, 0}; /* an integer */

    /* Below a power of two, doubles are twice as dense as above. */
    const bool lower_is_closer = fraction == 0 && biased > 1;
    const int k = lower_is_closer ? floor_log10_three_quarters_pow2(q)
                                  : floor_log10_pow2(q);
    const int h = q + floor_log2_pow10(-k) + 1; /* 1 to 4 */
    const uint64_t *g = powers_of_ten[-k - POWERS_FIRST];
    const uint64_t vbl = round_to_odd(g, (4 * c - 2 + lower_is_closer) << h);
    const uint64_t vb = round_to_odd(g, (4 * c) << h);
    const uint64_t vbr = round_to_odd(g, (4 * c + 2) << h);

    /* The ends belong to the interval if c is even: ties round to even. */
    const uint64_t lower = vbl + (c & 1);
    const uint64_t upper = vbr - (c & 1);
    const uint64_t s = vb / 4;
    if (s >= 10) {
        const uint64_t sp = s / 10;
        const bool up_inside = lower <= 40 * sp;
        const bool wp_inside = 40 * sp + 40 <= upper;
        if (up_inside != wp_inside)
            return (struct decimal){sp + wp_inside, k + 1};
    }
    const bool u_inside = lower <= 4 * s;
    const bool w_inside = 4 * s + 4 <= upper;
    if (u_inside != w_inside)
        return (struct decimal){s + w_inside, k};
    const uint64_t middle = 4 * s + 2;
    const bool round_up = vb > middle || (vb == middle && (s & 1) != 0);
    return (struct decimal){s + round_up, k};
}

/* The digits without zeros at the end, right-aligned in a buffer: where they
 * start. Moves the zeros to the exponent. */
static const char *write_digits(struct decimal *decimal, char buffer[20])
{
    for (; decimal->digits % 10 == 0; decimal->digits /= 10)
        decimal->exponent++;
    char *p = buffer + 20;
    for (uint64_t left = decimal->digits; left != 0; left /= 10)
        *--p = (char)('0' + left % 10);
    return p;
}

static char *put(char *p, const char *text, int length)
{
    memcpy(p, text, (size_t)length);
    return p + length;
}

static char *put_zeros(char *p, int count)
{
    memset(p, '0', (size_t)count);
    return p + count;
}

static char *put_exponent(char *p, int exponent)
{
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    if (exponent < 0)
        exponent = -exponent;
    if (exponent >= 100)
        *p++ = (char)('0' + exponent / 100);
    *p++ = (char)('0' + exponent / 10 % 10);
    *p++ = (char)('0' + exponent % 10);
    return p;
}

size_t format_double(double x, char text[FORMAT_DOUBLE_ROOM])
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    char *p = text;
    if (x == 0) {
        memcpy(text, "0", 2);
        return 1;
    }
    if (bits >> 63)
        *p++ = '-';
    char buffer[20];
    struct decimal decimal = shortest(bits);
    const char *digits = write_digits(&decimal, buffer);
    const int count = (int)(buffer + sizeof buffer - digits);
    const int point = count + decimal.exponent; /* x = 0.d1d2... 10^point */
    if (point < -3 || point > 16) {
        p = put(p, digits, 1);
        if (count > 1) {
            *p++ = '.';
            p = put(p, digits + 1, count - 1);
        }
        p = put_exponent(p, point - 1);
    } else if (point <= 0) {
        p = put(p, "0.", 2);
        p = put_zeros(p, -point);
        p = put(p, digits, count);
    } else if (count <= point) {
        p = put(p, digits, count);
        p = put_zeros(p, point - count);
    } else {
        p = put(p, digits, point);
        *p++ = '.';
        p = put(p, digits + point, count - point);
    }
    *p = '\0';
    return (size_t)(p - text);
}
