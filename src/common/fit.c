/*
 * fit.c - messages with names of any length
 */
#include "common/fit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_KEPT 100 /* bytes that are left of a name, at the least */
#define DOTS "..."
#define DOTS_LENGTH (sizeof DOTS - 1)

/* Drops at least so many bytes from the start of a piece of a text, and puts
 * dots there; returns how many there are fewer. */
static size_t drop_start(char *piece, size_t length, size_t count)
{
    size_t first = count + DOTS_LENGTH;
    /* No character is cut in two (UTF-8). */
    while (first < length && ((unsigned char)piece[first] & 0xc0) == 0x80)
        first++;
    memcpy(piece, DOTS, DOTS_LENGTH);
    memmove(piece + DOTS_LENGTH, piece + first, strlen(piece + first) + 1);
    return first - DOTS_LENGTH;
}

/* The longest piece without spaces: names are the only long ones. */
static char *longest_name(char *text, size_t *length)
{
    char *longest = text;
    *length = 0;
    for (char *at = text; *at != '\0';) {
        const size_t n = strcspn(at, " ");
        if (n > *length) {
            longest = at;
            *length = n;
        }
        at += n + (at[n] == ' ');
    }
    return longest;
}

static void shorten(char *text, size_t room)
{
    size_t length = strlen(text);
    while (length > room) {
        size_t name_length;
        char *name = longest_name(text, &name_length);
        size_t count = length - room;
        if (name_length < NAME_KEPT + 2 * DOTS_LENGTH) {
            drop_start(text, length, count);
            return;
        }
        if (count > name_length - NAME_KEPT - DOTS_LENGTH)
            count = name_length - NAME_KEPT - DOTS_LENGTH;
        length -= drop_start(name, name_length, count);
    }
}

void text_fit_list(char *to, size_t size, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(to, size, format, arguments);
    char *whole = length >= 0 && (size_t)length >= size
                      ? malloc((size_t)length + 1)
                      : NULL;
    if (whole != NULL) { /* else it fits, or has to do as it is */
        vsnprintf(whole, (size_t)length + 1, format, again);
        shorten(whole, size - 1);
        memcpy(to, whole, strlen(whole) + 1);
    }
    free(whole);
    va_end(again);
}

const char *text_reason(int number)
{
    return number == EMFILE || number == ENFILE
               ? "too many open files; raise the limit (ulimit -n)"
               : strerror(number);
}

void text_fit(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_fit_list(to, size, format, arguments);
    va_end(arguments);
}
