/*
 * votes.h - which class beat a sample's label most often
 *
 * Each measurement with a negative margin is a vote for the class that won it,
 * except for the threshold class. Votes are counted for four classes per
 * sample. What matters is the set of all classes that ever won: if there are
 * five or more, the votes are void, whichever came first, so that the order of
 * measurements and how they are divided among tallies makes no difference.
 *
 * While the threshold class is unknown, it may be one of those that won. A
 * fifth class is counted then, so that four are left once the threshold class
 * is known; a sixth makes the votes void.
 */
#ifndef LIBAUM_VOTES_H
#define LIBAUM_VOTES_H

#include "libaum/suggestion.h"

/* Makes the votes of a sample void. */
static inline void votes_void(struct samples *samples, size_t slot)
{
    struct vote *fifth = samples_fifth_vote(samples, slot);
    *samples_votes(samples, slot) = (struct votes){.counts = {VOTES_VOID}};
    if (fifth != NULL)
        *fifth = (struct vote){0, 0};
}

static inline bool votes_are_void(const struct votes *votes)
{
    return votes->counts[0] == VOTES_VOID;
}

/* Where the votes for a class are, or may be; VOTES_CLASSES if there is no room.
 * There is no branch, as one would depend on which class won. */
static inline size_t votes_place(const struct votes *votes, uint32_t class)
{
    unsigned places = 1u << VOTES_CLASSES;
    for (unsigned i = 0; i < VOTES_CLASSES; i++)
        places |=
            (unsigned)((votes->counts[i] == 0) | (votes->classes[i] == class))
            << i;
    return (size_t)__builtin_ctz(places);
}

/* Adds votes for a class, which may be the threshold class or AUM_NO_CLASS:
 * these do not count. */
static inline void votes_add(struct samples *samples, size_t slot,
                             uint32_t class, uint32_t count)
{
    struct votes *votes = samples_votes(samples, slot);
    if (class == AUM_NO_CLASS || class == samples->threshold_class ||
        votes_are_void(votes))
        return;
    const size_t i = votes_place(votes, class);
    if (i < VOTES_CLASSES) {
        votes->classes[i] = class;
        votes->counts[i] += count;
        return;
    }
    struct vote *fifth = samples_fifth_vote(samples, slot);
    if (fifth == NULL || (fifth->count > 0 && fifth->class != class)) {
        votes_void(samples, slot);
        return;
    }
    fifth->class = class;
    fifth->count += count;
}

/* Adds the votes of another sample. */
static inline void votes_merge(struct samples *into, size_t slot,
                               const struct samples *from, size_t from_slot,
                               uint32_t threshold_class)
{
    const struct votes *votes = samples_votes(from, from_slot);
    const struct vote *fifth = samples_fifth_vote(from, from_slot);
    if (votes_are_void(votes)) {
        votes_void(into, slot);
        return;
    }
    for (size_t i = 0; i < VOTES_CLASSES && votes->counts[i] > 0; i++) {
        if (votes->classes[i] != threshold_class)
            votes_add(into, slot, votes->classes[i], votes->counts[i]);
    }
    if (fifth != NULL && fifth->count > 0 && fifth->class != threshold_class)
        votes_add(into, slot, fifth->class, fifth->count);
}

/* What is suggested as a sample's label. */
struct elected {
    uint32_t class; /* AUM_NO_CLASS if nothing is */
    uint32_t votes; /* 0: unknown */
};

/* Takes votes for a class into account. */
static inline void elect(struct elected *best, uint32_t class, uint32_t count)
{
    if (count > best->votes || (count == best->votes && class < best->class))
        *best = (struct elected){class, count};
}

/*
 * The class with the most votes, the lowest on a tie. Where the votes are void,
 * the class with the lowest margin. Neither the threshold class nor the
 * sample's label, which may have won before it changed, is suggested.
 */
static inline struct elected votes_elect(const struct samples *samples,
                                         size_t slot, uint32_t threshold_class)
{
    const struct votes *votes = samples_votes(samples, slot);
    const struct vote *fifth = samples_fifth_vote(samples, slot);
    const uint32_t label = samples_at(samples, slot)->label;
    struct elected best = {AUM_NO_CLASS, 0};
    size_t classes = 0;
    if (!votes_are_void(votes)) {
        for (size_t i = 0; i < VOTES_CLASSES && votes->counts[i] > 0; i++) {
            const uint32_t class = votes->classes[i];
            classes += class != threshold_class;
            if (class != threshold_class && class != label)
                elect(&best, class, votes->counts[i]);
        }
        if (fifth == NULL || fifth->count == 0 ||
            fifth->class == threshold_class)
            return best;
        if (classes < VOTES_CLASSES) {
            if (fifth->class != label)
                elect(&best, fifth->class, fifth->count);
            return best;
        }
    }
    return (struct elected){
        strongest_suggestion(samples, slot, threshold_class).class, 0};
}

#endif
