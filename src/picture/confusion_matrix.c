/*
 * confusion_matrix.c - which classes are taken for which
 */
#include "picture/confusion_matrix.h"

#include <inttypes.h>
#include <stdio.h>

#include "picture/svg.h"

#define LEFT 64
#define TOP 44
#define NUMBERS_MAX 16 /* with more classes, cells have no room for counts */

static size_t highest(const struct confusion_matrix *map)
{
    size_t most = 1;
    for (size_t i = 0; i < map->count; i++) {
        for (size_t j = 0; j < map->count; j++)
            most = map->cells[i][j] > most ? map->cells[i][j] : most;
    }
    return most;
}

/* "3", or "3 cat" */
static void put_class(struct text *text, const struct matrix_class *class)
{
    markup_put(text, "%" PRId64, class->label);
    markup_put(text, *class->name != '\0' ? " " : "");
    markup_put_shown(text, class->name);
}

static void put_cell(struct text *text, const struct confusion_matrix *map,
                     const struct matrix_class *classes, size_t i, size_t j,
                     double side, size_t most)
{
    const size_t count = map->cells[i][j];
    const double x = LEFT + (double)j * side;
    const double y = TOP + (double)i * side;
    const double shade = 0.12 + 0.88 * (double)count / (double)most;
    char number[24];
    if (count == 0)
        return;
    markup_put(text,
               "<g data-label=\"%" PRId64 "\" data-suggested_label=\"%" PRId64
               "\" data-count=\"%zu\"><title>%zu samples labeled ",
               classes[i].label, classes[j].label, count, count);
    put_class(text, &classes[i]);
    markup_put(text, " look like ");
    put_class(text, &classes[j]);
    markup_put(text,
               "</title><rect class=\"cell\" x=\"%.1f\" y=\"%.1f\" "
               "width=\"%.1f\" height=\"%.1f\" fill-opacity=\"%.3f\"/>",
               x + 0.5, y + 0.5, side - 1, side - 1, shade);
    snprintf(number, sizeof number, "%zu", count);
    if (map->count <= NUMBERS_MAX)
        svg_text(text, x + side / 2, y + side / 2 + 4,
                 shade > 0.55 ? "small on-dark" : "small", "middle", number);
    markup_put(text, "</g>\n");
}

void confusion_matrix_draw(struct text *text,
                           const struct confusion_matrix *map,
                           const struct matrix_class *classes)
{
    const double side = map->count <= NUMBERS_MAX ? 30 : 25;
    const double size = side * (double)map->count;
    const size_t most = highest(map);
    char number[24];
    svg_open(text, LEFT + size + 12, TOP + size + 12, false,
             "Assigned against suggested labels");
    markup_put(text,
               "<rect class=\"cell-ground\" x=\"%d\" y=\"%d\" width=\"%g\" "
               "height=\"%g\"/>\n",
               LEFT, TOP, size, size);
    for (size_t i = 0; i < map->count; i++) {
        const double at = ((double)i + 0.5) * side;
        snprintf(number, sizeof number, "%" PRId64, classes[i].label);
        svg_text(text, LEFT - 6, TOP + at + 4, "small", "end", number);
        svg_text(text, LEFT + at, TOP - 6, "small", "middle", number);
        for (size_t j = 0; j < map->count; j++)
            put_cell(text, map, classes, i, j, side, most);
    }
    svg_text(text, LEFT + size / 2, 14, "label", "middle", "suggested label");
    markup_put(text,
               "<text transform=\"translate(14 %.1f) rotate(-90)\" "
               "class=\"label\" text-anchor=\"middle\">assigned label</text>\n",
               TOP + size / 2);
    svg_close(text);
}
