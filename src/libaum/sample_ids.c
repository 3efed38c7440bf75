/*
 * sample_ids.c - sample id -> slot
 */
#include "libaum/sample_ids.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "libaum/huge_pages.h"

/* Slots are 32-bit in the table, and 0 means free. */
#define SLOTS_MAX ((size_t)UINT32_MAX - 1)

/* Below this, an array is cheap whatever the ids look like. */
#define DENSE_ALWAYS 4096u

void sample_ids_init(struct sample_ids *ids, size_t expected)
{
    memset(ids, 0, sizeof *ids);
    ids->expected = expected < SLOTS_MAX ? expected : SLOTS_MAX;
}

void sample_ids_expect(struct sample_ids *ids, size_t expected)
{
    expected = expected < SLOTS_MAX ? expected : SLOTS_MAX;
    ids->expected = expected > ids->expected ? expected : ids->expected;
}

void sample_ids_free(struct sample_ids *ids)
{
    free(ids->numbers);
    free(ids->offsets);
    free(ids->bytes);
    free(ids->table);
    memset(ids, 0, sizeof *ids);
}

static struct sample_key key_of_row(struct aum_ids batch, size_t row)
{
    struct sample_key key = {0, NULL};
    if (batch.kind == AUM_IDS_STRING)
        key.string = ((const char *const *)batch.values)[row];
    else
        key.number = ((const uint64_t *)batch.values)[row];
    return key;
}

/* Negative, or 2^63 and more; not for strings. */
static bool has_top_bit(struct sample_key key)
{
    return key.number > INT64_MAX;
}

/* Can a set that is not empty hold it together with those it has? */
static bool is_alike(const struct sample_ids *ids, enum aum_id_kind kind,
                     struct sample_key key)
{
    const bool others = kind == AUM_IDS_INT64 ? ids->huge : ids->negative;
    return (kind == AUM_IDS_STRING) == (ids->form == SAMPLE_IDS_STRINGS) &&
           !(has_top_bit(key) && others);
}

enum aum_status sample_ids_key(struct sample_ids *ids, struct aum_ids batch,
                               size_t row, struct sample_key *key)
{
    *key = key_of_row(batch, row);
    if (ids->form == SAMPLE_IDS_EMPTY)
        ids->form = batch.kind == AUM_IDS_STRING ? SAMPLE_IDS_STRINGS
                                                 : SAMPLE_IDS_DENSE;
    if (!is_alike(ids, batch.kind, *key))
        return AUM_MIXED_IDS;
    if (has_top_bit(*key)) {
        ids->negative |= batch.kind == AUM_IDS_INT64;
        ids->huge |= batch.kind == AUM_IDS_UINT64;
    }
    return AUM_OK;
}

bool sample_ids_outgrown(const struct sample_ids *ids, struct sample_key key,
                         size_t samples)
{
    if (ids->form != SAMPLE_IDS_DENSE || key.number < ids->slots)
        return false;
    const uint64_t likely = samples > ids->expected ? samples : ids->expected;
    return key.number >= DENSE_ALWAYS && key.number >= likely + likely / 4;
}

/* ---- hash table ---- */

static const char *string_at(const struct sample_ids *ids, size_t slot)
{
    return ids->bytes + ids->offsets[slot];
}

static uint64_t hash_key(const struct sample_ids *ids, struct sample_key key)
{
    return ids->form == SAMPLE_IDS_STRINGS ? hash_spread(hash_text(key.string))
                                           : hash_spread(key.number);
}

static bool slot_has(const struct sample_ids *ids, size_t slot,
                     struct sample_key key)
{
    return ids->form == SAMPLE_IDS_STRINGS
               ? strcmp(string_at(ids, slot), key.string) == 0
               : ids->numbers[slot] == key.number;
}

static struct sample_key key_of_slot(const struct sample_ids *ids, size_t slot)
{
    struct sample_key key = {0, NULL};
    if (ids->form == SAMPLE_IDS_STRINGS)
        key.string = string_at(ids, slot);
    else
        key.number = ids->numbers[slot];
    return key;
}

/* The table's place for a key: where it is, or the free one where it goes. */
static size_t probe_from(const struct sample_ids *ids, struct sample_key key,
                         size_t at)
{
    const size_t mask = ids->table_size - 1;
    while (ids->table[at] != 0 && !slot_has(ids, ids->table[at] - 1, key))
        at = (at + 1) & mask;
    return at;
}

static size_t probe(const struct sample_ids *ids, struct sample_key key)
{
    const size_t mask = ids->table_size - 1;
    return probe_from(ids, key, (size_t)hash_key(ids, key) & mask);
}

static enum aum_status rehash(struct sample_ids *ids, size_t size)
{
    uint32_t *table = calloc(size, sizeof *table);
    if (table == NULL)
        return AUM_NO_MEMORY;
    huge_pages_prefer(table, size * sizeof *table);
    free(ids->table);
    ids->table = table;
    ids->table_size = size;
    const size_t mask = size - 1;
    for (size_t slot = 0; slot < ids->slots; slot++) {
        size_t at = (size_t)hash_key(ids, key_of_slot(ids, slot)) & mask;
        while (table[at] != 0)
            at = (at + 1) & mask;
        table[at] = (uint32_t)(slot + 1);
    }
    return AUM_OK;
}

/* Room in the table for one more; filled to 7/8 at most. */
static enum aum_status reserve_table(struct sample_ids *ids)
{
    size_t size = ids->table_size == 0 ? 1024 : ids->table_size;
    while (ids->slots + 1 > size - size / 8)
        size *= 2;
    return size == ids->table_size ? AUM_OK : rehash(ids, size);
}

static enum aum_status reserve_slot(struct sample_ids *ids)
{
    if (ids->slots < ids->capacity)
        return AUM_OK;
    size_t capacity = ids->capacity + ids->capacity / 2 + 1024;
    if (ids->slots < ids->expected)
        capacity = ids->expected;
    uint64_t **array =
        ids->form == SAMPLE_IDS_STRINGS ? &ids->offsets : &ids->numbers;
    uint64_t *grown = huge_pages_resize(*array, ids->capacity * sizeof **array,
                                        capacity * sizeof **array);
    if (grown == NULL)
        return AUM_NO_MEMORY;
    *array = grown;
    ids->capacity = capacity;
    return AUM_OK;
}

static enum aum_status reserve_bytes(struct sample_ids *ids, size_t more)
{
    if (more <= ids->bytes_capacity - ids->bytes_used)
        return AUM_OK;
    if (more > SIZE_MAX / 4 || ids->bytes_used > SIZE_MAX / 4)
        return AUM_NO_MEMORY;
    size_t capacity = ids->bytes_used + ids->bytes_used / 2 + more + 4096;
    char *grown = realloc(ids->bytes, capacity);
    if (grown == NULL)
        return AUM_NO_MEMORY;
    ids->bytes = grown;
    ids->bytes_capacity = capacity;
    return AUM_OK;
}

static enum aum_status append(struct sample_ids *ids, struct sample_key key)
{
    enum aum_status status = reserve_slot(ids);
    if (status != AUM_OK)
        return status;
    if (ids->form == SAMPLE_IDS_STRINGS) {
        size_t length = strlen(key.string) + 1;
        status = reserve_bytes(ids, length);
        if (status != AUM_OK)
            return status;
        memcpy(ids->bytes + ids->bytes_used, key.string, length);
        ids->offsets[ids->slots] = ids->bytes_used;
        ids->bytes_used += length;
    } else {
        ids->numbers[ids->slots] = key.number;
    }
    ids->slots++;
    return AUM_OK;
}

enum aum_status sample_ids_slot(struct sample_ids *ids, struct sample_key key,
                                size_t *slot)
{
    if (ids->form == SAMPLE_IDS_DENSE) {
        if (key.number >= SLOTS_MAX)
            return AUM_TOO_MANY_SAMPLES;
        *slot = (size_t)key.number;
        if (*slot >= ids->slots)
            ids->slots = *slot + 1;
        return AUM_OK;
    }
    enum aum_status status = reserve_table(ids);
    if (status != AUM_OK)
        return status;
    size_t at = probe(ids, key);
    if (ids->table[at] == 0) {
        if (ids->slots >= SLOTS_MAX)
            return AUM_TOO_MANY_SAMPLES;
        status = append(ids, key);
        if (status != AUM_OK)
            return status;
        ids->table[at] = (uint32_t)ids->slots;
    }
    *slot = ids->table[at] - 1;
    return AUM_OK;
}

size_t sample_ids_find(const struct sample_ids *ids, struct sample_key key)
{
    if (ids->form == SAMPLE_IDS_DENSE)
        return key.number < ids->slots ? (size_t)key.number : SIZE_MAX;
    if (ids->table_size == 0)
        return SIZE_MAX;
    uint32_t found = ids->table[probe(ids, key)];
    return found == 0 ? SIZE_MAX : found - 1;
}

/* Each step needs what the step before has asked the memory for. */
static void find_hashed(const struct sample_ids *ids, struct aum_ids batch,
                        size_t first, size_t n, uint32_t *slots)
{
    struct sample_key keys[SAMPLE_IDS_MANY];
    size_t at[SAMPLE_IDS_MANY];
    bool possible[SAMPLE_IDS_MANY];
    const uint64_t *ids_at =
        ids->form == SAMPLE_IDS_STRINGS ? ids->offsets : ids->numbers;
    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of_row(batch, first + i);
        possible[i] = is_alike(ids, batch.kind, keys[i]);
        at[i] = possible[i]
                    ? (size_t)hash_key(ids, keys[i]) & (ids->table_size - 1)
                    : 0;
        __builtin_prefetch(&ids->table[at[i]]);
    }
    for (size_t i = 0; i < n; i++) {
        if (ids->table[at[i]] != 0)
            __builtin_prefetch(&ids_at[ids->table[at[i]] - 1]);
    }
    for (size_t i = 0; ids->form == SAMPLE_IDS_STRINGS && i < n; i++) {
        if (ids->table[at[i]] != 0)
            __builtin_prefetch(string_at(ids, ids->table[at[i]] - 1));
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t found =
            possible[i] ? ids->table[probe_from(ids, keys[i], at[i])] : 0;
        slots[i] = found - 1; /* SAMPLE_NONE of 0 */
    }
}

void sample_ids_find_many(const struct sample_ids *ids, struct aum_ids batch,
                          size_t first, size_t n,
                          uint32_t slots[SAMPLE_IDS_MANY])
{
    const uint64_t *numbers = batch.values;
    if (ids->table_size > 0) {
        find_hashed(ids, batch, first, n, slots);
    } else if (ids->form == SAMPLE_IDS_DENSE && batch.kind != AUM_IDS_STRING) {
        /* A negative number is a huge one here. */
        for (size_t i = 0; i < n; i++)
            slots[i] = numbers[first + i] < ids->slots
                           ? (uint32_t)numbers[first + i]
                           : SAMPLE_NONE;
    } else {
        memset(slots, 0xff, n * sizeof *slots);
    }
}

enum aum_status sample_ids_make_sparse(
    struct sample_ids *ids, bool (*taken)(void *context, size_t slot),
    void (*moved)(void *context, size_t from, size_t to), void *context)
{
    const size_t dense_slots = ids->slots;
    ids->form = SAMPLE_IDS_SPARSE;
    ids->slots = 0;
    for (size_t from = 0; from < dense_slots; from++) {
        if (!taken(context, from))
            continue;
        size_t to;
        enum aum_status status =
            sample_ids_slot(ids, (struct sample_key){from, NULL}, &to);
        if (status != AUM_OK)
            return status;
        moved(context, from, to);
    }
    return AUM_OK;
}

enum aum_id_kind sample_ids_kind(const struct sample_ids *ids)
{
    if (ids->form == SAMPLE_IDS_STRINGS)
        return AUM_IDS_STRING;
    return ids->huge ? AUM_IDS_UINT64 : AUM_IDS_INT64;
}

bool sample_ids_any_wide(const struct sample_ids *ids)
{
    const uint64_t limit = (uint64_t)1 << 53;
    bool any = false;
    if (ids->form != SAMPLE_IDS_SPARSE) /* dense ones are below 2^32 */
        return false;
    for (size_t i = 0; i < ids->slots; i++) /* negative ones wrap around */
        any |= ids->huge ? ids->numbers[i] > limit
                         : ids->numbers[i] + limit > 2 * limit;
    return any;
}

struct aum_id sample_ids_get(const struct sample_ids *ids, size_t slot)
{
    struct aum_id id = {sample_ids_kind(ids), 0, 0, NULL};
    if (ids->form == SAMPLE_IDS_STRINGS) {
        id.string = string_at(ids, slot);
        return id;
    }
    id.uint64 = ids->form == SAMPLE_IDS_SPARSE ? ids->numbers[slot] : slot;
    id.int64 = (int64_t)id.uint64;
    return id;
}

int sample_ids_compare(const struct sample_ids *ids, size_t a, size_t b)
{
    if (ids->form == SAMPLE_IDS_STRINGS)
        return strcmp(string_at(ids, a), string_at(ids, b));
    if (ids->form == SAMPLE_IDS_DENSE)
        return (a > b) - (a < b);
    uint64_t x = ids->numbers[a];
    uint64_t y = ids->numbers[b];
    if (!ids->huge) { /* signed order, by moving the negative ones down */
        x ^= (uint64_t)1 << 63;
        y ^= (uint64_t)1 << 63;
    }
    return (x > y) - (x < y);
}

void sample_ids_drop_table(struct sample_ids *ids)
{
    free(ids->table);
    ids->table = NULL;
    ids->table_size = 0;
}
