/*
 * hidden.h - files under hidden names, locked while in use
 */
#ifndef SYSTEM_HIDDEN_H
#define SYSTEM_HIDDEN_H

#include <stdbool.h>

struct hidden {
    int fd;
    char *path; /* not always the one asked for */
};

/*
 * Makes an empty file, or takes over one that nobody uses any more, for reading
 * and writing; other processes cannot have it meanwhile. Where that cannot be
 * made sure (a file system without locks, a file of somebody else's in the
 * way), it has another name that is new. False with errno; EBUSY: in use.
 *
 * SIGINT, SIGTERM and other signals that ask this process to end remove it
 * first, until it is forgotten. Its children do not.
 */
bool hidden_open(struct hidden *hidden, const char *path);

/* Makes a folder for files that appear later, at most one; the path must last.
 * False with errno. The same signals remove it if it is empty. */
bool hidden_make_folder(const char *path);

/* Closes and removes it. */
void hidden_remove(struct hidden *hidden);

/* Gives it another name, and closes it. False with errno: then it is still
 * there. */
bool hidden_rename(struct hidden *hidden, const char *path);

/* The signals that ask a process to end, as terminals and schedulers send them:
 * those that hidden_open() acts on. */
extern const int hidden_signals[];
extern const unsigned hidden_signal_count;

#endif
