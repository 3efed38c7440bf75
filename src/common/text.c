/*
 * text.c - text that grows
 */
#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

char *text_reserve(struct text *text, size_t size)
{
    if (size <= text->capacity - text->used)
        return text->bytes + text->used;
    if (size > SIZE_MAX / 4 || text->used > SIZE_MAX / 4)
        text->failed = true;
    if (text->failed)
        return NULL;
    const size_t capacity = text->used * 2 + size + 4096;
    char *grown = realloc(text->bytes, capacity);
    if (grown == NULL) {
        text->failed = true;
        return NULL;
    }
    text->bytes = grown;
    text->capacity = capacity;
    return text->bytes + text->used;
}

void text_put(struct text *text, const char *bytes, size_t size)
{
    char *to = text_reserve(text, size);
    if (to == NULL)
        return;
    if (size > 0) /* of nothing, there need be no bytes */
        memcpy(to, bytes, size);
    text->used += size;
}

/* ---- JSON ---- */

size_t text_utf8_length(const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if (s[0] < forms[f].first_low || s[0] > forms[f].first_high)
            continue;
        if (forms[f].length > 1 &&
            (s[1] < forms[f].second_low || s[1] > forms[f].second_high))
            return 0;
        for (size_t i = 2; i < forms[f].length; i++) {
            if (s[i] < 0x80 || s[i] > 0xbf)
                return 0;
        }
        return forms[f].length;
    }
    return 0;
}

/* The code point of a sequence of this length. */
static uint32_t decode(const unsigned char *s, size_t length)
{
    uint32_t code = length == 1 ? s[0] : s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (s[i] & 0x3fu);
    return code;
}

size_t text_shown_length(const char *string)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c},
        {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
    };
    const size_t length = text_utf8_length(string);
    const uint32_t code = decode((const unsigned char *)string, length);
    for (size_t i = 0; length > 0 && i < sizeof hidden / sizeof *hidden; i++) {
        if (code >= hidden[i].first && code <= hidden[i].last)
            return 0;
    }
    return length;
}

static void put_escape(struct text *text, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\',
                            'u',
                            hex[code >> 12 & 15],
                            hex[code >> 8 & 15],
                            hex[code >> 4 & 15],
                            hex[code & 15]};
    text_put(text, escape, sizeof escape);
}

void text_put_json(struct text *text, const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    text_put(text, "\"", 1);
    while (*s != '\0') {
        const size_t n = text_utf8_length((const char *)s);
        if (n == 0)
            put_escape(text, 0xdc00u + *s);
        else if (*s == '"' || *s == '\\')
            text_put(text, *s == '"' ? "\\\"" : "\\\\", 2);
        else if (*s < 0x20)
            put_escape(text, *s);
        else
            text_put(text, (const char *)s, n);
        s += n == 0 ? 1 : n;
    }
    text_put(text, "\"", 1);
}
