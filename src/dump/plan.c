/*
 * plan.c - puts a plan in order
 */
#include "dump/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"
#include "common/names.h"
#include "common/saturate.h"

void dump_plan_cut(struct dump_plan *plan, size_t files, size_t arrays,
                   size_t parts, size_t groups)
{
    while (plan->file_count > files)
        free(plan->files[--plan->file_count].path);
    while (plan->array_count > arrays)
        free(plan->arrays[--plan->array_count].path);
    while (plan->group_count > groups)
        free(plan->groups[--plan->group_count]);
    plan->part_count = parts;
}

void dump_plan_destroy(struct dump_plan *plan)
{
    dump_plan_cut(plan, 0, 0, 0, 0);
    while (plan->layout_count > 0)
        free(plan->layouts[--plan->layout_count]);
    free(plan->layouts);
    hash_table_free(&plan->layout_table);
    free(plan->files);
    free(plan->arrays);
    free(plan->parts);
    free(plan->groups);
    dump_others_free(&plan->others);
    memset(plan, 0, sizeof *plan);
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

#define ADD_ELEMENT(array, count)                                     \
    do {                                                              \
        void *grown =                                                 \
            list_grow(plan->array, plan->count, sizeof *plan->array); \
        if (grown == NULL)                                            \
            return NULL;                                              \
        plan->array = grown;                                          \
        memset(&plan->array[plan->count], 0, sizeof *plan->array);    \
        return &plan->array[plan->count++];                           \
    } while (0)

static struct dump_file *add_file(struct dump_plan *plan)
{
    ADD_ELEMENT(files, file_count);
}

static char **add_group(struct dump_plan *plan)
{
    ADD_ELEMENT(groups, group_count);
}

static struct dump_array *add_array(struct dump_plan *plan)
{
    ADD_ELEMENT(arrays, array_count);
}

static struct dump_part *add_part(struct dump_plan *plan)
{
    ADD_ELEMENT(parts, part_count);
}

static struct dump_layout **add_layout(struct dump_plan *plan)
{
    ADD_ELEMENT(layouts, layout_count);
}

/* As numbers are short, so many are too many. */
#define COUNT_MAX (UINT32_MAX - 1)

struct dump_array *dump_plan_add_array(struct dump_plan *plan)
{
    return plan->array_count < COUNT_MAX ? add_array(plan) : NULL;
}

struct dump_part *dump_plan_add_part(struct dump_plan *plan)
{
    return plan->part_count < COUNT_MAX ? add_part(plan) : NULL;
}

bool dump_plan_add_file(struct dump_plan *plan, const char *path)
{
    char *copy = plan->file_count < COUNT_MAX ? strdup(path) : NULL;
    struct dump_file *file = copy != NULL ? add_file(plan) : NULL;
    if (file == NULL) {
        free(copy);
        return false;
    }
    file->path = copy;
    return true;
}

char *dump_plan_add_group(struct dump_plan *plan, const char *name)
{
    char *copy = strdup(name);
    char **group = copy != NULL ? add_group(plan) : NULL;
    if (group == NULL) {
        free(copy);
        return NULL;
    }
    *group = copy;
    return copy;
}

#define GROWS_EVERY 1024

void dump_plan_grows(const struct dump_plan *plan, size_t count)
{
    dump_watch_progress(plan->watch);
    if (count % GROWS_EVERY == 0 && plan->grows != NULL)
        plan->grows(plan->grows_context);
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

struct dump_layout *dump_plan_share(struct dump_plan *plan,
                                    const struct dump_layout *layout)
{
    const uint64_t hash = hash_layout(layout);
    const size_t number = hash_table_find(&plan->layout_table, hash, is_layout,
                                          plan->layouts, layout);
    if (number != SIZE_MAX)
        return plan->layouts[number];
    if (plan->layout_count >= COUNT_MAX ||
        !hash_table_reserve(&plan->layout_table, plan->layout_count,
                            hash_shared, plan->layouts))
        return NULL;
    struct dump_layout *copy = malloc(sizeof *copy);
    struct dump_layout **added = copy != NULL ? add_layout(plan) : NULL;
    if (added == NULL) {
        free(copy);
        return NULL;
    }
    memcpy(copy, layout, sizeof *copy);
    *added = copy;
    hash_table_add(&plan->layout_table, hash, plan->layout_count - 1);
    return copy;
}

uint64_t dump_plan_bytes(const struct dump_plan *plan)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->file_count; i++)
        bytes = saturated_sum(bytes, plan->files[i].bytes);
    return bytes;
}

uint64_t dump_plan_classes(const struct dump_plan *plan)
{
    for (size_t i = 0; i < plan->part_count; i++) {
        if (plan->parts[i].rows > 0)
            return plan->parts[i].classes;
    }
    return 0;
}

size_t dump_plan_epoch_end(const struct dump_plan *plan, size_t part)
{
    size_t end = part + 1;
    while (end < plan->part_count &&
           plan->parts[end].epoch == plan->parts[part].epoch)
        end++;
    return end;
}

/* ---- order ---- */

static int compare_parts(const struct dump_plan *plan, size_t a, size_t b)
{
    const struct dump_part *x = &plan->parts[a];
    const struct dump_part *y = &plan->parts[b];
    if (x->epoch != y->epoch)
        return x->epoch < y->epoch ? -1 : 1;
    if (x->file != y->file) {
        int order =
            names_compare(plan->files[x->file].path, plan->files[y->file].path);
        if (order != 0)
            return order;
    }
    int order = names_compare(x->group, y->group);
    if (order != 0)
        return order;
    return (x->slice > y->slice) - (x->slice < y->slice);
}

static bool is_sorted(const struct dump_plan *plan)
{
    for (size_t i = 0; i + 1 < plan->part_count; i++) {
        if (compare_parts(plan, i, i + 1) > 0)
            return false;
    }
    return true;
}

static void swap_parts(struct dump_plan *plan, size_t a, size_t b)
{
    const struct dump_part part = plan->parts[a];
    plan->parts[a] = plan->parts[b];
    plan->parts[b] = part;
}

/* Lets the part at the top of a heap of `count` sink to its place. */
static void sink(struct dump_plan *plan, size_t top, size_t count)
{
    for (size_t child; (child = 2 * top + 1) < count; top = child) {
        if (child + 1 < count && compare_parts(plan, child, child + 1) < 0)
            child++;
        if (compare_parts(plan, top, child) >= 0)
            return;
        swap_parts(plan, top, child);
    }
}

/* In place, as there may be very many: qsort() would copy all. Mostly they are
 * in order. No two are equal. */
static void sort_parts(struct dump_plan *plan)
{
    if (is_sorted(plan))
        return;
    for (size_t i = plan->part_count / 2; i-- > 0;)
        sink(plan, i, plan->part_count);
    for (size_t i = plan->part_count; i-- > 1;) {
        swap_parts(plan, 0, i);
        sink(plan, 0, i);
    }
}

/* ---- checks ---- */

static const char *part_file(const struct dump_plan *plan, size_t part)
{
    return plan->files[plan->parts[part].file].path;
}

static const char *part_logits(const struct dump_plan *plan, size_t part)
{
    return plan->arrays[plan->parts[part].logits].path;
}

static bool keep_wanted(struct dump_plan *plan, struct dump_epochs wanted,
                        struct error *error)
{
    if (plan->part_count == 0)
        return true;
    const int64_t lowest = plan->parts[0].epoch;
    const int64_t highest = plan->parts[plan->part_count - 1].epoch;
    size_t kept = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        if (plan->parts[i].epoch >= wanted.first &&
            plan->parts[i].epoch <= wanted.last)
            plan->parts[kept++] = plan->parts[i];
    }
    plan->part_count = kept;
    if (kept == 0)
        return error_set(error,
                         "--epochs: none of the dumps' epochs %" PRId64
                         " to %" PRId64 " is among those wanted",
                         lowest, highest);
    return true;
}

static bool check_classes(const struct dump_plan *plan, struct error *error)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct dump_part *part = &plan->parts[i];
        if (part->rows == 0)
            continue;
        if (first == SIZE_MAX)
            first = i;
        if (part->classes != plan->parts[first].classes)
            return error_set(
                error,
                "%s: %s: %" PRIu64 " classes in epoch %" PRId64 ", but %" PRIu64
                " in epoch %" PRId64 " (%s); scan dumps of one model at a time",
                part_file(plan, i), part_logits(plan, i), part->classes,
                part->epoch, plan->parts[first].classes,
                plan->parts[first].epoch, part_file(plan, first));
    }
    return true;
}

static bool check_ids(const struct dump_plan *plan, struct error *error)
{
    size_t with = SIZE_MAX;
    size_t without = SIZE_MAX;
    for (size_t i = 0; i < plan->part_count; i++) {
        if (plan->parts[i].rows == 0)
            continue;
        if (plan->parts[i].ids != DUMP_NO_ARRAY)
            with = i;
        else
            without = i;
    }
    if (with != SIZE_MAX && without != SIZE_MAX)
        return error_set(
            error,
            "%s: %s: no sample ids beside it, but %s has some (%s);"
            " name them with --ids, or choose with --group",
            part_file(plan, without), part_logits(plan, without),
            part_file(plan, with), plan->arrays[plan->parts[with].ids].path);
    return true;
}

/* Rows of several parts of one epoch cannot be told apart by their number. */
static bool check_parts_without_ids(const struct dump_plan *plan,
                                    struct error *error)
{
    for (size_t i = 0; i + 1 < plan->part_count; i++) {
        const struct dump_part *a = &plan->parts[i];
        const struct dump_part *b = &plan->parts[i + 1];
        if (a->epoch != b->epoch || a->ids != DUMP_NO_ARRAY || a->rows == 0 ||
            b->rows == 0)
            continue;
        if (a->file == b->file)
            return error_set(error,
                             "%s: epoch %" PRId64 " is both in %s (%" PRIu64
                             " rows) and %s (%" PRIu64
                             " rows), without sample ids; choose "
                             "one with --group, or name the ids with --ids",
                             part_file(plan, i), a->epoch, part_logits(plan, i),
                             a->rows, part_logits(plan, i + 1), b->rows);
        return error_set(
            error,
            "%s: epoch %" PRId64 " is in %s too, and without sample ids the "
            "rows of its parts cannot be told apart; name the ids with "
            "--ids, or scan one run at a time",
            part_file(plan, i + 1), a->epoch, part_file(plan, i));
    }
    return true;
}

void dump_plan_number(struct dump_plan *plan)
{
    for (size_t i = 0; i < plan->part_count; i++) {
        if (!plan->parts[i].numbered)
            plan->parts[i].epoch = (int64_t)i;
        plan->parts[i].numbered = true;
        plan->parts[i].number = (uint32_t)i;
    }
}

bool dump_plan_finish(struct dump_plan *plan, struct dump_epochs wanted,
                      struct error *error)
{
    dump_plan_number(plan);
    sort_parts(plan);
    if (!keep_wanted(plan, wanted, error))
        return false;
    plan->epochs = 0;
    for (size_t i = 0; i < plan->part_count; i = dump_plan_epoch_end(plan, i))
        plan->epochs++;
    return check_classes(plan, error) && check_ids(plan, error) &&
           check_parts_without_ids(plan, error);
}
