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

static double float_at(const void *elements, enum dump_type type, size_t i)
{
    return dump_element(
        (const unsigned char *)elements + i * dump_type_size(type), type);
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

/* Simple loops, one a type, that become vector code. Negative labels become
 * huge ones, and those of 2^63 and more stay so. */
static bool all_in_range(const void *elements, enum dump_type type, size_t rows,
                         uint64_t classes, uint32_t *labels)
{
    bool good = true;
#define CONVERT(ctype)                                                 \
    for (size_t i = 0; i < rows; i++) {                                \
        const uint64_t label = (uint64_t)((const ctype *)elements)[i]; \
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

static void convert_integer_labels(const void *elements, enum dump_type type,
                                   size_t rows, uint64_t classes,
                                   uint32_t *labels,
                                   struct dump_bad_labels *bad)
{
    if (all_in_range(elements, type, rows, classes, labels))
        return;
    for (size_t i = 0; i < rows; i++) {
        if (labels[i] != DUMP_NO_LABEL)
            continue;
        report(bad, i, DUMP_LABEL_OUT_OF_RANGE);
        const int64_t label = integer_at(elements, type, i);
        if (bad->count == 1 && type == DUMP_U64)
            snprintf(bad->value, sizeof bad->value, "%" PRIu64,
                     (uint64_t)label);
        else if (bad->count == 1)
            snprintf(bad->value, sizeof bad->value, "%" PRId64, label);
    }
}

static void convert_float_labels(const void *elements, enum dump_type type,
                                 size_t rows, uint64_t classes,
                                 uint32_t *labels, struct dump_bad_labels *bad)
{
    for (size_t i = 0; i < rows; i++) {
        const double label = float_at(elements, type, i);
        const bool integral = label == floor(label);
        if (integral && label >= 0 && label < (double)classes) {
            labels[i] = (uint32_t)label;
            continue;
        }
        labels[i] = DUMP_NO_LABEL;
        report(bad, i,
               integral && isfinite(label) ? DUMP_LABEL_OUT_OF_RANGE
                                           : DUMP_LABEL_NOT_INTEGRAL);
        if (bad->count == 1)
            snprintf(bad->value, sizeof bad->value, "%g", label);
    }
}

static void convert_one_hot(const void *elements, enum dump_type type,
                            size_t rows, uint64_t classes, uint32_t *labels,
                            struct dump_bad_labels *bad)
{
    for (size_t i = 0; i < rows; i++) {
        uint32_t label = DUMP_NO_LABEL;
        bool good = true;
        for (uint64_t c = 0; c < classes; c++) {
            const size_t at = i * (size_t)classes + (size_t)c;
            const double x = dump_type_is_float(type)
                                 ? float_at(elements, type, at)
                                 : (double)integer_at(elements, type, at);
            good = good && (x == 0 || (x == 1 && label == DUMP_NO_LABEL));
            if (x == 1)
                label = (uint32_t)c;
        }
        labels[i] = good ? label : DUMP_NO_LABEL;
        if (labels[i] == DUMP_NO_LABEL)
            report(bad, i, DUMP_LABEL_NOT_ONE_HOT);
    }
}

void dump_convert_labels(const void *elements, enum dump_type type, size_t rows,
                         uint64_t classes, bool one_hot, uint32_t *labels,
                         struct dump_bad_labels *bad)
{
    memset(bad, 0, sizeof *bad);
    if (one_hot)
        convert_one_hot(elements, type, rows, classes, labels, bad);
    else if (dump_type_is_float(type))
        convert_float_labels(elements, type, rows, classes, labels, bad);
    else
        convert_integer_labels(elements, type, rows, classes, labels, bad);
}
