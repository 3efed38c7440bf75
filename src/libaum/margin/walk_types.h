/*
 * walk_types.h - walk_template.h for all floating types
 *
 * Included once by each variant for one instruction set, with SUFFIX and
 * VARIANT as in float_types.h, and with the functions of walk_template.h named
 * after f32, f64 and half, as in fold_f32_512. That of half named largest_ is
 * also given the bits of infinity.
 */
#ifndef LIBAUM_MARGIN_WALK_TYPES_H
#define LIBAUM_MARGIN_WALK_TYPES_H

#define WALK_CAT2(a, b) a##b
#define WALK_CAT(a, b) WALK_CAT2(a, b)

#endif

#define FN(base) WALK_CAT(base, SUFFIX(f16))
#define TARGET VARIANT
#define STORED uint16_t
#define KEY int16_t
#define TOPS struct WALK_CAT(tops_, SUFFIX(half))
#define START() WALK_CAT(start_, SUFFIX(half))()
#define FOLD(tops, p) WALK_CAT(fold_, SUFFIX(half))(tops, p)
#define FOLD_SOME(tops, p, n, mask) \
    WALK_CAT(fold_some_, SUFFIX(half))(tops, p, n, mask)
#define LARGEST(tops, nan) WALK_CAT(largest_, SUFFIX(half))(tops, 0x7c00, nan)
#define SAME(p, key) WALK_CAT(same_, SUFFIX(half))(p, key)
#define SAME_SOME(p, n, key) WALK_CAT(same_some_, SUFFIX(half))(p, n, key)
#include "libaum/margin/walk_template.h"

#define FN(base) WALK_CAT(base, SUFFIX(bf16))
#define TARGET VARIANT
#define STORED uint16_t
#define KEY int16_t
#define TOPS struct WALK_CAT(tops_, SUFFIX(half))
#define START() WALK_CAT(start_, SUFFIX(half))()
#define FOLD(tops, p) WALK_CAT(fold_, SUFFIX(half))(tops, p)
#define FOLD_SOME(tops, p, n, mask) \
    WALK_CAT(fold_some_, SUFFIX(half))(tops, p, n, mask)
#define LARGEST(tops, nan) WALK_CAT(largest_, SUFFIX(half))(tops, 0x7f80, nan)
#define SAME(p, key) WALK_CAT(same_, SUFFIX(half))(p, key)
#define SAME_SOME(p, n, key) WALK_CAT(same_some_, SUFFIX(half))(p, n, key)
#include "libaum/margin/walk_template.h"

#define FN(base) WALK_CAT(base, SUFFIX(f32))
#define TARGET VARIANT
#define STORED float
#define KEY float
#define TOPS struct FN(tops_)
#define START() FN(start_)()
#define FOLD(tops, p) FN(fold_)(tops, p)
#define FOLD_SOME(tops, p, n, mask) FN(fold_some_)(tops, p, n, mask)
#define LARGEST(tops, nan) FN(largest_)(tops, nan)
#define SAME(p, key) FN(same_)(p, key)
#define SAME_SOME(p, n, key) FN(same_some_)(p, n, key)
#include "libaum/margin/walk_template.h"

#define FN(base) WALK_CAT(base, SUFFIX(f64))
#define TARGET VARIANT
#define STORED double
#define KEY double
#define TOPS struct FN(tops_)
#define START() FN(start_)()
#define FOLD(tops, p) FN(fold_)(tops, p)
#define FOLD_SOME(tops, p, n, mask) FN(fold_some_)(tops, p, n, mask)
#define LARGEST(tops, nan) FN(largest_)(tops, nan)
#define SAME(p, key) FN(same_)(p, key)
#define SAME_SOME(p, n, key) FN(same_some_)(p, n, key)
#include "libaum/margin/walk_template.h"
