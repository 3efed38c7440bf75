/*
 * thread_pool.c - jobs done by threads, their results taken in order
 *
 * Lanes are a ring: job n is kept in lane n modulo their number. The calling
 * thread commits what is due; when nothing is, it works like the others.
 */
#include "system/thread_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "system/hidden.h"

/*
 * How often a thread looks before it sleeps: some tens of microseconds. Jobs
 * are about as long; sleeping and being woken costs more.
 */
#define SPINS 2000

struct pool {
    const struct thread_pool_task *task;
    const struct thread_pool *workers;
    atomic_bool *done;    /* of each lane: its job is finished, not committed */
    pthread_mutex_t lock; /* for writing what follows */
    pthread_cond_t changed;
    atomic_size_t given;     /* jobs given out */
    atomic_size_t committed; /* jobs whose lanes are free again */
    atomic_bool ended;       /* there are no more jobs, or all was stopped */
    size_t sleepers;
};

struct helper {
    struct pool *pool;
    void *thread_state;
    pthread_t thread;
};

static size_t lane_of(const struct pool *pool, size_t job)
{
    return job % pool->workers->lane_count;
}

/* ---- what threads wait for ---- */

static bool lane_is_free(struct pool *pool)
{
    return atomic_load(&pool->ended) ||
           atomic_load(&pool->given) - atomic_load(&pool->committed) <
               pool->workers->lane_count;
}

static bool next_is_done(struct pool *pool)
{
    return atomic_load(
        &pool->done[lane_of(pool, atomic_load(&pool->committed))]);
}

static void wait_until(struct pool *pool, bool (*condition)(struct pool *pool))
{
    for (int i = 0; i < SPINS; i++) {
        if (condition(pool))
            return;
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    pthread_mutex_lock(&pool->lock);
    pool->sleepers++;
    while (!condition(pool))
        pthread_cond_wait(&pool->changed, &pool->lock);
    pool->sleepers--;
    pthread_mutex_unlock(&pool->lock);
}

/* ---- jobs ---- */

/* A lane with the next job in it; SIZE_MAX if none is free or there are no
 * more jobs. */
static size_t take_job(struct pool *pool)
{
    size_t lane = SIZE_MAX;
    pthread_mutex_lock(&pool->lock);
    if (lane_is_free(pool) && !atomic_load(&pool->ended)) {
        const size_t job = atomic_load(&pool->given);
        if (pool->task->next(pool->workers->lanes[lane_of(pool, job)])) {
            lane = lane_of(pool, job);
            atomic_store(&pool->given, job + 1);
        } else {
            atomic_store(&pool->ended, true);
            pthread_cond_broadcast(&pool->changed);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return lane;
}

static void wake_sleepers(struct pool *pool)
{
    if (pool->sleepers > 0)
        pthread_cond_broadcast(&pool->changed);
}

static void do_job(struct pool *pool, void *thread_state, size_t lane)
{
    pool->task->work(thread_state, pool->workers->lanes[lane]);
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->done[lane], true);
    wake_sleepers(pool);
    pthread_mutex_unlock(&pool->lock);
}

static void *run_helper(void *context)
{
    struct helper *helper = context;
    struct pool *pool = helper->pool;
    while (!atomic_load(&pool->ended)) {
        const size_t lane = take_job(pool);
        if (lane != SIZE_MAX)
            do_job(pool, helper->thread_state, lane);
        else
            wait_until(pool, lane_is_free);
    }
    return NULL;
}

/* Commits the job that is due. */
static bool commit_next(struct pool *pool)
{
    const size_t job = atomic_load(&pool->committed);
    const size_t lane = lane_of(pool, job);
    const bool go_on = pool->task->commit(pool->workers->lanes[lane]);
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->done[lane], false);
    atomic_store(&pool->committed, job + 1);
    if (!go_on)
        atomic_store(&pool->ended, true);
    wake_sleepers(pool);
    pthread_mutex_unlock(&pool->lock);
    return go_on;
}

static bool run_caller(struct pool *pool)
{
    for (;;) {
        if (next_is_done(pool)) {
            if (!commit_next(pool))
                return false;
            continue;
        }
        const size_t lane = take_job(pool);
        if (lane != SIZE_MAX)
            do_job(pool, pool->workers->thread_states[0], lane);
        else if (atomic_load(&pool->given) == atomic_load(&pool->committed))
            return true;
        else
            wait_until(pool, next_is_done);
    }
}

/* Signals are the caller's: it blocks them while it names or removes a file. */
static void start_helpers(struct pool *pool, struct helper *helpers,
                          size_t *started)
{
    const struct thread_pool *workers = pool->workers;
    sigset_t before;
    hidden_block_signals(&before);
    for (*started = 1; *started < workers->threads; ++*started) {
        struct helper *helper = &helpers[*started];
        helper->pool = pool;
        helper->thread_state = workers->thread_states[*started];
        if (pthread_create(&helper->thread, NULL, run_helper, helper) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool thread_pool_run(const struct thread_pool_task *task,
                     const struct thread_pool *workers, size_t *started)
{
    struct pool pool = {.task = task, .workers = workers};
    struct helper *helpers = calloc(workers->threads, sizeof *helpers);
    pool.done = calloc(workers->lane_count, sizeof *pool.done);
    *started = 0;
    if (helpers == NULL || pool.done == NULL) {
        free(helpers);
        free(pool.done);
        return false;
    }
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.changed, NULL);
    start_helpers(&pool, helpers, started);
    const bool good = run_caller(&pool);
    for (size_t i = 1; i < *started; i++)
        pthread_join(helpers[i].thread, NULL);
    pthread_cond_destroy(&pool.changed);
    pthread_mutex_destroy(&pool.lock);
    free(pool.done);
    free(helpers);
    return good;
}

size_t thread_pool_size(unsigned wanted)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (wanted > 0)
        return wanted;
    return cores > 0 ? (size_t)cores : 1;
}

size_t thread_pool_lanes(size_t threads)
{
    return threads == 1 ? 1 : 2 * threads;
}
