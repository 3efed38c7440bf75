/*
 * walk_template.h - a row of one element type, walked in groups
 *
 * Included once for each type and variant, with these macros set:
 *
 *   FN(base)        name of a function of this type and variant
 *   TARGET          the functions' attributes
 *   STORED          the type of an element in memory
 *   KEY             an arithmetic type that orders like the values
 *   TOPS            struct: the largest elements so far, in some vectors, and
 *                   whether there has been a NaN
 *   START()         a TOPS of no elements
 *   FOLD(tops, p)   takes the elements of a group
 *   FOLD_SOME(tops, p, n, mask)
 *                   takes those of n <= 64 elements whose bits are set, and
 *                   reads no others
 *   LARGEST(tops, nan)      the largest key; *nan: there has been a NaN
 *   SAME(p, key)            a bit for each element of a group that has the
 *                           key's value
 *   SAME_SOME(p, n, key)    likewise of n <= 64 elements
 *
 * Defines the functions that template.h asks for.
 */

TARGET static inline __attribute__((always_inline)) KEY
FN(others_max_)(const STORED *p, size_t n, size_t skip, bool *nan)
{
    TOPS tops = START();
    if (n < GROUP) { /* a piece of a row, perhaps of a few elements */
        FOLD_SOME(&tops, p, n, first_lanes(n) & walk_others(skip));
        return LARGEST(&tops, nan);
    }
    const struct walk walk = walk_of(n, skip);
    size_t group = walk.masked;
    for (size_t i = 1; i < walk.groups; i++) {
        group = walk_on(&walk, group);
        FOLD(&tops, p + group * GROUP);
    }
    if (walk.groups > 0)
        FOLD_SOME(&tops, p + walk.masked * GROUP, GROUP, walk.mask);
    FOLD_SOME(&tops, p + walk.groups * GROUP, n % GROUP, walk.after);
    return LARGEST(&tops, nan);
}

/* The first element that has a key's value; n if none does. */
TARGET static inline size_t FN(first_of_)(const STORED *p, size_t n, KEY key)
{
    size_t i = 0;
    for (; n - i >= GROUP; i += GROUP) {
        const uint64_t same = SAME(p + i, key);
        if (same != 0)
            return i + (size_t)__builtin_ctzll(same);
    }
    const uint64_t same = SAME_SOME(p + i, n - i, key);
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

#undef FN
#undef TARGET
#undef STORED
#undef KEY
#undef TOPS
#undef START
#undef FOLD
#undef FOLD_SOME
#undef LARGEST
#undef SAME
#undef SAME_SOME
