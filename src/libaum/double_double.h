/*
 * double_double.h - sums of twice the precision of a double
 *
 * A number is the unevaluated sum of two doubles, high and low, of which low is
 * at most half a unit in the last place of high. Sums of a few doubles are
 * exact as long as their bits span less than 106 places, and are then the same
 * in any order (T. J. Dekker, "A Floating-Point Technique for Extending the
 * Available Precision", Numerische Mathematik 18, 1971). This needs a compiler
 * that rounds each operation to a double and contracts none: configure sees to
 * that.
 */
#ifndef LIBAUM_DOUBLE_DOUBLE_H
#define LIBAUM_DOUBLE_DOUBLE_H

#include <math.h>

struct double_double {
    double high;
    double low;
};

/* a + b, exactly, unless it overflows. */
static inline struct double_double dd_sum(double a, double b)
{
    const double high = a + b;
    const double of_b = high - a;
    const double low = (a - (high - of_b)) + (b - of_b);
    return (struct double_double){high, isfinite(high) ? low : 0};
}

/* The half of a double's digits that come first. */
static inline double dd_upper_half(double a)
{
    const double scaled = a * 134217729.0; /* 2^27 + 1 */
    return scaled - (scaled - a);
}

/* a * b, exactly, unless it overflows. */
static inline struct double_double dd_product(double a, double b)
{
    const double high = a * b;
    const double a1 = dd_upper_half(a);
    const double b1 = dd_upper_half(b);
    const double a2 = a - a1;
    const double b2 = b - b1;
    return (struct double_double){high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) +
                                            a2 * b2};
}

static inline struct double_double dd_add(struct double_double a,
                                          struct double_double b)
{
    const struct double_double high = dd_sum(a.high, b.high);
    const struct double_double low = dd_sum(a.low, b.low);
    const struct double_double sum = dd_sum(high.high, high.low + low.high);
    return dd_sum(sum.high, sum.low + low.low);
}

static inline struct double_double dd_multiply(struct double_double a,
                                               struct double_double b)
{
    const struct double_double product = dd_product(a.high, b.high);
    return dd_sum(product.high,
                  product.low + (a.high * b.low + a.low * b.high));
}

static inline struct double_double dd_negative(struct double_double a)
{
    return (struct double_double){-a.high, -a.low};
}

#endif
