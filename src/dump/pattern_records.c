/*
 * pattern_records.c - one dataset of logits for each epoch, or part of it, with
 * its number in the name
 */
#include "dump/discovery.h"

#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "dump/patterns.h"

struct search {
    struct discovery *d;
    const char *group; /* whose names are looked at */
    const char *word;  /* of logits, while a pattern is looked for... */
    bool parts;        /* ... of epochs, or of parts of them */
    char pattern[PATTERN_SIZE];
    char other[PATTERN_SIZE]; /* another one that fits as well; "": none */
    size_t records;
    bool all; /* names in the group need not look like those of logits */
    bool good;
};

static bool group_is_wanted(const struct discovery *d, const char *group)
{
    return d->names->group == NULL || d->whole_file ||
           names_group_matches(d->names->group, group);
}

static void each_group(struct search *search,
                       bool (*take)(void *context, const char *name))
{
    struct discovery *d = search->d;
    for (size_t i = 0; i < d->catalog->group_count && search->good; i++) {
        search->group = d->catalog->groups[i];
        dump_watch_progress(d->index->watch);
        if (group_is_wanted(d, search->group))
            d->file->format->each_name(d->file, search->group, take, search);
    }
}

/* ---- finding a pattern ---- */

static bool look_at(void *context, const char *name)
{
    struct search *search = context;
    struct discovery *d = search->d;
    char path[DATASET_PATH_SIZE];
    char pattern[PATTERN_SIZE];
    if (!dataset_path(search->group, name, path) ||
        !pattern_guess(path, search->word, pattern) ||
        pattern_is_of_parts(pattern) != search->parts ||
        strcmp(pattern, search->pattern) == 0 ||
        !d->file->format->has_dataset(d->file, path) ||
        d->file->format->is_table(d->file, path))
        return true;
    if (search->pattern[0] == '\0')
        memcpy(search->pattern, pattern, sizeof pattern);
    else
        memcpy(search->other, pattern, sizeof pattern);
    return search->other[0] == '\0';
}

/* Leaves it in search->pattern, with the word of it that is the logits'. */
static bool guess_pattern(struct search *search)
{
    struct discovery *d = search->d;
    for (int parts = 0; parts < 2; parts++) {
        search->parts = parts == 1;
        for (const char *const *name = usual_logits_names;
             *name != NULL && search->pattern[0] == '\0'; name++) {
            search->word = *name;
            each_group(search, look_at);
        }
    }
    return search->other[0] == '\0' ||
           (error_set(d->error, "%s: logits may be %s or %s", discovery_path(d),
                      search->pattern, search->other) &&
            false) ||
           error_advise(d->error, ADVICE_NAME_LOGITS);
}

/* ---- records ---- */

/* The dataset beside a match whose name has another word for that of logits,
 * and its pattern. */
static bool find_beside(const struct search *search, const char *logits,
                        const struct pattern_match *match, const char *name,
                        char pattern[PATTERN_SIZE], char out[DATASET_PATH_SIZE])
{
    bool replaced = false;
    for (const char *const *word = usual_logits_names;
         *word != NULL && !replaced; word++)
        replaced = pattern_replace_word(search->pattern, *word, name, pattern);
    return replaced &&
           pattern_fill(pattern, logits, match, out, DATASET_PATH_SIZE) &&
           search->d->file->format->has_dataset(search->d->file, out);
}

/* The dataset that belongs to a match: by the user's pattern, or by the
 * logits' own, with a usual name for theirs. "": none. */
static void find_partner(const struct search *search, const char *logits,
                         const struct pattern_match *match, const char *own,
                         const char *const *usual, char out[DATASET_PATH_SIZE])
{
    char pattern[PATTERN_SIZE];
    if (own != NULL) {
        if (strchr(own, '*') == NULL ||
            !pattern_fill(own, logits, match, out, DATASET_PATH_SIZE))
            out[0] = '\0';
        return;
    }
    for (const char *const *name = usual; *name != NULL; name++) {
        if (find_beside(search, logits, match, *name, pattern, out))
            return;
    }
    out[0] = '\0';
}

/* Notes what could have been taken instead, of one role. */
static bool note_role(const struct search *search, uint32_t record,
                      enum dump_role role, uint32_t taken,
                      struct dataset_names names)
{
    struct discovery *d = search->d;
    struct pattern_match match;
    char logits[DATASET_PATH_SIZE];
    char other[DATASET_PATH_SIZE];
    char pattern[PATTERN_SIZE];
    if (names.own != NULL || taken == DUMP_NO_ARRAY)
        return true;
    snprintf(logits, sizeof logits, "%s",
             d->index->arrays[d->index->records[record].logits].path);
    if (!pattern_match(search->pattern, logits, &match))
        return true;
    for (const char *const *name = names.usual; *name != NULL; name++) {
        if (find_beside(search, logits, &match, *name, pattern, other) &&
            strcmp(other, d->index->arrays[taken].path) != 0 &&
            !discovery_note_choice(d, record, role, taken, other, pattern))
            return false;
    }
    return true;
}

/* Of a record. Other logits in the root are passed over with a word for each;
 * those of other folders (/scores/epoch_0) are not looked at then. */
static bool note_choices(const struct search *search, uint32_t number)
{
    struct discovery *d = search->d;
    const struct epoch_record record = d->index->records[number];
    d->file->catalog.aside = true;
    const bool good =
        (strchr(search->pattern, '/') == NULL ||
         note_role(search, number, DUMP_LOGITS, record.logits,
                   d->logits_names)) &&
        note_role(search, number, DUMP_LABELS, record.labels,
                  d->labels_names) &&
        note_role(search, number, DUMP_IDS, record.ids, d->ids_names);
    d->file->catalog.aside = false;
    return good && discovery_note_choices(d, number); /* for all epochs */
}

/* Is the number in the name of a dataset its epoch's? That of a rank is not.
 * One without a keyword is not either (logits_0 in epoch_5.h5, as a rank or a
 * batch) if the file or a group has one with a keyword. */
static bool name_numbers(struct search *search, const char *name, bool *numbers)
{
    struct discovery *d = search->d;
    struct epoch_numbers around;
    int64_t unused;
    *numbers = !pattern_is_of_parts(search->pattern);
    if (!*numbers || d->names->logits != NULL ||
        names_epoch_after_keyword(name, &unused) == NAMES_EPOCH)
        return true;
    if (!find_epoch_in_names(discovery_path(d), search->group, &around,
                             d->error))
        return false;
    *numbers = !around.known || around.from == DUMP_FROM_FOLDER;
    return true;
}

static bool add_match(void *context, const char *name)
{
    struct search *search = context;
    struct discovery *d = search->d;
    struct pattern_match match;
    char logits[DATASET_PATH_SIZE];
    char labels[DATASET_PATH_SIZE];
    char ids[DATASET_PATH_SIZE];
    bool numbered;
    if (!dataset_path(search->group, name, logits) ||
        !pattern_match(search->pattern, logits, &match) ||
        !d->file->format->has_dataset(d->file, logits))
        return true;
    search->good = name_numbers(search, name, &numbered);
    if (!search->good)
        return false;
    find_partner(search, logits, &match, d->names->labels, usual_labels_names,
                 labels);
    find_partner(search, logits, &match, d->names->ids, usual_ids_names, ids);
    const struct record_paths paths = {
        .group = search->group,
        .logits = logits,
        .labels = labels[0] != '\0' ? labels : NULL,
        .ids = ids[0] != '\0' ? ids : NULL,
        .numbered = numbered,
        .epoch = match.number,
    };
    search->good = discovery_add_record(d, &paths);
    search->records++;
    return search->good;
}

/* ---- what is like logits, but is not read ---- */

/* "logits_final", "scores-3"; anything in the folder of the epochs, or in a
 * group that is called like logits. */
static bool is_like_logits(const struct search *search, const char *name)
{
    const char *group = strrchr(search->group, '/') + 1;
    if (search->all)
        return true;
    for (const char *const *word = usual_logits_names; *word != NULL; word++) {
        if (strcmp(group, *word) == 0)
            return true;
    }
    for (const char *const *word = usual_logits_names; *word != NULL; word++) {
        const size_t length = strlen(*word);
        if (strncmp(name, *word, length) == 0 && name[length] != '\0' &&
            strchr("_-.0123456789", name[length]) != NULL)
            return true;
    }
    return false;
}

/* Could it be read as logits? Without memory, the search is not good. */
static bool has_logits_shape(struct search *search, const char *path)
{
    struct discovery *d = search->d;
    struct dump_layout layout;
    uint32_t number;
    memset(&layout, 0, sizeof layout);
    layout.role = DUMP_LOGITS;
    search->good = discovery_try_array(d, path, &layout, &number);
    if (!search->good || number == DUMP_NO_ARRAY)
        return false;
    discovery_take_back(d, number);
    return layout.rank >= 2 && layout.rank <= 3;
}

/* Are they the logits of a record, perhaps as an array of Octave's? */
static bool is_read(const struct discovery *d, const char *path)
{
    const struct dump_index *index = d->index;
    for (size_t i = d->first_record; i < index->record_count; i++) {
        if (strcmp(index->arrays[index->records[i].logits].path, path) == 0)
            return true;
    }
    return false;
}

static bool note_other(void *context, const char *name)
{
    struct search *search = context;
    struct discovery *d = search->d;
    struct pattern_match match;
    char path[DATASET_PATH_SIZE];
    if (!is_like_logits(search, name) ||
        !dataset_path(search->group, name, path) ||
        (search->pattern[0] != '\0' &&
         pattern_match(search->pattern, path, &match)) ||
        !d->file->format->has_dataset(d->file, path) || is_read(d, path) ||
        !has_logits_shape(search, path))
        return search->good;
    search->good = dump_index_pass(d->index, discovery_path(d), path,
                                   DUMP_PASSED_OTHER_LOGITS) ||
                   error_no_memory(d->error);
    return search->good;
}

bool discovery_note_other_logits(struct discovery *d, const char *pattern)
{
    struct search search = {.d = d, .group = "/", .good = true};
    char folder[PATTERN_SIZE + 1];
    snprintf(search.pattern, sizeof search.pattern, "%s", pattern);
    d->file->catalog.aside = true;
    d->file->format->each_name(d->file, search.group, note_other, &search);
    snprintf(folder, sizeof folder, "%s%.*s", pattern[0] == '/' ? "" : "/",
             (int)strcspn(pattern, "*"), pattern);
    *strrchr(folder, '/') = '\0';
    search.group = folder;
    search.all = true;
    if (folder[0] != '\0' && search.good)
        d->file->format->each_name(d->file, search.group, note_other, &search);
    d->file->catalog.aside = false;
    return search.good;
}

#define GROUPS_LOOKED_INTO 1000u

bool discovery_note_logits_beside(struct discovery *d)
{
    struct search search = {.d = d, .good = true};
    char path[DATASET_PATH_SIZE];
    size_t looked = 0;
    d->file->catalog.aside = true;
    for (size_t i = 0; i < d->catalog->group_count && search.good &&
                       looked < GROUPS_LOOKED_INTO;
         i++) {
        search.group = d->catalog->groups[i];
        dump_watch_progress(d->index->watch);
        if (strcmp(search.group, "/") != 0 &&
            find_dataset(d->file, search.group, d->logits_names, path))
            continue;
        d->file->format->each_name(d->file, search.group, note_other, &search);
        looked++;
    }
    d->file->catalog.aside = false;
    return search.good;
}

bool discovery_add_by_pattern(struct discovery *d, size_t *records)
{
    struct search search = {.d = d, .good = true};
    const char *own = d->names->logits;
    if (own != NULL)
        snprintf(search.pattern, sizeof search.pattern, "%s", own);
    else if (!guess_pattern(&search))
        return false;
    if (search.pattern[0] != '\0')
        each_group(&search, add_match);
    *records += search.records;
    const size_t end = d->index->record_count;
    if (search.good && end > d->first_record)
        search.good = (d->first_record > 0 || note_choices(&search, 0)) &&
                      (end == 1 || note_choices(&search, (uint32_t)end - 1));
    return search.good && (search.records == 0 || d->names->group != NULL ||
                           discovery_note_other_logits(d, search.pattern));
}
