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
    DUMP_LABEL_NOT_ONE_HOT,
    DUMP_LABEL_NOT_A_NAME
};

struct dump_bad_labels {
    size_t ignored; /* rows that are left out by the rules, which is no fault */
    size_t count;
    size_t first;                /* row of the first one */
    enum dump_label_fault fault; /* what is wrong with it */
    char value[32];              /* the label as text, if it is one number */
};

/* How the labels of a dataset are stored. */
struct dump_label_format {
    enum dump_type type; /* of numbers */
    uint64_t classes;    /* class numbers are below this */
    bool one_hot; /* a row has as many elements, one of them 1, the others 0 */
};

/*
 * Converts the labels of `rows` rows to class numbers, by the rules. Labels
 * that are bad or to be ignored become DUMP_NO_LABEL, and `bad` counts them.
 */
void dump_convert_labels(const void *elements,
                         const struct dump_label_format *format,
                         const struct dump_label_rules *rules, size_t rows,
                         uint32_t *labels, struct dump_bad_labels *bad);

/* The same of labels that are names of classes. */
void dump_convert_names(char *const *texts,
                        const struct dump_label_format *format,
                        const struct dump_label_rules *rules, size_t rows,
                        uint32_t *labels, struct dump_bad_labels *bad);

/* One element as a number, whatever its type; integers beyond 2^53 are rounded.
 */
double dump_label_value(const void *elements, enum dump_type type, size_t i);

/* Converts integers of any size to 64 bits. Unsigned ones of 64 bits keep their
 * bits. */
void dump_convert_integers(const void *elements, enum dump_type type,
                           size_t rows, int64_t *numbers);

#endif
