/*
 * out_file.h - output that is there whole or not at all
 */
#ifndef TEXT_OUT_FILE_H
#define TEXT_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct out_file;

/* What is wrong, in one line. */
struct out_error {
    char text[1200];
    bool closed_pipe; /* the reader has gone: nothing to complain about */
};

/* False, with "out of memory". */
bool out_error_no_memory(struct out_error *error);

/*
 * Opens `path`, or stdout if NULL. A regular file is written under another
 * name beside its own, which it gets in out_file_close(); if it ends in .gz,
 * compressed. SIGINT, SIGTERM and SIGHUP remove what has been written so far.
 * Up to eight such files at a time. NULL on failure.
 */
struct out_file *out_file_open(const char *path, struct out_error *error);

bool out_file_write(struct out_file *file, const void *data, size_t size,
                    struct out_error *error);

/* Finishes the output; the file is gone either way. */
bool out_file_close(struct out_file *file, struct out_error *error);

/* Leaves no trace; NULL is fine. */
void out_file_abandon(struct out_file *file);

#endif
