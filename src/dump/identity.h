/*
 * identity.h - is an open file still the one that was looked at?
 *
 * Training jobs may rewrite last.h5 while it is scanned. An identity comes from
 * an open descriptor, so that it belongs to the file that is read, even if the
 * name refers to another file by now. The device is not part of it, as it may
 * differ between hosts and mounts.
 *
 * The time of modification can be set back, as cp -p and rsync -t do, and does
 * not tell of a file that was renamed and has got its name back. The time of
 * the last change of the inode tells of both; but also of a chmod, a chown and
 * a new hard link, which are harmless, and leave traces of their own.
 */
#ifndef DUMP_IDENTITY_H
#define DUMP_IDENTITY_H

#include <stdint.h>

#include "common/error.h"

struct dump_identity {
    uint64_t inode;
    uint64_t bytes;
    int64_t modified;    /* nanoseconds since 1970, as the next */
    int64_t changed;     /* the inode, for whatever reason */
    uint64_t attributes; /* a hash of its mode, owners and number of links */
};

/* False, with errno set, if fstat() fails. */
bool dump_identify(int fd, struct dump_identity *identity);

/*
 * Is a file the same as before? One that was already being written (`live`) may
 * have grown. `what` names the file in the error, which mentions -k if nothing
 * has been read from the file yet (`unread`).
 */
bool dump_identity_holds(const struct dump_identity *then,
                         const struct dump_identity *now, bool live,
                         bool unread, const char *what, struct error *error);

#endif
