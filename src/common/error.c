/*
 * error.c - why something went wrong, in one line
 */
#include "common/error.h"

#include <stdarg.h>

#include "common/fit.h"

void error_clear(struct error *error)
{
    error->detail[0] = '\0';
    error->advice = ADVICE_NONE;
    error->of_rows = false;
    error->no_dump = false;
    error->no_memory = false;
    error->closed_pipe = false;
}

bool error_set(struct error *error, const char *format, ...)
{
    va_list arguments;
    error_clear(error);
    va_start(arguments, format);
    text_fit_list(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool error_set_text(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_fit_list(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool error_advise(struct error *error, enum error_advice advice)
{
    error->advice = advice;
    return false;
}

bool error_of_rows(struct error *error)
{
    error->of_rows = true;
    return false;
}

bool error_no_memory(struct error *error)
{
    error_set(error, "out of memory");
    error->no_memory = true;
    return false;
}

bool error_no_memory_for(struct error *error, const char *what)
{
    error_set(error, "%s: out of memory", what);
    error->no_memory = true;
    return false;
}
