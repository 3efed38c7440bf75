/*
 * shape.c - which axis of a dataset is what
 */
#include "dump/shape.h"

#include <inttypes.h>
#include <stdio.h>

/* Axis numbers, or DUMP_NO_AXIS. */
struct axes {
    int epoch;
    int row;
    int column;
};

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

/* The axes that are not of length 1; their count. */
static int long_axes(const struct dump_layout *layout, int axes[DUMP_RANK_MAX])
{
    int count = 0;
    for (int i = 0; i < layout->rank; i++) {
        if (layout->dims[i] != 1)
            axes[count++] = i;
    }
    return count;
}

static uint64_t length(const struct dump_layout *layout, int axis)
{
    return axis == DUMP_NO_AXIS ? 1 : layout->dims[axis];
}

/* Is the layout epochs x rows x columns, but for axes of length 1? */
static bool fits(const struct dump_layout *layout, uint64_t epochs,
                 uint64_t rows, uint64_t columns, struct axes *out)
{
    int axes[DUMP_RANK_MAX];
    const int count = long_axes(layout, axes);
    int next = 0;
    *out = (struct axes){DUMP_NO_AXIS, DUMP_NO_AXIS, DUMP_NO_AXIS};
    if (epochs != 1)
        out->epoch = next < count ? axes[next++] : DUMP_NO_AXIS;
    if (rows != 1)
        out->row = next < count ? axes[next++] : DUMP_NO_AXIS;
    if (columns != 1)
        out->column = next < count ? axes[next++] : DUMP_NO_AXIS;
    return next == count && length(layout, out->epoch) == epochs &&
           length(layout, out->row) == rows &&
           length(layout, out->column) == columns;
}

static void set_axes(struct dump_layout *layout, struct axes axes)
{
    layout->epoch_axis = axes.epoch;
    layout->row_axis = axes.row;
    layout->column_axis = axes.column;
    layout->epochs = length(layout, axes.epoch);
    layout->rows = length(layout, axes.row);
    layout->columns = length(layout, axes.column);
}

/* The readings of logits that their own shape allows, likeliest first. */
static int readings(const struct dump_layout *logits, struct axes out[3])
{
    const int none = DUMP_NO_AXIS;
    int a[DUMP_RANK_MAX];
    int n = 0;
    switch (long_axes(logits, a)) {
    case 0:
        out[n++] = (struct axes){none, none, none};
        break;
    case 1:
        if (a[0] == 0 || logits->rank == 1) {
            out[n++] = (struct axes){none, a[0], none};
            out[n++] = (struct axes){none, none, a[0]};
        } else {
            out[n++] = (struct axes){none, none, a[0]};
            out[n++] = (struct axes){none, a[0], none};
        }
        break;
    case 2:
        out[n++] = (struct axes){none, a[0], a[1]};
        if (a[1] < logits->rank - 1) /* [epochs, rows, 1] */
            out[n++] = (struct axes){a[0], a[1], none};
        if (a[1] > a[0] + 1) /* [epochs, 1, classes] */
            out[n++] = (struct axes){a[0], none, a[1]};
        break;
    case 3:
        out[n++] = (struct axes){a[0], a[1], a[2]};
        break;
    default:
        break;
    }
    return n;
}

static bool labels_fit(const struct dump_layout *labels,
                       const struct dump_layout *logits, bool one_hot,
                       struct axes *out)
{
    uint64_t width = 1;
    if (one_hot) /* a one-logit model has two classes */
        width = logits->columns == 1 ? 2 : logits->columns;
    return fits(labels, logits->epochs, logits->rows, width, out) ||
           fits(labels, 1, logits->rows, width, out);
}

static bool mismatch(const struct dump_array *logits, struct axes reading,
                     const struct dump_array *other, const char *context,
                     struct error *error)
{
    char shape[128];
    char other_shape[128];
    dump_format_shape(logits->layout, shape, sizeof shape);
    dump_format_shape(other->layout, other_shape, sizeof other_shape);
    return error_set(error,
                     "%s: %s has %" PRIu64 " rows (shape %s), but %s has shape "
                     "%s; dump both for the same samples",
                     context, logits->path, length(logits->layout, reading.row),
                     shape, other->path, other_shape);
}

bool dump_resolve_shapes(struct dump_array *logits, struct dump_array *labels,
                         struct dump_array *ids, bool *one_hot,
                         const char *context, struct error *error)
{
    struct axes candidates[3];
    struct axes axes;
    const int count = readings(logits->layout, candidates);
    if (count == 0) {
        char shape[128];
        dump_format_shape(logits->layout, shape, sizeof shape);
        return error_set(error,
                         "%s: %s has shape %s; logits are (rows, classes) or "
                         "(epochs, rows, classes)",
                         context, logits->path, shape);
    }
    /* One number a row is by far the commonest: one-hot only if no reading of
     * the logits has it. */
    for (int i = 0; i < 2 * count; i++) {
        *one_hot = i >= count;
        set_axes(logits->layout, candidates[i % count]);
        if (!labels_fit(labels->layout, logits->layout, *one_hot, &axes))
            continue;
        set_axes(labels->layout, axes);
        if (ids == NULL)
            return true;
        if (!fits(ids->layout, logits->layout->epochs, logits->layout->rows, 1,
                  &axes) &&
            !fits(ids->layout, 1, logits->layout->rows, 1, &axes))
            return mismatch(logits, candidates[i % count], ids, context, error);
        set_axes(ids->layout, axes);
        return true;
    }
    return mismatch(logits, candidates[0], labels, context, error);
}
