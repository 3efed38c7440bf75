/*
 * heat_map.h - which classes are taken for which
 */
#ifndef PICTURE_HEAT_MAP_H
#define PICTURE_HEAT_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

#define HEAT_MAP_CLASSES_MAX 30

struct heat_map {
    size_t count; /* of classes */
    uint32_t classes[HEAT_MAP_CLASSES_MAX];
    size_t cells[HEAT_MAP_CLASSES_MAX][HEAT_MAP_CLASSES_MAX]; /* from, to */
};

/* A picture within a page: the assigned labels down, the suggested ones across.
 */
void heat_map_draw(struct text *text, const struct heat_map *map);

#endif
