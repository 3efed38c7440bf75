/*
 * trajectory.c - the logits of a sample over training
 */
#include "picture/trajectory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "picture/svg.h"

/* ---- the area between two lines ---- */

struct corner {
    double x;
    double assigned;
    double other;
};

/* A run of corners between which the margin keeps its sign, as a polygon: along
 * one line and back along the other. */
static void put_polygon(struct text *text, const struct corner *corners,
                        size_t count, const struct axis *y)
{
    for (size_t i = 0; i < count; i++)
        markup_put(text, "%s%.1f %.1f", i == 0 ? "M" : "L", corners[i].x,
                   axis_place(y, corners[i].assigned));
    for (size_t i = count; i-- > 0;)
        markup_put(text, "L%.1f %.1f", corners[i].x,
                   axis_place(y, corners[i].other));
    markup_put(text, "Z");
}

/* The sign of the margin between two corners, which do not have different ones.
 */
static int sign_between(const struct corner *a, const struct corner *b)
{
    const double sum = (a->assigned - a->other) + (b->assigned - b->other);
    return (sum > 0) - (sum < 0);
}

/* All runs of a sign, as one path. */
static void put_area(struct text *text, const struct corner *corners,
                     size_t count, const struct axis *y, int sign,
                     const char *class)
{
    markup_put(text, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i + 1 < count;) {
        size_t end = i;
        while (end + 1 < count &&
               sign_between(&corners[end], &corners[end + 1]) == sign)
            end++;
        if (end > i)
            put_polygon(text, corners + i, end - i + 1, y);
        i = end > i ? end : i + 1;
    }
    markup_put(text, "\"/>\n");
}

/* Corners at the points, and where the lines cross between two of them. */
static size_t find_corners(const struct trajectory *course,
                           const struct axis *x, struct corner *corners)
{
    size_t count = 0;
    for (size_t i = 0; i < course->count; i++) {
        const struct trajectory_point *p = &course->points[i];
        const struct corner next = {axis_place(x, (double)p->epoch),
                                    p->assigned, p->other};
        const struct corner *last = &corners[count == 0 ? 0 : count - 1];
        const double a = count == 0 ? 0 : last->assigned - last->other;
        const double b = next.assigned - next.other;
        if ((a < 0 && b > 0) || (a > 0 && b < 0)) {
            const double share = a / (a - b);
            const double at =
                last->assigned + share * (next.assigned - last->assigned);
            corners[count] =
                (struct corner){last->x + share * (next.x - last->x), at, at};
            count++;
        }
        corners[count++] = next;
    }
    return count;
}

/* ---- lines ---- */

/* A single epoch has a line as long as the axis. */
static void put_line(struct text *text, const struct trajectory *course,
                     const struct axis *x, const struct axis *y, bool other)
{
    const char *class = other ? "other" : "own";
    const struct trajectory_point *p = course->points;
    if (course->count == 1) {
        const double at = axis_place(y, other ? p->other : p->assigned);
        svg_line(text, x->from, at, x->to, at, class);
        return;
    }
    markup_put(text, "<polyline class=\"%s\" points=\"", class);
    for (size_t i = 0; i < course->count; i++)
        markup_put(text, "%s%.1f,%.1f", i > 0 ? " " : "",
                   axis_place(x, (double)p[i].epoch),
                   axis_place(y, other ? p[i].other : p[i].assigned));
    markup_put(text, "\"/>\n");
}

/* A class's logits; where one is not finite the line is broken. */
static void put_class(struct text *text, const struct trajectory *course,
                      size_t class, const struct axis *x, const struct axis *y)
{
    bool pen_is_down = false;
    markup_put(text, "<path class=\"thin\" data-class=\"%" PRId64 "\" d=\"",
               class_label(&course->labels, (uint32_t) class));
    for (size_t i = 0; i < course->count; i++) {
        const double logit = course->logits[i * course->classes + class];
        if (isfinite(logit))
            markup_put(text, "%s%.1f %.1f", pen_is_down ? "L" : "M",
                       axis_place(x, (double)course->points[i].epoch),
                       axis_place(y, logit));
        pen_is_down = isfinite(logit);
    }
    markup_put(text, "\"/>\n");
}

static void put_dots(struct text *text, const struct trajectory *course,
                     const struct axis *x, const struct axis *y)
{
    const double radius = course->count <= 40 ? 3 : 1.5;
    for (size_t i = 0; i < course->count; i++) {
        const struct trajectory_point *p = &course->points[i];
        const double at = axis_place(x, (double)p->epoch);
        markup_put(text,
                   "<circle class=\"own-dot\" cx=\"%.1f\" cy=\"%.1f\" "
                   "r=\"%g\"/><circle class=\"other-dot\" cx=\"%.1f\" "
                   "cy=\"%.1f\" r=\"%g\"/>\n",
                   at, axis_place(y, p->assigned), radius, at,
                   axis_place(y, p->other), radius);
    }
}

/* ---- both together ---- */

static void widen(double number, double *low, double *high)
{
    if (!isfinite(number))
        return;
    *low = fmin(*low, number);
    *high = fmax(*high, number);
}

static struct axis fit_logits(const struct trajectory *course, double from,
                              double to)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < course->count; i++) {
        widen(course->points[i].assigned, &low, &high);
        widen(course->points[i].other, &low, &high);
        for (size_t c = 0; course->logits != NULL && c < course->classes; c++)
            widen(course->logits[i * course->classes + c], &low, &high);
    }
    const double rim = isfinite(high - low) ? 0.04 * (high - low) : 0;
    return axis_make(low - rim, high + rim, from, to, 6, false);
}

static struct axis fit_epochs(const struct trajectory *course, double from,
                              double to)
{
    const double first = (double)course->points[0].epoch;
    const double last = (double)course->points[course->count - 1].epoch;
    return axis_make(first, last, from, to, 10, true);
}

static void put_areas(struct text *text, const struct trajectory *course,
                      const struct axis *x, const struct axis *y)
{
    struct corner *corners = malloc((2 * course->count + 2) * sizeof *corners);
    if (corners == NULL) {
        text->failed = true;
        return;
    }
    size_t count = find_corners(course, x, corners);
    if (count == 1) { /* a single epoch: as wide as the axis */
        corners[1] = corners[0];
        corners[0].x = x->from;
        corners[1].x = x->to;
        count = 2;
    }
    put_area(text, corners, count, y, 1, "plus");
    put_area(text, corners, count, y, -1, "minus");
    free(corners);
}

/* One series of the points, as they are in the CSV. */
static void put_data(struct text *text, const struct trajectory *course)
{
    static const char *const names[] = {"epoch", "assigned_logit",
                                        "other_logit", "other_class", "margin"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        markup_put(text, " data-%s=\"", names[k]);
        for (size_t i = 0; i < course->count; i++) {
            const struct trajectory_point *p = &course->points[i];
            markup_put(text, i > 0 ? " " : "");
            if (k == 0)
                markup_put(text, "%" PRId64, p->epoch);
            else if (k == 3)
                markup_put(text, "%" PRId64, p->other_label);
            else
                markup_put_double(text, k == 1   ? p->assigned
                                        : k == 2 ? p->other
                                                 : p->assigned - p->other);
        }
        markup_put(text, "\"");
    }
}

void trajectory_draw(struct text *text, const struct trajectory *course,
                     double top)
{
    double key = 64;
    markup_put(text, "<g class=\"course\" transform=\"translate(0 %g)\" ", top);
    markup_put(text, "data-sample_id=\"");
    markup_put_string(text, course->sample);
    markup_put(text, "\"");
    put_data(text, course);
    markup_put(text, ">\n<title>Sample ");
    markup_put_shown(text, course->sample);
    markup_put(text,
               "</title>\n<text x=\"64\" y=\"22\" class=\"name\">Sample ");
    markup_put_short(text, course->sample, 36);
    markup_put(text, "<tspan class=\"small\" dx=\"12\">");
    markup_put_string(text, course->about);
    markup_put(text, "</tspan></text>\n");
    if (course->count > 0) {
        const struct svg_frame frame = {
            fit_epochs(course, 64, COURSE_WIDTH - 18),
            fit_logits(course, COURSE_HEIGHT - 48, 54), "epoch", "logit"};
        svg_frame(text, &frame);
        put_areas(text, course, &frame.x, &frame.y);
        for (size_t c = 0; course->logits != NULL && c < course->classes; c++)
            put_class(text, course, c, &frame.x, &frame.y);
        put_line(text, course, &frame.x, &frame.y, true);
        put_line(text, course, &frame.x, &frame.y, false);
        put_dots(text, course, &frame.x, &frame.y);
    }
    svg_key(text, &key, 42, "own", true, "assigned class");
    svg_key(text, &key, 42, "other", true, "largest other");
    svg_key(text, &key, 42, "plus", false, "margin above 0");
    svg_key(text, &key, 42, "minus", false, "margin below 0");
    if (course->logits != NULL)
        svg_key(text, &key, 42, "thin", true, "all classes");
    markup_put(text, "</g>\n");
}

void trajectory_draw_small(struct text *text, const struct trajectory *course,
                           double width, double height)
{
    char title[64];
    snprintf(title, sizeof title, "margins of %zu epochs", course->count);
    svg_open(text, width, height, false, title);
    if (course->count > 0) {
        struct trajectory lines = *course;
        lines.logits = NULL;
        const struct axis x = fit_epochs(&lines, 3, width - 3);
        const struct axis y = fit_logits(&lines, height - 3, 3);
        put_areas(text, &lines, &x, &y);
        put_line(text, &lines, &x, &y, true);
        put_line(text, &lines, &x, &y, false);
    }
    svg_close(text);
}
