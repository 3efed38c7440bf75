/*
 * markup.h - text for XML and HTML
 */
#ifndef TEXT_MARKUP_H
#define TEXT_MARKUP_H

#include "common/text.h"

/* Markup, with numbers in it. */
__attribute__((format(printf, 2, 3))) void markup_put(struct text *text,
                                                      const char *format, ...);

/* A string of anybody's, as text or within the quotes of an attribute: shown as
 * it is, and never markup itself. Bytes that are no UTF-8, and characters that
 * XML does not know, become U+FFFD. */
void markup_put_string(struct text *text, const char *string);

/* The same for people to read: what would change the direction of the text
 * around it, and other controls, become U+FFFD as well. */
void markup_put_shown(struct text *text, const char *string);

/* The same again, with an ellipsis in place of what is more than `most`
 * characters. */
void markup_put_short(struct text *text, const char *string, size_t most);

/* The same within a URL: letters, digits and -._~/ stay, all other bytes are
 * percent-encoded (RFC 3986). */
void markup_put_url(struct text *text, const char *string);

/* The shortest decimal that reads back as the same double. */
void markup_put_double(struct text *text, double number);

#endif
