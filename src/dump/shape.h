/*
 * shape.h - which axis of a dataset is what
 */
#ifndef DUMP_SHAPE_H
#define DUMP_SHAPE_H

#include "dump/index.h"

/*
 * Finds the axes of logits and labels, and of ids unless NULL, from `rank` and
 * `dims`: as `axes` has them (see axes.h) or, if its count is 0, by the first
 * of these readings that agrees with the labels, where axes of length 1 are
 * ignored, and those of a `reversed` layout count from the last one:
 *
 *   logits  [epochs, rows, classes]; [rows, classes];
 *           [rows] or [epochs, rows, 1] for one-logit models
 *   labels  [epochs, rows]; [rows]; with a column per class (one-hot)
 *   ids     [epochs, rows]; [rows]
 *
 * Errors name the orders of axes that fit instead, by the labels too.
 */
bool dump_resolve_shapes(const struct dump_axes *axes,
                         struct dump_array *logits, struct dump_array *labels,
                         struct dump_array *ids, bool *one_hot,
                         const struct dump_index *index, struct error *error);

/* The same of layouts: do these axes, which are given, fit? Labels may have an
 * axis of epochs, or one of classes. */
bool dump_fit_axes(const struct dump_axes *axes, struct dump_layout *logits,
                   struct dump_layout *labels, struct dump_layout *ids,
                   bool one_hot);

/* Gives a dataset the axes of another one of the same shape. */
void dump_copy_axes(struct dump_layout *layout, const struct dump_layout *like);

/* Writes "(60, 1797)", as Python does. */
void dump_format_shape(const struct dump_layout *layout, char *text,
                       size_t size);

#endif
