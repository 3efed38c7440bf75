/*
 * test_run_memory.c - how much memory a run may need
 */
#include <stdint.h>

#include "cli/options.h"
#include "cli/run.h"
#include "suite.h"

/* What is allowed for two dumps of which each claims this, or for one, the
 * other being known from a state alone. */
static size_t memory_for(uint64_t rows, uint64_t bytes, bool absent)
{
    struct options options = {.scan = {.threads = 1}};
    struct epoch_record parts[] = {{.rows = 10}, {.rows = rows, .file = 1}};
    struct dump_file files[] = {{.bytes = 1000}, {.bytes = bytes}};
    struct run run = {.options = &options};
    unsigned char marks[] = {SCAN_TO_READ, absent ? SCAN_ABSENT : SCAN_TO_READ};
    struct record_match matches[2] = {{.known = false}};
    if (absent)
        run.states = (struct states){
            .marks = marks, .matches = matches, .given_files = 1};
    run.index.records = parts;
    run.index.record_count = 2;
    run.index.files = files;
    run.index.file_count = 2;
    return run_memory(&run);
}

START_TEST(claims_do_not_wrap_around)
{
    const size_t little = memory_for(0, 0, false);
    ck_assert_uint_gt(little, 0);
    ck_assert_uint_eq(memory_for(100000, 100000, false) - little, 51200000);
    /* More rows than the bytes could have. */
    ck_assert_uint_eq(memory_for(UINT64_MAX, 24, false) - little,
                      (1024 * 1032 - 10) * 512);
    /* 2^64 / 1032, rounded up, and 2^55, which is 2^64 / 512. */
    ck_assert_uint_eq(memory_for(UINT64_MAX, 17874752978400729, false),
                      SIZE_MAX);
    ck_assert_uint_eq(memory_for((uint64_t)1 << 55, (uint64_t)1 << 50, false),
                      SIZE_MAX);
    ck_assert_uint_eq(memory_for(UINT64_MAX, UINT64_MAX, false), SIZE_MAX);
    ck_assert_uint_eq(memory_for(UINT64_MAX, UINT64_MAX, true), little);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_memory");
    TCase *tests = suite_case(suite, "run_memory");
    tcase_add_test(tests, claims_do_not_wrap_around);
    return suite_run(suite);
}
