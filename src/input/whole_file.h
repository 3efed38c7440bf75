/*
 * whole_file.h - a text file of the user's, whole in memory
 */
#ifndef INPUT_WHOLE_FILE_H
#define INPUT_WHOLE_FILE_H

#include "ui/message.h"

/*
 * Reads `path` ("-": stdin). What is compressed with gzip, whatever its name,
 * is inflated. The text is the caller's to free; NULL after an error message,
 * which is also due if it holds a NUL and so is no text.
 */
char *whole_file_read(const char *path, struct messages *messages);

#endif
