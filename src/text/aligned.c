/*
 * aligned.c - cells of a table as columns of a terminal
 */
#include "text/aligned.h"

#include <stdbool.h>
#include <string.h>

#define GAP "  "
#define ELLIPSIS "..."

/* Bytes of the character at `p`; 1 if it is no UTF-8. */
static size_t character(const char *p)
{
    const size_t length = text_utf8_length(p);
    return length > 0 ? length : 1;
}

size_t aligned_width(const char *text)
{
    size_t width = 0;
    for (const char *p = text; *p != '\0'; p += character(p))
        width++;
    return width;
}

/* So many characters from the first-th on. */
static void put_part(struct text *to, const char *text, size_t first,
                     size_t count)
{
    for (const char *p = text; *p != '\0' && count > 0;) {
        const size_t length = character(p);
        const bool odd = text_shown_length(p) == 0;
        if (first > 0) {
            first--;
        } else {
            text_put(to, odd ? "?" : p, odd ? 1 : length);
            count--;
        }
        p += length;
    }
}

static void put_spaces(struct text *to, size_t count)
{
    for (; count > 0; count--)
        text_put(to, " ", 1);
}

void aligned_put(struct text *to, const char *text, size_t width, bool right,
                 bool last)
{
    const size_t taken = aligned_width(text);
    const size_t mark = strlen(ELLIPSIS);
    const size_t left = taken < width ? width - taken : 0;
    if (right)
        put_spaces(to, left);
    if (taken <= width) {
        put_part(to, text, 0, taken);
    } else if (width <= mark + 2) {
        put_part(to, text, 0, width);
    } else {
        const size_t end = (width - mark + 1) / 2;
        put_part(to, text, 0, width - mark - end);
        text_put(to, ELLIPSIS, mark);
        put_part(to, text, taken - end, end);
    }
    if (!last && !right)
        put_spaces(to, left);
    if (!last)
        text_put(to, GAP, strlen(GAP));
}
