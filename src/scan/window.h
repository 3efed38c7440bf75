/*
 * window.h - --epochs=auto: the epochs that the data choose
 *
 * Training for long, a network memorises: margins of mislabeled samples rise
 * until they look like others, and an AUM over all epochs hides them. So those
 * first epochs are taken after which the AUMs of the samples of a class fall
 * most clearly into two groups, as aum_splits_effect() measures it. From the
 * third epoch on it is found after each. The longest of those windows is
 * chosen whose effect is at least 0.98 of the largest: more epochs mean less
 * noise.
 *
 * One pass is enough. Whenever the effect reaches 0.98 of the largest so far,
 * the tally takes a snapshot; the last one is that of the window.
 */
#ifndef SCAN_WINDOW_H
#define SCAN_WINDOW_H

#include "aum.h"
#include "input/id_list.h"
#include "scan/scan.h"

/* The first epochs of a run, up to some epoch. */
struct window_look {
    int64_t last_epoch;
    uint64_t epochs; /* 0: none was looked at */
    double effect;
};

struct window {
    const struct id_list *threshold_ids; /* NULL: by class */
    struct aum_splits *splits;
    uint64_t epochs; /* so far */
    double largest;  /* effect */
    struct window_look best;
    struct window_look last;
};

void window_init(struct window *window, const struct id_list *threshold_ids);

/* Looks at the samples after each epoch. */
struct scan_observer window_observer(struct window *window);

/* Did the data choose fewer than all epochs? */
bool window_is_shorter(const struct window *window);

/* Goes back to the best epochs. Fewer than three epochs stay as they are. */
enum aum_status window_choose(const struct window *window,
                              struct aum_tally *tally);

void window_free(struct window *window);

#endif
