/*
 * avx512.c - margin kernels with AVX-512
 *
 * A row is read in vectors. A mask leaves out the lanes beyond the row's end
 * and that of the assigned class. Which vectors are read depends on the number
 * of classes alone, so branches are predicted well.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

#include "common/half.h"
#include "libaum/margin/kernels.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))

/* A bit for each lane of the vector at p + i that holds one of the n elements
 * and not p[skip]. */
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

/* There is an instruction for the smallest of 8 unsigned shorts. With the order
 * reversed, it finds the largest of 8 signed ones. */
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

#define SUFFIX(type) type##_512
#define VARIANT AVX512
#define VECTOR 64
#include "libaum/margin/float_types.h"
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

#else

/* ISO C has no empty files. */
typedef int margin_avx512_is_for_x86_64;

#endif
