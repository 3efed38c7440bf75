/*
 * epoch_numbers.c - which epochs a dataset of logits has
 */
#include "dump/epoch_numbers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"

#define NUMBERS_MAX (1 << 20) /* of an attribute */

/* Returns false. */
static bool not_integral(const char *file_path, const char *object,
                         struct error *error)
{
    return error_set(error,
                     "%s: %s: its attribute \"epoch\" is not a whole number "
                     "that fits 64 bits; number epochs 0, 1, 2, ...",
                     file_path, object);
}

/* The attribute of one object, which has one number, or one for each epoch;
 * CONTAINER_TOO_MANY if it has others. */
static enum container_numbers read_attribute(struct epoch_search *search,
                                             const char *path, uint64_t epochs,
                                             struct epoch_numbers *numbers)
{
    struct container_file *file = search->file;
    uint64_t count;
    enum container_numbers found = file->format->read_attribute(
        file, path, "epoch", &numbers->first, 1, &count);
    if (found != CONTAINER_TOO_MANY)
        return found;
    if (count != epochs || count >= NUMBERS_MAX)
        return CONTAINER_TOO_MANY;
    numbers->each = calloc((size_t)count, sizeof *numbers->each);
    search->no_memory |= numbers->each == NULL;
    if (numbers->each != NULL)
        found = file->format->read_attribute(file, path, "epoch", numbers->each,
                                             (size_t)count, &count);
    if (found == CONTAINER_READ)
        return found;
    free(numbers->each);
    numbers->each = NULL;
    return found;
}

bool find_epoch_of_dataset(struct epoch_search *search, const char *file_path,
                           const char *dataset, struct epoch_numbers *numbers,
                           struct error *error)
{
    *numbers = (struct epoch_numbers){.from = DUMP_FROM_ATTRIBUTE};
    const enum container_numbers found =
        read_attribute(search, dataset, 1, numbers);
    numbers->known = found == CONTAINER_READ;
    return found != CONTAINER_NOT_INTEGRAL ||
           not_integral(file_path, dataset, error);
}

/* The attribute of the dataset, its group, the groups above, up to the root.
 * Most groups of epochs have the same groups above them, and these are asked
 * only once if they have no number. */
bool find_epoch_attribute(struct epoch_search *search, const char *file_path,
                          const char *dataset, uint64_t epochs,
                          struct epoch_numbers *numbers, struct error *error)
{
    char *at = strdup(dataset);
    char *above = NULL; /* the group above that of the dataset */
    enum container_numbers found = CONTAINER_ABSENT;
    *numbers = (struct epoch_numbers){.first = 0};
    if (at == NULL)
        return error_no_memory(error);
    for (int level = 0;; level++) {
        if (level == 2)
            above = strdup(at);
        if (search->without != NULL && strcmp(search->without, at) == 0)
            break;
        found = read_attribute(search, at, epochs, numbers);
        if (found == CONTAINER_TOO_MANY && (level > 1 || epochs <= 1))
            found = CONTAINER_ABSENT; /* of something else */
        if (found != CONTAINER_ABSENT || strcmp(at, "/") == 0)
            break;
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0';
    }
    if (found == CONTAINER_NOT_INTEGRAL)
        not_integral(file_path, at, error);
    if (found == CONTAINER_TOO_MANY)
        error_set(error,
                  "%s: %s: its attribute \"epoch\" has another number of "
                  "elements than the %" PRIu64 " epochs of %s; give it one for "
                  "each",
                  file_path, at, epochs, dataset);
    free(at);
    if (found == CONTAINER_ABSENT && above != NULL) {
        free(search->without);
        search->without = above;
    } else {
        free(above);
    }
    numbers->known = found == CONTAINER_READ;
    numbers->from = DUMP_FROM_ATTRIBUTE;
    return found == CONTAINER_READ || found == CONTAINER_ABSENT;
}

/* Looks into the names of a path, from the last one up. The path is cut on the
 * way. */
static enum names_epoch find_in_path(char *path, int64_t *epoch)
{
    for (;;) {
        char *slash = strrchr(path, '/');
        const enum names_epoch found =
            names_epoch_after_keyword(slash != NULL ? slash + 1 : path, epoch);
        if (found != NAMES_NO_EPOCH || slash == NULL)
            return found;
        *slash = '\0';
    }
}

/* The names of the group and of those above it, then that of the file, then
 * those of its folders. */
bool find_epoch_in_names(const char *file, const char *group,
                         struct epoch_numbers *numbers, struct error *error)
{
    *numbers = (struct epoch_numbers){.first = 0};
    char *of_group = strdup(group);
    char *of_file = strndup(file, names_without_suffix(file));
    enum names_epoch found = NAMES_NO_EPOCH;
    const bool good = of_group != NULL && of_file != NULL;
    if (good) {
        numbers->from = DUMP_FROM_GROUP;
        found = find_in_path(of_group, &numbers->first);
    }
    if (good && found == NAMES_NO_EPOCH) {
        numbers->from = DUMP_FROM_FILE;
        char *slash = strrchr(of_file, '/');
        found = names_epoch_after_keyword(slash != NULL ? slash + 1 : of_file,
                                          &numbers->first);
        if (found == NAMES_NO_EPOCH && slash != NULL) {
            *slash = '\0';
            numbers->from = DUMP_FROM_FOLDER;
            found = find_in_path(of_file, &numbers->first);
        }
    }
    free(of_group);
    free(of_file);
    if (!good)
        return error_no_memory(error);
    static const char *const wrong[] = {
        [NAMES_FRACTION] = "a fraction",
        [NAMES_EXPONENT] = "written with an exponent, such as 1e+06",
        [NAMES_TOO_LARGE] = "too large a number"};
    numbers->known = found == NAMES_EPOCH;
    return found == NAMES_EPOCH || found == NAMES_NO_EPOCH ||
           error_set(error,
                     "%s: %s: the epoch in the name of the %s is %s; number "
                     "epochs 0, 1, 2, ...",
                     file, group, dump_epoch_from_name(numbers->from),
                     wrong[found]);
}

void epoch_search_free(struct epoch_search *search)
{
    free(search->without);
    search->without = NULL;
}
