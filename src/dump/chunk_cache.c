/*
 * chunk_cache.c - decoded chunks that span several epochs
 */
#include "dump/chunk_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/saturate.h"

/* What all chunks that one epoch meets may take: so much, and some bytes for
 * each row, as there are more of a sample anyway. */
#define BYTES ((uint64_t)14 << 20)
#define ROW_BYTES 24u

/* A chunk has one slot; another one that needs it takes it. */
#define SLOTS 4096u

struct slot {
    size_t array;
    uint64_t at[DUMP_RANK_MAX];
    size_t bytes;
    bool written;
    unsigned char *elements; /* NULL: the slot is empty */
};

struct chunk_cache {
    pthread_mutex_t lock;
    uint64_t used;
    size_t next; /* slot to be emptied if there is too much */
    struct slot slots[SLOTS];
};

struct chunk_cache *chunk_cache_create(void)
{
    struct chunk_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL && pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        cache = NULL;
    }
    return cache;
}

void chunk_cache_destroy(struct chunk_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(cache->slots[i].elements);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static uint64_t bound(const struct dump_layout *layout)
{
    return saturated_sum(BYTES, saturated_product(ROW_BYTES, layout->rows));
}

/* Of an axis, rounded up to whole chunks. */
static uint64_t stored_length(const struct dump_layout *layout, int axis)
{
    const uint64_t chunk = layout->chunk[axis];
    return saturated_product((layout->dims[axis] + chunk - 1) / chunk, chunk);
}

/* Those of a box of rows: as many samples as one chunk has, with all that
 * belongs to them. */
static bool takes_boxes(const struct dump_layout *layout)
{
    const struct dump_count_axis *rows = layout->counts + layout->slice_axes;
    const int first = rows[0].axis;
    uint64_t bytes = layout->size;
    uint64_t chunks = 1;
    for (int i = 0; i < layout->rank; i++) {
        bool whole = i != first;
        for (unsigned k = 0; k < layout->slice_axes; k++)
            whole &= layout->counts[k].axis != i;
        const uint64_t length =
            whole ? stored_length(layout, i) : layout->chunk[i];
        bytes = saturated_product(bytes, length);
        chunks = saturated_product(chunks, length / layout->chunk[i]);
    }
    return bytes <= bound(layout) && chunks <= SLOTS / 4;
}

bool chunk_cache_takes(const struct dump_layout *layout)
{
    const int epochs = layout->epoch_axis;
    if (layout->boxed && !layout->crossed)
        return takes_boxes(layout);
    if (epochs == DUMP_NO_AXIS || layout->chunk[epochs] < 2 ||
        saturated_product(layout->epochs, layout->measurements) < 2)
        return false;
    uint64_t bytes = saturated_product(layout->size, layout->chunk[epochs]);
    uint64_t chunks = 1;
    for (int i = 0; i < layout->rank; i++) {
        if (i == epochs)
            continue;
        bytes = saturated_product(bytes, stored_length(layout, i));
        chunks = saturated_product(chunks,
                                   stored_length(layout, i) / layout->chunk[i]);
    }
    return bytes <= bound(layout) && chunks <= SLOTS / 4;
}

static struct slot *slot_of(struct chunk_cache *cache, size_t array,
                            const struct dump_layout *layout,
                            const uint64_t *at)
{
    uint64_t hash = hash_spread(array);
    for (int i = 0; i < layout->rank; i++)
        hash = hash_spread(hash ^ at[i]);
    return &cache->slots[hash % SLOTS];
}

static bool is_chunk(const struct slot *slot, size_t array,
                     const struct dump_layout *layout, const uint64_t *at)
{
    return slot->elements != NULL && slot->array == array &&
           memcmp(slot->at, at, (size_t)layout->rank * sizeof *at) == 0;
}

static void empty(struct chunk_cache *cache, struct slot *slot)
{
    if (slot->elements != NULL)
        cache->used -= slot->bytes;
    free(slot->elements);
    slot->elements = NULL;
}

bool chunk_cache_get(struct chunk_cache *cache, size_t array,
                     const struct dump_layout *layout, const uint64_t *at,
                     void *out, size_t bytes, bool *written)
{
    pthread_mutex_lock(&cache->lock);
    const struct slot *slot = slot_of(cache, array, layout, at);
    const bool found =
        is_chunk(slot, array, layout, at) && slot->bytes == bytes;
    if (found) {
        memcpy(out, slot->elements, bytes);
        *written = slot->written;
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

void chunk_cache_put(struct chunk_cache *cache, size_t array,
                     const struct dump_layout *layout, const uint64_t *at,
                     const void *elements, size_t bytes, bool written)
{
    unsigned char *copy = malloc(bytes);
    if (copy == NULL)
        return;
    memcpy(copy, elements, bytes);
    pthread_mutex_lock(&cache->lock);
    struct slot *slot = slot_of(cache, array, layout, at);
    empty(cache, slot);
    while (cache->used > 0 && cache->used + bytes > bound(layout)) {
        empty(cache, &cache->slots[cache->next]);
        cache->next = (cache->next + 1) % SLOTS;
    }
    *slot = (struct slot){
        .array = array, .bytes = bytes, .written = written, .elements = copy};
    memcpy(slot->at, at, (size_t)layout->rank * sizeof *at);
    cache->used += bytes;
    pthread_mutex_unlock(&cache->lock);
}
