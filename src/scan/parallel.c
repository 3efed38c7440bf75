/*
 * parallel.c - threads that read dumps, and lanes for what they have read
 */
#include "scan/parallel.h"

#include <stdlib.h>

/* What a run takes. */
struct memory {
    void **workers;
    size_t worker_count;
    unsigned char *lanes;
    void **pointers;
    size_t lane_count;
};

static bool prepare(struct memory *memory, const struct parallel *parallel,
                    struct dump_reader *reader)
{
    if (memory->workers == NULL || memory->lanes == NULL ||
        memory->pointers == NULL)
        return false;
    for (size_t i = 0; i < memory->worker_count; i++) {
        memory->workers[i] = dump_worker_create(reader);
        if (memory->workers[i] == NULL)
            return false;
    }
    for (size_t i = 0; i < memory->lane_count; i++) {
        memory->pointers[i] = memory->lanes + i * parallel->lane_size;
        if (!parallel->prepare(memory->pointers[i], memory->workers[0],
                               parallel->context))
            return false;
    }
    return true;
}

static void release(struct memory *memory, const struct parallel *parallel)
{
    for (size_t i = 0; memory->workers != NULL && i < memory->worker_count; i++)
        dump_worker_destroy(memory->workers[i]);
    for (size_t i = 0; memory->lanes != NULL && i < memory->lane_count; i++)
        parallel->clear(memory->lanes + i * parallel->lane_size);
    free(memory->workers);
    free(memory->lanes);
    free(memory->pointers);
}

bool parallel_run(const struct parallel *parallel, struct dump_reader *reader,
                  size_t threads, size_t *started, struct error *error)
{
    const size_t lane_count = thread_pool_lanes(threads);
    struct memory memory = {
        .workers = calloc(threads, sizeof *memory.workers),
        .worker_count = threads,
        .lanes = calloc(lane_count, parallel->lane_size),
        .pointers = calloc(lane_count, sizeof *memory.pointers),
        .lane_count = lane_count,
    };
    bool good = false;
    *started = 0;
    if (prepare(&memory, parallel, reader)) {
        const struct thread_pool all = {memory.workers, threads,
                                        memory.pointers, lane_count};
        good = thread_pool_run(&parallel->task, &all, started);
    }
    if (*started == 0)
        error_no_memory(error);
    release(&memory, parallel);
    return good && *started > 0;
}
