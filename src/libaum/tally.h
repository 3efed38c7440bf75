/*
 * tally.h - the inside of a tally, for cutoff.c and ranking.c
 */
#ifndef LIBAUM_TALLY_H
#define LIBAUM_TALLY_H

#include "aum.h"
#include "libaum/exact_sum.h"
#include "libaum/sample_ids.h"

#define TALLY_WIDE 0x80000000u      /* sum.low is an index into `wide` */
#define TALLY_THRESHOLD 0x40000000u /* marked by id */
#define TALLY_COUNT_MASK 0x3fffffffu

/* One sample, in 40 bytes. All zero means that the slot is not in use. */
struct tally_entry {
    struct exact_sum sum;
    double worst; /* the lowest margin at which `suggested` won */
    uint32_t label;
    uint32_t count;     /* finite measurements, and two flags */
    uint32_t suggested; /* AUM_NO_CLASS if none */
    uint32_t part;      /* of the newest row, plus 1; 0: not in use */
};

/* The best suggestion of another class than the entry's, so that the
 * threshold class may become known later. */
struct tally_runner_up {
    double worst;
    uint32_t suggested;
    uint32_t unused;
};

/* What a tally of runs has besides: its entries count runs, and their sums are
 * those of the runs' AUMs. */
struct tally_runs {
    uint32_t measurements;
    uint16_t flagged; /* runs that flag it */
    uint16_t spent;   /* runs in which it is a threshold sample */
    uint32_t step;    /* the lowest by which it is flagged */
};

/* A copy of all that measurements change. */
struct tally_kept {
    struct tally_entry *entries;
    struct tally_runner_up *runners_up;
    size_t slots; /* later ones have been empty */
    struct exact_wide_sum *wide;
    size_t wide_used;
};

struct aum_tally {
    struct aum_tally_options options;
    bool of_runs;
    struct sample_ids ids;
    struct tally_entry *entries;
    struct tally_runner_up *runners_up; /* with threshold_later, else NULL */
    struct tally_runs *runs;            /* with of_runs, else NULL */
    uint32_t *truth;                    /* once it was told, else NULL */
    struct tally_kept kept;
    size_t capacity; /* of these arrays */
    size_t samples;
    struct exact_wide_sum *wide;
    size_t wide_used;
    size_t wide_capacity;
    bool sealed;
};

static inline bool tally_in_use(const struct aum_tally *tally, size_t slot)
{
    return tally->entries[slot].part != 0;
}

static inline uint32_t tally_count(const struct tally_entry *entry)
{
    return entry->count & TALLY_COUNT_MASK;
}

/* Is there more to adding a margin than adding to the narrow sum? TALLY_WIDE is
 * the highest bit, so one comparison tells. */
static inline bool tally_is_wide_or_full(const struct tally_entry *entry)
{
    return (entry->count & ~TALLY_THRESHOLD) >= TALLY_COUNT_MASK;
}

/* Does this slot have a sample with a finite margin? */
static inline bool tally_has_aum(const struct aum_tally *tally, size_t slot)
{
    return tally_in_use(tally, slot) && tally_count(&tally->entries[slot]) > 0;
}

/* How a class suggests itself: AUM_NO_CLASS if none does. */
struct tally_suggestion {
    double worst;
    uint32_t class;
};

/* The strongest suggestion that is neither the threshold class nor the sample's
 * label, which may have won before it changed. */
struct tally_suggestion tally_suggestion(const struct aum_tally *tally,
                                         size_t slot, uint32_t threshold_class);

/* The slot of the `row`-th of some ids, with room for its entry. */
enum aum_status tally_slot(struct aum_tally *tally, struct aum_ids ids,
                           size_t row, size_t *slot);

/* The slot in `into` of a sample of `from`, with room for its entry. */
enum aum_status tally_adopt(struct aum_tally *into,
                            const struct aum_tally *from, size_t slot,
                            size_t *to);

/* A new entry for a slot that is not in use. */
void tally_start_entry(struct aum_tally *tally, size_t slot, uint32_t label);

/* Adds a finite margin to an entry. */
enum aum_status tally_add_margin(struct aum_tally *tally,
                                 struct tally_entry *entry, double margin);

/* Gives an entry a wide sum in place of its narrow one. */
enum aum_status tally_widen(struct aum_tally *tally, struct tally_entry *entry);

/* Notes that a class won with a margin below 0. */
void tally_suggest(struct aum_tally *tally, size_t slot, double margin,
                   uint32_t class);

/* Would this slot's sample be ranked? */
bool tally_is_ranked(const struct aum_tally *tally, size_t slot);

/* Is this sample a threshold sample? */
bool tally_is_threshold(const struct aum_tally *tally, size_t slot);

/* The AUM of a sample with at least one measurement. */
double tally_aum(const struct aum_tally *tally, size_t slot);

/* The threshold samples' label if it is known or they all have the same one,
 * else AUM_NO_CLASS. */
uint32_t tally_threshold_class(const struct aum_tally *tally);

#endif
