/*
 * inputs.c - FILE arguments -> paths of dumps
 */
#include "input/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/names.h"
#include "common/path.h"
#include "common/fit.h"

/* Takes over `path`, which may be NULL for lack of memory. */
static bool add_path(struct inputs *inputs, char *path, struct error *error)
{
    char **grown = realloc(inputs->paths, (inputs->count + 1) * sizeof *grown);
    if (grown != NULL)
        inputs->paths = grown;
    if (grown == NULL || path == NULL) {
        free(path);
        return error_no_memory(error);
    }
    inputs->paths[inputs->count++] = path;
    return true;
}

static bool is_dump_name(const char *name)
{
    static const char *const endings[] = {".h5", ".hdf5", ".he5"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(endings[i]);
        if (name[0] != '.' && length > n &&
            strcasecmp(name + length - n, endings[i]) == 0)
            return true;
    }
    return false;
}

static int compare_paths(const void *a, const void *b)
{
    return names_compare(*(char *const *)a, *(char *const *)b);
}

static bool add_folder(struct inputs *inputs, const char *folder,
                       bool keep_going, struct messages *messages,
                       struct error *error)
{
    const size_t first = inputs->count;
    bool good = true;
    DIR *stream = opendir(folder);
    const int reason = errno;
    if (stream != NULL) {
        for (struct dirent *entry; good && (entry = readdir(stream)) != NULL;) {
            if (is_dump_name(entry->d_name))
                good = add_path(
                    inputs, path_join(folder, strlen(folder), entry->d_name),
                    error);
        }
        closedir(stream);
        if (!good)
            return false;
        if (inputs->count > first) {
            qsort(inputs->paths + first, inputs->count - first,
                  sizeof *inputs->paths, compare_paths);
            return true;
        }
        error_set(error, "%s: a folder without *.h5, *.hdf5 or *.he5", folder);
    } else {
        error_set(error, "%s: cannot read the folder: %s", folder,
                  text_reason(reason));
    }
    if (!keep_going)
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

static bool drop_repeated(struct inputs *inputs, struct messages *messages,
                          struct error *error)
{
    struct input_identity *files = malloc((inputs->count + 1) * sizeof *files);
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
    for (size_t i = 0; i < n; i++) {
        const size_t known = inputs->identity_count;
        if (known == 0 || !same_file(&files[i], &files[known - 1])) {
            files[inputs->identity_count++] = files[i];
            continue;
        }
        log_warning(messages, "%s: given twice, read once",
                    inputs->paths[files[i].index]);
        free(inputs->paths[files[i].index]);
        inputs->paths[files[i].index] = NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->paths[i] != NULL)
            inputs->paths[kept++] = inputs->paths[i];
    }
    inputs->count = kept;
    return true;
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
        const bool good = is_folder ? add_folder(inputs, files[i], keep_going,
                                                 messages, error)
                                    : add_path(inputs, strdup(files[i]), error);
        if (!good)
            return false;
    }
    return drop_repeated(inputs, messages, error);
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
    free(inputs->identities);
    memset(inputs, 0, sizeof *inputs);
}
