/*
 * splits.c - training, validation and test data are not to be mixed
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dump/numbering.h"

/* The same bit: the same split. */
static const struct {
    const char *word;
    unsigned bit;
} words[] = {
    {"train", 1},      {"training", 1}, {"val", 2},  {"valid", 2},
    {"validation", 2}, {"eval", 4},     {"test", 8}, {"dev", 16},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The splits that the whole words of a name are those of. */
static unsigned splits_of(const char *name)
{
    unsigned found = 0;
    while (*name != '\0') {
        size_t length = 0;
        while (is_letter(name[length]))
            length++;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (strlen(words[i].word) == length &&
                strncasecmp(name, words[i].word, length) == 0)
                found |= words[i].bit;
        }
        name += length > 0 ? length : 1;
    }
    return found;
}

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
            of_file = splits_of(index->files[record->file].path);
        const unsigned splits = of_file | splits_of(record->group);
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
