/*
 * discovery.h - what discovery knows while it looks into a file; for
 * discover.c, records.c, pattern_records.c, choices.c and tables.c alone
 */
#ifndef DUMP_DISCOVERY_H
#define DUMP_DISCOVERY_H

#include "dump/dataset_names.h"
#include "dump/discover.h"
#include "dump/epoch_numbers.h"

struct discovery {
    struct dump_index *index;
    const struct dump_names *names;
    size_t file_index;
    size_t first_record; /* of this file */
    struct container_file *file;
    const struct catalog *catalog; /* of the file */
    struct dataset_names logits_names;
    struct dataset_names labels_names;
    struct dataset_names ids_names;
    struct dataset_above labels_above;
    struct dataset_above ids_above;
    struct dataset_above epochs_above;
    struct epoch_search epochs;
    bool in_tables; /* tables are among the groups */
    bool no_memory;
    bool absent;     /* the error is that a dataset does not seem to exist */
    bool cut;        /* what is incomplete of a live file has been left out */
    bool whole_file; /* --group chooses it by its name or a folder's */
    dump_remark_fn remark;
    void *context;
    struct error *error;
};

/*
 * tables.c: a table counts as a group of its fields. Tables are looked for in a
 * file of which nothing else is read: this adds them to the groups, after the
 * others.
 */
bool discovery_find_tables(struct discovery *d);

/* The error that a file holds a frame of pandas, whose columns have no names of
 * their own in it. Returns false. */
bool discovery_is_frame(struct discovery *d);

/* Has a table fields such as logit_0, logit_1, ...? Leaves their path, with a
 * `*`. */
bool discovery_find_classes(struct discovery *d, const char *table,
                            char path[DATASET_PATH_SIZE]);

/* Where the datasets of a record are. */
struct record_paths {
    const char *group;
    const char *logits;
    const char *labels; /* NULL: by their usual or given names */
    const char *ids;    /* likewise */
    bool numbered;      /* the name of the logits has the next number */
    int64_t epoch;
};

const char *discovery_path(const struct discovery *d);

/* The error that a link leads nowhere. Returns false. */
bool discovery_link_is_broken(const struct discovery *d);

/* The error that a group has no `kind` beside its logits, or not the one that
 * the user names (`own`, or NULL). Returns false. */
bool discovery_not_found(struct discovery *d, const char *logits,
                         const char *kind, const char *own,
                         enum error_advice advice);

/* Adds the epoch records of one dataset of logits to the index. In a file that
 * is being written, one that does not fit together is left out. */
bool discovery_add_record(struct discovery *d,
                          const struct record_paths *paths);

/* Adds a dataset to the index, described. Its layout is the caller's, until it
 * is settled: then others share it. */
bool discovery_add_array(struct discovery *d, const char *path,
                         struct dump_layout *layout, uint32_t *number);
bool discovery_settle(struct discovery *d, struct dump_array *array);

/* Describes a dataset that may be unfit: *number is DUMP_NO_ARRAY if it is, or
 * that of an array that the caller settles or takes back. Fails without memory
 * alone. */
bool discovery_try_array(struct discovery *d, const char *path,
                         struct dump_layout *layout, uint32_t *number);
void discovery_take_back(struct discovery *d, uint32_t number);

/* choices.c: notes another dataset with a name that is usual for a role, beside
 * the one that is taken, and what names it in an option; or all that are beside
 * those of a record. */
bool discovery_note_choice(struct discovery *d, uint32_t record,
                           enum dump_role role, uint32_t taken,
                           const char *path, const char *option);
bool discovery_note_choices(struct discovery *d, uint32_t number);

/* found_names.c: takes the class names that a file has beside labels, if it has
 * some. Fails without memory alone. */
bool discovery_find_class_names(struct discovery *d, const char *labels);

/*
 * Adds those whose logits have names with a number of the epoch in them. The
 * pattern is the user's, if that has a `*`, or is found out. *records counts
 * them; it stays the same if there are none.
 */
bool discovery_add_by_pattern(struct discovery *d, size_t *records);

/* Notes datasets that are named like logits, and are not among those of the
 * pattern, as passed over; or those in groups that have no plain one. */
bool discovery_note_other_logits(struct discovery *d, const char *pattern);
bool discovery_note_logits_beside(struct discovery *d);

#endif
