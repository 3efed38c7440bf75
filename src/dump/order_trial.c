/*
 * order_trial.c - would a dump be read with its axes in another order?
 */
#include "dump/order_trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "dump/reader.h"

/* What is looked at: so many epochs, and values of each. */
#define EPOCHS_MAX 16u
#define VALUES_MAX 65536u

/* One row in so many may have a bad label, or another one than before. */
#define BAD_SHARE 100u
#define CHANGES_SHARE 16u

#define IGNORABLE_MAX 4

struct survey {
    const struct dump_label_rules *rules;
    uint64_t classes;
    bool names;     /* labels are strings, which are compared alone */
    bool positions; /* of samples, most of which may have no label */
    size_t rows;
    size_t bad;
    size_t ignored; /* rows that might be */
    bool from_1;    /* a label is that after the last class... */
    bool from_0;    /* ... and one is that of the first */
    bool all_signs; /* all are -1 or 1 */
    bool soft;      /* rows that sum to 1, but are not one-hot */
    int64_t ignorable[IGNORABLE_MAX];
    size_t ignorable_count;
    double *first; /* labels of the first epoch, one per row */
};

/* ---- one row ---- */

static void note_ignorable(struct survey *s, int64_t label)
{
    s->ignored++;
    for (size_t i = 0; i < s->ignorable_count; i++) {
        if (s->ignorable[i] == label)
            return;
    }
    if (s->ignorable_count < IGNORABLE_MAX)
        s->ignorable[s->ignorable_count++] = label;
    else
        s->bad++;
}

static void see_number(struct survey *s, double value)
{
    const struct class_labels *classes = &s->rules->classes;
    const bool integral = value == floor(value) && fabs(value) < 9e15;
    const int64_t label = integral ? (int64_t)value : 0;
    uint32_t class = 0;
    s->all_signs &= value == -1 || value == 1;
    if (integral && dump_label_is_ignored(s->rules, label))
        return;
    const bool known = integral && class_of_label(classes, label, &class);
    s->from_0 |= known && class == 0;
    if (known && class < s->classes)
        return;
    if (known && class == s->classes && classes->first == 0)
        s->from_1 = true;
    else if (integral && (label < 0 || label == 255))
        note_ignorable(s, label);
    else
        s->bad++;
}

static void see_columns(struct survey *s, const double *row, size_t columns)
{
    size_t ones = 0;
    size_t zeros = 0;
    s->all_signs = false;
    bool level = true;
    bool outside = false;
    double sum = 0;
    for (size_t c = 0; c < columns; c++) {
        ones += row[c] == 1;
        zeros += row[c] == 0;
        level &= row[c] == row[0];
        outside |= row[c] < 0;
        sum += row[c];
    }
    if (s->rules->soft) {
        s->bad += level || !isfinite(sum);
        return;
    }
    if (ones == 1 && ones + zeros == columns)
        return;
    s->soft = true;
    s->bad += level || outside || !(fabs(sum - 1) <= 0.01);
}

/* ---- all rows ---- */

/* One number that stands for the label of a row. */
static double label_of(const double *row, size_t columns)
{
    size_t largest = 0;
    for (size_t c = 1; c < columns; c++) {
        if (row[c] > row[largest])
            largest = c;
    }
    return columns > 1 ? (double)largest : row[0];
}

/* False if too many labels are not what they were in the first epoch. */
static bool see_epoch(struct survey *s, const double *values, size_t rows,
                      size_t columns, bool first)
{
    size_t changed = 0;
    for (size_t i = 0; i < rows; i++) {
        const double *row = values + i * columns;
        const double label = label_of(row, columns);
        if (columns > 1)
            see_columns(s, row, columns);
        else if (!s->names)
            see_number(s, label);
        if (first)
            s->first[i] = label;
        changed += label < s->first[i] || label > s->first[i];
    }
    s->rows += rows;
    return changed <= rows / CHANGES_SHARE;
}

static bool judge(const struct survey *s, char also[DUMP_TRIAL_TEXT])
{
    size_t used = 0;
    if (s->names || (s->classes == 2 && s->all_signs))
        return true;
    const size_t given = s->ignorable_count > 0 ? s->rules->ignored_count : 0;
    for (size_t i = 0; i < given + s->ignorable_count; i++) {
        if (used >= DUMP_TRIAL_TEXT)
            return false;
        used += (size_t)snprintf(
            also + used, DUMP_TRIAL_TEXT - used, "%s%" PRId64,
            i == 0 ? " --ignore-label=" : ",",
            i < given ? s->rules->ignored[i] : s->ignorable[i - given]);
    }
    if (used >= DUMP_TRIAL_TEXT)
        return false;
    if (s->from_1)
        used += (size_t)snprintf(also + used, DUMP_TRIAL_TEXT - used,
                                 " --first-label=1");
    if (s->soft)
        snprintf(also + used, DUMP_TRIAL_TEXT - used, " --soft-labels");
    return s->bad <= s->rows / BAD_SHARE && !(s->from_1 && s->from_0) &&
           (s->positions ? s->ignored < s->rows
                         : s->ignored < s->rows - s->rows / 2);
}

/* An index of the epochs to look at alone. */
struct part {
    struct dump_index index;
    struct dump_array arrays[2];
    struct dump_layout layouts[2];
    struct epoch_record records[EPOCHS_MAX];
};

static struct part *create_part(const struct dump_order_trial *trial)
{
    struct part *part = calloc(1, sizeof *part);
    if (part == NULL)
        return NULL;
    const struct dump_layout *logits = trial->logits;
    const uint64_t epochs =
        logits->epochs < EPOCHS_MAX ? logits->epochs : EPOCHS_MAX;
    part->index = *trial->index;
    part->index.arrays = part->arrays;
    part->index.array_count = 2;
    part->index.records = part->records;
    part->index.record_count = (size_t)epochs;
    part->arrays[0] = part->arrays[1] = *trial->labels;
    part->layouts[0] = *logits;
    part->layouts[1] = *trial->layout;
    if (part->layouts[1].storage == DUMP_CHUNKED)
        part->layouts[1].storage = DUMP_LIBRARY;
    part->arrays[0].layout = &part->layouts[0];
    part->arrays[1].layout = &part->layouts[1];
    for (uint64_t i = 0; i < epochs; i++)
        part->records[i] = (struct epoch_record){
            .epoch = (int64_t)i,
            .slice = i * logits->measurements,
            .rows = logits->rows,
            .classes = logits->columns,
            .file = trial->labels->file,
            .labels = 1,
            .ids = trial->layout->type >= DUMP_STRING ? 1 : DUMP_NO_ARRAY,
            .one_hot = trial->one_hot};
    return part;
}

/* Strings are compared as numbers that stand for them. They are read as ids
 * are, as all that has names. */
static bool read_names(struct dump_worker *worker,
                       const struct dump_block *block, struct dump_ids *ids,
                       struct dump_buffer *values, struct error *error)
{
    if (!dump_read_ids(worker, block, ids, error) ||
        !dump_buffer_reserve(values, block->rows, sizeof(double), error))
        return false;
    double *value = (void *)values->bytes;
    const char *const *texts = ids->values;
    for (size_t i = 0; i < block->rows; i++)
        value[i] = (double)(hash_text(texts[i]) >> 12);
    return true;
}

static bool look_at_epochs(struct dump_worker *worker,
                           const struct dump_index *index, struct survey *s,
                           bool compare)
{
    struct dump_buffer values = {.bytes = NULL};
    struct dump_ids ids = {.values = NULL};
    const bool names = index->arrays[1].layout->type >= DUMP_STRING;
    bool good = true;
    for (size_t i = 0; good && i < index->record_count; i++) {
        const struct dump_layout *labels = index->arrays[1].layout;
        const uint64_t width = labels->columns > 0 ? labels->columns : 1;
        const uint64_t most = width < VALUES_MAX ? VALUES_MAX / width : 1;
        const uint64_t rows = index->records[i].rows;
        const struct dump_block block = {
            .record = i, .rows = (size_t)(rows < most ? rows : most)};
        struct error unused;
        size_t columns = 1;
        error_clear(&unused);
        dump_forget_unwritten(worker);
        if (rows == 0 ||
            !(names ? read_names(worker, &block, &ids, &values, &unused)
                    : dump_read_label_values(worker, &block, &values, &columns,
                                             &unused)))
            break;
        good = see_epoch(s, (const void *)values.bytes, block.rows, columns,
                         i == 0 || !compare);
    }
    free(values.bytes);
    dump_ids_free(&ids);
    return good;
}

/* Are there as many names as classes, or one less? Those of the file matter if
 * labels are strings. */
static bool names_fit(const struct dump_order_trial *trial, bool needed,
                      uint64_t classes)
{
    const struct dump_index *index = trial->index;
    const struct class_names *names = index->label_rules.names;
    if (names == NULL && needed && index->class_names.count > 0)
        names = &index->class_names;
    return names == NULL || names->count == classes ||
           names->count + 1 == classes;
}

bool dump_try_order(const struct dump_order_trial *trial,
                    char also[DUMP_TRIAL_TEXT])
{
    const uint64_t columns = trial->logits->columns;
    struct survey s = {.rules = &trial->index->label_rules,
                       .classes = columns == 1 ? 2 : columns,
                       .names = trial->layout->type >= DUMP_STRING,
                       .positions = trial->logits->positions > 0,
                       .all_signs = true,
                       .first = calloc(VALUES_MAX, sizeof(double))};
    struct part *part = create_part(trial);
    also[0] = '\0';
    bool good = true;
    if ((s.names && (trial->one_hot || columns == 1)) ||
        !names_fit(trial, s.names, s.classes))
        good = false;
    else if (s.first != NULL && part != NULL && trial->logits->size > 0) { /* else there is nothing to be read */
        struct dump_reader *reader = dump_reader_create(&part->index, NULL);
        struct dump_worker *worker =
            reader != NULL ? dump_worker_create(reader) : NULL;
        if (worker != NULL)
            good = look_at_epochs(worker, &part->index, &s, trial->same_rows) &&
                   judge(&s, also);
        dump_worker_destroy(worker);
        dump_reader_destroy(reader);
    }
    free(part);
    free(s.first);
    return good;
}
