/*
 * known.c - which epoch records states have read already
 */
#include "state/known.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- states that have something in common ---- */

/* A record of any of them. */
struct known {
    const struct loaded_state *from;
    const struct state_record *record;
    const struct state_dump *dump;
    size_t number; /* counts all records of all states */
    bool matched;  /* a part of the plan is this record */
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
    if (x->record->epoch != y->record->epoch)
        return x->record->epoch < y->record->epoch ? -1 : 1;
    int order = compare_words(x->record->print.ids, y->record->print.ids);
    if (order == 0)
        order =
            compare_words(x->record->print.content, y->record->print.content);
    return order != 0 ? order : compare_words(x->number, y->number);
}

static int compare_places(const void *a, const void *b)
{
    const struct known *x = a;
    const struct known *y = b;
    int order = strcmp(x->dump->path, y->dump->path);
    if (order == 0)
        order = strcmp(x->record->logits, y->record->logits);
    return order != 0 ? order
                      : compare_words(x->record->slice, y->record->slice);
}

static bool is_whole(const struct state_record *record)
{
    return record->rows > 0 && record->print.rows == record->rows;
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
            const struct state_record *record = &from->state.records[j];
            known[(*count)++] =
                (struct known){from, record, &from->state.dumps[record->dump],
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
        b->from->path, b->record->epoch, b->dump->path, a->from->path);
}

static bool two_runs(const struct states *states, const struct known *a,
                     const struct known *b)
{
    return error_set(states->error,
                     "%s: epoch %" PRId64
                     " (%s) is of the same samples as that in "
                     "%s (%s), but not the same; are two runs mixed? Give each "
                     "its --run",
                     b->from->path, b->record->epoch, b->dump->path,
                     a->from->path, a->dump->path);
}

/* Has an earlier state the same record? Then *same is it. */
static bool find_earlier(const struct states *states, const struct known *known,
                         size_t i, const struct known **same)
{
    *same = NULL;
    for (size_t j = i; j-- > 0;) {
        const struct known *a = &known[j];
        const struct known *b = &known[i];
        if (a->record->epoch != b->record->epoch ||
            a->record->print.ids != b->record->print.ids)
            break;
        if (a->from == b->from || !is_whole(a->record) || !is_whole(b->record))
            continue;
        if (!fingerprint_equal(&a->record->print, &b->record->print))
            return two_runs(states, a, b);
        *same = a;
    }
    return true;
}

/* Of each state: how many of its records an earlier one has. */
static bool count_repeated(struct states *states, const struct known *known,
                           size_t count, size_t *repeated)
{
    for (size_t i = 0; i < count; i++) {
        const struct known *same;
        if (!find_earlier(states, known, i, &same))
            return false;
        repeated[known[i].from - states->loaded] += same != NULL;
    }
    return true;
}

static bool nothing_in_common(const struct states *states,
                              const struct known *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct known *same;
        if (!find_earlier(states, known, i, &same))
            return false;
        if (same != NULL && !known[i].from->unused && !same->from->unused)
            return in_common(states, same, &known[i]);
    }
    return true;
}

/* A state all of which others have is left out; anything else in common is an
 * error. */
static bool leave_out_repeated(struct states *states)
{
    size_t count;
    struct known *known = list_known(states, &count);
    size_t *repeated = calloc(states->count + 1, sizeof *repeated);
    bool good = known != NULL && repeated != NULL;
    if (good)
        qsort(known, count, sizeof *known, compare_content);
    else
        error_no_memory(states->error);
    good = good && count_repeated(states, known, count, repeated);
    for (size_t i = 0; good && i < states->count; i++) {
        struct loaded_state *loaded = &states->loaded[i];
        size_t whole = 0;
        for (size_t j = 0; j < loaded->state.record_count; j++)
            whole += is_whole(&loaded->state.records[j]);
        loaded->unused = whole > 0 && repeated[i] == whole;
        if (loaded->unused)
            message_detail(states->messages,
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

/* ---- parts that are known ---- */

static const struct dump_file *file_of(const struct states *states,
                                       const struct dump_part *part)
{
    return &states->plan->files[part->file];
}

static bool is_unchanged(const struct states *states,
                         const struct dump_part *part,
                         const struct known *known)
{
    const struct dump_file *file = file_of(states, part);
    return strcmp(file->path, known->dump->path) == 0 &&
           file->bytes == known->dump->bytes &&
           file->modified == known->dump->modified;
}

/* The record that was read from where a part is now; NULL: none. */
static struct known *find_place(const struct states *states,
                                const struct dump_part *part,
                                struct known *known, size_t count)
{
    const struct state_dump dump = {.path = file_of(states, part)->path};
    const struct state_record record = {
        .logits = states->plan->arrays[part->logits].path,
        .slice = part->slice};
    const struct known key = {.record = &record, .dump = &dump};
    return bsearch(&key, known, count, sizeof *known, compare_places);
}

/* Could a part be this record? */
static bool alike(const struct dump_part *part, const struct known *known)
{
    return part->rows == known->record->rows &&
           part->classes == known->record->classes &&
           (!part->numbered || part->epoch == known->record->epoch);
}

static void claim(struct states *states, size_t index, struct known *known)
{
    struct dump_part *part = &states->plan->parts[index];
    states->changed |= !is_unchanged(states, part, known);
    part->epoch = known->record->epoch;
    part->numbered = true;
    states->matches[index] =
        (struct part_match){.known = true, .record = (uint32_t)known->number};
    known->matched = true;
}

static bool dump_changed(const struct states *states,
                         const struct dump_part *part,
                         const struct known *known)
{
    return error_set(states->error,
                     "%s: %s: epoch %" PRId64 " is not what it was when %s was "
                     "written; start another state, and read all again",
                     known->dump->path, states->plan->arrays[part->logits].path,
                     known->record->epoch, known->from->path);
}

/* Parts that are where records were read from. */
static bool match_places(struct states *states, struct known *known,
                         size_t count)
{
    qsort(known, count, sizeof *known, compare_places);
    for (size_t i = 0; i < states->plan->part_count; i++) {
        struct dump_part *part = &states->plan->parts[i];
        struct known *place = find_place(states, part, known, count);
        struct fingerprint print;
        if (place == NULL || place->matched)
            continue;
        if (!is_unchanged(states, part, place)) {
            if (!alike(part, place))
                return dump_changed(states, part, place);
            if (!fingerprint_part(states->plan, i, &print, states->error))
                return false;
            if (!fingerprint_equal(&print, &place->record->print))
                return dump_changed(states, part, place);
        }
        claim(states, i, place);
    }
    return true;
}

/* The record that a part has the content of, in another place. */
static bool match_content(struct states *states, size_t part_index,
                          struct known *known, size_t count)
{
    struct dump_part *part = &states->plan->parts[part_index];
    struct fingerprint print = {0};
    for (size_t i = 0; i < count; i++) {
        if (known[i].matched || !is_whole(known[i].record) ||
            !alike(part, &known[i]))
            continue;
        if (print.rows == 0 &&
            !fingerprint_part(states->plan, part_index, &print, states->error))
            return false;
        if (fingerprint_equal(&print, &known[i].record->print)) {
            claim(states, part_index, &known[i]);
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

/* ---- records without a part ---- */

/* Of which nothing but the name is known. */
static bool add_array(struct dump_plan *plan, const char *path, uint32_t file,
                      uint32_t *index)
{
    struct dump_layout unknown;
    memset(&unknown, 0, sizeof unknown); /* padding, too */
    struct dump_array *array = dump_plan_add_array(plan);
    if (array == NULL)
        return false;
    array->file = file;
    array->path = strdup(path);
    array->layout = dump_plan_share(plan, &unknown);
    *index = (uint32_t)(plan->array_count - 1);
    return array->path != NULL && array->layout != NULL;
}

static bool add_part(struct dump_plan *plan, const struct known *known,
                     uint32_t file)
{
    const struct state_record *record = known->record;
    struct dump_part part = {
        .file = file,
        .group = dump_plan_add_group(plan, record->group),
        .epoch = record->epoch,
        .numbered = true,
        .slice = record->slice,
        .rows = record->rows,
        .classes = record->classes,
        .ids = DUMP_NO_ARRAY,
    };
    if (part.group == NULL ||
        !add_array(plan, record->logits, file, &part.logits) ||
        (*record->ids != '\0' &&
         !add_array(plan, record->ids, file, &part.ids)))
        return false;
    part.labels = part.logits; /* nobody asks for them */
    struct dump_part *added = dump_plan_add_part(plan);
    if (added != NULL)
        *added = part;
    return added != NULL;
}

static bool add_file(struct dump_plan *plan, const struct state_dump *dump)
{
    if (!dump_plan_add_file(plan, dump->path))
        return false;
    plan->files[plan->file_count - 1].bytes = dump->bytes;
    plan->files[plan->file_count - 1].modified = dump->modified;
    return true;
}

/* Records in the order of their places: those of one file stand together, and
 * may have parts as well. */
static bool add_unmatched(struct states *states, const struct known *known,
                          size_t count)
{
    struct dump_plan *plan = states->plan;
    const size_t given = plan->file_count;
    states->given_files = given;
    size_t file = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(known[i].dump->path, known[i - 1].dump->path) != 0)
            file = SIZE_MAX;
        if (known[i].matched)
            continue;
        for (size_t j = 0; file == SIZE_MAX && j < given; j++) {
            if (strcmp(plan->files[j].path, known[i].dump->path) == 0)
                file = j;
        }
        if (file == SIZE_MAX) {
            if (!add_file(plan, known[i].dump))
                return error_no_memory(states->error);
            file = plan->file_count - 1;
        }
        if (!add_part(plan, &known[i], (uint32_t)file))
            return error_no_memory(states->error);
        states->matches[plan->part_count - 1] = (struct part_match){
            .known = true, .absent = true, .record = (uint32_t)known[i].number};
    }
    return true;
}

static void tell_known(const struct states *states, size_t known)
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
        message_note(states->messages,
                     "%s: has %zu of %zu epoch records already", path, known,
                     states->plan->part_count);
    else
        message_note(states->messages,
                     "%zu states have %zu of %zu epoch records already", used,
                     known, states->plan->part_count);
}

bool known_match(struct states *states)
{
    size_t count;
    if (states->count == 0)
        return true;
    if (states->reads_all != NULL) {
        return error_set(
            states->error,
            "%s: %s has to read all epochs; leave the state out, and "
            "give all dumps",
            states->loaded[0].path, states->reads_all);
    }
    states->changed |= states->count > 1;
    qsort(states->loaded, states->count, sizeof *states->loaded,
          compare_loaded);
    if (!leave_out_repeated(states))
        return false;
    struct known *known = list_known(states, &count);
    states->matches =
        calloc(states->plan->part_count + count + 1, sizeof *states->matches);
    bool good = (known != NULL && states->matches != NULL) ||
                error_no_memory(states->error);
    good = good && match_places(states, known, count);
    for (size_t i = 0; good && i < states->plan->part_count; i++) {
        if (!states->matches[i].known && count_unmatched(known, count) > 0)
            good = match_content(states, i, known, count);
    }
    if (good) {
        dump_plan_number(states->plan);
        good = add_unmatched(states, known, count);
    }
    if (good)
        tell_known(states, count);
    free(known);
    return good;
}
