/*
 * float_types.h - template.h and walk_template.h for all floating types
 *
 * Included once by each variant for one instruction set, with these macros set:
 *
 *   SUFFIX(type)    what the names of its functions end in, such as f32_512
 *   VARIANT         its functions' attributes
 *
 * and with the functions of walk_template.h defined for f32, f64 and half, as
 * in fold_f32_512. That of half named largest_ is also given the bits of
 * infinity.
 */
#ifndef LIBAUM_MARGIN_FLOAT_TYPES_H
#define LIBAUM_MARGIN_FLOAT_TYPES_H

#include "libaum/margin/walk.h"

#define FLOAT_CAT2(a, b) a##b
#define FLOAT_CAT(a, b) FLOAT_CAT2(a, b)

#endif

#define FN(base) FLOAT_CAT(base, SUFFIX(f16))
#define TARGET VARIANT
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) (((x)&0x7fff) > 0x7c00)
#define VALUE_OF(k) f16_value(half_of_key(k))
#define PART(base) FLOAT_CAT(base, SUFFIX(half))
#define LARGEST(tops, nan) PART(largest_)(tops, 0x7c00, nan)
#include "libaum/margin/walk_template.h"
#include "libaum/margin/template.h"

#define FN(base) FLOAT_CAT(base, SUFFIX(bf16))
#define TARGET VARIANT
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) (((x)&0x7fff) > 0x7f80)
#define VALUE_OF(k) bf16_value(half_of_key(k))
#define PART(base) FLOAT_CAT(base, SUFFIX(half))
#define LARGEST(tops, nan) PART(largest_)(tops, 0x7f80, nan)
#include "libaum/margin/walk_template.h"
#include "libaum/margin/template.h"

#define FN(base) FLOAT_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) ((double)(k))
#define PART(base) FN(base)
#define LARGEST(tops, nan) PART(largest_)(tops, nan)
#include "libaum/margin/walk_template.h"
#include "libaum/margin/template.h"

#define FN(base) FLOAT_CAT(base, SUFFIX(f64))
#define TARGET VARIANT
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) (k)
#define PART(base) FN(base)
#define LARGEST(tops, nan) PART(largest_)(tops, nan)
#include "libaum/margin/walk_template.h"
#include "libaum/margin/template.h"
