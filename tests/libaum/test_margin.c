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
#include "libaum/margins.h"
#include "suite.h"

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
    tcase_add_test(tests, pieces_may_come_in_any_order);
    tcase_add_test(tests, rows_may_have_gaps);
    tcase_add_test(tests, types_have_sizes);
    return suite_run(suite);
}
