/*
 * trajectory.h - the logits of a sample over training
 *
 * As the paper explains its method (figure 1): the assigned class's logit, the
 * largest other one, and the area between them, plain where the margin is
 * positive and hatched where it is negative.
 */
#ifndef PICTURE_TRAJECTORY_H
#define PICTURE_TRAJECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/class_labels.h"
#include "common/text.h"

struct trajectory_point {
    int64_t epoch;
    double assigned; /* finite, as is the next one */
    double other;
    int64_t other_label;
};

#define COURSE_CLASSES_MAX 20 /* of more, there are no lines */

struct trajectory {
    const char *sample; /* its id */
    const char *about;  /* more of it, such as "label 4, suggested 3" */
    size_t count;
    const struct trajectory_point *points; /* in the order of their epochs */
    /* All logits of all points, point by point, some of them perhaps NaN; NULL:
     * they are not to be drawn. */
    const double *logits;
    size_t classes;
    struct class_labels labels; /* of these */
};

#define COURSE_WIDTH 720
#define COURSE_HEIGHT 300

/* A panel of that size, with axes, at `top` within an open picture. */
void trajectory_draw(struct text *text, const struct trajectory *course,
                     double top);

/* A small picture of its own, without axes or text. */
void trajectory_draw_small(struct text *text, const struct trajectory *course,
                           double width, double height);

#endif
