/*
 * supervisor.h - work in a process of its own, watched by this one
 *
 * The HDF5 library crashes on some damaged files, or runs for ever, or asks for
 * all memory there is. So the files are read in a child process. If that dies,
 * the parent removes what it has begun to write, says which file is to blame,
 * and, with --keep-going, starts it again without that file.
 */
#ifndef TOOL_SUPERVISOR_H
#define TOOL_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"
#include "out_file.h"
#include "watch.h"

/* What the two processes share. */
struct supervised {
    struct dump_watch watch;
    struct out_unfinished unfinished;
    atomic_bool told; /* the child has said what is wrong */
};

struct supervisor {
    struct supervised *shared; /* NULL: there is no child */
    char **bad_files;          /* those that children have died of */
    size_t bad_count;
    bool keep_going;
    struct messages *messages;
};

/*
 * Runs work(context) in a child process and returns its status, or
 * `failed_status` after an error message if it died. The child must not return
 * by another way. Signals that ask this process to end are passed on, and it
 * ends by them when the child has. Without a second process to be had, does the
 * work in this one.
 */
int supervisor_run(struct supervisor *supervisor, int (*work)(void *context),
                   void *context, int failed_status);

/* In a child: is this one of the files that earlier children died of? */
bool supervisor_is_bad(const struct supervisor *supervisor, const char *path);

/* In a child: allows it so many bytes of memory more than it has, so that the
 * library's appetite is an error and not the end of other programs. */
void supervisor_allow_memory(const struct supervisor *supervisor, size_t bytes);

void supervisor_free(struct supervisor *supervisor);

#endif
