/*
 * class_labels.h - how dumps call the classes
 *
 * Within the program, classes count from 0. What users type and see are the
 * labels that the dumps have: from 1 on in R and MATLAB, -1 and +1 for two
 * classes, or names.
 */
#ifndef COMMON_CLASS_LABELS_H
#define COMMON_CLASS_LABELS_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: labels are 0, 1, 2, ... */
struct class_labels {
    int64_t first; /* the label of class 0 */
    int64_t gap;   /* numbers between that of a class and that of the next */
};

static inline int64_t class_label(const struct class_labels *labels,
                                  uint32_t class_number)
{
    return labels->first + (labels->gap + 1) * (int64_t)class_number;
}

/* False if no class below UINT32_MAX has this label. */
static inline bool class_of_label(const struct class_labels *labels,
                                  int64_t label, uint32_t *class_number)
{
    int64_t distance;
    if (__builtin_sub_overflow(label, labels->first, &distance) ||
        distance < 0 || distance % (labels->gap + 1) != 0)
        return false;
    distance /= labels->gap + 1;
    *class_number = (uint32_t)distance;
    return distance < UINT32_MAX;
}

#endif
