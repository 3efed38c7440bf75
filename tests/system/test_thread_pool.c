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

/* ---- pools of several sizes ---- */

#define HASHES 3000

struct hash {
    size_t number;
    uint64_t result;
};

static struct {
    size_t given;
    size_t committed;
    size_t stop_at;
} hashes;

static uint64_t hash_of(size_t number)
{
    uint64_t state = number;
    uint64_t x = 0;
    for (size_t i = 0; i < number % 97 * 20; i++) /* some take longer */
        x ^= random_next(&state);
    return x + number;
}

static bool next_hash(void *lane)
{
    if (hashes.given == HASHES)
        return false;
    ((struct hash *)lane)->number = hashes.given++;
    return true;
}

static void compute_hash(void *thread_state, void *lane)
{
    struct hash *hash = lane;
    ++*(size_t *)thread_state;
    hash->result = hash_of(hash->number);
}

static bool commit_hash(void *lane)
{
    const struct hash *hash = lane;
    ck_assert_uint_eq(hash->number, hashes.committed);
    ck_assert_uint_eq(hash->result, hash_of(hash->number));
    return ++hashes.committed != hashes.stop_at;
}

static const struct {
    size_t threads;
    size_t lanes;
    size_t stop_at; /* 0: never */
} pools[] = {{1, 1, 0}, {1, 3, 100}, {2, 2, 0},   {2, 4, 0},
             {4, 8, 0}, {8, 8, 0},   {3, 6, 777}, {8, 16, 1}};

START_TEST(results_are_committed_in_order)
{
    static const struct thread_pool_task task = {next_hash, compute_hash,
                                                 commit_hash};
    struct hash lanes[16];
    size_t done[8] = {0};
    void *lane_pointers[16];
    void *states[8];
    for (size_t i = 0; i < 16; i++)
        lane_pointers[i] = &lanes[i];
    for (size_t i = 0; i < 8; i++)
        states[i] = &done[i];
    const struct thread_pool workers = {states, pools[_i].threads,
                                        lane_pointers, pools[_i].lanes};
    hashes.given = hashes.committed = 0;
    hashes.stop_at = pools[_i].stop_at;
    size_t started;
    const bool good = thread_pool_run(&task, &workers, &started);
    ck_assert(good == (hashes.stop_at == 0));
    ck_assert_uint_eq(started, pools[_i].threads);
    ck_assert_uint_eq(hashes.committed, good ? HASHES : hashes.stop_at);
    size_t sum = 0;
    for (size_t i = 0; i < 8; i++)
        sum += done[i];
    ck_assert_uint_eq(sum, hashes.given);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thread_pool");
    TCase *tests = suite_case(suite, "thread_pool");
    tcase_add_test(tests, results_are_taken_in_order);
    tcase_add_test(tests, a_commit_stops_all);
    tcase_add_test(tests, signals_reach_the_caller_alone);
    TCase *sizes = suite_case(suite, "sizes");
    tcase_add_loop_test(sizes, results_are_committed_in_order, 0,
                        sizeof pools / sizeof *pools);
    return suite_run(suite);
}
