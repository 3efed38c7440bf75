/*
 * error.c - why something about a dump went wrong, in one line
 */
#include "common/error.h"

#include <stdarg.h>

#include "common/fit.h"

bool dump_fail(struct dump_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_fit_list(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool dump_out_of_memory(struct dump_error *error)
{
    error->detail[0] = '\0';
    return dump_fail(error, "out of memory");
}
