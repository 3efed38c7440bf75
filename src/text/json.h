/*
 * json.h - values and nested objects as JSON text
 */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

struct json {
    struct text text;
    unsigned depth;
    bool follows; /* another value of the same object or array does */
};

/* `key` is NULL within an array, and for the whole. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_unsigned(struct json *json, const char *key, uint64_t number);
void json_signed(struct json *json, const char *key, int64_t number);
void json_double(struct json *json, const char *key,
                 double number); /* NaN: null */
void json_string(struct json *json, const char *key, const char *string);
void json_null(struct json *json, const char *key);

#endif
