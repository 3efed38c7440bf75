/*
 * id_list.h - a file of sample ids, one a line or a column of a CSV
 */
#ifndef TOOL_ID_LIST_H
#define TOOL_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "aum.h"
#include "message.h"

struct id_list {
    char *text;   /* the file's content, cut into strings */
    char **lines; /* the ids, as text */
    size_t count;
};

/*
 * Reads `path` ("-": stdin). If the first line is a CSV header with a column
 * `sample_id`, the ids are that column, else every line is one. Empty lines
 * do not count; lines may end in CR LF. False after an error message. Free
 * with id_list_free() either way.
 */
bool id_list_read(struct id_list *list, const char *path,
                  struct messages *messages);
void id_list_free(struct id_list *list);

/* Marks them in a tally, as numbers or strings, whichever its ids are.
 * *found counts those that it holds. False after an error message. */
bool id_list_mark(const struct id_list *list, const char *path,
                  struct aum_tally *tally, enum aum_id_kind kind, size_t *found,
                  struct messages *messages);

#endif
