/*
 * out_file.h - output that is there whole or not at all
 */
#ifndef TEXT_OUT_FILE_H
#define TEXT_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct out_file;

/* What is wrong, in one line. */
struct out_error {
    char text[1200];
    bool closed_pipe; /* the reader has gone: nothing to complain about */
};

/* The temporary files that are there at the moment. */
#define OUT_FILES_MAX 8
#define OUT_PATH_MAX 4096

struct out_unfinished {
    char paths[OUT_FILES_MAX][OUT_PATH_MAX]; /* empty: none */
};

/* Has them written down in `unfinished`, all zero, which another process may
 * look at, should this one die. It must last. */
void out_file_share_unfinished(struct out_unfinished *unfinished);

/* Removes them. */
void out_file_remove_unfinished(const struct out_unfinished *unfinished);

/* False, with "out of memory". */
bool out_error_no_memory(struct out_error *error);

/*
 * Opens `path`, or stdout if NULL. A regular file is written under another
 * name beside its own, which it gets in out_file_close(); if it ends in .gz,
 * compressed. SIGINT, SIGTERM and SIGHUP remove what has been written so far.
 * Up to eight such files at a time. NULL on failure.
 */
struct out_file *out_file_open(const char *path, struct out_error *error);

/* The same for a regular file that others write, without compression: under
 * out_file_temporary(), which they must not replace, and to the end before
 * out_file_close(). */
struct out_file *out_file_reserve(const char *path, struct out_error *error);
const char *out_file_temporary(const struct out_file *file);

bool out_file_write(struct out_file *file, const void *data, size_t size,
                    struct out_error *error);

/* The same of a text; one that has failed is "out of memory". */
bool out_file_write_text(struct out_file *file, const struct text *text,
                         struct out_error *error);

/* Finishes the output; the file is gone either way. */
bool out_file_close(struct out_file *file, struct out_error *error);

/* Leaves no trace; NULL is fine. */
void out_file_abandon(struct out_file *file);

#endif
