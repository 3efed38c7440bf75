/*
 * row_errors.c - what a scan says of rows that are wrong
 */
#include <inttypes.h>
#include <stdio.h>

#include "scan/scan_work.h"

static const char *file_of(const struct lane *lane)
{
    return lane->scan->index->files[lane_record(lane)->file].path;
}

static const char *array_path(const struct lane *lane, size_t array)
{
    return lane->scan->index->arrays[array].path;
}

/* "row 12 of epoch 3" */
static const char *place(const struct lane *lane, size_t row, char text[64])
{
    snprintf(text, 64, "row %" PRIu64 " of epoch %" PRId64,
             lane->measured.block.first_row + row, lane_record(lane)->epoch);
    return text;
}

/* An error, or with --keep-going a warning. Returns whether to go on. */
bool handle_damage(struct scan *scan, const char *text)
{
    if (scan->options->keep_going) {
        log_warning(scan->messages, "%s", text);
        return true;
    }
    return error_set(scan->error, "%s", text);
}

static int64_t label_of(const struct lane *lane, size_t class)
{
    return class_label(&lane->scan->index->label_rules.classes,
                       (uint32_t) class);
}

/* Labels that mean something else than their numbers make all rows wrong, and
 * not only those that no class has. */
bool handle_bad_label(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct dump_bad_labels *bad = &lane->measured.bad;
    const char *path = array_path(lane, lane_record(lane)->labels);
    const char *file = file_of(lane);
    char at[64];
    char remedy[400];
    char text[2048];
    scan->result->skipped_rows += bad->count;
    if (scan->told_of_bad_label && scan->options->keep_going)
        return true;
    scan->told_of_bad_label = true;
    place(lane, bad->first, at);
    scan->convention = label_conventions_tell(scan->index, scan->rescuer,
                                              scan->label_classes, remedy);
    switch (bad->fault) {
    case DUMP_LABEL_OUT_OF_RANGE:
        snprintf(text, sizeof text,
                 "%s: %s: label %s in %s, but the logits have %zu classes "
                 "(%" PRId64 " to %" PRId64 ")%s",
                 file, path, bad->value, at, scan->label_classes,
                 label_of(lane, 0), label_of(lane, scan->label_classes - 1),
                 remedy);
        break;
    case DUMP_LABEL_NOT_INTEGRAL:
        snprintf(text, sizeof text,
                 "%s: %s: label %s in %s is no class number%s", file, path,
                 bad->value, at, remedy);
        break;
    case DUMP_LABEL_NOT_A_NAME:
        snprintf(text, sizeof text,
                 "%s: %s: label \"%s\" in %s is none of the %zu class names%s",
                 file, path, bad->value, at,
                 scan->index->label_rules.names != NULL
                     ? scan->index->label_rules.names->count
                     : 0,
                 remedy);
        break;
    case DUMP_LABEL_NOT_ONE_HOT:
        snprintf(text, sizeof text, "%s: %s: %s %s%s", file, path, at,
                 scan->index->label_rules.soft
                     ? "has no largest label (all are equal, or some are NaN)"
                     : "is not one-hot (one 1, all else 0)",
                 remedy);
        break;
    }
    return scan->convention == LABELS_FROM_1
               ? error_set(scan->error, "%s", text)
               : handle_damage(scan, text);
}

bool handle_relabeled(struct lane *lane, struct aum_ids ids,
                      const struct aum_batch_report *report)
{
    struct scan *scan = lane->scan;
    char at[64];
    char sample[256];
    char text[2048];
    const size_t row = report->first_relabeled;
    scan->result->skipped_rows += report->relabeled;
    if (scan->options->keep_going && scan->told_of_relabeled)
        return true;
    scan->told_of_relabeled = true;
    measured_format_id(ids, row, sample, sizeof sample);
    snprintf(
        text, sizeof text,
        "%s: %s: %s has label %" PRId64 " in %s, but had %" PRId64
        " before; %s",
        file_of(lane), array_path(lane, lane_record(lane)->labels), sample,
        label_of(lane, lane->measured.labels[row]), place(lane, row, at),
        label_of(lane, report->old_label),
        !epoch_record_has_ids(lane_record(lane))
            ? "without sample ids, all epochs must have the samples in the "
              "same order (dump ids, or name them with --ids); if they "
              "have, --allow-relabel takes the last label"
            : "are two runs mixed? Give each its --run, or choose one "
              "with --group; --allow-relabel takes the last label");
    return handle_damage(scan, text);
}

bool handle_not_finite(struct lane *lane, struct aum_ids ids,
                       const struct aum_batch_report *report)
{
    struct scan *scan = lane->scan;
    char at[64];
    char sample[256];
    char text[2048];
    const bool first = scan->result->not_finite == 0;
    const bool strict = scan->options->strict;
    scan->result->not_finite += report->not_finite;
    if (strict)
        scan->result->skipped_rows += report->not_finite;
    if (!first)
        return !strict || scan->options->keep_going;
    measured_format_id(ids, report->first_not_finite, sample, sizeof sample);
    snprintf(text, sizeof text,
             "%s: %s: the margin of %s in %s is NaN or infinite%s",
             file_of(lane), array_path(lane, lane_record(lane)->logits), sample,
             place(lane, report->first_not_finite, at),
             strict ? "" : "; such measurements are left out");
    if (strict)
        return handle_damage(scan, text);
    log_warning(scan->messages, "%s", text);
    return true;
}

static bool keeps_whole_records(const struct scan *scan)
{
    for (size_t i = 0; i < scan->observer_count; i++) {
        if (scan->observers[i].whole_records)
            return true;
    }
    return false;
}

bool handle_unwritten(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const size_t count = lane->measured.unwritten;
    char at[64];
    if (count == 0)
        return true;
    place(lane, lane->measured.first_unwritten, at);
    if (keeps_whole_records(scan))
        return error_set(
            scan->error,
            "%s: %s: %s was never written, and a state keeps whole "
            "epochs; scan again once the dump is complete, or "
            "leave the epoch out with -e",
            file_of(lane), array_path(lane, lane_record(lane)->logits), at);
    if (scan->result->unwritten_rows == 0)
        log_warning(
            scan->messages,
            "%s: %s: %s was never written, and is left out (its logits, label "
            "or id)",
            file_of(lane), array_path(lane, lane_record(lane)->logits), at);
    scan->result->unwritten_rows += count;
    return true;
}

/* Is the last row that has a label one of fill values alone? */
static bool ends_filled(const struct lane *lane)
{
    const struct measured *measured = &lane->measured;
    size_t row = measured->block.rows;
    while (row > 0 && measured->labels[row - 1] == DUMP_NO_LABEL)
        row--;
    return measured->fills > 0 && row > 0 && measured->filled[row - 1] &&
           lane->scan->result->logit_classes > 1; /* one may well be 0 */
}

void handle_filled(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct measured *measured = &lane->measured;
    char at[64];
    scan->labeled += measured->fills + measured->unwritten > 0
                         ? measured->labeled
                         : measured->block.rows;
    if (measured->fills > 0 && scan->filled == 0)
        snprintf(scan->first_filled, sizeof scan->first_filled,
                 "%.200s: %.100s: %s", file_of(lane),
                 array_path(lane, lane_record(lane)->logits),
                 place(lane, measured->first_fill, at));
    scan->filled += measured->fills;
    scan->ends_filled = ends_filled(lane);
}

/* Of an epoch that is first, a network that has learned nothing has such
 * logits, too; but training seldom begins with epoch 2. */
static bool check_first_epoch(struct scan *scan)
{
    const struct epoch_record *record = &scan->index->records[scan->record];
    if (record->epoch > 1 && keeps_whole_records(scan))
        return error_set(scan->error,
                         "%s: all logits of the first epoch, %" PRId64
                         ", equal the fill value; was it ever written? A state "
                         "keeps whole epochs; leave this one out with -e",
                         scan->index->files[record->file].path, record->epoch);
    if (!scan->told_of_blank_epoch)
        log_note(scan->messages,
                 "%s: all logits of the first epoch, %" PRId64
                 ", equal the fill value: a network that has learned "
                 "nothing yet, or never written? It is measured; -e %" PRId64
                 ": leaves it out",
                 scan->index->files[record->file].path, record->epoch,
                 record->epoch + 1);
    scan->told_of_blank_epoch = true;
    return true;
}

bool check_filled(struct scan *scan)
{
    if (scan->filled == 0)
        return true;
    if (scan->filled == scan->labeled)
        return check_first_epoch(scan);
    if (scan->ends_filled && keeps_whole_records(scan))
        return error_set(scan->error,
                         "%s has logits that all equal the fill value, as has "
                         "the last row; was this epoch written in full? A "
                         "state keeps whole epochs; scan again once the dump "
                         "is complete, or leave the epoch out with -e",
                         scan->first_filled);
    if (scan->result->filled_rows == 0)
        log_warning(scan->messages,
                    "%s has logits that all equal the fill value; it is "
                    "measured, but was it ever written?",
                    scan->first_filled);
    scan->result->filled_rows += scan->filled;
    return true;
}

/* A network that has learned nothing yet has such rows, too, as do the first
 * batches of one that learns. */
void note_equal(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct measured *measured = &lane->measured;
    const bool later = lane_record(lane)->epoch != scan->index->first_epoch;
    struct equal_rows *of = later ? &scan->later_rows : &scan->first_rows;
    char at[64];
    of->rows += measured->equals > 0 ? measured->labeled : measured->block.rows;
    if (measured->equals > 0 && of->equal == 0)
        snprintf(of->first, sizeof of->first, "%.200s: %.100s: %s",
                 file_of(lane), array_path(lane, lane_record(lane)->logits),
                 place(lane, measured->first_equal, at));
    of->equal += measured->equals;
}

/* The share of rows from which on they are no chance: one of so many; but one
 * row alone may be. */
#define EQUAL_SHARE 100u

void check_equal(const struct scan *scan)
{
    const struct equal_rows *of =
        scan->later_rows.rows > 0 ? &scan->later_rows : &scan->first_rows;
    if (of->equal < 2 || of->equal <= of->rows / EQUAL_SHARE)
        return;
    log_warning(scan->messages,
                "%s: logits that are all equal, as in %" PRIu64 " of %" PRIu64
                " rows, give a margin of 0 whatever the label; are these the "
                "logits (--logits names others), and were all rows filled in?",
                of->first, of->equal, of->rows);
}

/* Samplers repeat a few samples; epochs that were appended to each other, all
 * of them. */
void handle_repeated(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    const struct epoch_record *record = &index->records[scan->record];
    if (scan->told_of_repeated || scan->repeated_rows <= record->rows / 2)
        return;
    scan->told_of_repeated = true;
    log_warning(scan->messages,
                "%s: %s: %zu of its %" PRIu64 " rows have a sample id that "
                "came before in the same epoch; if its rows are of several "
                "epochs, a dataset \"epoch\" with the number of each row tells "
                "them apart; if these are no ids (%s), --ids=none counts rows",
                index->files[record->file].path,
                index->arrays[record->logits].path, scan->repeated_rows,
                record->rows,
                record->ids != DUMP_NO_ARRAY ? index->arrays[record->ids].path
                                             : record->group);
}

bool handle_status(struct lane *lane, enum aum_status status)
{
    struct scan *scan = lane->scan;
    const size_t ids = lane_record(lane)->ids;
    if (status == AUM_NO_MEMORY)
        return error_no_memory_for(scan->error, file_of(lane));
    if (status != AUM_MIXED_IDS)
        return error_set(scan->error, "%s: %s", file_of(lane),
                         aum_strerror(status));
    return error_set(scan->error,
                     "%s: %s: %s: integers and strings, or negative numbers "
                     "and numbers of 2^63 and more; are two runs mixed?",
                     file_of(lane),
                     array_path(lane, ids != DUMP_NO_ARRAY
                                          ? ids
                                          : lane_record(lane)->logits),
                     aum_strerror(status));
}
