/*
 * across_types.h - across_template.h for all floating types
 *
 * Included once for each variant, with these macros set:
 *
 *   SUFFIX(type)    what the names of its functions end in, such as f32_512
 *   VARIANT         its functions' attributes
 *   VECTOR          bytes of a vector
 */
#ifndef LIBAUM_MARGIN_ACROSS_TYPES_H
#define LIBAUM_MARGIN_ACROSS_TYPES_H

#define ACROSS_CAT2(a, b) a##b
#define ACROSS_CAT(a, b) ACROSS_CAT2(a, b)

/* A key of a half is a NaN's if it is beyond those of the infinities. */
#define HALF_NANS(k, infinity) (((k) > (infinity)) | ((k) < ~(infinity)))
/* The key of -0 is just below that of +0; "yes" is -1. */
#define HALF_TIE(k) ((k) - ((k) == -1))

#endif

#define FN(base) ACROSS_CAT(base, SUFFIX(f16))
#define TARGET VARIANT
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define KEY_LOWEST HALF_KEY_LOWEST
#define KEY_NAN INT16_MAX
#define VALUE_OF(k) ((k) == KEY_NAN ? (double)NAN : f16_value(half_of_key(k)))
#define WHOLE int16_t
#define NANS(k) HALF_NANS(k, 0x7c00)
#define TIE(k) HALF_TIE(k)
#include "libaum/margin/across_template.h"

#define FN(base) ACROSS_CAT(base, SUFFIX(bf16))
#define TARGET VARIANT
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define KEY_LOWEST HALF_KEY_LOWEST
#define KEY_NAN INT16_MAX
#define VALUE_OF(k) ((k) == KEY_NAN ? (double)NAN : bf16_value(half_of_key(k)))
#define WHOLE int16_t
#define NANS(k) HALF_NANS(k, 0x7f80)
#define TIE(k) HALF_TIE(k)
#include "libaum/margin/across_template.h"

#define FN(base) ACROSS_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define KEY_LOWEST -INFINITY
#define KEY_NAN NAN
#define VALUE_OF(k) ((double)(k))
#define WHOLE int32_t
#define NANS(k) ((k) != (k))
#define TIE(k) (k)
#include "libaum/margin/across_template.h"

#define FN(base) ACROSS_CAT(base, SUFFIX(f64))
#define TARGET VARIANT
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define KEY_LOWEST ((double)-INFINITY)
#define KEY_NAN ((double)NAN)
#define VALUE_OF(k) (k)
#define WHOLE int64_t
#define NANS(k) ((k) != (k))
#define TIE(k) (k)
#include "libaum/margin/across_template.h"

#undef SUFFIX
#undef VARIANT
#undef VECTOR
