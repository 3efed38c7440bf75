/*
 * order_trial.h - would a dump be read with its axes in another order?
 *
 * Shapes alone allow many orders. Those that make labels none of the classes,
 * or change them from epoch to epoch, are no remedy: a look at some of the
 * labels tells.
 */
#ifndef DUMP_ORDER_TRIAL_H
#define DUMP_ORDER_TRIAL_H

#include "dump/index.h"

#define DUMP_TRIAL_TEXT 200

struct dump_order_trial {
    const struct dump_index *index;
    const struct dump_array *labels;  /* and of these: */
    const struct dump_layout *logits; /* as they would be read */
    const struct dump_layout *layout; /* of the labels, likewise */
    bool one_hot;
    bool same_rows; /* all epochs have the same samples in the same order */
};

/* Also true if the labels cannot be read. `also` becomes the options that the
 * labels need beside the order: " --ignore-label=-100"; or "". */
bool dump_try_order(const struct dump_order_trial *trial,
                    char also[DUMP_TRIAL_TEXT]);

#endif
