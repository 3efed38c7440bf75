/*
 * elements.c - single elements as they were read, as doubles
 */
#include "dump/elements.h"

#include <math.h>
#include <string.h>

#include "common/half.h"

size_t dump_type_size(enum dump_type type)
{
    static const size_t sizes[] = {
        [DUMP_F8E4M3] = 1, [DUMP_F8E5M2] = 1, [DUMP_F16] = 2, [DUMP_BF16] = 2,
        [DUMP_F32] = 4,    [DUMP_F64] = 8,    [DUMP_I8] = 1,  [DUMP_I16] = 2,
        [DUMP_I32] = 4,    [DUMP_I64] = 8,    [DUMP_U8] = 1,  [DUMP_U16] = 2,
        [DUMP_U32] = 4,    [DUMP_U64] = 8};
    return type < sizeof sizes / sizeof *sizes ? sizes[type] : 0;
}

static double half_value(uint16_t half, enum dump_type type)
{
    return type == DUMP_F16 ? f16_value(half) : bf16_value(half);
}

double dump_element(const void *at, enum dump_type type)
{
#define OF_TYPE(ctype)                    \
    {                                     \
        ctype value;                      \
        memcpy(&value, at, sizeof value); \
        return (double)value;             \
    }
    switch (type) {
    case DUMP_F8E4M3:
        return f16_value(f16_of_e4m3(*(const uint8_t *)at));
    case DUMP_F8E5M2:
        return f16_value(f16_of_e5m2(*(const uint8_t *)at));
    case DUMP_F16:
    case DUMP_BF16: {
        uint16_t half;
        memcpy(&half, at, sizeof half);
        return half_value(half, type);
    }
    case DUMP_F32:
        OF_TYPE(float)
    case DUMP_F64:
        OF_TYPE(double)
    case DUMP_I8:
        OF_TYPE(int8_t)
    case DUMP_I16:
        OF_TYPE(int16_t)
    case DUMP_I32:
        OF_TYPE(int32_t)
    case DUMP_I64:
        OF_TYPE(int64_t)
    case DUMP_U8:
        OF_TYPE(uint8_t)
    case DUMP_U16:
        OF_TYPE(uint16_t)
    case DUMP_U32:
        OF_TYPE(uint32_t)
    case DUMP_U64:
        OF_TYPE(uint64_t)
    default:
        return (double)NAN;
    }
#undef OF_TYPE
}

#define TWO_TO_53 9007199254740992.0

bool dump_convert_floats(const void *elements, enum dump_type type, size_t rows,
                         const unsigned char *left_out, int64_t *numbers,
                         size_t *bad)
{
    const unsigned char *bytes = elements;
    const size_t size = dump_type_size(type);
    for (size_t i = 0; i < rows; i++) {
        const double value = dump_element(bytes + i * size, type);
        numbers[i] = 0;
        if (left_out != NULL && left_out[i] != 0)
            continue;
        if (!(fabs(value) <= TWO_TO_53) || value != floor(value)) {
            *bad = i;
            return false;
        }
        numbers[i] = (int64_t)value;
    }
    return true;
}
