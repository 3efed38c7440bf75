/*
 * truth.c - a CSV of true labels -> a tally
 */
#include "input/truth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "input/csv_file.h"
#include "input/id_list.h"
#include "input/id_set.h"
#include "input/seen_ids.h"

/* No label has so many digits. */
#define MISLABELED INT64_MAX
#define CORRECT (INT64_MAX - 1)

struct truth {
    struct csv_file file;
    char **ids;
    int64_t *labels; /* as the dumps have them, or one of these: */
    size_t count;
    size_t room;
    struct seen_ids seen; /* while it is read */
    bool odd_numbers;     /* some ids are numbers like 007 or +7 */
};

static bool parse_label(const char *text, int64_t *label)
{
    char *end;
    const bool negative = *text == '-';
    if (text[negative] < '0' || text[negative] > '9')
        return false;
    errno = 0;
    *label = strtoll(text, &end, 10);
    /* pandas writes integers of a column with gaps as 3.0 */
    if (strcmp(end, ".0") == 0)
        end += 2;
    return errno == 0 && *end == '\0' && *label < CORRECT;
}

static bool parse_mislabeled(const char *text, int64_t *label)
{
    const bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    const bool no = strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
    *label = yes ? MISLABELED : CORRECT;
    return yes || no;
}

static bool make_room(struct truth *truth)
{
    if (truth->count == truth->room) {
        const size_t room = truth->room * 2 + 1024;
        char **ids = realloc(truth->ids, room * sizeof *ids);
        if (ids == NULL)
            return false;
        truth->ids = ids;
        int64_t *labels = realloc(truth->labels, room * sizeof *labels);
        if (labels == NULL)
            return false;
        truth->labels = labels;
        truth->room = room;
    }
    return true;
}

static const char *describe(int64_t label, char text[32])
{
    if (label == MISLABELED)
        return "mislabeled";
    if (label == CORRECT)
        return "not mislabeled";
    snprintf(text, 32, "of label %" PRId64, label);
    return text;
}

/* `where` is "" or "line 3: ". */
static bool contradicts(const struct truth *truth, const char *where,
                        const char *id, int64_t before, int64_t label,
                        struct error *error)
{
    char texts[2][32];
    return error_set(error,
                     "%s: %ssample %s is %s, but was %s before; a sample has "
                     "one true label: drop one of the two rows",
                     truth->file.path, where, id, describe(label, texts[0]),
                     describe(before, texts[1]));
}

/* Are there other ways to write that number? */
static bool is_odd(const char *id)
{
    const char *digits = id + (*id == '-' || *id == '+');
    return *id == '+' ||
           (digits[0] == '0' && (digits[1] != '\0' || *id == '-'));
}

/* Adds a row. What is said twice counts once. */
static bool add(struct truth *truth, char *id, int64_t label,
                struct error *error)
{
    const char *path = truth->file.path;
    char where[32];
    size_t before;
    if (!make_room(truth))
        return error_no_memory_for(error, path);
    truth->ids[truth->count] = id;
    truth->labels[truth->count] = label;
    truth->odd_numbers = truth->odd_numbers || is_odd(id);
    if (!seen_ids_add(&truth->seen, truth->ids, &before))
        return error_no_memory_for(error, path);
    if (before == SIZE_MAX)
        truth->count++;
    if (before == SIZE_MAX || truth->labels[before] == label)
        return true;
    snprintf(where, sizeof where, "line %zu: ", truth->file.line);
    return contradicts(truth, where, id, truth->labels[before], label, error);
}

/* Which column tells the truth, from the plainest name on: a `label` beside a
 * `mislabeled` may well be the assigned one. */
static const struct {
    const char *column;
    bool (*parse)(const char *text, int64_t *label);
    const char *wrong;
} forms[] = {
    {"true_label", parse_label, "no label"},
    {"mislabeled", parse_mislabeled, "neither true nor false"},
    {"label", parse_label, "no label"},
};

#define FORM_COUNT (sizeof forms / sizeof *forms)

static bool read_rows(struct truth *truth, struct error *error)
{
    struct csv_file *file = &truth->file;
    size_t columns[] = {csv_column(file, "sample_id"), SIZE_MAX};
    size_t form = 0;
    char *cells[2];
    while (form < FORM_COUNT &&
           (columns[1] = csv_column(file, forms[form].column)) == SIZE_MAX)
        form++;
    if (columns[0] == SIZE_MAX || form == FORM_COUNT)
        return error_set(error, "%s: %s", file->path,
                         "its first line has to name the columns sample_id and "
                         "label (the true one) or mislabeled");
    csv_next_row(file, columns, 2, cells); /* the header */
    while (csv_next_row(file, columns, 2, cells)) {
        int64_t value = 0;
        const char *text = cells[1] != NULL ? cells[1] : "";
        if (!forms[form].parse(text, &value)) {
            return error_set(error, "%s: line %zu: \"%s\" is %s", file->path,
                             file->line, text, forms[form].wrong);
        }
        if (cells[0] != NULL && !add(truth, cells[0], value, error))
            return false;
    }
    seen_ids_free(&truth->seen);
    return csv_ended_well(file, error);
}

bool truth_read(struct truth **truth, const char *path, struct error *error)
{
    *truth = calloc(1, sizeof **truth);
    if (*truth == NULL)
        return error_no_memory_for(error, path);
    return csv_read(&(*truth)->file, path, error) && read_rows(*truth, error);
}

void truth_free(struct truth *truth)
{
    if (truth == NULL)
        return;
    seen_ids_free(&truth->seen);
    free(truth->ids);
    free(truth->labels);
    csv_free(&truth->file);
    free(truth);
}

size_t truth_count(const struct truth *truth)
{
    return truth != NULL ? truth->count : 0;
}

/* The classes that belong to ids of which some may have been left out. */
static bool classes_of(const struct truth *truth,
                       const struct id_values *values,
                       const struct class_labels *labels, uint32_t *classes,
                       struct error *error)
{
    for (size_t i = 0; i < values->count; i++) {
        const size_t row = values->which[i];
        const int64_t label = truth->labels[row];
        if (label == MISLABELED)
            classes[i] = AUM_TRUTH_MISLABELED;
        else if (label == CORRECT)
            classes[i] = AUM_TRUTH_CORRECT;
        else if (!class_of_label(labels, label, &classes[i]) ||
                 classes[i] >= AUM_TRUTH_MISLABELED)
            return error_set(
                error,
                "%s: sample %s is of label %" PRId64
                ", which no class has; the first label is %" PRId64,
                truth->file.path, truth->ids[row], label, labels->first);
    }
    return true;
}

/* 7 and 007 are the same sample if ids are numbers. */
static bool numbers_agree(const struct truth *truth,
                          const struct id_values *values, struct error *error)
{
    struct id_set set;
    const enum aum_id_kind kind = values->ids.kind;
    if (!truth->odd_numbers || kind == AUM_IDS_STRING)
        return true;
    id_set_init(&set, truth->ids, truth->count, truth->file.path);
    bool good = id_set_prepare(&set, kind, error);
    for (size_t i = 0; good && i < values->count; i++) {
        const size_t row = values->which[i];
        const size_t first = id_set_find(&set, values->ids, i);
        if (truth->labels[first] != truth->labels[row])
            good = contradicts(truth, "", truth->ids[row], truth->labels[first],
                               truth->labels[row], error);
    }
    id_set_free(&set);
    return good;
}

bool truth_tell(const struct truth *truth, const struct class_labels *labels,
                struct aum_tally *tally, struct aum_verdicts *verdicts,
                struct error *error)
{
    const char *path = truth->file.path;
    struct id_values values;
    uint32_t *classes = NULL;
    size_t found = 0;
    bool good =
        id_values_parse(&values, truth->ids, truth->count,
                        verdicts != NULL ? aum_verdicts_id_kind(verdicts)
                                         : aum_tally_id_kind(tally),
                        path, error);
    good = good && numbers_agree(truth, &values, error);
    if (good) {
        classes = malloc((values.count + 1) * sizeof *classes);
        good = classes != NULL
                   ? classes_of(truth, &values, labels, classes, error)
                   : error_no_memory_for(error, path);
    }
    if (good) {
        enum aum_status status =
            verdicts != NULL
                ? aum_verdicts_set_truth(verdicts, values.ids, values.count,
                                         classes, &found)
                : aum_tally_set_truth(tally, values.ids, values.count, classes,
                                      &found);
        if (status != AUM_OK)
            good = error_set(error, "%s: %s", path, aum_strerror(status));
        else if (found == 0)
            good = error_set(error, "%s: %s", path,
                             "none of its ids is a sample of the "
                             "dumps");
    }
    free(classes);
    id_values_free(&values);
    return good;
}
