/*
 * identity.h - is an open file still the one that was looked at?
 *
 * Training jobs write last.h5 anew while it is scanned. The numbers come from
 * open descriptors, so that they are of the file that is read, whatever its
 * name stands for by now. The device does not count: it may differ between
 * hosts and mounts.
 */
#ifndef DUMP_IDENTITY_H
#define DUMP_IDENTITY_H

#include <stdint.h>

#include "common/error.h"

struct dump_identity {
    uint64_t inode;
    uint64_t bytes;
    int64_t modified; /* nanoseconds since 1970 */
};

/* False, with errno, if the descriptor is of no use. */
bool dump_identify(int fd, struct dump_identity *identity);

/*
 * Is a file what it was? One that was being written all along (`live`) may have
 * grown. `what` names it in the error, which offers -k if nothing has been
 * read of it yet (`unread`).
 */
bool dump_identity_holds(const struct dump_identity *then,
                         const struct dump_identity *now, bool live,
                         bool unread, const char *what, struct error *error);

#endif
