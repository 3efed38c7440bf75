/*
 * read_at.h - reading all of a piece of a file
 */
#ifndef COMMON_READ_AT_H
#define COMMON_READ_AT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* How many bytes there are, up to `size`: fewer only at the end of the file.
 * -1, with errno, if it cannot be read. */
static inline ssize_t dump_read_at(int fd, void *to, size_t size, uint64_t at)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t n = pread(fd, (unsigned char *)to + done, size - done,
                                (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

#endif
