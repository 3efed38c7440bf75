/*
 * epoch_numbers.c - which epochs a dataset of logits has
 */
#include "dump/epoch_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "common/names.h"

#define NUMBERS_MAX (1 << 20) /* of an attribute */

/* The attribute of one object, which has one number, or one for each epoch. */
static bool read_attribute(struct epoch_search *search, const char *path,
                           uint64_t epochs, struct epoch_numbers *numbers)
{
    struct container_file *file = search->file;
    uint64_t count;
    if (file->format->read_attribute(file, path, "epoch", &numbers->first, 1,
                                     &count))
        return true;
    if (count <= 1 || count != epochs || count >= NUMBERS_MAX)
        return false;
    numbers->each = calloc((size_t)count, sizeof *numbers->each);
    search->no_memory |= numbers->each == NULL;
    if (numbers->each != NULL &&
        file->format->read_attribute(file, path, "epoch", numbers->each,
                                     (size_t)count, &count))
        return true;
    free(numbers->each);
    numbers->each = NULL;
    return false;
}

/* The attribute of the dataset, its group, the groups above, up to the root.
 * Most groups of epochs have the same groups above them, and these are asked
 * only once if they have no number. */
static bool find_in_attributes(struct epoch_search *search, const char *dataset,
                               uint64_t epochs, struct epoch_numbers *numbers)
{
    char *at = strdup(dataset);
    char *above = NULL; /* the group above that of the dataset */
    bool found = false;
    search->no_memory |= at == NULL;
    for (int level = 0; at != NULL; level++) {
        if (level == 2)
            above = strdup(at);
        if (search->without != NULL && strcmp(search->without, at) == 0)
            break;
        found = read_attribute(search, at, epochs, numbers);
        if (found || strcmp(at, "/") == 0)
            break;
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0';
    }
    free(at);
    if (found || above == NULL) {
        free(above);
        return found;
    }
    free(search->without);
    search->without = above;
    return false;
}

/* The names of the group, of those above it, and of the file. */
static bool find_in_names(struct epoch_search *search, const char *group,
                          const char *file,
                          bool (*number)(const char *name, int64_t *number),
                          int64_t *epoch)
{
    const char *slash = strrchr(file, '/');
    char *base = strdup(slash != NULL ? slash + 1 : file);
    char *at = strdup(group);
    bool found = false;
    search->no_memory |= base == NULL || at == NULL;
    if (base != NULL && at != NULL) {
        /* Without the suffix: ".h5" ends in a number. */
        char *dot = strrchr(base, '.');
        if (dot != NULL && dot != base)
            *dot = '\0';
        while (at[0] != '\0' && !found) {
            char *name = strrchr(at, '/');
            found = number(name + 1, epoch);
            *name = '\0';
        }
        found = found || number(base, epoch);
    }
    free(at);
    free(base);
    return found;
}

bool find_epoch_numbers(struct epoch_search *search, const char *file_path,
                        const char *group, const char *dataset, uint64_t epochs,
                        struct epoch_numbers *numbers)
{
    *numbers = (struct epoch_numbers){.first = 0};
    if (find_in_attributes(search, dataset, epochs, numbers) ||
        epochs > 1) /* a name's number is not that of a slice */
        return true;
    return find_in_names(search, group, file_path, names_epoch_after_keyword,
                         &numbers->first) ||
           find_in_names(search, group, file_path, names_last_number,
                         &numbers->first);
}

void epoch_search_free(struct epoch_search *search)
{
    free(search->without);
    search->without = NULL;
}
