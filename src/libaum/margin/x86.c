/*
 * margin_x86.c - margin kernels with AVX2 and AVX-512
 *
 * A row is read in vectors; of the one that holds the assigned class, that lane
 * is left out, and so are lanes beyond the row's end. Which vectors there are
 * depends on the number of classes alone, so that branches are predicted.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/half.h"
#include "libaum/margin/kernels.h"

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)

/* ---- AVX-512: lanes are chosen by masks ---- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))

/* The lanes of a vector at p + i of n elements: all up to the end of the row,
 * and without p[skip]. A shift by the number of lanes leaves their bits. */
static inline uint64_t lanes_512(size_t lanes, size_t i, size_t n, size_t skip)
{
    const size_t left = n - i;
    const uint64_t there =
        left < lanes ? ((uint64_t)1 << left) - 1 : ~(uint64_t)0;
    const size_t at = skip - i;
    return there & ~((uint64_t)(at < lanes) << (at & 63));
}

AVX512 static inline float others_max_f32_512(const float *p, size_t n,
                                              size_t skip, bool *nan)
{
    __m512 top = _mm512_set1_ps(-INFINITY);
    __mmask16 nans = 0;
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 use = (__mmask16)lanes_512(16, i, n, skip);
        const __m512 v = _mm512_maskz_loadu_ps(use, p + i);
        nans |= _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
        top = _mm512_mask_max_ps(top, use, top, v);
    }
    *nan = nans != 0;
    return _mm512_reduce_max_ps(top);
}

AVX512 static inline size_t class_of_f32_512(const float *p, size_t n,
                                             size_t skip, float key)
{
    const __m512 wanted = _mm512_set1_ps(key);
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 use = (__mmask16)lanes_512(16, i, n, skip);
        const __m512 v = _mm512_maskz_loadu_ps(use, p + i);
        const __mmask16 same =
            _mm512_mask_cmp_ps_mask(use, v, wanted, _CMP_EQ_OQ);
        if (same != 0)
            return i + (size_t)__builtin_ctz(same);
    }
    return n;
}

AVX512 static inline double others_max_f64_512(const double *p, size_t n,
                                               size_t skip, bool *nan)
{
    __m512d top = _mm512_set1_pd((double)-INFINITY);
    __mmask8 nans = 0;
    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 use = (__mmask8)lanes_512(8, i, n, skip);
        const __m512d v = _mm512_maskz_loadu_pd(use, p + i);
        nans = (__mmask8)(nans | _mm512_cmp_pd_mask(v, v, _CMP_UNORD_Q));
        top = _mm512_mask_max_pd(top, use, top, v);
    }
    *nan = nans != 0;
    return _mm512_reduce_max_pd(top);
}

AVX512 static inline size_t class_of_f64_512(const double *p, size_t n,
                                             size_t skip, double key)
{
    const __m512d wanted = _mm512_set1_pd(key);
    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 use = (__mmask8)lanes_512(8, i, n, skip);
        const __m512d v = _mm512_maskz_loadu_pd(use, p + i);
        const __mmask8 same =
            _mm512_mask_cmp_pd_mask(use, v, wanted, _CMP_EQ_OQ);
        if (same != 0)
            return i + (size_t)__builtin_ctz(same);
    }
    return n;
}

AVX512 static inline __m512i half_keys_512(__m512i h)
{
    const __m512i sign = _mm512_srai_epi16(h, 15);
    return _mm512_xor_si512(h,
                            _mm512_and_si512(sign, _mm512_set1_epi16(0x7fff)));
}

/* The smallest of 8 unsigned shorts is an instruction; turned around, the
 * largest of 8 signed ones. */
AVX512 static inline int16_t reduce_max_epi16_128(__m128i v)
{
    const __m128i turned = _mm_sub_epi16(_mm_set1_epi16(0x7fff), v);
    return (int16_t)(0x7fff - _mm_extract_epi16(_mm_minpos_epu16(turned), 0));
}

AVX512 static inline int16_t others_max_half_512(const uint16_t *p, size_t n,
                                                 size_t skip, int16_t infinity,
                                                 bool *nan)
{
    const __m512i lowest = _mm512_set1_epi16(HALF_KEY_LOWEST);
    const __m512i largest = _mm512_set1_epi16(infinity);
    const __m512i magnitude = _mm512_set1_epi16(0x7fff);
    __m512i top = lowest;
    __mmask32 nans = 0;
    for (size_t i = 0; i < n; i += 32) {
        const __mmask32 use = (__mmask32)lanes_512(32, i, n, skip);
        const __m512i h = _mm512_maskz_loadu_epi16(use, p + i);
        nans |=
            _mm512_cmpgt_epi16_mask(_mm512_and_si512(h, magnitude), largest);
        top = _mm512_mask_max_epi16(top, use, top, half_keys_512(h));
    }
    *nan = nans != 0;
    const __m256i half = _mm256_max_epi16(_mm512_castsi512_si256(top),
                                          _mm512_extracti64x4_epi64(top, 1));
    return reduce_max_epi16_128(_mm_max_epi16(
        _mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

AVX512 static inline size_t class_of_half_512(const uint16_t *p, size_t n,
                                              size_t skip, int16_t key)
{
    const __m512i wanted = _mm512_set1_epi16((int16_t)half_of_key(key));
    const __m512i twin =
        _mm512_set1_epi16((int16_t)half_of_key(half_key_twin(key)));
    for (size_t i = 0; i < n; i += 32) {
        const __mmask32 use = (__mmask32)lanes_512(32, i, n, skip);
        const __m512i h = _mm512_maskz_loadu_epi16(use, p + i);
        const __mmask32 same = _mm512_mask_cmpeq_epi16_mask(use, h, wanted) |
                               _mm512_mask_cmpeq_epi16_mask(use, h, twin);
        if (same != 0)
            return i + (size_t)__builtin_ctz(same);
    }
    return n;
}

#define others_max_f16_512(p, n, skip, nan) \
    others_max_half_512(p, n, skip, 0x7c00, nan)
#define others_max_bf16_512(p, n, skip, nan) \
    others_max_half_512(p, n, skip, 0x7f80, nan)
#define class_of_f16_512 class_of_half_512
#define class_of_bf16_512 class_of_half_512

#define FN(base) CAT(base, f16_512)
#define TARGET AVX512
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) (((x)&0x7fff) > 0x7c00)
#define VALUE_OF(k) f16_value(half_of_key(k))
#include "libaum/margin/template.h"

#define FN(base) CAT(base, bf16_512)
#define TARGET AVX512
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) (((x)&0x7fff) > 0x7f80)
#define VALUE_OF(k) bf16_value(half_of_key(k))
#include "libaum/margin/template.h"

#define FN(base) CAT(base, f32_512)
#define TARGET AVX512
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) ((double)(k))
#include "libaum/margin/template.h"

#define FN(base) CAT(base, f64_512)
#define TARGET AVX512
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) (k)
#include "libaum/margin/template.h"

#define SUFFIX(type) CAT(type, _512)
#define VARIANT AVX512
#define VECTOR 64
#include "libaum/margin/across_types.h"

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq");
}

const struct margin_variant margin_avx512 = {
    "AVX-512",
    has_avx512,
    {
        [AUM_F16] = {measure_rows_f16_512, measure_piece_f16_512,
                     measure_across_f16_512},
        [AUM_BF16] = {measure_rows_bf16_512, measure_piece_bf16_512,
                      measure_across_bf16_512},
        [AUM_F32] = {measure_rows_f32_512, measure_piece_f32_512,
                     measure_across_f32_512},
        [AUM_F64] = {measure_rows_f64_512, measure_piece_f64_512,
                     measure_across_f64_512},
    }};

/* ---- AVX2: lanes that are not to count become the lowest key ---- */

#define AVX2 __attribute__((target("avx2")))

/* The number of the lane that holds p[skip] in the vector at p + i, or one that
 * no lane has. */
static inline int skip_lane(size_t lanes, size_t i, size_t skip)
{
    return skip - i < lanes ? (int)(skip - i) : -1;
}

AVX2 static inline __m256 without_ps(__m256 v, int lane)
{
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i hit = _mm256_cmpeq_epi32(numbers, _mm256_set1_epi32(lane));
    return _mm256_blendv_ps(v, _mm256_set1_ps(-INFINITY),
                            _mm256_castsi256_ps(hit));
}

/* The last vector of a row, filled up with the lowest key. */
AVX2 static inline __m256 load_end_ps(const float *p, size_t n)
{
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i there =
        _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), numbers);
    return _mm256_blendv_ps(_mm256_set1_ps(-INFINITY),
                            _mm256_maskload_ps(p, there),
                            _mm256_castsi256_ps(there));
}

AVX2 static inline float others_max_f32_256(const float *p, size_t n,
                                            size_t skip, bool *nan)
{
    __m256 top = _mm256_set1_ps(-INFINITY);
    __m256 nans = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += 8) {
        __m256 v =
            n - i >= 8 ? _mm256_loadu_ps(p + i) : load_end_ps(p + i, n - i);
        v = without_ps(v, skip_lane(8, i, skip));
        nans = _mm256_or_ps(nans, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
        top = _mm256_max_ps(top, v);
    }
    *nan = _mm256_movemask_ps(nans) != 0;
    __m128 half =
        _mm_max_ps(_mm256_castps256_ps128(top), _mm256_extractf128_ps(top, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    half = _mm_max_ss(half, _mm_movehdup_ps(half));
    return _mm_cvtss_f32(half);
}

AVX2 static inline size_t class_of_f32_256(const float *p, size_t n,
                                           size_t skip, float key)
{
    const __m256 wanted = _mm256_set1_ps(key);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 same =
            _mm256_cmp_ps(_mm256_loadu_ps(p + i), wanted, _CMP_EQ_OQ);
        unsigned hits = (unsigned)_mm256_movemask_ps(same);
        if (skip - i < 8)
            hits &= ~(1u << (skip - i));
        if (hits != 0)
            return i + (size_t)__builtin_ctz(hits);
    }
    while (i < n && (i == skip || p[i] != key))
        i++;
    return i;
}

AVX2 static inline __m256d without_pd(__m256d v, int lane)
{
    const __m256i numbers = _mm256_setr_epi64x(0, 1, 2, 3);
    const __m256i hit = _mm256_cmpeq_epi64(numbers, _mm256_set1_epi64x(lane));
    return _mm256_blendv_pd(v, _mm256_set1_pd((double)-INFINITY),
                            _mm256_castsi256_pd(hit));
}

AVX2 static inline __m256d load_end_pd(const double *p, size_t n)
{
    const __m256i numbers = _mm256_setr_epi64x(0, 1, 2, 3);
    const __m256i there =
        _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)n), numbers);
    return _mm256_blendv_pd(_mm256_set1_pd((double)-INFINITY),
                            _mm256_maskload_pd(p, there),
                            _mm256_castsi256_pd(there));
}

AVX2 static inline double others_max_f64_256(const double *p, size_t n,
                                             size_t skip, bool *nan)
{
    __m256d top = _mm256_set1_pd((double)-INFINITY);
    __m256d nans = _mm256_setzero_pd();
    for (size_t i = 0; i < n; i += 4) {
        __m256d v =
            n - i >= 4 ? _mm256_loadu_pd(p + i) : load_end_pd(p + i, n - i);
        v = without_pd(v, skip_lane(4, i, skip));
        nans = _mm256_or_pd(nans, _mm256_cmp_pd(v, v, _CMP_UNORD_Q));
        top = _mm256_max_pd(top, v);
    }
    *nan = _mm256_movemask_pd(nans) != 0;
    __m128d half =
        _mm_max_pd(_mm256_castpd256_pd128(top), _mm256_extractf128_pd(top, 1));
    half = _mm_max_sd(half, _mm_unpackhi_pd(half, half));
    return _mm_cvtsd_f64(half);
}

AVX2 static inline size_t class_of_f64_256(const double *p, size_t n,
                                           size_t skip, double key)
{
    const __m256d wanted = _mm256_set1_pd(key);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const __m256d same =
            _mm256_cmp_pd(_mm256_loadu_pd(p + i), wanted, _CMP_EQ_OQ);
        unsigned hits = (unsigned)_mm256_movemask_pd(same);
        if (skip - i < 4)
            hits &= ~(1u << (skip - i));
        if (hits != 0)
            return i + (size_t)__builtin_ctz(hits);
    }
    while (i < n && (i == skip || p[i] != key))
        i++;
    return i;
}

AVX2 static inline __m256i half_keys_256(__m256i h)
{
    const __m256i sign = _mm256_srai_epi16(h, 15);
    return _mm256_xor_si256(h,
                            _mm256_and_si256(sign, _mm256_set1_epi16(0x7fff)));
}

/* 16 halves; behind the end, -infinity, whose key only NaNs are below. */
AVX2 static inline __m256i load_halves(const uint16_t *p, size_t n,
                                       int16_t infinity)
{
    if (n >= 16)
        return _mm256_loadu_si256((const void *)p);
    uint16_t end[16];
    for (size_t j = 0; j < 16; j++)
        end[j] = (uint16_t)(infinity | 0x8000);
    memcpy(end, p, n * sizeof *p);
    return _mm256_loadu_si256((const void *)end);
}

AVX2 static inline int16_t others_max_half_256(const uint16_t *p, size_t n,
                                               size_t skip, int16_t infinity,
                                               bool *nan)
{
    const __m256i numbers =
        _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m256i lowest = _mm256_set1_epi16((int16_t)(infinity | 0x8000));
    const __m256i largest = _mm256_set1_epi16(infinity);
    const __m256i magnitude = _mm256_set1_epi16(0x7fff);
    __m256i top = _mm256_set1_epi16(HALF_KEY_LOWEST);
    __m256i nans = _mm256_setzero_si256();
    for (size_t i = 0; i < n; i += 16) {
        __m256i h = load_halves(p + i, n - i, infinity);
        const __m256i lane = _mm256_set1_epi16((int16_t)skip_lane(16, i, skip));
        h = _mm256_blendv_epi8(h, lowest, _mm256_cmpeq_epi16(numbers, lane));
        nans = _mm256_or_si256(
            nans, _mm256_cmpgt_epi16(_mm256_and_si256(h, magnitude), largest));
        top = _mm256_max_epi16(top, half_keys_256(h));
    }
    *nan = _mm256_movemask_epi8(nans) != 0;
    __m128i half = _mm_max_epi16(_mm256_castsi256_si128(top),
                                 _mm256_extracti128_si256(top, 1));
    half = _mm_sub_epi16(_mm_set1_epi16(0x7fff), half);
    return (int16_t)(0x7fff - _mm_extract_epi16(_mm_minpos_epu16(half), 0));
}

AVX2 static inline size_t class_of_half_256(const uint16_t *p, size_t n,
                                            size_t skip, int16_t key)
{
    const uint16_t one = half_of_key(key);
    const uint16_t other = half_of_key(half_key_twin(key));
    const __m256i wanted = _mm256_set1_epi16((int16_t)one);
    const __m256i twin = _mm256_set1_epi16((int16_t)other);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m256i h = _mm256_loadu_si256((const void *)(p + i));
        const __m256i same = _mm256_or_si256(_mm256_cmpeq_epi16(h, wanted),
                                             _mm256_cmpeq_epi16(h, twin));
        unsigned hits = (unsigned)_mm256_movemask_epi8(same);
        if (skip - i < 16)
            hits &= ~(3u << 2 * (skip - i)); /* two bits a lane */
        if (hits != 0)
            return i + (size_t)__builtin_ctz(hits) / 2;
    }
    while (i < n && (i == skip || (p[i] != one && p[i] != other)))
        i++;
    return i;
}

#define others_max_f16_256(p, n, skip, nan) \
    others_max_half_256(p, n, skip, 0x7c00, nan)
#define others_max_bf16_256(p, n, skip, nan) \
    others_max_half_256(p, n, skip, 0x7f80, nan)
#define class_of_f16_256 class_of_half_256
#define class_of_bf16_256 class_of_half_256

#define FN(base) CAT(base, f16_256)
#define TARGET AVX2
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) (((x)&0x7fff) > 0x7c00)
#define VALUE_OF(k) f16_value(half_of_key(k))
#include "libaum/margin/template.h"

#define FN(base) CAT(base, bf16_256)
#define TARGET AVX2
#define STORED uint16_t
#define KEY int16_t
#define KEY_OF(x) half_key(x)
#define IS_NAN(x) (((x)&0x7fff) > 0x7f80)
#define VALUE_OF(k) bf16_value(half_of_key(k))
#include "libaum/margin/template.h"

#define FN(base) CAT(base, f32_256)
#define TARGET AVX2
#define STORED float
#define KEY float
#define KEY_OF(x) (x)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) ((double)(k))
#include "libaum/margin/template.h"

#define FN(base) CAT(base, f64_256)
#define TARGET AVX2
#define STORED double
#define KEY double
#define KEY_OF(x) (x)
#define IS_NAN(x) ((x) != (x))
#define VALUE_OF(k) (k)
#include "libaum/margin/template.h"

#define SUFFIX(type) CAT(type, _256)
#define VARIANT AVX2
#define VECTOR 32
#include "libaum/margin/across_types.h"

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

const struct margin_variant margin_avx2 = {
    "AVX2",
    has_avx2,
    {
        [AUM_F16] = {measure_rows_f16_256, measure_piece_f16_256,
                     measure_across_f16_256},
        [AUM_BF16] = {measure_rows_bf16_256, measure_piece_bf16_256,
                      measure_across_bf16_256},
        [AUM_F32] = {measure_rows_f32_256, measure_piece_f32_256,
                     measure_across_f32_256},
        [AUM_F64] = {measure_rows_f64_256, measure_piece_f64_256,
                     measure_across_f64_256},
    }};

#else

/* ISO C has no empty files. */
typedef int margin_x86_is_for_x86;

#endif
