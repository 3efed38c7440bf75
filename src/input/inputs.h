/*
 * inputs.h - FILE arguments -> paths of dumps
 */
#ifndef INPUT_INPUTS_H
#define INPUT_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ui/log.h"

struct input_identity {
    dev_t device;
    ino_t inode;
    size_t index;
    const char *path; /* one of the next; NULL: dropped */
};

struct inputs {
    char **paths;
    size_t count;
    size_t failed; /* arguments that were left out, with --keep-going */
    struct input_identity *identities; /* of those that exist, in order */
    size_t identity_count;
};

/*
 * A folder stands for its *.h5, *.hdf5 and *.he5, in natural order. A file
 * that comes twice is taken once, with a warning. With
 * keep_going, a folder without dumps is left out with a warning. The caller
 * frees with inputs_free() either way.
 */
bool inputs_expand(struct inputs *inputs, char *const *files, size_t count,
                   bool keep_going, struct messages *messages,
                   struct error *error);

/* Removes `path` from them, whatever its name is there. */
void inputs_drop(struct inputs *inputs, const char *path);

/* How many files both have; *path is the first of them by name, as `b` has it.
 */
size_t inputs_shared(const struct inputs *a, const struct inputs *b,
                     const char **path);

void inputs_free(struct inputs *inputs);

#endif
