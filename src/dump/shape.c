/*
 * shape.c - which axis of a dataset is what
 */
#include "dump/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dump/axes.h"

void dump_format_shape(const struct dump_layout *layout, char *text,
                       size_t size)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < layout->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%" PRIu64 "%s",
                                 layout->dims[i],
                                 layout->rank == 1      ? ","
                                 : i + 1 < layout->rank ? ", "
                                                        : "");
    if (used < size)
        snprintf(text + used, size - used, ")");
}

/* ---- how a layout is read, once it is known what its axes are ---- */

/* What is stored of some of the axes that are counted along. */
struct stored {
    int long_axes; /* not of length 1 */
    int present;   /* of these: the array has them */
    int first;     /* of these, or DUMP_NO_AXIS */
    int last;
    uint64_t count;
};

/* *previous is the axis that was met last; *in_order: all came after another.
 */
static struct stored look_at(const struct dump_layout *layout, unsigned first,
                             unsigned count, int *previous, bool *in_order)
{
    struct stored found = {0, 0, DUMP_NO_AXIS, DUMP_NO_AXIS, 1};
    for (unsigned i = first; i < first + count; i++) {
        const int axis = layout->counts[i].axis;
        found.count *= layout->counts[i].length;
        found.long_axes += layout->counts[i].length != 1;
        if (axis == DUMP_NO_AXIS)
            continue;
        found.present++;
        found.first = found.present == 1 ? axis : found.first;
        found.last = axis;
        *in_order &= axis > *previous;
        *previous = axis;
    }
    return found;
}

/* Can one axis stand for these? Elements that are adjacent in a file may be
 * counted along as many as there are. */
static bool is_simple(const struct dump_layout *layout, struct stored stored)
{
    return stored.present == stored.long_axes &&
           (stored.present <= 1 || layout->storage == DUMP_CONTIGUOUS);
}

/* `counts` and `column_axis` are known: finds the rest. */
static void arrange(struct dump_layout *layout)
{
    int previous = -1;
    bool in_order = true;
    const struct stored slices =
        look_at(layout, 0, layout->slice_axes, &previous, &in_order);
    const struct stored rows = look_at(layout, layout->slice_axes,
                                       layout->row_axes, &previous, &in_order);
    if (layout->column_axis != DUMP_NO_AXIS)
        in_order &= layout->column_axis > previous;
    layout->epochs = layout->slice_axes > 0 ? layout->counts[0].length : 1;
    layout->measurements = 1;
    for (unsigned i = 1; i < layout->slice_axes; i++)
        layout->measurements *= layout->counts[i].length;
    layout->rows = rows.count;
    layout->columns = layout->column_axis != DUMP_NO_AXIS
                          ? layout->dims[layout->column_axis]
                          : 1;
    layout->boxed = !(in_order && is_simple(layout, rows) &&
                      (slices.present == 0 || is_simple(layout, slices)));
    layout->crossed = layout->boxed && slices.present <= 1 &&
                      slices.present == slices.long_axes &&
                      rows.long_axes <= 1 && rows.present == rows.long_axes;
    layout->epoch_axis = slices.first;
    layout->row_axis = layout->boxed ? rows.last : rows.first;
}

void dump_copy_axes(struct dump_layout *layout, const struct dump_layout *like)
{
    layout->slice_axes = like->slice_axes;
    layout->row_axes = like->row_axes;
    layout->positions = like->positions;
    layout->column_axis = like->column_axis;
    memcpy(layout->counts, like->counts, sizeof layout->counts);
    arrange(layout);
}

/* ---- logits ---- */

/* What the stored axes of logits are, in the order in which they are named.
 * Those of length 1 may be missing. */
struct order {
    int count;
    struct {
        enum dump_axis_kind kind;
        int axis;
    } named[DUMP_RANK_MAX];
    bool has_samples;
};

static void add_counts(struct dump_layout *logits, const struct order *order,
                       enum dump_axis_kind kind, unsigned *count)
{
    for (int i = 0; i < order->count; i++) {
        if (order->named[i].kind != kind)
            continue;
        const int axis = order->named[i].axis;
        const uint64_t length = logits->dims[axis];
        logits->counts[(*count)++] = (struct dump_count_axis){
            .length = length, .axis = length != 1 ? axis : DUMP_NO_AXIS};
    }
}

/* One of a kind that has to be counted along, even if it is not stored. */
static void add_one(struct dump_layout *logits, const struct order *order,
                    enum dump_axis_kind kind, unsigned *count)
{
    const unsigned before = *count;
    add_counts(logits, order, kind, count);
    if (*count == before)
        logits->counts[(*count)++] =
            (struct dump_count_axis){.length = 1, .axis = DUMP_NO_AXIS};
}

static void set_logits(struct dump_layout *logits, const struct order *order)
{
    unsigned count = 0;
    memset(logits->counts, 0, sizeof logits->counts);
    add_one(logits, order, DUMP_AXIS_EPOCH, &count);
    add_counts(logits, order, DUMP_AXIS_MEASUREMENT, &count);
    logits->slice_axes = count;
    if (order->has_samples)
        add_one(logits, order, DUMP_AXIS_SAMPLE, &count);
    const unsigned samples = count;
    add_counts(logits, order, DUMP_AXIS_POSITION, &count);
    logits->row_axes = count - logits->slice_axes;
    logits->positions = count - samples;
    logits->column_axis = DUMP_NO_AXIS;
    for (int i = 0; i < order->count; i++) {
        if (order->named[i].kind == DUMP_AXIS_CLASS &&
            logits->dims[order->named[i].axis] != 1)
            logits->column_axis = order->named[i].axis;
    }
    arrange(logits);
}

/* ---- labels and ids ---- */

/* The axes that are not of length 1; their count. */
static int long_axes(const struct dump_layout *layout, bool reversed,
                     int axes[DUMP_RANK_MAX])
{
    int count = 0;
    for (int i = 0; i < layout->rank; i++) {
        const int axis = reversed ? layout->rank - 1 - i : i;
        if (layout->dims[axis] != 1)
            axes[count++] = axis;
    }
    return count;
}

/* What labels and ids may lack. */
enum { LACKS_MEASUREMENTS = 1, LACKS_EPOCHS = 2, LACKS_POSITIONS = 4 };

/* As much as they may have, or else less. Of axes of the same length, labels
 * are rather those of positions, and ids those of epochs. */
static const unsigned char labels_lack[] = {0, 1, 2, 3, 4, 5, 6, 7};
static const unsigned char ids_lack[] = {0, 1, 4, 5, 2, 3, 6, 7};

static bool is_lacking(enum dump_axis_kind kind, unsigned lacks)
{
    return (kind == DUMP_AXIS_MEASUREMENT && (lacks & LACKS_MEASUREMENTS)) ||
           (kind == DUMP_AXIS_EPOCH && (lacks & LACKS_EPOCHS)) ||
           (kind == DUMP_AXIS_POSITION && (lacks & LACKS_POSITIONS));
}

/* How one reads labels or ids beside logits. */
struct partner {
    struct dump_layout *layout;
    bool reversed;
    uint64_t width; /* elements of a row: classes if it is one-hot, else 1 */
};

/* The next of the axes, if it has this length. */
static bool take_axis(const struct partner *partner, const int *axes, int count,
                      int *next, uint64_t length, int *axis)
{
    *axis = DUMP_NO_AXIS;
    if (length == 1)
        return true;
    if (*next == count)
        return false;
    *axis = axes[(*next)++];
    return partner->layout->dims[*axis] == length;
}

/* The place of an axis of the logits among those that are counted along. */
static unsigned count_of(const struct dump_layout *logits, int axis)
{
    unsigned place = 0;
    while (logits->counts[place].axis != axis)
        place++;
    return place;
}

static bool fits(const struct partner *partner,
                 const struct dump_layout *logits, const struct order *order,
                 unsigned lacks)
{
    struct dump_layout *layout = partner->layout;
    int axes[DUMP_RANK_MAX];
    const int count = long_axes(layout, partner->reversed, axes);
    int next = 0;
    int columns = DUMP_NO_AXIS;
    bool has_class = false;
    memcpy(layout->counts, logits->counts, sizeof layout->counts);
    for (unsigned i = 0; i < logits->slice_axes + logits->row_axes; i++)
        layout->counts[i].axis = DUMP_NO_AXIS;
    for (int i = 0; i < order->count; i++) {
        const enum dump_axis_kind kind = order->named[i].kind;
        const uint64_t length = logits->dims[order->named[i].axis];
        int axis;
        if (kind == DUMP_AXIS_CLASS) {
            has_class = true;
            if (!take_axis(partner, axes, count, &next, partner->width,
                           &columns))
                return false;
            continue;
        }
        if (length == 1 || is_lacking(kind, lacks))
            continue;
        if (!take_axis(partner, axes, count, &next, length, &axis))
            return false;
        layout->counts[count_of(logits, order->named[i].axis)].axis = axis;
    }
    if ((!has_class &&
         !take_axis(partner, axes, count, &next, partner->width, &columns)) ||
        next < count)
        return false;
    layout->slice_axes = logits->slice_axes;
    layout->row_axes = logits->row_axes;
    layout->positions = logits->positions;
    layout->column_axis = columns;
    arrange(layout);
    return true;
}

static bool any_fits(const struct partner *partner,
                     const unsigned char lacks[8],
                     const struct dump_layout *logits,
                     const struct order *order)
{
    for (int i = 0; i < 8; i++) {
        if (fits(partner, logits, order, lacks[i]))
            return true;
    }
    return false;
}

static bool labels_fit(struct dump_layout *labels, bool reversed,
                       const struct dump_layout *logits,
                       const struct order *order, bool one_hot)
{
    uint64_t width = 1;
    if (one_hot) /* a one-logit model has two classes */
        width = logits->columns == 1 ? 2 : logits->columns;
    const struct partner partner = {labels, reversed, width};
    return any_fits(&partner, labels_lack, logits, order);
}

static bool ids_fit(struct dump_layout *ids, bool reversed,
                    const struct dump_layout *logits, const struct order *order)
{
    const struct partner partner = {ids, reversed, 1};
    return any_fits(&partner, ids_lack, logits, order);
}

/* ---- axes that are given ---- */

static bool take_names(const struct dump_axes *axes,
                       const struct dump_layout *logits, struct order *order)
{
    *order = (struct order){.has_samples = !dump_axes_lack_samples(axes)};
    if (axes->count != logits->rank)
        return false;
    for (int i = 0; i < axes->count; i++) {
        if (axes->kinds[i] == DUMP_AXIS_UNIT) {
            if (logits->dims[i] != 1)
                return false;
            continue;
        }
        order->named[order->count].kind = axes->kinds[i];
        order->named[order->count++].axis = i;
    }
    return true;
}

bool dump_fit_axes(const struct dump_axes *axes, struct dump_layout *logits,
                   struct dump_layout *labels, struct dump_layout *ids,
                   bool one_hot)
{
    struct order order;
    if (!take_names(axes, logits, &order))
        return false;
    set_logits(logits, &order);
    logits->named = true;
    return labels_fit(labels, false, logits, &order, one_hot) &&
           (ids == NULL || ids_fit(ids, false, logits, &order));
}

/* ---- the usual readings ---- */

static struct order order_of(int epoch, int row, int column)
{
    const int axes[3] = {epoch, row, column};
    static const enum dump_axis_kind kinds[3] = {
        DUMP_AXIS_EPOCH, DUMP_AXIS_SAMPLE, DUMP_AXIS_CLASS};
    struct order order = {.has_samples = true};
    for (int i = 0; i < 3; i++) {
        if (axes[i] == DUMP_NO_AXIS)
            continue;
        order.named[order.count].kind = kinds[i];
        order.named[order.count++].axis = axes[i];
    }
    return order;
}

/* The readings of logits that their own shape allows, likeliest first. */
static int readings(const struct dump_layout *logits, struct order out[3])
{
    const int none = DUMP_NO_AXIS;
    const int first = logits->reversed ? logits->rank - 1 : 0;
    const int last = logits->rank - 1 - first;
    int a[DUMP_RANK_MAX];
    int n = 0;
    switch (long_axes(logits, logits->reversed, a)) {
    case 0:
        out[n++] = order_of(none, none, none);
        break;
    case 1:
        if (a[0] == first || logits->rank == 1) {
            out[n++] = order_of(none, a[0], none);
            out[n++] = order_of(none, none, a[0]);
        } else {
            out[n++] = order_of(none, none, a[0]);
            out[n++] = order_of(none, a[0], none);
        }
        break;
    case 2:
        out[n++] = order_of(none, a[0], a[1]);
        if (a[1] != last) /* [epochs, rows, 1] */
            out[n++] = order_of(a[0], a[1], none);
        if (a[1] != a[0] + 1 && a[1] != a[0] - 1) /* [epochs, 1, classes] */
            out[n++] = order_of(a[0], none, a[1]);
        break;
    case 3:
        out[n++] = order_of(a[0], a[1], a[2]);
        break;
    default:
        break;
    }
    return n;
}

/* ---- what does not fit ---- */

#define ORDERS_TEXT 700

/* Would labels of two axes fit if these were the other way round? */
static bool are_crossed(const struct dump_array *logits,
                        const struct dump_array *labels,
                        const struct dump_index *index)
{
    const struct dump_orders_wanted any = {.shapes_alone = true};
    struct dump_layout layout = *labels->layout;
    struct dump_array turned = *labels;
    char orders[ORDERS_TEXT];
    if (layout.rank != 2)
        return false;
    layout.dims[0] = labels->layout->dims[1];
    layout.dims[1] = labels->layout->dims[0];
    turned.layout = &layout;
    const struct dump_order_arrays arrays = {
        .index = index, .logits = logits, .labels = &turned, .unread = true};
    dump_format_orders(&arrays, any, orders, sizeof orders);
    return orders[0] != '\0';
}

static void format_orders(const struct dump_array *logits,
                          const struct dump_array *labels,
                          const struct dump_array *ids,
                          const struct dump_index *index,
                          char text[ORDERS_TEXT])
{
    const struct dump_orders_wanted any = {.classes = 0};
    const struct dump_order_arrays arrays = {.index = index,
                                             .logits = logits,
                                             .labels = labels,
                                             .ids = ids,
                                             .unread = true};
    dump_format_orders(&arrays, any, text, ORDERS_TEXT);
}

static bool no_reading(const struct dump_array *logits,
                       const struct dump_array *labels,
                       const struct dump_array *ids,
                       const struct dump_index *index, struct error *error)
{
    char shape[128];
    char orders[ORDERS_TEXT];
    dump_format_shape(logits->layout, shape, sizeof shape);
    format_orders(logits, labels, ids, index, orders);
    return error_set(error,
                     "%s: %s has shape %s; logits are (rows, classes) or "
                     "(epochs, rows, classes)%s%s",
                     index->files[logits->file].path, logits->path, shape,
                     orders[0] != '\0' ? ", or name their axes: " : "", orders);
}

static bool mismatch(const struct dump_array *logits,
                     const struct dump_array *labels,
                     const struct dump_array *ids,
                     const struct dump_array *other, uint64_t rows,
                     const struct dump_index *index, struct error *error)
{
    char shape[128];
    char other_shape[128];
    char orders[ORDERS_TEXT];
    dump_format_shape(logits->layout, shape, sizeof shape);
    dump_format_shape(other->layout, other_shape, sizeof other_shape);
    format_orders(logits, labels, ids, index, orders);
    return error_set(error,
                     "%s: %s has %" PRIu64 " rows (shape %s), but %s has shape "
                     "%s; dump both for the same samples%s%s%s",
                     index->files[logits->file].path, logits->path, rows, shape,
                     other->path, other_shape,
                     orders[0] == '\0' && are_crossed(logits, labels, index)
                         ? ", and their axes in the same order"
                         : "",
                     orders[0] != '\0' ? ", or name the axes: " : "", orders);
}

static bool names_mismatch(const struct dump_axes *axes,
                           const struct dump_array *logits,
                           const struct dump_array *labels,
                           const struct dump_array *ids,
                           const struct dump_index *index, struct error *error)
{
    char list[DUMP_AXES_TEXT];
    char shape[128];
    char labels_shape[128];
    char ids_shape[128] = "";
    char orders[ORDERS_TEXT];
    dump_axes_format(axes, list);
    dump_format_shape(logits->layout, shape, sizeof shape);
    dump_format_shape(labels->layout, labels_shape, sizeof labels_shape);
    if (ids != NULL)
        dump_format_shape(ids->layout, ids_shape, sizeof ids_shape);
    format_orders(logits, labels, ids, index, orders);
    return error_set(
        error,
        "%s: --axes=%s does not fit %s of shape %s with %s of shape %s%s%s%s%s"
        "; %s%s",
        index->files[logits->file].path, list, logits->path, shape,
        labels->path, labels_shape, ids != NULL ? " and " : "",
        ids != NULL ? ids->path : "", ids != NULL ? " of shape " : "",
        ids_shape,
        orders[0] != '\0' ? "what fits: " : "dump all for the same samples",
        orders);
}

bool dump_resolve_shapes(const struct dump_axes *axes,
                         struct dump_array *logits, struct dump_array *labels,
                         struct dump_array *ids, bool *one_hot,
                         const struct dump_index *index, struct error *error)
{
    struct order candidates[3];
    const struct dump_order_arrays arrays = {index, logits, labels, ids, false};
    if (axes->count > 0) {
        *one_hot = dump_axes_are_one_hot(axes, &arrays);
        return dump_fit_axes(axes, logits->layout, labels->layout,
                             ids != NULL ? ids->layout : NULL, *one_hot) ||
               names_mismatch(axes, logits, labels, ids, index, error);
    }
    const int count = readings(logits->layout, candidates);
    if (count == 0)
        return no_reading(logits, labels, ids, index, error);
    /* One number a row is by far the commonest: one-hot only if no reading of
     * the logits has it. */
    for (int i = 0; i < 2 * count; i++) {
        const struct order *order = &candidates[i % count];
        *one_hot = i >= count;
        set_logits(logits->layout, order);
        if (!labels_fit(labels->layout, labels->layout->reversed,
                        logits->layout, order, *one_hot))
            continue;
        return ids == NULL ||
               ids_fit(ids->layout, ids->layout->reversed, logits->layout,
                       order) ||
               mismatch(logits, labels, ids, ids, logits->layout->rows, index,
                        error);
    }
    set_logits(logits->layout, &candidates[0]);
    return mismatch(logits, labels, ids, labels, logits->layout->rows, index,
                    error);
}
