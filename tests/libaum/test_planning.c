/*
 * test_planning.c - threshold sets that are drawn
 *
 * Random words are those that numpy.random.Philox(key=...).random_raw() gave.
 */
#include <stdint.h>

#include "aum.h"
#include "libaum/philox.h"
#include "suite.h"

START_TEST(words_are_those_of_numpy)
{
    static const struct {
        uint64_t key;
        uint64_t words[9];
    } known[] = {
        {0,
         {0x2f4ba6408e4d89b, 0x3dd62b0b9ca8c5b2, 0x1c8667a55d902e79,
          0x907d7a052fd5b4dc, 0x809bf322883987c3, 0x471128b9e807f7dd,
          0xf250ba0dbec065b7, 0xfc6ed66767a457bc, 0x40fa86f0f781945d}},
        {7,
         {0xdf4034b829e9fba4, 0x4b9d10cdf8e64087, 0x6b8b857e506aac98,
          0x67c7c945b1ba6e52, 0x15352da77ecee8e6, 0xb256888327f72bcc,
          0x4bde1757d950a392, 0x9edd26e855c94201, 0x39c8fde5b2701dc}},
        {UINT64_MAX,
         {0x3c2521c58dde5bfb, 0xb7a1ad5dae1306d7, 0x6942eae9fd2feb84,
          0xb7552e878d1c26fe, 0x59a439c096c17b4e, 0xc34ccc2492b8fcfe,
          0x8537fbaa1803e440, 0x4e61296eee79ea30, 0xe44bf11f5921414}},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct philox philox;
        philox_start(&philox, known[k].key);
        for (int i = 0; i < 9; i++)
            ck_assert(philox_next(&philox) == known[k].words[i]);
    }
}
END_TEST

START_TEST(sets_are_disjoint)
{
    enum { SAMPLES = 1000, SETS = 7, SIZE = 130 };
    uint64_t rows[SETS * SIZE];
    uint64_t again[SETS * SIZE];
    bool drawn[SAMPLES] = {false};
    ck_assert_int_eq(aum_draw_threshold_sets(SAMPLES, SETS, SIZE, 3, rows),
                     AUM_OK);
    ck_assert_int_eq(aum_draw_threshold_sets(SAMPLES, SETS, SIZE, 3, again),
                     AUM_OK);
    ck_assert_mem_eq(rows, again, sizeof rows);
    for (size_t i = 0; i < SETS * SIZE; i++) {
        ck_assert(rows[i] < SAMPLES && !drawn[rows[i]]);
        ck_assert(i % SIZE == 0 || rows[i - 1] < rows[i]);
        drawn[rows[i]] = true;
    }
}
END_TEST

START_TEST(all_samples_may_be_drawn_but_no_more)
{
    uint64_t rows[12];
    ck_assert_int_eq(aum_draw_threshold_sets(12, 1, 12, 1, rows), AUM_OK);
    for (uint64_t i = 0; i < 12; i++)
        ck_assert(rows[i] == i);
    ck_assert_int_eq(aum_draw_threshold_sets(12, 3, 4, 1, rows), AUM_OK);
    ck_assert_int_eq(aum_draw_threshold_sets(11, 3, 4, 1, rows),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_draw_threshold_sets(3, SIZE_MAX, 2, 1, rows),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_draw_threshold_sets(0, 5, 0, 1, rows), AUM_OK);
    ck_assert_uint_eq(aum_threshold_set_size(50000, 100), 495);
    ck_assert_uint_eq(aum_threshold_set_size(10, 10), 0);
    ck_assert_uint_eq(aum_threshold_set_size(5, SIZE_MAX), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("planning");
    TCase *tests = suite_case(suite, "planning");
    tcase_add_test(tests, words_are_those_of_numpy);
    tcase_add_test(tests, sets_are_disjoint);
    tcase_add_test(tests, all_samples_may_be_drawn_but_no_more);
    return suite_run(suite);
}
