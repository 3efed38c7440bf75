/*
 * axis.h - numbers -> places in a picture, with ticks at round numbers
 */
#ifndef PICTURE_AXIS_H
#define PICTURE_AXIS_H

#include <stdbool.h>
#include <stddef.h>

struct axis {
    double low; /* numbers at its ends */
    double high;
    double from; /* and where they are, in pixels */
    double to;
    double step; /* between ticks: 1, 2 or 5 times a power of ten */
};

/*
 * An axis for numbers from low to high, between two places, with up to about
 * `ticks` ticks. If `whole`, ticks are at integers. low == high gives an axis
 * half a unit (or a part of the number's size) to both sides.
 */
struct axis axis_make(double low, double high, double from, double to,
                      int ticks, bool whole);

double axis_place(const struct axis *axis, double number);

/* The index-th tick from the low end; false after the last one. */
bool axis_tick(const struct axis *axis, int index, double *number);

#define AXIS_TEXT_ROOM 32

/* A tick's number, with as many decimals as the step asks for. */
void axis_format(const struct axis *axis, double number,
                 char text[AXIS_TEXT_ROOM]);

#endif
