/*
 * sweep_steps.h - "-1:1:0.1" or "90,95,99%" -> cutoffs to try
 */
#ifndef REPORT_SWEEP_STEPS_H
#define REPORT_SWEEP_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aum.h"

/* A decimal number as it was written: value / 10^scale. */
struct decimal {
    int64_t value;
    unsigned scale;
};

/* From low to high, each once. */
struct sweep_steps {
    struct decimal *numbers;
    size_t count;
    bool percentiles; /* of the threshold samples' AUMs; else AUMs */
};

/*
 * FROM:TO:STEP, both ends included, or a list with commas; with % at the end
 * the numbers are percentiles. Numbers have at most 15 digits. False if it
 * cannot be understood or has more than 10,000 steps. Free with
 * sweep_steps_free() either way.
 */
bool sweep_steps_parse(struct sweep_steps *steps, const char *text);
void sweep_steps_free(struct sweep_steps *steps);

/* The nearest double. */
double decimal_value(struct decimal number);

struct aum_percentile decimal_percentile(struct decimal number);

/* "-0.9": the shortest way to write it. */
void decimal_format(struct decimal number, char *text, size_t size);

#endif
