/*
 * fingerprint.h - telling an epoch record by its content
 *
 * Files are moved, copied and written again, and groups are added to them; what
 * a state (see states.h) has read of them is known by this.
 */
#ifndef STATE_FINGERPRINT_H
#define STATE_FINGERPRINT_H

#include "scan/measure.h"
#include "dump/index.h"

/* Of the first rows, the margins count as well. */
#define FINGERPRINT_MARGINS 64u

struct fingerprint {
    uint64_t rows;    /* that went into it */
    uint64_t content; /* labels and ids in their order, and the first margins */
    uint64_t ids;     /* the ids in any order */
};

/* Adds rows, which are read in order. */
void fingerprint_add(struct fingerprint *print,
                     const struct measured *measured);

bool fingerprint_equal(const struct fingerprint *a,
                       const struct fingerprint *b);

/* Reads what is needed of a record; the index need not be finished. */
bool fingerprint_record(const struct dump_index *index, size_t record,
                        struct fingerprint *print, struct error *error);

#endif
