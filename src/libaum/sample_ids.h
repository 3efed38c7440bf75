/*
 * sample_ids.h - sample id -> slot, a number below the count of slots
 *
 * Three representations, chosen by the ids that arrive:
 *   dense    non-negative integers below a limit: the slot is the id
 *   sparse   other integers: a list of ids and a hash table of slots
 *   strings  the same over an arena of bytes
 * A dense set turns sparse when an id arrives that is too large. Its slots are
 * then renumbered, which is reported to the caller.
 */
#ifndef LIBAUM_SAMPLE_IDS_H
#define LIBAUM_SAMPLE_IDS_H

#include "aum.h"

enum sample_ids_form {
    SAMPLE_IDS_EMPTY, /* no id has arrived: the form is still open */
    SAMPLE_IDS_DENSE,
    SAMPLE_IDS_SPARSE,
    SAMPLE_IDS_STRINGS
};

struct sample_ids {
    enum sample_ids_form form;
    size_t expected;
    size_t slots; /* dense: one more than the largest id so far */
    bool huge;    /* sparse: ids of 2^63 and more have been seen */
    bool negative;
    uint64_t *numbers; /* sparse: id of a slot */
    uint64_t *offsets; /* strings: where a slot's id starts in `bytes` */
    size_t capacity;   /* of numbers or offsets */
    char *bytes;       /* strings: NUL-terminated, one after another */
    size_t bytes_used;
    size_t bytes_capacity;
    uint32_t *table;   /* slot + 1, 0 is free; linear probing */
    size_t table_size; /* a power of two, or 0 */
};

/* An id of a batch or of a set: its string, or if that is NULL, its number. */
struct sample_key {
    uint64_t number;
    const char *string;
};

void sample_ids_init(struct sample_ids *ids, size_t expected);

/* Raises the number of expected samples. */
void sample_ids_expect(struct sample_ids *ids, size_t expected);

void sample_ids_free(struct sample_ids *ids);

/* Converts the `row`-th id of a batch to this set's form. AUM_MIXED_IDS if the
 * set cannot hold it together with those it has. */
enum aum_status sample_ids_key(struct sample_ids *ids, struct aum_ids batch,
                               size_t row, struct sample_key *key);

/* Is a number beyond the dense limit, given how many slots are in use? Then
 * call sample_ids_make_sparse(). */
bool sample_ids_outgrown(const struct sample_ids *ids, struct sample_key key,
                         size_t samples);

/* Turns a dense set sparse. taken(context, slot) returns whether a dense slot
 * is in use; moved(context, from, to) is called for each slot that is, in
 * ascending order, with to <= from. */
enum aum_status sample_ids_make_sparse(
    struct sample_ids *ids, bool (*taken)(void *context, size_t slot),
    void (*moved)(void *context, size_t from, size_t to), void *context);

/* Finds the slot of a key or adds one; then ids->slots has grown. */
enum aum_status sample_ids_slot(struct sample_ids *ids, struct sample_key key,
                                size_t *slot);

/* Finds the slot of a key; SIZE_MAX if it has none. In a dense set, every
 * number below `slots` has one. */
size_t sample_ids_find(const struct sample_ids *ids, struct sample_key key);

/* Finds the slots of several ids of a batch, from the `first`-th on,
 * SAMPLE_NONE for ids that have none or are not of a kind with those of the
 * set. Reads what it needs of memory for all of them at once. */
#define SAMPLE_NONE UINT32_MAX
#define SAMPLE_IDS_MANY 32
void sample_ids_find_many(const struct sample_ids *ids, struct aum_ids batch,
                          size_t first, size_t n,
                          uint32_t slots[SAMPLE_IDS_MANY]);

/* The kind of the ids that sample_ids_get() returns. */
enum aum_id_kind sample_ids_kind(const struct sample_ids *ids);

/* Are there integers beyond 2^53 in size? */
bool sample_ids_any_wide(const struct sample_ids *ids);

/* The id of a slot. */
struct aum_id sample_ids_get(const struct sample_ids *ids, size_t slot);

/* <0, 0 or >0 as the id of slot a sorts before, with or after that of b. */
int sample_ids_compare(const struct sample_ids *ids, size_t a, size_t b);

/* Frees the memory that only look-ups need. */
void sample_ids_drop_table(struct sample_ids *ids);

#endif
