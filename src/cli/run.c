/*
 * run.c - one training run: its dumps -> a tally and its cutoffs
 */
#include "cli/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dump/discover.h"
#include "dump/numbering.h"
#include "cli/failure.h"
#include "state/matching.h"
#include "system/thread_pool.h"
#include "common/path.h"
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

/* What the library may take to look into files, or to read a part of one; and
 * if chunks of any size may be behind a virtual dataset. It makes 33 kB of each
 * of a virtual dataset's mappings, which may have 40 bytes in a file. A thread
 * has a stack.
 */
#define LIBRARY_MEMORY ((size_t)128 << 20)
#define VIRTUAL_MEMORY ((size_t)1 << 30)
#define FILE_BYTE_MEMORY 1024
#define THREAD_MEMORY ((size_t)12 << 20)

/* ---- discovery ---- */

bool run_find_files(struct run *run)
{
    const struct options *o = run->options;
    const char *ids = run->own->threshold_ids;
    const char *state = run->own->state;
    const char *seconds = getenv("AUM_STATE_SECONDS"); /* for tests */
    states_init(&run->states, state, &o->scan, run->messages, &run->error,
                &run->index);
    run->states.supervisor = run->supervisor;
    if (seconds != NULL)
        run->states.save_seconds = strtod(seconds, NULL);
    if (o->cutoff.auto_epochs)
        run->states.reads_all = "--epochs=auto";
    else if (o->records != NULL)
        run->states.reads_all = "--records";
    if (!inputs_expand(&run->inputs, o->files + run->own->first_file,
                       run->own->file_count, o->scan.keep_going, run->messages,
                       &run->error))
        return fail(run);
    if (state != NULL) /* run/ and *.h5 may have it among the dumps */
        inputs_drop(&run->inputs, state);
    return ids == NULL ||
           id_list_read(&run->threshold_ids, ids, run->own->set, &run->error) ||
           fail(run);
}

static void remark(void *context, const char *text)
{
    log_warning(context, "%s", text);
}

/* What the user has named, for messages. */
static const char *first_name(const struct run *run)
{
    if (run->inputs.count > 0)
        return run->inputs.paths[0];
    return run->own->file_count > 0 ? run->options->files[run->own->first_file]
                                    : run->own->state;
}

static bool nothing_found(struct run *run)
{
    const char *group = run->options->input.names.group;
    char who[32];
    if (group != NULL)
        log_error(run->messages,
                  "%s--group=%s: no file has such a group with logits",
                  run_label(run, who), group);
    else if (run->inputs.count == 0 || !run->options->scan.keep_going)
        log_error(run->messages,
                  "%s%s: there is no epoch record; name other dumps",
                  run_label(run, who), first_name(run));
    else
        log_error(run->messages,
                  "%s%s: no file could be read, of %zu; without -k, the "
                  "error tells why",
                  run_label(run, who), run->inputs.paths[0], run->inputs.count);
    return false;
}

/* What a file has, or why it is left out. */
static bool take_found(struct run *run, const char *path,
                       const struct dump_found *found)
{
    if (found->columns)
        return states_add(&run->states, path) || fail(run);
    if (found->live) {
        log_warning(run->messages,
                    "%s: still being written; complete epochs are read", path);
        run->skipped_files = true;
    }
    run->group_missed |= found->records == 0;
    if (found->records == 0)
        log_detail(run->messages, "%s: --group=%s: no such group with logits",
                   path, run->options->input.names.group);
    return true;
}

/* What it may make of mappings, if files are so large. */
static uint64_t mappings_memory(uint64_t bytes)
{
    const uint64_t wanted = saturated_product(bytes, FILE_BYTE_MEMORY);
    return wanted < VIRTUAL_MEMORY ? wanted : VIRTUAL_MEMORY;
}

static void allow_library(struct run *run, size_t bytes)
{
    if (run->library == bytes)
        return;
    run->library = bytes;
    supervisor_allow_memory(run->supervisor, run->library);
}

/* Before a file is opened: files of one run are as large, as a rule. */
static void allow_file(struct run *run, const char *path)
{
    struct stat status;
    const uint64_t bytes =
        stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
    const size_t most = (size_t)mappings_memory(bytes);
    allow_library(run, most > LIBRARY_MEMORY ? most : LIBRARY_MEMORY);
}

/* The limit to memory is for what files claim, not for what they have. */
static void allow_files(void *context, uint64_t bytes)
{
    struct run *run = context;
    const size_t most = (size_t)mappings_memory(bytes);
    if (most > run->library)
        allow_library(run, most);
}

static bool discover_file(struct run *run, const char *path)
{
    const struct options *o = run->options;
    struct error error;
    struct dump_found found;
    struct dump_names names = o->input.names;
    names.live = o->scan.keep_going;
    allow_file(run, path);
    if (!supervisor_is_bad(run->supervisor, path)) { /* else it has been told */
        if (dump_discover(&run->index, path, &names, &found, remark,
                          run->messages, &error))
            return take_found(run, path, &found);
        if (!o->scan.keep_going)
            return log_failure(run->messages, &error);
        log_warning(run->messages, "skipped: %s%s", error.text,
                    log_advice(run->messages, &error));
        log_lines(run->messages, error.detail);
    }
    run->skipped_files = true;
    return true;
}

static void allow_more(void *context)
{
    const struct run *run = context;
    supervisor_allow_memory(run->supervisor, run->library);
}

/* What is going to be read, for reports. */
static void note_input(struct run *run)
{
    const struct dump_index *index = &run->index;
    struct run_result *result = &run->result;
    result->first_file = index->files[0].path;
    result->files = index->file_count;
    result->bytes = dump_index_bytes(index);
    result->epochs = index->epochs;
    if (index->record_count == 0)
        return;
    result->first_epoch = index->records[0].epoch;
    result->last_epoch = index->records[index->record_count - 1].epoch;
}

/* Which of two datasets is taken, if they differ. */
static void log_choices(struct run *run)
{
    static const char *const options[] = {
        [DUMP_LOGITS] = "logits", [DUMP_LABELS] = "labels", [DUMP_IDS] = "ids"};
    for (size_t i = 0; i < run->index.choice_count; i++) {
        const struct dump_choice *choice = &run->index.choices[i];
        const struct dump_array *taken = &run->index.arrays[choice->taken];
        if (choice->differ)
            log_note(run->messages,
                     "%s: %s is read, not %s, which differs; --%s=%s takes it",
                     run->index.files[taken->file].path, taken->path,
                     choice->name, options[choice->role],
                     choice->name + path_folder_length(choice->name));
    }
}

static bool number_records(struct run *run)
{
    const char *group = run->options->input.names.group;
    const struct dump_numbering numbering = {
        .alone = states_in_use(&run->states),
        .mix_splits = group != NULL && strcmp(group, "*") == 0,
    };
    struct error error;
    const bool good = dump_number_records(&run->index, &numbering, &error);
    log_choices(run);
    return good || log_failure(run->messages, &error);
}

bool run_discover(struct run *run)
{
    struct error error;
    run->skipped_files = run->inputs.failed > 0;
    if (run->supervisor->shared != NULL)
        run->index.watch = &run->supervisor->shared->watch;
    run->index.grows = allow_more;
    run->index.opens = allow_files;
    run->index.hook_context = run;
    allow_library(run, LIBRARY_MEMORY);
    if (!states_find_own(&run->states))
        return fail(run);
    for (size_t i = 0; i < run->inputs.count; i++) {
        if (!discover_file(run, run->inputs.paths[i]))
            return false;
    }
    /* Anew, on top of what has been found. */
    run->library = LIBRARY_MEMORY;
    allow_more(run);
    if (!number_records(run))
        return false;
    /* What states have is not what was asked for. */
    if (run->index.record_count == 0 && run->group_missed)
        return nothing_found(run);
    if (!states_match(&run->states))
        return fail(run);
    if (run->index.record_count == 0)
        return nothing_found(run);
    if (!dump_index_finish(&run->index, run->options->scan.epochs, &error))
        return log_failure(run->messages, &error);
    note_input(run);
    return states_mark(&run->states) || fail(run);
}

/* ---- scanning ---- */

/* Of gzip, the filter that makes most of a byte, and a byte a row. */
#define ROWS_PER_BYTE 1032
#define ROW_MEMORY 512
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
        const uint64_t bytes = layout->chunked ? dump_chunk_bytes(layout) : 0;
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
    bytes =
        saturated_sum(bytes, saturated_product(rows_to_read(run), ROW_MEMORY));
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

static struct window_result window_result(const struct window_look *look)
{
    return (struct window_result){look->last_epoch, look->epochs, look->ranked,
                                  look->flagged};
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
                        &run->scan.skipped_rows);
    run->result.samples = aum_tally_samples(run->scan.tally);
    run->result.label_classes = aum_label_classes(run->scan.logit_classes);
    run->result.not_finite = run->scan.not_finite;
    run->result.skipped_rows = run->scan.skipped_rows;
    count_epochs(run);
    log_input(run);
    if (states_in_use(&run->states) && o->scan.threshold_class != AUM_NO_CLASS)
        aum_tally_set_threshold_class(run->scan.tally, o->scan.threshold_class);
    if (!o->cutoff.auto_epochs)
        return true;
    if (!window_choose(&run->window, run->scan.tally, &run->error))
        return fail(run);
    run->result.window = window_result(&run->window.best);
    run->result.all_epochs = window_result(&run->window.last);
    return true;
}

bool run_scan(struct run *run, struct measurements *records)
{
    struct scan_observer observers[3];
    size_t count = 0;
    window_init(&run->window, run->options->cutoff.percentile,
                run->own->threshold_ids != NULL ? &run->threshold_ids : NULL);
    run_allow_memory(run);
    if (records != NULL)
        measurements_set_run(records, run->result.number);
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
    free(run->result.threshold_aums);
    dump_index_destroy(&run->index);
    id_list_free(&run->threshold_ids);
    inputs_free(&run->inputs);
}
