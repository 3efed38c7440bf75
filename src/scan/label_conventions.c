/*
 * label_conventions.c - labels that are no class numbers, but mean some
 */
#include "scan/label_conventions.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aum.h"

#define VALUES_AT_ONCE ((size_t)1 << 16)
#define VALUES_MAX ((uint64_t)1 << 24) /* that are looked at for an error */

#define LABEL_MOST 9e15 /* in size, of labels that are floats */

/* ---- reading them ---- */

struct walk {
    const struct dump_index *index;
    struct dump_worker *worker;
    struct dump_buffer values;
    /* Called for each row that was written. False: seen enough. */
    bool (*see)(void *context, const double *row, size_t columns);
    void *context;
    uint64_t left; /* of VALUES_MAX */
};

/* False: seen enough, or unreadable, which the scan will tell. */
static bool walk_block(struct walk *w, const struct dump_block *block,
                       struct error *error)
{
    size_t columns;
    const unsigned char *unwritten;
    dump_forget_unwritten(w->worker);
    if (!dump_read_label_values(w->worker, block, &w->values, &columns, error))
        return false;
    const double *values = (const void *)w->values.bytes;
    const bool any = dump_unwritten_rows(w->worker, block, &unwritten) > 0;
    for (size_t i = 0; i < block->rows; i++) {
        if ((!any || unwritten[i] == 0) &&
            !w->see(w->context, values + i * columns, columns))
            return false;
    }
    const uint64_t seen = block->rows * (uint64_t)columns;
    w->left -= seen < w->left ? seen : w->left;
    return w->left > 0;
}

/* Walks over the labels of a record. Returns whether to go on to the next. */
static bool walk_record(struct walk *w, size_t record, struct error *error)
{
    const uint64_t rows = w->index->records[record].rows;
    const uint32_t labels = w->index->records[record].labels;
    const size_t columns = (size_t)w->index->arrays[labels].layout->columns;
    const size_t most = columns < VALUES_AT_ONCE ? VALUES_AT_ONCE / columns : 1;
    for (uint64_t row = 0; row < rows; row += most) {
        const uint64_t left = rows - row;
        const struct dump_block block = {.record = record,
                                         .first_row = row,
                                         .rows =
                                             left < most ? (size_t)left : most};
        if (!walk_block(w, &block, error))
            return false;
    }
    return true;
}

/* ---- -1 and +1 ---- */

struct signs {
    const struct dump_label_rules *rules;
    bool minus;
    bool plus;
    bool others;
};

static bool see_sign(void *context, const double *row, size_t columns)
{
    struct signs *signs = context;
    if (columns == 1 && *row == floor(*row) && fabs(*row) < LABEL_MOST &&
        dump_label_is_ignored(signs->rules, (int64_t)*row))
        return true;
    signs->minus |= *row == -1;
    signs->plus |= *row == 1;
    signs->others |= columns != 1 || (*row != -1 && *row != 1);
    return !signs->others;
}

/* Up to a record after which both are known, as a file may have one label. */
static bool look_for_signs(struct dump_index *index, struct dump_worker *worker,
                           struct error *error)
{
    struct signs signs = {.rules = &index->label_rules};
    struct walk w = {.index = index,
                     .worker = worker,
                     .see = see_sign,
                     .context = &signs,
                     .left = VALUES_MAX};
    bool more = true;
    for (size_t i = 0; more && i < index->record_count; i++)
        more = walk_record(&w, i, error) && !(signs.minus && signs.plus);
    free(w.values.bytes);
    if (signs.minus && signs.plus && !signs.others)
        index->label_rules.classes =
            (struct class_labels){.first = -1, .gap = 1};
    return !error->no_memory;
}

static bool are_names(const struct dump_index *index)
{
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->arrays[index->records[i].labels].layout->type >= DUMP_STRING)
            return true;
    }
    return false;
}

bool label_conventions_find(struct dump_index *index, struct error *error)
{
    const struct dump_label_rules *rules = &index->label_rules;
    uint64_t classes = 0;
    for (size_t i = 0; classes == 0 && i < index->record_count; i++)
        classes = index->records[i].classes;
    if (classes == 0 || aum_label_classes((size_t)classes) != 2 ||
        rules->classes.first != 0 || dump_label_is_ignored(rules, -1) ||
        are_names(index))
        return true;
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct dump_worker *worker =
        reader != NULL ? dump_worker_create(reader) : NULL;
    error_clear(error);
    const bool good = worker != NULL ? look_for_signs(index, worker, error)
                                     : error_no_memory(error);
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
    return good;
}

/* ---- what is wrong ---- */

#define DISTINCT_MAX 8

/* What marks tokens of no class, as in PyTorch. */
#define PADDING (-100)

/* Labels that are no class of the logits. */
struct odd_label {
    int64_t label;
    uint64_t rows;
};

struct survey {
    const struct class_labels *classes;
    const struct dump_label_rules *rules;
    bool positions; /* rows are tokens or pixels */
    size_t class_count;
    uint64_t rows;
    size_t records;

    /* Of one number a row. */
    int64_t lowest; /* of labels that can be classes, or the one after these */
    int64_t highest;
    struct odd_label ignorable[DISTINCT_MAX];
    size_t ignorable_count;
    uint64_t ignorable_rows;
    uint64_t bad_rows; /* others that are no class */
    uint64_t firsts;   /* of class 0 */

    /* Of a column for each class. */
    uint64_t soft;
    uint64_t multi_hot;
    uint64_t no_hot; /* neither of these, nor one-hot */
};

static void note_ignorable(struct survey *s, int64_t label)
{
    size_t i = 0;
    while (i < s->ignorable_count && s->ignorable[i].label != label)
        i++;
    if (i == DISTINCT_MAX) {
        s->bad_rows++;
        return;
    }
    if (i == s->ignorable_count)
        s->ignorable[s->ignorable_count++] = (struct odd_label){label, 0};
    s->ignorable[i].rows++;
    s->ignorable_rows++;
}

static void see_number(struct survey *s, double value)
{
    uint32_t class;
    const bool integral = value == floor(value) && fabs(value) < LABEL_MOST;
    const int64_t label = integral ? (int64_t)value : 0;
    if (integral && dump_label_is_ignored(s->rules, label))
        return;
    const bool good = integral && class_of_label(s->classes, label, &class) &&
                      class < s->class_count;
    if (!good && integral &&
        (label < 0 || label == 255 || label == s->classes->first - 1)) {
        note_ignorable(s, label);
        return;
    }
    s->bad_rows += !good;
    if (!integral)
        return;
    s->firsts += label == s->classes->first;
    if (s->lowest > s->highest)
        s->lowest = s->highest = label;
    s->lowest = label < s->lowest ? label : s->lowest;
    s->highest = label > s->highest ? label : s->highest;
}

static void see_columns(struct survey *s, const double *row, size_t columns)
{
    size_t ones = 0;
    size_t zeros = 0;
    bool outside = false;
    bool level = true;
    double sum = 0;
    for (size_t c = 0; c < columns; c++) {
        level &= row[c] == row[0];
        ones += row[c] == 1;
        zeros += row[c] == 0;
        outside |= !(row[c] >= 0 && row[c] <= 1);
        sum += row[c];
    }
    const bool largest = !level && isfinite(sum);
    if (s->rules->soft) {
        s->no_hot += !largest;
        return;
    }
    if (ones == 1 && ones + zeros == columns)
        return;
    if (ones > 1 && ones + zeros == columns)
        s->multi_hot++;
    else if (largest && !outside && fabs(sum - 1) <= 0.01)
        s->soft++;
    else
        s->no_hot++;
}

static bool see_row(void *context, const double *row, size_t columns)
{
    struct survey *s = context;
    s->rows++;
    if (columns > 1)
        see_columns(s, row, columns);
    else
        see_number(s, *row);
    return true;
}

/* "-100,255": what is ignored now, and could be. */
static void format_ignorable(const struct survey *s, char text[200])
{
    const size_t given = s->rules->ignored_count;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < given + s->ignorable_count && used < 200; i++)
        used += (size_t)snprintf(
            text + used, 200 - used, "%s%" PRId64, i > 0 ? "," : "",
            i < given ? s->rules->ignored[i] : s->ignorable[i - given].label);
}

/* Single rows that went wrong, perhaps in each epoch. */
static bool are_few(const struct survey *s, uint64_t rows)
{
    return rows * 100 <= s->rows || rows <= s->records;
}

static enum label_convention judge_columns(const struct survey *s)
{
    if (s->soft > s->multi_hot + s->no_hot)
        return LABELS_SOFT;
    if (s->multi_hot > s->no_hot)
        return LABELS_MULTI_HOT;
    return are_few(s, s->no_hot) ? LABELS_FEW_BAD : LABELS_WRONG;
}

/* Of two classes that are -1 and 1, and rows that have neither; or 0 and 1. */
static bool are_abstentions(const struct survey *s)
{
    return s->class_count == 2 && s->ignorable_count == 1 &&
           s->ignorable[0].label == -1 && s->bad_rows == 0 && s->highest == 1 &&
           s->lowest == 0;
}

static enum label_convention judge_numbers(const struct survey *s)
{
    const int64_t end = class_label(s->classes, (uint32_t)s->class_count);
    /* Of tokens, most may be padding. */
    const bool padding = s->positions && s->ignorable_count == 1 &&
                         s->ignorable[0].label == PADDING;
    const bool ignorable =
        s->ignorable_rows > 0 &&
        (padding ? s->ignorable_rows < s->rows
                 : s->ignorable_rows < s->rows - s->rows / 2);
    if (s->bad_rows > 0 && s->highest == end && s->lowest > s->classes->first &&
        s->classes->first == 0)
        return LABELS_FROM_1;
    if (s->bad_rows > 0 && s->highest == end)
        return LABELS_EXTRA;
    if (s->bad_rows == 0 && (ignorable || are_abstentions(s)))
        return LABELS_IGNORABLE;
    return are_few(s, s->bad_rows + s->ignorable_rows) ? LABELS_FEW_BAD
                                                       : LABELS_WRONG;
}

static void format_remedy(const struct survey *s, enum label_convention found,
                          char remedy[400])
{
    char ignorable[200];
    format_ignorable(s, ignorable);
    const char *also = ignorable[0] != '\0' ? " --ignore-label=" : "";
    switch (found) {
    case LABELS_FROM_1:
        snprintf(remedy, 400,
                 "; labels count from 1 here, up to %zu: --first-label=1%s%s",
                 s->class_count, also, ignorable);
        break;
    case LABELS_IGNORABLE:
        if (s->positions && s->ignorable[0].label == PADDING) {
            snprintf(remedy, 400,
                     "; -100 marks positions that have no class, such as "
                     "padding, here %" PRIu64 " of %" PRIu64
                     ": --ignore-label=%s leaves these out",
                     s->ignorable_rows, s->rows, ignorable);
            break;
        }
        snprintf(remedy, 400,
                 "; %" PRIu64 " of %" PRIu64 " rows seem to have no label: "
                 "--ignore-label=%s leaves these out",
                 s->ignorable_rows, s->rows, ignorable);
        if (are_abstentions(s)) {
            const size_t used = strlen(remedy);
            snprintf(remedy + used, 400 - used,
                     "; or is 0 no label? --ignore-label=0 takes -1 and 1 as "
                     "the two classes");
        }
        break;
    case LABELS_EXTRA:
        snprintf(remedy, 400,
                 "; that is one class more than the logits have: threshold "
                 "samples of a model without their class? --ignore-label=%s%s"
                 "%" PRId64 " leaves these rows out",
                 ignorable, ignorable[0] != '\0' ? "," : "", s->highest);
        if (s->firsts > 0 && s->classes->first == 0) {
            const size_t used = strlen(remedy);
            snprintf(remedy + used, 400 - used,
                     "; or is 0 no label? --first-label=1 --ignore-label=%s%s0 "
                     "takes 1 to %" PRId64,
                     ignorable, ignorable[0] != '\0' ? "," : "", s->highest);
        }
        break;
    case LABELS_SOFT:
        snprintf(remedy, 400,
                 "; labels are smoothed or mixed: --soft-labels takes the "
                 "largest of each row");
        break;
    case LABELS_MULTI_HOT:
        snprintf(remedy, 400,
                 "; several labels a row (multi-hot) cannot be ranked; dump "
                 "one label for each row");
        break;
    case LABELS_FEW_BAD:
        snprintf(remedy, 400, "; -k skips such rows");
        break;
    case LABELS_WRONG:
        snprintf(remedy, 400,
                 s->rules->soft
                     ? "; dump one label for each row, or name other labels "
                       "with --labels"
                     : "; dump the labels of these logits, or name them with "
                       "--labels");
        break;
    }
}

static bool have_positions(const struct dump_index *index)
{
    return index->record_count > 0 &&
           index->arrays[index->records[0].logits].layout->positions > 0;
}

enum label_convention label_conventions_tell(const struct dump_index *index,
                                             struct dump_worker *worker,
                                             size_t classes, char remedy[400])
{
    struct survey s = {.classes = &index->label_rules.classes,
                       .rules = &index->label_rules,
                       .positions = have_positions(index),
                       .class_count = classes,
                       .records = index->record_count,
                       .lowest = 1,
                       .highest = 0};
    struct walk w = {.index = index,
                     .worker = worker,
                     .see = see_row,
                     .context = &s,
                     .left = VALUES_MAX};
    struct error unused;
    bool more = true;
    error_clear(&unused);
    if (are_names(index)) {
        snprintf(remedy, 400, "; --class-names=FILE has to have all of them");
        return LABELS_WRONG;
    }
    for (size_t i = 0; more && i < index->record_count; i++)
        more = walk_record(&w, i, &unused);
    free(w.values.bytes);
    const bool columns = s.soft + s.multi_hot + s.no_hot > 0;
    const enum label_convention found =
        columns ? judge_columns(&s) : judge_numbers(&s);
    format_remedy(&s, found, remedy);
    return found;
}
