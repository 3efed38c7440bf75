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

struct scan;

void probe_start(struct probe *probe, const struct dump_block *block);
void probe_piece(struct probe *probe, const struct dump_piece *piece);

/* Adds what a block tells to what is known of the epoch's first rows, and ends
 * that epoch; false if these are probabilities, and that is an error. */
bool probe_add(struct scan *scan, const struct measured *measured);
bool probe_end_epoch(struct scan *scan);

/* The same of one measurement, of a row with this label. */
void take_logarithm(uint32_t label, size_t logit_classes, double *assigned,
                    double *other);

/* Makes margins of logarithms of measurements of probabilities. */
void take_logarithms(const struct measured *measured, size_t logit_classes);

#endif
