/*
 * trust.h - which other files a dump may name
 *
 * A dump is a file that somebody else may have made, and HDF5 lets a file say
 * that its data, or part of them, are in other files: raw files, sources of
 * virtual datasets, targets of links. What a dump names is read only if it is a
 * regular file (anything else may block for ever, or act when it is opened) and
 * lies in one of a few folders, once symbolic links are resolved.
 */
#ifndef DUMP_TRUST_H
#define DUMP_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file that is going to be written over. */
struct dump_doomed {
    dev_t device;
    ino_t inode;
};

/* All zero: nothing but the folders of the dump itself. */
struct dump_trust {
    bool anything;  /* any folder will do; the next are still filled in */
    char **folders; /* real paths, each once: what reading may touch */
    size_t count;
    struct dump_doomed *doomed; /* what must not be read, wherever it is */
    size_t doomed_count;
};

/* Adds a folder, or the folders of a file: that of its name and that of what
 * the name leads to. What does not exist adds nothing. These and the next are
 * false without memory only. */
bool dump_trust_add(struct dump_trust *trust, const char *path);

/* Adds the folders that HDF5_VDS_PREFIX, HDF5_EXTFILE_PREFIX and
 * HDF5_EXT_PREFIX name. ${ORIGIN}, the folder of a dump, is that of `path`. */
bool dump_trust_add_prefixes(struct dump_trust *trust, const char *path);

/* Adds a file that is an output of this run. */
bool dump_trust_doom(struct dump_trust *trust, dev_t device, ino_t inode);

/* Is it one? */
bool dump_trust_is_doomed(const struct dump_trust *trust, dev_t device,
                          ino_t inode);

/* Is a real path below one of the folders? */
bool dump_trust_has(const struct dump_trust *trust, const char *real);

void dump_trust_free(struct dump_trust *trust);

#endif
