/*
 * folders.c - the dumps in a folder and its subfolders
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/fit.h"
#include "common/names.h"
#include "common/path.h"
#include "input/inputs.h"

#define DEPTH_MAX 64
#define FOLDERS_MAX 1000000u /* links in links may lead to very many */

/* A folder that is being looked into, and those that it is in. */
struct level {
    const struct level *above;
    size_t depth;
    dev_t device;
    ino_t inode;
};

struct search {
    struct inputs *inputs;
    struct error *error;
    size_t folders;
    size_t others; /* files whose names are no dumps' */
};

#define ENDINGS "*.h5, *.hdf5, *.hdf, *.h5py, *.he5 or *.nc"

static bool is_dump_name(const char *name)
{
    static const char *const endings[] = {".h5",   ".hdf5", ".hdf",
                                          ".h5py", ".he5",  ".nc"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(endings[i]);
        if (length > n && strcasecmp(name + length - n, endings[i]) == 0)
            return true;
    }
    return false;
}

static bool pass(struct search *search, const char *path, const char *reason)
{
    return inputs_pass(search->inputs, path, reason) ||
           error_no_memory(search->error);
}

static bool add_folder(struct search *search, const char *folder,
                       const struct level *above);

/* Links may lead back to a folder that we are in. */
static bool is_above(const struct level *level, const struct stat *status)
{
    for (; level != NULL; level = level->above) {
        if (level->device == status->st_dev && level->inode == status->st_ino)
            return true;
    }
    return false;
}

/* Takes over the path, NULL without memory. */
static bool add_entry(struct search *search, char *path,
                      const struct level *level)
{
    struct stat status;
    if (path == NULL)
        return error_no_memory(search->error);
    const char *name = path + path_folder_length(path);
    const bool exists = stat(path, &status) == 0;
    bool good;
    if (name[0] == '.')
        good = pass(search, path, "hidden");
    else if (exists && S_ISDIR(status.st_mode))
        good = is_above(level, &status)
                   ? pass(search, path, "a folder that it is in")
                   : add_folder(search, path, level);
    else if (is_dump_name(name))
        return inputs_add(search->inputs, path, true, search->error);
    else
        good = pass(search, path, "not a dump's name") && ++search->others > 0;
    free(path);
    return good;
}

static bool read_entries(struct search *search, const char *folder,
                         const struct level *level)
{
    bool good = true;
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return error_set(search->error, "%s: cannot read the folder: %s",
                         folder, text_reason(errno));
    errno = 0;
    for (struct dirent *entry; good && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            good = add_entry(search,
                             path_join(folder, strlen(folder), entry->d_name),
                             level);
        errno = 0;
    }
    const int reason = errno;
    closedir(stream);
    return good && (reason == 0 ||
                    error_set(search->error, "%s: cannot read the folder: %s",
                              folder, text_reason(reason)));
}

static bool add_folder(struct search *search, const char *folder,
                       const struct level *above)
{
    struct stat status;
    if (stat(folder, &status) != 0)
        return error_set(search->error, "%s: cannot read the folder: %s",
                         folder, text_reason(errno));
    const struct level level = {.above = above,
                                .depth = above != NULL ? above->depth + 1 : 0,
                                .device = status.st_dev,
                                .inode = status.st_ino};
    if (level.depth > DEPTH_MAX)
        return error_set(search->error,
                         "%s: folders in folders, more than %d "
                         "deep",
                         folder, DEPTH_MAX);
    if (++search->folders > FOLDERS_MAX)
        return error_set(search->error, "%s: the %u-th folder; do links lead "
                         "round in circles?", folder, FOLDERS_MAX + 1);
    return read_entries(search, folder, &level);
}

static int compare_paths(const void *a, const void *b)
{
    return names_compare(*(char *const *)a, *(char *const *)b);
}

bool inputs_add_folder(struct inputs *inputs, const char *folder,
                       struct messages *messages, struct error *error)
{
    struct search search = {.inputs = inputs, .error = error};
    const size_t first = inputs->count;
    if (!add_folder(&search, folder, NULL))
        return false;
    if (inputs->count == first)
        return error_set(error, "%s: a folder without " ENDINGS, folder);
    if (search.others > 0)
        log_note(
            messages,
            "%s: passed over %zu file%s of other names (--list shows them)",
            folder, search.others, search.others == 1 ? "" : "s");
    qsort(inputs->paths + first, inputs->count - first, sizeof *inputs->paths,
          compare_paths);
    return true;
}
