/*
 * dataset_names.c - which dataset of a group is logits, labels or sample ids
 */
#include "dump/dataset_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const usual_logits_names[] = {"logits", "logit",  "outputs",
                                          "output", "scores", NULL};
const char *const usual_labels_names[] = {
    "noisy_labels", "given_labels", "labels", "label",
    "targets",      "target",       "y",      "y_true",
    "true_labels",  "ground_truth", "gt",     NULL};
const char *const usual_ids_names[] = {
    "indices",   "index",         "idx",  "ids",   "id", "sample_ids",
    "sample_id", "image_indices", "guid", "guids", NULL};

const char *const usual_ids_fields[] = {
    "indices",       "idx",  "ids",   "id",    "sample_ids", "sample_id",
    "image_indices", "guid", "guids", "index", NULL};

const char *const usual_epochs_names[] = {
    "epoch", "epochs", "epoch_idx", "epoch_index", "epoch_number", NULL};

bool dataset_path(const char *group, const char *name,
                  char path[DATASET_PATH_SIZE])
{
    const int length = snprintf(path, DATASET_PATH_SIZE, "%s/%s",
                                strcmp(group, "/") == 0 ? "" : group, name);
    return length >= 0 && length < DATASET_PATH_SIZE;
}

#define OCTAVE_VALUE "/value"

/* Is there a dataset of this name, which may be a path, below a group? Or an
 * array of Octave, which is a group that has it. */
static bool is_dataset(struct container_file *file, const char *group,
                       const char *name, char path[DATASET_PATH_SIZE])
{
    if (!dataset_path(group, name, path))
        return false;
    if (file->format->has_dataset(file, path))
        return true;
    const size_t length = strlen(path);
    if (length + sizeof OCTAVE_VALUE > DATASET_PATH_SIZE ||
        !file->format->is_octave_array(file, path))
        return false;
    memcpy(path + length, OCTAVE_VALUE, sizeof OCTAVE_VALUE);
    return file->format->has_dataset(file, path);
}

bool find_dataset_named(struct container_file *file, const char *group,
                        const char *name, char path[DATASET_PATH_SIZE])
{
    return file->format->has_link(file, group, name) &&
           is_dataset(file, group, name, path);
}

bool find_dataset(struct container_file *file, const char *group,
                  struct dataset_names names, char path[DATASET_PATH_SIZE])
{
    if (names.own != NULL) {
        const bool from_root = names.own[0] == '/';
        return (!from_root || strcmp(group, "/") == 0) &&
               is_dataset(file, group, names.own + from_root, path);
    }
    for (const char *const *name = names.usual; *name != NULL; name++) {
        if (find_dataset_named(file, group, *name, path))
            return true;
    }
    return false;
}

/* What is above the groups of epochs is the same for most of them, and kept. */
bool find_dataset_upwards(struct container_file *file, const char *group,
                          struct dataset_names names,
                          struct dataset_above *above,
                          char path[DATASET_PATH_SIZE], bool *no_memory)
{
    if (find_dataset(file, group, names, path))
        return true;
    if (strcmp(group, "/") == 0)
        return false;
    char *parent = strdup(group);
    if (parent == NULL) {
        *no_memory = true;
        return false;
    }
    char *slash = strrchr(parent, '/');
    slash[slash == parent] = '\0'; /* keep the root's own slash */
    if (above->group == NULL || strcmp(above->group, parent) != 0) {
        const bool found =
            find_dataset_upwards(file, parent, names, above, path, no_memory);
        free(above->group);
        above->group = parent;
        snprintf(above->path, sizeof above->path, "%s", found ? path : "");
    } else {
        free(parent);
    }
    snprintf(path, DATASET_PATH_SIZE, "%s", above->path);
    return above->path[0] != '\0';
}
