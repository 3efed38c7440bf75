/*
 * confusion_matrix.h - which classes are taken for which
 */
#ifndef PICTURE_CONFUSION_MATRIX_H
#define PICTURE_CONFUSION_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

#define HEAT_MAP_CLASSES_MAX 30

struct confusion_matrix {
    size_t count; /* of classes */
    uint32_t classes[HEAT_MAP_CLASSES_MAX];
    size_t cells[HEAT_MAP_CLASSES_MAX][HEAT_MAP_CLASSES_MAX]; /* from, to */
};

/* How a class is called. */
struct matrix_class {
    int64_t label;
    const char *name; /* or "" */
};

/* A picture within a page: the assigned labels down, the suggested ones across.
 */
void confusion_matrix_draw(struct text *text,
                           const struct confusion_matrix *map,
                           const struct matrix_class *classes);

#endif
