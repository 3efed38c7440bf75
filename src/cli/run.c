/*
 * run.c - one training run: its dumps -> a tally and its cutoffs
 */
#include "cli/run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/failure.h"
#include "cli/library_memory.h"
#include "cli/list.h"
#include "scan/wide_ids.h"
#include "system/thread_pool.h"
#include "common/saturate.h"

const char *run_label(const struct run *run, char text[32])
{
    text[0] = '\0';
    if (run->result.number > 0)
        snprintf(text, 32, "run %zu: ", run->result.number);
    return text;
}

/* Prints why a function of another room has failed. Returns false. */
static bool fail(struct run *run)
{
    return log_failure(run->messages, &run->error);
}

/* A thread has a stack. */
#define THREAD_MEMORY ((size_t)12 << 20)

/* ---- scanning ---- */

/* Of gzip, the filter that makes most of a byte, and a byte a row. */
#define ROWS_PER_BYTE 1032
#define ROW_MEMORY 512  /* with a wide sum; of several runs, twice */
#define TEXT_MEMORY 128 /* of an id in a text file, as a value and hashed */
#define STATE_BYTE_MEMORY 32 /* a sample has 16 bytes and more in a state */

/* Rows that are there to be read, and no more than fit the files. */
static uint64_t rows_to_read(const struct run *run)
{
    const struct dump_index *index = &run->index;
    const struct states *states = &run->states;
    const size_t files =
        states->matches != NULL ? states->given_files : index->file_count;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < index->record_count; i++) {
        if (states->marks == NULL || states->marks[i] != SCAN_ABSENT)
            rows = saturated_sum(rows, index->records[i].rows);
    }
    for (size_t i = 0; i < files; i++)
        bytes = saturated_sum(bytes, index->files[i].bytes);
    const uint64_t possible = saturated_product(bytes, ROWS_PER_BYTE);
    return rows < possible ? rows : possible;
}

/* What the samples of states may take. */
static uint64_t states_memory(const struct states *states)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < states->count; i++)
        bytes = saturated_sum(bytes, states->loaded[i].state.identity.bytes);
    return saturated_product(bytes, STATE_BYTE_MEMORY);
}

size_t run_memory(const struct run *run)
{
    const struct dump_index *index = &run->index;
    const size_t threads = thread_pool_size(run->options->scan.threads);
    const uint64_t mappings = mappings_memory(dump_index_bytes(index));
    uint64_t library = LIBRARY_MEMORY;
    uint64_t chunk = 0;
    for (size_t i = 0; i < index->layout_count; i++) {
        const struct dump_layout *layout = index->layouts[i];
        const uint64_t bytes =
            layout->chunked ? dump_chunk_bytes(layout) : layout->table_row;
        chunk = bytes > chunk ? bytes : chunk;
        if (layout->elsewhere)
            library = VIRTUAL_MEMORY + mappings;
    }
    uint64_t bytes = saturated_product(8, chunk);
    bytes = saturated_sum(bytes, THREAD_MEMORY);
    bytes = saturated_product(bytes, threads);
    bytes = saturated_sum(bytes, library);
    bytes = saturated_sum(bytes, states_memory(&run->states));
    bytes = saturated_sum(bytes, saturated_product(run->texts, TEXT_MEMORY));
    const uint64_t row = run->result.number > 0 ? 2 * ROW_MEMORY : ROW_MEMORY;
    bytes = saturated_sum(bytes, saturated_product(rows_to_read(run), row));
    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

void run_allow_memory(const struct run *run)
{
    supervisor_allow_memory(run->supervisor, run_memory(run));
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void log_unwritten(const struct run *run)
{
    char who[32];
    const struct scan_result *scan = &run->scan;
    if (scan->left_out > 0)
        log_warning(
            run->messages, "%s%zu epoch record%s left out: never written",
            run_label(run, who), scan->left_out, plural(scan->left_out));
    if (scan->unwritten_rows > 0)
        log_warning(run->messages,
                    "%s%" PRIu64 " row%s left out: never written",
                    run_label(run, who), scan->unwritten_rows,
                    plural(scan->unwritten_rows));
    if (scan->filled_rows > 1)
        log_warning(run->messages,
                    "%s%" PRIu64 " rows with fill values alone are measured",
                    run_label(run, who), scan->filled_rows);
}

static void log_input(const struct run *run)
{
    char bytes[16];
    char who[32];
    log_note(run->messages,
             "%s%" PRIu64 " epoch%s, %zu samples, %zu classes, %zu file%s, "
             "%s",
             run_label(run, who), run->result.epochs,
             plural(run->result.epochs), run->result.samples,
             aum_label_classes(run->scan.logit_classes), run->index.file_count,
             run->index.file_count == 1 ? "" : "s",
             format_bytes((double)run->result.bytes, bytes));
    if (run->scan.not_finite > 0)
        log_warning(run->messages,
                    "%s%" PRIu64 " measurement%s left out: margin NaN or "
                    "infinite",
                    run_label(run, who), run->scan.not_finite,
                    run->scan.not_finite == 1 ? "" : "s");
    log_unwritten(run);
    if (run->scan.ignored_rows > 0)
        log_note(run->messages, "%s%" PRIu64 " row%s ignored for the label",
                 run_label(run, who), run->scan.ignored_rows,
                 plural(run->scan.ignored_rows));
    if (run->scan.skipped_rows > 0)
        log_warning(run->messages, "%s%" PRIu64 " row%s skipped",
                    run_label(run, who), run->scan.skipped_rows,
                    run->scan.skipped_rows == 1 ? "" : "s");
}

/* A tally with what the states have. */
static bool start_tally(struct run *run)
{
    const struct options *o = run->options;
    const bool later =
        run->own->threshold_ids != NULL || states_in_use(&run->states);
    const struct aum_tally_options options = {
        .expected_samples =
            scan_expected_samples(&run->index, run->states.marks),
        .allow_relabel = o->scan.allow_relabel,
        .threshold_class = later ? AUM_NO_CLASS : o->scan.threshold_class,
        .threshold_later = later,
    };
    run->scan.tally = aum_tally_create(&options);
    if (run->scan.tally == NULL)
        return log_status(run->messages, AUM_NO_MEMORY);
    return states_restore(&run->states, (size_t)dump_index_classes(&run->index),
                          run->scan.tally) ||
           fail(run);
}

/* Epochs of which nothing was ever written are none. */
static void count_epochs(struct run *run)
{
    const struct dump_index *index = &run->index;
    const unsigned char *left_out = run->scan.is_left_out;
    bool any = false;
    if (left_out == NULL)
        return;
    run->result.epochs = 0;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        const bool same = any && record->epoch == run->result.last_epoch;
        if (left_out[i] || same)
            continue;
        if (!any)
            run->result.first_epoch = record->epoch;
        run->result.last_epoch = record->epoch;
        run->result.epochs++;
        any = true;
    }
}

/* What has been found, whoever found it. */
static bool finish_scan(struct run *run)
{
    const struct options *o = run->options;
    if (!states_finish(&run->states, &run->scan))
        return fail(run);
    states_add_left_out(&run->states, &run->scan.not_finite,
                        &run->scan.skipped_rows, &run->scan.ignored_rows);
    run->result.samples = aum_tally_samples(run->scan.tally);
    run->result.label_classes = aum_label_classes(run->scan.logit_classes);
    run->result.not_finite = run->scan.not_finite;
    run->result.skipped_rows = run->scan.skipped_rows;
    count_epochs(run);
    if (run->scan.left_out > 0 && run->result.epochs == 0) {
        error_set(&run->error,
                  "%s: none of the epochs that are wanted was ever written",
                  run->result.first_file);
        return fail(run);
    }
    if (run->scan.ignored_rows > 0 && run->result.samples == 0) {
        error_set(&run->error,
                  "%s: no row has a label that is not ignored, of %" PRIu64
                  "; check --ignore-label",
                  run->result.first_file, run->scan.ignored_rows);
        return fail(run);
    }
    log_input(run);
    if (states_in_use(&run->states) && o->scan.threshold_class != AUM_NO_CLASS)
        aum_tally_set_threshold_class(run->scan.tally, o->scan.threshold_class);
    return true;
}

bool run_find_wide_ids(struct run *run, bool *any)
{
    run_allow_memory(run);
    return find_wide_ids(&run->index, run->states.marks, any, &run->error) ||
           fail(run);
}

bool run_scan(struct run *run, struct measurements *records)
{
    struct scan_observer observers[3];
    size_t count = 0;
    window_init(&run->window,
                run->own->threshold_ids != NULL ? &run->threshold_ids : NULL);
    run_allow_memory(run);
    list_log(run);
    if (records != NULL)
        measurements_set_run(records, run->result.number,
                             &run->index.label_rules.classes);
    if (states_in_use(&run->states))
        observers[count++] = states_observer(&run->states);
    if (run->options->cutoff.auto_epochs)
        observers[count++] = window_observer(&run->window);
    if (records != NULL)
        observers[count++] = measurements_observer(records);
    if (!start_tally(run))
        return false;
    return scan_run(&run->index, run->states.marks, &run->options->scan,
                    observers, count, run->messages, &run->scan, &run->error)
               ? finish_scan(run)
               : fail(run);
}

/* ---- the rest ---- */

bool run_skipped(const struct run *run)
{
    return run->skipped_files || run->scan.skipped_rows > 0;
}

void run_drop_tally(struct run *run)
{
    aum_tally_destroy(run->scan.tally);
    run->scan.tally = NULL;
}

void run_free(struct run *run)
{
    run_drop_tally(run);
    states_free(&run->states);
    free(run->scan.is_left_out);
    free(run->steps);
    free(run->class_cutoffs);
    window_free(&run->window);
    free(run->result.threshold_aums);
    dump_index_destroy(&run->index);
    id_list_free(&run->threshold_ids);
    inputs_free(&run->inputs);
}
