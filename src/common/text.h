/*
 * text.h - text that grows
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero at first. Without memory, `failed` is set, and what is put then is
 * lost. */
struct text {
    char *bytes;
    size_t used;
    size_t capacity;
    bool failed;
};

void text_free(struct text *text);

/* Where the next `size` bytes go; NULL without memory. */
char *text_reserve(struct text *text, size_t size);

void text_put(struct text *text, const char *bytes, size_t size);

/* Length of the UTF-8 sequence (RFC 3629) that a string starts with; 0 if none
 * does. */
size_t text_utf8_length(const char *string);

/* The same, of a character that may be shown to people as it is; 0 of others:
 * controls (C0, DEL and C1), what changes the direction of the text around it,
 * and what ends a line or a paragraph. */
size_t text_shown_length(const char *string);

/* A JSON string, in its quotes. A byte that is not UTF-8 becomes the lone
 * surrogate that Python's "surrogateescape" has for it, so that it can be told
 * what it was. */
void text_put_json(struct text *text, const char *string);

#endif
