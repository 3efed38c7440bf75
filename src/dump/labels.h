/*
 * labels.h - elements of labels and ids as they were read -> plain numbers
 *
 * No HDF5 here.
 */
#ifndef DUMP_LABELS_H
#define DUMP_LABELS_H

#include "dump/plan.h"

/* A label that cannot be used: its row is to be left out. */
#define DUMP_NO_LABEL UINT32_MAX

enum dump_label_fault {
    DUMP_LABEL_OUT_OF_RANGE,
    DUMP_LABEL_NOT_INTEGRAL,
    DUMP_LABEL_NOT_ONE_HOT
};

struct dump_bad_labels {
    size_t count;
    size_t first;                /* row of the first one */
    enum dump_label_fault fault; /* what is wrong with it */
    char value[32];              /* the label as text, if it is one number */
};

/*
 * Labels of `rows` rows -> class numbers below `classes`, DUMP_NO_LABEL for
 * bad ones, which `bad` tells of. The elements are of a number type; with
 * one_hot there are `classes` of them a row, one of which is 1 and all others
 * 0.
 */
void dump_convert_labels(const void *elements, enum dump_type type, size_t rows,
                         uint64_t classes, bool one_hot, uint32_t *labels,
                         struct dump_bad_labels *bad);

/* Integer elements of any size -> 64 bits; unsigned ones of 64 bits stay what
 * they are, as two's complement. */
void dump_convert_integers(const void *elements, enum dump_type type,
                           size_t rows, int64_t *numbers);

#endif
