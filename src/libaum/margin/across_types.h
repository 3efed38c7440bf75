/*
 * across_types.h - across_template.h for all floating types
 *
 * Included once for each variant, with these macros set:
 *
 *   SUFFIX(type)    what the names of its functions end in, such as f32_512
 *   VARIANT         its functions' attributes
 *   VECTOR          bytes of a vector
 *   FILL_F32        FILL of across_template.h for float; or not set
 */
#ifndef LIBAUM_MARGIN_ACROSS_TYPES_H
#define LIBAUM_MARGIN_ACROSS_TYPES_H

#define ACROSS_CAT2(a, b) a##b
#define ACROSS_CAT(a, b) ACROSS_CAT2(a, b)

/* See half.h. A subnormal number is what its mantissa adds to 2^-14. */
#define WIDEN_F16(words, floats, h)                                          \
    (((F16_SCALED(h) + F16_BIAS + ((words)F16_IS_SPECIAL(h) & F16_BIAS)) &   \
      ~(words)F16_IS_SUBNORMAL(h)) |                                         \
     ((words)((floats)(F16_SCALED(h) + F16_BIAS + 0x00800000u) - 0x1p-14f) & \
      (words)F16_IS_SUBNORMAL(h)) |                                          \
     (((h)&0x8000) << 16))

#endif

#define FN(base) ACROSS_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define KEY_LOWEST -INFINITY
#define KEY_NAN NAN
#define WHOLE int32_t
#define NANS(k) ((k) != (k))
#define TIE(k) (k)
#ifdef FILL_F32
#define FILL FILL_F32
#endif
#include "libaum/margin/across_template.h"
#undef FILL

#define FN(base) ACROSS_CAT(base, SUFFIX(f16))
#define F32(base) ACROSS_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define WIDEN(h) WIDEN_F16(FN(words_), F32(keys_), h)
#include "libaum/margin/across_halves.h"

#define FN(base) ACROSS_CAT(base, SUFFIX(bf16))
#define F32(base) ACROSS_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define WIDEN(h) ((h) << 16)
#include "libaum/margin/across_halves.h"

#define FN(base) ACROSS_CAT(base, SUFFIX(f64))
#define TARGET VARIANT
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define KEY_LOWEST ((double)-INFINITY)
#define KEY_NAN ((double)NAN)
#define WHOLE int64_t
#define NANS(k) ((k) != (k))
#define TIE(k) (k)
#include "libaum/margin/across_template.h"

#undef SUFFIX
#undef VARIANT
#undef VECTOR
#undef FILL_F32
