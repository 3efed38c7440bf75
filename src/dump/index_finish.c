/*
 * index_finish.c - puts an index in order, and looks for contradictions
 */
#include "dump/index.h"

#include <inttypes.h>
#include <string.h>

#include "common/names.h"

/* ---- order ---- */

static int compare_records(const struct dump_index *index, size_t a, size_t b)
{
    const struct epoch_record *x = &index->records[a];
    const struct epoch_record *y = &index->records[b];
    if (x->epoch != y->epoch)
        return x->epoch < y->epoch ? -1 : 1;
    if (x->file != y->file) {
        int order = names_compare(index->files[x->file].path,
                                  index->files[y->file].path);
        if (order != 0)
            return order;
    }
    int order = names_compare(x->group, y->group);
    if (order != 0)
        return order;
    return (x->slice > y->slice) - (x->slice < y->slice);
}

static bool is_sorted(const struct dump_index *index)
{
    for (size_t i = 0; i + 1 < index->record_count; i++) {
        if (compare_records(index, i, i + 1) > 0)
            return false;
    }
    return true;
}

static void swap_records(struct dump_index *index, size_t a, size_t b)
{
    const struct epoch_record record = index->records[a];
    index->records[a] = index->records[b];
    index->records[b] = record;
}

/* Lets the record at the top of a heap of `count` sink to its place. */
static void sink(struct dump_index *index, size_t top, size_t count)
{
    for (size_t child; (child = 2 * top + 1) < count; top = child) {
        if (child + 1 < count && compare_records(index, child, child + 1) < 0)
            child++;
        if (compare_records(index, top, child) >= 0)
            return;
        swap_records(index, top, child);
    }
}

/* In place, as there may be very many: qsort() would copy all. Mostly they are
 * in order. No two are equal. */
static void sort_records(struct dump_index *index)
{
    if (is_sorted(index))
        return;
    for (size_t i = index->record_count / 2; i-- > 0;)
        sink(index, i, index->record_count);
    for (size_t i = index->record_count; i-- > 1;) {
        swap_records(index, 0, i);
        sink(index, 0, i);
    }
}

/* ---- checks ---- */

static const char *record_file(const struct dump_index *index, size_t record)
{
    return index->files[index->records[record].file].path;
}

static const char *record_logits(const struct dump_index *index, size_t record)
{
    return index->arrays[index->records[record].logits].path;
}

static bool keep_wanted(struct dump_index *index, struct dump_epochs wanted,
                        struct error *error)
{
    if (index->record_count == 0)
        return true;
    const int64_t lowest = index->records[0].epoch;
    const int64_t highest = index->records[index->record_count - 1].epoch;
    size_t kept = 0;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (dump_epoch_is_wanted(wanted, record->epoch))
            index->records[kept++] = *record;
        else if (record->slice == 0 &&
                 !dump_index_pass(index, record_file(index, i), record->group,
                                  "epoch not wanted"))
            return error_no_memory(error);
    }
    index->record_count = kept;
    if (kept > 0)
        return true;
    if (lowest == highest)
        error_set(error, "epoch %" PRId64 " of the dumps is not wanted",
                  lowest);
    else
        error_set(error,
                  "none of the dumps' epochs %" PRId64 " to %" PRId64
                  " is among those wanted",
                  lowest, highest);
    return error_advise(error, ADVICE_OTHER_EPOCHS);
}

static bool check_classes(const struct dump_index *index, struct error *error)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (record->rows == 0)
            continue;
        if (first == SIZE_MAX)
            first = i;
        if (record->classes != index->records[first].classes)
            return error_set(
                error,
                "%s: %s: %" PRIu64 " classes in epoch %" PRId64 ", but %" PRIu64
                " in epoch %" PRId64 " (%s); scan dumps of one model at a time",
                record_file(index, i), record_logits(index, i), record->classes,
                record->epoch, index->records[first].classes,
                index->records[first].epoch, record_file(index, first));
    }
    return true;
}

static bool check_ids(const struct dump_index *index, struct error *error)
{
    size_t with = SIZE_MAX;
    size_t without = SIZE_MAX;
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].rows == 0)
            continue;
        if (epoch_record_has_ids(&index->records[i]))
            with = i;
        else
            without = i;
    }
    if (with == SIZE_MAX || without == SIZE_MAX)
        return true;
    error_set(error, "%s: %s: no sample ids beside it, but %s has some (%s)",
              record_file(index, without), record_logits(index, without),
              record_file(index, with),
              index->records[with].by_group
                  ? index->records[with].group
                  : epoch_record_ids(index, &index->records[with]));
    return error_advise(error, ADVICE_NAME_IDS_OR_GROUP);
}

/* Numbers that many records may share by mistake. */
static const char *doubtful_source(const struct epoch_record *record)
{
    switch (record->from) {
    case DUMP_FROM_ATTRIBUTE:
        return " (that number is from the attribute \"epoch\")";
    case DUMP_FROM_FOLDER:
        return " (that number is from the name of a folder)";
    default:
        return "";
    }
}

/* Rows of several records of one epoch cannot be told apart by their number. */
static bool not_apart(const struct dump_index *index, size_t i,
                      struct error *error)
{
    const struct epoch_record *a = &index->records[i];
    const struct epoch_record *b = &index->records[i + 1];
    if (a->rows == 1 && b->rows == 1 && !epoch_records_share_group(a, b)) {
        error_set(error,
                  "%s: %s and %s: one row each of epoch %" PRId64
                  ", without sample ids",
                  record_file(index, i), a->group, b->group, a->epoch);
        return error_advise(error, ADVICE_GROUPS_ARE_IDS);
    }
    if (a->logits == b->logits && a->slice != b->slice &&
        a->first_row != b->first_row) {
        error_set(error,
                  "%s: %s: the rows of epoch %" PRId64 " do not stand together "
                  "(they go on at row %" PRIu64
                  "), and there are no sample ids",
                  record_file(index, i), record_logits(index, i), a->epoch,
                  b->first_row);
        return error_advise(error, ADVICE_NAME_IDS_OR_SCAN_APART);
    }
    if (a->file == b->file) {
        error_set(error,
                  "%s: epoch %" PRId64 " is both in %s (%" PRIu64
                  " rows) and %s (%" PRIu64 " rows), without sample ids%s",
                  record_file(index, i), a->epoch, record_logits(index, i),
                  a->rows, record_logits(index, i + 1), b->rows,
                  doubtful_source(a));
        return error_advise(error, epoch_records_share_group(a, b)
                                       ? ADVICE_NAME_IDS
                                       : ADVICE_CHOOSE_GROUP_OR_IDS);
    }
    error_set(error,
              "%s: epoch %" PRId64 " is in %s too, and without sample ids the "
              "rows of its parts cannot be told apart%s",
              record_file(index, i + 1), a->epoch, record_file(index, i),
              doubtful_source(a));
    return error_advise(error, ADVICE_NAME_IDS_OR_SCAN_APART);
}

/* Are two records, of one epoch, measurements of the same samples? What states
 * have of one dataset is, and of that there is no layout. */
static bool are_measurements(const struct dump_index *index,
                             const struct epoch_record *a,
                             const struct epoch_record *b)
{
    const struct dump_array *x = &index->arrays[a->logits];
    const struct dump_array *y = &index->arrays[b->logits];
    return a->file == b->file && strcmp(x->path, y->path) == 0 &&
           x->layout->measurements != 1;
}

static bool check_records_without_ids(const struct dump_index *index,
                                      struct error *error)
{
    for (size_t i = 0; i + 1 < index->record_count; i++) {
        const struct epoch_record *a = &index->records[i];
        const struct epoch_record *b = &index->records[i + 1];
        if (a->epoch == b->epoch && !epoch_record_has_ids(a) && a->rows > 0 &&
            b->rows > 0 && !are_measurements(index, a, b))
            return not_apart(index, i, error);
    }
    return true;
}

void dump_index_enumerate(struct dump_index *index)
{
    for (size_t i = 0; i < index->record_count; i++)
        index->records[i].number = (uint32_t)i;
}

bool dump_index_finish(struct dump_index *index, struct dump_epochs wanted,
                       struct error *error)
{
    dump_index_enumerate(index);
    sort_records(index);
    if (index->record_count > 0)
        index->first_epoch = index->records[0].epoch;
    if (!keep_wanted(index, wanted, error))
        return false;
    index->epochs = 0;
    for (size_t i = 0; i < index->record_count;
         i = dump_index_epoch_end(index, i))
        index->epochs++;
    return check_classes(index, error) && check_ids(index, error) &&
           check_records_without_ids(index, error);
}
