/*
 * svg.h - pictures as SVG, alone or within a page
 *
 * Shapes have classes in place of colours; svg_styles() are their colours for a
 * picture that stands alone. Within a page, the page has its own, for light and
 * dark. What a picture shows is in data attributes as well, with all digits.
 */
#ifndef PICTURE_SVG_H
#define PICTURE_SVG_H

#include "picture/axis.h"
#include "text/markup.h"

/* Begins a picture of so many pixels. `title` says what it shows, for those who
 * do not see it. */
void svg_open(struct text *text, double width, double height, bool alone,
              const char *title);
void svg_close(struct text *text);

/* Patterns that pictures fill shapes with; a page has them once, before the
 * first picture. */
void svg_patterns(struct text *text);

/* `anchor`: start, middle or end. `string` may be anybody's. */
void svg_text(struct text *text, double x, double y, const char *class,
              const char *anchor, const char *string);
void svg_line(struct text *text, double x1, double y1, double x2, double y2,
              const char *class);

struct svg_frame {
    struct axis x;
    struct axis y; /* from the bottom up */
    const char *x_title;
    const char *y_title;
};

/* Axes with ticks, lines at the y ticks, and titles. */
void svg_frame(struct text *text, const struct svg_frame *frame);

/* A sample of a shape and what it means, in a row that starts at *x and goes
 * on there. */
void svg_key(struct text *text, double *x, double y, const char *class,
             bool is_line, const char *meaning);

#endif
