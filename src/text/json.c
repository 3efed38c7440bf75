/*
 * json.c - values and nested objects as JSON text
 */
#include "text/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "text/format_double.h"

static void new_line(struct json *json)
{
    text_put(&json->text, "\n", 1);
    for (unsigned i = 0; i < json->depth; i++)
        text_put(&json->text, "  ", 2);
}

/* What comes before a value. */
static void begin(struct json *json, const char *key)
{
    if (json->follows)
        text_put(&json->text, ",", 1);
    if (json->depth > 0)
        new_line(json);
    if (key != NULL) {
        text_put_json(&json->text, key);
        text_put(&json->text, ": ", 2);
    }
    json->follows = true;
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    text_put(&json->text, &bracket, 1);
    json->depth++;
    json->follows = false;
}

void json_close(struct json *json, char bracket)
{
    const bool empty = !json->follows;
    json->depth--;
    if (!empty)
        new_line(json);
    text_put(&json->text, &bracket, 1);
    json->follows = true;
    if (json->depth == 0)
        text_put(&json->text, "\n", 1);
}

void json_unsigned(struct json *json, const char *key, uint64_t number)
{
    char text[24];
    begin(json, key);
    text_put(&json->text, text,
             (size_t)snprintf(text, sizeof text, "%" PRIu64, number));
}

void json_signed(struct json *json, const char *key, int64_t number)
{
    char text[24];
    begin(json, key);
    text_put(&json->text, text,
             (size_t)snprintf(text, sizeof text, "%" PRId64, number));
}

void json_double(struct json *json, const char *key, double number)
{
    char text[FORMAT_DOUBLE_ROOM];
    if (!isfinite(number)) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    text_put(&json->text, text, format_double(number, text));
}

void json_string(struct json *json, const char *key, const char *string)
{
    begin(json, key);
    text_put_json(&json->text, string);
}

void json_null(struct json *json, const char *key)
{
    begin(json, key);
    text_put(&json->text, "null", 4);
}
