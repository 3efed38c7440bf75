/*
 * progress.h - a bar on the terminal: epochs, bytes, time left
 */
#ifndef UI_PROGRESS_H
#define UI_PROGRESS_H

#include <stdint.h>

#include "ui/log.h"

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct progress {
    struct messages *messages;
    bool shown;
    const char *what; /* in front of the bar; NULL: nothing */
    uint64_t epochs;
    uint64_t bytes;
    double start; /* seconds; likewise the next */
    double last_drawn;
};

/* Is there to be a bar? */
bool progress_wanted(const struct messages *messages, enum progress_when when);

/* Counts from now to so many epochs and bytes. */
void progress_start(struct progress *progress, struct messages *messages,
                    bool shown, uint64_t epochs, uint64_t bytes);

/* Tells how far the work is; draws a few times a second. */
void progress_update(struct progress *progress, uint64_t epochs,
                     uint64_t bytes);

/* Tells, in place of a bar, which of the files is being looked into, and how
 * many epoch records have been found. */
void progress_look(struct progress *progress, size_t file, size_t files,
                   size_t records);

/* Takes the bar away. */
void progress_end(struct progress *progress);

/* The bar's text for a terminal of so many columns. */
void progress_format(char *text, size_t size, int columns, uint64_t epoch,
                     uint64_t epochs, uint64_t bytes, uint64_t all_bytes,
                     double seconds);

#endif
