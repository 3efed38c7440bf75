/*
 * path.h - folders and names of paths
 */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stddef.h>

/* The length of what stands before the last name of a path, with the slash. */
size_t path_folder_length(const char *path);

/* `folder` followed by `name`, with a slash between them if it takes one. The
 * caller's to free; NULL without memory. */
char *path_join(const char *folder, size_t folder_length, const char *name);

#endif
