/*
 * aligned.h - cells of a table as columns of a terminal
 */
#ifndef TEXT_ALIGNED_H
#define TEXT_ALIGNED_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

/* How many columns of a terminal a text takes: one for each character of UTF-8,
 * and for each byte that is none. */
size_t aligned_width(const char *text);

/* Puts a text into `width` columns, and two spaces after it unless it is the
 * last cell of its row. One that is longer loses its middle, and control
 * characters become "?". */
void aligned_put(struct text *to, const char *text, size_t width, bool right,
                 bool last);

#endif
