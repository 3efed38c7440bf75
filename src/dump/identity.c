/*
 * identity.c - is an open file still the one that was looked at?
 */
#include "dump/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/hash.h"

#if defined(__APPLE__)
#define MODIFIED(status) ((status)->st_mtimespec)
#define CHANGED(status) ((status)->st_ctimespec)
#else
#define MODIFIED(status) ((status)->st_mtim)
#define CHANGED(status) ((status)->st_ctim)
#endif

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static bool identify(int fd, bool by_inode, struct dump_identity *identity)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    identity->inode =
        (uint64_t)status.st_ino ^ hash_spread((uint64_t)status.st_dev);
    identity->bytes = (uint64_t)status.st_size;
    identity->modified = nanoseconds(MODIFIED(&status));
    identity->changed = by_inode ? nanoseconds(CHANGED(&status)) : 0;
    return true;
}

bool dump_identify(int fd, struct dump_identity *identity)
{
    return identify(fd, false, identity);
}

bool dump_identify_inode(int fd, struct dump_identity *identity)
{
    return identify(fd, true, identity);
}

bool dump_identity_holds(const struct dump_identity *then,
                         const struct dump_identity *now, bool live,
                         bool unread, const char *what, struct error *error)
{
    char how[96];
    if (then->inode != now->inode)
        snprintf(how, sizeof how, "it is another file now");
    else if (now->bytes < then->bytes || (!live && now->bytes != then->bytes))
        snprintf(how, sizeof how, "%" PRIu64 " bytes then, %" PRIu64 " now",
                 then->bytes, now->bytes);
    else if (!live && now->modified != then->modified)
        snprintf(how, sizeof how, "it has been written to");
    else if (!live && now->changed != then->changed)
        snprintf(how, sizeof how, "it or its attributes have been changed");
    else
        return true;
    error_set(error,
              "%s: has changed since it was looked at (%s); start again once "
              "its writer has finished",
              what, how);
    return error_advise(error, unread ? ADVICE_SKIP_FILE : ADVICE_NONE);
}
