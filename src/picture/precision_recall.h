/*
 * precision_recall.h - precision against recall, along a ranking
 */
#ifndef PICTURE_PRECISION_RECALL_H
#define PICTURE_PRECISION_RECALL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

struct precision_recall_point {
    double recall;
    double precision;
};

struct precision_recall {
    size_t count;
    const struct precision_recall_point *points; /* recall from low to high */
    bool has_flags;
    struct precision_recall_point flags; /* what the flags have */
};

/* A picture within a page. */
void precision_recall_draw(struct text *text,
                           const struct precision_recall *curve);

#endif
