/*
 * histogram.c - how AUMs are spread: all samples, and the threshold samples
 */
#include "picture/histogram.h"

#include <math.h>
#include <string.h>

#include "picture/svg.h"

#define BINS_WANTED 60

void histogram_init(struct histogram *histogram, double low, double high)
{
    memset(histogram, 0, sizeof *histogram);
    /* Ticks at so many places are bins of a round width. */
    const struct axis axis = axis_make(low, high, 0, 1, BINS_WANTED, false);
    histogram->width = axis.step;
    histogram->low = floor(axis.low / axis.step) * axis.step;
    histogram->count = (size_t)fmin(
        ceil((axis.high - histogram->low) / axis.step) + 1, HISTOGRAM_BINS_MAX);
}

struct histogram_bin *histogram_bin(struct histogram *histogram, double aum)
{
    const double place = floor((aum - histogram->low) / histogram->width);
    if (place < 0) {
        histogram->beyond_low = true;
        return &histogram->bins[0];
    }
    if (place >= (double)histogram->count) {
        histogram->beyond_high = true;
        return &histogram->bins[histogram->count - 1];
    }
    return &histogram->bins[(size_t)place];
}

/* The share of its group that a bin holds, in percent. */
static double share(size_t part, size_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static double bin_edge(const struct histogram *histogram, size_t i)
{
    return histogram->low + (double)i * histogram->width;
}

static struct svg_frame make_frame(const struct histogram *h)
{
    double highest = 0;
    for (size_t i = 0; i < h->count; i++) {
        highest = fmax(highest, share(h->bins[i].samples, h->samples));
        highest = fmax(highest, share(h->bins[i].threshold, h->threshold));
    }
    return (struct svg_frame){axis_make(h->low, bin_edge(h, h->count), 64,
                                        HISTOGRAM_WIDTH - 18, 10, false),
                              axis_make(0, highest > 0 ? highest * 1.04 : 1,
                                        HISTOGRAM_HEIGHT - 48, 44, 6, false),
                              "AUM (logit)", "share of the group (%)"};
}

static void put_rectangle(struct text *text, const struct svg_frame *frame,
                          double left, double right, double bottom, double top,
                          const char *class)
{
    const double x = axis_place(&frame->x, left) + 0.5;
    const double y = axis_place(&frame->y, top);
    markup_put(text,
               "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
               "height=\"%.1f\"/>",
               class, x, y, fmax(axis_place(&frame->x, right) - 0.5 - x, 0.5),
               axis_place(&frame->y, bottom) - y);
}

static void put_bin(struct text *text, const struct histogram *h, size_t i,
                    const struct svg_frame *frame)
{
    const struct histogram_bin *bin = &h->bins[i];
    const double left = bin_edge(h, i);
    const double right = bin_edge(h, i + 1);
    const double flagged = share(bin->flagged, h->samples);
    if (bin->samples == 0 && bin->threshold == 0)
        return;
    markup_put(text, "<g data-low=\"");
    markup_put_double(text, left);
    markup_put(text, "\" data-high=\"");
    markup_put_double(text, right);
    markup_put(text,
               "\" data-samples=\"%zu\" data-flagged=\"%zu\" "
               "data-threshold=\"%zu\"><title>%g to %g: %zu samples, %zu "
               "flagged; %zu threshold samples</title>",
               bin->samples, bin->flagged, bin->threshold, left, right,
               bin->samples, bin->flagged, bin->threshold);
    if (bin->samples > bin->flagged)
        put_rectangle(text, frame, left, right, flagged,
                      share(bin->samples, h->samples), "bar");
    if (bin->flagged > 0)
        put_rectangle(text, frame, left, right, 0, flagged, "flagged");
    markup_put(text, "</g>\n");
}

/* The threshold samples' outline: a line in steps. */
static void put_outline(struct text *text, const struct histogram *h,
                        const struct svg_frame *frame)
{
    markup_put(text, "<path class=\"threshold\" d=\"M%.1f %.1f",
               axis_place(&frame->x, h->low), axis_place(&frame->y, 0));
    for (size_t i = 0; i < h->count; i++)
        markup_put(
            text, "V%.1fH%.1f",
            axis_place(&frame->y, share(h->bins[i].threshold, h->threshold)),
            axis_place(&frame->x, bin_edge(h, i + 1)));
    markup_put(text, "V%.1f\"/>\n", axis_place(&frame->y, 0));
}

static void put_cutoff(struct text *text, const struct svg_frame *frame,
                       const struct histogram_cutoff *cutoff, size_t index)
{
    const double x = axis_place(&frame->x, cutoff->aum);
    if (cutoff->aum < frame->x.low || cutoff->aum > frame->x.high)
        return; /* beyond all samples */
    markup_put(text, "<g data-cutoff=\"");
    markup_put_double(text, cutoff->aum);
    markup_put(text, "\">");
    svg_line(text, x, frame->y.from, x, frame->y.to, "cutoff");
    svg_text(text, x + 5, frame->y.to + 12 + 14 * (double)index, "small",
             "start", cutoff->name);
    markup_put(text, "</g>\n");
}

static bool has_flagged(const struct histogram *h)
{
    bool any = false;
    for (size_t i = 0; i < h->count; i++)
        any |= h->bins[i].flagged > 0;
    return any;
}

void histogram_draw(struct text *text, const struct histogram *h,
                    const struct histogram_cutoff *cutoffs, size_t cutoff_count,
                    bool alone)
{
    const struct svg_frame frame = make_frame(h);
    double key = 64;
    svg_open(text, HISTOGRAM_WIDTH, HISTOGRAM_HEIGHT, alone,
             "How the AUMs are spread");
    svg_frame(text, &frame);
    for (size_t i = 0; i < h->count; i++)
        put_bin(text, h, i, &frame);
    if (h->threshold > 0)
        put_outline(text, h, &frame);
    for (size_t i = 0; i < cutoff_count; i++)
        put_cutoff(text, &frame, &cutoffs[i], i);
    svg_key(text, &key, 26, "bar", false, "samples");
    if (cutoff_count > 0 || has_flagged(h))
        svg_key(text, &key, 26, "flagged", false, "of these flagged");
    if (h->threshold > 0)
        svg_key(text, &key, 26, "threshold", true, "threshold samples");
    if (h->beyond_low || h->beyond_high)
        svg_text(text, HISTOGRAM_WIDTH - 18, 26, "small", "end",
                 "outermost bars: all that lies beyond");
    svg_close(text);
}
