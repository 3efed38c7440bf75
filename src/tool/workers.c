/*
 * workers.c - jobs done by threads, their results taken in order
 */
#include "workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
    const struct workers_task *task;
    pthread_mutex_t next_lock;
    pthread_mutex_t commit_lock; /* for what follows */
    pthread_cond_t turn_changed;
    size_t turn; /* number of the job to be committed next */
    bool stopped;
};

struct member {
    struct pool *pool;
    void *lane;
    pthread_t thread;
};

static bool take_next(struct member *member, size_t *number)
{
    struct pool *pool = member->pool;
    pthread_mutex_lock(&pool->next_lock);
    bool more = pool->task->next(member->lane, number);
    pthread_mutex_unlock(&pool->next_lock);
    return more;
}

static bool commit_in_turn(struct member *member, size_t number)
{
    struct pool *pool = member->pool;
    pthread_mutex_lock(&pool->commit_lock);
    while (pool->turn != number && !pool->stopped)
        pthread_cond_wait(&pool->turn_changed, &pool->commit_lock);
    if (!pool->stopped)
        pool->stopped = !pool->task->commit(member->lane);
    pool->turn = number + 1;
    const bool go_on = !pool->stopped;
    pthread_cond_broadcast(&pool->turn_changed);
    pthread_mutex_unlock(&pool->commit_lock);
    return go_on;
}

static void *run_member(void *context)
{
    struct member *member = context;
    size_t number;
    do {
        if (!take_next(member, &number))
            break;
        member->pool->task->work(member->lane);
    } while (commit_in_turn(member, number));
    return NULL;
}

bool workers_run(const struct workers_task *task, void *const *lanes,
                 size_t count, size_t *started)
{
    struct pool pool = {.task = task};
    struct member *members = calloc(count, sizeof *members);
    struct member alone = {.pool = &pool, .lane = lanes[0]};
    pthread_mutex_init(&pool.next_lock, NULL);
    pthread_mutex_init(&pool.commit_lock, NULL);
    pthread_cond_init(&pool.turn_changed, NULL);
    *started = 1;
    while (members != NULL && *started < count) {
        struct member *member = &members[*started];
        *member = (struct member){.pool = &pool, .lane = lanes[*started]};
        if (pthread_create(&member->thread, NULL, run_member, member) != 0)
            break;
        ++*started;
    }
    run_member(&alone);
    for (size_t i = 1; i < *started; i++)
        pthread_join(members[i].thread, NULL);
    pthread_cond_destroy(&pool.turn_changed);
    pthread_mutex_destroy(&pool.commit_lock);
    pthread_mutex_destroy(&pool.next_lock);
    free(members);
    return !pool.stopped;
}

size_t workers_count(unsigned wanted)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (wanted > 0)
        return wanted;
    return cores > 0 ? (size_t)cores : 1;
}
