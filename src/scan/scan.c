/*
 * scan.c - index -> blocks of rows -> margins -> tally
 */
#include "scan/scan_work.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/saturate.h"
#include "ui/progress.h"
#include "scan/parallel.h"
#include "scan/probabilities.h"

/* With longer blocks (chunks of very many rows), a lane a thread would need
 * more memory than the program promises. */
#define LANE_ROWS_MAX 400000u

static void measure_lane(struct dump_worker *worker, struct lane *lane)
{
    const struct scan *scan = lane->scan;
    lane->good =
        measure_block(&lane->measured, worker, scan->result->logit_classes,
                      scan->shows_rows, &lane->error);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* ---- adding ---- */

/* The last record is complete: does it repeat what other records of its epoch
 * have? Samplers repeat a few samples to fill up; train and validation data,
 * or two runs, share most ids. */
static bool end_record(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    if (scan->record == SIZE_MAX)
        return true;
    handle_repeated(scan);
    if (!end_held(scan) || !check_orders(scan))
        return false;
    const struct epoch_record *record = &index->records[scan->record];
    if (scan->shared_rows <= record->rows / 2 ||
        index->arrays[record->logits].layout->measurements > 1)
        return true;
    for (size_t i = scan->first_record; i < scan->record; i++) {
        const struct epoch_record *other = &index->records[i];
        if (other->file != record->file || other->rows == record->rows)
            continue;
        char text[2048];
        snprintf(text, sizeof text,
                 "%s: epoch %" PRId64 " is both in %s (%" PRIu64
                 " rows) and %s (%" PRIu64 " rows), with the same sample ids; "
                 "choose one with --group",
                 index->files[record->file].path, record->epoch,
                 index->arrays[other->logits].path, other->rows,
                 index->arrays[record->logits].path, record->rows);
        return handle_damage(scan, text);
    }
    if (!scan->told_of_shared)
        log_warning(scan->messages,
                    "%s: %s: most samples of epoch %" PRId64 " are in "
                    "another part of that epoch too, and so measured "
                    "twice; is that its number (from: %s), or are two runs "
                    "mixed? --list shows all numbers",
                    index->files[record->file].path,
                    index->arrays[record->logits].path, record->epoch,
                    dump_epoch_from_name(record->from));
    scan->told_of_shared = true;
    return true;
}

/* All records of the epoch are complete. */
static bool end_epoch(struct scan *scan)
{
    if (scan->record == SIZE_MAX)
        return true;
    const int64_t epoch = scan->index->records[scan->record].epoch;
    if (!probe_end_epoch(scan))
        return false;
    if (!scan->epoch_added)
        return true;
    scan->epoch_added = false;
    for (size_t i = 0; i < scan->observer_count; i++) {
        const struct scan_observer *observer = &scan->observers[i];
        if (observer->epoch_done != NULL &&
            !observer->epoch_done(observer->context, scan->result, scan->record,
                                  epoch, scan->error))
            return false;
    }
    return true;
}

static bool begin_record(struct scan *scan, size_t record)
{
    const struct dump_index *index = scan->index;
    if (!end_record(scan))
        return false;
    if (scan->record == SIZE_MAX ||
        index->records[record].epoch != index->records[scan->record].epoch) {
        if (!end_epoch(scan))
            return false;
        scan->first_record = record;
        scan->epochs_begun++;
    }
    /* Empty records have no blocks. */
    while (scan->first_record > 0 &&
           index->records[scan->first_record - 1].epoch ==
               index->records[record].epoch)
        scan->first_record--;
    begin_orders(scan, record);
    scan->record = record;
    scan->shared_rows = 0;
    scan->repeated_rows = 0;
    scan->holds = true;
    scan->labeled = scan->filled = 0;
    scan->ends_filled = false;
    scan->told_of_damage = false;
    return true;
}

/* What observers are shown is put aside; the tally wants those that won. */
static void record_classes(struct scan *scan, const struct lane *lane)
{
    const size_t rows = lane->measured.block.rows;
    const uint32_t *classes = lane->measured.logits.other_class;
    if (scan->result->logit_classes == 1) {
        for (size_t i = 0; i < rows; i++)
            scan->other_class[i] = 1 - lane->measured.labels[i];
        return;
    }
    memcpy(scan->other_class, classes, rows * sizeof *classes);
    aum_measure_finish(lane->measured.logits, rows);
}

static bool show_rows(struct scan *scan, const struct lane *lane,
                      struct aum_ids ids)
{
    const struct scan_rows rows = {
        .count = lane->measured.block.rows,
        .ids = ids,
        .labels = lane->measured.labels,
        .measured = {lane->measured.logits.assigned,
                     lane->measured.logits.other, scan->other_class},
        .counts_so_far = scan->counts_so_far,
        .aums_so_far = scan->aums_so_far,
    };
    for (size_t i = 0; i < scan->observer_count; i++) {
        const struct scan_observer *observer = &scan->observers[i];
        if (observer->rows != NULL &&
            !observer->rows(observer->context, &rows, scan->error))
            return false;
    }
    return true;
}

static bool show_block(const struct scan *scan, const struct measured *measured)
{
    for (size_t i = 0; i < scan->observer_count; i++) {
        const struct scan_observer *observer = &scan->observers[i];
        if (observer->block != NULL &&
            !observer->block(observer->context, measured, scan->error))
            return false;
    }
    return true;
}

static bool add_rows(struct lane *lane)
{
    struct scan *scan = lane->scan;
    if (!probe_add(lane))
        return false;
    if (lane->measured.bad.count > 0 && !handle_bad_label(lane))
        return suggest_orders_for_label(lane);
    if ((lane->measured.bad.count > 0 && !check_padding(lane)) ||
        !handle_unwritten(lane))
        return false;
    note_highest_label(lane);
    handle_filled(lane);
    note_equal(lane);
    scan->result->ignored_rows += lane->measured.bad.ignored;
    scan->epoch_added = true;
    const struct aum_batch batch = {
        .rows = lane->measured.block.rows,
        .ids = measured_ids(&lane->measured.ids),
        .labels = lane->measured.labels,
        .measured = lane->measured.logits,
        .record = (uint32_t)lane->measured.block.record,
        .first_record = (uint32_t)scan->first_record,
        .skip_relabeled = scan->options->keep_going,
        .counts_so_far = scan->counts_so_far,
        .aums_so_far = scan->aums_so_far,
    };
    struct aum_batch_report report;
    if (!show_block(scan, &lane->measured))
        return false;
    if (scan->shows_rows)
        record_classes(scan, lane);
    if (scan->options->probabilities == PROBABILITIES_TAKEN &&
        !take_logarithms(lane))
        return false;
    enum aum_status status =
        aum_tally_add(scan->result->tally, &batch, &report);
    scan->shared_rows += report.shared;
    scan->repeated_rows += report.repeated;
    if (report.not_finite > 0 && !handle_not_finite(lane, batch.ids, &report))
        return false;
    if (report.relabeled > 0 && !handle_relabeled(lane, batch.ids, &report))
        return suggest_orders(
            scan, 1 + (uint64_t)larger(
                          report.old_label,
                          lane->measured.labels[report.first_relabeled]));
    scan->changed_labels += report.relabeled;
    if (status != AUM_OK && status != AUM_RELABELED)
        return handle_status(lane, status);
    return !scan->shows_rows || show_rows(scan, lane, batch.ids);
}

/*
 * What may be read to tell damaged rows from others: so much, and so many times
 * what the whole record takes. Telling each chunk from the next takes less if
 * they have few rows. But a few rows may need as many bytes as the whole record
 * (chunks of a column each), or a virtual dataset have very many mappings.
 */
#define RESCUE_BYTES ((uint64_t)4 << 30)
#define RESCUE_TIMES 64u

/* Measures rows of a block that could not be read as a whole. */
static void try_rows(struct lane *lane)
{
    struct scan *scan = lane->scan;
    measure_lane(scan->rescuer, lane);
    const uint64_t cost =
        dump_block_cost(scan->reader, &lane->measured.block,
                        lane->good || lane->measured.unread == DUMP_LOGITS);
    if (cost < scan->rescue_left) {
        scan->rescue_left -= cost;
    } else if (scan->rescue_left > 0) {
        scan->rescue_left = 0;
        log_warning(scan->messages,
                    "%s: so much is damaged that rows around it are skipped, "
                    "too",
                    scan->index->files[lane_record(lane)->file].path);
    }
}

/* Adds those rows of a lane's block, which could not be read as a whole, that
 * can be read. Returns whether to go on. */
static bool add_readable(struct lane *lane)
{
    struct scan *scan = lane->scan;
    const struct dump_block whole = lane->measured.block;
    const size_t first =
        lane->error.of_rows && scan->rescue_left > 0
            ? dump_block_split(scan->reader, &whole, lane->measured.unread)
            : 0;
    if (first == 0) {
        scan->result->skipped_rows += whole.rows;
        return true;
    }
    const size_t rows[2] = {first, whole.rows - first};
    bool good = true;
    for (int i = 0; good && i < 2; i++) {
        lane->measured.block.first_row = whole.first_row + (i == 0 ? 0 : first);
        lane->measured.block.rows = rows[i];
        try_rows(lane);
        good = lane->good ? add_rows(lane) : add_readable(lane);
    }
    lane->measured.block = whole;
    return good;
}

/* The block could not be read. With --keep-going, what its other chunks hold
 * can. Returns whether to go on. */
static bool rescue_rows(struct lane *lane)
{
    struct scan *scan = lane->scan;
    if (!scan->options->keep_going) {
        *scan->error = lane->error;
        return false;
    }
    if (!scan->told_of_damage) {
        struct dump_block record = lane->measured.block;
        record.first_row = 0;
        record.rows = (size_t)lane_record(lane)->rows;
        scan->rescue_left = saturated_sum(
            RESCUE_BYTES,
            saturated_product(RESCUE_TIMES,
                              dump_block_cost(scan->reader, &record, true)));
        scan->told_of_damage = true;
        log_warning(scan->messages, "%s%s", lane->error.text,
                    log_advice(scan->messages, &lane->error));
        log_lines(scan->messages, lane->error.detail);
    }
    return add_readable(lane);
}

static bool add_or_hold(struct lane *lane)
{
    struct scan *scan = lane->scan;
    return hold_block(lane) ||
           ((scan->held == 0 || release_held(scan, add_rows)) &&
            add_rows(lane));
}

static bool release_and_rescue(struct lane *lane)
{
    struct scan *scan = lane->scan;
    scan->holds = false;
    return (scan->held == 0 || release_held(scan, add_rows)) &&
           rescue_rows(lane);
}

/* Adds a lane's block to the tally. Returns whether to go on. */
static bool add_block(struct lane *lane)
{
    struct scan *scan = lane->scan;
    if (lane->measured.block.record != scan->record &&
        !begin_record(scan, lane->measured.block.record))
        return false;
    scan->bytes_done +=
        lane->measured.block.rows * lane_record(lane)->classes *
        scan->index->arrays[lane_record(lane)->logits].layout->size;
    if (!(lane->good ? add_or_hold(lane) : release_and_rescue(lane)))
        return false;
    progress_update(&scan->progress, scan->epochs_begun, scan->bytes_done);
    return true;
}

/* ---- jobs ---- */

static bool next_block(void *context)
{
    struct lane *lane = context;
    return dump_reader_next(lane->scan->reader, &lane->measured.block);
}

static void measure_next(void *worker, void *lane)
{
    measure_lane(worker, lane);
}

static bool add_next(void *lane)
{
    return add_block(lane);
}

/* ---- setting up ---- */

bool lane_init(struct lane *lane, struct scan *scan)
{
    lane->scan = scan;
    if (!measured_init(&lane->measured, scan->reader))
        return false;
    lane->measured.probe.wanted =
        scan->options->probabilities != PROBABILITIES_LOGITS;
    return true;
}

static bool prepare_lane(void *item, struct dump_worker *any, void *context)
{
    struct lane *lane = item;
    struct scan *scan = context;
    scan->rescuer = any;
    return lane_init(lane, scan);
}

static void clear_lane(void *item)
{
    measured_free(&((struct lane *)item)->measured);
}

static bool run_lanes(struct scan *scan)
{
    const struct parallel parallel = {
        .task = {next_block, measure_next, add_next},
        .lane_size = sizeof(struct lane),
        .prepare = prepare_lane,
        .clear = clear_lane,
        .context = scan};
    size_t threads = thread_pool_size(scan->options->threads);
    size_t started;
    if (dump_reader_rows_max(scan->reader) > LANE_ROWS_MAX)
        threads = 1;
    const bool good =
        parallel_run(&parallel, scan->reader, threads, &started, scan->error);
    if (started > 0 && started < threads)
        log_detail(scan->messages, "only %zu threads can be started", started);
    return good && end_record(scan) && end_epoch(scan);
}

static bool is_marked(const struct scan *scan, size_t record)
{
    return scan->marks != NULL && scan->marks[record] != SCAN_TO_READ;
}

size_t scan_expected_samples(const struct dump_index *index,
                             const unsigned char *marks)
{
    uint64_t most = 0;
    for (size_t i = 0; i < index->record_count;) {
        const size_t end = dump_index_epoch_end(index, i);
        uint64_t rows = 0;
        for (; i < end; i++) {
            if (marks == NULL || marks[i] != SCAN_ABSENT)
                rows = saturated_sum(rows, index->records[i].rows);
        }
        most = rows > most ? rows : most;
    }
    return most < SIZE_MAX ? (size_t)most : SIZE_MAX;
}

static void log_empty_records(const struct scan *scan)
{
    const struct dump_index *index = scan->index;
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].rows == 0 && !is_marked(scan, i))
            log_detail(scan->messages, "%s: %s: epoch %" PRId64 " is empty",
                       index->files[index->records[i].file].path,
                       index->arrays[index->records[i].logits].path,
                       index->records[i].epoch);
    }
}

/* What there is to be read. */
static void start_progress(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    uint64_t epochs = 0;
    uint64_t bytes = 0;
    size_t counted = SIZE_MAX; /* a record of the last epoch counted */
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (is_marked(scan, i))
            continue;
        bytes += record->rows * record->classes *
                 index->arrays[record->logits].layout->size;
        epochs += counted == SIZE_MAX ||
                  index->records[counted].epoch != record->epoch;
        counted = i;
    }
    progress_start(&scan->progress, scan->messages,
                   progress_wanted(scan->messages, scan->options->progress),
                   epochs, bytes);
}

static bool prepare(struct scan *scan)
{
    const struct dump_index *index = scan->index;
    const struct scan_options *options = scan->options;
    scan->result->logit_classes = (size_t)dump_index_classes(index);
    scan->label_classes = aum_label_classes(scan->result->logit_classes);
    const struct class_labels *labels = &index->label_rules.classes;
    const uint32_t class = options->threshold_class;
    if (class != AUM_NO_CLASS && scan->result->logit_classes > 0 &&
        class >= scan->label_classes) {
        return error_set(
            scan->error,
            "--threshold-class=%" PRId64 ": the dumps have %zu "
            "classes (%" PRId64 " to %" PRId64 "); if none is that of "
            "threshold samples, -t auto finds a cutoff without",
            class_label(labels, class), scan->label_classes,
            class_label(labels, 0),
            class_label(labels, (uint32_t)scan->label_classes - 1));
    }
    scan->reader = dump_reader_create(index, scan->marks);
    if (scan->reader == NULL || index->record_count >= UINT32_MAX)
        return error_no_memory(scan->error);
    if (scan->shows_rows) {
        const size_t rows = dump_reader_rows_max(scan->reader) + 1;
        scan->other_class = malloc(rows * sizeof *scan->other_class);
        scan->counts_so_far = malloc(rows * sizeof *scan->counts_so_far);
        scan->aums_so_far = malloc(rows * sizeof *scan->aums_so_far);
        if (scan->other_class == NULL || scan->counts_so_far == NULL ||
            scan->aums_so_far == NULL)
            return error_no_memory(scan->error);
    }
    log_empty_records(scan);
    start_progress(scan);
    return true;
}

/* A file that changed while it was read: what was added may be anything. */
static bool verify(struct scan *scan)
{
    return dump_reader_verify(scan->reader, scan->error);
}

bool scan_run(const struct dump_index *index, const unsigned char *marks,
              const struct scan_options *options,
              const struct scan_observer *observers, size_t observer_count,
              struct messages *messages, struct scan_result *result,
              struct error *error)
{
    struct scan scan = {.index = index,
                        .marks = marks,
                        .options = options,
                        .observers = observers,
                        .observer_count = observer_count,
                        .messages = messages,
                        .error = error,
                        .result = result,
                        .record = SIZE_MAX};
    for (size_t i = 0; i < observer_count; i++)
        scan.shows_rows |= observers[i].rows != NULL;
    *result = (struct scan_result){.tally = result->tally};
    bool good = prepare(&scan) && run_lanes(&scan) && verify(&scan);
    progress_end(&scan.progress);
    if (good)
        check_equal(&scan);
    free_held(&scan);
    dump_reader_destroy(scan.reader);
    free(scan.other_class);
    free(scan.counts_so_far);
    free(scan.aums_so_far);
    return good;
}
