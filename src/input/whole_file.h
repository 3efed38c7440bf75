/*
 * whole_file.h - a text file of the user's, whole in memory
 */
#ifndef INPUT_WHOLE_FILE_H
#define INPUT_WHOLE_FILE_H

#include "common/error.h"

/*
 * Reads `path` ("-": stdin). What is compressed with gzip, whatever its name,
 * is inflated. The text is the caller's to free; NULL with an error,
 * which is also due if it holds a NUL and so is no text.
 */
char *whole_file_read(const char *path, struct error *error);

#endif
