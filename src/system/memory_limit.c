/*
 * memory_limit.c - a limit to the private memory of this process
 */
#include "system/memory_limit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/sanitized.h"

#ifdef SANITIZED /* they need all the address space there is */

bool memory_limit_set(size_t bytes, const uint64_t *total, uint64_t *limit)
{
    (void)bytes, (void)total, (void)limit;
    return false;
}

#else

/* Private memory of this process, as RLIMIT_DATA counts it; 0 if unknown. The
 * file stays open: the child may not be allowed to open it later. */
static uint64_t private_bytes(void)
{
    static int fd = -1;
    static pid_t owner;
    char text[200];
    unsigned long long pages = 0;
    if (owner != getpid()) {
        fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
        owner = getpid();
    }
    const ssize_t length = pread(fd, text, sizeof text - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    if (sscanf(text, "%*s %*s %*s %*s %*s %llu", &pages) != 1)
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool memory_limit_set(size_t bytes, const uint64_t *total, uint64_t *limit)
{
    struct rlimit present_limit;
    const uint64_t present = private_bytes();
    if (present == 0 || getrlimit(RLIMIT_DATA, &present_limit) != 0)
        return false;
    uint64_t wanted =
        bytes < RLIM_INFINITY - present ? present + bytes : RLIM_INFINITY;
    if (total != NULL)
        wanted = *total;
    const bool ours = wanted < present_limit.rlim_max;
    present_limit.rlim_cur = ours ? wanted : present_limit.rlim_max;
    if (setrlimit(RLIMIT_DATA, &present_limit) != 0)
        return false;
    *limit = ours ? wanted : 0;
    return true;
}

#endif
