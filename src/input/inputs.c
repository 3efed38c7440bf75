/*
 * inputs.c - FILE arguments -> paths of dumps
 */
#include "input/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/buffer.h"
#include "common/names.h"

bool inputs_add(struct inputs *inputs, char *path, bool from_folder,
                struct error *error)
{
    char **paths = realloc(inputs->paths, (inputs->count + 1) * sizeof *paths);
    if (paths != NULL)
        inputs->paths = paths;
    bool *from =
        realloc(inputs->from_folder, (inputs->count + 1) * sizeof *from);
    if (from != NULL)
        inputs->from_folder = from;
    if (paths == NULL || from == NULL || path == NULL) {
        free(path);
        return error_no_memory(error);
    }
    inputs->from_folder[inputs->count] = from_folder;
    inputs->paths[inputs->count++] = path;
    return true;
}

bool inputs_pass(struct inputs *inputs, const char *path, const char *reason)
{
    if (inputs->passed_count >= INPUT_PASSED_MAX) {
        inputs->passed_more++;
        return true;
    }
    void *grown =
        list_grow(inputs->passed, inputs->passed_count, sizeof *inputs->passed);
    if (grown == NULL)
        return false;
    inputs->passed = grown;
    struct input_passed *passed = &inputs->passed[inputs->passed_count++];
    *passed = (struct input_passed){strdup(path), reason};
    return passed->path != NULL;
}

/* Adds a folder; with keep_going, one that is bad is left out. */
static bool add_folder(struct inputs *inputs, const char *folder,
                       bool keep_going, struct messages *messages,
                       struct error *error)
{
    if (inputs_add_folder(inputs, folder, messages, error))
        return true;
    if (!keep_going || error->no_memory)
        return false;
    inputs->failed++;
    log_warning(messages, "skipped: %s", error->text);
    return true;
}

static int compare_identities(const void *a, const void *b)
{
    const struct input_identity *x = a;
    const struct input_identity *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool same_file(const struct input_identity *a,
                      const struct input_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}

/* How good a name is to know a dump by: one that numbers an epoch is best. */
static int rank_name(const char *path)
{
    int64_t unused;
    char *copy = strndup(path, names_without_suffix(path));
    int rank = 0;
    for (char *slash = copy; copy != NULL && slash != NULL && rank == 0;) {
        slash = strrchr(copy, '/');
        const char *name = slash != NULL ? slash + 1 : copy;
        if (names_epoch_after_keyword(name, &unused) != NAMES_NO_EPOCH)
            rank = 2;
        if (slash != NULL)
            *slash = '\0';
    }
    free(copy);
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    if (rank == 0 && name[strcspn(name, "0123456789")] != '\0')
        rank = 1;
    return rank;
}

/* Of the names of one file: which one is it known by? */
static size_t best_name(const struct inputs *inputs,
                        const struct input_identity *names, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        if (rank_name(inputs->paths[names[i].index]) >
            rank_name(inputs->paths[names[best].index]))
            best = i;
    }
    return best;
}

struct repeated {
    size_t count; /* files that were named twice */
    char *first;  /* one of them */
};

/* Drops the other names of a file. Those that were found in one folder are no
 * news. */
static bool drop_names(struct inputs *inputs, struct input_identity *names,
                       size_t count, size_t best, struct repeated *repeated)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        char **path = &inputs->paths[names[i].index];
        if (i == best)
            continue;
        const bool same = strcmp(*path, inputs->paths[names[best].index]) == 0;
        if (!inputs->from_folder[names[i].index] || same) {
            if (repeated->count++ == 0) {
                repeated->first = strdup(*path);
                good = repeated->first != NULL;
            }
        } else {
            good = good && inputs_pass(inputs, *path, "another name of a file");
        }
        free(*path);
        *path = NULL;
    }
    return good;
}

static void remove_gaps(struct inputs *inputs)
{
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->paths[i] == NULL)
            continue;
        inputs->from_folder[kept] = inputs->from_folder[i];
        inputs->paths[kept++] = inputs->paths[i];
    }
    inputs->count = kept;
}

static bool drop_repeated(struct inputs *inputs, struct messages *messages,
                          struct error *error)
{
    struct input_identity *files = malloc((inputs->count + 1) * sizeof *files);
    struct repeated repeated = {0, NULL};
    bool good = true;
    if (files == NULL)
        return error_no_memory(error);
    inputs->identities = files;
    size_t n = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        struct stat status; /* what cannot be looked at fails later */
        if (stat(inputs->paths[i], &status) == 0)
            files[n++] = (struct input_identity){status.st_dev, status.st_ino,
                                                 i, inputs->paths[i]};
    }
    qsort(files, n, sizeof *files, compare_identities);
    for (size_t i = 0, end; good && i < n; i = end) {
        for (end = i + 1; end < n && same_file(&files[i], &files[end]);)
            end++;
        const size_t best = best_name(inputs, files + i, end - i);
        const struct input_identity kept = files[i + best];
        good = drop_names(inputs, files + i, end - i, best, &repeated);
        files[inputs->identity_count++] = kept;
    }
    remove_gaps(inputs);
    if (good && repeated.count == 1)
        log_warning(messages, "%s: given twice, read once", repeated.first);
    else if (good && repeated.count > 1)
        log_warning(messages,
                    "%zu files are given twice, and read once, %s "
                    "among them",
                    repeated.count, repeated.first);
    free(repeated.first);
    return good || error_no_memory(error);
}

static int compare_passed(const void *a, const void *b)
{
    return names_compare(((const struct input_passed *)a)->path,
                         ((const struct input_passed *)b)->path);
}

bool inputs_expand(struct inputs *inputs, char *const *files, size_t count,
                   bool keep_going, struct messages *messages,
                   struct error *error)
{
    memset(inputs, 0, sizeof *inputs);
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        const bool is_folder =
            stat(files[i], &status) == 0 && S_ISDIR(status.st_mode);
        const bool good =
            is_folder
                ? add_folder(inputs, files[i], keep_going, messages, error)
                : inputs_add(inputs, strdup(files[i]), false, error);
        if (!good)
            return false;
    }
    if (!drop_repeated(inputs, messages, error))
        return false;
    if (inputs->passed_count > 0)
        qsort(inputs->passed, inputs->passed_count, sizeof *inputs->passed,
              compare_passed);
    return true;
}

void inputs_drop(struct inputs *inputs, const char *path)
{
    struct stat wanted;
    struct stat status;
    size_t i = 0;
    if (stat(path, &wanted) != 0)
        return;
    while (i < inputs->count &&
           (stat(inputs->paths[i], &status) != 0 ||
            status.st_dev != wanted.st_dev || status.st_ino != wanted.st_ino))
        i++;
    if (i == inputs->count)
        return;
    for (size_t k = 0; k < inputs->identity_count; k++) {
        if (inputs->identities[k].path == inputs->paths[i])
            inputs->identities[k].path = NULL;
    }
    free(inputs->paths[i]);
    inputs->count--;
    memmove(inputs->paths + i, inputs->paths + i + 1,
            (inputs->count - i) * sizeof *inputs->paths);
    memmove(inputs->from_folder + i, inputs->from_folder + i + 1,
            (inputs->count - i) * sizeof *inputs->from_folder);
}

size_t inputs_shared(const struct inputs *a, const struct inputs *b,
                     const char **path)
{
    size_t count = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < a->identity_count && j < b->identity_count) {
        const struct input_identity *x = &a->identities[i];
        const struct input_identity *y = &b->identities[j];
        const bool before = x->device != y->device ? x->device < y->device
                                                   : x->inode < y->inode;
        const bool same = same_file(x, y) && x->path != NULL && y->path != NULL;
        if (same && (count == 0 || names_compare(y->path, *path) < 0))
            *path = y->path;
        count += same;
        i += before || same_file(x, y);
        j += !before;
    }
    return count;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->paths[i]);
    free(inputs->paths);
    free(inputs->from_folder);
    for (size_t i = 0; i < inputs->passed_count; i++)
        free(inputs->passed[i].path);
    free(inputs->passed);
    free(inputs->identities);
    memset(inputs, 0, sizeof *inputs);
}
