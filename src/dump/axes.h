/*
 * axes.h - which axis of a dataset is what, by name
 *
 * "epoch,sample,class" names the axes of logits in the order in which they are
 * stored. Labels and ids have the same axes in the same order, without classes
 * (but one-hot labels have them), and may lack those of epochs, measurements
 * and positions.
 */
#ifndef DUMP_AXES_H
#define DUMP_AXES_H

#include "dump/index.h"

#define DUMP_AXES_TEXT 100 /* bytes of a list of names */

/*
 * Takes a list of epoch, sample, class, position, measurement, and _ for an
 * axis of length 1. False if it is none: epoch, sample and class may be there
 * once, the others more often, and sample or position has to be.
 */
bool dump_axes_parse(struct dump_axes *axes, const char *text);
void dump_axes_format(const struct dump_axes *axes, char text[DUMP_AXES_TEXT]);

/* Is the record itself one sample, as there are positions alone? */
bool dump_axes_lack_samples(const struct dump_axes *axes);

/* Orders that are looked for where the usual one does not fit. */
struct dump_orders_wanted {
    uint64_t classes;     /* at least so many */
    bool positions_alone; /* only those with positions */
    bool shapes_alone;    /* whatever the labels are */
};

/* Datasets whose order of axes is in question. */
struct dump_order_arrays {
    const struct dump_index *index;
    const struct dump_array *logits;
    const struct dump_array *labels;
    const struct dump_array *ids; /* or NULL */
    bool unread;                  /* the axes of the logits are not known yet */
};

/* Are labels one-hot if the axes have these names? If they may have as many
 * epochs, their values tell. */
bool dump_axes_are_one_hot(const struct dump_axes *axes,
                           const struct dump_order_arrays *arrays);

/*
 * The orders of axes, not that which the logits have already, that fit the
 * shapes of logits, labels and ids and what the labels are, as text:
 * "--axes=class,sample or --axes=epoch,sample"; "" if there are none.
 */
void dump_format_orders(const struct dump_order_arrays *arrays,
                        struct dump_orders_wanted wanted, char *text,
                        size_t size);

/* The same of a record. */
void dump_format_record_orders(const struct dump_index *index, size_t record,
                               struct dump_orders_wanted wanted, char *text,
                               size_t size);

#endif
