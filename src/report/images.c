/*
 * images.c - where the pictures of samples are: a pattern, and the id in it
 */
#include "report/images.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "text/markup.h"

/* Browsers take one for the other. */
static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* ---- the pattern ---- */

/* Where the scheme ends, with its colon; the start if there is none. What
 * {id} stands for must not become one. */
static const char *scheme_end(const char *pattern)
{
    const char *end = pattern + strcspn(pattern, ":/\\?#");
    return *end == ':' ? end + 1 : pattern;
}

static bool has_scheme(const char *pattern, const char *scheme)
{
    return strncasecmp(pattern, scheme, strlen(scheme)) == 0;
}

/* Where the path starts: behind scheme and host, if the pattern has some. */
static const char *path_start(const char *pattern)
{
    const char *path = scheme_end(pattern);
    if (!is_slash(path[0]) || !is_slash(path[1]))
        return path;
    path += 2;
    return path + strcspn(path, "/\\?#{");
}

const char *images_wrong(const char *pattern)
{
    const char *end = scheme_end(pattern);
    const bool file = has_scheme(pattern, "file:");
    for (const char *c = pattern; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *pattern == ' ')
            return "it has control characters, or starts with a space";
    }
    if (end > pattern && !file && !has_scheme(pattern, "http:") &&
        !has_scheme(pattern, "https:"))
        return "only http, https and file may stand before a colon";
    if (!is_slash(end[0]) || !is_slash(end[1]))
        return end > pattern ? "// has to follow http:, https: and file:"
                             : NULL;
    const char *path = path_start(pattern);
    if (!is_slash(*path) || (path == end + 2 && !file))
        return "the host and a / have to come before {id} and {label}";
    return NULL;
}

/* ---- a sample's ---- */

/* A URL, and of each byte whether it is the pattern's. */
struct expansion {
    struct text url;
    struct text owned;
};

static void note_owner(struct expansion *e, bool pattern)
{
    const char owner = (char)pattern;
    while (!e->owned.failed && e->owned.used < e->url.used)
        text_put(&e->owned, &owner, 1);
}

static void expand(struct expansion *e, const char *pattern, const char *id,
                   int64_t label)
{
    while (*pattern != '\0') {
        if (strncmp(pattern, "{id}", 4) == 0) {
            markup_put_url(&e->url, id);
            pattern += 4;
            note_owner(e, false);
        } else if (strncmp(pattern, "{label}", 7) == 0) {
            markup_put(&e->url, "%" PRId64, label);
            pattern += 7;
            note_owner(e, false);
        } else {
            text_put(&e->url, pattern, 1);
            pattern++;
            note_owner(e, true);
        }
    }
    text_put(&e->url, "", 1);
    note_owner(e, true);
}

/* The length of a dot, which may be percent-encoded; 0: there is none. */
static size_t dot_length(const char *text)
{
    return *text == '.' ? 1 : strncasecmp(text, "%2e", 3) == 0 ? 3 : 0;
}

/* Is this segment of a path "." or ".."? */
static bool is_dots(const char *segment, const char *end)
{
    size_t dots = 0;
    while (segment < end && dot_length(segment) > 0) {
        segment += dot_length(segment);
        dots++;
    }
    return segment == end && (dots == 1 || dots == 2);
}

/* All of [from, to) the pattern's? */
static bool is_owned(const struct expansion *e, size_t from, size_t to)
{
    return memchr(e->owned.bytes + from, 0, to - from) == NULL;
}

/* Does the id make no step that the pattern has not? Both slashes around dots
 * have to be the pattern's as well. */
static bool stays_below(const struct expansion *e, size_t path)
{
    const char *url = e->url.bytes;
    size_t end;
    for (size_t at = path;; at = end + 1) {
        end = at + strcspn(url + at, "/\\?#");
        if (is_dots(url + at, url + end) &&
            !is_owned(e, at > 0 ? at - 1 : 0, end + 1))
            return false;
        if (!is_slash(url[end]))
            return true;
    }
}

/* Does the path start as the pattern's does? A slash at the start, or a second
 * one, would begin at the root or name a host. */
static bool starts_alike(const struct expansion *e, const char *pattern,
                         size_t path)
{
    const char *url = e->url.bytes + path;
    if (path > 0 && !has_scheme(pattern, "file:"))
        return true; /* there is a host */
    return (!is_slash(url[0]) || is_owned(e, path, path + 1)) &&
           (!is_slash(url[0]) || !is_slash(url[1]) ||
            is_owned(e, path, path + 2));
}

bool images_put_url(struct text *text, const char *pattern, const char *id,
                    int64_t label)
{
    struct expansion e = {{.bytes = NULL}, {.bytes = NULL}};
    const size_t path = (size_t)(path_start(pattern) - pattern);
    expand(&e, pattern, id, label);
    text->failed |= e.url.failed || e.owned.failed;
    /* An empty id would join what is around it. */
    const bool good = !text->failed &&
                      (*id != '\0' || strstr(pattern, "{id}") == NULL) &&
                      starts_alike(&e, pattern, path) && stays_below(&e, path);
    if (good)
        markup_put_string(text, e.url.bytes);
    text_free(&e.url);
    text_free(&e.owned);
    return good;
}
