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
#include "common/path.h"
#include "dump/discovery.h"

static bool has_pattern(const char *name)
{
    return name != NULL && strchr(name, '*') != NULL;
}

static bool path_is_too_long(const struct discovery *d)
{
    error_set(d->error,
              "%s: %s...: a path of more than %d bytes, which cannot be read; "
              "give its groups shorter names",
              discovery_path(d), d->catalog->long_path, DATASET_PATH_SIZE - 1);
    return error_advise(d->error, ADVICE_OTHER_GROUPS);
}

static bool no_records(struct discovery *d)
{
    char listing[CATALOG_LISTING_SIZE];
    if (d->catalog->long_path[0] != '\0')
        return path_is_too_long(d);
    if (d->catalog->broken_link[0] != '\0')
        return discovery_link_is_broken(d);
    d->absent = d->names->labels_only || d->names->group == NULL;
    if (!d->names->labels_only && d->names->group != NULL)
        return true;
    d->file->format->list_datasets(d->file);
    if (d->catalog->frame[0] != '\0') {
        discovery_is_frame(d);
        d->error->no_dump = !d->names->labels_only && d->names->logits == NULL;
        return false;
    }
    catalog_format_listing(d->catalog, listing);
    const char *own =
        d->names->labels_only ? d->names->labels : d->names->logits;
    const bool table = d->catalog->table[0] != '\0';
    if (own != NULL && !table)
        return error_set(d->error, "%s: no dataset %s; it has %s",
                         discovery_path(d), own, listing);
    error_set(d->error, "%s: no %s%s%s; it has %s", discovery_path(d),
              d->names->labels_only ? "labels" : "logits",
              table ? ", nor among the fields of the table (compound) " : "",
              d->catalog->table, listing);
    d->error->no_dump = !d->names->labels_only && d->names->logits == NULL &&
                        !d->catalog->logits;
    return error_advise(d->error, d->names->labels_only ? ADVICE_NAME_LABELS
                                  : d->catalog->probabilities
                                      ? ADVICE_NOT_PROBABILITIES
                                      : ADVICE_NAME_LOGITS);
}

/* One that is not wanted, if there is something in it. */
static bool pass_group(struct discovery *d, const char *group)
{
    char path[DATASET_PATH_SIZE];
    return !find_dataset(d->file, group, d->logits_names, path) ||
           dump_index_pass(d->index, discovery_path(d), group,
                           "another group wanted") ||
           error_no_memory(d->error);
}

/* A file that is called like a group of logits that it has is not wanted as a
 * whole. */
static void prefer_groups(struct discovery *d)
{
    char path[DATASET_PATH_SIZE];
    if (!d->whole_file || strcmp(d->names->group, "*") == 0)
        return;
    for (size_t i = 0; d->whole_file && i < d->catalog->group_count; i++) {
        const char *group = d->catalog->groups[i];
        d->whole_file = !names_group_matches(d->names->group, group) ||
                        !find_dataset(d->file, group, d->logits_names, path);
    }
}

/* Finds the logits, or the labels if only these are wanted, of a group. */
static bool find_main(struct discovery *d, const char *group,
                      char path[DATASET_PATH_SIZE])
{
    if (d->names->labels_only)
        return find_dataset(d->file, group, d->labels_names, path);
    return find_dataset(d->file, group, d->logits_names, path) ||
           (d->in_tables && d->names->logits == NULL &&
            discovery_find_classes(d, group, path));
}

/* A name that is a path may lead into a table, which then is the group. */
static bool add_plain_record(struct discovery *d, const char *group,
                             const char *path)
{
    const char *own =
        d->names->labels_only ? d->names->labels : d->names->logits;
    const size_t folder = path_folder_length(path);
    char *table = NULL;
    if (d->file->tables && own != NULL && strchr(own, '/') != NULL &&
        folder > 1) {
        table = strndup(path, folder - 1);
        if (table == NULL)
            return error_no_memory(d->error);
    }
    const bool within =
        table != NULL && d->file->format->is_table(d->file, table);
    const struct record_paths paths = {.group = within ? table : group,
                                       .logits = path};
    const bool good = discovery_add_record(d, &paths);
    free(table);
    return good;
}

static bool add_plain_records(struct discovery *d, size_t first_group,
                              size_t *records)
{
    char path[DATASET_PATH_SIZE];
    for (size_t i = first_group; i < d->catalog->group_count; i++) {
        const char *group = d->catalog->groups[i];
        dump_watch_progress(d->index->watch);
        if (d->names->group != NULL && !d->whole_file &&
            !names_group_matches(d->names->group, group)) {
            if (!pass_group(d, group))
                return false;
            continue;
        }
        if (!find_main(d, group, path) ||
            (*records == 0 && d->file->format->is_table(d->file, path)))
            continue;
        if (!add_plain_record(d, group, path))
            return false;
        ++*records;
    }
    const size_t end = d->index->record_count;
    if (end > d->first_record && !d->names->labels_only &&
        !((d->first_record > 0 || discovery_note_choices(d, 0)) &&
          (end == 1 || discovery_note_choices(d, (uint32_t)end - 1))))
        return false;
    return *records == 0 || d->names->labels_only || d->names->group != NULL ||
           d->names->logits != NULL || discovery_note_logits_beside(d);
}

static bool add_by_pattern(struct discovery *d, size_t *records)
{
    return *records > 0 ||
           (!has_pattern(d->names->logits) &&
            (d->names->logits != NULL || d->names->labels_only)) ||
           discovery_add_by_pattern(d, records);
}

/* In a table, a pattern is first of all one of the classes. With a link that
 * leads nowhere, it is an error anyway. */
static bool add_from_tables(struct discovery *d, size_t *records)
{
    const size_t first = d->catalog->group_count;
    if (d->catalog->broken_link[0] != '\0')
        return true;
    if (!discovery_find_tables(d))
        return false;
    if (d->catalog->group_count == first)
        return true;
    d->in_tables = true;
    if (d->names->ids == NULL)
        d->ids_names.usual = usual_ids_fields;
    prefer_groups(d);
    const bool path =
        d->names->logits != NULL && strchr(d->names->logits, '/') != NULL;
    return add_plain_records(d, path ? 0 : first, records) &&
           add_by_pattern(d, records);
}

static bool add_records(struct discovery *d, size_t *records)
{
    prefer_groups(d);
    if (!has_pattern(d->names->logits) && !add_plain_records(d, 0, records))
        return false;
    return add_by_pattern(d, records) &&
           (*records > 0 || add_from_tables(d, records)) &&
           (*records > 0 || no_records(d));
}

/* A record moves to `to`; SIZE_MAX: it goes, and what was a choice for it can
 * no longer be compared. */
static void move_choices(struct dump_index *index, size_t from, size_t to,
                         size_t first)
{
    for (size_t i = 0; i < index->choice_count; i++) {
        struct dump_choice *choice = &index->choices[i];
        if (choice->record != from)
            continue;
        choice->record = (uint32_t)(to != SIZE_MAX ? to : first);
        if (to == SIZE_MAX)
            choice->other = DUMP_NO_ARRAY;
    }
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
        const bool keep = index->records[i].rows > 0 && (i != newest || d->cut);
        move_choices(index, i, keep ? kept : SIZE_MAX, first);
        if (keep)
            index->records[kept++] = index->records[i];
    }
    index->record_count = kept;
    return kept > first ||
           error_set(d->error,
                     "%s: still being written, and has no complete epoch yet",
                     discovery_path(d));
}

static bool nothing_missed(const struct discovery *d)
{
    if (d->no_memory || d->epochs.no_memory)
        return error_no_memory(d->error);
    if (d->catalog->long_path[0] != '\0')
        return path_is_too_long(d);
    return d->catalog->broken_link[0] == '\0' || discovery_link_is_broken(d);
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
    catalog_sort(&d->file->catalog, 0);
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
    d->file->group = d->names->group;
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
    free(d.epochs_above.group);
    epoch_search_free(&d.epochs);
    found->records = index->record_count - before.record_count;
    if (!good || found->records == 0)
        dump_index_cut(index, before.file_count, before.array_count,
                       before.record_count, before.group_count);
    if (!good) /* the error says it all */
        dump_index_cut_passed(index, before.passed_count);
    return good;
}

bool dump_discover(struct dump_index *index, const char *path,
                   const struct dump_names *names, struct dump_found *found,
                   dump_remark_fn remark, void *context, struct error *error)
{
    return dump_discover_in(&container_hdf5, index, path, names, found, remark,
                            context, error);
}
