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

/*
 * The bits of a float that is 2^-112 times a binary16: its exponent has another
 * bias. Infinities and NaNs have the largest exponent in both.
 */
#define F16_SCALED(h) (((h)&0x7fff) << 13)
#define F16_SPECIAL(h) (((h)&0x7c00) == 0x7c00)
#define F16_SIGN(h) (((h)&0x8000) << 16)

#endif

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
#ifdef FILL_F32
#define FILL FILL_F32
#endif
#include "libaum/margin/across_template.h"
#undef FILL

#define FN(base) ACROSS_CAT(base, SUFFIX(f16))
#define F32(base) ACROSS_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define WIDEN(h)                                          \
    ((FN(words_))((F32(keys_))F16_SCALED(h) * 0x1p112f) | \
     ((FN(words_))F16_SPECIAL(h) & 0x7f800000) | F16_SIGN(h))
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
#define VALUE_OF(k) (k)
#define WHOLE int64_t
#define NANS(k) ((k) != (k))
#define TIE(k) (k)
#include "libaum/margin/across_template.h"

#undef SUFFIX
#undef VARIANT
#undef VECTOR
#undef FILL_F32
