/*
 * avx2.c - margin kernels with AVX2
 *
 * See walk.h for the order in which a row is read. AVX2 has no masks, so the
 * lanes that do not count are set to the lowest key.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

#include "common/half.h"
#include "libaum/margin/kernels.h"
#include "libaum/margin/walk.h"

#define AVX2 __attribute__((target("avx2")))

/* ---- float ---- */

struct tops_f32_256 {
    __m256 top[4];
    __m256 nans;
};

AVX2 static inline struct tops_f32_256 start_f32_256(void)
{
    const __m256 lowest = _mm256_set1_ps(-INFINITY);
    return (struct tops_f32_256){{lowest, lowest, lowest, lowest},
                                 _mm256_setzero_ps()};
}

AVX2 static inline void fold_f32_256(struct tops_f32_256 *tops, const float *p)
{
    for (size_t i = 0; i < GROUP; i += 32) {
        const __m256 a = _mm256_loadu_ps(p + i);
        const __m256 b = _mm256_loadu_ps(p + i + 8);
        const __m256 c = _mm256_loadu_ps(p + i + 16);
        const __m256 d = _mm256_loadu_ps(p + i + 24);
        const __m256 nans = _mm256_or_ps(_mm256_cmp_ps(a, b, _CMP_UNORD_Q),
                                         _mm256_cmp_ps(c, d, _CMP_UNORD_Q));
        tops->nans = _mm256_or_ps(tops->nans, nans);
        tops->top[0] = _mm256_max_ps(tops->top[0], a);
        tops->top[1] = _mm256_max_ps(tops->top[1], b);
        tops->top[2] = _mm256_max_ps(tops->top[2], c);
        tops->top[3] = _mm256_max_ps(tops->top[3], d);
    }
}

/* All bits of a lane for each of the lowest 8 bits. */
AVX2 static inline __m256i lanes_epi32(uint64_t mask)
{
    const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i all = _mm256_set1_epi32((int)(mask & 0xff));
    return _mm256_cmpeq_epi32(_mm256_and_si256(all, bits), bits);
}

AVX2 static inline void fold_some_f32_256(struct tops_f32_256 *tops,
                                          const float *p, size_t n,
                                          uint64_t mask)
{
    const __m256 lowest = _mm256_set1_ps(-INFINITY);
    for (size_t i = 0; i < n; i += 8, mask >>= 8) {
        const __m256i use = lanes_epi32(mask);
        const __m256 v = _mm256_blendv_ps(
            lowest, _mm256_maskload_ps(p + i, use), _mm256_castsi256_ps(use));
        tops->nans =
            _mm256_or_ps(tops->nans, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
        tops->top[0] = _mm256_max_ps(tops->top[0], v);
    }
}

AVX2 static inline float largest_f32_256(const struct tops_f32_256 *tops,
                                         bool *nan)
{
    const __m256 top = _mm256_max_ps(_mm256_max_ps(tops->top[0], tops->top[1]),
                                     _mm256_max_ps(tops->top[2], tops->top[3]));
    __m128 half =
        _mm_max_ps(_mm256_castps256_ps128(top), _mm256_extractf128_ps(top, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    half = _mm_max_ss(half, _mm_movehdup_ps(half));
    *nan = _mm256_movemask_ps(tops->nans) != 0;
    return _mm_cvtss_f32(half);
}

AVX2 static inline uint64_t same_8_f32_256(const float *p, __m256 wanted)
{
    return (unsigned)_mm256_movemask_ps(
        _mm256_cmp_ps(_mm256_loadu_ps(p), wanted, _CMP_EQ_OQ));
}

/* The last vector overlaps the one before it. */
AVX2 static inline uint64_t same_f32_256(const float *p, size_t n, float key)
{
    const __m256 wanted = _mm256_set1_ps(key);
    uint64_t same = 0;
    if (n < 8) {
        for (size_t i = 0; i < n; i++)
            same |= (uint64_t)(p[i] == key) << i;
        return same;
    }
    for (size_t i = 0; i + 8 < n; i += 8)
        same |= same_8_f32_256(p + i, wanted) << i;
    return same | same_8_f32_256(p + n - 8, wanted) << (n - 8);
}

/* ---- double ---- */

struct tops_f64_256 {
    __m256d top[4];
    __m256d nans;
};

AVX2 static inline struct tops_f64_256 start_f64_256(void)
{
    const __m256d lowest = _mm256_set1_pd((double)-INFINITY);
    return (struct tops_f64_256){{lowest, lowest, lowest, lowest},
                                 _mm256_setzero_pd()};
}

AVX2 static inline void fold_f64_256(struct tops_f64_256 *tops, const double *p)
{
    for (size_t i = 0; i < GROUP; i += 16) {
        const __m256d a = _mm256_loadu_pd(p + i);
        const __m256d b = _mm256_loadu_pd(p + i + 4);
        const __m256d c = _mm256_loadu_pd(p + i + 8);
        const __m256d d = _mm256_loadu_pd(p + i + 12);
        const __m256d nans = _mm256_or_pd(_mm256_cmp_pd(a, b, _CMP_UNORD_Q),
                                          _mm256_cmp_pd(c, d, _CMP_UNORD_Q));
        tops->nans = _mm256_or_pd(tops->nans, nans);
        tops->top[0] = _mm256_max_pd(tops->top[0], a);
        tops->top[1] = _mm256_max_pd(tops->top[1], b);
        tops->top[2] = _mm256_max_pd(tops->top[2], c);
        tops->top[3] = _mm256_max_pd(tops->top[3], d);
    }
}

/* All bits of a lane for each of the lowest 4 bits. */
AVX2 static inline __m256i lanes_epi64(uint64_t mask)
{
    const __m256i bits = _mm256_setr_epi64x(1, 2, 4, 8);
    const __m256i all = _mm256_set1_epi64x((int64_t)(mask & 0xf));
    return _mm256_cmpeq_epi64(_mm256_and_si256(all, bits), bits);
}

AVX2 static inline void fold_some_f64_256(struct tops_f64_256 *tops,
                                          const double *p, size_t n,
                                          uint64_t mask)
{
    const __m256d lowest = _mm256_set1_pd((double)-INFINITY);
    for (size_t i = 0; i < n; i += 4, mask >>= 4) {
        const __m256i use = lanes_epi64(mask);
        const __m256d v = _mm256_blendv_pd(
            lowest, _mm256_maskload_pd(p + i, use), _mm256_castsi256_pd(use));
        tops->nans =
            _mm256_or_pd(tops->nans, _mm256_cmp_pd(v, v, _CMP_UNORD_Q));
        tops->top[0] = _mm256_max_pd(tops->top[0], v);
    }
}

AVX2 static inline double largest_f64_256(const struct tops_f64_256 *tops,
                                          bool *nan)
{
    const __m256d top =
        _mm256_max_pd(_mm256_max_pd(tops->top[0], tops->top[1]),
                      _mm256_max_pd(tops->top[2], tops->top[3]));
    __m128d half =
        _mm_max_pd(_mm256_castpd256_pd128(top), _mm256_extractf128_pd(top, 1));
    half = _mm_max_sd(half, _mm_unpackhi_pd(half, half));
    *nan = _mm256_movemask_pd(tops->nans) != 0;
    return _mm_cvtsd_f64(half);
}

AVX2 static inline uint64_t same_4_f64_256(const double *p, __m256d wanted)
{
    return (unsigned)_mm256_movemask_pd(
        _mm256_cmp_pd(_mm256_loadu_pd(p), wanted, _CMP_EQ_OQ));
}

AVX2 static inline uint64_t same_f64_256(const double *p, size_t n, double key)
{
    const __m256d wanted = _mm256_set1_pd(key);
    uint64_t same = 0;
    if (n < 4) {
        for (size_t i = 0; i < n; i++)
            same |= (uint64_t)(p[i] == key) << i;
        return same;
    }
    for (size_t i = 0; i + 4 < n; i += 4)
        same |= same_4_f64_256(p + i, wanted) << i;
    return same | same_4_f64_256(p + n - 4, wanted) << (n - 4);
}

/* ---- 16 bits ---- */

AVX2 static inline __m256i half_keys_256(__m256i h)
{
    const __m256i sign = _mm256_srai_epi16(h, 15);
    return _mm256_xor_si256(h,
                            _mm256_and_si256(sign, _mm256_set1_epi16(0x7fff)));
}

/* There is an instruction for the smallest of 8 unsigned shorts. With the order
 * reversed, it finds the largest of 8 signed ones. */
AVX2 static inline int16_t reduce_max_epi16_256(__m256i v)
{
    const __m128i half = _mm_max_epi16(_mm256_castsi256_si128(v),
                                       _mm256_extracti128_si256(v, 1));
    const __m128i turned = _mm_sub_epi16(_mm_set1_epi16(0x7fff), half);
    return (int16_t)(0x7fff - _mm_extract_epi16(_mm_minpos_epu16(turned), 0));
}

/* Keys of NaNs are above that of infinity or below that of its negative. */
struct tops_half_256 {
    __m256i top[2];
    __m256i bottom[2];
};

AVX2 static inline struct tops_half_256 start_half_256(void)
{
    const __m256i lowest = _mm256_set1_epi16(HALF_KEY_LOWEST);
    const __m256i highest = _mm256_set1_epi16(HALF_KEY_HIGHEST);
    return (struct tops_half_256){{lowest, lowest}, {highest, highest}};
}

AVX2 static inline void fold_half_256(struct tops_half_256 *tops,
                                      const uint16_t *p)
{
    for (size_t i = 0; i < GROUP; i += 32) {
        const __m256i a =
            half_keys_256(_mm256_loadu_si256((const void *)(p + i)));
        const __m256i b =
            half_keys_256(_mm256_loadu_si256((const void *)(p + i + 16)));
        tops->top[0] = _mm256_max_epi16(tops->top[0], a);
        tops->top[1] = _mm256_max_epi16(tops->top[1], b);
        tops->bottom[0] = _mm256_min_epi16(tops->bottom[0], a);
        tops->bottom[1] = _mm256_min_epi16(tops->bottom[1], b);
    }
}

/* All bits of a lane for each of the lowest 16 bits. */
AVX2 static inline __m256i lanes_epi16(uint64_t mask)
{
    const __m256i bits =
        _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048,
                          4096, 8192, 16384, INT16_MIN);
    const __m256i all = _mm256_set1_epi16((int16_t)mask);
    return _mm256_cmpeq_epi16(_mm256_and_si256(all, bits), bits);
}

/* The first n of 16, and anything after them. Only pairs can be loaded by a
 * mask; so the last one is put in its place by itself. */
AVX2 static inline __m256i load_some_half(const uint16_t *p, size_t n)
{
    if (n >= 16)
        return _mm256_loadu_si256((const void *)p);
    const __m256i pairs =
        _mm256_maskload_epi32((const void *)p, lanes_epi32(first_lanes(n / 2)));
    return _mm256_blendv_epi8(pairs, _mm256_set1_epi16((int16_t)p[n - 1]),
                              lanes_epi16((uint64_t)1 << (n - 1)));
}

/* What does not count becomes a zero's key for the smallest, where it does no
 * harm, and the lowest for the largest. */
AVX2 static inline void fold_some_half_256(struct tops_half_256 *tops,
                                           const uint16_t *p, size_t n,
                                           uint64_t mask)
{
    const __m256i lowest = _mm256_set1_epi16(HALF_KEY_LOWEST);
    for (size_t i = 0; i < n; i += 16, mask >>= 16) {
        const __m256i use = lanes_epi16(mask);
        const __m256i keys =
            _mm256_and_si256(use, half_keys_256(load_some_half(p + i, n - i)));
        tops->bottom[0] = _mm256_min_epi16(tops->bottom[0], keys);
        tops->top[0] = _mm256_max_epi16(tops->top[0],
                                        _mm256_blendv_epi8(lowest, keys, use));
    }
}

/* ~x is -1 - x, which reverses the order. */
AVX2 static inline int16_t largest_half_256(const struct tops_half_256 *tops,
                                            int16_t infinity, bool *nan)
{
    const __m256i bottom = _mm256_min_epi16(tops->bottom[0], tops->bottom[1]);
    const __m256i ones = _mm256_set1_epi16(-1);
    const int16_t top =
        reduce_max_epi16_256(_mm256_max_epi16(tops->top[0], tops->top[1]));
    *nan = top > infinity ||
           reduce_max_epi16_256(_mm256_xor_si256(bottom, ones)) > infinity;
    return top;
}

/* A bit for the first that is the same. */
AVX2 static inline uint64_t same_half_256(const uint16_t *p, size_t n,
                                          int16_t key)
{
    const __m256i wanted = _mm256_set1_epi16((int16_t)half_of_key(key));
    const __m256i twin =
        _mm256_set1_epi16((int16_t)half_of_key(half_key_twin(key)));
    for (size_t i = 0; i < n; i += 16) {
        const __m256i h = load_some_half(p + i, n - i);
        const uint64_t same =
            (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(
                _mm256_cmpeq_epi16(h, wanted), _mm256_cmpeq_epi16(h, twin))) &
            first_lanes(2 * (n - i)); /* two bits each */
        if (same != 0)
            return (uint64_t)1 << (i + (size_t)__builtin_ctzll(same) / 2);
    }
    return 0;
}

/* ---- rows of few floats ---- */

/* Rows of 8 columns -> columns of 8 rows. */
AVX2 static inline void transpose_256(__m256 v[8])
{
    __m256 t[8];
#pragma GCC unroll 2
    for (size_t i = 0; i < 8; i += 4) {
        const __m256 a = _mm256_unpacklo_ps(v[i], v[i + 1]);
        const __m256 b = _mm256_unpackhi_ps(v[i], v[i + 1]);
        const __m256 c = _mm256_unpacklo_ps(v[i + 2], v[i + 3]);
        const __m256 d = _mm256_unpackhi_ps(v[i + 2], v[i + 3]);
        t[i] = _mm256_shuffle_ps(a, c, 0x44);
        t[i + 1] = _mm256_shuffle_ps(a, c, 0xee);
        t[i + 2] = _mm256_shuffle_ps(b, d, 0x44);
        t[i + 3] = _mm256_shuffle_ps(b, d, 0xee);
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
    }
}

/* What across_template.h asks for, in tiles of 8 rows and columns. */
AVX2 static inline void fill_256(float element[][ACROSS_ROWS],
                                 const unsigned char *data, size_t stride,
                                 size_t classes)
{
    for (size_t first = 0; first < classes; first += 8) {
        const size_t count = classes - first < 8 ? classes - first : 8;
        const __m256i there = lanes_epi32(first_lanes(count));
        for (size_t r = 0; r < ACROSS_ROWS; r += 8) {
            const unsigned char *from =
                data + r * stride + first * sizeof(float);
            __m256 v[8];
#pragma GCC unroll 8
            for (size_t i = 0; i < 8; i++)
                v[i] = _mm256_maskload_ps((const void *)(from + i * stride),
                                          there);
            transpose_256(v);
#pragma GCC unroll 8
            for (size_t c = 0; c < 8; c++) {
                if (c < count)
                    _mm256_storeu_ps(&element[first + c][r], v[c]);
            }
        }
    }
}

#define FILL_F32 fill_256
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
                     measure_across_f16_256, piece_across_f16_256},
        [AUM_BF16] = {measure_rows_bf16_256, measure_piece_bf16_256,
                      measure_across_bf16_256, piece_across_bf16_256},
        [AUM_F32] = {measure_rows_f32_256, measure_piece_f32_256,
                     measure_across_f32_256, piece_across_f32_256},
        [AUM_F64] = {measure_rows_f64_256, measure_piece_f64_256,
                     measure_across_f64_256, piece_across_f64_256},
    }};

#else

/* ISO C has no empty files. */
typedef int margin_avx2_is_for_x86_64;

#endif
