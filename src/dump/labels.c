/*
 * labels.c - elements of labels and ids as they were read -> plain numbers
 */
#include "dump/labels.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dump/elements.h"

void dump_convert_integers(const void *elements, enum dump_type type,
                           size_t rows, int64_t *numbers)
{
#define CONVERT(ctype)                                      \
    for (size_t i = 0; i < rows; i++)                       \
        numbers[i] = (int64_t)((const ctype *)elements)[i]; \
    break
    switch (type) {
    case DUMP_I8:
        CONVERT(int8_t);
    case DUMP_I16:
        CONVERT(int16_t);
    case DUMP_I32:
        CONVERT(int32_t);
    case DUMP_U8:
        CONVERT(uint8_t);
    case DUMP_U16:
        CONVERT(uint16_t);
    case DUMP_U32:
        CONVERT(uint32_t);
    default:
        memcpy(numbers, elements, rows * sizeof *numbers);
        break;
    }
#undef CONVERT
}

static int64_t integer_at(const void *elements, enum dump_type type, size_t i)
{
    int64_t number;
    dump_convert_integers((const unsigned char *)elements +
                              i * dump_type_size(type),
                          type, 1, &number);
    return number;
}

static void report(struct dump_bad_labels *bad, size_t row,
                   enum dump_label_fault fault)
{
    if (bad->count++ == 0) {
        bad->first = row;
        bad->fault = fault;
        bad->value[0] = '\0';
    }
}

/* Simple loops, one a type, that become vector code. Labels below that of the
 * first class become huge ones, and those of 2^63 and more stay so. */
static bool all_in_range(const void *elements, enum dump_type type, size_t rows,
                         int64_t first, uint64_t classes, uint32_t *labels)
{
    bool good = true;
#define CONVERT(ctype)                                                 \
    for (size_t i = 0; i < rows; i++) {                                \
        const uint64_t label =                                         \
            (uint64_t)((const ctype *)elements)[i] - (uint64_t)first;  \
        good &= label < classes;                                       \
        labels[i] = label < classes ? (uint32_t)label : DUMP_NO_LABEL; \
    }                                                                  \
    break
    switch (type) {
    case DUMP_I8:
        CONVERT(int8_t);
    case DUMP_I16:
        CONVERT(int16_t);
    case DUMP_I32:
        CONVERT(int32_t);
    case DUMP_I64:
        CONVERT(int64_t);
    case DUMP_U8:
        CONVERT(uint8_t);
    case DUMP_U16:
        CONVERT(uint16_t);
    case DUMP_U32:
        CONVERT(uint32_t);
    default:
        CONVERT(uint64_t);
    }
#undef CONVERT
    return good;
}

/* The class of a label; DUMP_NO_LABEL if it is to be ignored, or has none. */
static uint32_t class_by_rules(const struct dump_label_rules *rules,
                               int64_t label, uint64_t classes, size_t row,
                               struct dump_bad_labels *bad)
{
    uint32_t class;
    if (dump_label_is_ignored(rules, label)) {
        bad->ignored++;
        return DUMP_NO_LABEL;
    }
    if (class_of_label(&rules->classes, label, &class) && class < classes)
        return class;
    report(bad, row, DUMP_LABEL_OUT_OF_RANGE);
    if (bad->count == 1)
        snprintf(bad->value, sizeof bad->value, "%" PRId64, label);
    return DUMP_NO_LABEL;
}

static void convert_integer_labels(const void *elements,
                                   const struct dump_label_format *format,
                                   const struct dump_label_rules *rules,
                                   size_t rows, uint32_t *labels,
                                   struct dump_bad_labels *bad)
{
    if (rules->classes.gap == 0 &&
        all_in_range(elements, format->type, rows, rules->classes.first,
                     format->classes, labels) &&
        rules->ignored_count == 0)
        return;
    for (size_t i = 0; i < rows; i++) {
        const int64_t label = integer_at(elements, format->type, i);
        if (format->type != DUMP_U64 || label >= 0) {
            labels[i] = class_by_rules(rules, label, format->classes, i, bad);
            continue;
        }
        labels[i] = DUMP_NO_LABEL;
        report(bad, i, DUMP_LABEL_OUT_OF_RANGE);
        if (bad->count == 1)
            snprintf(bad->value, sizeof bad->value, "%" PRIu64,
                     (uint64_t)label);
    }
}

#define LABEL_MAX                                              \
    9007199254740992.0 /* 2^53: floats beyond are all integral \
                        */

static void convert_float_labels(const void *elements,
                                 const struct dump_label_format *format,
                                 const struct dump_label_rules *rules,
                                 size_t rows, uint32_t *labels,
                                 struct dump_bad_labels *bad)
{
    for (size_t i = 0; i < rows; i++) {
        const double label = dump_label_value(elements, format->type, i);
        const bool integral = label == floor(label) && isfinite(label);
        if (integral && fabs(label) <= LABEL_MAX) {
            labels[i] =
                class_by_rules(rules, (int64_t)label, format->classes, i, bad);
            continue;
        }
        labels[i] = DUMP_NO_LABEL;
        report(bad, i,
               integral ? DUMP_LABEL_OUT_OF_RANGE : DUMP_LABEL_NOT_INTEGRAL);
        if (bad->count == 1)
            snprintf(bad->value, sizeof bad->value, "%g", label);
    }
}

double dump_label_value(const void *elements, enum dump_type type, size_t i)
{
    return dump_element(
        (const unsigned char *)elements + i * dump_type_size(type), type);
}

/* The class of a row with a column for each; DUMP_NO_LABEL if there is none. */
static uint32_t only_one(const void *row, enum dump_type type, uint64_t classes)
{
    uint32_t class = DUMP_NO_LABEL;
    for (uint64_t c = 0; c < classes; c++) {
        const double x = dump_label_value(row, type, (size_t)c);
        if (x != 0 && (x != 1 || class != DUMP_NO_LABEL))
            return DUMP_NO_LABEL;
        if (x == 1)
            class = (uint32_t)c;
    }
    return class;
}

/* The first of the largest; all have to be finite, and not all the same. */
static uint32_t largest(const void *row, enum dump_type type, uint64_t classes)
{
    uint32_t class = 0;
    double most = dump_label_value(row, type, 0);
    bool differ = false;
    for (uint64_t c = 0; c < classes; c++) {
        const double x = dump_label_value(row, type, (size_t)c);
        if (!isfinite(x))
            return DUMP_NO_LABEL;
        differ |= x != most;
        if (x > most) {
            most = x;
            class = (uint32_t)c;
        }
    }
    return differ || classes == 1 ? class : DUMP_NO_LABEL;
}

static void convert_columns(const void *elements,
                            const struct dump_label_format *format,
                            const struct dump_label_rules *rules, size_t rows,
                            uint32_t *labels, struct dump_bad_labels *bad)
{
    const size_t row_bytes =
        (size_t)format->classes * dump_type_size(format->type);
    for (size_t i = 0; i < rows; i++) {
        const void *row = (const unsigned char *)elements + i * row_bytes;
        labels[i] = rules->soft ? largest(row, format->type, format->classes)
                                : only_one(row, format->type, format->classes);
        if (labels[i] == DUMP_NO_LABEL)
            report(bad, i, DUMP_LABEL_NOT_ONE_HOT);
        else if (dump_label_is_ignored(
                     rules, class_label(&rules->classes, labels[i]))) {
            labels[i] = DUMP_NO_LABEL;
            bad->ignored++;
        }
    }
}

void dump_convert_labels(const void *elements,
                         const struct dump_label_format *format,
                         const struct dump_label_rules *rules, size_t rows,
                         uint32_t *labels, struct dump_bad_labels *bad)
{
    memset(bad, 0, sizeof *bad);
    if (format->one_hot)
        convert_columns(elements, format, rules, rows, labels, bad);
    else if (dump_type_is_float(format->type))
        convert_float_labels(elements, format, rules, rows, labels, bad);
    else
        convert_integer_labels(elements, format, rules, rows, labels, bad);
}

void dump_convert_names(char *const *texts,
                        const struct dump_label_format *format,
                        const struct dump_label_rules *rules, size_t rows,
                        uint32_t *labels, struct dump_bad_labels *bad)
{
    memset(bad, 0, sizeof *bad);
    for (size_t i = 0; i < rows; i++) {
        const size_t class = rules->names != NULL
                                 ? class_names_find(rules->names, texts[i])
                                 : SIZE_MAX;
        labels[i] = class < format->classes ? (uint32_t)class : DUMP_NO_LABEL;
        if (labels[i] != DUMP_NO_LABEL &&
            dump_label_is_ignored(rules,
                                  class_label(&rules->classes, labels[i]))) {
            labels[i] = DUMP_NO_LABEL;
            bad->ignored++;
            continue;
        }
        if (labels[i] != DUMP_NO_LABEL)
            continue;
        report(bad, i, DUMP_LABEL_NOT_A_NAME);
        if (bad->count == 1)
            snprintf(bad->value, sizeof bad->value, "%.31s", texts[i]);
    }
}
