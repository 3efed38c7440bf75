/*
 * walk_template.h - a row of one element type, walked in groups
 *
 * Included once for each type and variant, before template.h, whose macros are
 * set, and with these:
 *
 *   PART(base)      name of one of the functions and types below
 *   LARGEST(tops, nan)
 *                   the largest key; *nan: there has been a NaN
 *
 * and with these functions defined:
 *
 *   struct PART(tops_)      the largest elements so far, in some vectors, and
 *                           whether there has been a NaN
 *   struct PART(tops_) PART(start_)(void)
 *       of no elements
 *   void PART(fold_)(struct PART(tops_) *tops, const STORED *p)
 *       takes the elements of a group
 *   void PART(fold_some_)(struct PART(tops_) *tops, const STORED *p, size_t n,
 *                         uint64_t mask)
 *       takes those of n <= 64 elements whose bits are set; reads no others
 *   uint64_t PART(same_)(const STORED *p, size_t n, KEY key)
 *       a bit for each of n <= 64 elements that has the key's value; one for
 *       the first of them is enough
 *
 * Defines the functions that template.h asks for.
 */

TARGET static inline __attribute__((always_inline)) KEY
FN(others_max_)(const STORED *p, size_t n, size_t skip, bool *nan)
{
    struct PART(tops_) tops = PART(start_)();
    if (n < GROUP) { /* a piece of a row, perhaps of a few elements */
        PART(fold_some_)(&tops, p, n, first_lanes(n) & walk_others(skip));
        return LARGEST(&tops, nan);
    }
    const struct walk walk = walk_of(n, skip);
    size_t group = walk.masked;
    for (size_t i = 1; i < walk.groups; i++) {
        group = walk_on(&walk, group);
        PART(fold_)(&tops, p + group * GROUP);
    }
    if (walk.groups > 0)
        PART(fold_some_)(&tops, p + walk.masked * GROUP, GROUP, walk.mask);
    PART(fold_some_)(&tops, p + walk.groups * GROUP, n % GROUP, walk.after);
    return LARGEST(&tops, nan);
}

/* The first element that has a key's value; n if none does. */
TARGET static inline size_t FN(first_of_)(const STORED *p, size_t n, KEY key)
{
    size_t i = 0;
    for (; n - i >= GROUP; i += GROUP) {
        const uint64_t same = PART(same_)(p + i, GROUP, key);
        if (same != 0)
            return i + (size_t)__builtin_ctzll(same);
    }
    const uint64_t same = PART(same_)(p + i, n - i, key);
    return same != 0 ? i + (size_t)__builtin_ctzll(same) : n;
}

TARGET static inline size_t FN(class_of_)(const STORED *p, size_t n,
                                          size_t skip, KEY key)
{
    const size_t first = FN(first_of_)(p, n, key);
    if (first != skip)
        return first;
    return skip + 1 + FN(first_of_)(p + skip + 1, n - skip - 1, key);
}

#undef PART
#undef LARGEST
