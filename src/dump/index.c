/*
 * index.c - the parts of an index
 */
#include "dump/index.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"
#include "common/names.h"
#include "common/saturate.h"

void dump_index_drop_marked(struct dump_index *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].group != NULL)
            index->records[kept++] = index->records[i];
    }
    index->record_count = kept;
}

void dump_choice_free(const struct dump_choice *choice)
{
    free(choice->name);
    free(choice->option);
}

/* Drops choices among arrays that are no more. */
static void cut_choices(struct dump_index *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < index->choice_count; i++) {
        const struct dump_choice *choice = &index->choices[i];
        if (choice->record < index->record_count &&
            choice->taken < index->array_count &&
            (choice->other == DUMP_NO_ARRAY ||
             choice->other < index->array_count))
            index->choices[kept++] = *choice;
        else
            dump_choice_free(choice);
    }
    index->choice_count = kept;
}

void dump_index_cut(struct dump_index *index, size_t files, size_t arrays,
                    size_t records, size_t groups)
{
    while (index->file_count > files)
        free(index->files[--index->file_count].path);
    while (index->array_count > arrays)
        free(index->arrays[--index->array_count].path);
    while (index->group_count > groups)
        free(index->groups[--index->group_count]);
    while (index->source_count > 0 &&
           index->sources[index->source_count - 1].array >= arrays)
        index->source_count--;
    index->record_count = records;
    cut_choices(index);
}

void dump_index_cut_passed(struct dump_index *index, size_t passed)
{
    while (index->passed_count > passed) {
        free(index->passed[--index->passed_count].path);
        free(index->passed[index->passed_count].group);
    }
}

void dump_index_destroy(struct dump_index *index)
{
    dump_index_cut(index, 0, 0, 0, 0);
    while (index->layout_count > 0)
        free(index->layouts[--index->layout_count]);
    while (index->choice_count > 0)
        dump_choice_free(&index->choices[--index->choice_count]);
    free(index->choices);
    free(index->sources);
    dump_index_cut_passed(index, 0);
    free(index->passed);
    free(index->layouts);
    hash_table_free(&index->layout_table);
    free(index->files);
    free(index->arrays);
    free(index->records);
    free(index->groups);
    dump_others_free(&index->others);
    class_names_free(&index->class_names);
    class_names_free(&index->columns[DUMP_LOGITS]);
    class_names_free(&index->columns[DUMP_LABELS]);
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
    size_t bytes = dump_own_size(layout); /* describe.c: it fits */
    for (int i = 0; i < dump_own_rank(layout); i++)
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

static struct dump_source *add_source(struct dump_index *index)
{
    ADD_ELEMENT(sources, source_count);
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

bool dump_index_add_sources(struct dump_index *index, uint32_t array,
                            const struct dump_first_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct dump_source *source = add_source(index);
        if (source == NULL)
            return false;
        *source = sources->list[i];
        source->array = array;
    }
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

bool epoch_records_share_group(const struct epoch_record *a,
                               const struct epoch_record *b)
{
    return a->file == b->file && strcmp(a->group, b->group) == 0;
}

bool epoch_record_has_positions(const struct dump_index *index,
                                const struct epoch_record *record)
{
    return index->arrays[record->logits].layout->positions > 0;
}

const char *epoch_record_ids(const struct dump_index *index,
                             const struct epoch_record *record)
{
    return record->by_group               ? DUMP_IDS_BY_GROUP
           : record->by_file              ? DUMP_IDS_BY_FILE
           : record->ids != DUMP_NO_ARRAY ? index->arrays[record->ids].path
                                          : "";
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
