/*
 * run_class_names.c - what the classes of a run are called, and what needs to
 * know
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/run.h"

/* One name for each class, but perhaps for that of threshold samples. */
static bool choose_names(struct run *run)
{
    struct dump_index *index = &run->index;
    struct dump_label_rules *rules = &index->label_rules;
    if (index->record_count == 0)
        return true; /* but perhaps of states, which have no names */
    const struct epoch_record *first = &index->records[0];
    const size_t classes = aum_label_classes((size_t)first->classes);
    const bool given = rules->names != NULL;
    const struct class_names *names =
        given ? rules->names : &index->class_names;
    const bool fits = names->count == classes || names->count + 1 == classes;
    if (names->count == 0)
        return true;
    rules->names = fits ? names : NULL;
    if (fits)
        return true;
    if (!given) {
        log_detail(run->messages,
                   "%s: %zu class names, which do not fit %zu classes, are "
                   "left out",
                   index->files[first->file].path, names->count, classes);
        return true;
    }
    log_error(run->messages,
              "--class-names=%s: %zu names, but %s has %zu classes; give one "
              "for each, or all but the last, that of threshold samples",
              run->options->input.class_names, names->count,
              index->files[first->file].path, classes);
    return false;
}

/* ---- labels that are strings ---- */

/* Why the names that a dump has are not taken: "; FILE: ..."; "" if there are
 * none. */
static void format_unfit(const struct run *run, char *text, size_t size)
{
    const struct dump_index *index = &run->index;
    text[0] = '\0';
    if (index->class_names.count > 0)
        snprintf(
            text, size,
            "; the %zu names that %.200s has do not fit %" PRIu64 " classes",
            index->class_names.count, index->files[index->records[0].file].path,
            index->records[0].classes);
    for (size_t i = 0; i < index->passed_count && text[0] == '\0'; i++) {
        const struct dump_passed *passed = &index->passed[i];
        if (strcmp(passed->reason, DUMP_PASSED_NAMES) == 0)
            snprintf(text, size, "; %.200s: %.100s cannot be taken: %s",
                     passed->path, passed->group, passed->reason);
    }
}

/* Labels that are names need to be known in their order. */
static bool check_label_texts(const struct run *run)
{
    const bool kept = states_in_use(&run->states);
    const struct dump_index *index = &run->index;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        const struct dump_array *labels = &index->arrays[record->labels];
        if (labels->layout->type < DUMP_STRING)
            continue;
        if (kept && index->label_rules.names != NULL) {
            log_error(run->messages,
                      "%s: %s: labels are strings, whose order a state does "
                      "not keep; leave --state out, or dump class numbers",
                      index->files[record->file].path, labels->path);
            return false;
        }
        if (index->label_rules.names != NULL)
            continue;
        char why[500];
        format_unfit(run, why, sizeof why);
        log_error(run->messages,
                  "%s: %s: labels are strings; --class-names=FILE names the "
                  "classes in their order, as does a dataset or attribute "
                  "class_names%s",
                  index->files[record->file].path, labels->path, why);
        return false;
    }
    return true;
}

/* ---- columns that are classes ---- */

#define COLUMNS_TEXT 300

/* "cat, dog, ..." */
static void format_names(const struct class_names *names,
                         char text[COLUMNS_TEXT])
{
    static const char more[] = ", ...";
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < names->count; i++) {
        const size_t room = COLUMNS_TEXT - used;
        if (strlen(names->names[i]) + 2 + sizeof more > room) {
            snprintf(text + used, room, more);
            return;
        }
        used += (size_t)snprintf(text + used, room, "%s%s", i > 0 ? ", " : "",
                                 names->names[i]);
    }
}

/* How many of the columns' names are those of classes? Whether these are in the
 * same order is `ordered`. */
static size_t count_columns(const struct class_names *columns,
                            const struct class_names *names, bool *ordered)
{
    size_t found = 0;
    *ordered = true;
    for (size_t i = 0; i < columns->count; i++) {
        const size_t class = class_names_find(names, columns->names[i]);
        found += class != SIZE_MAX;
        *ordered &= class == i || class == SIZE_MAX;
    }
    return found;
}

/* Numbers are those of the classes, and nothing to tell of, unless they are the
 * names of these. */
static bool are_numbers(const struct class_names *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = columns->names[i];
        if (name[strspn(name, "0123456789")] != '\0')
            return false;
    }
    return true;
}

/* Columns of a table that are named after the classes are in natural order,
 * unless the classes have an order of their own, in which they are read. Which
 * it was, a state does not keep. */
static bool check_columns(const struct run *run, enum dump_role role)
{
    const struct dump_index *index = &run->index;
    const struct class_names *names = index->label_rules.names;
    const struct class_names *columns = &index->columns[role];
    char order[COLUMNS_TEXT];
    char known[COLUMNS_TEXT];
    bool ordered;
    if (columns->count == 0 || index->record_count == 0)
        return true;
    const char *file = index->files[index->records[0].file].path;
    const char *path =
        index
            ->arrays[role == DUMP_LOGITS ? index->records[0].logits
                                         : index->records[0].labels]
            .path;
    format_names(columns, order);
    const bool numbers = are_numbers(columns);
    if (names == NULL && numbers)
        return true;
    if (names == NULL) {
        log_note(run->messages,
                 "%s: %s: the classes are these columns in natural order: %s; "
                 "--class-names=FILE gives another order",
                 file, path, order);
        return true;
    }
    format_names(names, known);
    const bool all = count_columns(columns, names, &ordered) == names->count;
    if (!all && numbers)
        return true;
    if (!all) {
        log_warning(run->messages,
                    "%s: %s: the classes are these columns in natural order: "
                    "%s; but their names are %s; if that is another order, "
                    "give --class-names=FILE with the columns' names",
                    file, path, order, known);
        return true;
    }
    if (ordered)
        return true;
    if (states_in_use(&run->states)) {
        log_error(run->messages,
                  "%s: %s: the columns are in another order than the class "
                  "names, which a state does not keep; leave --state out, or "
                  "dump an array",
                  file, path);
        return false;
    }
    log_note(run->messages,
             "%s: %s: the columns are taken in the order of the class names: "
             "%s",
             file, path, known);
    return true;
}

bool run_fit_class_names(struct run *run)
{
    return choose_names(run) && check_label_texts(run) &&
           check_columns(run, DUMP_LOGITS) && check_columns(run, DUMP_LABELS);
}
