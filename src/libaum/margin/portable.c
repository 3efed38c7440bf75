/*
 * portable.c - margin kernels in plain C, for all element types
 *
 * The maximum is taken in LANES independent lanes, so that compilers turn the
 * inner loop into the vector instructions that all processors of a kind have
 * (SSE2, NEON). They may not do so on their own, as with NaNs the order in
 * which a maximum is taken matters.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/half.h"
#include "libaum/margin/kernels.h"

/* Bytes that one iteration of the inner loop reads. */
#define LANE_BYTES 64u

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)

/*
 * Defines others_max_ and class_of_. In the block that holds p[skip], and
 * after the last whole one, elements are taken one by one.
 */
#define DEFINE_SPAN(NAME, STORED, KEY, KEY_OF, KEY_LOWEST, IS_NAN, VALUE_OF) \
    enum { LANES_##NAME = LANE_BYTES / sizeof(STORED) };                     \
    struct lanes_##NAME {                                                    \
        KEY top[LANES_##NAME];                                               \
        KEY nan[LANES_##NAME]; /* 1 where one has been */                    \
    };                                                                       \
    static inline void block_##NAME(struct lanes_##NAME *lanes,              \
                                    const STORED *p)                         \
    {                                                                        \
        for (size_t j = 0; j < LANES_##NAME; j++) {                          \
            const KEY k = KEY_OF(p[j]);                                      \
            lanes->top[j] = k > lanes->top[j] ? k : lanes->top[j];           \
            lanes->nan[j] = IS_NAN(p[j]) ? (KEY)1 : lanes->nan[j];           \
        }                                                                    \
    }                                                                        \
    static inline void single_##NAME(struct lanes_##NAME *lanes, STORED x)   \
    {                                                                        \
        const KEY k = KEY_OF(x);                                             \
        lanes->top[0] = k > lanes->top[0] ? k : lanes->top[0];               \
        lanes->nan[0] = IS_NAN(x) ? (KEY)1 : lanes->nan[0];                  \
    }                                                                        \
    static KEY others_max_##NAME(const STORED *p, size_t n, size_t skip,     \
                                 bool *nan)                                  \
    {                                                                        \
        struct lanes_##NAME lanes;                                           \
        for (size_t j = 0; j < LANES_##NAME; j++) {                          \
            lanes.top[j] = KEY_LOWEST;                                       \
            lanes.nan[j] = 0;                                                \
        }                                                                    \
        size_t i = 0;                                                        \
        for (; i + LANES_##NAME <= n; i += LANES_##NAME) {                   \
            if (skip - i < LANES_##NAME) {                                   \
                for (size_t j = 0; j < LANES_##NAME; j++) {                  \
                    if (i + j != skip)                                       \
                        single_##NAME(&lanes, p[i + j]);                     \
                }                                                            \
            } else {                                                         \
                block_##NAME(&lanes, p + i);                                 \
            }                                                                \
        }                                                                    \
        for (; i < n; i++) {                                                 \
            if (i != skip)                                                   \
                single_##NAME(&lanes, p[i]);                                 \
        }                                                                    \
        KEY top = KEY_LOWEST;                                                \
        KEY any_nan = 0;                                                     \
        for (size_t j = 0; j < LANES_##NAME; j++) {                          \
            top = lanes.top[j] > top ? lanes.top[j] : top;                   \
            any_nan = lanes.nan[j] > any_nan ? lanes.nan[j] : any_nan;       \
        }                                                                    \
        *nan = any_nan > 0;                                                  \
        return top;                                                          \
    }                                                                        \
    static size_t class_of_##NAME(const STORED *p, size_t n, size_t skip,    \
                                  KEY key)                                   \
    {                                                                        \
        const double value = VALUE_OF(key);                                  \
        size_t i = 0;                                                        \
        while (i < n && (i == skip || VALUE_OF(KEY_OF(p[i])) != value))      \
            i++;                                                             \
        return i;                                                            \
    }

#define SAME_KEY(x) (x)
#define NUMBER_VALUE(k) ((double)(k))
#define FLOAT_IS_NAN(x) ((x) != (x))
#define NEVER_NAN(x) false
#define F16_IS_NAN(x) (((x)&0x7fff) > 0x7c00)
#define BF16_IS_NAN(x) (((x)&0x7fff) > 0x7f80)
#define F16_VALUE(k) f16_value(half_of_key(k))
#define BF16_VALUE(k) bf16_value(half_of_key(k))

DEFINE_SPAN(f16, uint16_t, int16_t, half_key, HALF_KEY_LOWEST, F16_IS_NAN,
            F16_VALUE)
#define FN(base) CAT(base, f16)
#define TARGET
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) F16_IS_NAN(x)
#define VALUE_OF(k) F16_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(bf16, uint16_t, int16_t, half_key, HALF_KEY_LOWEST, BF16_IS_NAN,
            BF16_VALUE)
#define FN(base) CAT(base, bf16)
#define TARGET
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) BF16_IS_NAN(x)
#define VALUE_OF(k) BF16_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(f32, float, float, SAME_KEY, -INFINITY, FLOAT_IS_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, f32)
#define TARGET
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define IS_NAN(x) FLOAT_IS_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(f64, double, double, SAME_KEY, (double)-INFINITY, FLOAT_IS_NAN,
            NUMBER_VALUE)
#define FN(base) CAT(base, f64)
#define TARGET
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define IS_NAN(x) FLOAT_IS_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(i8, int8_t, int8_t, SAME_KEY, INT8_MIN, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, i8)
#define TARGET
#define STORED int8_t
#define KEY int8_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(i16, int16_t, int16_t, SAME_KEY, INT16_MIN, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, i16)
#define TARGET
#define STORED int16_t
#define KEY int16_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(i32, int32_t, int32_t, SAME_KEY, INT32_MIN, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, i32)
#define TARGET
#define STORED int32_t
#define KEY int32_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(i64, int64_t, int64_t, SAME_KEY, INT64_MIN, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, i64)
#define TARGET
#define STORED int64_t
#define KEY int64_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(u8, uint8_t, uint8_t, SAME_KEY, 0, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, u8)
#define TARGET
#define STORED uint8_t
#define KEY uint8_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(u16, uint16_t, uint16_t, SAME_KEY, 0, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, u16)
#define TARGET
#define STORED uint16_t
#define KEY uint16_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(u32, uint32_t, uint32_t, SAME_KEY, 0, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, u32)
#define TARGET
#define STORED uint32_t
#define KEY uint32_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

DEFINE_SPAN(u64, uint64_t, uint64_t, SAME_KEY, 0, NEVER_NAN, NUMBER_VALUE)
#define FN(base) CAT(base, u64)
#define TARGET
#define STORED uint64_t
#define KEY uint64_t
#define KEY_OF(x) (x)
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) NUMBER_VALUE(k)
#include "libaum/margin/template.h"

#define SUFFIX(type) type
#define VARIANT
#define VECTOR 16
#include "libaum/margin/across_types.h"

static bool everywhere(void)
{
    return true;
}

const struct margin_variant margin_portable = {
    "portable",
    everywhere,
    {
        [AUM_F16] = {measure_rows_f16, measure_piece_f16, measure_across_f16,
                     piece_across_f16},
        [AUM_BF16] = {measure_rows_bf16, measure_piece_bf16,
                      measure_across_bf16, piece_across_bf16},
        [AUM_F32] = {measure_rows_f32, measure_piece_f32, measure_across_f32,
                     piece_across_f32},
        [AUM_F64] = {measure_rows_f64, measure_piece_f64, measure_across_f64,
                     piece_across_f64},
        [AUM_I8] = {measure_rows_i8, measure_piece_i8, NULL, NULL},
        [AUM_I16] = {measure_rows_i16, measure_piece_i16, NULL, NULL},
        [AUM_I32] = {measure_rows_i32, measure_piece_i32, NULL, NULL},
        [AUM_I64] = {measure_rows_i64, measure_piece_i64, NULL, NULL},
        [AUM_U8] = {measure_rows_u8, measure_piece_u8, NULL, NULL},
        [AUM_U16] = {measure_rows_u16, measure_piece_u16, NULL, NULL},
        [AUM_U32] = {measure_rows_u32, measure_piece_u32, NULL, NULL},
        [AUM_U64] = {measure_rows_u64, measure_piece_u64, NULL, NULL},
    }};
