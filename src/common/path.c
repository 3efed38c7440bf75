/*
 * path.c - folders and names of paths
 */
#include "common/path.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t path_folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

char *path_join(const char *folder, size_t folder_length, const char *name)
{
    const size_t name_length = strlen(name);
    const bool slash = folder_length > 0 && folder[folder_length - 1] != '/';
    if (name_length > SIZE_MAX / 2 - 2 || folder_length > SIZE_MAX / 2)
        return NULL;
    char *path = malloc(folder_length + name_length + 2);
    if (path == NULL)
        return NULL;
    if (folder_length > 0)
        memcpy(path, folder, folder_length);
    if (slash)
        path[folder_length] = '/';
    memcpy(path + folder_length + slash, name, name_length + 1);
    return path;
}
