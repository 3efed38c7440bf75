/*
 * guard.h - which files the HDF5 library may open
 *
 * Links, virtual datasets and damage make the library open files that the user
 * has not named, in ways that depend on its version. So files are opened with a
 * file driver of our own. It reads as the library's own driver does, but opens
 * only what a dump may name (trust.h). If one file makes the library open
 * another, that one gets the same driver and the same guard.
 *
 * Raw external files are opened without a driver; sources.h checks them first.
 */
#ifndef DUMP_HDF5_GUARD_H
#define DUMP_HDF5_GUARD_H

#include <hdf5.h>
#include <stdint.h>

#include "common/error.h"
#include "dump/index.h"
#include "dump/others.h"
#include "dump/trust.h"

/* One for each dump that is open, shared by all files that it makes the library
 * open. */
struct guard {
    unsigned long references;
    const struct dump_trust *trust; /* NULL: only the next */
    char *dump;                     /* its name, until it has been opened */
    struct dump_trust own;          /* the folders of the dump */
    /* While this is set, files that the library opens are added, under their
     * real paths... */
    struct dump_others *found;
    /* ... and while this is, they have to be among these. `live` is as in
     * identity.h. */
    const struct dump_others *known;
    bool live;
    /* Its `opens` is told of the files that the library opens; or NULL. */
    const struct dump_index *index;
    struct dump_others opened; /* those that it was told of... */
    uint64_t opened_bytes;     /* ... and their bytes, with the dump's own */
    char refused[1200]; /* the first file that was refused, and why; or "" */
    enum error_advice advice; /* and what can be done about it */
    char failed[600]; /* the first file that did not open since one did */
};

/* Registers the driver with the library, which has to be started. */
bool guard_start(void);

/* Access properties for opening `path` with H5Fopen(), which the caller closes;
 * negative on failure. `trust` may be NULL and must outlive the file. */
hid_t guard_access(const char *path, const struct dump_trust *trust);

/* The guard of an open file, or of the file that an object is in; NULL if it
 * has none. It lives as long as the file is open. */
struct guard *guard_of(hid_t object);

/* From now on, the index is told of what the library opens, `bytes` of the dump
 * first. It must outlive the file. */
void guard_report(struct guard *guard, const struct dump_index *index,
                  uint64_t bytes);

/*
 * The length of a chunk without filters that HDF5 1.10 reports is that of the
 * dataset's chunks; H5Dread_chunk() reads what the file's index says, of which
 * it does not tell. So between these two calls the driver watches the room for
 * a chunk: it counts the bytes that are read to it, and reads that start there
 * and end beyond it fail. With the library entered.
 */
void guard_watch_chunk(const void *room, size_t bytes);

/* Ends this, and returns how many bytes were read. */
size_t guard_end_chunk(void);

enum guard_answer {
    GUARD_ABSENT, /* no such file, or not accessible */
    GUARD_GOOD,
    GUARD_REFUSED, /* and `refused` says why */
    GUARD_NO_MEMORY
};

/* May a file be opened? */
enum guard_answer guard_ask(struct guard *guard, const char *name);

/* Asks, and opens a good file for reading: *fd, or -1 if it cannot be read. */
enum guard_answer guard_open(struct guard *guard, const char *name, int *fd,
                             uint64_t *bytes);

/* True if no file has been refused; else sets an error about `object` in
 * `file`.
 */
bool guard_nothing_refused(const struct guard *guard, const char *file,
                           const char *object, struct error *error);

#endif
