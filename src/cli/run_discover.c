/*
 * run_discover.c - the files of one training run -> an index of its epoch
 * records
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/failure.h"
#include "cli/library_memory.h"
#include "cli/run.h"
#include "common/path.h"
#include "dump/discover.h"
#include "dump/numbering.h"
#include "scan/label_conventions.h"
#include "state/matching.h"

/* Prints why a function of another room has failed. Returns false. */
static bool fail(struct run *run)
{
    return log_failure(run->messages, &run->error);
}

static bool read_threshold_ids(struct run *run)
{
    struct id_list *list = &run->threshold_ids;
    if (!id_list_read(list, run->own->threshold_ids, run->own->set,
                      &run->error))
        return fail(run);
    if (list->repeated > 0)
        log_warning(run->messages,
                    "%s: %zu of its ids came before, \"%s\" first; each counts "
                    "once. Are lists of several runs joined? A column \"set\" "
                    "and --set tell them apart",
                    list->source, list->repeated, list->first_repeated);
    return true;
}

bool run_find_files(struct run *run)
{
    const struct options *o = run->options;
    const char *ids = run->own->threshold_ids;
    const char *state = run->own->state;
    const char *seconds = getenv("AUM_STATE_SECONDS"); /* for tests */
    states_init(&run->states, state, &o->scan, run->messages, &run->error,
                &run->index);
    run->states.supervisor = run->supervisor;
    run->states.axes = o->input.names.axes;
    if (seconds != NULL)
        run->states.save_seconds = strtod(seconds, NULL);
    if (o->cutoff.auto_epochs)
        run->states.reads_all =
            "no window of epochs can be chosen from the sums that a state "
            "keeps; add --epochs=all, or leave the state out and give all "
            "dumps";
    else if (o->records != NULL)
        run->states.reads_all = "--records has to read all epochs; leave the "
                                "state out, and give all dumps";
    if (!inputs_expand(&run->inputs, o->files + run->own->first_file,
                       run->own->file_count, o->scan.keep_going, run->messages,
                       &run->error))
        return fail(run);
    if (state != NULL) /* run/ and *.h5 may have it among the dumps */
        inputs_drop(&run->inputs, state);
    return ids == NULL || read_threshold_ids(run);
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
    if (group == NULL && run->passed > 0 && run->passed == run->inputs.count)
        return fail(run);
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

#define PASSED_SHOWN 3u

/* Something else that is among the dumps of a folder. Should there be nothing
 * else, the first of them tells why. */
static bool pass_over(struct run *run, const char *path,
                      const struct error *error)
{
    const bool hdf5 = error->advice != ADVICE_NONE;
    const char *reason = hdf5 ? "no logits" : "no HDF5 file";
    if (run->passed == 0)
        run->error = *error;
    if (run->passed++ < PASSED_SHOWN)
        log_note(run->messages, "%s: passed over: %s", path, reason);
    else
        log_detail(run->messages, "%s: passed over: %s", path, reason);
    return dump_index_pass(&run->index, path, NULL, reason) ||
           log_status(run->messages, AUM_NO_MEMORY);
}

static bool discover_file(struct run *run, const char *path, bool from_folder)
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
        if (from_folder && error.no_dump)
            return pass_over(run, path, &error);
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
    struct run *run = context;
    progress_look(&run->looking, run->looked_into, run->inputs.count,
                  run->index.record_count);
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

#define BROKEN_SHOWN 3u

/* Links that lead nowhere may have been epochs. */
static void log_broken_links(const struct run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->index.passed_count; i++) {
        const struct dump_passed *passed = &run->index.passed[i];
        if (strcmp(passed->reason, DUMP_PASSED_BROKEN) == 0 &&
            count++ < BROKEN_SHOWN)
            log_warning(run->messages,
                        "%s: /%s: %s; what it stands for is not "
                        "read",
                        passed->path, passed->group, passed->reason);
    }
    if (count > BROKEN_SHOWN)
        log_warning(run->messages, "... and %zu more such links",
                    count - BROKEN_SHOWN);
}

/* Once for each reason: there may be very many. */
static void log_passed(const struct run *run, const char *reason, bool warn)
{
    for (size_t i = 0; i < run->index.passed_count; i++) {
        const struct dump_passed *passed = &run->index.passed[i];
        if (strcmp(passed->reason, reason) != 0)
            continue;
        if (warn)
            log_warning(run->messages, "%s: %s: %s", passed->path,
                        passed->group, reason);
        else
            log_note(run->messages, "%s: %s: %s", passed->path, passed->group,
                     reason);
        return;
    }
}

/* Is an epoch's number but its place? */
static void log_order(const struct run *run)
{
    const struct dump_index *index = &run->index;
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].from != DUMP_FROM_ORDER ||
            index->records[i].epoch == 0)
            continue;
        log_note(run->messages,
                 "epochs are numbered in the order of their names, as nothing "
                 "else tells (--list shows them)");
        return;
    }
}

/* What elements are taken for that are no plain numbers: of the first dataset,
 * as others mostly are like it. */
static void log_unpacking(const struct run *run)
{
    const struct dump_index *index = &run->index;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct dump_array *logits =
            &index->arrays[index->records[i].logits];
        const struct dump_layout *layout = logits->layout;
        const char *file = index->files[logits->file].path;
        if (layout->opaque && !layout->told)
            log_note(run->messages,
                     "%s: %s: opaque elements of 2 bytes, read as bfloat16",
                     file, logits->path);
        if (layout->packed)
            log_note(run->messages, "%s: %s: unpacked: %g * stored + %g%s",
                     file, logits->path, layout->scale, layout->offset,
                     layout->missing_count > 0
                         ? "; what equals _FillValue or missing_value is NaN"
                         : "");
        if (layout->opaque || layout->packed)
            return;
    }
}

/* Has the same been said of another record? */
static bool is_said(const struct dump_index *index, size_t number)
{
    const struct dump_choice *choice = &index->choices[number];
    for (size_t i = 0; i < number; i++) {
        const struct dump_choice *other = &index->choices[i];
        if (other->differ && other->role == choice->role &&
            strcmp(other->option, choice->option) == 0)
            return true;
    }
    return false;
}

/* Which of two datasets is taken, if they differ. */
static void log_choices(struct run *run)
{
    static const char *const options[] = {
        [DUMP_LOGITS] = "logits", [DUMP_LABELS] = "labels", [DUMP_IDS] = "ids"};
    for (size_t i = 0; i < run->index.choice_count; i++) {
        const struct dump_choice *choice = &run->index.choices[i];
        const struct dump_array *taken = &run->index.arrays[choice->taken];
        const char *quote = strchr(choice->option, '*') != NULL ? "'" : "";
        if (choice->differ && !is_said(&run->index, i))
            log_note(
                run->messages,
                "%s: %s is read, not %s, which %s; --%s=%s%s%s takes it",
                run->index.files[taken->file].path, taken->path, choice->name,
                choice->other != DUMP_NO_ARRAY ? "differs"
                                               : "has another shape or type",
                options[choice->role], quote, choice->option, quote);
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
    log_broken_links(run);
    log_passed(run, DUMP_PASSED_UNNUMBERED, true);
    log_passed(run, DUMP_PASSED_UNFIT, true);
    log_passed(run, DUMP_PASSED_RUNNING, true);
    log_passed(run, DUMP_PASSED_OTHER_LOGITS, true);
    log_passed(run, DUMP_PASSED_IDS, false);
    log_passed(run, DUMP_PASSED_DIMENSION, false);
    log_choices(run);
    log_unpacking(run);
    if (good)
        log_order(run);
    return good || log_failure(run->messages, &error);
}

/* Without ids, rows with the same number are taken for the same sample. */
static void log_row_counts(const struct run *run)
{
    const struct dump_index *index = &run->index;
    uint64_t first = UINT64_MAX;
    char who[32];
    for (size_t i = 0, end; i < index->record_count; i = end) {
        uint64_t rows = 0;
        end = dump_index_epoch_end(index, i);
        if (epoch_record_has_ids(&index->records[i]))
            return;
        for (size_t k = i; k < end; k++)
            rows += index->records[k].rows;
        if (first == UINT64_MAX)
            first = rows;
        if (rows == first || rows == 0 || first == 0)
            continue;
        log_warning(run->messages,
                    "%sepochs %" PRId64 " and %" PRId64 " have %" PRIu64
                    " and %" PRIu64 " rows, and no sample ids: row numbers "
                    "stand for them, which is right only if all epochs have "
                    "the same samples in the same order",
                    run_label(run, who), index->records[0].epoch,
                    index->records[i].epoch, first, rows);
        return;
    }
}

static bool find_label_conventions(struct run *run)
{
    const struct class_labels *classes = &run->index.label_rules.classes;
    char who[32];
    if (run->options->list)
        return true;
    if (!label_conventions_find(&run->index, &run->error))
        return fail(run);
    if (classes->gap > 0)
        log_note(run->messages,
                 "%sthe labels -1 and 1 are those of two classes",
                 run_label(run, who));
    return true;
}

static bool discover(struct run *run)
{
    struct error error;
    run->index.label_rules = run->options->input.labels;
    run->skipped_files = run->inputs.failed > 0;
    if (run->supervisor->shared != NULL)
        run->index.watch = &run->supervisor->shared->watch;
    run->index.grows = allow_more;
    run->index.opens = allow_files;
    run->index.hook_context = run;
    allow_library(run, LIBRARY_MEMORY);
    if (!states_find_own(&run->states))
        return fail(run);
    progress_start(&run->looking, run->messages,
                   progress_wanted(run->messages, run->options->scan.progress),
                   0, 0);
    bool good = true;
    for (size_t i = 0; good && i < run->inputs.count; i++) {
        run->looked_into = i + 1;
        progress_look(&run->looking, i + 1, run->inputs.count,
                      run->index.record_count);
        good = discover_file(run, run->inputs.paths[i],
                             run->inputs.from_folder[i]);
    }
    progress_end(&run->looking);
    run->looking.shown = false;
    if (!good)
        return false;
    if (run->passed > PASSED_SHOWN)
        log_note(run->messages, "... and %zu more files (-v names them)",
                 run->passed - PASSED_SHOWN);
    /* Anew, on top of what has been found. */
    run->library = LIBRARY_MEMORY;
    allow_more(run);
    if (!run_fit_class_names(run) ||
        !number_records(run) || !find_label_conventions(run))
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
    log_row_counts(run);
    return states_mark(&run->states) || fail(run);
}

bool run_discover(struct run *run)
{
    const bool good = discover(run);
    dump_index_sort_passed(&run->index);
    return good;
}
