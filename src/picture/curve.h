/*
 * curve.h - precision against recall, along a ranking
 */
#ifndef PICTURE_CURVE_H
#define PICTURE_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

struct curve_point {
    double recall;
    double precision;
};

struct curve {
    size_t count;
    const struct curve_point *points; /* recall from low to high */
    bool has_flags;
    struct curve_point flags; /* what the flags have */
};

/* A picture within a page. */
void curve_draw(struct text *text, const struct curve *curve);

#endif
