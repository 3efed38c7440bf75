/*
 * probabilities.h - outputs of a softmax or sigmoid that pass for logits
 *
 * Margins of probabilities are no margins of logits: they shrink where a
 * network is sure. But logarithms of probabilities have the same margins as
 * logits.
 */
#ifndef SCAN_PROBABILITIES_H
#define SCAN_PROBABILITIES_H

#include "scan/measure.h"

struct lane;
struct scan;

/* Chooses the rows of a block whose elements are looked at, once their labels
 * are known. */
void probe_start(struct measured *measured);
void probe_piece(struct measured *measured, const struct dump_piece *piece);

/* Adds what a block tells to what is known of the epoch's first rows, and ends
 * that epoch; false if these are probabilities, or are none but have to be. */
bool probe_add(struct lane *lane);
bool probe_end_epoch(struct scan *scan);

/* Turns a measurement of probabilities, of a row with this label, into one of
 * their logarithms. */
void take_logarithm(uint32_t label, size_t logit_classes, double *assigned,
                    double *other);

/* The same of all measurements of a block; false, with an error, if one is of a
 * number above 1. Those of numbers below 0 become NaN. */
bool take_logarithms(struct lane *lane);

#endif
