/*
 * hidden.h - files under hidden names, locked while in use
 */
#ifndef SYSTEM_HIDDEN_H
#define SYSTEM_HIDDEN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct hidden {
    int fd;
    char *path; /* not always the one asked for; NULL once it is renamed */
};

/*
 * Makes an empty file, or takes over one that a killed program has left, for
 * reading and writing; other processes cannot have it meanwhile. A leftover is
 * known by its mode, a sticky bit that it loses with the hidden name; any other
 * file of that name is somebody's, and stays as it is. Where the name cannot be
 * had (because of such a file, or on a file system without locks), it has
 * another one that is new. False with errno; EBUSY: in use.
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

/* Removes a file that a killed program has left under this name, and no other:
 * none that is in use, or that is not ours. */
void hidden_remove_leftover(const char *path);

/* Could it have this name, as far as that can be known before? False with
 * errno. */
bool hidden_is_ready(const struct hidden *hidden, const char *path);

/* Gives it another name, and its mode; it stays open. False with errno: then it
 * is still there under the name it had. */
bool hidden_rename(struct hidden *hidden, const char *path, mode_t mode);

/* After that: removes it from its new name, unless that has another file by
 * now, and closes it. */
void hidden_withdraw(struct hidden *hidden, const char *path);

/* After that: closes it. */
void hidden_close(struct hidden *hidden);

/* Holds back the signals below, for what must be done whole; the caller
 * restores the mask with pthread_sigmask(). */
void hidden_block_signals(sigset_t *before);

/* The signals that ask a process to end, as terminals and schedulers send them:
 * those that hidden_open() acts on. */
extern const int hidden_signals[];
extern const unsigned hidden_signal_count;

#endif
