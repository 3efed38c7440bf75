/*
 * epoch_numbers.h - which epochs a dataset of logits has
 *
 * The attribute `epoch` of the dataset or of a group that it is in comes first,
 * then the names of the groups and of the file.
 */
#ifndef DUMP_EPOCH_NUMBERS_H
#define DUMP_EPOCH_NUMBERS_H

#include "dump/container.h"

/* The same for all datasets of a file; all zero but `file` at first. */
struct epoch_search {
    struct container_file *file;
    char *without; /* a group: neither it nor those above have a number */
    bool no_memory;
};

struct epoch_numbers {
    int64_t first; /* from which the others count on, unless the next is set */
    int64_t *each; /* the number of each epoch, the caller's to free; or NULL */
};

/* Finds the numbers of the `epochs` epochs of a dataset in a group of the file
 * `file_path`. False if nothing tells any. */
bool find_epoch_numbers(struct epoch_search *search, const char *file_path,
                        const char *group, const char *dataset, uint64_t epochs,
                        struct epoch_numbers *numbers);

void epoch_search_free(struct epoch_search *search);

#endif
