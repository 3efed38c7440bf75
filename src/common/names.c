/*
 * names.c - what the names of files and groups tell
 */
#include "common/names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

/* Compares the digit runs at *a and *b as numbers of any length and moves
 * behind them. */
static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    int order = 0; /* by the first digit that differs, if equally long */
    for (; is_digit(**a) && is_digit(**b); ++*a, ++*b) {
        if (order == 0)
            order = **a - **b;
    }
    if (is_digit(**a))
        return 1;
    if (is_digit(**b))
        return -1;
    return order;
}

int names_compare(const char *a, const char *b)
{
    const char *p = a;
    const char *q = b;
    while (*p != '\0' && *q != '\0') {
        if (is_digit(*p) && is_digit(*q)) {
            int order = compare_numbers(&p, &q);
            if (order != 0)
                return order;
        } else if (*p != *q) {
            return (unsigned char)*p - (unsigned char)*q;
        } else {
            p++;
            q++;
        }
    }
    if (*p != *q)
        return *p != '\0' ? 1 : -1;
    return strcmp(a, b); /* 01 and 1 */
}

/* Reads the digits at *p and moves behind them; false if they are too many. */
static bool read_number(const char **p, int64_t *number)
{
    int64_t value = 0;
    bool fits = true;
    for (; is_digit(**p); ++*p) {
        int digit = **p - '0';
        fits = fits && value <= (INT64_MAX - digit) / 10;
        value = fits ? value * 10 + digit : value;
    }
    *number = value;
    return fits;
}

bool names_epoch_after_keyword(const char *name, int64_t *epoch)
{
    static const char *const keywords[] = {"epoch", "ep", "e"};
    for (size_t k = 0; k < sizeof keywords / sizeof *keywords; k++) {
        const size_t length = strlen(keywords[k]);
        for (const char *p = name; *p != '\0'; p++) {
            if (strncasecmp(p, keywords[k], length) != 0)
                continue;
            /* "ep" and "e" end many words (step_3): they must start one. */
            if (k > 0 && p > name && (is_letter(p[-1]) || is_digit(p[-1])))
                continue;
            const char *q = p + length;
            q += strspn(q, "_-=:. ");
            if (is_digit(*q) && read_number(&q, epoch) &&
                (k == 0 || !is_letter(*q)))
                return true;
        }
    }
    return false;
}

bool names_last_number(const char *name, int64_t *number)
{
    bool found = false;
    for (const char *p = name; *p != '\0';) {
        if (is_digit(*p)) {
            int64_t value;
            if (read_number(&p, &value)) {
                *number = value;
                found = true;
            }
        } else {
            p++;
        }
    }
    return found;
}

bool names_group_matches(const char *glob, const char *group_path)
{
    char path[PATH_MAX];
    while (*group_path == '/')
        group_path++;
    if (strcmp(glob, "/") == 0)
        return *group_path == '\0';
    const bool by_path = strchr(glob, '/') != NULL;
    while (*glob == '/')
        glob++;
    if (strlen(group_path) >= sizeof path)
        return false;
    strcpy(path, group_path);
    /* The group, then each one above it. */
    for (;;) {
        const char *name = path;
        char *slash = strrchr(path, '/');
        if (!by_path && slash != NULL)
            name = slash + 1;
        if (fnmatch(glob, name, FNM_PATHNAME) == 0)
            return true;
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
}
