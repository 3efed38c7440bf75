/*
 * guard.h - the HDF5 library opens other files through this, or not at all
 *
 * Links, virtual datasets and damage make the library open files that nobody
 * has named to us, in ways that depend on its version. So files are opened with
 * a file driver of our own: it reads as the library's own driver does, and
 * opens only what a dump may name (trust.h). A file that the library opens from
 * another one has the same driver and the same guard.
 *
 * The library opens raw external files without a driver; sources.h looks at
 * them beforehand.
 */
#ifndef DUMP_HDF5_GUARD_H
#define DUMP_HDF5_GUARD_H

#include <hdf5.h>
#include <stdint.h>

#include "common/error.h"
#include "dump/trust.h"

/* One for each dump that is open; the library's files share it. */
struct guard {
    unsigned long references;
    const struct dump_trust *trust; /* NULL: the next alone */
    struct dump_trust own;          /* the folders of the dump */
    char refused[900]; /* what was not opened and why, the first; or "" */
    char failed[300];  /* the first name that did not open since one did */
};

/* Teaches the library the driver; once it has started. */
bool guard_start(void);

/* Properties to open `path` with, for H5Fopen(); the caller closes them.
 * Negative on failure. `trust` may be NULL and must outlive the file. */
hid_t guard_access(const char *path, const struct dump_trust *trust);

/* That of an open file, or of the file that an object is in; NULL if there is
 * none. It lives as long as the file is open. */
struct guard *guard_of(hid_t object);

enum guard_answer {
    GUARD_ABSENT, /* no such file, or out of reach */
    GUARD_GOOD,
    GUARD_REFUSED, /* and `refused` says why */
    GUARD_NO_MEMORY
};

/* May a file be opened? */
enum guard_answer guard_ask(struct guard *guard, const char *name);

/* If so, opens it for reading: *fd, or -1 if it cannot be read. */
enum guard_answer guard_open(struct guard *guard, const char *name, int *fd,
                             uint64_t *bytes);

/* True if nothing has been refused; else an error of `object` in `file`. */
bool guard_nothing_refused(const struct guard *guard, const char *file,
                           const char *object, struct error *error);

#endif
