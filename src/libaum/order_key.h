/*
 * order_key.h - doubles as integers that order as they do
 *
 * The bits of a double, seen as a number, order positive doubles; those of
 * negative ones order the other way round. -0 comes before 0.
 */
#ifndef LIBAUM_ORDER_KEY_H
#define LIBAUM_ORDER_KEY_H

#include <stdint.h>
#include <string.h>

#define ORDER_KEY_SIGN ((uint64_t)1 << 63)

static inline uint64_t order_key_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits & ORDER_KEY_SIGN ? ~bits : bits | ORDER_KEY_SIGN;
}

static inline double order_key_number(uint64_t key)
{
    const uint64_t bits = key & ORDER_KEY_SIGN ? key & ~ORDER_KEY_SIGN : ~key;
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

#endif
