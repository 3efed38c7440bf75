/*
 * class_file.h - a file with the names of the classes
 */
#ifndef INPUT_CLASS_FILE_H
#define INPUT_CLASS_FILE_H

#include "common/class_labels.h"
#include "common/class_names.h"
#include "common/error.h"

/*
 * Reads a name a line; or a CSV with the columns `index`, the label of a class
 * as dumps have it, and `name`. False with an error; free the names with
 * class_names_free() either way.
 */
bool class_file_read(struct class_names *names, const char *path,
                     const struct class_labels *labels, struct error *error);

#endif
