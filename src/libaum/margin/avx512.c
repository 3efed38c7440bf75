/*
 * avx512.c - margin kernels with AVX-512
 *
 * See walk.h for the order in which a row is read.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

#include "common/half.h"
#include "libaum/margin/kernels.h"
#include "libaum/margin/walk.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))

/* ---- float ---- */

struct tops_f32_512 {
    __m512 top[4];
    __mmask16 nans;
};

AVX512 static inline void fold_f32_512(struct tops_f32_512 *tops,
                                       const float *p)
{
    const __m512 a = _mm512_loadu_ps(p);
    const __m512 b = _mm512_loadu_ps(p + 16);
    const __m512 c = _mm512_loadu_ps(p + 32);
    const __m512 d = _mm512_loadu_ps(p + 48);
    tops->nans |= _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q) |
                  _mm512_cmp_ps_mask(c, d, _CMP_UNORD_Q);
    tops->top[0] = _mm512_max_ps(tops->top[0], a);
    tops->top[1] = _mm512_max_ps(tops->top[1], b);
    tops->top[2] = _mm512_max_ps(tops->top[2], c);
    tops->top[3] = _mm512_max_ps(tops->top[3], d);
}

AVX512 static inline void fold_some_f32_512(struct tops_f32_512 *tops,
                                            const float *p, size_t n,
                                            uint64_t mask)
{
    for (size_t i = 0; i < n; i += 16, mask >>= 16) {
        const __mmask16 use = (__mmask16)mask;
        const __m512 v = _mm512_maskz_loadu_ps(use, p + i);
        tops->nans |= _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
        tops->top[0] = _mm512_mask_max_ps(tops->top[0], use, tops->top[0], v);
    }
}

AVX512 static inline struct tops_f32_512 start_f32_512(void)
{
    const __m512 lowest = _mm512_set1_ps(-INFINITY);
    return (struct tops_f32_512){{lowest, lowest, lowest, lowest}, 0};
}

AVX512 static inline float largest_f32_512(const struct tops_f32_512 *tops,
                                           bool *nan)
{
    *nan = tops->nans != 0;
    return _mm512_reduce_max_ps(
        _mm512_max_ps(_mm512_max_ps(tops->top[0], tops->top[1]),
                      _mm512_max_ps(tops->top[2], tops->top[3])));
}

AVX512 static inline uint64_t same_group_f32_512(const float *p, __m512 wanted)
{
    const __mmask16 a =
        _mm512_cmp_ps_mask(_mm512_loadu_ps(p), wanted, _CMP_EQ_OQ);
    const __mmask16 b =
        _mm512_cmp_ps_mask(_mm512_loadu_ps(p + 16), wanted, _CMP_EQ_OQ);
    const __mmask16 c =
        _mm512_cmp_ps_mask(_mm512_loadu_ps(p + 32), wanted, _CMP_EQ_OQ);
    const __mmask16 d =
        _mm512_cmp_ps_mask(_mm512_loadu_ps(p + 48), wanted, _CMP_EQ_OQ);
    return _mm512_kunpackd(_mm512_kunpackw(d, c), _mm512_kunpackw(b, a));
}

AVX512 static inline uint64_t same_f32_512(const float *p, size_t n, float key)
{
    const __m512 wanted = _mm512_set1_ps(key);
    uint64_t same = 0;
    if (n == GROUP)
        return same_group_f32_512(p, wanted);
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 use = (__mmask16)first_lanes(n - i);
        const __m512 v = _mm512_maskz_loadu_ps(use, p + i);
        same |= (uint64_t)_mm512_mask_cmp_ps_mask(use, v, wanted, _CMP_EQ_OQ)
                << i;
    }
    return same;
}

/* ---- double ---- */

struct tops_f64_512 {
    __m512d top[4];
    __mmask8 nans;
};

AVX512 static inline void fold_f64_512(struct tops_f64_512 *tops,
                                       const double *p)
{
    for (size_t i = 0; i < 8; i += 4) {
        const __m512d a = _mm512_loadu_pd(p + 8 * i);
        const __m512d b = _mm512_loadu_pd(p + 8 * i + 8);
        const __m512d c = _mm512_loadu_pd(p + 8 * i + 16);
        const __m512d d = _mm512_loadu_pd(p + 8 * i + 24);
        tops->nans |= _mm512_cmp_pd_mask(a, b, _CMP_UNORD_Q) |
                      _mm512_cmp_pd_mask(c, d, _CMP_UNORD_Q);
        tops->top[0] = _mm512_max_pd(tops->top[0], a);
        tops->top[1] = _mm512_max_pd(tops->top[1], b);
        tops->top[2] = _mm512_max_pd(tops->top[2], c);
        tops->top[3] = _mm512_max_pd(tops->top[3], d);
    }
}

AVX512 static inline void fold_some_f64_512(struct tops_f64_512 *tops,
                                            const double *p, size_t n,
                                            uint64_t mask)
{
    for (size_t i = 0; i < n; i += 8, mask >>= 8) {
        const __mmask8 use = (__mmask8)mask;
        const __m512d v = _mm512_maskz_loadu_pd(use, p + i);
        tops->nans |= _mm512_cmp_pd_mask(v, v, _CMP_UNORD_Q);
        tops->top[0] = _mm512_mask_max_pd(tops->top[0], use, tops->top[0], v);
    }
}

AVX512 static inline struct tops_f64_512 start_f64_512(void)
{
    const __m512d lowest = _mm512_set1_pd((double)-INFINITY);
    return (struct tops_f64_512){{lowest, lowest, lowest, lowest}, 0};
}

AVX512 static inline double largest_f64_512(const struct tops_f64_512 *tops,
                                            bool *nan)
{
    *nan = tops->nans != 0;
    return _mm512_reduce_max_pd(
        _mm512_max_pd(_mm512_max_pd(tops->top[0], tops->top[1]),
                      _mm512_max_pd(tops->top[2], tops->top[3])));
}

AVX512 static inline uint64_t same_f64_512(const double *p, size_t n,
                                           double key)
{
    const __m512d wanted = _mm512_set1_pd(key);
    uint64_t same = 0;
    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 use = (__mmask8)first_lanes(n - i);
        const __m512d v = _mm512_maskz_loadu_pd(use, p + i);
        same |= (uint64_t)_mm512_mask_cmp_pd_mask(use, v, wanted, _CMP_EQ_OQ)
                << i;
    }
    return same;
}

/* ---- 16 bits ---- */

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

AVX512 static inline int16_t reduce_max_epi16_512(__m512i v)
{
    const __m256i half = _mm256_max_epi16(_mm512_castsi512_si256(v),
                                          _mm512_extracti64x4_epi64(v, 1));
    return reduce_max_epi16_128(_mm_max_epi16(
        _mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

/* Keys of NaNs are above that of infinity or below that of its negative. */
struct tops_half_512 {
    __m512i top[2];
    __m512i bottom[2];
};

AVX512 static inline void fold_half_512(struct tops_half_512 *tops,
                                        const uint16_t *p)
{
    for (size_t i = 0; i < 2; i++) {
        const __m512i keys = half_keys_512(_mm512_loadu_si512(p + 32 * i));
        tops->top[i] = _mm512_max_epi16(tops->top[i], keys);
        tops->bottom[i] = _mm512_min_epi16(tops->bottom[i], keys);
    }
}

AVX512 static inline void fold_some_half_512(struct tops_half_512 *tops,
                                             const uint16_t *p, size_t n,
                                             uint64_t mask)
{
    for (size_t i = 0; i < n; i += 32, mask >>= 32) {
        const __mmask32 use = (__mmask32)mask;
        const __m512i keys =
            half_keys_512(_mm512_maskz_loadu_epi16(use, p + i));
        tops->top[0] =
            _mm512_mask_max_epi16(tops->top[0], use, tops->top[0], keys);
        tops->bottom[0] =
            _mm512_mask_min_epi16(tops->bottom[0], use, tops->bottom[0], keys);
    }
}

AVX512 static inline struct tops_half_512 start_half_512(void)
{
    const __m512i lowest = _mm512_set1_epi16(HALF_KEY_LOWEST);
    const __m512i highest = _mm512_set1_epi16(HALF_KEY_HIGHEST);
    return (struct tops_half_512){{lowest, lowest}, {highest, highest}};
}

/* ~x is -1 - x, which reverses the order. */
AVX512 static inline int16_t largest_half_512(const struct tops_half_512 *tops,
                                              int16_t infinity, bool *nan)
{
    const __m512i bottom = _mm512_min_epi16(tops->bottom[0], tops->bottom[1]);
    const __m512i ones = _mm512_set1_epi16(-1);
    const int16_t top =
        reduce_max_epi16_512(_mm512_max_epi16(tops->top[0], tops->top[1]));
    *nan = top > infinity ||
           reduce_max_epi16_512(_mm512_xor_si512(bottom, ones)) > infinity;
    return top;
}

AVX512 static inline uint64_t same_half_512(const uint16_t *p, size_t n,
                                            int16_t key)
{
    const __m512i wanted = _mm512_set1_epi16((int16_t)half_of_key(key));
    const __m512i twin =
        _mm512_set1_epi16((int16_t)half_of_key(half_key_twin(key)));
    uint64_t same = 0;
    for (size_t i = 0; i < n; i += 32) {
        const __mmask32 use = (__mmask32)first_lanes(n - i);
        const __m512i h = _mm512_maskz_loadu_epi16(use, p + i);
        same |= (uint64_t)(_mm512_mask_cmpeq_epi16_mask(use, h, wanted) |
                           _mm512_mask_cmpeq_epi16_mask(use, h, twin))
                << i;
    }
    return same;
}

/* ---- rows of few floats ---- */

/* Rows of 16 columns -> columns of 16 rows. */
AVX512 static inline void transpose_512(__m512 v[16])
{
    __m512 t[16];
#pragma GCC unroll 4
    for (size_t i = 0; i < 16; i += 4) {
        const __m512 a = _mm512_unpacklo_ps(v[i], v[i + 1]);
        const __m512 b = _mm512_unpackhi_ps(v[i], v[i + 1]);
        const __m512 c = _mm512_unpacklo_ps(v[i + 2], v[i + 3]);
        const __m512 d = _mm512_unpackhi_ps(v[i + 2], v[i + 3]);
        t[i] = _mm512_shuffle_ps(a, c, 0x44);
        t[i + 1] = _mm512_shuffle_ps(a, c, 0xee);
        t[i + 2] = _mm512_shuffle_ps(b, d, 0x44);
        t[i + 3] = _mm512_shuffle_ps(b, d, 0xee);
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        const __m512 a = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88);
        const __m512 b = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88);
        const __m512 c = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
        const __m512 d = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
        v[i] = _mm512_shuffle_f32x4(a, b, 0x88);
        v[i + 8] = _mm512_shuffle_f32x4(a, b, 0xdd);
        v[i + 4] = _mm512_shuffle_f32x4(c, d, 0x88);
        v[i + 12] = _mm512_shuffle_f32x4(c, d, 0xdd);
    }
}

/* What across_template.h asks for, in tiles of 16 rows and columns. */
AVX512 static inline void fill_512(float element[][ACROSS_ROWS],
                                   const unsigned char *data, size_t stride,
                                   size_t classes)
{
    for (size_t first = 0; first < classes; first += 16) {
        const size_t count = classes - first < 16 ? classes - first : 16;
        const __mmask16 there = (__mmask16)first_lanes(count);
        for (size_t r = 0; r < ACROSS_ROWS; r += 16) {
            const unsigned char *from =
                data + r * stride + first * sizeof(float);
            __m512 v[16];
#pragma GCC unroll 16
            for (size_t i = 0; i < 16; i++)
                v[i] = _mm512_maskz_loadu_ps(there, from + i * stride);
            transpose_512(v);
#pragma GCC unroll 16
            for (size_t c = 0; c < 16; c++) {
                if (c < count)
                    _mm512_storeu_ps(&element[first + c][r], v[c]);
            }
        }
    }
}

#define FILL_F32 fill_512
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
                     measure_across_f16_512, piece_across_f16_512},
        [AUM_BF16] = {measure_rows_bf16_512, measure_piece_bf16_512,
                      measure_across_bf16_512, piece_across_bf16_512},
        [AUM_F32] = {measure_rows_f32_512, measure_piece_f32_512,
                     measure_across_f32_512, piece_across_f32_512},
        [AUM_F64] = {measure_rows_f64_512, measure_piece_f64_512,
                     measure_across_f64_512, piece_across_f64_512},
    }};

#else

/* ISO C has no empty files. */
typedef int margin_avx512_is_for_x86_64;

#endif
