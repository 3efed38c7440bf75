/*
 * sweep_steps.c - "-1:1:0.1" or "90,95,99%" -> cutoffs to try
 *
 * In decimals, so that the third step of 0.1 is 0.3 and not
 * 0.30000000000000004.
 */
#include "report/sweep_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 15 /* of a number, and so of a double */
#define STEPS_MAX 10000

static const int64_t tens[] = {1,
                               10,
                               100,
                               1000,
                               10000,
                               100000,
                               1000000,
                               10000000,
                               100000000,
                               1000000000,
                               10000000000,
                               100000000000,
                               1000000000000,
                               10000000000000,
                               100000000000000,
                               1000000000000000};

/* Takes a number off *text. */
static bool parse_decimal(const char **text, struct decimal *number)
{
    const char *p = *text;
    const bool negative = *p == '-';
    unsigned digits = 0;
    *number = (struct decimal){0, 0};
    p += *p == '-' || *p == '+';
    for (bool fraction = false;; p++) {
        if (*p == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*p < '0' || *p > '9')
            break;
        if (++digits > DIGITS_MAX)
            return false;
        number->value = number->value * 10 + (*p - '0');
        number->scale += fraction;
    }
    while (number->scale > 0 && number->value % 10 == 0) {
        number->value /= 10;
        number->scale--;
    }
    number->value = negative ? -number->value : number->value;
    *text = p;
    return digits > 0;
}

double decimal_value(struct decimal number)
{
    /* Both are exact, so the quotient is rounded once. */
    return (double)number.value / (double)tens[number.scale];
}

struct aum_percentile decimal_percentile(struct decimal number)
{
    return (struct aum_percentile){(uint64_t)number.value,
                                   (uint64_t)tens[number.scale]};
}

void decimal_format(struct decimal number, char *text, size_t size)
{
    const uint64_t magnitude =
        number.value < 0 ? 0 - (uint64_t)number.value : (uint64_t)number.value;
    const uint64_t ten = (uint64_t)tens[number.scale];
    const char *sign = number.value < 0 ? "-" : "";
    if (number.scale == 0)
        snprintf(text, size, "%s%" PRIu64, sign, magnitude);
    else
        snprintf(text, size, "%s%" PRIu64 ".%0*" PRIu64, sign, magnitude / ten,
                 (int)number.scale, magnitude % ten);
}

static bool add(struct sweep_steps *steps, struct decimal number)
{
    while (number.scale > 0 && number.value % 10 == 0) {
        number.value /= 10;
        number.scale--;
    }
    if (steps->count == STEPS_MAX)
        return false;
    if (steps->numbers == NULL)
        steps->numbers = malloc(STEPS_MAX * sizeof *steps->numbers);
    if (steps->numbers == NULL)
        return false;
    steps->numbers[steps->count++] = number;
    return true;
}

/* The value with `scale` digits behind the point. False if it is too long. */
static bool rescale(struct decimal number, unsigned scale, int64_t *value)
{
    return !__builtin_mul_overflow(number.value, tens[scale - number.scale],
                                   value);
}

static bool parse_range(struct sweep_steps *steps, const char *text,
                        const char *end)
{
    struct decimal part[3];
    int64_t value[3];
    unsigned scale = 0;
    for (int i = 0; i < 3; i++) {
        if (!parse_decimal(&text, &part[i]) || (i < 2 && *text++ != ':'))
            return false;
        scale = part[i].scale > scale ? part[i].scale : scale;
    }
    for (int i = 0; i < 3; i++) {
        /* So that no sum overflows, and all are exact doubles. */
        if (!rescale(part[i], scale, &value[i]) ||
            value[i] > tens[DIGITS_MAX] || value[i] < -tens[DIGITS_MAX])
            return false;
    }
    if (text != end || value[2] <= 0 || value[0] > value[1])
        return false;
    for (int64_t v = value[0]; v <= value[1]; v += value[2]) {
        if (!add(steps, (struct decimal){v, scale}))
            return false;
    }
    return true;
}

static bool parse_list(struct sweep_steps *steps, const char *text,
                       const char *end)
{
    for (;;) {
        struct decimal number;
        if (!parse_decimal(&text, &number) || !add(steps, number))
            return false;
        if (text == end)
            return true;
        if (*text++ != ',')
            return false;
    }
}

static int compare(const void *a, const void *b)
{
    const double x = decimal_value(*(const struct decimal *)a);
    const double y = decimal_value(*(const struct decimal *)b);
    return (x > y) - (x < y);
}

bool sweep_steps_parse(struct sweep_steps *steps, const char *text)
{
    const char *end = text + strlen(text);
    sweep_steps_free(steps);
    steps->percentiles = end > text && end[-1] == '%';
    end -= steps->percentiles;
    if (!(memchr(text, ':', (size_t)(end - text)) != NULL
              ? parse_range(steps, text, end)
              : parse_list(steps, text, end)))
        return false;
    qsort(steps->numbers, steps->count, sizeof *steps->numbers, compare);
    size_t kept = 0;
    for (size_t i = 0; i < steps->count; i++) {
        const double value = decimal_value(steps->numbers[i]);
        if (steps->percentiles && (value <= 0 || value >= 100))
            return false;
        if (kept == 0 || decimal_value(steps->numbers[kept - 1]) != value)
            steps->numbers[kept++] = steps->numbers[i];
    }
    steps->count = kept;
    return true;
}

void sweep_steps_free(struct sweep_steps *steps)
{
    free(steps->numbers);
    *steps = (struct sweep_steps){0};
}
