/*
 * label_conventions.h - labels that are no class numbers, but mean some
 *
 * Labels that count from 1, that mark rows without one (-100, -1, 255), rows of
 * probabilities: what does not fit is an error, which names the convention and
 * its option. To know it, the labels of the run are looked through, which takes
 * time only once something is wrong.
 */
#ifndef SCAN_LABEL_CONVENTIONS_H
#define SCAN_LABEL_CONVENTIONS_H

#include "dump/reader.h"

/*
 * Are the labels of two classes -1 and +1 alone? Then the index's rules become
 * so. Only labels of dumps of two classes are read, up to the first that is
 * another one.
 */
bool label_conventions_find(struct dump_index *index, struct error *error);

/* What is wrong with all labels of a run, of which one is bad. */
enum label_convention {
    LABELS_FROM_1,    /* 1 to C */
    LABELS_IGNORABLE, /* negative ones or 255, on fewer than half of the rows */
    LABELS_EXTRA,     /* one class more than the logits have */
    LABELS_SOFT,      /* rows that sum to 1 */
    LABELS_MULTI_HOT, /* several ones in a row */
    LABELS_FEW_BAD,   /* at most a hundredth of the rows, or one an epoch */
    LABELS_WRONG      /* nothing that is known */
};

/*
 * Looks through the labels with a worker that is free. `remedy` becomes what a
 * message is to end with: "; labels count from 1: --first-label=1".
 */
enum label_convention label_conventions_tell(const struct dump_index *index,
                                             struct dump_worker *worker,
                                             size_t classes, char remedy[400]);

#endif
