/*
 * unwritten.c - epochs that were never written
 *
 * Storage does not always tell what was never written: of contiguous data, and
 * within chunks, it reads as fill values. A network that has learned nothing
 * yet has such logits, too, but only in the first epoch, and at the start of
 * its dataset. So if a record of a later epoch, or from further down, starts
 * with fill values, its rows are held back until others come.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scan/scan_work.h"

bool hold_block(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct measured *measured = &lane->measured;
    const bool later = measured_is_later(scan->index, lane_record(lane));
    if (!scan->holds || measured->bad.count > 0 ||
        !measured_is_blank(measured) || (measured->fills > 0 && !later)) {
        scan->holds = false;
        return false;
    }
    scan->held += measured->block.rows;
    return true;
}

static struct lane *create_spare(struct scan *scan)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    scan->spare = lane;
    return lane_init(lane, scan) ? lane : NULL;
}

bool release_held(struct scan *scan, bool (*add)(struct lane *lane))
{
    struct lane *lane = scan->spare != NULL ? scan->spare : create_spare(scan);
    const size_t most = dump_reader_rows_max(scan->reader);
    if (lane == NULL)
        return error_no_memory(scan->error);
    for (uint64_t row = 0; row < scan->held; row += most) {
        const uint64_t left = scan->held - row;
        lane->measured.block =
            (struct dump_block){.record = scan->record,
                                .first_row = row,
                                .rows = left < most ? (size_t)left : most};
        if (!measure_block(&lane->measured, scan->rescuer,
                           scan->result->logit_classes, scan->shows_rows,
                           scan->error) ||
            !add(lane))
            return false;
    }
    scan->held = 0;
    return true;
}

bool end_held(struct scan *scan)
{
    struct scan_result *result = scan->result;
    const struct dump_index *index = scan->index;
    if (!check_filled(scan))
        return false;
    if (scan->held == 0)
        return true;
    const struct epoch_record *record = &index->records[scan->record];
    if (result->is_left_out == NULL)
        result->is_left_out = calloc(index->record_count + 1, 1);
    if (result->is_left_out == NULL)
        return error_no_memory(scan->error);
    if (result->left_out++ == 0)
        log_warning(scan->messages,
                    "%s: %s: epoch %" PRId64 " was never written, and is left "
                    "out",
                    index->files[record->file].path,
                    index->arrays[record->logits].path, record->epoch);
    result->is_left_out[scan->record] = 1;
    scan->held = 0;
    return true;
}

void free_held(struct scan *scan)
{
    if (scan->spare != NULL)
        measured_free(&scan->spare->measured);
    free(scan->spare);
}
