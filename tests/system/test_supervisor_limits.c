/*
 * test_supervisor_limits.c - children that make no progress, that eat memory
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/sanitized.h"
#include "suite.h"

#define LOG "tests/work/supervisor_limits.log"
#include "system/child.h"

/* ---- waiting ---- */

static void wait_long(struct task *task)
{
    supervisor_set_reading(&task->supervisor, true);
    enter(task, task->path);
    usleep(1600 * 1000);
    leave(task);
}

START_TEST(waiting_is_told_of_and_goes_on)
{
    setenv("AUM_NOTE_SECONDS", "0.6", 1);
    check(wait_long, false, 0,
          "aum-scan: bad.h5: no progress for 1 s; is its file system slow? "
          "Still waiting\n");
    unsetenv("AUM_NOTE_SECONDS");
    check(wait_long, false, 0, "");
}
END_TEST

START_TEST(waiting_ends_if_that_is_wanted)
{
    setenv("AUM_STALL_SECONDS", "0.6", 1);
    check(wait_long, false, FAILED,
          "aum-scan: bad.h5: no progress for as long as AUM_STALL_SECONDS "
          "allows\n");
    check(wait_long, true, 3,
          "aum-scan: warning: skipped: bad.h5: no progress for as long as "
          "AUM_STALL_SECONDS allows\n");
    unsetenv("AUM_STALL_SECONDS");
}
END_TEST

/* A reader that takes its time, between two files that do not. */
static void wait_for_reader(struct task *task)
{
    supervisor_set_reading(&task->supervisor, true);
    enter(task, task->path);
    leave(task);
    supervisor_set_reading(&task->supervisor, false);
    usleep(1600 * 1000);
    supervisor_set_reading(&task->supervisor, true);
    usleep(400 * 1000);
}

START_TEST(readers_may_be_slow)
{
    setenv("AUM_STALL_SECONDS", "0.8", 1);
    setenv("AUM_NOTE_SECONDS", "0.8", 1);
    check(wait_for_reader, false, 0, "");
    unsetenv("AUM_NOTE_SECONDS");
    unsetenv("AUM_STALL_SECONDS");
}
END_TEST

/* ---- memory ---- */

/* volatile: compilers leave out memory that nobody uses. */
static void eat_memory(struct task *task)
{
    supervisor_allow_memory(&task->supervisor, (size_t)64 << 20);
    void *volatile little = malloc((size_t)32 << 20);
    void *volatile much = malloc((size_t)1 << 30);
    const bool good = little != NULL && much == NULL;
    free(little);
    free(much);
    task->status = good ? 2 : 1;
}

START_TEST(memory_has_a_limit)
{
#ifdef SANITIZED
    return;
#endif
    check(eat_memory, false, 2, "");
}
END_TEST

/* The deed fails, with a message that starts so and names the remedy. */
static void check_remedy(void (*deed)(struct task *task), const char *start,
                         char said[1000])
{
    struct task task = {.deed = deed, .path = "bad.h5"};
    ck_assert_int_eq(run(&task, said), FAILED);
    ck_assert_ptr_eq(strstr(said, start), said);
    ck_assert_ptr_ne(strstr(said, "AUM_MEMORY_MB"), NULL);
}

static void run_out_of_memory(struct task *task)
{
    supervisor_allow_memory(&task->supervisor, (size_t)64 << 20);
    struct error error;
    error_no_memory_for(&error, "x.h5");
    log_failure(&task->messages, &error);
    task->status = FAILED;
}

START_TEST(a_limit_of_our_own_is_named)
{
#ifdef SANITIZED
    return;
#endif
    char said[1000];
    check_remedy(run_out_of_memory,
                 "aum-scan: x.h5: out of memory: more than the ", said);
    ck_assert_ptr_ne(strstr(said, " MB that aum-scan allows itself"), NULL);
}
END_TEST

/* As the library does that does not look if it was given what it asked for. */
static void crash_without_memory(struct task *task)
{
    const size_t step = (size_t)1 << 20;
    supervisor_allow_memory(&task->supervisor, 64 * step);
    enter(task, task->path);
    for (char *volatile taken; (taken = malloc(step)) != NULL;)
        memset(taken, 1, step);
    raise(SIGSEGV);
}

START_TEST(crashes_without_memory_are_no_proof)
{
#ifdef SANITIZED
    return;
#endif
    char said[1000];
    check_remedy(crash_without_memory,
                 "aum-scan: bad.h5: the HDF5 library crashed reading it, "
                 "probably without memory",
                 said);
}
END_TEST

static void eat_much(struct task *task)
{
    supervisor_allow_memory(&task->supervisor, (size_t)64 << 20);
    void *volatile much = malloc((size_t)1 << 30);
    const bool good = much != NULL;
    free(much);
    task->status = good ? 2 : 1;
}

START_TEST(the_limit_may_be_another)
{
    setenv("AUM_MEMORY_MB", "0", 1);
    check(eat_much, false, 2, "");
    setenv("AUM_MEMORY_MB", "4000", 1);
    check(eat_much, false, 2, "");
    unsetenv("AUM_MEMORY_MB");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("supervisor_limits");
    TCase *tests = suite_case(suite, "supervisor_limits");
    setenv("AUM_CALL_SECONDS", "0.5", 1);
    tcase_add_test(tests, waiting_is_told_of_and_goes_on);
    tcase_add_test(tests, waiting_ends_if_that_is_wanted);
    tcase_add_test(tests, readers_may_be_slow);
    tcase_add_test(tests, memory_has_a_limit);
    tcase_add_test(tests, a_limit_of_our_own_is_named);
    tcase_add_test(tests, crashes_without_memory_are_no_proof);
    tcase_add_test(tests, the_limit_may_be_another);
    return suite_run(suite);
}
