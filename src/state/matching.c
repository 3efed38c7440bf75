/*
 * matching.c - which epoch records states have read already
 */
#include "state/matching.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- states that have something in common ---- */

/* An epoch record that a state keeps. */
struct known {
    const struct loaded_state *from;
    const struct state_record *kept;
    const struct state_dump *dump;
    size_t number; /* counts all records of all states */
    bool matched;  /* it is also in the index */
};

static int compare_words(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* The same epoch of the same samples stands together, the same content too. */
static int compare_content(const void *a, const void *b)
{
    const struct known *x = a;
    const struct known *y = b;
    if (x->kept->epoch != y->kept->epoch)
        return x->kept->epoch < y->kept->epoch ? -1 : 1;
    int order = compare_words(x->kept->print.ids, y->kept->print.ids);
    if (order == 0)
        order = compare_words(x->kept->print.content, y->kept->print.content);
    if (order == 0)
        order = compare_words(x->kept->print.rows, y->kept->print.rows);
    return order != 0 ? order : compare_words(x->number, y->number);
}

static int compare_places(const void *a, const void *b)
{
    const struct known *x = a;
    const struct known *y = b;
    int order = strcmp(x->dump->path, y->dump->path);
    if (order == 0)
        order = strcmp(x->kept->logits, y->kept->logits);
    return order != 0 ? order : compare_words(x->kept->slice, y->kept->slice);
}

static bool is_whole(const struct state_record *kept)
{
    return kept->rows > 0 && kept->print.rows == kept->rows;
}

/* The caller's to free; NULL without memory. */
static struct known *list_known(struct states *states, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < states->count; i++) {
        states->loaded[i].first_record = *count;
        if (!states->loaded[i].unused)
            *count += states->loaded[i].state.record_count;
    }
    struct known *known = malloc((*count + 1) * sizeof *known);
    *count = 0;
    for (size_t i = 0; known != NULL && i < states->count; i++) {
        const struct loaded_state *from = &states->loaded[i];
        for (size_t j = 0; j < from->state.record_count && !from->unused; j++) {
            const struct state_record *kept = &from->state.records[j];
            known[(*count)++] =
                (struct known){from, kept, &from->state.dumps[kept->dump],
                               from->first_record + j, false};
        }
    }
    return known;
}

static bool in_common(const struct states *states, const struct known *a,
                      const struct known *b)
{
    return error_set(
        states->error,
        "%s: has epoch %" PRId64 " of %s, and so has %s; states that "
        "are added up must have nothing in common; leave one of them out, and "
        "give the dumps of its other epochs",
        b->from->path, b->kept->epoch, b->dump->path, a->from->path);
}

static bool two_runs(const struct states *states, const struct known *a,
                     const struct known *b)
{
    return error_set(states->error,
                     "%s: epoch %" PRId64
                     " (%s) is of the same samples as that in "
                     "%s (%s), but not the same; are two runs mixed? Give each "
                     "its --run",
                     b->from->path, b->kept->epoch, b->dump->path,
                     a->from->path, a->dump->path);
}

/* Adjacent records of the same epoch and samples, as they are walked over. A
 * state may have a million of them, so each is compared with two others at
 * most: if any two states differ, one of these comparisons shows it. */
struct same_samples {
    const struct known *first;  /* NULL: none yet */
    const struct known *newest; /* before the present one */
    const struct known *other;  /* the newest of another state than that of the
                                 * present one; NULL: none */
};

static bool is_of(const struct same_samples *run, const struct known *known)
{
    return run->first != NULL &&
           run->first->kept->epoch == known->kept->epoch &&
           run->first->kept->print.ids == known->kept->print.ids;
}

static bool differ(const struct known *a, const struct known *b)
{
    return a->from != b->from &&
           !fingerprint_equal(&a->kept->print, &b->kept->print);
}

/* Has one state both, as measurements of the same epoch? */
static bool is_another(const struct known *a, const struct known *b)
{
    return a->from == b->from &&
           !fingerprint_equal(&a->kept->print, &b->kept->print);
}

/* Has an earlier state the same record? Then run->other is in it. */
static bool walk_on(const struct states *states, struct same_samples *run,
                    const struct known *known)
{
    if (!is_of(run, known) || is_another(run->first, known)) {
        *run = (struct same_samples){.first = known, .newest = known};
        return true;
    }
    if (run->newest->from != known->from)
        run->other = run->newest;
    run->newest = known;
    if (differ(run->first, known))
        return two_runs(states, run->first, known);
    return run->other == NULL || !differ(run->other, known) ||
           two_runs(states, run->other, known);
}

/* Of each state: how many of its records an earlier one has. */
static bool count_repeated(struct states *states, const struct known *known,
                           size_t count, size_t *repeated)
{
    struct same_samples run = {.first = NULL};
    for (size_t i = 0; i < count; i++) {
        if (!walk_on(states, &run, &known[i]))
            return false;
        repeated[known[i].from - states->loaded] += run.other != NULL;
    }
    return true;
}

static bool nothing_in_common(const struct states *states,
                              const struct known *known, size_t count)
{
    struct same_samples run = {.first = NULL};
    for (size_t i = 0; i < count; i++) {
        if (known[i].from->unused)
            continue;
        if (!walk_on(states, &run, &known[i]))
            return false;
        if (run.other != NULL)
            return in_common(states, run.other, &known[i]);
    }
    return true;
}

/* Keeps those that can be told by their content; the number of them. */
static size_t keep_whole(struct known *known, size_t count)
{
    size_t whole = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_whole(known[i].kept))
            known[whole++] = known[i];
    }
    return whole;
}

static size_t count_whole(const struct state *state)
{
    size_t whole = 0;
    for (size_t i = 0; i < state->record_count; i++)
        whole += is_whole(&state->records[i]);
    return whole;
}

/* A state all of which others have is left out; anything else in common is an
 * error. */
static bool leave_out_repeated(struct states *states)
{
    size_t count;
    struct known *known = list_known(states, &count);
    size_t *repeated = calloc(states->count + 1, sizeof *repeated);
    bool good = known != NULL && repeated != NULL;
    if (good) {
        count = keep_whole(known, count);
        qsort(known, count, sizeof *known, compare_content);
    } else {
        error_no_memory(states->error);
    }
    good = good && count_repeated(states, known, count, repeated);
    for (size_t i = 0; good && i < states->count; i++) {
        struct loaded_state *loaded = &states->loaded[i];
        const size_t whole = count_whole(&loaded->state);
        loaded->unused = whole > 0 && repeated[i] == whole;
        if (loaded->unused)
            log_detail(states->messages,
                       "%s: left out, as other states have all of it",
                       loaded->path);
    }
    good = good && nothing_in_common(states, known, count);
    free(repeated);
    free(known);
    return good;
}

/* Those with most records first, so that they make others superfluous. */
static int compare_loaded(const void *a, const void *b)
{
    const struct loaded_state *x = a;
    const struct loaded_state *y = b;
    return compare_words(y->state.record_count, x->state.record_count);
}

/* ---- records that a state has read ---- */

/* The same datasets of files that have not changed. */
static bool is_unchanged(const struct states *states,
                         const struct epoch_record *record,
                         const struct known *known)
{
    const struct dump_file *file = states_file_of(states, record);
    return strcmp(file->path, known->dump->path) == 0 &&
           file->bytes == known->dump->bytes &&
           file->modified == known->dump->modified &&
           file->others == known->dump->others &&
           strcmp(states_array_path(states, record->labels),
                  known->kept->labels) == 0 &&
           strcmp(states_ids_path(states, record), known->kept->ids) == 0;
}

/* What a state read from where a record is now; NULL: nothing. */
static struct known *find_place(const struct states *states,
                                const struct epoch_record *record,
                                struct known *known, size_t count)
{
    const struct state_dump dump = {.path =
                                        states_file_of(states, record)->path};
    const struct state_record kept = {
        .logits = states->index->arrays[record->logits].path,
        .slice = record->slice};
    const struct known key = {.kept = &kept, .dump = &dump};
    return bsearch(&key, known, count, sizeof *known, compare_places);
}

/* Could a record be the one that a state keeps? */
static bool alike(const struct epoch_record *record, const struct known *known)
{
    return record->rows == known->kept->rows &&
           record->classes == known->kept->classes &&
           (!record->numbered || record->epoch == known->kept->epoch);
}

static void claim(struct states *states, size_t record_index,
                  struct known *known)
{
    struct epoch_record *record = &states->index->records[record_index];
    states->changed |= !is_unchanged(states, record, known);
    record->epoch = known->kept->epoch;
    record->numbered = true;
    states->matches[record_index] =
        (struct record_match){.known = true, .kept = (uint32_t)known->number};
    known->matched = true;
}

static bool dump_changed(const struct states *states,
                         const struct epoch_record *record,
                         const struct known *known)
{
    return error_set(states->error,
                     "%s: %s: epoch %" PRId64 " is not what it was when %s was "
                     "written; start another state, and read all again",
                     known->dump->path,
                     states->index->arrays[record->logits].path,
                     known->kept->epoch, known->from->path);
}

/* Matches records that are where a state read them. */
static bool match_places(struct states *states, struct known *known,
                         size_t count)
{
    qsort(known, count, sizeof *known, compare_places);
    for (size_t i = 0; i < states->index->record_count; i++) {
        struct epoch_record *record = &states->index->records[i];
        struct known *place = find_place(states, record, known, count);
        struct fingerprint print;
        if (place == NULL || place->matched)
            continue;
        if (!is_unchanged(states, record, place)) {
            if (!alike(record, place))
                return dump_changed(states, record, place);
            if (!fingerprint_record(states->index, i, &print, states->error))
                return false;
            if (!fingerprint_equal(&print, &place->kept->print))
                return dump_changed(states, record, place);
        }
        claim(states, i, place);
    }
    return true;
}

/* Finds what a state keeps with the same content, from another place. */
static bool match_content(struct states *states, size_t record_index,
                          struct known *known, size_t count)
{
    struct epoch_record *record = &states->index->records[record_index];
    struct fingerprint print = {0};
    for (size_t i = 0; i < count; i++) {
        if (known[i].matched || !is_whole(known[i].kept) ||
            !alike(record, &known[i]))
            continue;
        /* What -k skips rows of is to be read, and is nothing that is known. */
        if (print.rows == 0 && !fingerprint_record(states->index, record_index,
                                                   &print, states->error))
            return states->options->keep_going && !states->error->no_memory;
        if (fingerprint_equal(&print, &known[i].kept->print)) {
            claim(states, record_index, &known[i]);
            return true;
        }
    }
    return true;
}

static size_t count_unmatched(const struct known *known, size_t count)
{
    size_t unmatched = 0;
    for (size_t i = 0; i < count; i++)
        unmatched += !known[i].matched;
    return unmatched;
}

/* ---- records that only states have ---- */

/* Of which nothing but the name is known. */
static bool add_array(struct dump_index *index, const char *path, uint32_t file,
                      uint32_t *number)
{
    struct dump_layout unknown;
    memset(&unknown, 0, sizeof unknown); /* padding, too */
    struct dump_array *array = dump_index_add_array(index);
    if (array == NULL)
        return false;
    array->file = file;
    array->path = strdup(path);
    array->layout = dump_index_share(index, &unknown);
    *number = (uint32_t)(index->array_count - 1);
    return array->path != NULL && array->layout != NULL;
}

static bool add_record(struct dump_index *index, const struct known *known,
                       uint32_t file)
{
    const struct state_record *kept = known->kept;
    struct epoch_record record = {
        .file = file,
        .group = dump_index_add_group(index, kept->group),
        .epoch = kept->epoch,
        .numbered = true,
        .slice = kept->slice,
        .rows = kept->rows,
        .classes = kept->classes,
        .ids = DUMP_NO_ARRAY,
        .by_group = strcmp(kept->ids, DUMP_IDS_BY_GROUP) == 0,
        .by_file = strcmp(kept->ids, DUMP_IDS_BY_FILE) == 0,
    };
    if (record.group == NULL ||
        !add_array(index, kept->logits, file, &record.logits) ||
        !add_array(index, kept->labels, file, &record.labels) ||
        (*kept->ids != '\0' && !record.by_group && !record.by_file &&
         !add_array(index, kept->ids, file, &record.ids)))
        return false;
    struct epoch_record *added = dump_index_add_record(index);
    if (added != NULL)
        *added = record;
    return added != NULL;
}

static bool add_file(struct dump_index *index, const struct state_dump *dump)
{
    if (!dump_index_add_file(index, dump->path))
        return false;
    index->files[index->file_count - 1].bytes = dump->bytes;
    index->files[index->file_count - 1].modified = dump->modified;
    index->files[index->file_count - 1].others = dump->others;
    return true;
}

/* Records in the order of their places: those of one file stand together, and
 * may have records as well. */
static bool add_unmatched(struct states *states, const struct known *known,
                          size_t count)
{
    struct dump_index *index = states->index;
    const size_t given = index->file_count;
    states->given_files = given;
    size_t file = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(known[i].dump->path, known[i - 1].dump->path) != 0)
            file = SIZE_MAX;
        if (known[i].matched)
            continue;
        for (size_t j = 0; file == SIZE_MAX && j < given; j++) {
            if (strcmp(index->files[j].path, known[i].dump->path) == 0)
                file = j;
        }
        if (file == SIZE_MAX) {
            if (!add_file(index, known[i].dump))
                return error_no_memory(states->error);
            file = index->file_count - 1;
        }
        if (!add_record(index, &known[i], (uint32_t)file))
            return error_no_memory(states->error);
        states->matches[index->record_count - 1] = (struct record_match){
            .known = true, .absent = true, .kept = (uint32_t)known[i].number};
    }
    return true;
}

static void log_known(const struct states *states, size_t known)
{
    size_t used = 0;
    const char *path = "";
    for (size_t i = 0; i < states->count; i++) {
        if (states->loaded[i].unused)
            continue;
        path = states->loaded[i].path;
        used++;
    }
    if (used == 1)
        log_note(states->messages, "%s: has %zu of %zu epoch records already",
                 path, known, states->index->record_count);
    else
        log_note(states->messages,
                 "%zu states have %zu of %zu epoch records already", used,
                 known, states->index->record_count);
}

bool states_match(struct states *states)
{
    size_t count;
    if (states->count == 0)
        return true;
    if (states->reads_all != NULL) {
        states->unwanted = true;
        return error_set(states->error, "%s: %s", states->loaded[0].path,
                         states->reads_all);
    }
    states->changed |= states->count > 1;
    qsort(states->loaded, states->count, sizeof *states->loaded,
          compare_loaded);
    if (!leave_out_repeated(states))
        return false;
    struct known *known = list_known(states, &count);
    states->matches = calloc(states->index->record_count + count + 1,
                             sizeof *states->matches);
    bool good = (known != NULL && states->matches != NULL) ||
                error_no_memory(states->error);
    good = good && match_places(states, known, count);
    for (size_t i = 0; good && i < states->index->record_count; i++) {
        if (!states->matches[i].known && count_unmatched(known, count) > 0)
            good = match_content(states, i, known, count);
    }
    if (good) {
        dump_index_enumerate(states->index);
        good = add_unmatched(states, known, count);
    }
    if (good)
        log_known(states, count);
    free(known);
    return good;
}
