/*
 * workers.h - jobs done by threads, their results taken in order
 */
#ifndef TOOL_WORKERS_H
#define TOOL_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Each thread has a lane of its own, whatever that is: it takes a job with
 * `next`, does it with `work`, and hands the result over with `commit`.
 *
 *   next    takes the next job; jobs are numbered from 0 without gaps, *number
 *           tells which it is. False: there are no more. One thread at a time.
 *   work    many threads at a time.
 *   commit  one thread at a time, in the order of the numbers. False stops all:
 *           no later job is committed.
 */
struct workers_task {
    bool (*next)(void *lane, size_t *number);
    void (*work)(void *lane);
    bool (*commit)(void *lane);
};

/*
 * Runs the task to its end in `count` threads, the calling one among them, or
 * in fewer if the system has no more; *started tells. False if a commit
 * stopped it.
 */
bool workers_run(const struct workers_task *task, void *const *lanes,
                 size_t count, size_t *started);

/* The threads to use if the user has asked for `wanted`; 0: one a core. */
size_t workers_count(unsigned wanted);

#endif
