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

/* What is in a folder and is not read. */
struct input_passed {
    char *path;
    const char *reason; /* a constant: "hidden", "not a dump's name" */
};

/* So many are kept of these. */
#define INPUT_PASSED_MAX 10000

struct inputs {
    char **paths;
    bool *from_folder; /* of each path: it was found in a folder that was given,
                          and is passed over if it is no dump */
    size_t count;
    size_t failed; /* arguments that were left out, with --keep-going */
    struct input_identity *identities; /* of those that exist, in order */
    size_t identity_count;
    struct input_passed *passed;
    size_t passed_count;
    size_t passed_more; /* that are not kept */
};

/*
 * A folder stands for the dumps in it and in its subfolders, by their names'
 * endings, in natural order. Hidden files and other names are passed over with
 * a note. A file that comes twice is taken once, with a warning if it was named
 * twice; of several names, by one that has the number of an epoch. With
 * keep_going, a folder without dumps is left out with a warning. The caller
 * frees with inputs_free() either way.
 */
bool inputs_expand(struct inputs *inputs, char *const *files, size_t count,
                   bool keep_going, struct messages *messages,
                   struct error *error);

/* Notes that a path is passed over; the reason has to be a constant. */
bool inputs_pass(struct inputs *inputs, const char *path, const char *reason);

/* For folders.c: adds a path, which is taken over, and may be NULL for lack of
 * memory. */
bool inputs_add(struct inputs *inputs, char *path, bool from_folder,
                struct error *error);

/* folders.c: adds the dumps of a folder. False, with an error, if there are
 * none. */
bool inputs_add_folder(struct inputs *inputs, const char *folder,
                       struct messages *messages, struct error *error);

/* Removes `path` from them, whatever its name is there. */
void inputs_drop(struct inputs *inputs, const char *path);

/* How many files both have; *path is the first of them by name, as `b` has it.
 */
size_t inputs_shared(const struct inputs *a, const struct inputs *b,
                     const char **path);

void inputs_free(struct inputs *inputs);

#endif
