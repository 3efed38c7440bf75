/*
 * states.c - what earlier scans have read, and what this one leaves to later
 * ones
 */
#include "state/states.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "system/out_file.h"
#include "common/fit.h"
#include "common/saturate.h"
#include "dump/axes.h"

/* Writing takes one part in so many of the time, and is not done more often
 * than this. */
#define SAVING_SHARE 20
#define SAVING_SECONDS 1.0

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void states_init(struct states *states, const char *own,
                 const struct scan_options *options, struct messages *messages,
                 struct error *error, struct dump_index *index)
{
    *states = (struct states){.own = own,
                              .options = options,
                              .messages = messages,
                              .error = error,
                              .index = index,
                              .save_seconds = -1,
                              .saved_at = now()};
}

void states_free(struct states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        state_free(&states->loaded[i].state);
        free(states->loaded[i].path);
    }
    free(states->loaded);
    free(states->prints);
    free(states->matches);
    free(states->marks);
}

const struct dump_file *states_file_of(const struct states *states,
                                       const struct epoch_record *record)
{
    return &states->index->files[record->file];
}

const char *states_array_path(const struct states *states, uint32_t array)
{
    return array != DUMP_NO_ARRAY ? states->index->arrays[array].path : "";
}

const char *states_ids_path(const struct states *states,
                            const struct epoch_record *record)
{
    return epoch_record_ids(states->index, record);
}

bool states_in_use(const struct states *states)
{
    return states->own != NULL || states->count > 0;
}

/* ---- reading ---- */

/* Do labels mean the same in both? A state that knows of labels -1 and 1 tells
 * so, as its dumps may be gone. */
static bool same_labels(struct states *states, const struct state *state)
{
    struct dump_label_rules *now = &states->index->label_rules;
    const struct dump_label_rules *then = &state->label_rules;
    if (then->classes.gap > 0 && now->classes.first == 0)
        now->classes = then->classes;
    return now->classes.first == then->classes.first &&
           now->soft == then->soft &&
           now->ignored_count == then->ignored_count &&
           memcmp(now->ignored, then->ignored,
                  now->ignored_count * sizeof *now->ignored) == 0;
}

/* Margins are of other elements if axes are taken for something else. */
static bool check_axes(const struct states *states,
                       const struct loaded_state *loaded)
{
    const struct dump_axes *axes = &loaded->state.axes;
    char list[DUMP_AXES_TEXT];
    if (memcmp(axes, &states->axes, sizeof *axes) == 0)
        return true;
    dump_axes_format(axes, list);
    return error_set(states->error,
                     "%s: was made with%s%s; %s, or start another state and "
                     "read all again",
                     loaded->path, axes->count > 0 ? " --axes=" : "out --axes",
                     list,
                     axes->count > 0 ? "give that again" : "leave that out");
}

/* Does it fit what is asked for now? */
static bool check_options(struct states *states,
                          const struct loaded_state *loaded)
{
    const struct scan_options *o = states->options;
    const struct state *state = &loaded->state;
    const char *why = NULL;
    if (state->allow_relabel && !o->allow_relabel)
        why = "was made with --allow-relabel; give that again";
    else if (!state->allow_relabel && o->allow_relabel)
        why = "was made without --allow-relabel; leave that out";
    else if (state->probabilities && o->probabilities != PROBABILITIES_TAKEN)
        why = "was made with --probabilities; give that again";
    else if (!state->probabilities && o->probabilities == PROBABILITIES_TAKEN)
        why = "was made without --probabilities; leave that out";
    else if (!same_labels(states, state))
        why = "was made with other --first-label, --ignore-label or "
              "--soft-labels, or with labels -1 and 1; give the same";
    else if (state->skipped_rows > 0 && !o->keep_going)
        why = "lacks rows that --keep-going skipped; give that again";
    else if (state->not_finite > state->not_finite_skipped && o->strict)
        why = "has left out margins that are NaN or infinite, which --strict "
              "forbids; leave that out";
    if (why != NULL)
        error_set(states->error,
                  "%s: %s, or start another state and read all again",
                  loaded->path, why);
    return why == NULL;
}

static bool check_epochs(const struct states *states,
                         const struct loaded_state *loaded)
{
    const struct dump_epochs wanted = states->options->epochs;
    for (size_t i = 0; i < loaded->state.record_count; i++) {
        const struct state_record *kept = &loaded->state.records[i];
        if (dump_epoch_is_wanted(wanted, kept->epoch))
            continue;
        return error_set(states->error,
                         "%s: has epoch %" PRId64
                         ", which --epochs leaves out; have it take that, or "
                         "start another state",
                         loaded->path, kept->epoch);
    }
    return true;
}

bool states_add(struct states *states, const char *path)
{
    struct loaded_state *grown =
        realloc(states->loaded, (states->count + 1) * sizeof *grown);
    char *copy = strdup(path);
    if (grown != NULL)
        states->loaded = grown;
    if (grown == NULL || copy == NULL) {
        free(copy);
        return error_no_memory(states->error);
    }
    struct loaded_state *loaded = &grown[states->count++];
    *loaded = (struct loaded_state){.path = copy};
    return state_read(&loaded->state, path, states->index->watch,
                      states->error) &&
           check_options(states, loaded) && check_axes(states, loaded) &&
           check_epochs(states, loaded);
}

/* Takes note of the own state as it is now. */
static void see_own(struct states *states)
{
    states->exists = stat(states->own, &states->seen) == 0;
}

bool states_find_own(struct states *states)
{
    if (states->own == NULL)
        return true;
    see_own(states);
    states->changed = !states->exists;
    return !states->exists || states_add(states, states->own);
}

/* ---- samples ---- */

/* Has a state what was read of a record? */
static bool is_known(const struct states *states, size_t record)
{
    return states->marks[record] != SCAN_TO_READ;
}

static void know_record(struct states *states, size_t record, uint32_t *order)
{
    const size_t number =
        states->matches[states->index->records[record].number].kept;
    order[number] = (uint32_t)record;
    for (size_t i = 0; i < states->count; i++) {
        const struct loaded_state *from = &states->loaded[i];
        if (!from->unused && number >= from->first_record &&
            number - from->first_record < from->state.record_count)
            states->prints[record] =
                from->state.records[number - from->first_record].print;
    }
}

static bool restore(struct states *states, size_t logit_classes,
                    struct aum_tally *tally, const uint32_t *order)
{
    for (size_t i = 0; i < states->count; i++) {
        const struct loaded_state *loaded = &states->loaded[i];
        if (!loaded->unused &&
            !state_read_samples(&loaded->state, loaded->path,
                                order + loaded->first_record,
                                aum_label_classes(logit_classes), tally,
                                states->index->watch, states->error))
            return false;
    }
    return true;
}

bool states_mark(struct states *states)
{
    const struct dump_index *index = states->index;
    if (!states_in_use(states))
        return true;
    states->marks = calloc(index->record_count + 1, sizeof *states->marks);
    states->prints = calloc(index->record_count + 1, sizeof *states->prints);
    if (states->marks == NULL || states->prints == NULL)
        return error_no_memory(states->error);
    for (size_t i = 0; states->matches != NULL && i < index->record_count;
         i++) {
        const struct record_match *match =
            &states->matches[index->records[i].number];
        if (match->known)
            states->marks[i] = match->absent ? SCAN_ABSENT : SCAN_KNOWN;
    }
    return true;
}

bool states_restore(struct states *states, size_t logit_classes,
                    struct aum_tally *tally)
{
    const struct dump_index *index = states->index;
    if (!states_in_use(states))
        return true;
    uint32_t *order = calloc(index->record_count + 1, sizeof *order);
    if (order == NULL)
        return error_no_memory(states->error);
    for (size_t i = 0; i < index->record_count; i++) {
        if (is_known(states, i))
            know_record(states, i, order);
    }
    const bool good = restore(states, logit_classes, tally, order);
    free(order);
    return good;
}

void states_add_left_out(const struct states *states, uint64_t *not_finite,
                         uint64_t *skipped_rows, uint64_t *ignored_rows)
{
    for (size_t i = 0; i < states->count; i++) {
        if (states->loaded[i].unused)
            continue;
        const struct state *state = &states->loaded[i].state;
        *not_finite = saturated_sum(*not_finite, state->not_finite);
        *skipped_rows = saturated_sum(*skipped_rows, state->skipped_rows);
        *ignored_rows = saturated_sum(*ignored_rows, state->ignored_rows);
    }
}

/* ---- writing ---- */

/* Describes the records up to `record`, and those that states have read. */
static void describe(const struct states *states,
                     const struct scan_result *result, size_t record,
                     struct state *state, uint32_t *records)
{
    const struct dump_index *index = states->index;
    state->allow_relabel = states->options->allow_relabel;
    state->probabilities =
        states->options->probabilities == PROBABILITIES_TAKEN;
    state->label_rules = index->label_rules;
    state->axes = states->axes;
    state->not_finite = result->not_finite;
    state->skipped_rows = result->skipped_rows;
    state->ignored_rows = result->ignored_rows;
    if (states->options->strict)
        state->not_finite_skipped = result->not_finite;
    for (size_t i = 0; i < states->count; i++) {
        if (!states->loaded[i].unused)
            state->not_finite_skipped =
                saturated_sum(state->not_finite_skipped,
                              states->loaded[i].state.not_finite_skipped);
    }
    states_add_left_out(states, &state->not_finite, &state->skipped_rows,
                        &state->ignored_rows);
    state->record_count = 0;
    for (size_t i = 0; i < index->file_count; i++)
        state->dumps[i] = (struct state_dump){
            index->files[i].path, index->files[i].bytes,
            index->files[i].modified, index->files[i].others};
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *from = &index->records[i];
        const bool unwritten =
            result->is_left_out != NULL && result->is_left_out[i];
        if (unwritten ||
            (!is_known(states, i) && (record == SIZE_MAX || i > record)))
            continue; /* it may be written later */
        records[i] = (uint32_t)state->record_count;
        state->records[state->record_count++] = (struct state_record){
            .dump = from->file,
            .group = from->group,
            .logits = states_array_path(states, from->logits),
            .labels = states_array_path(states, from->labels),
            .ids = states_ids_path(states, from),
            .epoch = from->epoch,
            .slice = from->slice,
            .rows = from->rows,
            .classes = from->classes,
            .print = states->prints[i],
        };
    }
}

/* Another scan may have written it where there are no locks. What that has read
 * must not be lost. */
static bool check_own(const struct states *states)
{
    struct stat now;
    const bool exists = stat(states->own, &now) == 0;
    const struct stat *seen = &states->seen;
    if (exists == states->exists &&
        (!exists ||
         (now.st_ino == seen->st_ino && now.st_size == seen->st_size &&
          now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
          now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec)))
        return true;
    return error_set(states->error,
                     "%s: something else has written or removed it since this "
                     "scan began; it stays as it is: scan again",
                     states->own);
}

/* Writes all of it to a file that is to take its place. */
static bool fill_file(struct states *states, const struct state *state,
                      const uint32_t *records, const struct aum_tally *tally,
                      struct out_file *file)
{
    if (!state_write(state, out_file_temporary(file), states->own, tally,
                     records, states->index->watch, states->error))
        return false;
    return out_file_finish(file, states->error) && check_own(states);
}

static bool write_file(struct states *states, const struct state *state,
                       const uint32_t *records, const struct aum_tally *tally)
{
    struct out_place place;
    struct out_file *file = NULL;
    if (out_place_find(&place, states->own))
        file = out_file_reserve(&place, states->own, states->error);
    else
        error_set(states->error, "%s: cannot write: %s", states->own,
                  text_reason(errno));
    out_place_free(&place);
    if (file != NULL && !fill_file(states, state, records, tally, file)) {
        out_file_abandon(file);
        return false;
    }
    if (file != NULL && out_file_commit(file, states->error)) {
        see_own(states);
        return true;
    }
    return false;
}

static bool save(struct states *states, const struct scan_result *result,
                 size_t record)
{
    const struct dump_index *index = states->index;
    struct state state;
    const double start = now();
    uint32_t *records = calloc(index->record_count + 1, sizeof *records);
    bool good = state_init(&state, index->file_count, index->record_count,
                           states->error) &&
                records != NULL;
    if (good)
        describe(states, result, record, &state, records);
    else
        error_no_memory(states->error);
    /* How long the disk takes to write is no reason to give up reading. */
    supervisor_set_reading(states->supervisor, false);
    good = good && write_file(states, &state, records, result->tally);
    supervisor_set_reading(states->supervisor, true);
    state_free(&state);
    free(records);
    states->changed = false;
    states->saved_at = now();
    states->saving_took = states->saved_at - start;
    return good;
}

static bool is_time_to_save(const struct states *states)
{
    const bool usual = states->save_seconds < 0;
    const double least = usual ? SAVING_SECONDS : states->save_seconds;
    const double share = usual ? SAVING_SHARE * states->saving_took : 0;
    return now() - states->saved_at >= (least > share ? least : share);
}

/* ---- as an observer of the scan ---- */

static bool see_block(void *context, const struct measured *measured,
                      struct error *error)
{
    struct states *states = context;
    (void)error;
    fingerprint_add(&states->prints[measured->block.record], measured);
    states->changed = true;
    return true;
}

/* By the samples. */
static int compare_prints(const void *a, const void *b)
{
    const struct fingerprint *x = *(const struct fingerprint *const *)a;
    const struct fingerprint *y = *(const struct fingerprint *const *)b;
    if (x->ids != y->ids)
        return x->ids < y->ids ? -1 : 1;
    return (x->rows > y->rows) - (x->rows < y->rows);
}

static bool another_run(const struct states *states, size_t record,
                        const struct fingerprint *known)
{
    const struct epoch_record *records = states->index->records;
    return error_set(
        states->error,
        "%s: epoch %" PRId64 " is of the same samples as that in %s, which a "
        "state has read; is it of another run? Give each its --run",
        states_file_of(states, &records[record])->path, records[record].epoch,
        states_file_of(states, &records[known - states->prints])->path);
}

/* Is a record that was read, from `first` to `end`, of the same samples as one
 * that a state has? `known` has room for as many. */
static bool compare_with_known(const struct states *states, size_t first,
                               size_t end, const struct fingerprint **known)
{
    size_t count = 0;
    for (size_t i = first; i < end; i++) {
        if (is_known(states, i) && states->prints[i].rows > 0)
            known[count++] = &states->prints[i];
    }
    qsort(known, count, sizeof *known, compare_prints);
    for (size_t i = first; i < end; i++) {
        const struct fingerprint *print = &states->prints[i];
        if (is_known(states, i) || print->rows == 0)
            continue;
        const struct fingerprint **same =
            bsearch(&print, known, count, sizeof *known, compare_prints);
        if (same != NULL)
            return another_run(states, i, *same);
    }
    return true;
}

/* A state may have been given that is of another run. */
static bool check_epoch(const struct states *states, size_t record)
{
    const struct dump_index *index = states->index;
    size_t first = record;
    if (states->count == 0)
        return true;
    while (first > 0 &&
           index->records[first - 1].epoch == index->records[record].epoch)
        first--;
    const size_t end = dump_index_epoch_end(index, record);
    const struct fingerprint **known = malloc((end - first) * sizeof *known);
    const bool good = known != NULL
                          ? compare_with_known(states, first, end, known)
                          : error_no_memory(states->error);
    free(known);
    return good;
}

static bool see_epoch(void *context, const struct scan_result *result,
                      size_t record, int64_t epoch, struct error *error)
{
    struct states *states = context;
    (void)epoch, (void)error; /* it is in the states */
    return check_epoch(states, record) &&
           (states->own == NULL || !is_time_to_save(states) ||
            save(states, result, record));
}

struct scan_observer states_observer(struct states *states)
{
    return (struct scan_observer){.context = states,
                                  .whole_records = true,
                                  .block = see_block,
                                  .epoch_done = see_epoch};
}

bool states_finish(struct states *states, const struct scan_result *result)
{
    const size_t records = states->index->record_count;
    return states->own == NULL || !states->changed ||
           save(states, result, records > 0 ? records - 1 : SIZE_MAX);
}
