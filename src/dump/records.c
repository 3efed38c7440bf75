/*
 * records.c - a dataset of logits, with its labels and ids -> epoch records
 */
#include "dump/discovery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/path.h"
#include "common/saturate.h"
#include "dump/axes.h"
#include "dump/claim.h"
#include "dump/shape.h"

const char *discovery_path(const struct discovery *d)
{
    return d->index->files[d->file_index].path;
}

/* Adds a dataset to the index. Its layout is the caller's, until it is settled
 * and can be shared. */
bool discovery_add_array(struct discovery *d, const char *path,
                         struct dump_layout *layout, uint32_t *number)
{
    char *copy = strdup(path);
    struct dump_array *array =
        copy != NULL ? dump_index_add_array(d->index) : NULL;
    if (array == NULL) {
        free(copy);
        return error_no_memory(d->error);
    }
    array->path = copy;
    array->file = (uint32_t)d->file_index;
    array->layout = layout;
    *number = (uint32_t)(d->index->array_count - 1);
    return d->file->format->describe(d->file, d->index, array, d->error);
}

void discovery_take_back(struct discovery *d, uint32_t number)
{
    struct dump_index *index = d->index;
    dump_index_cut(index, index->file_count, number, index->record_count,
                   index->group_count);
}

bool discovery_try_array(struct discovery *d, const char *path,
                         struct dump_layout *layout, uint32_t *number)
{
    const size_t next = d->index->array_count;
    if (discovery_add_array(d, path, layout, number))
        return true;
    discovery_take_back(d, (uint32_t)next);
    *number = DUMP_NO_ARRAY;
    if (d->error->no_memory)
        return false;
    error_clear(d->error);
    return true;
}

/* Once for all datasets that are alike. */
static void remark_on_bits(const struct discovery *d,
                           const struct dump_array *logits)
{
    char text[512];
    const struct dump_layout *layout = logits->layout;
    if ((layout->type != DUMP_U16 && layout->type != DUMP_I16) ||
        layout->told || layout->packed || d->names->labels_only)
        return;
    snprintf(text, sizeof text,
             "%s: %s: read as 16-bit integers; if they are bfloat16 bits, "
             "say so with the attribute dtype=\"bfloat16\"",
             discovery_path(d), logits->path);
    d->remark(d->context, text);
}

/* Chunks may be longer than 1 along an axis that is not (it may grow). If such
 * an axis comes after the columns, elements of a row are not adjacent. */
static void settle_storage(struct dump_layout *layout)
{
    if (layout->storage != DUMP_CHUNKED || layout->boxed ||
        layout->column_axis == DUMP_NO_AXIS)
        return;
    for (int i = layout->column_axis + 1; i < layout->rank; i++) {
        if (layout->chunk[i] != 1)
            layout->storage = DUMP_LIBRARY;
    }
}

/* The array is described: its layout becomes one that others share. */
bool discovery_settle(struct discovery *d, struct dump_array *array)
{
    settle_storage(array->layout);
    if (array->layout->foreign)
        dump_others_note(&d->index->others, &array->layout->home);
    array->layout = dump_index_share(d->index, array->layout);
    return array->layout != NULL;
}

bool discovery_link_is_broken(const struct discovery *d)
{
    const struct catalog *catalog = d->catalog;
    if (catalog->broken_file)
        return error_set(d->error,
                         "%s: %s: a link into the file %s, which is damaged, "
                         "or has no such object (-v tells more)",
                         discovery_path(d), catalog->broken_link,
                         catalog->broken_target);
    return error_set(d->error,
                     "%s: %s: a link to something that is missing%s%s",
                     discovery_path(d), catalog->broken_link,
                     catalog->broken_target[0] != '\0' ? ": the file " : "",
                     catalog->broken_target);
}

bool discovery_not_found(struct discovery *d, const char *logits,
                         const char *kind, const char *own,
                         enum error_advice advice)
{
    char listing[CATALOG_LISTING_SIZE];
    if (d->no_memory)
        return error_no_memory(d->error);
    if (d->catalog->broken_link[0] != '\0') /* might it be found there? */
        return discovery_link_is_broken(d);
    d->absent = true;
    d->file->format->list_datasets(d->file);
    if (d->catalog->frame[0] != '\0')
        return discovery_is_frame(d);
    catalog_format_listing(d->catalog, listing);
    if (own != NULL)
        return error_set(d->error, "%s: no dataset %s for %s; it has %s",
                         discovery_path(d), own, logits, listing);
    error_set(d->error, "%s: no %s for %s; it has %s", discovery_path(d), kind,
              logits, listing);
    return error_advise(d->error, advice);
}

/* In a file that is being written, one dataset has another epoch before the
 * others: as far as all of them go. Epochs are the first axis, as a rule. */
static void cut_to_common_epochs(struct discovery *d, struct dump_array *logits,
                                 struct dump_array *labels,
                                 struct dump_array *ids)
{
    struct dump_array *arrays[] = {logits, labels, ids};
    const int ranks[] = {3, 2, 2}; /* with an axis of epochs */
    uint64_t epochs = UINT64_MAX;
    for (size_t i = 0; i < 3; i++) {
        if (arrays[i] == NULL || arrays[i]->layout->rank < ranks[i])
            continue;
        d->cut |= epochs != UINT64_MAX && arrays[i]->layout->dims[0] != epochs;
        if (arrays[i]->layout->dims[0] < epochs)
            epochs = arrays[i]->layout->dims[0];
    }
    for (size_t i = 0; i < 3; i++) {
        if (arrays[i] != NULL && arrays[i]->layout->rank >= ranks[i])
            arrays[i]->layout->dims[0] = epochs;
    }
}

static bool is_beside(const char *a, const char *b)
{
    const size_t group = path_folder_length(a);
    return path_folder_length(b) == group && strncmp(a, b, group) == 0;
}

/* Is it a field of the same table? */
static bool is_of_table(const struct dump_array *a, const struct dump_array *b)
{
    return a->field > 0 && a->field == b->field &&
           strncmp(a->path, b->path, a->field) == 0;
}

/* Numbers that a dataset beside the logits has: one, if its name is `epoch`;
 * one for each epoch; or one for each row, in the same group. */
static bool epochs_fit(const struct dump_array *logits,
                       const struct dump_array *epochs)
{
    uint64_t count = 1;
    int long_axes = 0;
    const struct dump_layout *layout = epochs->layout;
    for (int i = 0; i < layout->rank; i++) {
        long_axes += layout->dims[i] != 1;
        count *= layout->dims[i] != 1 ? layout->dims[i] : 1;
    }
    if (long_axes > 1 || layout->type >= DUMP_STRING)
        return false;
    if (count == 1)
        return logits->layout->epochs == 1 &&
               strcmp(strrchr(epochs->path, '/'), "/epochs") != 0;
    if (logits->layout->epochs != 1)
        return count == logits->layout->epochs;
    return count == logits->layout->rows && logits->layout->measurements == 1 &&
           logits->layout->positions == 0 &&
           (is_beside(epochs->path, logits->path) ||
            is_of_table(epochs, logits));
}

static void set_epochs_axes(struct dump_layout *layout)
{
    layout->epoch_axis = layout->column_axis = layout->row_axis = DUMP_NO_AXIS;
    layout->epochs = layout->measurements = layout->rows = layout->columns = 1;
    for (int i = 0; i < layout->rank; i++) {
        if (layout->dims[i] != 1) {
            layout->row_axis = i;
            layout->rows = layout->dims[i];
        }
    }
}

/* Numbers that fit nothing, or are none, are told of if they are beside the
 * logits or as many as rows; elsewhere they may belong to something else, and
 * one number of `epochs` may be how many there are. */
static bool pass_unfit(struct discovery *d, const struct epoch_record *record,
                       const char *path, const struct dump_layout *epochs)
{
    const struct dump_array *logits = &d->index->arrays[record->logits];
    const bool beside = is_beside(path, logits->path);
    const bool described = epochs->rank > 0 || epochs->size > 0;
    uint64_t count = 1;
    for (int i = 0; i < epochs->rank; i++)
        count = saturated_product(count, epochs->dims[i]);
    if (count == 0 ||
        (!beside && (count == 1 || count != logits->layout->rows)) ||
        (described && count == 1 &&
         strcmp(path + path_folder_length(path), "epochs") == 0))
        return true;
    return dump_index_pass(d->index, discovery_path(d), path,
                           DUMP_PASSED_UNFIT) ||
           error_no_memory(d->error);
}

/* Takes such a dataset, if it fits; *unfit is as it was described if it does
 * not. One whose bytes are missing, so that not even its type is described, is
 * an error: it is looked at again for that. */
static bool take_epochs_dataset(struct discovery *d,
                                struct epoch_record *record, const char *path,
                                struct dump_layout *unfit)
{
    struct dump_layout layout;
    memset(&layout, 0, sizeof layout);
    layout.role = DUMP_LABELS;
    if (!discovery_try_array(d, path, &layout, &record->epochs))
        return false;
    if (record->epochs == DUMP_NO_ARRAY && layout.type_name[0] == '\0')
        return discovery_add_array(d, path, &layout, &record->epochs);
    *unfit = layout;
    if (record->epochs == DUMP_NO_ARRAY)
        return true;
    struct dump_array *epochs = &d->index->arrays[record->epochs];
    record->has_epochs = epochs_fit(&d->index->arrays[record->logits], epochs);
    if (!record->has_epochs) {
        discovery_take_back(d, record->epochs);
        return true;
    }
    set_epochs_axes(&layout);
    return discovery_settle(d, epochs) || error_no_memory(d->error);
}

/* Has it a number for each row, which tells more than one for all of them? */
static bool has_row_epochs(const struct discovery *d,
                           const struct epoch_record *record)
{
    return record->has_epochs &&
           d->index->arrays[record->epochs].layout->rows > 1 &&
           d->index->arrays[record->logits].layout->epochs == 1;
}

/* Takes one in the group: the first that has a number for each row, or else the
 * first that fits. */
static bool find_epochs_beside(struct discovery *d, struct epoch_record *record)
{
    char path[DATASET_PATH_SIZE];
    struct dump_layout unfit;
    uint32_t fits = DUMP_NO_ARRAY;
    for (const char *const *name = usual_epochs_names;
         *name != NULL && !has_row_epochs(d, record); name++) {
        if (!find_dataset_named(d->file, record->group, *name, path))
            continue;
        if (!take_epochs_dataset(d, record, path, &unfit))
            return false;
        if (record->has_epochs && fits == DUMP_NO_ARRAY)
            fits = record->epochs;
    }
    if (!has_row_epochs(d, record) && fits != DUMP_NO_ARRAY)
        record->epochs = fits;
    record->has_epochs = fits != DUMP_NO_ARRAY;
    return true;
}

/* Looks for one beside the logits, else above them. */
static bool find_epochs_dataset(struct discovery *d,
                                struct epoch_record *record)
{
    char path[DATASET_PATH_SIZE];
    const struct dataset_names names = {NULL, usual_epochs_names};
    struct dump_layout unfit;
    if (!find_epochs_beside(d, record))
        return false;
    if (record->has_epochs ||
        !find_dataset_upwards(d->file, record->group, names, &d->epochs_above,
                              path, &d->no_memory))
        return true;
    if (!take_epochs_dataset(d, record, path, &unfit))
        return false;
    return record->has_epochs || pass_unfit(d, record, path, &unfit);
}

/* Which epochs are these? */
static bool find_numbers(struct discovery *d, struct epoch_record *record,
                         struct epoch_numbers *numbers)
{
    const struct dump_array *logits = &d->index->arrays[record->logits];
    const uint64_t epochs = logits->layout->epochs;
    if (record->numbered) { /* by a pattern */
        if (!find_epoch_of_dataset(&d->epochs, discovery_path(d), logits->path,
                                   numbers, d->error))
            return false;
        if (!numbers->known)
            *numbers = (struct epoch_numbers){
                .known = true, .from = record->from, .first = record->epoch};
        return epochs <= 1 ||
               error_set(d->error,
                         "%s: %s: its name is that of one epoch, but it has "
                         "%" PRIu64 "; dump them under one name",
                         discovery_path(d), logits->path, epochs);
    }
    if (!find_epoch_attribute(&d->epochs, discovery_path(d), logits->path,
                              epochs, numbers, d->error))
        return false;
    if (numbers->known && epochs != 1)
        return true;
    if (!find_epochs_dataset(d, record))
        return false;
    if (numbers->known && !has_row_epochs(d, record)) {
        record->has_epochs = false;
        return true;
    }
    *numbers = (struct epoch_numbers){.known = true, .from = DUMP_FROM_AXIS};
    if (record->has_epochs || epochs > 1)
        return true; /* a name's number is not that of a slice */
    char *group = strdup(record->group); /* the file's name has no number if
                                            it is the id */
    if (group == NULL)
        return error_no_memory(d->error);
    if (record->by_group)
        *strrchr(group, '/') = '\0';
    const bool good =
        find_epoch_in_names(discovery_path(d), group, numbers, d->error);
    free(group);
    return good;
}

/* One for each epoch. */
static bool add_epochs(struct discovery *d, struct epoch_record *of_group)
{
    struct dump_index *index = d->index;
    struct epoch_numbers numbers;
    const struct dump_array *logits = &index->arrays[of_group->logits];
    const uint64_t epochs = logits->layout->epochs;
    const uint64_t measurements = logits->layout->measurements;
    const uint64_t slices = epochs * measurements;
    if (!check_epoch_claim(&index->files[d->file_index], logits,
                           index->record_count - d->first_record + slices,
                           d->error))
        return false;
    if (!find_numbers(d, of_group, &numbers))
        return false;
    logits = &index->arrays[of_group->logits]; /* there may be one more */
    if (numbers.known && numbers.each == NULL && epochs > 0 &&
        numbers.first > INT64_MAX - (int64_t)(epochs - 1))
        return error_set(d->error,
                         "%s: %s: its %" PRIu64 " epochs count on from %" PRId64
                         ", which is too large a number; correct the attribute "
                         "\"epoch\"",
                         discovery_path(d), logits->path, epochs,
                         numbers.first);
    bool good = true;
    for (uint64_t slice = 0; good && slice < slices; slice++) {
        const uint64_t t = slice / measurements;
        struct epoch_record *record = dump_index_add_record(index);
        good = record != NULL || error_no_memory(d->error);
        if (!good)
            break;
        *record = *of_group;
        record->slice = slice;
        record->numbered = numbers.known;
        record->from = numbers.from;
        record->epoch =
            numbers.each != NULL ? numbers.each[t] : numbers.first + (int64_t)t;
        dump_index_grows(index, index->record_count);
    }
    free(numbers.each);
    return good;
}

/* Do the ids come from where no dataset is? */
static bool ids_are(const struct discovery *d, const char *name)
{
    return d->names->ids != NULL && strcmp(d->names->ids, name) == 0;
}

/* The samples of a slice: rows, unless these are positions. */
static uint64_t count_samples(const struct dump_layout *logits)
{
    if (logits->positions == 0)
        return logits->rows;
    return logits->row_axes > logits->positions
               ? logits->counts[logits->slice_axes].length
               : 1;
}

/* A record that is one sample, as its logits have positions alone: its id is
 * the name of its group, or else of its file; but not one that numbers the
 * epoch. */
static bool take_name_id(struct discovery *d, struct epoch_record *record)
{
    const char *group = strrchr(record->group, '/') + 1;
    const char *path = discovery_path(d);
    const char *slash = strrchr(path, '/');
    char name[256];
    if (*group != '\0' && !names_number_epoch(group)) {
        record->by_group = true;
        return true;
    }
    if (group - 1 > record->group)
        return error_set(d->error,
                         "%s: %s: the group is one sample, but its name is "
                         "that of an epoch; put it the other way round: "
                         "epoch_N/ID",
                         path, record->group);
    snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : path);
    name[names_without_suffix(name)] = '\0';
    record->by_file = !names_number_epoch(name);
    return record->by_file ||
           error_set(d->error,
                     "%s: %s: the file is one sample, but its name is that of "
                     "an epoch; name it by the sample, in a folder epoch_N, or "
                     "dump the sample's id",
                     path, record->group);
}

/* The name of a group can be the id of one sample. */
static bool take_group_id(struct discovery *d, struct epoch_record *record)
{
    const struct dump_layout *logits = d->index->arrays[record->logits].layout;
    record->by_group = ids_are(d, DUMP_IDS_BY_GROUP);
    if (!record->by_group)
        return record->ids != DUMP_NO_ARRAY ||
               !dump_axes_lack_samples(&d->names->axes) ||
               take_name_id(d, record);
    if (strcmp(record->group, "/") == 0)
        return error_set(d->error,
                         "%s: its logits are in no group, whose name could be "
                         "the sample's id; leave --ids=@group out",
                         discovery_path(d));
    return count_samples(logits) <= 1 ||
           error_set(d->error,
                     "%s: %s: %" PRIu64 " rows, for which the group's name "
                     "cannot be the id; leave --ids=@group out",
                     discovery_path(d), record->group, record->rows);
}

/* Finds the labels and the ids of a record, unless their paths are given;
 * *ids becomes NULL if there are none. */
static bool find_labels_and_ids(struct discovery *d,
                                const struct record_paths *paths,
                                char labels_room[DATASET_PATH_SIZE],
                                char ids_room[DATASET_PATH_SIZE],
                                const char **labels, const char **ids)
{
    *labels = paths->labels;
    *ids = paths->ids;
    if (*labels == NULL) {
        if (!find_dataset_upwards(d->file, paths->group, d->labels_names,
                                  &d->labels_above, labels_room, &d->no_memory))
            return discovery_not_found(d, paths->logits, "labels",
                                       d->names->labels, ADVICE_NAME_LABELS);
        *labels = labels_room;
    }
    if (*ids != NULL || ids_are(d, "none") || ids_are(d, DUMP_IDS_BY_GROUP))
        return true;
    char *dimension = d->file->catalog.dimension;
    dimension[0] = '\0';
    if (find_dataset_upwards(d->file, paths->group, d->ids_names, &d->ids_above,
                             ids_room, &d->no_memory))
        *ids = ids_room;
    else if (d->names->ids != NULL)
        return discovery_not_found(d, paths->logits, "ids", d->names->ids,
                                   ADVICE_NAME_IDS);
    else if (dimension[0] != '\0' &&
             !dump_index_pass(d->index, discovery_path(d), dimension,
                              DUMP_PASSED_DIMENSION))
        return error_no_memory(d->error);
    return true;
}

/* The names after that of a path. */
static const char *const *names_after(const char *const *names,
                                      const char *path)
{
    while (*names != NULL &&
           strcmp(*names, path + path_folder_length(path)) != 0)
        names++;
    return *names != NULL ? names + 1 : names;
}

static bool resolve(struct discovery *d, struct epoch_record *record)
{
    struct dump_array *arrays = d->index->arrays;
    return dump_resolve_shapes(
        &d->names->axes, &arrays[record->logits], &arrays[record->labels],
        record->ids != DUMP_NO_ARRAY ? &arrays[record->ids] : NULL,
        &record->one_hot, d->index, d->error);
}

/* What has a usual name of ids, but not their shape, is something else: it is
 * passed over, and the names that come after are tried. */
static bool find_other_ids(struct discovery *d,
                           const struct record_paths *paths,
                           struct epoch_record *record,
                           struct dump_layout *layout)
{
    struct dataset_names names = d->ids_names;
    do {
        const char *unfit = d->index->arrays[record->ids].path;
        struct dataset_above above = {.group = NULL};
        char path[DATASET_PATH_SIZE];
        if (!dump_index_pass(d->index, discovery_path(d), unfit,
                             DUMP_PASSED_IDS))
            return error_no_memory(d->error);
        names.usual = names_after(names.usual, unfit);
        discovery_take_back(d, record->ids);
        record->ids = DUMP_NO_ARRAY;
        const bool found = find_dataset_upwards(d->file, paths->group, names,
                                                &above, path, &d->no_memory);
        free(above.group);
        memset(layout, 0, sizeof *layout);
        layout->role = DUMP_IDS;
        if (found && !discovery_add_array(d, path, layout, &record->ids))
            return false;
    } while (!resolve(d, record));
    return true;
}

/* May ids that do not fit be something else? Not if they are asked for; nor in
 * a file that is being written, which may be ahead of them. */
static bool resolve_without_ids(struct discovery *d,
                                const struct record_paths *paths,
                                struct epoch_record *record)
{
    struct epoch_record without = *record;
    struct error error = *d->error; /* of these ids */
    without.ids = DUMP_NO_ARRAY;
    if (record->ids == DUMP_NO_ARRAY || d->names->ids != NULL ||
        paths->ids != NULL || d->catalog->live)
        return false;
    if (resolve(d, &without))
        return true;
    *d->error = error;
    return false;
}

/* Rows of a table are read whole, so that epochs and samples are rows. */
static bool check_field(struct discovery *d, const struct dump_array *array)
{
    const struct dump_layout *layout = array->layout;
    const int own = dump_own_rank(layout);
    if (layout->row_axis < own && layout->epoch_axis < own)
        return true;
    char shape[128];
    dump_format_shape(layout, shape, sizeof shape);
    return error_set(d->error,
                     "%s: %s has several samples or epochs in a row of its "
                     "table (shape %s); write a row for each, or datasets",
                     discovery_path(d), array->path, shape);
}

static bool has_epochs_first(const struct discovery *d,
                             const struct dump_layout *logits)
{
    const struct dump_axes *axes = &d->names->axes;
    return axes->count > 0 ? axes->kinds[0] == DUMP_AXIS_EPOCH
                           : !logits->reversed;
}

/* Texts of any length are read along one axis, which is that of samples. */
static bool check_positions(const struct discovery *d,
                            const struct dump_array *array, const char *what)
{
    const struct dump_layout *layout = array->layout;
    bool good = layout->type != DUMP_VARIABLE_STRING || !layout->boxed;
    for (unsigned i = 0; !good && i < layout->positions; i++) {
        if (layout->counts[layout->slice_axes + layout->row_axes - 1 - i]
                .axis != DUMP_NO_AXIS)
            return error_set(d->error,
                             "%s: %s: %s that are strings of any length for "
                             "each position; dump one for each sample, or "
                             "strings of a fixed length",
                             discovery_path(d), array->path, what);
    }
    return true;
}

/* pandas keeps the categories of a column `label` of /results/table in
 * /results/meta/label. */
static bool is_category(const struct discovery *d,
                        const struct dump_array *labels)
{
    char group[DATASET_PATH_SIZE];
    const char *field = labels->path + path_folder_length(labels->path);
    if (labels->field == 0)
        return false;
    snprintf(group, sizeof group, "%.*s", (int)labels->field - 1, labels->path);
    const size_t folder = path_folder_length(group);
    if (folder <= 1)
        return false;
    group[folder - 1] = '\0';
    if (!d->file->format->has_link(d->file, group, "meta"))
        return false;
    strncat(group, "/meta", sizeof group - strlen(group) - 1);
    return d->file->format->has_link(d->file, group, field);
}

/* The labels are strings, but seem to be one-hot. */
static bool names_in_columns(const struct discovery *d,
                             const struct epoch_record *record)
{
    const struct dump_array *arrays = d->index->arrays;
    const struct dump_orders_wanted any = {.classes = 0};
    const struct dump_order_arrays of = {
        .index = d->index,
        .logits = &arrays[record->logits],
        .labels = &arrays[record->labels],
        .ids = record->ids != DUMP_NO_ARRAY ? &arrays[record->ids] : NULL,
        .unread = true};
    char orders[600];
    dump_format_orders(&of, any, orders, sizeof orders);
    return error_set(d->error,
                     "%s: %s: strings in a column for each class; dump one "
                     "label for each row%s%s",
                     discovery_path(d), arrays[record->labels].path,
                     orders[0] != '\0' ? ", or name the axes: " : "", orders);
}

/* Settles the shapes of the arrays of a record, and what follows from them. */
static bool take_shapes(struct discovery *d, const struct record_paths *paths,
                        struct epoch_record *record,
                        struct dump_layout *ids_layout)
{
    struct dump_index *index = d->index;
    struct dump_array *logits = &index->arrays[record->logits];
    struct dump_array *labels = &index->arrays[record->labels];
    struct dump_array *ids =
        record->ids != DUMP_NO_ARRAY ? &index->arrays[record->ids] : NULL;
    if (d->catalog->live && logits->layout->rank >= 3 &&
        has_epochs_first(d, logits->layout))
        cut_to_common_epochs(d, logits, labels, ids);
    if (!resolve(d, record) && !(resolve_without_ids(d, paths, record) &&
                                 find_other_ids(d, paths, record, ids_layout)))
        return false;
    logits = &index->arrays[record->logits]; /* they may have moved */
    labels = &index->arrays[record->labels];
    ids = record->ids != DUMP_NO_ARRAY ? &index->arrays[record->ids] : NULL;
    if (logits->layout->columns >= UINT32_MAX - 1 ||
        (logits->layout->columns == 0 && logits->layout->rows > 0))
        return error_set(d->error, "%s: %s: %" PRIu64 " classes cannot be read",
                         discovery_path(d), logits->path,
                         logits->layout->columns);
    if (record->one_hot && labels->layout->type >= DUMP_STRING)
        return names_in_columns(d, record);
    if (!check_field(d, logits) || !check_field(d, labels) ||
        (ids != NULL &&
         (!check_field(d, ids) || !check_positions(d, ids, "ids"))) ||
        !check_positions(d, labels, "labels"))
        return false;
    if (is_category(d, labels))
        return error_set(d->error,
                         "%s: %s: codes of pandas' categories, whose order "
                         "may be another than that of the classes; write "
                         "strings, or class numbers",
                         discovery_path(d), labels->path);
    const size_t known = index->layout_count;
    if (!discovery_settle(d, logits))
        return error_no_memory(d->error);
    if (index->layout_count > known)
        remark_on_bits(d, logits);
    if (!discovery_settle(d, labels) ||
        (ids != NULL && !discovery_settle(d, ids)))
        return error_no_memory(d->error);
    record->rows = logits->layout->rows;
    record->classes = logits->layout->columns;
    return true;
}

static bool add_record(struct discovery *d, const struct record_paths *paths)
{
    char labels_room[DATASET_PATH_SIZE];
    char ids_room[DATASET_PATH_SIZE];
    const char *labels;
    const char *ids;
    struct epoch_record record = {.file = (uint32_t)d->file_index,
                                  .ids = DUMP_NO_ARRAY,
                                  .numbered = paths->numbered,
                                  .from = DUMP_FROM_NAME,
                                  .epoch = paths->epoch};
    struct dump_layout layouts[3];
    memset(layouts, 0, sizeof layouts); /* padding, too */
    layouts[0].role = d->names->labels_only ? DUMP_LABELS : DUMP_LOGITS;
    layouts[1].role = DUMP_LABELS;
    layouts[2].role = DUMP_IDS;
    if (!find_labels_and_ids(d, paths, labels_room, ids_room, &labels, &ids))
        return false;
    record.group = dump_index_add_group(d->index, paths->group);
    if (record.group == NULL)
        return error_no_memory(d->error);
    return discovery_add_array(d, paths->logits, &layouts[0], &record.logits) &&
           discovery_add_array(d, labels, &layouts[1], &record.labels) &&
           (ids == NULL ||
            discovery_add_array(d, ids, &layouts[2], &record.ids)) &&
           take_shapes(d, paths, &record, &layouts[2]) &&
           take_group_id(d, &record) && add_epochs(d, &record);
}

/* Of the run's first record; and, where labels are strings, of the first in
 * each file, as these have to have the same. */
static bool take_class_names(struct discovery *d, size_t number)
{
    const struct dump_index *index = d->index;
    if (number >= index->record_count || index->label_rules.names != NULL)
        return true;
    const struct dump_array *labels =
        &index->arrays[index->records[number].labels];
    return (number > 0 &&
            (number > d->first_record || labels->layout->type < DUMP_STRING)) ||
           discovery_find_class_names(d, labels->path);
}

/* A record of a live file that does not fit together is the one that is being
 * written. */
bool discovery_add_record(struct discovery *d, const struct record_paths *paths)
{
    const struct dump_index before = *d->index;
    if (add_record(d, paths))
        return take_class_names(d, before.record_count);
    if (!d->catalog->live)
        return false;
    dump_index_cut(d->index, before.file_count, before.array_count,
                   before.record_count, before.group_count);
    d->absent = false;
    d->cut = true;
    return true;
}
