/*
 * thread_pool.h - jobs done by threads, their results taken in order
 */
#ifndef SYSTEM_THREAD_POOL_H
#define SYSTEM_THREAD_POOL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Jobs are numbered in the order in which `next` gives them out. A lane is
 * where a job's result is kept until it is its turn; a thread's own state is
 * what it needs while it works.
 *
 *   next    puts the next job into a lane; false: there are no more. One thread
 *           at a time.
 *   work    does the job. Many threads at a time.
 *   commit  takes the result, in the order of the jobs. Always called by the
 *           thread that called thread_pool_run(), so that what results are
 *           added to stays in one processor's cache. False stops all: no later
 *           job is committed.
 */
struct thread_pool_task {
    bool (*next)(void *lane);
    void (*work)(void *thread_state, void *lane);
    bool (*commit)(void *lane);
};

struct thread_pool {
    void *const *thread_states; /* as many as threads */
    size_t threads;
    void *const *lanes; /* at least as many; twice as many keep all busy */
    size_t lane_count;
};

/*
 * Runs the task to its end in so many threads, the calling one among them, or
 * in fewer if the system has no more; *started tells. False if a commit
 * stopped it, or there was no memory to begin. Signals that remove hidden files
 * (system/hidden.h) reach the calling thread only.
 */
bool thread_pool_run(const struct thread_pool_task *task,
                     const struct thread_pool *workers, size_t *started);

/* The threads to use if the user has asked for `wanted`; 0: one a core. */
size_t thread_pool_size(unsigned wanted);

/* Lanes that keep so many threads busy. */
size_t thread_pool_lanes(size_t threads);

#endif
