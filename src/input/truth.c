/*
 * truth.c - a CSV of true labels -> a tally
 */
#include "input/truth.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "input/csv_file.h"
#include "input/id_list.h"

struct truth {
    struct csv_file file;
    char **ids;
    uint32_t *labels;
    size_t count;
    size_t room;
};

static bool parse_label(const char *text, uint32_t *label)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    /* pandas writes integers of a column with gaps as 3.0 */
    if (strcmp(end, ".0") == 0)
        end += 2;
    *label = (uint32_t)number;
    return errno == 0 && *end == '\0' && number < AUM_TRUTH_MISLABELED;
}

static bool parse_mislabeled(const char *text, uint32_t *label)
{
    const bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    const bool no = strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
    *label = yes ? AUM_TRUTH_MISLABELED : AUM_TRUTH_CORRECT;
    return yes || no;
}

static bool add(struct truth *truth, char *id, uint32_t label)
{
    if (truth->count == truth->room) {
        const size_t room = truth->room * 2 + 1024;
        char **ids = realloc(truth->ids, room * sizeof *ids);
        if (ids == NULL)
            return false;
        truth->ids = ids;
        uint32_t *labels = realloc(truth->labels, room * sizeof *labels);
        if (labels == NULL)
            return false;
        truth->labels = labels;
        truth->room = room;
    }
    truth->ids[truth->count] = id;
    truth->labels[truth->count++] = label;
    return true;
}

/* Which column tells the truth, from the plainest name on: a `label` beside a
 * `mislabeled` may well be the assigned one. */
static const struct {
    const char *column;
    bool (*parse)(const char *text, uint32_t *label);
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
        uint32_t value = 0;
        const char *text = cells[1] != NULL ? cells[1] : "";
        if (!forms[form].parse(text, &value)) {
            return error_set(error, "%s: line %zu: \"%s\" is %s", file->path,
                             file->line, text, forms[form].wrong);
        }
        if (cells[0] != NULL && !add(truth, cells[0], value))
            return error_no_memory_for(error, file->path);
    }
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
    free(truth->ids);
    free(truth->labels);
    csv_free(&truth->file);
    free(truth);
}

/* The labels that belong to ids of which some may have been left out. */
static uint32_t *labels_of(const struct truth *truth,
                           const struct id_values *values)
{
    uint32_t *labels = malloc((values->count + 1) * sizeof *labels);
    for (size_t i = 0; labels != NULL && i < values->count; i++)
        labels[i] = truth->labels[values->which[i]];
    return labels;
}

bool truth_tell(const struct truth *truth, struct aum_tally *tally,
                struct aum_verdicts *verdicts, struct error *error)
{
    const char *path = truth->file.path;
    struct id_values values;
    uint32_t *labels = NULL;
    size_t found = 0;
    bool good =
        id_values_parse(&values, truth->ids, truth->count,
                        verdicts != NULL ? aum_verdicts_id_kind(verdicts)
                                         : aum_tally_id_kind(tally),
                        path, error);
    if (good) {
        labels = labels_of(truth, &values);
        enum aum_status status = AUM_NO_MEMORY;
        if (labels != NULL && verdicts != NULL)
            status = aum_verdicts_set_truth(verdicts, values.ids, values.count,
                                            labels, &found);
        else if (labels != NULL)
            status = aum_tally_set_truth(tally, values.ids, values.count,
                                         labels, &found);
        if (status != AUM_OK)
            good = error_set(error, "%s: %s", path, aum_strerror(status));
        else if (found == 0)
            good = error_set(error, "%s: %s", path,
                             "none of its ids is a sample of the "
                             "dumps");
    }
    free(labels);
    id_values_free(&values);
    return good;
}
