/*
 * id_list.h - sample ids as people write them
 */
#ifndef INPUT_ID_LIST_H
#define INPUT_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aum.h"
#include "input/csv_file.h"
#include "common/error.h"

struct id_list {
    const char *source; /* for messages; the caller's */
    struct csv_file file;
    char *copy;   /* of a list on the command line, cut into strings */
    char **texts; /* the ids */
    size_t count;
    size_t repeated; /* ids that were left out, as they came before */
    const char *first_repeated;
    char **others; /* those of other sets of a plan, and which sets these are */
    uint64_t *other_sets;
    size_t other_count;
};

/*
 * Reads `path` ("-": stdin), which may be compressed with gzip. If the first
 * line is a CSV header with a column `sample_id`, the ids are that column, else
 * every line is one. Empty lines do not count; lines may end in CR LF. An id
 * may be in quotes, as in a CSV: "" is the empty one.
 *
 * A plan of several runs has a column `set` as well: only the rows of that set
 * are taken. set 0: there must not be rows of different sets.
 *
 * False with an error. Free with id_list_free() either way.
 */
bool id_list_read(struct id_list *list, const char *path, uint64_t set,
                  struct error *error);

/* "3,17,cat.jpg", or "@FILE" as above, of a file that may have none: no sample
 * was flagged. */
bool id_list_parse(struct id_list *list, const char *text, struct error *error);

/* False, with an error, if there is none. */
bool id_list_has_any(const struct id_list *list, struct error *error);

void id_list_free(struct id_list *list);

/* Ids as numbers or strings, in the order of their texts. */
struct id_values {
    struct aum_ids ids;
    size_t *which; /* of the texts; those that no sample of this kind can have
                      are left out */
    size_t count;
    void *memory;
};

/* Texts -> ids of a kind; strings stay where they are. False with an error:
 * integers are asked for and a text is none. */
bool id_values_parse(struct id_values *values, char *const *texts, size_t count,
                     enum aum_id_kind kind, const char *source,
                     struct error *error);
void id_values_free(struct id_values *values);

/* Marks the list's samples in a tally as threshold samples, as numbers or
 * strings, whichever its ids are. *found counts those that it holds. False
 * with an error. */
bool id_list_mark(const struct id_list *list, struct aum_tally *tally,
                  size_t *found, struct error *error);

#endif
