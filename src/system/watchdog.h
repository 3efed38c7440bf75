/*
 * watchdog.h - waits for a child, and ends one that does not come back; for
 * supervisor.c and watchdog.c alone
 */
#ifndef SYSTEM_WATCHDOG_H
#define SYSTEM_WATCHDOG_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "system/supervisor.h"

/* The highest exit status that is our own. */
#define STATUS_MAX 3

enum why_killed {
    NOT_KILLED,
    KILLED_BY_SIGNAL,
    KILLED_HANGING,
    KILLED_STALLED
};

struct ending {
    int status;          /* as waitpid() tells it */
    uint64_t peak;       /* bytes of memory that it has had */
    enum why_killed why; /* if the parent did it */
    int signal_number;   /* the signal that asked for it */
};

/* SIGCHLD, and the signals that end this process and so the child. */
void watchdog_signals(sigset_t *set);

/* Waits until the child has ended; these signals are blocked. */
struct ending watchdog_wait(const struct supervisor *supervisor, pid_t child,
                            const sigset_t *signals);

/* Says a line by one of the functions of supervisor->voice. */
__attribute__((format(printf, 3, 4))) void
supervisor_say(const struct supervisor *supervisor,
               void (*function)(void *context, const char *text),
               const char *format, ...);

/* Which of the files the child is at work on; SIZE_MAX: none that the parent
 * knows. */
size_t supervisor_present_file(const struct supervisor *supervisor);

#endif
