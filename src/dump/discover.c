/*
 * discover.c - a file's catalog -> epoch records of the index
 *
 * Which groups are epoch records, which of their datasets are what, and which
 * epochs they are of. Nothing here knows of a format of files: what is asked of
 * a file goes through container.h.
 */
#include "dump/discover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "dump/claim.h"
#include "dump/dataset_names.h"
#include "dump/epoch_numbers.h"
#include "dump/shape.h"

struct discovery {
    struct dump_index *index;
    const struct dump_names *names;
    size_t file_index;
    size_t first_record; /* of this file */
    struct container_file *file;
    const struct catalog *catalog; /* of the file */
    struct dataset_names logits_names;
    struct dataset_names labels_names;
    struct dataset_names ids_names;
    struct dataset_above labels_above;
    struct dataset_above ids_above;
    struct epoch_search epochs;
    bool no_memory;
    bool absent;     /* the error is that a dataset does not seem to exist */
    bool cut;        /* what is incomplete of a live file has been left out */
    bool whole_file; /* --group chooses it by its name or a folder's */
    dump_remark_fn remark;
    void *context;
    struct error *error;
};

static const char *file_path(const struct discovery *d)
{
    return d->index->files[d->file_index].path;
}

/* ---- epoch records ---- */

/* Adds a dataset to the index. Its layout is the caller's, until it is settled
 * and can be shared. */
static bool add_array(struct discovery *d, const char *path,
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

static void remark_on_bits(const struct discovery *d,
                           const struct dump_array *logits)
{
    char text[512];
    if (logits->layout->type != DUMP_U16 || d->names->labels_only)
        return;
    snprintf(text, sizeof text,
             "%s: %s: read as 16-bit integers; if they are bfloat16 bits, "
             "say so with the attribute dtype=\"bfloat16\"",
             file_path(d), logits->path);
    d->remark(d->context, text);
}

/* Chunks may be longer than 1 along an axis that is not (it may grow). If such
 * an axis comes after the columns, elements of a row are not adjacent. */
static void settle_storage(struct dump_layout *layout)
{
    if (layout->storage != DUMP_CHUNKED || layout->column_axis == DUMP_NO_AXIS)
        return;
    for (int i = layout->column_axis + 1; i < layout->rank; i++) {
        if (layout->chunk[i] != 1)
            layout->storage = DUMP_LIBRARY;
    }
}

/* The array is described: its layout becomes one that others share. */
static bool settle(struct discovery *d, struct dump_array *array)
{
    settle_storage(array->layout);
    if (array->layout->foreign)
        dump_others_note(&d->index->others, &array->layout->home);
    array->layout = dump_index_share(d->index, array->layout);
    return array->layout != NULL;
}

static bool link_is_broken(const struct discovery *d)
{
    const struct catalog *catalog = d->catalog;
    return error_set(d->error,
                     "%s: %s: a link to something that is missing%s%s",
                     file_path(d), catalog->broken_link,
                     catalog->broken_target[0] != '\0' ? ": the file " : "",
                     catalog->broken_target);
}

static bool not_found(struct discovery *d, const char *logits, const char *kind,
                      enum error_advice advice)
{
    char listing[CATALOG_LISTING_SIZE];
    if (d->no_memory)
        return error_no_memory(d->error);
    if (d->catalog->broken_link[0] != '\0') /* might it be found there? */
        return link_is_broken(d);
    d->absent = true;
    d->file->format->list_datasets(d->file);
    catalog_format_listing(d->catalog, listing);
    error_set(d->error, "%s: no %s for %s; it has %s", file_path(d), kind,
              logits, listing);
    return error_advise(d->error, advice);
}

/* In a file that is being written, one dataset has another epoch before the
 * others: as far as all of them go. */
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

/* One for each epoch. */
static bool add_epochs(struct discovery *d, const struct epoch_record *of_group)
{
    struct dump_index *index = d->index;
    struct epoch_numbers numbers;
    const struct dump_array *logits = &index->arrays[of_group->logits];
    const uint64_t epochs = logits->layout->epochs;
    if (!check_epoch_claim(&index->files[d->file_index], logits,
                           index->record_count - d->first_record + epochs,
                           d->error))
        return false;
    char *group = strdup(of_group->group);
    if (group == NULL)
        return error_no_memory(d->error);
    if (of_group->by_group)
        *strrchr(group, '/') = '\0';
    const bool searched =
        find_epoch_numbers(&d->epochs, file_path(d), group, logits->path,
                           epochs, &numbers, d->error);
    free(group);
    if (!searched)
        return false;
    if (numbers.known && numbers.each == NULL && epochs > 0 &&
        numbers.first > INT64_MAX - (int64_t)(epochs - 1))
        return error_set(d->error,
                         "%s: %s: its %" PRIu64 " epochs count on from %" PRId64
                         ", which is too large a number; correct the attribute "
                         "\"epoch\"",
                         file_path(d), logits->path, epochs, numbers.first);
    bool good = true;
    for (uint64_t t = 0; good && t < epochs; t++) {
        struct epoch_record *record = dump_index_add_record(index);
        good = record != NULL || error_no_memory(d->error);
        if (!good)
            break;
        *record = *of_group;
        record->slice = t;
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

/* The name of a group can be the id of one row. */
static bool take_group_id(struct discovery *d, struct epoch_record *record)
{
    record->by_group = ids_are(d, "@group");
    if (!record->by_group)
        return true;
    if (strcmp(record->group, "/") == 0)
        return error_set(d->error,
                         "%s: its logits are in no group, whose name could be "
                         "the sample's id; leave --ids=@group out",
                         file_path(d));
    return record->rows <= 1 ||
           error_set(d->error,
                     "%s: %s: %" PRIu64 " rows, for which the group's name "
                     "cannot be the id; leave --ids=@group out",
                     file_path(d), record->group, record->rows);
}

static bool add_record(struct discovery *d, const char *group,
                       const char *logits_path)
{
    char labels_path[DATASET_PATH_SIZE];
    char ids_path[DATASET_PATH_SIZE];
    struct epoch_record record = {.file = (uint32_t)d->file_index,
                                  .ids = DUMP_NO_ARRAY};
    struct dump_index *index = d->index;
    struct dump_layout layouts[3];
    memset(layouts, 0, sizeof layouts); /* padding, too */
    layouts[0].role = d->names->labels_only ? DUMP_LABELS : DUMP_LOGITS;
    layouts[1].role = DUMP_LABELS;
    layouts[2].role = DUMP_IDS;
    if (!find_dataset_upwards(d->file, group, d->labels_names, &d->labels_above,
                              labels_path, &d->no_memory))
        return not_found(d, logits_path, "labels", ADVICE_NAME_LABELS);
    const bool wants_ids = !ids_are(d, "none") && !ids_are(d, "@group");
    const bool has_ids =
        wants_ids &&
        find_dataset_upwards(d->file, group, d->ids_names, &d->ids_above,
                             ids_path, &d->no_memory);
    if (!has_ids && wants_ids && d->names->ids != NULL)
        return not_found(d, logits_path, "ids", ADVICE_NAME_IDS);
    if (!add_array(d, logits_path, &layouts[0], &record.logits) ||
        !add_array(d, labels_path, &layouts[1], &record.labels) ||
        (has_ids && !add_array(d, ids_path, &layouts[2], &record.ids)))
        return false;
    struct dump_array *logits = &index->arrays[record.logits];
    struct dump_array *labels = &index->arrays[record.labels];
    struct dump_array *ids = has_ids ? &index->arrays[record.ids] : NULL;
    if (d->catalog->live && logits->layout->rank >= 3)
        cut_to_common_epochs(d, logits, labels, ids);
    if (!dump_resolve_shapes(logits, labels, ids, &record.one_hot, file_path(d),
                             d->error))
        return false;
    if (logits->layout->columns >= UINT32_MAX - 1 ||
        (logits->layout->columns == 0 && logits->layout->rows > 0))
        return error_set(d->error, "%s: %s: %" PRIu64 " classes cannot be read",
                         file_path(d), logits_path, logits->layout->columns);
    remark_on_bits(d, logits);
    if (!settle(d, logits) || !settle(d, labels) ||
        (has_ids && !settle(d, ids)))
        return error_no_memory(d->error);
    record.rows = logits->layout->rows;
    record.classes = logits->layout->columns;
    record.group = dump_index_add_group(index, group);
    if (record.group == NULL)
        return error_no_memory(d->error);
    return take_group_id(d, &record) && add_epochs(d, &record);
}

/* A record that does not fit together is the one that is being written. */
static bool add_live_record(struct discovery *d, const char *group,
                            const char *logits_path)
{
    const struct dump_index before = *d->index;
    if (add_record(d, group, logits_path))
        return true;
    dump_index_cut(d->index, before.file_count, before.array_count,
                   before.record_count, before.group_count);
    d->absent = false;
    d->cut = true;
    return true;
}

static bool no_records(struct discovery *d)
{
    char listing[CATALOG_LISTING_SIZE];
    if (d->catalog->broken_link[0] != '\0')
        return link_is_broken(d);
    d->absent = d->names->labels_only || d->names->group == NULL;
    if (!d->names->labels_only && d->names->group != NULL)
        return true;
    d->file->format->list_datasets(d->file);
    catalog_format_listing(d->catalog, listing);
    error_set(d->error, "%s: no %s; it has %s", file_path(d),
              d->names->labels_only ? "labels" : "logits", listing);
    return error_advise(d->error, d->names->labels_only ? ADVICE_NAME_LABELS
                                  : d->catalog->probabilities
                                      ? ADVICE_NOT_PROBABILITIES
                                      : ADVICE_NAME_LOGITS);
}

static bool add_records(struct discovery *d, size_t *records)
{
    char path[DATASET_PATH_SIZE];
    for (size_t i = 0; i < d->catalog->group_count; i++) {
        const char *group = d->catalog->groups[i];
        dump_watch_progress(d->index->watch);
        if (d->names->group != NULL && !d->whole_file &&
            !names_group_matches(d->names->group, group))
            continue;
        if (!find_dataset(d->file, group,
                          d->names->labels_only ? d->labels_names
                                                : d->logits_names,
                          path))
            continue;
        if (!(d->catalog->live ? add_live_record(d, group, path)
                               : add_record(d, group, path)))
            return false;
        ++*records;
    }
    return *records > 0 || no_records(d);
}

/* Takes the newest epoch of the file away, unless an incomplete one was left
 * out already, and those that have not begun. */
static bool leave_out_newest(struct discovery *d, size_t first)
{
    struct dump_index *index = d->index;
    size_t newest = first;
    size_t kept = first;
    for (size_t i = first; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (record->rows > 0 &&
            (index->records[newest].rows == 0 || !record->numbered ||
             record->epoch >= index->records[newest].epoch))
            newest = i;
    }
    for (size_t i = first; i < index->record_count; i++) {
        if (index->records[i].rows > 0 && (i != newest || d->cut))
            index->records[kept++] = index->records[i];
    }
    index->record_count = kept;
    return kept > first ||
           error_set(d->error,
                     "%s: still being written, and has no complete epoch yet",
                     file_path(d));
}

static bool nothing_missed(const struct discovery *d)
{
    if (d->no_memory || d->epochs.no_memory)
        return error_no_memory(d->error);
    return d->catalog->broken_link[0] == '\0' || link_is_broken(d);
}

static bool add_file(struct discovery *d, const char *path)
{
    const struct catalog *catalog = d->catalog;
    if (!dump_index_add_file(d->index, path))
        return error_no_memory(d->error);
    struct dump_file *file = &d->index->files[d->file_index];
    file->bytes = catalog->identity.bytes;
    file->modified = catalog->identity.modified;
    file->inode = catalog->identity.inode;
    file->live = catalog->live;
    return true;
}

static bool list_file(struct discovery *d)
{
    if (!d->file->format->list(d->file, d->error))
        return false;
    catalog_sort(&d->file->catalog);
    d->index->files[d->file_index].names = d->catalog->names_bytes;
    return true;
}

/* Looks into a file that is open. What could not be looked at may be what does
 * not seem to exist. */
static bool look_into(struct discovery *d, const char *path)
{
    size_t records = 0;
    if (d->catalog->columns)
        return true;
    if (!add_file(d, path))
        return false;
    const bool good =
        list_file(d) && add_records(d, &records) && nothing_missed(d);
    return d->file->format->check(d->file, good || d->absent, d->error) &&
           good &&
           (!d->catalog->live || records == 0 ||
            leave_out_newest(d, d->first_record));
}

static bool open_and_look_into(struct discovery *d,
                               const struct container_format *format,
                               const char *path, struct dump_found *found)
{
    d->index->others.digest = 0;
    d->file = format->open(d->index, path, d->names->live, d->error);
    if (d->file == NULL)
        return false;
    d->catalog = &d->file->catalog;
    d->epochs.file = d->file;
    found->columns = d->catalog->columns;
    found->live = d->catalog->live;
    const bool good = look_into(d, path);
    format->close(d->file);
    if (good && !found->columns)
        d->index->files[d->file_index].others = d->index->others.digest;
    return good;
}

bool dump_discover_in(const struct container_format *format,
                      struct dump_index *index, const char *path,
                      const struct dump_names *names, struct dump_found *found,
                      dump_remark_fn remark, void *context, struct error *error)
{
    struct discovery d = {
        .index = index,
        .names = names,
        .file_index = index->file_count,
        .first_record = index->record_count,
        .logits_names = {names->logits, usual_logits_names},
        .labels_names = {names->labels, usual_labels_names},
        .ids_names = {names->ids, usual_ids_names},
        .remark = remark,
        .context = context,
        .error = error,
    };
    const struct dump_index before = *index;
    d.whole_file =
        names->group != NULL && names_file_matches(names->group, path);
    memset(found, 0, sizeof *found);
    const bool good = open_and_look_into(&d, format, path, found);
    free(d.labels_above.group);
    free(d.ids_above.group);
    epoch_search_free(&d.epochs);
    found->records = index->record_count - before.record_count;
    if (!good || found->records == 0)
        dump_index_cut(index, before.file_count, before.array_count,
                       before.record_count, before.group_count);
    return good;
}

bool dump_discover(struct dump_index *index, const char *path,
                   const struct dump_names *names, struct dump_found *found,
                   dump_remark_fn remark, void *context, struct error *error)
{
    return dump_discover_in(&container_hdf5, index, path, names, found, remark,
                            context, error);
}
