/*
 * failing.c - preloaded into aum-scan: allocations and reads that fail
 *
 *   AUM_FAIL_ALLOCATION=N   the N-th allocation fails (from 1)
 *   AUM_FAIL_READ=N         the N-th read of a file fails with EIO
 *   AUM_END_READ=N          from the N-th read on, files seem to have ended
 *   AUM_SHORT_READS=1       reads give a few bytes at most, or EINTR
 *   AUM_WAIT_READ=N         the N-th read waits until the file AUM_WAIT_FILE
 *                           exists
 *   AUM_FAIL_WRITE=N        from the N-th write on, the disk is full
 *   AUM_SLOW_SYNC=MS        a file takes so many milliseconds to reach the disk
 *   AUM_FAIL_RENAME=N       the N-th renaming of a file fails with EIO
 *   AUM_SIGNAL_RENAME=N     before the N-th renaming, SIGTERM arrives
 *   AUM_FAIL_TRUNCATE=N     the N-th truncation of a file fails with EIO
 *   AUM_NO_LOCKS=1          the file system has no locks
 *   AUM_FAIL_FORK=1         no process can be started
 *   AUM_THREADS_MAX=N       the system has no more than N threads to give
 *   AUM_COUNT_FILE=FILE     how many of each there were goes there at the end
 *
 * A child process goes on counting where its parent was.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

/* What glibc calls its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static long fail_allocation;
static long fail_read;
static long end_read;
static long wait_read;
static long fail_write;
static long slow_sync;
static long fail_rename;
static long signal_rename;
static long fail_truncate;
static bool no_locks;
static bool short_reads;
static long threads_max;
static atomic_long allocations;
static atomic_long reads;
static atomic_long writes;

static long number(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void start(void)
{
    fail_allocation = number("AUM_FAIL_ALLOCATION");
    fail_read = number("AUM_FAIL_READ");
    end_read = number("AUM_END_READ");
    wait_read = number("AUM_WAIT_READ");
    fail_write = number("AUM_FAIL_WRITE");
    slow_sync = number("AUM_SLOW_SYNC");
    fail_rename = number("AUM_FAIL_RENAME");
    signal_rename = number("AUM_SIGNAL_RENAME");
    fail_truncate = number("AUM_FAIL_TRUNCATE");
    no_locks = number("AUM_NO_LOCKS") != 0;
    short_reads = number("AUM_SHORT_READS") != 0;
    threads_max =
        getenv("AUM_THREADS_MAX") != NULL ? number("AUM_THREADS_MAX") : -1;
    allocations = 0; /* what came before is the loader's */
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("AUM_COUNT_FILE");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%ld %ld %ld\n", (long)allocations, (long)reads,
            (long)writes);
    fclose(file);
}

static bool allocation_fails(void)
{
    if (atomic_fetch_add(&allocations, 1) + 1 != fail_allocation)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return allocation_fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return allocation_fails() ? NULL : __libc_memalign(alignment, size);
}

static ssize_t read_at(int fd, void *to, size_t size, off64_t at)
{
    static ssize_t (*next)(int, void *, size_t, off64_t);
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pread64");
        *(void **)&next = symbol;
    }
    const long count = atomic_fetch_add(&reads, 1) + 1;
    if (count == wait_read) {
        const char *path = getenv("AUM_WAIT_FILE");
        for (int i = 0; i < 2000 && path != NULL && access(path, F_OK) != 0;
             i++)
            usleep(10 * 1000);
    }
    if (count == fail_read) {
        errno = EIO;
        return -1;
    }
    if (end_read > 0 && count >= end_read)
        return 0;
    if (short_reads && count % 5 == 0) {
        errno = EINTR;
        return -1;
    }
    if (short_reads && size > 100)
        size = 100;
    return next(fd, to, size, at);
}

ssize_t pread64(int fd, void *to, size_t size, off64_t at)
{
    return read_at(fd, to, size, at);
}

ssize_t pread(int fd, void *to, size_t size, off_t at)
{
    return read_at(fd, to, size, at);
}

/* What _FORTIFY_SOURCE calls in their place, where it does not know the size of
 * the buffer beforehand. */
ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t at, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t size, off_t at, size_t room);

ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t at, size_t room)
{
    if (size > room)
        abort();
    return read_at(fd, to, size, at);
}

ssize_t __pread_chk(int fd, void *to, size_t size, off_t at, size_t room)
{
    if (size > room)
        abort();
    return read_at(fd, to, size, at);
}

ssize_t write(int fd, const void *from, size_t size)
{
    static ssize_t (*next)(int, const void *, size_t);
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "write");
        *(void **)&next = symbol;
    }
    if (fd > STDERR_FILENO || fd == STDOUT_FILENO) {
        const long count = atomic_fetch_add(&writes, 1) + 1;
        if (fail_write > 0 && count >= fail_write) {
            errno = ENOSPC;
            return -1;
        }
    }
    return next(fd, from, size);
}

int fsync(int fd)
{
    static int (*next)(int);
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "fsync");
        *(void **)&next = symbol;
    }
    if (slow_sync > 0)
        usleep((useconds_t)slow_sync * 1000);
    return next(fd);
}

int rename(const char *from, const char *to)
{
    static int (*next)(const char *, const char *);
    static atomic_long renames;
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "rename");
        *(void **)&next = symbol;
    }
    const long count = atomic_fetch_add(&renames, 1) + 1;
    if (count == signal_rename)
        kill(getpid(), SIGTERM);
    if (count == fail_rename) {
        errno = EIO;
        return -1;
    }
    return next(from, to);
}

static int truncate_to(int fd, off64_t size)
{
    static int (*next)(int, off64_t);
    static atomic_long truncations;
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "ftruncate64");
        *(void **)&next = symbol;
    }
    if (atomic_fetch_add(&truncations, 1) + 1 == fail_truncate) {
        errno = EIO;
        return -1;
    }
    return next(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return truncate_to(fd, size);
}

int ftruncate(int fd, off_t size)
{
    return truncate_to(fd, size);
}

int flock(int fd, int operation)
{
    static int (*next)(int, int);
    if (no_locks) {
        errno = ENOLCK;
        return -1;
    }
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "flock");
        *(void **)&next = symbol;
    }
    return next(fd, operation);
}

pid_t fork(void)
{
    static pid_t (*next)(void);
    if (number("AUM_FAIL_FORK") != 0) {
        errno = EAGAIN;
        return -1;
    }
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "fork");
        *(void **)&next = symbol;
    }
    return next();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start_routine)(void *), void *argument)
{
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                       void *);
    static atomic_long started;
    if (threads_max >= 0 && atomic_fetch_add(&started, 1) >= threads_max)
        return EAGAIN;
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "pthread_create");
        *(void **)&next = symbol;
    }
    return next(thread, attributes, start_routine, argument);
}
