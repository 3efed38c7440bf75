/*
 * histogram.h - how AUMs are spread: all samples, and the threshold samples
 */
#ifndef PICTURE_HISTOGRAM_H
#define PICTURE_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

#define HISTOGRAM_BINS_MAX 120

struct histogram_bin {
    size_t samples; /* that are ranked */
    size_t flagged; /* of these */
    size_t threshold;
};

/* Bins of equal width; what lies beyond them counts to the first or last. */
struct histogram {
    double low; /* a multiple of the width */
    double width;
    size_t count;
    struct histogram_bin bins[HISTOGRAM_BINS_MAX];
    size_t samples;
    size_t threshold;
    bool beyond_low; /* something does lie beyond */
    bool beyond_high;
};

/* Empty bins of a round width between two finite numbers. */
void histogram_init(struct histogram *histogram, double low, double high);

/* The bin that a number counts to. */
struct histogram_bin *histogram_bin(struct histogram *histogram, double aum);

struct histogram_cutoff {
    double aum;
    const char *name; /* "cutoff", "run 1" */
};

#define HISTOGRAM_WIDTH 720
#define HISTOGRAM_HEIGHT 330

/* A whole picture; `alone` as in svg_open(). */
void histogram_draw(struct text *text, const struct histogram *histogram,
                    const struct histogram_cutoff *cutoffs, size_t cutoff_count,
                    bool alone);

#endif
