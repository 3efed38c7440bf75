/*
 * test_run_memory.c - how much memory a run may need
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/run.h"
#include "common/sanitized.h"
#include "dump/discover.h"
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

/* ---- limits while files are looked at ---- */

#define LIMITS_MAX 20

struct limits {
    uint64_t bytes[LIMITS_MAX];
    size_t count;
};

static void note_limit(void *context, uint64_t bytes)
{
    struct limits *limits = context;
    ck_assert_uint_lt(limits->count, LIMITS_MAX);
    limits->bytes[limits->count++] = bytes;
}

/* A dump, and so many bytes after it that nobody reads. */
static void copy_dump(const char *path, off_t bytes)
{
    static unsigned char dump[1 << 16];
    char from[1000];
    const char *top = getenv("srcdir");
    snprintf(from, sizeof from, "%s/fixtures/layouts/type_be_f4.h5",
             top != NULL ? top : ".");
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(path, "wb");
    ck_assert(in != NULL && out != NULL);
    const size_t length = fread(dump, 1, sizeof dump, in);
    ck_assert_uint_eq(fwrite(dump, 1, length, out), length);
    fclose(in);
    fclose(out);
    if (bytes > 0)
        ck_assert_int_eq(truncate(path, bytes), 0);
}

/* A file of some megabytes may make the library take more than 128 MiB; the
 * file after it, and whatever is opened later, may not. */
START_TEST(limits_of_large_files_end_with_them)
{
    static char large[] = "tests/work/limit_large.h5";
    static char small[] = "tests/work/limit_small.h5";
    static struct supervised shared;
    char *paths[] = {large, large, small, large};
    bool from_folder[4] = {false};
    struct limits limits = {.count = 0};
    struct error error;
    const struct supervisor supervisor = {
        .voice = {.context = &limits, .limit = note_limit}, .shared = &shared};
    struct options options = {
        .scan = {.threads = 1, .keep_going = true, .epochs = DUMP_ALL_EPOCHS}};
    struct messages messages = {.level = LOG_QUIET};
    struct run run = {
        .options = &options,
        .supervisor = &supervisor,
        .messages = &messages,
        .inputs = {.paths = paths, .from_folder = from_folder, .count = 4}};
    copy_dump(large, 4 << 20);
    copy_dump(small, 0);
    ck_assert(dump_start(&error));
    ck_assert(run_discover(&run));
#ifndef SANITIZED
    /* At first, for the large files, the small one, the large one, and at last.
     */
    ck_assert_uint_eq(limits.count, 5);
    for (size_t i = 0; i + 1 < limits.count; i += 2)
        ck_assert_uint_gt(limits.bytes[i + 1], limits.bytes[i] + (512u << 20));
    for (size_t i = 1; i + 1 < limits.count; i += 2)
        ck_assert_uint_gt(limits.bytes[i], limits.bytes[i + 1] + (512u << 20));
#endif
    run.inputs = (struct inputs){.paths = NULL}; /* these are not its own */
    run_free(&run);
    unlink(large);
    unlink(small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_memory");
    TCase *tests = suite_case(suite, "run_memory");
    tcase_add_test(tests, claims_do_not_wrap_around);
    tcase_add_test(tests, limits_of_large_files_end_with_them);
    return suite_run(suite);
}
