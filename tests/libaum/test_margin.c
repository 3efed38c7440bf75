/*
 * test_margin.c - margins of rows; expected values by the definition, computed
 * here with plain loops over doubles
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "aum.h"
#include "suite.h"

static const char *const kernel_names[] = {"portable", "AVX2", "AVX-512"};
#define KERNELS 3

static void measure(enum aum_type type, const void *data, size_t rows,
                    size_t classes, const uint32_t *labels,
                    struct aum_measurements out)
{
    const struct aum_logits logits = {
        .data = data, .type = type, .rows = rows, .classes = classes};
    aum_measure(&logits, labels, out);
}

START_TEST(margin_is_assigned_logit_minus_largest_other)
{
    const float z[2][3] = {{3, 1, 0}, {0, 2, 1}};
    const uint32_t labels[] = {0, 2};
    double a[2];
    double o[2];
    uint32_t c[2];
    measure(AUM_F32, z, 2, 3, labels, (struct aum_measurements){a, o, c});
    ck_assert_double_eq(a[0] - o[0], 2);
    ck_assert_double_eq(a[1] - o[1], -1);
    ck_assert_uint_eq(c[0], AUM_NO_CLASS); /* it was not beaten */
    ck_assert_uint_eq(c[1], 1);
}
END_TEST

START_TEST(lowest_class_wins_a_tie)
{
    const float z[] = {5, 7, 1, 7, 7};
    const uint32_t labels[] = {0};
    double a;
    double o;
    uint32_t c;
    measure(AUM_F32, z, 1, 5, labels, (struct aum_measurements){&a, &o, &c});
    ck_assert_uint_eq(c, 1);
    const uint32_t beside[] = {1}; /* 7 against 7: margin 0, not beaten */
    measure(AUM_F32, z, 1, 5, beside, (struct aum_measurements){&a, &o, &c});
    ck_assert_double_eq(a - o, 0);
    ck_assert_uint_eq(c, AUM_NO_CLASS);
}
END_TEST

START_TEST(one_logit_is_class_1_against_class_0)
{
    const float z[] = {2.5f, 2.5f, -1, -1};
    const uint32_t labels[] = {1, 0, 1, 0};
    const double expected[] = {2.5, -2.5, -1, 1};
    const uint32_t other[] = {AUM_NO_CLASS, 1, 0, AUM_NO_CLASS};
    double a[4];
    double o[4];
    uint32_t c[4];
    measure(AUM_F32, z, 4, 1, labels, (struct aum_measurements){a, o, c});
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(a[i] - o[i], expected[i]);
        ck_assert_uint_eq(c[i], other[i]);
    }
    ck_assert_uint_eq(aum_label_classes(1), 2);
    ck_assert_uint_eq(aum_label_classes(3), 3);
}
END_TEST

#define NAN_CLASSES 200

static void measured_is_nan(enum aum_type type, const void *row, uint32_t label)
{
    double a;
    double o;
    uint32_t c;
    measure(type, row, 1, NAN_CLASSES, &label,
            (struct aum_measurements){&a, &o, &c});
    ck_assert(isnan(a - o));
}

START_TEST(nan_anywhere_makes_the_margin_nan)
{
    if (!aum_kernel_select(kernel_names[_i]))
        return;
    /* in a group that is whole, in that of the label, and after all of them */
    float z[NAN_CLASSES];
    double wide[NAN_CLASSES];
    uint16_t halves[NAN_CLASSES]; /* negative NaNs, too */
    for (size_t at = 0; at < NAN_CLASSES; at++) {
        for (size_t i = 0; i < NAN_CLASSES; i++) {
            z[i] = (float)i;
            halves[i] = (uint16_t)(i << 5);
        }
        z[at] = NAN;
        halves[at] = at % 2 == 0 ? 0x7fff : 0xffff;
        for (size_t i = 0; i < NAN_CLASSES; i++)
            wide[i] = (double)z[i];
        for (uint32_t label = 3; label < NAN_CLASSES; label += 65) {
            measured_is_nan(AUM_F32, z, label);
            measured_is_nan(AUM_F64, wide, label);
            measured_is_nan(AUM_F16, halves, label);
            measured_is_nan(AUM_BF16, halves, label);
        }
    }
}
END_TEST

START_TEST(left_out_rows_are_nan)
{
    const double z[] = {1, 2};
    const uint32_t labels[] = {AUM_NO_CLASS};
    double a = 0;
    double o = 0;
    uint32_t c = 0;
    measure(AUM_F64, z, 1, 2, labels, (struct aum_measurements){&a, &o, &c});
    ck_assert(isnan(a) && isnan(o));
    measure(AUM_F64, z, 2, 1, (const uint32_t[]){AUM_NO_CLASS, AUM_NO_CLASS},
            (struct aum_measurements){(double[2]){0}, (double[2]){0},
                                      (uint32_t[2]){0}});
}
END_TEST

/* The halves, by the definition of binary16: sign, 5 exponent bits, 10
 * mantissa bits. */
static double binary16(uint16_t h)
{
    const int exponent = h >> 10 & 31;
    const double mantissa = (double)(h & 1023);
    double x = exponent == 31 ? (mantissa == 0 ? (double)INFINITY : (double)NAN)
               : exponent == 0 ? mantissa * pow(2, -24)
                               : (1 + mantissa / 1024) * pow(2, exponent - 15);
    return h >> 15 ? -x : x;
}

START_TEST(every_half_has_its_value)
{
    if (!aum_kernel_select(kernel_names[_i]))
        return;
    for (uint32_t h = 0; h < 65536; h++) {
        const uint16_t z[2] = {(uint16_t)h, 0xfc00}; /* against -infinity */
        const uint32_t labels[] = {0};
        double a;
        double o;
        uint32_t c;
        measure(AUM_F16, z, 1, 2, labels,
                (struct aum_measurements){&a, &o, &c});
        const double expected = binary16((uint16_t)h);
        ck_assert(isnan(expected) ? isnan(a) : a == expected);
        measure(AUM_F16, (const uint16_t[]){0, (uint16_t)h}, 1, 2, labels,
                (struct aum_measurements){&a, &o, &c});
        ck_assert(isnan(expected) ? isnan(o) : o == expected);
        /* bfloat16: the upper half of a float */
        const uint32_t bits = h << 16;
        float f;
        memcpy(&f, &bits, 4);
        measure(AUM_BF16, (const uint16_t[]){0, (uint16_t)h}, 1, 2, labels,
                (struct aum_measurements){&a, &o, &c});
        ck_assert(isnan(f) ? isnan(o) : o == (double)f);
    }
}
END_TEST

/* As -ffast-math and training frameworks have it. */
static void flush_subnormals(bool flush)
{
#if defined(__SSE2__)
    const unsigned both = 0x8040; /* DAZ and FTZ */
    const unsigned control = _mm_getcsr();
    _mm_setcsr(flush ? control | both : control & ~both);
#else
    (void)flush;
#endif
}

/* 32 rows at once, and one by itself. */
#define HALF_ROWS 33

START_TEST(binary16_where_subnormals_are_flushed)
{
    static uint16_t z[HALF_ROWS][2];
    static const uint32_t labels[HALF_ROWS];
    double a[HALF_ROWS];
    double o[HALF_ROWS];
    uint32_t c[HALF_ROWS];
    if (!aum_kernel_select(kernel_names[_i]))
        return;
    for (uint32_t first = 0; first < 65536; first += HALF_ROWS) {
        for (uint32_t i = 0; i < HALF_ROWS; i++) {
            z[i][0] = (uint16_t)(first + i);
            z[i][1] = 0xfc00; /* -infinity */
        }
        flush_subnormals(true);
        measure(AUM_F16, z, HALF_ROWS, 2, labels,
                (struct aum_measurements){a, o, c});
        flush_subnormals(false);
        for (uint32_t i = 0; i < HALF_ROWS; i++) {
            const double expected = binary16(z[i][0]);
            ck_assert(isnan(expected) ? isnan(a[i]) : a[i] == expected);
        }
    }
}
END_TEST

/* ---- random rows of any type against plain loops ---- */

#define CLASSES_MAX 4100

static union {
    uint64_t u64[CLASSES_MAX];
    unsigned char bytes[8 * CLASSES_MAX];
} storage;
static double values[CLASSES_MAX];

/* Writes a random element and returns its value as a double. */
static double random_element(uint64_t *state, enum aum_type type, size_t i)
{
    static const double special[] = {0.0,   -0.0,     1,        -1,
                                     1e-42, INFINITY, -INFINITY};
    const uint64_t r = random_next(state);
    double x = r % 8 == 0 ? special[r / 8 % 7]
                          : (double)(int64_t)(r >> 8 & 0xfff) / 64 - 32;
    const uint16_t half = (uint16_t)(r >> 20);
#define PUT(ctype, value)                                                     \
    do {                                                                      \
        ctype element = (ctype)(value);                                       \
        memcpy(storage.bytes + i * sizeof element, &element, sizeof element); \
        return (double)element;                                               \
    } while (0)
    switch (type) {
    case AUM_F16:
        memcpy(storage.bytes + 2 * i, &half, 2);
        return binary16(half);
    case AUM_BF16: {
        const uint32_t bits = (uint32_t)half << 16;
        float f;
        memcpy(&f, &bits, 4);
        memcpy(storage.bytes + 2 * i, &half, 2);
        return (double)f;
    }
    case AUM_F32:
        PUT(float, x);
    case AUM_F64:
        PUT(double, x);
    case AUM_I8:
        PUT(int8_t, r);
    case AUM_I16:
        PUT(int16_t, r);
    case AUM_I32:
        PUT(int32_t, r);
    case AUM_I64:
        PUT(int64_t, r);
    case AUM_U8:
        PUT(uint8_t, r);
    case AUM_U16:
        PUT(uint16_t, r);
    case AUM_U32:
        PUT(uint32_t, r);
    case AUM_U64:
        PUT(uint64_t, r);
    }
    return 0;
}

static void check_row(enum aum_type type, size_t classes, uint32_t y, double a,
                      double o, uint32_t c, uint64_t seed)
{
    double other = -INFINITY;
    uint32_t other_class = AUM_NO_CLASS;
    bool nan = false;
    for (uint32_t i = 0; i < classes; i++) {
        if (i == y)
            continue;
        nan |= isnan(values[i]);
        if (values[i] > other || other_class == AUM_NO_CLASS) {
            other = values[i];
            other_class = i;
        }
    }
    /* The first NaN is no maximum: look again without them. */
    if (nan)
        other = NAN;
    if (!(other > values[y]))
        other_class = AUM_NO_CLASS;
    const bool same = (isnan(values[y]) ? isnan(a) : a == values[y]) &&
                      (isnan(other) ? isnan(o) : o == other) &&
                      (isnan(other) || c == other_class);
    ck_assert_msg(same,
                  "type %d, %zu classes, label %u, seed %llu: %g %g %u, not "
                  "%g %g %u",
                  (int)type, classes, y, (unsigned long long)seed, a, o, c,
                  values[y], other, other_class);
}

static const size_t class_counts[] = {2,   3,   4,   5,   7,   8,    10,  15,
                                      16,  17,  31,  32,  33,  63,   64,  65,
                                      100, 127, 128, 129, 255, 1000, 4097};

START_TEST(random_rows_whole_and_in_pieces)
{
    const enum aum_type type = (enum aum_type)(_i % 12);
    uint64_t seed = random_seed(20200606) + (uint64_t)_i;
    uint64_t state = seed;
    if (!aum_kernel_select(kernel_names[_i / 12]))
        return; /* not on this processor */
    const size_t size = aum_type_size(type);
    for (size_t k = 0; k < sizeof class_counts / sizeof *class_counts; k++) {
        const size_t classes = class_counts[k];
        for (int turn = 0; turn < 40; turn++) {
            for (size_t i = 0; i < classes; i++)
                values[i] = random_element(&state, type, i);
            const uint32_t y = (uint32_t)random_below(&state, classes);
            double a;
            double o;
            uint32_t c;
            const struct aum_measurements out = {&a, &o, &c};
            measure(type, storage.bytes, 1, classes, &y, out);
            check_row(type, classes, y, a, o, c, seed);

            aum_measure_clear(out, 1);
            for (size_t first = 0; first < classes;) {
                size_t n = 1 + random_below(&state, classes - first);
                const struct aum_logits piece = {.data = storage.bytes +
                                                         first * size,
                                                 .type = type,
                                                 .rows = 1,
                                                 .classes = n};
                aum_measure_piece(&piece, first, &y, out);
                first += n;
            }
            aum_measure_finish(out, 1);
            check_row(type, classes, y, a, o, c, seed);
        }
    }
}
END_TEST

#define MANY_ROWS \
    100 /* three times as many as are measured at once, and some */

/* Sets a random element of a floating type to NaN. */
static void put_nan(enum aum_type type, size_t i, size_t at)
{
    const float f = NAN;
    const double d = NAN;
    if (type != AUM_F32 && type != AUM_F64)
        return;
    if (type == AUM_F32)
        memcpy(storage.bytes + i * sizeof f, &f, sizeof f);
    else
        memcpy(storage.bytes + i * sizeof d, &d, sizeof d);
    values[at] = NAN;
}

START_TEST(many_random_rows_of_few_classes)
{
    const enum aum_type type = (enum aum_type)(_i % 12);
    uint64_t seed = random_seed(2020) + (uint64_t)_i;
    uint64_t state = seed;
    if (!aum_kernel_select(kernel_names[_i / 12]))
        return; /* not on this processor */
    static double kept[MANY_ROWS * 40];
    for (size_t classes = 2; classes < 36; classes++) {
        const size_t gap = random_below(&state, 4);
        uint32_t labels[MANY_ROWS];
        double a[MANY_ROWS];
        double o[MANY_ROWS];
        uint32_t c[MANY_ROWS];
        for (size_t r = 0; r < MANY_ROWS; r++) {
            labels[r] = (uint32_t)random_below(&state, classes);
            if (random_below(&state, 10) == 0)
                labels[r] = AUM_NO_CLASS;
            const size_t first = r * (classes + gap);
            for (size_t i = 0; i < classes; i++)
                values[i] = random_element(&state, type, first + i);
            if (random_below(&state, 8) == 0) {
                const size_t at = random_below(&state, classes);
                put_nan(type, first + at, at);
            }
            memcpy(kept + r * classes, values, classes * sizeof *values);
        }
        const struct aum_logits logits = {.data = storage.bytes,
                                          .type = type,
                                          .rows = MANY_ROWS,
                                          .classes = classes,
                                          .row_stride = (classes + gap) *
                                                        aum_type_size(type)};
        aum_measure(&logits, labels, (struct aum_measurements){a, o, c});
        for (size_t r = 0; r < MANY_ROWS; r++) {
            memcpy(values, kept + r * classes, classes * sizeof *values);
            if (labels[r] == AUM_NO_CLASS)
                ck_assert(isnan(a[r]) && isnan(o[r]) && c[r] == AUM_NO_CLASS);
            else
                check_row(type, classes, labels[r], a[r], o[r], c[r], seed);
        }
    }
}
END_TEST

START_TEST(pieces_may_come_in_any_order)
{
    const float z[] = {1, 9, 4, 9};
    const uint32_t y = 2;
    double a;
    double o;
    uint32_t c;
    const struct aum_measurements out = {&a, &o, &c};
    aum_measure_clear(out, 1);
    for (size_t i = 4; i-- > 0;) {
        const struct aum_logits piece = {
            .data = z + i, .type = AUM_F32, .rows = 1, .classes = 1};
        aum_measure_piece(&piece, i, &y, out);
    }
    aum_measure_finish(out, 1);
    ck_assert_double_eq(a, 4);
    ck_assert_double_eq(o, 9);
    ck_assert_uint_eq(c, 1);
}
END_TEST

START_TEST(rows_may_have_gaps)
{
    const int16_t z[] = {1, 2, -7, 5, 3, -7};
    const uint32_t labels[] = {0, 0};
    double a[2];
    double o[2];
    uint32_t c[2];
    const struct aum_logits logits = {
        .data = z, .type = AUM_I16, .rows = 2, .classes = 2, .row_stride = 6};
    aum_measure(&logits, labels, (struct aum_measurements){a, o, c});
    ck_assert_double_eq(a[0] - o[0], -1);
    ck_assert_double_eq(a[1] - o[1], 2);
}
END_TEST

START_TEST(types_have_sizes)
{
    ck_assert_uint_eq(aum_type_size(AUM_F16), 2);
    ck_assert_uint_eq(aum_type_size(AUM_U64), 8);
    ck_assert_uint_eq(aum_type_size((enum aum_type)12), 0);
    ck_assert_uint_gt(strlen(aum_kernel_name()), 0);
    ck_assert(aum_kernel_select("portable"));
    ck_assert_str_eq(aum_kernel_name(), "portable");
    ck_assert(!aum_kernel_select("abacus"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("margin");
    TCase *tests = suite_case(suite, "margin");
    tcase_add_test(tests, margin_is_assigned_logit_minus_largest_other);
    tcase_add_test(tests, lowest_class_wins_a_tie);
    tcase_add_test(tests, one_logit_is_class_1_against_class_0);
    tcase_add_loop_test(tests, nan_anywhere_makes_the_margin_nan, 0, KERNELS);
    tcase_add_test(tests, left_out_rows_are_nan);
    tcase_add_loop_test(tests, every_half_has_its_value, 0, KERNELS);
    tcase_add_loop_test(tests, binary16_where_subnormals_are_flushed, 0,
                        KERNELS);
    tcase_add_loop_test(tests, random_rows_whole_and_in_pieces, 0,
                        12 * KERNELS);
    tcase_add_loop_test(tests, many_random_rows_of_few_classes, 0,
                        12 * KERNELS);
    tcase_add_test(tests, pieces_may_come_in_any_order);
    tcase_add_test(tests, rows_may_have_gaps);
    tcase_add_test(tests, types_have_sizes);
    return suite_run(suite);
}
