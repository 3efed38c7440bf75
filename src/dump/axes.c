/*
 * axes.c - which axis of a dataset is what, by name
 */
#include "dump/axes.h"

#include <stdio.h>
#include <string.h>

#include "dump/shape.h"

/* ---- names ---- */

static const char *const names[DUMP_AXIS_KINDS] = {
    [DUMP_AXIS_UNIT] = "_",
    [DUMP_AXIS_EPOCH] = "epoch",
    [DUMP_AXIS_MEASUREMENT] = "measurement",
    [DUMP_AXIS_SAMPLE] = "sample",
    [DUMP_AXIS_POSITION] = "position",
    [DUMP_AXIS_CLASS] = "class",
};

static bool find_kind(const char *name, size_t length,
                      enum dump_axis_kind *kind)
{
    for (int i = 0; i < DUMP_AXIS_KINDS; i++) {
        *kind = (enum dump_axis_kind)i;
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return true;
    }
    return false;
}

static int count_kind(const struct dump_axes *axes, enum dump_axis_kind kind)
{
    int count = 0;
    for (int i = 0; i < axes->count; i++)
        count += axes->kinds[i] == kind;
    return count;
}

bool dump_axes_parse(struct dump_axes *axes, const char *text)
{
    memset(axes, 0, sizeof *axes);
    for (;; text++) {
        const size_t length = strcspn(text, ",");
        if (axes->count == DUMP_RANK_MAX ||
            !find_kind(text, length, &axes->kinds[axes->count++]))
            return false;
        text += length;
        if (*text == '\0')
            break;
    }
    return count_kind(axes, DUMP_AXIS_EPOCH) <= 1 &&
           count_kind(axes, DUMP_AXIS_SAMPLE) <= 1 &&
           count_kind(axes, DUMP_AXIS_CLASS) <= 1 &&
           (count_kind(axes, DUMP_AXIS_SAMPLE) == 1 ||
            count_kind(axes, DUMP_AXIS_POSITION) > 0);
}

void dump_axes_format(const struct dump_axes *axes, char text[DUMP_AXES_TEXT])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < axes->count && used < DUMP_AXES_TEXT; i++)
        used += (size_t)snprintf(text + used, DUMP_AXES_TEXT - used, "%s%s",
                                 i > 0 ? "," : "", names[axes->kinds[i]]);
}

bool dump_axes_lack_samples(const struct dump_axes *axes)
{
    return axes->count > 0 && count_kind(axes, DUMP_AXIS_SAMPLE) == 0;
}

/* ---- orders that fit ---- */

/* Those that are in use, the likeliest first: of the axes that are not of
 * length 1. */
static const char *const orders[] = {
    "sample,class",
    "class,sample",
    "epoch,sample",
    "sample,epoch",
    "epoch,sample,class",
    "class,sample,epoch", /* R, MATLAB, Octave and Julia */
    "epoch,class,sample",
    "sample,epoch,class",
    "sample,class,epoch",
    "class,epoch,sample",
    "sample,position,class",
    "sample,class,position",
    "class,position,sample",
    "class,position,position",
    "position,position,class",
    "epoch,sample,position,class",
    "epoch,sample,class,position",
    "class,position,sample,epoch",
    "sample,position,position,class",
    "sample,class,position,position",
    "class,position,position,sample",
    "epoch,sample,position,position,class",
    "epoch,sample,class,position,position",
    "class,position,position,sample,epoch",
};

/* The names of all axes, with those of length 1. False if there are not as many
 * others. */
static bool spread_names(struct dump_axes *axes, const char *order,
                         const struct dump_layout *logits)
{
    struct dump_axes given;
    int next = 0;
    memset(axes, 0, sizeof *axes);
    if (!dump_axes_parse(&given, order))
        return false;
    axes->count = logits->rank;
    for (int i = 0; i < logits->rank; i++) {
        if (logits->dims[i] == 1)
            continue;
        if (next == given.count)
            return false;
        axes->kinds[i] = given.kinds[next++];
    }
    return next == given.count;
}

/* Do slices, rows and columns lie along the same axes? */
static bool is_same_order(const struct dump_layout *a,
                          const struct dump_layout *b)
{
    return a->slice_axes == b->slice_axes && a->row_axes == b->row_axes &&
           a->positions == b->positions && a->column_axis == b->column_axis &&
           memcmp(a->counts, b->counts, sizeof a->counts) == 0;
}

static bool order_fits(const struct dump_axes *axes,
                       const struct dump_layout *logits,
                       const struct dump_layout *labels,
                       const struct dump_layout *ids,
                       struct dump_orders_wanted wanted)
{
    struct dump_layout z = *logits;
    struct dump_layout y = *labels;
    struct dump_layout i;
    bool one_hot;
    if (ids != NULL)
        i = *ids;
    const bool positions = count_kind(axes, DUMP_AXIS_POSITION) > 0;
    return (positions || !wanted.positions_alone) &&
           dump_fit_axes(axes, &z, &y, ids != NULL ? &i : NULL, &one_hot) &&
           !(positions && one_hot) && z.columns >= wanted.classes &&
           !is_same_order(&z, logits);
}

void dump_format_orders(const struct dump_layout *logits,
                        const struct dump_layout *labels,
                        const struct dump_layout *ids,
                        struct dump_orders_wanted wanted, char *text,
                        size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct dump_axes axes;
        char list[DUMP_AXES_TEXT];
        if (!spread_names(&axes, orders[i], logits) ||
            !order_fits(&axes, logits, labels, ids, wanted) || used >= size)
            continue;
        dump_axes_format(&axes, list);
        used += (size_t)snprintf(text + used, size - used, "%s--axes=%s",
                                 used > 0 ? " or " : "", list);
    }
}

void dump_format_record_orders(const struct dump_index *index, size_t record,
                               struct dump_orders_wanted wanted, char *text,
                               size_t size)
{
    const struct epoch_record *of = &index->records[record];
    dump_format_orders(
        index->arrays[of->logits].layout, index->arrays[of->labels].layout,
        of->ids != DUMP_NO_ARRAY ? index->arrays[of->ids].layout : NULL, wanted,
        text, size);
}
