/*
 * patterns.c - names of datasets with one `*` for the number of the epoch
 */
#include "dump/patterns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/names.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* ---- matching ---- */

/* Reads the number at `text`, with or without a sign, which has to be followed
 * by `end` alone. */
static bool take_number(const char *text, const char *end,
                        struct pattern_match *match)
{
    const size_t sign = *text == '-';
    const size_t length = sign + count_digits(text + sign);
    if (length == sign || length >= sizeof match->star || length - sign > 18 ||
        strcmp(text + length, end) != 0)
        return false;
    memcpy(match->star, text, length);
    match->star[length] = '\0';
    match->number = strtoll(match->star, NULL, 10);
    return true;
}

bool pattern_match(const char *pattern, const char *path,
                   struct pattern_match *match)
{
    const bool from_root = *pattern == '/';
    pattern += from_root;
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        return false;
    const size_t before = (size_t)(star - pattern);
    for (const char *at = path; at != NULL; at = strchr(at + 1, '/')) {
        if (strncmp(at + 1, pattern, before) == 0 &&
            take_number(at + 1 + before, star + 1, match)) {
            match->base = (size_t)(at - path);
            return true;
        }
        if (from_root)
            break;
    }
    return false;
}

bool pattern_fill(const char *pattern, const char *path,
                  const struct pattern_match *match, char *out, size_t size)
{
    pattern += *pattern == '/';
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        return false;
    const int length =
        snprintf(out, size, "%.*s/%.*s%s%s", (int)match->base, path,
                 (int)(star - pattern), pattern, match->star, star + 1);
    return length >= 0 && (size_t)length < size;
}

/* ---- making them ---- */

/* A whole word in `text`; NULL: it has none. */
static const char *find_word(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = text; *at != '\0'; at++) {
        if (strncasecmp(at, word, length) == 0 && !is_letter(at[length]) &&
            (at == text || !is_letter(at[-1])))
            return at;
    }
    return NULL;
}

bool pattern_replace_word(const char *pattern, const char *word,
                          const char *other, char out[PATTERN_SIZE])
{
    const char *at = find_word(pattern, word);
    if (at == NULL)
        return false;
    const int length =
        snprintf(out, PATTERN_SIZE, "%.*s%s%s", (int)(at - pattern), pattern,
                 other, at + strlen(word));
    return length >= 0 && length < PATTERN_SIZE;
}

bool pattern_is_of_parts(const char *pattern)
{
    const char *star = strchr(pattern, '*');
    return star != NULL && names_is_part(pattern, star, star + 1);
}

/* The only run of digits of a name; NULL: there are none or several. */
static const char *only_digits(const char *name)
{
    const char *found = NULL;
    for (const char *p = name; *p != '\0';) {
        const size_t digits = count_digits(p);
        if (digits > 0 && found != NULL)
            return NULL;
        if (digits > 0)
            found = p;
        p += digits > 0 ? digits : 1;
    }
    return found;
}

bool pattern_guess(const char *path, const char *word, char out[PATTERN_SIZE])
{
    const char *name = strrchr(path, '/') + 1;
    const char *digits = only_digits(name);
    int64_t number;
    if (digits == NULL)
        return false;
    const char *tail = digits + count_digits(digits);
    const bool is_part = names_is_part(name, digits, tail);
    if (digits - name >= 2 && digits[-1] == '-' &&
        (digits[-2] == '_' || digits[-2] == '=' || digits[-2] == '-'))
        digits--; /* a sign */
    const char *start = name;
    const bool is_epoch =
        names_epoch_after_keyword(name, &number) == NAMES_EPOCH;
    const size_t bare =
        names_bare_numbers(name, &(int64_t[NAMES_NUMBERS_MAX]){0}[0]);
    if (find_word(name, word) == NULL) { /* then the group's name */
        const size_t length = strlen(word);
        const size_t group = (size_t)(name - path); /* with its slash */
        if ((!is_epoch && !is_part && (digits != name || *tail != '\0')) ||
            group < length + 2 || name[-(ptrdiff_t)length - 2] != '/' ||
            strncasecmp(name - length - 1, word, length) != 0)
            return false;
        start = name - length - 1;
    } else if (!is_epoch && bare != 1 && !is_part) {
        return false;
    }
    const int length = snprintf(out, PATTERN_SIZE, "%.*s*%s",
                                (int)(digits - start), start, tail);
    return length >= 0 && length < PATTERN_SIZE;
}
