/*
 * axes_hints.c - do labels tell that axes are in another order than the usual?
 *
 * A dump of sentences, [sentences, tokens, classes], looks like one of epochs,
 * and one whose axes R has reversed, [classes, rows, epochs], too. But then
 * labels change from "epoch" to "epoch", are padding, or use few of the
 * classes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dump/axes.h"
#include "scan/scan_work.h"

/* What marks tokens of no class, as in PyTorch. */
#define PADDING "-100"

/* One row in so many may have another label by mistake. */
#define CHANGES_SHARE 16u

#define ORDERS_TEXT 700

static const struct dump_orders_wanted of_positions = {.positions_alone = true};

/* One logit is no order of a model of several classes. Nothing is said of axes
 * that the user has named. */
static bool find_orders(const struct scan *scan, size_t record,
                        struct dump_orders_wanted wanted,
                        char orders[ORDERS_TEXT])
{
    const struct dump_index *index = scan->index;
    if (index->arrays[index->records[record].logits].layout->named)
        return false;
    if (wanted.classes < 2 && scan->result->logit_classes > 1)
        wanted.classes = 2;
    dump_format_record_orders(index, record, wanted, orders, ORDERS_TEXT);
    return orders[0] != '\0';
}

static bool add_orders(struct scan *scan, const char *orders)
{
    char text[sizeof scan->error->text];
    memcpy(text, scan->error->text, sizeof text);
    error_set_text(scan->error,
                   "%s; if the axes are in another order, name them: %s", text,
                   orders);
    return false;
}

bool suggest_orders(struct scan *scan, uint64_t classes)
{
    const struct dump_orders_wanted wanted = {.classes = classes};
    char orders[ORDERS_TEXT];
    return find_orders(scan, scan->record, wanted, orders) &&
           add_orders(scan, orders);
}

static bool is_padding(const struct dump_bad_labels *bad)
{
    return strcmp(bad->value, PADDING) == 0;
}

bool suggest_orders_for_label(struct lane *lane)
{
    const struct dump_bad_labels *bad = &lane->measured.bad;
    struct scan *scan = lane->scan;
    char orders[ORDERS_TEXT];
    uint64_t label = 0;
    if (is_padding(bad) &&
        find_orders(scan, scan->record, of_positions, orders))
        return add_orders(scan, orders);
    if (scan->convention != LABELS_WRONG &&
        scan->convention != LABELS_MULTI_HOT &&
        scan->convention != LABELS_EXTRA)
        return false;
    if (bad->fault == DUMP_LABEL_OUT_OF_RANGE && bad->value[0] != '-')
        sscanf(bad->value, "%" SCNu64, &label);
    return suggest_orders(scan, label + (label < UINT64_MAX));
}

bool check_padding(struct lane *lane)
{
    struct scan *scan = lane->scan;
    char orders[ORDERS_TEXT];
    if (!is_padding(&lane->measured.bad) ||
        !find_orders(scan, scan->record, of_positions, orders))
        return true;
    const struct epoch_record *record = lane_record(lane);
    return error_set(
        scan->error,
        "%s: %s: the label " PADDING " in row %" PRIu64 " of epoch %" PRId64
        " is padding of tokens, as a rule: are its epochs sentences? Name the "
        "axes: %s",
        scan->index->files[record->file].path,
        scan->index->arrays[record->labels].path,
        lane->measured.block.first_row + lane->measured.bad.first,
        record->epoch, orders);
}

void begin_orders(struct scan *scan, size_t record)
{
    const struct dump_orders_wanted any = {.shapes_alone = true};
    char orders[ORDERS_TEXT];
    scan->changed_labels = 0;
    scan->highest_label = 0;
    scan->looks_for_orders =
        scan->record == SIZE_MAX && find_orders(scan, record, any, orders);
}

void note_highest_label(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct measured *measured = &lane->measured;
    if (!scan->looks_for_orders)
        return;
    for (size_t i = 0; i < measured->block.rows; i++) {
        const uint32_t label = measured->labels[i];
        if (label == DUMP_NO_LABEL)
            continue;
        scan->any_label = true;
        scan->first_class |= label == 0;
        if (label > scan->highest_label)
            scan->highest_label = label;
    }
}

/* The labels of the first record use few of the classes: a warning. */
static void check_highest_label(struct scan *scan)
{
    const struct epoch_record *record = &scan->index->records[scan->record];
    const struct dump_orders_wanted wanted = {
        .classes = (uint64_t)scan->highest_label + scan->first_class};
    char orders[ORDERS_TEXT];
    if (!scan->looks_for_orders || !scan->any_label ||
        2 * (uint64_t)scan->highest_label + 1 >= record->classes ||
        !find_orders(scan, scan->record, wanted, orders))
        return;
    log_warning(
        scan->messages,
        "%s: %s: of %" PRIu64 " classes, the highest label is %" PRId64
        "; if the axes are in another order (R, MATLAB and Julia "
        "reverse them), name them: %s",
        scan->index->files[record->file].path,
        scan->index->arrays[record->labels].path, record->classes,
        class_label(&scan->index->label_rules.classes, scan->highest_label),
        orders);
    scan->result->told_of_few_labels = true;
}

bool check_orders(struct scan *scan)
{
    const struct epoch_record *record = &scan->index->records[scan->record];
    const struct dump_orders_wanted any = {.classes = 0};
    char orders[ORDERS_TEXT];
    check_highest_label(scan);
    if (scan->changed_labels <= record->rows / CHANGES_SHARE ||
        !find_orders(scan, scan->record, any, orders))
        return true;
    return error_set(
        scan->error,
        "%s: %s: %zu of %" PRIu64 " labels of epoch %" PRId64
        " are not what they were before: are its epochs none? Name "
        "the axes: %s; or --allow-relabel takes the last label",
        scan->index->files[record->file].path,
        scan->index->arrays[record->labels].path, scan->changed_labels,
        record->rows, record->epoch, orders);
}
