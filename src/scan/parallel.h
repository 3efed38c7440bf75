/*
 * parallel.h - threads that read dumps, and lanes for what they have read
 *
 * Each thread reads through a dump_worker of its own into a lane that is free;
 * lanes are added up one at a time, in the order in which they were given out
 * (system/thread_pool.h).
 */
#ifndef SCAN_PARALLEL_H
#define SCAN_PARALLEL_H

#include "common/error.h"
#include "dump/reader.h"
#include "system/thread_pool.h"

struct parallel {
    struct thread_pool_task task; /* its worker is a struct dump_worker */
    size_t lane_size;             /* bytes; lanes are all zero at first */
    /* Makes a lane ready; `any` is the worker of one of the threads, for
     * whoever adds lanes up. False: not enough memory. */
    bool (*prepare)(void *lane, struct dump_worker *any, void *context);
    void (*clear)(void *lane); /* frees what a lane holds, prepared or not */
    void *context;
};

/* Runs up to `threads` threads until no lane is left to be read or adding has
 * failed. *started is how many could be started. False with an error, or if
 * adding has failed. */
bool parallel_run(const struct parallel *parallel, struct dump_reader *reader,
                  size_t threads, size_t *started, struct error *error);

#endif
