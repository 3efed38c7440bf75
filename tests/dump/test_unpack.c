/*
 * test_unpack.c - elements that stand for other numbers; no HDF5
 *
 * Expected values by hand, or from the definitions of the formats.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dump/elements.h"
#include "dump/unpack.h"
#include "suite.h"

/* ---- floats of 8 bits ---- */

/* By the definition: a sign, so many bits of exponent, the rest mantissa. */
static double value_of(unsigned byte, int mantissa_bits, int bias)
{
    const int exponent = (int)(byte & 0x7f) >> mantissa_bits;
    const int mantissa = (int)byte & ((1 << mantissa_bits) - 1);
    const double value = exponent == 0
                             ? ldexp(mantissa, 1 - bias - mantissa_bits)
                             : ldexp(mantissa + (1 << mantissa_bits),
                                     exponent - bias - mantissa_bits);
    return byte & 0x80 ? -value : value;
}

START_TEST(every_byte_has_its_value)
{
    for (unsigned i = 0; i < 256; i++) {
        const unsigned char byte = (unsigned char)i;
        const double e4m3 = dump_element(&byte, DUMP_F8E4M3);
        const double e5m2 = dump_element(&byte, DUMP_F8E5M2);
        if ((i & 0x7f) == 0x7f)
            ck_assert(isnan(e4m3));
        else
            ck_assert_double_eq(e4m3, value_of(i, 3, 7));
        if ((i & 0x7f) > 0x7c)
            ck_assert(isnan(e5m2));
        else if ((i & 0x7f) == 0x7c)
            ck_assert(isinf(e5m2) && (e5m2 < 0) == (i > 0x7f));
        else
            ck_assert_double_eq(e5m2, value_of(i, 2, 15));
    }
    const unsigned char largest = 0x7e;
    ck_assert_double_eq(dump_element(&largest, DUMP_F8E4M3), 448);
}
END_TEST

START_TEST(bytes_become_halves)
{
    const struct dump_layout layout = {.type = DUMP_F8E4M3, .size = 1};
    unsigned char bytes[256];
    uint16_t halves[256];
    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    ck_assert(dump_is_packed(&layout));
    ck_assert_int_eq(dump_logit_type(&layout), DUMP_F16);
    ck_assert_uint_eq(dump_logit_size(&layout), 2);
    dump_unpack(&layout, bytes, 256, halves);
    for (unsigned i = 0; i < 256; i++) {
        const double half = dump_element(&halves[i], DUMP_F16);
        const double byte = dump_element(&bytes[i], DUMP_F8E4M3);
        ck_assert(isnan(byte) ? isnan(half) : !(half < byte) && !(half > byte));
    }
}
END_TEST

/* ---- packed numbers ---- */

START_TEST(packed_numbers_are_scaled)
{
    struct dump_layout layout = {.type = DUMP_I16,
                                 .size = 2,
                                 .packed = true,
                                 .scale = 0.001,
                                 .offset = 1.5,
                                 .missing_count = 1};
    const int16_t stored[] = {-32768, -1, 0, 7, -999};
    double numbers[5];
    memcpy(layout.missing[0], &stored[4], sizeof *stored);
    ck_assert_int_eq(dump_logit_type(&layout), DUMP_F64);
    dump_unpack(&layout, stored, 5, numbers);
    for (int i = 0; i < 4; i++) {
        volatile double scaled = stored[i] * 0.001; /* rounded */
        ck_assert_double_eq(numbers[i], scaled + 1.5);
    }
    ck_assert(isnan(numbers[4]));
}
END_TEST

START_TEST(plain_numbers_are_not_unpacked)
{
    const struct dump_layout layout = {.type = DUMP_F32, .size = 4};
    ck_assert(!dump_is_packed(&layout));
    ck_assert_int_eq(dump_logit_type(&layout), DUMP_F32);
    ck_assert_uint_eq(dump_logit_size(&layout), 4);
}
END_TEST

START_TEST(missing_floats_are_equal_numbers)
{
    struct dump_layout layout = {.type = DUMP_F32, .size = 4};
    const float values[] = {0, 1e20f, (float)NAN};
    const float elements[] = {-0.0f, 0, 1e20f, -(float)NAN, 1};
    const bool expected[] = {true, true, true, true, false};
    for (unsigned i = 0; i < 3; i++)
        memcpy(layout.missing[i], &values[i], sizeof *values);
    layout.missing_count = 3;
    for (unsigned i = 0; i < 5; i++)
        ck_assert_int_eq(dump_is_missing(&layout, &elements[i]), expected[i]);
}
END_TEST

/* ---- whole numbers ---- */

START_TEST(floats_become_whole_numbers)
{
    const double most = 9007199254740992.0; /* 2^53 */
    const double good[] = {0, -3, most, -most};
    int64_t numbers[4];
    size_t bad = 9;
    ck_assert(dump_convert_floats(good, DUMP_F64, 4, NULL, numbers, &bad));
    ck_assert(numbers[0] == 0 && numbers[1] == -3 &&
              numbers[2] == (int64_t)1 << 53 &&
              numbers[3] == -((int64_t)1 << 53));
    const double wrong[] = {0.5, most + 2, -most - 2, (double)NAN,
                            (double)INFINITY};
    for (int i = 0; i < 5; i++) {
        const double row[] = {1, wrong[i], wrong[i], 2};
        const unsigned char left_out[] = {0, 1, 1, 0};
        ck_assert(!dump_convert_floats(row, DUMP_F64, 4, NULL, numbers, &bad));
        ck_assert_uint_eq(bad, 1);
        ck_assert(
            dump_convert_floats(row, DUMP_F64, 4, left_out, numbers, &bad));
        ck_assert(numbers[0] == 1 && numbers[3] == 2);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unpack");
    TCase *tests = suite_case(suite, "unpack");
    tcase_add_test(tests, every_byte_has_its_value);
    tcase_add_test(tests, bytes_become_halves);
    tcase_add_test(tests, packed_numbers_are_scaled);
    tcase_add_test(tests, plain_numbers_are_not_unpacked);
    tcase_add_test(tests, missing_floats_are_equal_numbers);
    tcase_add_test(tests, floats_become_whole_numbers);
    return suite_run(suite);
}
