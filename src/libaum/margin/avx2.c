/*
 * avx2.c - margin kernels with AVX2
 *
 * A row is read in vectors. AVX2 has no masks, so the lanes beyond the row's
 * end and that of the assigned class are set to the lowest key. Which vectors
 * are read depends on the number of classes alone, so branches are predicted
 * well.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "common/half.h"
#include "libaum/margin/kernels.h"

#define AVX2 __attribute__((target("avx2")))

/* The number of the lane that holds p[skip] in the vector at p + i; -1 if none
 * does. */
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

/* 16 halves. Beyond the end they are -infinity: only the keys of NaNs are
 * lower. */
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
            hits &= ~(3u << 2 * (skip - i)); /* two bits per lane */
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

#define SUFFIX(type) type##_256
#define VARIANT AVX2
#define VECTOR 32
#include "libaum/margin/float_types.h"
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
typedef int margin_avx2_is_for_x86_64;

#endif
