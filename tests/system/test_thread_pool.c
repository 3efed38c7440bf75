/*
 * test_thread_pool.c - jobs done by threads
 */
#include "system/thread_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "suite.h"
#include "system/hidden.h"

#define JOBS 2000
#define THREADS 4
#define LANES 8

struct lane {
    int job;
    int square;
};

static int given;
static int committed;
static int stop_at;
static pthread_t caller;
static atomic_int helpers_open_to_signals;

static bool next_job(void *lane)
{
    ((struct lane *)lane)->job = given;
    return given++ < JOBS;
}

static void note_signals(void)
{
    sigset_t blocked;
    if (pthread_equal(pthread_self(), caller))
        return;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    for (unsigned i = 0; i < hidden_signal_count; i++) {
        if (!sigismember(&blocked, hidden_signals[i]))
            helpers_open_to_signals++;
    }
}

static void work(void *thread_state, void *lane)
{
    struct lane *l = lane;
    (void)thread_state;
    l->square = l->job * l->job;
    note_signals();
}

static bool commit(void *lane)
{
    const struct lane *l = lane;
    ck_assert(pthread_equal(pthread_self(), caller));
    ck_assert_int_eq(l->job, committed);
    ck_assert_int_eq(l->square, committed * committed);
    return ++committed != stop_at;
}

static bool run(size_t *started)
{
    static struct lane lanes[LANES];
    void *lane_pointers[LANES];
    void *states[THREADS] = {NULL};
    const struct thread_pool_task task = {next_job, work, commit};
    for (size_t i = 0; i < LANES; i++)
        lane_pointers[i] = &lanes[i];
    const struct thread_pool pool = {states, THREADS, lane_pointers, LANES};
    given = 0;
    committed = 0;
    caller = pthread_self();
    return thread_pool_run(&task, &pool, started);
}

START_TEST(results_are_taken_in_order)
{
    size_t started;
    stop_at = 0;
    ck_assert(run(&started));
    ck_assert_uint_eq(started, THREADS);
    ck_assert_int_eq(committed, JOBS);
}
END_TEST

START_TEST(a_commit_stops_all)
{
    size_t started;
    stop_at = 700;
    ck_assert(!run(&started));
    ck_assert_int_eq(committed, 700);
}
END_TEST

/* The calling thread blocks them while it gives a file its name. */
START_TEST(signals_reach_the_caller_alone)
{
    size_t started;
    sigset_t blocked;
    stop_at = 0;
    ck_assert(run(&started));
    ck_assert_int_eq(helpers_open_to_signals, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    ck_assert_int_eq(sigismember(&blocked, SIGTERM), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thread_pool");
    TCase *tests = tcase_create("thread_pool");
    tcase_add_test(tests, results_are_taken_in_order);
    tcase_add_test(tests, a_commit_stops_all);
    tcase_add_test(tests, signals_reach_the_caller_alone);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
