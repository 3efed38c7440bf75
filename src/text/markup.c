/*
 * markup.c - text for XML and HTML
 */
#include "text/markup.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "text/format_double.h"

static void put(struct text *text, const char *string)
{
    text_put(text, string, strlen(string));
}

void markup_put(struct text *text, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line)
        text->failed = true; /* a format of ours is too long: a mistake */
    else
        text_put(text, line, (size_t)length);
}

/* A character: its bytes, none if they are no character of XML (1.0, 2.2). */
static void put_character(struct text *text, const char *bytes, size_t length)
{
    const unsigned char first = (unsigned char)bytes[0];
    const bool unknown =
        length == 0 ||
        (length == 1 && first < 0x20 && first != '\t' && first != '\n') ||
        (length == 3 && memcmp(bytes, "\xef\xbf\xbe", 2) == 0 &&
         (unsigned char)bytes[2] >= 0xbe); /* U+FFFE, U+FFFF */
    if (unknown)
        put(text, "\xef\xbf\xbd");
    else if (first == '&')
        put(text, "&amp;");
    else if (first == '<')
        put(text, "&lt;");
    else if (first == '>')
        put(text, "&gt;");
    else if (first == '"')
        put(text, "&quot;");
    else if (first == '\'')
        put(text, "&#39;");
    else
        text_put(text, bytes, length);
}

void markup_put_short(struct text *text, const char *string, size_t most)
{
    size_t characters = 0;
    while (*string != '\0') {
        const size_t length = text_utf8_length(string);
        if (characters++ == most) {
            put(text, "\xe2\x80\xa6");
            return;
        }
        put_character(text, string, text_shown_length(string));
        string += length != 0 ? length : 1;
    }
}

void markup_put_shown(struct text *text, const char *string)
{
    markup_put_short(text, string, SIZE_MAX);
}

void markup_put_string(struct text *text, const char *string)
{
    while (*string != '\0') {
        const size_t length = text_utf8_length(string);
        put_character(text, string, length);
        string += length != 0 ? length : 1;
    }
}

void markup_put_url(struct text *text, const char *string)
{
    static const char stay[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *string != '\0'; string++) {
        if (strchr(stay, *string) != NULL)
            text_put(text, string, 1);
        else
            markup_put(text, "%%%02X", (unsigned)(unsigned char)*string);
    }
}

void markup_put_double(struct text *text, double number)
{
    char digits[FORMAT_DOUBLE_ROOM];
    text_put(text, digits, format_double(number, digits));
}
