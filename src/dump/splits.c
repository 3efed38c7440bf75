/*
 * splits.c - training, validation and test data are not to be mixed
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "dump/numbering.h"

/* A file's path as the working folder sees it: the names of folders above that
 * one tell nothing, however the path was given. */
static const char *seen_from(const char *folder, const char *path)
{
    const size_t length = strlen(folder);
    const bool within =
        length > 0 && strncmp(path, folder, length) == 0 && path[length] == '/';
    return within ? path + length + 1 : path;
}

static bool refuse(const struct dump_index *index, const struct epoch_record *a,
                   const struct epoch_record *b, struct error *error)
{
    const bool other_file = a->file != b->file;
    error_set(error,
              "%s: %s and %s%s%s have other words for a split of the data "
              "(train, val, test, ...) in their names",
              index->files[a->file].path, a->group,
              other_file ? index->files[b->file].path : "",
              other_file ? ": " : "", b->group);
    return error_advise(error, ADVICE_CHOOSE_SPLIT);
}

/* Words before measures, as in val_loss=0.3, are compared with one another
 * alone: many names have none. */
bool dump_check_splits(const struct dump_index *index, struct error *error)
{
    const struct epoch_record *first = index->records;
    const struct epoch_record *first_measured = NULL;
    unsigned of_first = 0;
    unsigned of_first_measured = 0;
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof folder) == NULL)
        folder[0] = '\0';
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (i > 0 && record->group == record[-1].group &&
            record->file == record[-1].file)
            continue; /* another epoch of it */
        const char *path = seen_from(folder, index->files[record->file].path);
        const unsigned splits =
            names_splits(path) | names_splits(record->group);
        const unsigned measured =
            names_measured_splits(path) | names_measured_splits(record->group);
        if (i == 0)
            of_first = splits;
        if (splits != of_first)
            return refuse(index, first, record, error);
        if (first_measured == NULL && measured != 0) {
            first_measured = record;
            of_first_measured = measured;
        }
        if (measured != 0 && (measured & of_first_measured) == 0)
            return refuse(index, first_measured, record, error);
    }
    return true;
}
