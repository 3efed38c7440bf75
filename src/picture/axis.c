/*
 * axis.c - numbers -> places in a picture, with ticks at round numbers
 */
#include "picture/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The largest of 1, 2 and 5 times a power of ten that divides `span` into at
 * most so many steps. */
static double round_step(double span, int ticks)
{
    const double least = span / ticks;
    const double power = pow(10, floor(log10(least)));
    static const double factors[] = {1, 2, 5};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        if (factors[i] * power >= least)
            return factors[i] * power;
    }
    return 10 * power;
}

struct axis axis_make(double low, double high, double from, double to,
                      int ticks, bool whole)
{
    if (!(high > low)) {
        const double half = fabs(low) < 1e6 ? 0.5 : fabs(low) / 2e6;
        low -= half;
        high += half;
    }
    /* The span of the largest doubles is none; half of it is. */
    const double span = high / 2 - low / 2;
    double step = 2 * round_step(span, ticks);
    if (isfinite(high - low))
        step = round_step(high - low, ticks);
    if (whole && step < 1)
        step = 1;
    return (struct axis){low, high, from, to, step};
}

double axis_place(const struct axis *axis, double number)
{
    const double share =
        (number / 2 - axis->low / 2) / (axis->high / 2 - axis->low / 2);
    return axis->from + share * (axis->to - axis->from);
}

bool axis_tick(const struct axis *axis, int index, double *number)
{
    /* A little beyond the ends still counts: it is rounding. */
    const double first = ceil(axis->low / axis->step - 1e-9);
    *number = (first + index) * axis->step;
    return *number <= axis->high + 1e-9 * axis->step;
}

void axis_format(const struct axis *axis, double number,
                 char text[AXIS_TEXT_ROOM])
{
    const double size = fmax(fabs(axis->low), fabs(axis->high));
    const int decimals = (int)fmax(0, -floor(log10(axis->step) + 1e-9));
    if (size >= 1e7 || axis->step < 1e-6)
        snprintf(text, AXIS_TEXT_ROOM, "%.6g", number);
    else
        snprintf(text, AXIS_TEXT_ROOM, "%.*f", decimals, number);
    if (strspn(text, "-0.") == strlen(text) && *text == '-') /* no "-0" */
        memmove(text, text + 1, strlen(text));
}
