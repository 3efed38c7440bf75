/*
 * supervisor.h - work in a process of its own, watched by this one
 *
 * The HDF5 library crashes on some damaged files, or runs for ever, or asks for
 * all memory there is. So the files are read in a child process. If that dies,
 * the parent says which file is to blame and, with --keep-going, starts it
 * again without that file.
 *
 * A file may make the child do anything, so the parent believes nothing that it
 * says: it names no file but those that it was given, and does nothing that the
 * child could not do itself.
 */
#ifndef SYSTEM_SUPERVISOR_H
#define SYSTEM_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/watch.h"

/* What the two processes share; the child writes it. */
struct supervised {
    struct dump_watch watch;
    atomic_bool told;     /* it has said what is wrong */
    atomic_bool reading;  /* it waits for files, if for anything */
    atomic_bool written;  /* it has begun to write */
    atomic_bool finished; /* the work has returned */
    atomic_ullong limit;  /* that it has set to its memory; 0: none */
};

/* How the parent speaks; `context` is handed to each function. */
struct supervisor_voice {
    void *context;
    /* One line; the child may have left the cursor anywhere. */
    void (*note)(void *context, const char *text);
    void (*warn)(void *context, const char *text);
    void (*fail)(void *context, const char *text);
    /* In the child, as it starts: it is to set *told once it has said what is
     * wrong; `quiet`: libraries are to have nowhere to write to. */
    void (*start)(void *context, atomic_bool *told, bool quiet);
    /* In the child: this program allows itself so many bytes; 0: no limit. */
    void (*limit)(void *context, uint64_t bytes);
};

/* Numbers that are 0 are the usual ones. */
struct supervisor_limits {
    bool alone; /* there is to be no child, for debuggers */
    double
        call_seconds; /* processor time that one call of a library may take */
    double note_seconds;  /* without progress, until a note says so */
    double stall_seconds; /* until the child is ended; usually never */
    bool has_memory;
    uint64_t memory; /* bytes that the child may take; UINT64_MAX: any */
};

struct supervisor {
    struct supervisor_voice voice;
    struct supervisor_limits limits;
    struct supervised *shared; /* NULL: there is no child */
    /* The files that may be read, and so blamed; the caller's. */
    const char *const *files;
    size_t file_count;
    bool *bad; /* those that children have died of */
    bool keep_going;
};

/*
 * Runs work(context) in a child process and returns its status, or
 * `failed_status` after an error message if it died. The child must not end
 * in another way. When a signal asks this process to end, the child ends first,
 * and after(context) is called. A child that cannot be had is an error; with
 * limits.alone, there is to be none.
 */
int supervisor_run(struct supervisor *supervisor, int (*work)(void *context),
                   void (*after)(void *context), void *context,
                   int failed_status);

/* In a child: is this one of the files that earlier children died of? */
bool supervisor_is_bad(const struct supervisor *supervisor, const char *path);

/* In a child: allows it so many bytes of memory more than it has, so that the
 * library's appetite is an error and not the end of other programs. The
 * messages say that it was this limit. limits.memory is another one, for all of
 * it. */
void supervisor_allow_memory(const struct supervisor *supervisor, size_t bytes);

/* In a child: it begins to write, so that no other can start anew. */
void supervisor_set_written(const struct supervisor *supervisor);

/* In a child: from now on it waits for the files that it reads, if for
 * anything; or it does not: it waits for what takes its output, which may be a
 * pipe that somebody reads slowly, and is never taken for a stall. NULL is
 * fine.
 */
void supervisor_set_reading(const struct supervisor *supervisor, bool reading);

void supervisor_free(struct supervisor *supervisor);

#endif
