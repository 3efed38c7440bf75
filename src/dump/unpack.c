/*
 * unpack.c - elements as they are stored -> numbers that margins are taken of
 */
#include "dump/unpack.h"

#include <math.h>
#include <string.h>

#include "common/half.h"
#include "dump/elements.h"

static bool is_small_float(enum dump_type type)
{
    return type == DUMP_F8E4M3 || type == DUMP_F8E5M2;
}

bool dump_is_packed(const struct dump_layout *layout)
{
    return layout->packed || is_small_float(layout->type);
}

enum dump_type dump_logit_type(const struct dump_layout *layout)
{
    if (layout->packed)
        return DUMP_F64;
    return is_small_float(layout->type) ? DUMP_F16 : layout->type;
}

size_t dump_logit_size(const struct dump_layout *layout)
{
    return dump_is_packed(layout) ? dump_type_size(dump_logit_type(layout))
                                  : layout->size;
}

static bool same_float(double a, double b)
{
    return isnan(a) ? isnan(b) : !(a < b) && !(a > b) && !isnan(b);
}

bool dump_is_missing(const struct dump_layout *layout, const void *element)
{
    const enum dump_type type = layout->type;
    for (unsigned i = 0; i < layout->missing_count; i++) {
        const unsigned char *missing = layout->missing[i];
        if (dump_type_is_float(type)
                ? same_float(dump_element(element, type),
                             dump_element(missing, type))
                : memcmp(element, missing, layout->size) == 0)
            return true;
    }
    return false;
}

/* ---- packed numbers ---- */

static void widen(const void *stored, enum dump_type type, size_t count,
                  double *numbers)
{
#define WIDEN(ctype)                                     \
    for (size_t i = 0; i < count; i++)                   \
        numbers[i] = (double)((const ctype *)stored)[i]; \
    break
    switch (type) {
    case DUMP_F32:
        WIDEN(float);
    case DUMP_I8:
        WIDEN(int8_t);
    case DUMP_I16:
        WIDEN(int16_t);
    case DUMP_I32:
        WIDEN(int32_t);
    case DUMP_U8:
        WIDEN(uint8_t);
    case DUMP_U16:
        WIDEN(uint16_t);
    case DUMP_U32:
        WIDEN(uint32_t);
    default:
        for (size_t i = 0; i < count; i++)
            numbers[i] = dump_element(
                (const unsigned char *)stored + i * dump_type_size(type), type);
        break;
    }
#undef WIDEN
}

/* Elements that stand for nothing -> NaN, while the numbers are not scaled. */
static void drop_missing(const struct dump_layout *layout, const void *stored,
                         size_t count, double *numbers)
{
    const enum dump_type type = layout->type;
    const unsigned char *bytes = stored;
    if (type == DUMP_I64 || type == DUMP_U64) { /* not all are doubles */
        for (size_t i = 0; i < count; i++) {
            if (dump_is_missing(layout, bytes + i * layout->size))
                numbers[i] = (double)NAN;
        }
        return;
    }
    for (unsigned k = 0; k < layout->missing_count; k++) {
        const double missing = dump_element(layout->missing[k], type);
        for (size_t i = 0; i < count; i++)
            numbers[i] = numbers[i] == missing ? (double)NAN : numbers[i];
    }
}

/* Scaled in two loops, so that no compiler makes one operation, rounded once,
 * of what NumPy rounds twice. */
static void unpack_strip(const struct dump_layout *layout, const void *stored,
                         size_t count, double *numbers)
{
    widen(stored, layout->type, count, numbers);
    if (layout->missing_count > 0)
        drop_missing(layout, stored, count, numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] *= layout->scale;
    for (size_t i = 0; i < count; i++)
        numbers[i] += layout->offset;
}

#define STRIP 1024u /* numbers that stay in the first cache meanwhile */

static void unpack_numbers(const struct dump_layout *layout,
                           const unsigned char *stored, size_t count,
                           double *numbers)
{
    for (size_t i = 0; i < count; i += STRIP)
        unpack_strip(layout, stored + i * layout->size,
                     count - i < STRIP ? count - i : STRIP, numbers + i);
}

/* ---- floats of 8 bits ---- */

static void unpack_small(enum dump_type type, const unsigned char *stored,
                         size_t count, uint16_t *halves)
{
    uint16_t of_byte[256];
    for (unsigned i = 0; i < 256; i++)
        of_byte[i] = type == DUMP_F8E4M3 ? f16_of_e4m3((uint8_t)i)
                                         : f16_of_e5m2((uint8_t)i);
    for (size_t i = 0; i < count; i++)
        halves[i] = of_byte[stored[i]];
}

void dump_unpack(const struct dump_layout *layout, const void *stored,
                 size_t count, void *logits)
{
    if (layout->packed)
        unpack_numbers(layout, stored, count, logits);
    else
        unpack_small(layout->type, stored, count, logits);
}
