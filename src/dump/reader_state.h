/*
 * reader_state.h - what a reader knows; for reader.c and rows.c alone
 */
#ifndef DUMP_READER_STATE_H
#define DUMP_READER_STATE_H

#include <pthread.h>

#include "dump/reader.h"

struct dump_reader {
    const struct dump_index *index;
    const unsigned char *skip;
    pthread_mutex_t cursor_lock;
    struct dump_block cursor;
    size_t rows_max;
    struct container *container;
    struct chunk_cache *cache;
};

#endif
