/*
 * numbering.h - what the records of a run tell together: which are one, and
 * which epochs those without a number of their own are
 */
#ifndef DUMP_NUMBERING_H
#define DUMP_NUMBERING_H

#include "dump/index.h"

struct dump_numbering {
    /* A state will keep the numbers: none may depend on the names of other
     * dumps, which the next run may not be given. */
    bool alone;
    bool mix_splits; /* records of training and test data belong together */
};

/*
 * Settles which records there are and their epochs, once all dumps of a run
 * have been looked into:
 *
 * - Records must not differ in a word such as "train" and "test", in the names
 *   of groups, files or folders.
 * - Records of the same datasets, under several names, become one.
 * - If some records have a number of their own and others none, it is an error.
 * - If none has one, the only number in their names that varies is taken; if
 *   there is none, the place in the natural order of the names. Without sample
 *   ids these are epochs only if they have the same samples, as far as labels
 *   tell.
 */
bool dump_number_records(struct dump_index *index,
                         const struct dump_numbering *numbering,
                         struct error *error);

/* ---- the steps, for numbering.c ---- */

/* choices.c: compares what was taken with what was not. */
bool dump_compare_choices(struct dump_index *index, struct error *error);

/* epoch_datasets.c: reads the numbers that datasets have. */
bool dump_read_epochs(struct dump_index *index, struct error *error);

/* splits.c */
bool dump_check_splits(const struct dump_index *index, struct error *error);

/* aliases.c */
bool dump_drop_aliases(struct dump_index *index, struct error *error);

/* aliases.c, after it: are virtual logits and what they are made of both read?
 * Rows would count twice. */
bool dump_check_sources(const struct dump_index *index, struct error *error);

/*
 * same_labels.c: do all records have as many rows as the first one and the same
 * labels in the same order, of two classes or more? Only the first `rows` of
 * each are compared.
 */
bool dump_same_labels(const struct dump_index *index, uint64_t rows,
                      struct error *error);

#endif
