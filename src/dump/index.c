/*
 * index.c - puts an index in order
 */
#include "dump/index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"
#include "common/names.h"
#include "common/saturate.h"

void dump_index_cut(struct dump_index *index, size_t files, size_t arrays,
                    size_t records, size_t groups)
{
    while (index->file_count > files)
        free(index->files[--index->file_count].path);
    while (index->array_count > arrays)
        free(index->arrays[--index->array_count].path);
    while (index->group_count > groups)
        free(index->groups[--index->group_count]);
    index->record_count = records;
}

void dump_index_destroy(struct dump_index *index)
{
    dump_index_cut(index, 0, 0, 0, 0);
    while (index->layout_count > 0)
        free(index->layouts[--index->layout_count]);
    while (index->choice_count > 0)
        free(index->choices[--index->choice_count].name);
    free(index->choices);
    while (index->passed_count > 0) {
        free(index->passed[--index->passed_count].path);
        free(index->passed[index->passed_count].group);
    }
    free(index->passed);
    free(index->layouts);
    hash_table_free(&index->layout_table);
    free(index->files);
    free(index->arrays);
    free(index->records);
    free(index->groups);
    dump_others_free(&index->others);
    memset(index, 0, sizeof *index);
}

bool dump_file_holds(const struct dump_file *file,
                     const struct dump_identity *now, bool unread,
                     struct error *error)
{
    const struct dump_identity then = {
        .inode = file->inode, .bytes = file->bytes, .modified = file->modified};
    return dump_identity_holds(&then, now, file->live, unread, file->path,
                               error);
}

size_t dump_chunk_bytes(const struct dump_layout *layout)
{
    size_t bytes = layout->size; /* describe.c has seen that it fits */
    for (int i = 0; i < layout->rank; i++)
        bytes *= (size_t)layout->chunk[i];
    return bytes;
}

#define ADD_ELEMENT(array, count)                                        \
    do {                                                                 \
        void *grown =                                                    \
            list_grow(index->array, index->count, sizeof *index->array); \
        if (grown == NULL)                                               \
            return NULL;                                                 \
        index->array = grown;                                            \
        memset(&index->array[index->count], 0, sizeof *index->array);    \
        return &index->array[index->count++];                            \
    } while (0)

static struct dump_file *add_file(struct dump_index *index)
{
    ADD_ELEMENT(files, file_count);
}

static char **add_group(struct dump_index *index)
{
    ADD_ELEMENT(groups, group_count);
}

static struct dump_array *add_array(struct dump_index *index)
{
    ADD_ELEMENT(arrays, array_count);
}

static struct epoch_record *add_record(struct dump_index *index)
{
    ADD_ELEMENT(records, record_count);
}

struct dump_choice *dump_index_add_choice(struct dump_index *index)
{
    ADD_ELEMENT(choices, choice_count);
}

static struct dump_passed *add_passed(struct dump_index *index)
{
    ADD_ELEMENT(passed, passed_count);
}

static struct dump_layout **add_layout(struct dump_index *index)
{
    ADD_ELEMENT(layouts, layout_count);
}

/* As numbers are short, so many are too many. */
#define COUNT_MAX (UINT32_MAX - 1)

struct dump_array *dump_index_add_array(struct dump_index *index)
{
    return index->array_count < COUNT_MAX ? add_array(index) : NULL;
}

struct epoch_record *dump_index_add_record(struct dump_index *index)
{
    return index->record_count < COUNT_MAX ? add_record(index) : NULL;
}

bool dump_index_add_file(struct dump_index *index, const char *path)
{
    char *copy = index->file_count < COUNT_MAX ? strdup(path) : NULL;
    struct dump_file *file = copy != NULL ? add_file(index) : NULL;
    if (file == NULL) {
        free(copy);
        return false;
    }
    file->path = copy;
    return true;
}

char *dump_index_add_group(struct dump_index *index, const char *name)
{
    char *copy = strdup(name);
    char **group = copy != NULL ? add_group(index) : NULL;
    if (group == NULL) {
        free(copy);
        return NULL;
    }
    *group = copy;
    return copy;
}

bool dump_index_pass(struct dump_index *index, const char *path,
                     const char *group, const char *reason)
{
    struct dump_passed *passed = add_passed(index);
    if (passed == NULL)
        return false;
    passed->path = strdup(path);
    passed->group = group != NULL ? strdup(group) : NULL;
    passed->reason = reason;
    return passed->path != NULL && (group == NULL || passed->group != NULL);
}

static int compare_passed(const void *a, const void *b)
{
    const struct dump_passed *x = a;
    const struct dump_passed *y = b;
    const int order = names_compare(x->path, y->path);
    if (order != 0 || x->group == NULL || y->group == NULL)
        return order != 0 ? order : (x->group != NULL) - (y->group != NULL);
    return names_compare(x->group, y->group);
}

void dump_index_sort_passed(struct dump_index *index)
{
    if (index->passed_count > 0)
        qsort(index->passed, index->passed_count, sizeof *index->passed,
              compare_passed);
}

const char *dump_epoch_from_name(enum dump_epoch_from from)
{
    static const char *const names[] = {
        [DUMP_FROM_ATTRIBUTE] = "attribute", [DUMP_FROM_DATASET] = "dataset",
        [DUMP_FROM_NAME] = "name",           [DUMP_FROM_GROUP] = "group",
        [DUMP_FROM_FILE] = "file",           [DUMP_FROM_FOLDER] = "folder",
        [DUMP_FROM_NUMBER] = "number",       [DUMP_FROM_AXIS] = "axis",
        [DUMP_FROM_ORDER] = "order",
    };
    return names[from];
}

#define GROWS_EVERY 1024

void dump_index_grows(const struct dump_index *index, size_t count)
{
    dump_watch_progress(index->watch);
    if (count % GROWS_EVERY == 0 && index->grows != NULL)
        index->grows(index->hook_context);
}

/* ---- layouts ---- */

_Static_assert(sizeof(struct dump_layout) % sizeof(uint64_t) == 0,
               "a layout is whole words");

/* FNV-1a (Fowler, Noll, Vo) of words, folded so that low bits know of all. */
static uint64_t hash_layout(const struct dump_layout *layout)
{
    const unsigned char *bytes = (const unsigned char *)layout;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof *layout; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 32;
    }
    return hash;
}

static uint64_t hash_shared(const void *layouts, size_t number)
{
    return hash_layout(((struct dump_layout *const *)layouts)[number]);
}

static bool is_layout(const void *layouts, size_t number, const void *layout)
{
    return memcmp(((struct dump_layout *const *)layouts)[number], layout,
                  sizeof(struct dump_layout)) == 0;
}

struct dump_layout *dump_index_share(struct dump_index *index,
                                     const struct dump_layout *layout)
{
    const uint64_t hash = hash_layout(layout);
    const size_t number = hash_table_find(&index->layout_table, hash, is_layout,
                                          index->layouts, layout);
    if (number != SIZE_MAX)
        return index->layouts[number];
    if (index->layout_count >= COUNT_MAX ||
        !hash_table_reserve(&index->layout_table, index->layout_count,
                            hash_shared, index->layouts))
        return NULL;
    struct dump_layout *copy = malloc(sizeof *copy);
    struct dump_layout **added = copy != NULL ? add_layout(index) : NULL;
    if (added == NULL) {
        free(copy);
        return NULL;
    }
    memcpy(copy, layout, sizeof *copy);
    *added = copy;
    hash_table_add(&index->layout_table, hash, index->layout_count - 1);
    return copy;
}

uint64_t dump_index_bytes(const struct dump_index *index)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < index->file_count; i++)
        bytes = saturated_sum(bytes, index->files[i].bytes);
    return bytes;
}

uint64_t dump_index_classes(const struct dump_index *index)
{
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].rows > 0)
            return index->records[i].classes;
    }
    return 0;
}

size_t dump_index_epoch_end(const struct dump_index *index, size_t record)
{
    size_t end = record + 1;
    while (end < index->record_count &&
           index->records[end].epoch == index->records[record].epoch)
        end++;
    return end;
}

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
        if (index->records[i].ids != DUMP_NO_ARRAY ||
            index->records[i].by_group)
            with = i;
        else
            without = i;
    }
    if (with == SIZE_MAX || without == SIZE_MAX)
        return true;
    error_set(error, "%s: %s: no sample ids beside it, but %s has some (%s)",
              record_file(index, without), record_logits(index, without),
              record_file(index, with),
              index->arrays[index->records[with].ids].path);
    return error_advise(error, ADVICE_NAME_IDS_OR_GROUP);
}

/* Rows of several records of one epoch cannot be told apart by their number. */
static bool not_apart(const struct dump_index *index, size_t i,
                      struct error *error)
{
    const struct epoch_record *a = &index->records[i];
    const struct epoch_record *b = &index->records[i + 1];
    if (a->rows == 1 && b->rows == 1) {
        error_set(error,
                  "%s: %s and %s: one row each of epoch %" PRId64
                  ", without sample ids",
                  record_file(index, i), a->group, b->group, a->epoch);
        return error_advise(error, ADVICE_GROUPS_ARE_IDS);
    }
    if (a->file == b->file) {
        error_set(error,
                  "%s: epoch %" PRId64 " is both in %s (%" PRIu64
                  " rows) and %s (%" PRIu64 " rows), without sample ids",
                  record_file(index, i), a->epoch, record_logits(index, i),
                  a->rows, record_logits(index, i + 1), b->rows);
        return error_advise(error, ADVICE_CHOOSE_GROUP_OR_IDS);
    }
    error_set(error,
              "%s: epoch %" PRId64 " is in %s too, and without sample ids the "
              "rows of its parts cannot be told apart",
              record_file(index, i + 1), a->epoch, record_file(index, i));
    return error_advise(error, ADVICE_NAME_IDS_OR_SCAN_APART);
}

static bool check_records_without_ids(const struct dump_index *index,
                                      struct error *error)
{
    for (size_t i = 0; i + 1 < index->record_count; i++) {
        const struct epoch_record *a = &index->records[i];
        const struct epoch_record *b = &index->records[i + 1];
        if (a->epoch == b->epoch && a->ids == DUMP_NO_ARRAY && !a->by_group &&
            a->rows > 0 && b->rows > 0)
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
