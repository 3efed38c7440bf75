/*
 * dataset_names.h - which dataset of a group is logits, labels or sample ids
 */
#ifndef DUMP_DATASET_NAMES_H
#define DUMP_DATASET_NAMES_H

#include "dump/container.h"

#define DATASET_PATH_SIZE 2048

/* How the datasets of one role are named. */
struct dataset_names {
    const char *own;          /* as the user has it, perhaps a path; or NULL: */
    const char *const *usual; /* the first of these that exists */
};

/* Names that are usual, up to NULL. */
extern const char *const usual_logits_names[];
extern const char *const usual_labels_names[];
extern const char *const usual_ids_names[];
extern const char *const usual_epochs_names[];

/* Those of ids in a table: `index` comes last, as pandas writes its own. */
extern const char *const usual_ids_fields[];

/* What was found last in the groups above one; all zero: nothing was looked
 * for. */
struct dataset_above {
    char *group; /* in which, or above which; the owner frees it */
    char path[DATASET_PATH_SIZE]; /* "": nothing was found */
};

/* The path of what has a name, which may be a path, below a group; false if it
 * is too long. */
bool dataset_path(const char *group, const char *name,
                  char path[DATASET_PATH_SIZE]);

/* Is there a dataset of this name in a group? Leaves its path. */
bool find_dataset_named(struct container_file *file, const char *group,
                        const char *name, char path[DATASET_PATH_SIZE]);

/* Finds the dataset in a group. A name that starts with a slash counts from the
 * root, and is found in the root only. */
bool find_dataset(struct container_file *file, const char *group,
                  struct dataset_names names, char path[DATASET_PATH_SIZE]);

/* Finds the dataset in a group or, if it has none, in the nearest of those
 * above it that has one. *no_memory becomes true without memory. */
bool find_dataset_upwards(struct container_file *file, const char *group,
                          struct dataset_names names,
                          struct dataset_above *above,
                          char path[DATASET_PATH_SIZE], bool *no_memory);

#endif
