/*
 * seen_ids.h - which ids of a text file have come before
 *
 * Most files have each id once and in ascending order, which takes no memory:
 * only from the first one on that is out of order is there a table.
 */
#ifndef INPUT_SEEN_IDS_H
#define INPUT_SEEN_IDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/hash_table.h"

/* All zero at first. */
struct seen_ids {
    size_t count;            /* the ids so far */
    struct hash_table table; /* of them; empty: they are in order */
};

/* The next of some texts: texts[count]. *before becomes the index of an equal
 * one before it, or SIZE_MAX; only what is new counts. False if there is not
 * enough memory. */
bool seen_ids_add(struct seen_ids *seen, char *const *texts, size_t *before);

void seen_ids_free(struct seen_ids *seen);

#endif
