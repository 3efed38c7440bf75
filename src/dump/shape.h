/*
 * shape.h - which axis of a dataset is what
 */
#ifndef DUMP_SHAPE_H
#define DUMP_SHAPE_H

#include "dump/index.h"

/*
 * Finds the epoch, row and class axes of logits and labels, and of ids unless
 * NULL, from `rank` and `dims`: the first of these readings that agrees with
 * the labels, where axes of length 1 are ignored:
 *
 *   logits  [epochs, rows, classes]; [rows, classes];
 *           [rows] or [epochs, rows, 1] for one-logit models
 *   labels  [epochs, rows]; [rows]; with a column per class (one-hot)
 *   ids     [epochs, rows]; [rows]
 *
 * Error messages start with `context`, the file's name.
 */
bool dump_resolve_shapes(struct dump_array *logits, struct dump_array *labels,
                         struct dump_array *ids, bool *one_hot,
                         const char *context, struct error *error);

/* Writes "(60, 1797)", as Python does. */
void dump_format_shape(const struct dump_layout *layout, char *text,
                       size_t size);

#endif
