/*
 * axes.c - which axis of a dataset is what, by name
 */
#include "dump/axes.h"

#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "common/path.h"
#include "dump/order_trial.h"
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
static const struct {
    const char *axes;
    bool each; /* only if labels have all positions */
} orders[] = {
    {"sample,class", false},
    {"class,sample", false},
    {"epoch,sample", false},
    {"sample,epoch", false},
    {"epoch,sample,class", false},
    {"class,sample,epoch", false}, /* R, MATLAB, Octave and Julia */
    {"epoch,class,sample", false},
    {"sample,epoch,class", false},
    {"sample,class,epoch", false},
    {"class,epoch,sample", false},
    {"sample,position,class", false},
    {"sample,class,position", false},
    {"position,sample,class", true},
    {"position,class,sample", true},
    {"class,position,sample", false},
    {"class,sample,position", true},
    {"class,position,position", false},
    {"position,position,class", false},
    {"epoch,sample,position,class", false},
    {"epoch,sample,class,position", false},
    {"class,position,sample,epoch", false},
    {"sample,position,position,class", false},
    {"sample,class,position,position", false},
    {"class,position,position,sample", false},
    {"epoch,sample,position,position,class", false},
    {"epoch,sample,class,position,position", false},
    {"class,position,position,sample,epoch", false},
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

/* A record without an axis of samples is one sample, whose name is its id: that
 * of its group, or else of its file. */
static bool has_name(const struct dump_order_arrays *arrays)
{
    const char *path = arrays->index->files[arrays->logits->file].path;
    const char *slash = strrchr(path, '/');
    const char *array = arrays->logits->path;
    char name[256];
    if (arrays->ids != NULL)
        return true;
    const size_t end = path_folder_length(array);
    size_t start = end > 0 ? end - 1 : 0;
    while (start > 0 && array[start - 1] != '/')
        start--;
    if (end > start + 1) {
        snprintf(name, sizeof name, "%.*s", (int)(end - 1 - start),
                 array + start);
        return !names_number_epoch(name);
    }
    snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : path);
    name[names_without_suffix(name)] = '\0';
    return !names_number_epoch(name);
}

/* Have labels an axis for each position, rather than one label for all? */
static bool has_positions(const struct dump_layout *labels)
{
    const unsigned end = labels->slice_axes + labels->row_axes;
    for (unsigned i = end - labels->positions; i < end; i++) {
        if (labels->counts[i].axis == DUMP_NO_AXIS &&
            labels->counts[i].length != 1)
            return false;
    }
    return true;
}

/* A reading of a record's arrays with axes of these names. */
struct fit {
    struct dump_layout logits;
    struct dump_layout labels;
    struct dump_layout ids;
    bool one_hot;
};

static bool fit_axes(struct fit *fit, const struct dump_axes *axes,
                     const struct dump_order_arrays *arrays, bool one_hot)
{
    const bool ids = arrays->ids != NULL;
    *fit = (struct fit){.logits = *arrays->logits->layout,
                        .labels = *arrays->labels->layout,
                        .one_hot = one_hot};
    if (ids)
        fit->ids = *arrays->ids->layout;
    return dump_fit_axes(axes, &fit->logits, &fit->labels,
                         ids ? &fit->ids : NULL, one_hot);
}

static bool would_be_read(const struct fit *fit,
                          const struct dump_order_arrays *arrays,
                          char also[DUMP_TRIAL_TEXT])
{
    const struct dump_order_trial trial = {
        .index = arrays->index,
        .labels = arrays->labels,
        .logits = &fit->logits,
        .layout = &fit->labels,
        .one_hot = fit->one_hot,
        .same_rows =
            arrays->ids == NULL || fit->ids.counts[0].axis == DUMP_NO_AXIS};
    return dump_try_order(&trial, also);
}

/* As many epochs as classes: the labels tell which they are. */
bool dump_axes_are_one_hot(const struct dump_axes *axes,
                           const struct dump_order_arrays *arrays)
{
    struct fit plain;
    struct fit hot;
    char also[DUMP_TRIAL_TEXT];
    if (!fit_axes(&hot, axes, arrays, true))
        return false;
    return !fit_axes(&plain, axes, arrays, false) ||
           (!would_be_read(&plain, arrays, also) &&
            would_be_read(&hot, arrays, also));
}

static bool order_fits(const struct dump_axes *axes, bool each,
                       const struct dump_order_arrays *arrays,
                       struct dump_orders_wanted wanted,
                       char also[DUMP_TRIAL_TEXT])
{
    struct fit fit;
    const bool positions = count_kind(axes, DUMP_AXIS_POSITION) > 0;
    also[0] = '\0';
    if ((!positions && wanted.positions_alone) ||
        !(fit_axes(&fit, axes, arrays, false) ||
          fit_axes(&fit, axes, arrays, true)) ||
        (positions && fit.one_hot) || (each && !has_positions(&fit.labels)) ||
        fit.logits.columns < wanted.classes ||
        (!arrays->unread && is_same_order(&fit.logits, arrays->logits->layout)))
        return false;
    if (wanted.shapes_alone)
        return true;
    if (dump_axes_lack_samples(axes) && !has_name(arrays))
        return false;
    return would_be_read(&fit, arrays, also) ||
           (!fit.one_hot && !positions && fit_axes(&fit, axes, arrays, true) &&
            would_be_read(&fit, arrays, also));
}

void dump_format_orders(const struct dump_order_arrays *arrays,
                        struct dump_orders_wanted wanted, char *text,
                        size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct dump_axes axes;
        char list[DUMP_AXES_TEXT];
        char also[DUMP_TRIAL_TEXT];
        if (used >= size ||
            !spread_names(&axes, orders[i].axes, arrays->logits->layout) ||
            !order_fits(&axes, orders[i].each, arrays, wanted, also))
            continue;
        dump_axes_format(&axes, list);
        used += (size_t)snprintf(text + used, size - used, "%s--axes=%s%s",
                                 used > 0 ? " or " : "", list, also);
    }
}

void dump_format_record_orders(const struct dump_index *index, size_t record,
                               struct dump_orders_wanted wanted, char *text,
                               size_t size)
{
    const struct epoch_record *of = &index->records[record];
    const struct dump_order_arrays arrays = {
        .index = index,
        .logits = &index->arrays[of->logits],
        .labels = &index->arrays[of->labels],
        .ids = of->ids != DUMP_NO_ARRAY ? &index->arrays[of->ids] : NULL};
    dump_format_orders(&arrays, wanted, text, size);
}
