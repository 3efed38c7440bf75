/*
 * watch.h - which file the HDF5 library is at work on, for whoever watches
 *
 * Damaged files make the library crash or run for ever. Whoever supervises the
 * process that reads them shares this memory with it, so that it can tell which
 * file is to blame.
 */
#ifndef COMMON_WATCH_H
#define COMMON_WATCH_H

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define DUMP_WATCH_PATH 4096

struct dump_watch {
    atomic_ulong calls; /* of the library, so far; odd: one is going on */
    char path[DUMP_WATCH_PATH]; /* the file of the last one */
};

/* One thread at a time; `watch` may be NULL. */
static inline void dump_watch_enter(struct dump_watch *watch, const char *path)
{
    if (watch == NULL)
        return;
    if (strcmp(watch->path, path) != 0) {
        const size_t length = strlen(path);
        const size_t fits =
            length < DUMP_WATCH_PATH ? length : DUMP_WATCH_PATH - 1;
        memcpy(watch->path, path, fits);
        watch->path[fits] = '\0';
    }
    atomic_fetch_add(&watch->calls, 1);
}

/* In the midst of a call: it gets on with a long list, and does not hang. */
static inline void dump_watch_progress(struct dump_watch *watch)
{
    if (watch != NULL)
        atomic_fetch_add(&watch->calls, 2);
}

static inline void dump_watch_leave(struct dump_watch *watch)
{
    if (watch != NULL)
        atomic_fetch_add(&watch->calls, 1);
}

#endif
