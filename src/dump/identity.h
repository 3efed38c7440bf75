/*
 * identity.h - is an open file still the one that was looked at?
 *
 * Training jobs may rewrite last.h5 while it is scanned. An identity comes from
 * an open descriptor, so that it belongs to the file that is read, even if the
 * name refers to another file by now. The device is not part of it, as it may
 * differ between hosts and mounts.
 *
 * The time of modification does not show that a file was renamed and has got
 * its name back, while the library opened another one. The time of the last
 * change of the inode does, but also changes with a chmod, a hard link or a
 * backup that restores times. So it counts only where it is not known which
 * file the library opens: raw external files.
 */
#ifndef DUMP_IDENTITY_H
#define DUMP_IDENTITY_H

#include <stdint.h>

#include "common/error.h"

struct dump_identity {
    uint64_t inode; /* of its file system: the device is mixed in */
    uint64_t bytes;
    int64_t modified; /* nanoseconds since 1970, as the next */
    int64_t changed;  /* the inode, for whatever reason; 0: does not count */
};

/* False, with errno set, if fstat() fails. */
bool dump_identify(int fd, struct dump_identity *identity);

/* Likewise, with the time of the last change of the inode. */
bool dump_identify_inode(int fd, struct dump_identity *identity);

/*
 * Is a file the same as before? One that was already being written (`live`) may
 * have grown. `what` names the file in the error, which mentions -k if nothing
 * has been read from the file yet (`unread`).
 */
bool dump_identity_holds(const struct dump_identity *then,
                         const struct dump_identity *now, bool live,
                         bool unread, const char *what, struct error *error);

#endif
