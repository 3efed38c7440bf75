/*
 * precision_recall.c - precision against recall, along a ranking
 */
#include "picture/precision_recall.h"

#include "picture/svg.h"

#define WIDTH 440
#define HEIGHT 330

void precision_recall_draw(struct text *text,
                           const struct precision_recall *curve)
{
    const struct svg_frame frame = {axis_make(0, 1, 64, WIDTH - 18, 5, false),
                                    axis_make(0, 1, HEIGHT - 48, 36, 5, false),
                                    "recall", "precision"};
    double key = 64;
    svg_open(text, WIDTH, HEIGHT, false, "Precision against recall");
    svg_frame(text, &frame);
    markup_put(text, "<polyline class=\"curve\" points=\"");
    for (size_t i = 0; i < curve->count; i++)
        markup_put(text, "%s%.1f,%.1f", i > 0 ? " " : "",
                   axis_place(&frame.x, curve->points[i].recall),
                   axis_place(&frame.y, curve->points[i].precision));
    markup_put(text, "\"/>\n");
    svg_key(text, &key, 24, "curve", true, "by rank");
    if (curve->has_flags) {
        markup_put(text, "<circle class=\"other-dot\" data-recall=\"");
        markup_put_double(text, curve->flags.recall);
        markup_put(text, "\" data-precision=\"");
        markup_put_double(text, curve->flags.precision);
        markup_put(text, "\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n",
                   axis_place(&frame.x, curve->flags.recall),
                   axis_place(&frame.y, curve->flags.precision));
        markup_put(text,
                   "<circle class=\"other-dot\" cx=\"%.1f\" cy=\"20\" "
                   "r=\"5\"/>\n",
                   key + 6);
        svg_text(text, key + 16, 24, "small", "start", "the flags");
    }
    svg_close(text);
}
