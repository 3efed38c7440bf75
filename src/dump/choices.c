/*
 * choices.c - names of one role that are there beside the one that is taken
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/path.h"
#include "dump/discovery.h"
#include "dump/fetch.h"
#include "dump/labels.h"
#include "dump/numbering.h"
#include "dump/reader.h"
#include "dump/shape.h"

/* ---- noting them ---- */

/* Where a choice goes. Of each option the first is kept, and the last: two
 * datasets may be the same until training goes on. */
static struct dump_choice *find_place(struct dump_index *index,
                                      const struct dump_choice *choice)
{
    size_t found = 0;
    for (size_t i = 0; i < index->choice_count; i++) {
        struct dump_choice *other = &index->choices[i];
        if (other->role != choice->role ||
            strcmp(other->option, choice->option) != 0 || ++found < 2)
            continue;
        dump_choice_free(other);
        return other;
    }
    return dump_index_add_choice(index);
}

/* Can the two be compared as they are? */
static bool take_axes(struct dump_layout *layout,
                      const struct dump_layout *like)
{
    if (layout->rank != like->rank ||
        memcmp(layout->dims, like->dims, sizeof layout->dims) != 0)
        return false;
    dump_copy_axes(layout, like);
    return true;
}

/* Leaves the number of the other dataset in the choice, if it can be compared.
 * Fails without memory alone. */
static bool describe_other(struct discovery *d, struct dump_choice *choice)
{
    struct dump_layout layout;
    memset(&layout, 0, sizeof layout);
    layout.role = choice->role;
    if (!discovery_try_array(d, choice->name, &layout, &choice->other))
        return false;
    if (choice->other == DUMP_NO_ARRAY)
        return true;
    if (take_axes(&layout, d->index->arrays[choice->taken].layout))
        return discovery_settle(d, &d->index->arrays[choice->other]) ||
               error_no_memory(d->error);
    discovery_take_back(d, choice->other);
    choice->other = DUMP_NO_ARRAY;
    return true;
}

bool discovery_note_choice(struct discovery *d, uint32_t record,
                           enum dump_role role, uint32_t taken,
                           const char *path, const char *option)
{
    struct dump_choice choice = {.role = role,
                                 .record = record,
                                 .taken = taken,
                                 .other = DUMP_NO_ARRAY,
                                 .name = strdup(path),
                                 .option = strdup(option)};
    struct dump_choice *place = NULL;
    if (choice.name != NULL && choice.option != NULL &&
        describe_other(d, &choice))
        place = find_place(d->index, &choice);
    if (place == NULL) {
        dump_choice_free(&choice);
        return error_no_memory(d->error);
    }
    *place = choice;
    return true;
}

/* Has it turned out to be something else? */
static bool is_passed(const struct discovery *d, const char *path)
{
    for (size_t i = 0; i < d->index->passed_count; i++) {
        const struct dump_passed *passed = &d->index->passed[i];
        if (strcmp(passed->reason, DUMP_PASSED_IDS) == 0 &&
            strcmp(passed->group, path) == 0 &&
            strcmp(passed->path, discovery_path(d)) == 0)
            return true;
    }
    return false;
}

/* Of one role: names in the group of the dataset that is taken. */
static bool note_role(struct discovery *d, uint32_t record, enum dump_role role,
                      uint32_t taken, struct dataset_names names)
{
    if (names.own != NULL || taken == DUMP_NO_ARRAY)
        return true;
    const char *path = d->index->arrays[taken].path;
    const size_t name = path_folder_length(path);
    char group[DATASET_PATH_SIZE];
    char other[DATASET_PATH_SIZE];
    snprintf(group, sizeof group, "%.*s", name > 1 ? (int)name - 1 : 1, path);
    for (const char *const *usual = names.usual; *usual != NULL; usual++) {
        path = d->index->arrays[taken].path;
        if (strcmp(path + name, *usual) != 0 &&
            find_dataset_named(d->file, group, *usual, other) &&
            !is_passed(d, other) &&
            !discovery_note_choice(d, record, role, taken, other, *usual))
            return false;
    }
    return true;
}

bool discovery_note_choices(struct discovery *d, uint32_t number)
{
    const struct epoch_record record = d->index->records[number];
    d->file->catalog.aside = true; /* the record is complete without them */
    const bool good =
        note_role(d, number, DUMP_LOGITS, record.logits, d->logits_names) &&
        note_role(d, number, DUMP_LABELS, record.labels, d->labels_names) &&
        note_role(d, number, DUMP_IDS, record.ids, d->ids_names);
    d->file->catalog.aside = false;
    return good;
}

/* ---- comparing them ---- */

#define ROWS_AT_ONCE 4096u
#define BYTES_OF_LOGITS (1u << 20)

struct comparison {
    struct dump_worker *worker;
    struct dump_buffer taken;
    struct dump_buffer other;
};

/* Are these rows the same? They differ if they cannot be read. */
static bool same_rows(struct comparison *c, const struct dump_choice *choice,
                      const struct dump_block *block)
{
    const struct dump_array *arrays = c->worker->index->arrays;
    const struct dump_layout *x = arrays[choice->taken].layout;
    const struct dump_layout *y = arrays[choice->other].layout;
    struct error error;
    if (!fetch_rows(c->worker, &c->worker->labels, choice->taken, block,
                    &c->taken, NULL, &error) ||
        !fetch_rows(c->worker, &c->worker->ids, choice->other, block, &c->other,
                    NULL, &error))
        return false;
    if (x->type == y->type && x->size == y->size)
        return memcmp(c->taken.bytes, c->other.bytes,
                      block->rows * (size_t)x->columns * x->size) == 0;
    if (x->type >= DUMP_STRING || y->type >= DUMP_STRING)
        return false;
    for (size_t i = 0; i < block->rows * (size_t)x->columns; i++) {
        if (dump_label_value(c->taken.bytes, x->type, i) !=
            dump_label_value(c->other.bytes, y->type, i))
            return false;
    }
    return true;
}

static bool is_same(struct comparison *c, const struct dump_choice *choice)
{
    if (choice->other == DUMP_NO_ARRAY)
        return false;
    const struct dump_layout *layout =
        c->worker->index->arrays[choice->taken].layout;
    const struct dump_layout *other =
        c->worker->index->arrays[choice->other].layout;
    if (layout->type == DUMP_VARIABLE_STRING ||
        other->type == DUMP_VARIABLE_STRING)
        return false;
    uint64_t end = c->worker->index->records[choice->record].rows;
    if (choice->role == DUMP_LOGITS && layout->columns > 0 &&
        end > BYTES_OF_LOGITS / layout->size / layout->columns + 1)
        end = BYTES_OF_LOGITS / layout->size / layout->columns + 1;
    for (uint64_t row = 0; row < end; row += ROWS_AT_ONCE) {
        const struct dump_block block = {.record = choice->record,
                                         .first_row = row,
                                         .rows = end - row < ROWS_AT_ONCE
                                                     ? (size_t)(end - row)
                                                     : (size_t)ROWS_AT_ONCE};
        if (!same_rows(c, choice, &block))
            return false;
    }
    return true;
}

bool dump_compare_choices(struct dump_index *index, struct error *error)
{
    if (index->choice_count == 0)
        return true;
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct comparison *c = calloc(1, sizeof *c);
    if (reader != NULL && c != NULL)
        c->worker = dump_worker_create(reader);
    const bool good =
        (c != NULL && c->worker != NULL) || error_no_memory(error);
    for (size_t i = 0; good && i < index->choice_count; i++)
        index->choices[i].differ = !is_same(c, &index->choices[i]);
    if (c != NULL) {
        dump_worker_destroy(c->worker);
        free(c->taken.bytes);
        free(c->other.bytes);
    }
    free(c);
    dump_reader_destroy(reader);
    return good;
}
