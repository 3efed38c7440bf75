/*
 * margin.c - margins of a block of rows
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "aum.h"

/* Bytes that one turn of the kernel's inner loop takes. */
#define LANE_BYTES 64u

static inline double f32_from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

/*
 * Halves (binary16 and bfloat16) are compared as integers: flipping the lower
 * 15 bits of the negative ones makes their bit patterns order as their values
 * do. Twice as many fit a vector that way as when they are widened first.
 */
static inline int16_t half_key(uint16_t h)
{
    return (int16_t)(h ^ ((h >> 15) * 0x7fffu));
}

static inline uint16_t half_of_key(int16_t key)
{
    return (uint16_t)half_key((uint16_t)key);
}

static inline double f16_value(uint16_t h)
{
    uint32_t magnitude = h & 0x7fffu;
    double value;
    if (magnitude >= 0x7c00) /* infinity; a NaN never comes here */
        value = INFINITY;
    else if (magnitude >= 0x0400) /* rebias the exponent from 15 to 127 */
        value = f32_from_bits((magnitude << 13) + ((127u - 15u) << 23));
    else /* subnormal: a multiple of 2^-24 */
        value = (double)magnitude * 0x1p-24;
    return h & 0x8000 ? -value : value;
}

#define NAME f16
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define KEY_LOWEST INT16_MIN
#define IS_NAN(x) (((x)&0x7fff) > 0x7c00)
#define VALUE_OF(k) f16_value(half_of_key(k))
#include "margin_template.h"

#define NAME bf16
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define KEY_LOWEST INT16_MIN
#define IS_NAN(x) (((x)&0x7fff) > 0x7f80)
#define VALUE_OF(k) f32_from_bits((uint32_t)half_of_key(k) << 16)
#include "margin_template.h"

#define NAME f32
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define KEY_LOWEST (-INFINITY)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME f64
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define KEY_LOWEST (-INFINITY)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) (k)
#include "margin_template.h"

#define INTEGER_KEY(x) (x)
#define NEVER_NAN(x) false

#define NAME i8
#define STORED int8_t
#define KEY int8_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST INT8_MIN
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME i16
#define STORED int16_t
#define KEY int16_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST INT16_MIN
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME i32
#define STORED int32_t
#define KEY int32_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST INT32_MIN
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME i64
#define STORED int64_t
#define KEY int64_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST INT64_MIN
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME u8
#define STORED uint8_t
#define KEY uint8_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST 0
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME u16
#define STORED uint16_t
#define KEY uint16_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST 0
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME u32
#define STORED uint32_t
#define KEY uint32_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST 0
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

#define NAME u64
#define STORED uint64_t
#define KEY uint64_t
#define KEY_OF(x) INTEGER_KEY(x)
#define KEY_LOWEST 0
#define IS_NAN(x) NEVER_NAN(x)
#define VALUE_OF(k) ((double)(k))
#include "margin_template.h"

struct kernel {
    size_t size;
    void (*rows)(const struct aum_logits *, const uint32_t *,
                 struct aum_measurements);
    void (*piece)(const struct aum_logits *, size_t, const uint32_t *,
                  struct aum_measurements);
};

static const struct kernel kernels[] = {
    [AUM_F16] = {2, measure_rows_f16, measure_piece_f16},
    [AUM_BF16] = {2, measure_rows_bf16, measure_piece_bf16},
    [AUM_F32] = {4, measure_rows_f32, measure_piece_f32},
    [AUM_F64] = {8, measure_rows_f64, measure_piece_f64},
    [AUM_I8] = {1, measure_rows_i8, measure_piece_i8},
    [AUM_I16] = {2, measure_rows_i16, measure_piece_i16},
    [AUM_I32] = {4, measure_rows_i32, measure_piece_i32},
    [AUM_I64] = {8, measure_rows_i64, measure_piece_i64},
    [AUM_U8] = {1, measure_rows_u8, measure_piece_u8},
    [AUM_U16] = {2, measure_rows_u16, measure_piece_u16},
    [AUM_U32] = {4, measure_rows_u32, measure_piece_u32},
    [AUM_U64] = {8, measure_rows_u64, measure_piece_u64},
};

const char *aum_kernel_name(void)
{
    return "portable";
}

size_t aum_type_size(enum aum_type type)
{
    size_t i = (size_t)type;
    return i < sizeof kernels / sizeof *kernels ? kernels[i].size : 0;
}

size_t aum_label_classes(size_t logit_classes)
{
    return logit_classes == 1 ? 2 : logit_classes;
}

static struct aum_logits with_stride(const struct aum_logits *logits)
{
    struct aum_logits full = *logits;
    if (full.row_stride == 0)
        full.row_stride = full.classes * aum_type_size(full.type);
    return full;
}

/* One logit z per row: the measurements of the two logits (0, z). */
static void measure_binary(const struct aum_logits *logits,
                           const uint32_t *labels, struct aum_measurements out)
{
    for (size_t i = 0; i < logits->rows; i++) {
        /* The kernel reads z as the assigned logit of class 0. */
        struct aum_logits row = *logits;
        row.data = (const unsigned char *)logits->data + i * logits->row_stride;
        row.rows = 1;
        uint32_t first_class = labels[i] == AUM_NO_CLASS ? AUM_NO_CLASS : 0;
        struct aum_measurements at = {out.assigned + i, out.other + i,
                                      out.other_class + i};
        kernels[logits->type].rows(&row, &first_class, at);
        double z = *at.assigned;
        if (labels[i] == AUM_NO_CLASS)
            continue;
        *at.assigned = labels[i] == 1 ? z : 0;
        *at.other = labels[i] == 1 ? 0 : z;
        if (*at.other > *at.assigned)
            *at.other_class = 1 - labels[i];
    }
}

void aum_measure(const struct aum_logits *logits, const uint32_t *labels,
                 struct aum_measurements out)
{
    struct aum_logits full = with_stride(logits);
    if (full.classes == 1)
        measure_binary(&full, labels, out);
    else
        kernels[full.type].rows(&full, labels, out);
}

void aum_measure_clear(struct aum_measurements out, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        out.assigned[i] = NAN;
        out.other[i] = -INFINITY;
        out.other_class[i] = AUM_NO_CLASS;
    }
}

void aum_measure_piece(const struct aum_logits *piece, size_t first_class,
                       const uint32_t *labels, struct aum_measurements out)
{
    struct aum_logits full = with_stride(piece);
    kernels[full.type].piece(&full, first_class, labels, out);
}

void aum_measure_finish(struct aum_measurements out, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        if (!(out.other[i] > out.assigned[i]))
            out.other_class[i] = AUM_NO_CLASS;
    }
}
