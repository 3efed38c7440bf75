/*
 * chunk_cache.h - decoded chunks that span several epochs, or several blocks
 *
 * A chunk of a dataset [epochs, rows, classes] may have rows of several epochs,
 * which are read one epoch after the other. Those chunks that one epoch meets
 * are kept for the next, if all of them fit into a bound in bytes: then each
 * chunk is decoded once. So are those of a box of rows (see boxes.h), of which
 * several blocks have parts. Any thread may call these functions.
 */
#ifndef DUMP_CHUNK_CACHE_H
#define DUMP_CHUNK_CACHE_H

#include "dump/index.h"

struct chunk_cache;

/* NULL without memory. */
struct chunk_cache *chunk_cache_create(void);
void chunk_cache_destroy(struct chunk_cache *cache);

/* Are chunks of such an array kept? */
bool chunk_cache_takes(const struct dump_layout *layout);

/* Copies a chunk of `bytes` bytes; *written is what was kept with it. False if
 * it is not there. */
bool chunk_cache_get(struct chunk_cache *cache, size_t array,
                     const struct dump_layout *layout, const uint64_t *at,
                     void *out, size_t bytes, bool *written);

/* Keeps a copy, if there is memory. */
void chunk_cache_put(struct chunk_cache *cache, size_t array,
                     const struct dump_layout *layout, const uint64_t *at,
                     const void *elements, size_t bytes, bool written);

#endif
