/*
 * epoch_numbers.h - which epochs a dataset of logits has
 *
 * The attribute `epoch` of the dataset or of a group that it is in comes first,
 * then the names of the groups, of the file and of its folders. What the names
 * of all records tell together is for numbering.h.
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
    bool known; /* else nothing tells them */
    enum dump_epoch_from from;
    int64_t first; /* from which the others count on, unless the next is set */
    int64_t *each; /* the number of each epoch, the caller's to free; or NULL */
};

/* Look for the numbers of the `epochs` epochs of a dataset in a group of the
 * file `file_path`: in attributes, and of a single epoch in names. They fail if
 * a number is a fraction or too large. */
bool find_epoch_attribute(struct epoch_search *search, const char *file_path,
                          const char *dataset, uint64_t epochs,
                          struct epoch_numbers *numbers, struct error *error);
bool find_epoch_of_dataset(struct epoch_search *search, const char *file_path,
                           const char *dataset, struct epoch_numbers *numbers,
                           struct error *error); /* in its own attribute */
bool find_epoch_in_names(const char *file_path, const char *group,
                         struct epoch_numbers *numbers, struct error *error);

void epoch_search_free(struct epoch_search *search);

#endif
