/*
 * labels.h - elements of labels and ids as they were read -> plain numbers
 */
#ifndef DUMP_LABELS_H
#define DUMP_LABELS_H

#include "dump/index.h"

/* Stands for a label that cannot be used; its row has to be left out. */
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
 * Converts the labels of `rows` rows to class numbers below `classes`. Bad
 * labels become DUMP_NO_LABEL, and `bad` counts them. The elements are numbers;
 * if one_hot, each row has `classes` of them, one of which is 1 and the others
 * 0.
 */
void dump_convert_labels(const void *elements, enum dump_type type, size_t rows,
                         uint64_t classes, bool one_hot, uint32_t *labels,
                         struct dump_bad_labels *bad);

/* Converts integers of any size to 64 bits. Unsigned ones of 64 bits keep their
 * bits. */
void dump_convert_integers(const void *elements, enum dump_type type,
                           size_t rows, int64_t *numbers);

#endif
