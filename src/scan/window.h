/*
 * window.h - --epochs=auto: the epochs that the data choose
 *
 * Training for long, a network memorises, and an AUM over all epochs flags
 * clean samples too. The cutoff holds the same share of the threshold samples
 * whatever epochs are taken; so those epochs tell clean from mislabeled best
 * that flag the fewest samples. From the third epoch on, after each, the cutoff
 * is found and what it flags is counted; the epochs up to the one with the
 * lowest share are taken, the most of them on a tie.
 */
#ifndef SCAN_WINDOW_H
#define SCAN_WINDOW_H

#include "aum.h"
#include "input/id_list.h"
#include "scan/scan.h"
#include "ui/log.h"

/* What some first epochs flag. */
struct window_look {
    int64_t last_epoch;
    uint64_t epochs;
    size_t ranked;
    size_t flagged;
};

struct window {
    struct aum_percentile percentile;
    const struct id_list *threshold_ids; /* NULL: by class */
    uint64_t epochs;                     /* so far */
    struct window_look best;
    struct window_look last;
};

void window_init(struct window *window, struct aum_percentile percentile,
                 const struct id_list *threshold_ids);

/* Looks at the samples after each epoch. */
struct scan_observer window_observer(struct window *window);

/* Goes back to the best epochs. */
bool window_choose(const struct window *window, struct aum_tally *tally,
                   struct error *error);

#endif
