/*
 * trust.h - which other files a dump may name
 *
 * Dumps may come from people who are not trusted, and an HDF5 file may say that
 * some of its data are in other files: raw files, sources of virtual datasets,
 * targets of links. Such a file is read only if it is a regular file (opening
 * anything else may block for ever, or have effects) and if it is in one of a
 * few folders, once symbolic links are resolved.
 */
#ifndef DUMP_TRUST_H
#define DUMP_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file that is going to be overwritten. */
struct dump_doomed {
    dev_t device;
    ino_t inode;
};

/* All zero: only the folders of the dump itself. */
struct dump_trust {
    bool anything; /* any folder is fine; the next are filled in nevertheless */
    char **folders; /* real paths, each once: what reading may touch */
    size_t count;
    char *given; /* the newest of them, as it was given: many dumps are there */
    struct dump_doomed *doomed; /* what must not be read, wherever it is */
    size_t doomed_count;
};

/* Adds a folder, or the folders of a file: the one that its name is in, and the
 * one that holds the file itself, once links are resolved. What does not exist
 * adds nothing. The functions that add return false only if there is not enough
 * memory. */
bool dump_trust_add(struct dump_trust *trust, const char *path);

/* The same for a file whose real path is known. */
bool dump_trust_add_file(struct dump_trust *trust, const char *path,
                         const char *real);

/* Adds the folders that HDF5_VDS_PREFIX, HDF5_EXTFILE_PREFIX and
 * HDF5_EXT_PREFIX name. ${ORIGIN} in them is the folder of the dump `path`. */
bool dump_trust_add_prefixes(struct dump_trust *trust, const char *path);

/* Adds a file that is an output of this run. */
bool dump_trust_doom(struct dump_trust *trust, dev_t device, ino_t inode);

/* Is this file an output of this run? */
bool dump_trust_is_doomed(const struct dump_trust *trust, dev_t device,
                          ino_t inode);

/* Is a real path below one of the folders? */
bool dump_trust_has(const struct dump_trust *trust, const char *real);

void dump_trust_free(struct dump_trust *trust);

#endif
