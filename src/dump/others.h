/*
 * others.h - the other files that the dumps of an index are kept in
 *
 * A source of a virtual dataset, or a raw external file, may be replaced or
 * overwritten while the dump itself stays the same. So the index keeps the
 * identity that each of them had when it was found.
 */
#ifndef DUMP_OTHERS_H
#define DUMP_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/hash_table.h"
#include "dump/identity.h"

struct dump_other {
    char *path; /* under which the library opens it */
    struct dump_identity identity;
};

/* All zero: none. */
struct dump_others {
    struct dump_other *files;
    size_t count;
    struct hash_table table; /* of these, by path */
    /* Changes with the length and the time of any file that was noted since it
     * was 0. */
    uint64_t digest;
};

/* Has the digest tell what a file was. */
void dump_others_note(struct dump_others *others,
                      const struct dump_identity *identity);

/* Notes a file and keeps the identity of a file, unless a file of this path is
 * known already. False if there is not enough memory. */
bool dump_others_add(struct dump_others *others, const char *path,
                     const struct dump_identity *identity);

/* NULL if no file of this path was found. */
const struct dump_other *dump_others_find(const struct dump_others *others,
                                          const char *path);

/* Is an open file the one that was found, if any was (`then` may be NULL)? The
 * rest is as for dump_identity_holds(). */
bool dump_other_holds(const struct dump_other *then,
                      const struct dump_identity *now, bool live, bool unread,
                      const char *what, struct error *error);

void dump_others_free(struct dump_others *others);

#endif
