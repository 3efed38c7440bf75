/*
 * suggestion.h - which class beat a sample's label by the most
 *
 * It is suggested where more classes won than votes are counted for (votes.h).
 * A class that beats the assigned one suggests itself, the more strongly the
 * lower the margin; on a tie the lower class does.
 */
#ifndef LIBAUM_SUGGESTION_H
#define LIBAUM_SUGGESTION_H

#include "libaum/samples.h"

struct suggestion {
    double worst;
    uint32_t class; /* AUM_NO_CLASS if none */
};

/* Does (margin, class) suggest more strongly than (worst, suggested)? */
static inline bool suggestion_is_stronger(double margin, uint32_t class,
                                          double worst, uint32_t suggested)
{
    return suggested == AUM_NO_CLASS || margin < worst ||
           (margin == worst && class < suggested);
}

/*
 * Notes that a class won with a margin below 0. Keeps the strongest suggestion
 * and, with threshold_later, the strongest of another class. The two are those
 * classes' best overall: a class that was replaced can come back only with a
 * measurement stronger than either, as both only ever grow stronger.
 */
static inline void suggest(struct samples *samples, size_t slot, double margin,
                           uint32_t class)
{
    if (class == AUM_NO_CLASS || class == samples->threshold_class)
        return;
    struct sample *first = samples_at(samples, slot);
    struct runner_up *second = samples_runner_up(samples, slot);
    const bool leads =
        suggestion_is_stronger(margin, class, first->worst, first->suggested);
    if (second != NULL && class != first->suggested) {
        if (leads) {
            second->worst = first->worst;
            second->suggested = first->suggested;
        } else if (suggestion_is_stronger(margin, class, second->worst,
                                          second->suggested)) {
            second->worst = margin;
            second->suggested = class;
        }
    }
    if (leads) {
        first->worst = margin;
        first->suggested = class;
    }
}

/* The same without runners-up, and without a branch: whether another class won
 * is what a processor predicts worst of all. */
static inline void suggest_first(struct sample *first, uint32_t threshold_class,
                                 double margin, uint32_t class)
{
    const bool leads =
        (class != AUM_NO_CLASS) & (class != threshold_class) &
        ((first->suggested == AUM_NO_CLASS) | (margin < first->worst) |
         ((margin == first->worst) & (class < first->suggested)));
    const double worst = first->worst;
    const uint32_t suggested = first->suggested;
    first->worst = leads ? margin : worst;
    first->suggested = leads ? class : suggested;
}

/* The strongest suggestion that is neither the threshold class nor the sample's
 * label, which may have won before it changed. */
static inline struct suggestion
strongest_suggestion(const struct samples *samples, size_t slot,
                     uint32_t threshold_class)
{
    const struct sample *sample = samples_at(samples, slot);
    const struct runner_up *second = samples_runner_up(samples, slot);
    struct suggestion found = {sample->worst, sample->suggested};
    if (found.class != AUM_NO_CLASS && found.class == threshold_class &&
        second != NULL) {
        found.worst = second->worst;
        found.class = second->suggested;
    }
    if (found.class == sample->label)
        found.class = AUM_NO_CLASS;
    return found;
}

#endif
