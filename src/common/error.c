/*
 * error.c - why something about a dump went wrong, in one line
 */
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool error_no_memory(struct error *error)
{
    error->detail[0] = '\0';
    return error_set(error, "out of memory");
}
