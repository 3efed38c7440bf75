/*
 * plan.c - puts a plan in order
 */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

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
    free(plan->files);
    free(plan->arrays);
    free(plan->parts);
    free(plan->groups);
    memset(plan, 0, sizeof *plan);
}

bool dump_file_holds(const struct dump_file *file,
                     const struct dump_identity *now, bool unread,
                     struct dump_error *error)
{
    const struct dump_identity then = {file->inode, file->bytes,
                                       file->modified};
    return dump_identity_holds(&then, now, file->live, unread, file->path,
                               error);
}

size_t dump_chunk_bytes(const struct dump_array *array)
{
    size_t bytes = array->size; /* discover.c has seen that it fits */
    for (int i = 0; i < array->rank; i++)
        bytes *= (size_t)array->chunk[i];
    return bytes;
}

/* Makes room for one more element. The capacity is the power of two at or
 * above the count, so that it need not be kept. */
static void *grow(void *elements, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return elements;
    size_t capacity = count == 0 ? 1 : count * 2;
    if (capacity > SIZE_MAX / size)
        return NULL;
    return realloc(elements, capacity * size);
}

#define ADD_ELEMENT(array, count)                                          \
    do {                                                                   \
        void *grown = grow(plan->array, plan->count, sizeof *plan->array); \
        if (grown == NULL)                                                 \
            return NULL;                                                   \
        plan->array = grown;                                               \
        memset(&plan->array[plan->count], 0, sizeof *plan->array);         \
        return &plan->array[plan->count++];                                \
    } while (0)

static struct dump_file *add_file(struct dump_plan *plan)
{
    ADD_ELEMENT(files, file_count);
}

static char **add_group(struct dump_plan *plan)
{
    ADD_ELEMENT(groups, group_count);
}

struct dump_array *dump_plan_add_array(struct dump_plan *plan)
{
    ADD_ELEMENT(arrays, array_count);
}

struct dump_part *dump_plan_add_part(struct dump_plan *plan)
{
    ADD_ELEMENT(parts, part_count);
}

bool dump_plan_add_file(struct dump_plan *plan, const char *path)
{
    char *copy = strdup(path);
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

struct sort_item {
    const struct dump_plan *plan;
    struct dump_part part;
};

static int compare_parts(const void *a, const void *b)
{
    const struct sort_item *x = a;
    const struct sort_item *y = b;
    if (x->part.epoch != y->part.epoch)
        return x->part.epoch < y->part.epoch ? -1 : 1;
    if (x->part.file != y->part.file) {
        int order = dump_natural_compare(x->plan->files[x->part.file].path,
                                         y->plan->files[y->part.file].path);
        if (order != 0)
            return order;
    }
    int order = dump_natural_compare(x->part.group, y->part.group);
    if (order != 0)
        return order;
    return (x->part.slice > y->part.slice) - (x->part.slice < y->part.slice);
}

static bool sort_parts(struct dump_plan *plan, struct dump_error *error)
{
    struct sort_item *items = malloc((plan->part_count + 1) * sizeof *items);
    if (items == NULL)
        return dump_out_of_memory(error);
    for (size_t i = 0; i < plan->part_count; i++)
        items[i] = (struct sort_item){plan, plan->parts[i]};
    qsort(items, plan->part_count, sizeof *items, compare_parts);
    for (size_t i = 0; i < plan->part_count; i++)
        plan->parts[i] = items[i].part;
    free(items);
    return true;
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
                        struct dump_error *error)
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
        return dump_fail(error,
                         "--epochs: none of the dumps' epochs %" PRId64
                         " to %" PRId64 " is among those wanted",
                         lowest, highest);
    return true;
}

static bool check_classes(const struct dump_plan *plan,
                          struct dump_error *error)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct dump_part *part = &plan->parts[i];
        if (part->rows == 0)
            continue;
        if (first == SIZE_MAX)
            first = i;
        if (part->classes != plan->parts[first].classes)
            return dump_fail(
                error,
                "%s: %s: %" PRIu64 " classes in epoch %" PRId64 ", but %" PRIu64
                " in epoch %" PRId64 " (%s); scan dumps of one model at a time",
                part_file(plan, i), part_logits(plan, i), part->classes,
                part->epoch, plan->parts[first].classes,
                plan->parts[first].epoch, part_file(plan, first));
    }
    return true;
}

static bool check_ids(const struct dump_plan *plan, struct dump_error *error)
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
        return dump_fail(
            error,
            "%s: %s: no sample ids beside it, but %s has some (%s);"
            " name them with --ids, or choose with --group",
            part_file(plan, without), part_logits(plan, without),
            part_file(plan, with), plan->arrays[plan->parts[with].ids].path);
    return true;
}

/* Rows of several parts of one epoch cannot be told apart by their number. */
static bool check_parts_without_ids(const struct dump_plan *plan,
                                    struct dump_error *error)
{
    for (size_t i = 0; i + 1 < plan->part_count; i++) {
        const struct dump_part *a = &plan->parts[i];
        const struct dump_part *b = &plan->parts[i + 1];
        if (a->epoch != b->epoch || a->ids != DUMP_NO_ARRAY || a->rows == 0 ||
            b->rows == 0)
            continue;
        if (a->file == b->file)
            return dump_fail(error,
                             "%s: epoch %" PRId64 " is both in %s (%" PRIu64
                             " rows) and %s (%" PRIu64
                             " rows), without sample ids; choose "
                             "one with --group, or name the ids with --ids",
                             part_file(plan, i), a->epoch, part_logits(plan, i),
                             a->rows, part_logits(plan, i + 1), b->rows);
        return dump_fail(
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
    }
}

bool dump_plan_finish(struct dump_plan *plan, struct dump_epochs wanted,
                      struct dump_error *error)
{
    dump_plan_number(plan);
    if (!sort_parts(plan, error) || !keep_wanted(plan, wanted, error))
        return false;
    plan->epochs = 0;
    for (size_t i = 0; i < plan->part_count; i = dump_plan_epoch_end(plan, i))
        plan->epochs++;
    return check_classes(plan, error) && check_ids(plan, error) &&
           check_parts_without_ids(plan, error);
}
