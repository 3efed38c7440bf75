/*
 * sandbox.h - give up what reading untrusted files does not need
 */
#ifndef SYSTEM_SANDBOX_H
#define SYSTEM_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* Files and folders with all that is below them; NULLs and names that do not
 * exist do not count. */
struct sandbox_paths {
    const char *const *list;
    size_t count;
};

struct sandbox {
    struct sandbox_paths read; /* besides what the system's libraries need */
    struct sandbox_paths write;
    bool read_anything;
};

/* What is in force. */
struct sandbox_entered {
    int landlock; /* the version; 0: none */
    bool seccomp;
    /* No file could be opened to say what may be read: there is no Landlock,
     * and the work must not be done. */
    bool out_of_files;
};

/*
 * From here on this process and its children may read and write only these
 * files, change no owners or times of any, open no socket, send no
 * signal to others, trace no process, and run no program: by Landlock (Linux
 * 5.13 and later, more of it in later ones) and by a seccomp filter
 * (seccomp.h). Open files are not affected, except that their modes stay as
 * they are if there is nothing to write. Where the kernel has neither, nothing
 * happens.
 */
struct sandbox_entered sandbox_enter(const struct sandbox *sandbox);

/* "Landlock 6 and seccomp", or "none". */
const char *sandbox_name(const struct sandbox_entered *entered, char text[32]);

#endif
