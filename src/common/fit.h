/*
 * fit.h - messages with names of any length
 *
 * A message starts with names and ends with what is wrong and what to do about
 * it. Where all of it has no room, the longest names lose their starts: the end
 * of a message is always there, and so is the end of each name.
 */
#ifndef COMMON_FIT_H
#define COMMON_FIT_H

#include <stdarg.h>
#include <stddef.h>

/* As snprintf(), with "..." for what is left out of names. No argument may
 * point into `to`. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void text_fit(char *to, size_t size, const char *format, ...);

#if defined(__GNUC__)
__attribute__((format(printf, 3, 0)))
#endif
void text_fit_list(char *to, size_t size, const char *format,
                   va_list arguments);

/* What errno says, and what to do about it if that is known. */
const char *text_reason(int number);

#endif
