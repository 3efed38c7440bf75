/*
 * splits.c - training, validation and test data are not to be mixed
 */
#include "common/names.h"
#include "dump/numbering.h"

bool dump_check_splits(const struct dump_index *index, struct error *error)
{
    const struct epoch_record *first = index->records;
    unsigned of_file = 0;
    unsigned of_first = 0;
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        if (i > 0 && record->group == record[-1].group &&
            record->file == record[-1].file)
            continue; /* another epoch of it */
        if (i == 0 || record->file != record[-1].file)
            of_file = names_splits(index->files[record->file].path);
        const unsigned splits = of_file | names_splits(record->group);
        if (i == 0)
            of_first = splits;
        if (splits == of_first)
            continue;
        error_set(error,
                  "%s: %s and %s%s%s have other words for a split of the "
                  "data (train, val, test, ...) in their names",
                  index->files[first->file].path, first->group,
                  record->file != first->file ? index->files[record->file].path
                                              : "",
                  record->file != first->file ? ": " : "", record->group);
        return error_advise(error, ADVICE_CHOOSE_SPLIT);
    }
    return true;
}
