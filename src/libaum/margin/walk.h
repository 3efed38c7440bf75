/*
 * walk.h - how the vector kernels walk a row
 *
 * A row is read in groups of 64 elements, a few vectors each. All of them but
 * one are whole: they are read without masks, into several accumulators, NaNs
 * aside. That one holds the assigned class, which a mask leaves out; another
 * mask leaves out what lies beyond the row's end. The walk starts after the
 * group of the assigned class and goes round, so that the number of steps
 * depends on the number of classes alone, and branches are predicted well.
 */
#ifndef LIBAUM_MARGIN_WALK_H
#define LIBAUM_MARGIN_WALK_H

#include <stddef.h>
#include <stdint.h>

#define GROUP 64u

struct walk {
    size_t groups;  /* that are whole */
    size_t masked;  /* one of these, to be read with `mask` */
    uint64_t mask;  /* a bit for each element of it that counts */
    uint64_t after; /* likewise, of the elements after the whole groups */
};

/* Of n elements except that with the number `skip`, which may be beyond n. */
static inline struct walk walk_of(size_t n, size_t skip)
{
    const size_t groups = n / GROUP;
    const size_t own = skip / GROUP;
    const uint64_t bit = (uint64_t)1 << skip % GROUP;
    const uint64_t there = ((uint64_t)1 << n % GROUP) - 1;
    return (struct walk){
        .groups = groups,
        .masked = own < groups ? own : 0,
        .mask = ~(own < groups ? bit : 0),
        .after = there & ~(own == groups ? bit : 0),
    };
}

/* Of the first group, a bit for each element but that with the number `skip`.
 */
static inline uint64_t walk_others(size_t skip)
{
    return ~((uint64_t)(skip < GROUP) << skip % GROUP);
}

/* The group after another. */
static inline size_t walk_on(const struct walk *walk, size_t group)
{
    const size_t next = group + 1;
    return next & -(size_t)(next < walk->groups);
}

/* A bit for each of the first n of 64 elements, or for all of them. */
static inline uint64_t first_lanes(size_t n)
{
    return n < GROUP ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0;
}

#endif
