/*
 * numbering.c - which epochs the records of a run are
 */
#include "dump/numbering.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/path.h"

static const char *path_of(const struct dump_index *index,
                           const struct epoch_record *record)
{
    return index->files[record->file].path;
}

/* ---- some have numbers, others none ---- */

#define NAMES_SHOWN 3

/* "best.h5: /, last.h5: / and 2 more" */
static void format_unnumbered(const struct dump_index *index, char *text,
                              size_t size)
{
    size_t count = 0;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (record->numbered || count++ >= NAMES_SHOWN || used >= size)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s: %s",
                                 count > 1 ? ", " : "", path_of(index, record),
                                 record->group);
    }
    if (count > NAMES_SHOWN && used < size)
        snprintf(text + used, size - used, " and %zu more",
                 count - NAMES_SHOWN);
}

static bool check_all_or_none(const struct dump_index *index, bool *none,
                              struct error *error)
{
    size_t numbered = 0;
    char names[900];
    for (size_t i = 0; i < index->record_count; i++)
        numbered += index->records[i].numbered;
    *none = numbered == 0;
    if (numbered == 0 || numbered == index->record_count)
        return true;
    format_unnumbered(index, names, sizeof names);
    return error_set(error,
                     "%s: nothing tells which epoch this is, but others have a "
                     "number (%zu epoch records); leave it out, or name it "
                     "epoch_N",
                     names, numbered);
}

/* ---- numbers in names ---- */

struct numbers {
    size_t count; /* may be more than there is room for */
    int64_t value[NAMES_NUMBERS_MAX];
};

/* Of the group's path: as much as is no sample's id. */
static size_t group_length(const struct epoch_record *record)
{
    const char *group = record->group;
    return record->by_group ? (size_t)(strrchr(group, '/') - group)
                            : strlen(group);
}

/* Of the file's name, without its suffix and folders, or of the group's path;
 * without that name that is the sample's id. False without memory. */
static bool numbers_of(const struct dump_index *index,
                       const struct epoch_record *record, bool of_file,
                       struct numbers *numbers)
{
    const char *path = path_of(index, record);
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t length = record->by_file ? 0 : names_without_suffix(name);
    if (!of_file) {
        name = record->group;
        length = group_length(record);
    }
    char *copy = strndup(name, length);
    if (copy == NULL)
        return false;
    numbers->count = names_bare_numbers(copy, numbers->value);
    free(copy);
    return true;
}

#define NONE SIZE_MAX
#define SEVERAL (SIZE_MAX - 1)

/* Which number of the names varies: its place, or NONE or SEVERAL. */
static bool find_varying(const struct dump_index *index, bool of_file,
                         size_t *which)
{
    struct numbers first;
    *which = NONE;
    if (!numbers_of(index, &index->records[0], of_file, &first))
        return false;
    for (size_t i = 1; i < index->record_count; i++) {
        struct numbers now;
        if (!numbers_of(index, &index->records[i], of_file, &now))
            return false;
        if (now.count != first.count || now.count > NAMES_NUMBERS_MAX) {
            *which = SEVERAL;
            return true;
        }
        for (size_t k = 0; k < now.count; k++) {
            if (now.value[k] != first.value[k] && *which != k)
                *which = *which == NONE ? k : SEVERAL;
        }
    }
    return true;
}

static bool take_numbers(struct dump_index *index, bool of_file, size_t which)
{
    for (size_t i = 0; i < index->record_count; i++) {
        struct epoch_record *record = &index->records[i];
        struct numbers numbers;
        if (!numbers_of(index, record, of_file, &numbers))
            return false;
        record->epoch = numbers.value[which];
        record->from = DUMP_FROM_NUMBER;
        record->numbered = true;
    }
    return true;
}

/* Takes the only number that varies: in the files' names, else in the groups'.
 */
static bool number_by_names(struct dump_index *index, bool *found)
{
    size_t which;
    *found = false;
    if (!find_varying(index, true, &which))
        return false;
    const bool of_file = which != NONE;
    if (!of_file && !find_varying(index, false, &which))
        return false;
    if (which == NONE || which == SEVERAL)
        return true;
    *found = true;
    return take_numbers(index, of_file, which);
}

/* For a state: the only number in a name, whatever the others are called. */
static bool number_alone(struct dump_index *index, struct error *error)
{
    for (size_t i = 0; i < index->record_count; i++) {
        struct epoch_record *record = &index->records[i];
        struct numbers numbers;
        if (!numbers_of(index, record, true, &numbers) ||
            (numbers.count == 0 && !numbers_of(index, record, false, &numbers)))
            return error_no_memory(error);
        if (numbers.count != 1)
            return error_set(error,
                             "%s: %s: nothing tells which epoch this is, and a "
                             "state cannot go by its place among the dumps "
                             "that are given now; %s epoch_N, or set the "
                             "attribute \"epoch\"",
                             path_of(index, record), record->group,
                             record->by_file ? "put it into a folder"
                                             : "name it");
        record->epoch = numbers.value[0];
        record->from = DUMP_FROM_NUMBER;
        record->numbered = true;
    }
    return true;
}

/* ---- the order of the names ---- */

/* Records by their names without the numbers of parts: those with the same name
 * are parts of one epoch. */
struct named {
    char *name;
    uint32_t record;
};

static int compare_named(const void *a, const void *b)
{
    return names_compare(((const struct named *)a)->name,
                         ((const struct named *)b)->name);
}

static char *name_without_parts(const struct dump_index *index,
                                const struct epoch_record *record)
{
    const char *path = path_of(index, record);
    const size_t length = group_length(record);
    const size_t path_length =
        record->by_file ? path_folder_length(path) : strlen(path);
    const size_t size = path_length + length + 2;
    char *name = malloc(size);
    char *out = malloc(size);
    if (name != NULL && out != NULL) {
        snprintf(name, size, "%.*s:%.*s", (int)path_length, path, (int)length,
                 record->group);
        names_without_parts(name, out);
    }
    free(name);
    return out;
}

static bool number_by_order(struct dump_index *index)
{
    struct named *named = calloc(index->record_count + 1, sizeof *named);
    bool good = named != NULL;
    for (size_t i = 0; good && i < index->record_count; i++) {
        named[i].record = (uint32_t)i;
        named[i].name = name_without_parts(index, &index->records[i]);
        good = named[i].name != NULL;
    }
    if (good)
        qsort(named, index->record_count, sizeof *named, compare_named);
    int64_t place = 0;
    for (size_t i = 0; good && i < index->record_count; i++) {
        place += i > 0 && strcmp(named[i].name, named[i - 1].name) != 0;
        struct epoch_record *record = &index->records[named[i].record];
        record->epoch = place;
        record->from = DUMP_FROM_ORDER;
        record->numbered = true;
    }
    for (size_t i = 0; named != NULL && i < index->record_count; i++)
        free(named[i].name);
    free(named);
    return good;
}

/* ---- samples ---- */

/* Groups of one row without ids are samples, most likely; datasets of one group
 * are not, as its name is no id. There are two records or more. */
static bool check_single_rows(const struct dump_index *index,
                              struct error *error)
{
    size_t count = 0;
    if (epoch_records_share_group(&index->records[0], &index->records[1]))
        return true;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        count += record->rows == 1 && !epoch_record_has_ids(record);
    }
    if (count < index->record_count)
        return true;
    error_set(error, "%s: %s: one row in each of %zu groups, and no sample ids",
              path_of(index, index->records), index->records[0].group, count);
    return error_advise(error, ADVICE_GROUPS_ARE_IDS);
}

/* That many rows are compared of records whose names have a number. */
#define LIKELY_ROWS 65536u

static bool check_samples(const struct dump_index *index, bool by_number,
                          struct error *error)
{
    bool ids = true;
    for (size_t i = 0; i < index->record_count; i++)
        ids &= epoch_record_has_ids(&index->records[i]) ||
               index->records[i].rows == 0;
    if (index->record_count < 2 || ids)
        return true;
    if (!check_single_rows(index, error))
        return false;
    for (size_t i = 1; i < index->record_count; i++) {
        if (index->records[i].epoch != index->records[0].epoch)
            return dump_same_labels(index, by_number ? LIKELY_ROWS : UINT64_MAX,
                                    error);
    }
    return true; /* all of one epoch: dump_index_finish() has a word for that */
}

/* The number of a folder may be that of the run, and which folders are seen
 * depends on the path that is given: it counts only if no record has a number
 * that is nearer. */
static void drop_folder_numbers(struct dump_index *index)
{
    bool nearer = false;
    for (size_t i = 0; i < index->record_count; i++)
        nearer |= index->records[i].numbered &&
                  index->records[i].from != DUMP_FROM_FOLDER;
    for (size_t i = 0; nearer && i < index->record_count; i++) {
        if (index->records[i].from == DUMP_FROM_FOLDER)
            index->records[i].numbered = false;
    }
}

bool dump_number_records(struct dump_index *index,
                         const struct dump_numbering *numbering,
                         struct error *error)
{
    bool none;
    bool by_number;
    if (index->record_count == 0)
        return true;
    if (!dump_compare_choices(index, error) || !dump_read_epochs(index, error))
        return false;
    drop_folder_numbers(index);
    if (!dump_drop_aliases(index, error) || !dump_check_sources(index, error) ||
        (!numbering->mix_splits && !dump_check_splits(index, error)) ||
        !check_all_or_none(index, &none, error))
        return false;
    if (!none)
        return true;
    if (numbering->alone)
        return number_alone(index, error) && check_samples(index, true, error);
    if (!number_by_names(index, &by_number) ||
        (!by_number && !number_by_order(index)))
        return error_no_memory(error);
    return check_samples(index, by_number, error);
}
