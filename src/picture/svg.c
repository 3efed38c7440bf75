/*
 * svg.c - pictures as SVG, alone or within a page
 */
#include "picture/svg.h"

#include <string.h>

static const char styles[] =
    "<style>"
    "text{font-family:'DejaVu Sans',Helvetica,Arial,sans-serif;font-size:12px;"
    "fill:#333}"
    ".name{font-size:14px;font-weight:bold}.small{font-size:11px;font-weight:"
    "normal}"
    ".paper{fill:#fff}.axis{stroke:#888}.grid{stroke:#e4e4e4}"
    ".bar{fill:#8fb3d0}.flagged{fill:url(#hatch)}"
    ".threshold{fill:none;stroke:#b35900;stroke-width:2}"
    ".cutoff{stroke:#222;stroke-width:1.5;stroke-dasharray:5 3}"
    ".plus{fill:#bfe3d4}.minus{fill:url(#hatch)}"
    ".hatch-ground{fill:#f6d3c8}.hatch-line{stroke:#d1603d;stroke-width:2}"
    ".own{fill:none;stroke:#00694b;stroke-width:2.2}"
    ".other{fill:none;stroke:#a33a12;stroke-width:2;stroke-dasharray:6 3}"
    ".thin{fill:none;stroke:#8c8c8c;stroke-width:0.9}"
    ".own-dot{fill:#00694b}.other-dot{fill:#a33a12}"
    ".curve{fill:none;stroke:#1f5f8b;stroke-width:2}"
    ".cell{fill:#1f5f8b}.cell-ground{fill:#f4f4f4}"
    "</style>";

void svg_patterns(struct text *text)
{
    markup_put(text,
               "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
               "patternUnits=\"userSpaceOnUse\" "
               "patternTransform=\"rotate(45)\"><rect class=\"hatch-ground\" "
               "width=\"6\" height=\"6\"/><line class=\"hatch-line\" x1=\"1\" "
               "y1=\"0\" x2=\"1\" y2=\"6\"/></pattern></defs>\n");
}

void svg_open(struct text *text, double width, double height, bool alone,
              const char *title)
{
    if (alone)
        markup_put(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    markup_put(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
        "width=\"%g\" height=\"%g\" role=\"img\">\n<title>",
        width, height, width, height);
    markup_put_string(text, title);
    markup_put(text, "</title>\n");
    if (!alone)
        return;
    text_put(text, styles, strlen(styles));
    markup_put(text, "\n");
    svg_patterns(text);
    markup_put(text, "<rect class=\"paper\" width=\"%g\" height=\"%g\"/>\n",
               width, height);
}

void svg_close(struct text *text)
{
    markup_put(text, "</svg>\n");
}

void svg_text(struct text *text, double x, double y, const char *class,
              const char *anchor, const char *string)
{
    markup_put(text,
               "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">",
               x, y, class, anchor);
    markup_put_string(text, string);
    markup_put(text, "</text>\n");
}

void svg_line(struct text *text, double x1, double y1, double x2, double y2,
              const char *class)
{
    markup_put(text,
               "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
               "class=\"%s\"/>\n",
               x1, y1, x2, y2, class);
}

void svg_frame(struct text *text, const struct svg_frame *frame)
{
    const struct axis *x = &frame->x;
    const struct axis *y = &frame->y;
    char number[AXIS_TEXT_ROOM];
    double tick;
    for (int i = 0; axis_tick(y, i, &tick); i++) {
        const double at = axis_place(y, tick);
        axis_format(y, tick, number);
        svg_line(text, x->from, at, x->to, at, "grid");
        svg_text(text, x->from - 6, at + 4, "tick", "end", number);
    }
    for (int i = 0; axis_tick(x, i, &tick); i++) {
        const double at = axis_place(x, tick);
        axis_format(x, tick, number);
        svg_line(text, at, y->from, at, y->from + 4, "axis");
        svg_text(text, at, y->from + 17, "tick", "middle", number);
    }
    svg_line(text, x->from, y->from, x->to, y->from, "axis");
    svg_text(text, (x->from + x->to) / 2, y->from + 34, "label", "middle",
             frame->x_title);
    const double middle = (y->from + y->to) / 2;
    markup_put(text,
               "<text transform=\"translate(%.1f %.1f) rotate(-90)\" "
               "class=\"label\" text-anchor=\"middle\">",
               x->from - 44, middle);
    markup_put_string(text, frame->y_title);
    markup_put(text, "</text>\n");
}

void svg_key(struct text *text, double *x, double y, const char *class,
             bool is_line, const char *meaning)
{
    if (is_line)
        svg_line(text, *x, y - 4, *x + 22, y - 4, class);
    else
        markup_put(text,
                   "<rect x=\"%.1f\" y=\"%.1f\" width=\"22\" height=\"11\" "
                   "class=\"%s\"/>\n",
                   *x, y - 10, class);
    svg_text(text, *x + 27, y, "small", "start", meaning);
    *x += 27 + 6.6 * (double)strlen(meaning) + 14;
}
