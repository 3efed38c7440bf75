/*
 * format_double.c - the shortest decimal that reads back as the same double
 */
#include "format_double.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* x = 0.d1d2d3... * 10^point, sign apart */
struct decimal {
    char digits[20];
    int count;
    int point;
};

static void print_digits(double x, int count, struct decimal *out)
{
    char text[40];
    snprintf(text, sizeof text, "%.*e", count - 1, x);
    out->count = 0;
    const char *p = text;
    for (; *p != 'e'; p++) {
        if (*p != '.')
            out->digits[out->count++] = *p;
    }
    out->point = atoi(p + 1) + 1;
}

static double value(const struct decimal *decimal)
{
    char text[40];
    snprintf(text, sizeof text, "%.*se%d", decimal->count, decimal->digits,
             decimal->point - decimal->count);
    return strtod(text, NULL);
}

/* The decimal one unit in the last place above or below; false where that
 * would change the number of digits. */
static bool neighbor(const struct decimal *decimal, int step,
                     struct decimal *out)
{
    int64_t digits = 0;
    for (int i = 0; i < decimal->count; i++)
        digits = digits * 10 + (decimal->digits[i] - '0');
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)digits + step);
    if (strlen(text) != (size_t)decimal->count)
        return false;
    *out = *decimal;
    memcpy(out->digits, text, (size_t)decimal->count);
    return true;
}

/*
 * Every decimal of 15 digits is told apart by a normal double, so that no
 * shorter one than x printed with 15 (without zeros at the end) can do if that
 * does not; subnormal ones may need fewer. Of 16 digits, the closest decimal
 * may miss where the one on the other side of x does not: below powers of two
 * doubles are twice as dense as above.
 */
static void shortest(double x, struct decimal *out)
{
    for (int count = x < DBL_MIN ? 1 : 15; count <= 16; count++) {
        struct decimal closest;
        print_digits(x, count, &closest);
        if (value(&closest) == x) {
            *out = closest;
            return;
        }
        for (int step = -1; step <= 1; step += 2) {
            if (neighbor(&closest, step, out) && value(out) == x)
                return;
        }
    }
    print_digits(x, 17, out);
}

size_t format_double(double x, char text[FORMAT_DOUBLE_ROOM])
{
    char *p = text;
    if (x == 0)
        return (size_t)snprintf(text, FORMAT_DOUBLE_ROOM, "0");
    if (x < 0)
        *p++ = '-';
    struct decimal d;
    shortest(fabs(x), &d);
    while (d.count > 1 && d.digits[d.count - 1] == '0')
        d.count--;
    if (d.point < -3 || d.point > 16) {
        *p++ = d.digits[0];
        if (d.count > 1) {
            *p++ = '.';
            memcpy(p, d.digits + 1, (size_t)d.count - 1);
            p += d.count - 1;
        }
        p += sprintf(p, "e%c%02d", d.point > 0 ? '+' : '-', abs(d.point - 1));
    } else if (d.point <= 0) {
        p += sprintf(p, "0.%.*s%.*s", -d.point, "000", d.count, d.digits);
    } else if (d.count <= d.point) {
        p += sprintf(p, "%.*s%.*s", d.count, d.digits, d.point - d.count,
                     "0000000000000000");
    } else {
        p += sprintf(p, "%.*s.%.*s", d.point, d.digits, d.count - d.point,
                     d.digits + d.point);
    }
    *p = '\0';
    return (size_t)(p - text);
}
