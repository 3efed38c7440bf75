/*
 * guard.c - the HDF5 library opens other files through this, or not at all
 */
#include "dump/hdf5/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include "common/fit.h"
#include "common/read_at.h"
#include "common/saturate.h"

/* ---- what may be opened ---- */

/* Keeps the first reason. Returns false. */
static bool refuse_for(struct guard *guard, const char *why)
{
    if (guard->refused[0] == '\0')
        text_fit(guard->refused, sizeof guard->refused, "%s", why);
    return false;
}

static void refuse(struct guard *guard, const char *name, const char *real,
                   const char *why, enum error_advice advice)
{
    if (guard->refused[0] != '\0')
        return;
    guard->advice = advice;
    text_fit(guard->refused, sizeof guard->refused,
             "it is in another file, %s (%s), which %s", name, real, why);
}

/* The first file that is asked about is the dump itself: what is in its folders
 * may be opened as well. */
static bool learn_folders(struct guard *guard, const char *real)
{
    const char *dump = guard->dump;
    if (dump == NULL)
        return true;
    if (!dump_trust_add_file(&guard->own, dump, real) ||
        !dump_trust_add_prefixes(&guard->own, dump))
        return false;
    free(guard->dump);
    guard->dump = NULL;
    return true;
}

/* *real is the caller's to free; NULL unless the answer is GUARD_GOOD, which is
 * about the file that *status tells of. */
static enum guard_answer ask(struct guard *guard, const char *name, char **real,
                             struct stat *status)
{
    errno = 0;
    *real = realpath(name, NULL);
    if (*real == NULL)
        return errno == ENOMEM ? GUARD_NO_MEMORY : GUARD_ABSENT;
    enum guard_answer answer = GUARD_REFUSED;
    if (!learn_folders(guard, *real))
        answer = GUARD_NO_MEMORY;
    else if (stat(*real, status) != 0)
        answer = GUARD_ABSENT;
    else if (!S_ISREG(status->st_mode))
        refuse(guard, name, *real, "is not a regular file", ADVICE_NONE);
    else if (guard->trust != NULL &&
             dump_trust_is_doomed(guard->trust, status->st_dev, status->st_ino))
        refuse(guard, name, *real,
               "is an output of this run; write to another file", ADVICE_NONE);
    else if (!dump_trust_has(&guard->own, *real) &&
             !(guard->trust != NULL &&
               (guard->trust->anything || dump_trust_has(guard->trust, *real))))
        refuse(guard, name, *real, "lies outside the folders of the dumps",
               ADVICE_TRUST);
    else
        answer = GUARD_GOOD;
    if (answer != GUARD_GOOD) {
        free(*real);
        *real = NULL;
    }
    return answer;
}

enum guard_answer guard_ask(struct guard *guard, const char *name)
{
    char *real;
    struct stat status;
    const enum guard_answer answer = ask(guard, name, &real, &status);
    free(real);
    return answer;
}

/* Is the open file the one that was asked about? */
static bool is_that(int fd, const struct stat *asked, uint64_t *bytes)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_dev != asked->st_dev || status.st_ino != asked->st_ino)
        return false;
    *bytes = (uint64_t)status.st_size;
    return true;
}

/* Opens what was asked about, even if the links have changed since: the real
 * path, and never waits for the other end of what has become a pipe. *replaced:
 * another file has its name by now, which has to be asked about. */
static enum guard_answer try_to_open(struct guard *guard, const char *name,
                                     char **real, int *fd, uint64_t *bytes,
                                     bool *replaced)
{
    struct stat asked;
    const enum guard_answer answer = ask(guard, name, real, &asked);
    *fd = -1;
    *bytes = 0;
    if (answer == GUARD_GOOD)
        *fd = open(*real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    *replaced = *fd >= 0 && !is_that(*fd, &asked, bytes);
    if (*replaced) {
        close(*fd);
        *fd = -1;
    }
    return answer;
}

#define TRIES 3 /* a writer replaces a file once in a while */

/* As guard_open(); *real is the caller's to free, and may be NULL. */
static enum guard_answer open_real(struct guard *guard, const char *name,
                                   char **real, int *fd, uint64_t *bytes)
{
    for (int i = 0; i < TRIES; i++) {
        bool replaced;
        const enum guard_answer answer =
            try_to_open(guard, name, real, fd, bytes, &replaced);
        if (!replaced)
            return answer;
        free(*real);
    }
    *real = NULL;
    refuse(guard, name, name,
           "is replaced over and over; start again once its writer has ended",
           ADVICE_NONE);
    return GUARD_REFUSED;
}

enum guard_answer guard_open(struct guard *guard, const char *name, int *fd,
                             uint64_t *bytes)
{
    char *real;
    const enum guard_answer answer = open_real(guard, name, &real, fd, bytes);
    free(real);
    return answer;
}

bool guard_nothing_refused(const struct guard *guard, const char *file,
                           const char *object, struct error *error)
{
    if (guard == NULL || guard->refused[0] == '\0')
        return true;
    error_set(error, "%s: %s: %s", file, object, guard->refused);
    return error_advise(error, guard->advice);
}

/* ---- the driver ---- */

struct guarded_file {
    H5FD_t base; /* the library's part, first */
    struct guard *guard;
    int fd;
    haddr_t allocated;
    haddr_t end;
    dev_t device;
    ino_t inode;
};

#define ADDRESS_MAX ((haddr_t)INT64_MAX)

static struct guard *share(struct guard *guard)
{
    guard->references++;
    return guard;
}

static herr_t let_go(struct guard *guard)
{
    if (--guard->references == 0) {
        free(guard->dump);
        dump_trust_free(&guard->own);
        dump_others_free(&guard->opened);
        free(guard);
    }
    return 0;
}

/* A guard stands in properties as the driver's own information. */
static void *copy_properties(const void *guard)
{
    return share((struct guard *)(uintptr_t)guard);
}

static herr_t free_properties(void *guard)
{
    return let_go(guard);
}

static void *properties_of(H5FD_t *file)
{
    return share(((struct guarded_file *)file)->guard);
}

/* Files may take each other's places for as long as it takes to open them, so
 * what has been opened to be read is compared with what discovery found. */
static bool is_expected(struct guard *guard, const char *real, int fd)
{
    struct dump_identity now;
    struct error error;
    if (guard->found == NULL && guard->known == NULL)
        return true;
    if (!dump_identify(fd, &now))
        return false;
    if (guard->found != NULL)
        return dump_others_add(guard->found, real, &now);
    const struct dump_other *then = dump_others_find(guard->known, real);
    return dump_other_holds(then, &now, guard->live, false, real, &error) ||
           refuse_for(guard, error.text);
}

static void report(struct guard *guard, uint64_t bytes)
{
    const struct dump_index *index = guard->index;
    guard->opened_bytes = saturated_sum(guard->opened_bytes, bytes);
    if (index != NULL && index->opens != NULL)
        index->opens(index->hook_context, guard->opened_bytes);
}

/* The library opens a source again for each mapping. */
static void report_once(struct guard *guard, const char *real, uint64_t bytes)
{
    const struct dump_identity unknown = {.bytes = bytes};
    const size_t before = guard->opened.count;
    if (guard->index == NULL)
        return;
    if (dump_others_add(&guard->opened, real, &unknown) &&
        guard->opened.count > before)
        report(guard, bytes);
}

void guard_report(struct guard *guard, const struct dump_index *index,
                  uint64_t bytes)
{
    guard->index = index;
    report(guard, bytes);
}

static H5FD_t *open_file(const char *name, unsigned flags, hid_t access,
                         haddr_t end)
{
    struct guard *guard = (struct guard *)(uintptr_t)H5Pget_driver_info(access);
    struct stat status;
    uint64_t bytes;
    char *real;
    int fd;
    (void)end;
    if (guard == NULL || name == NULL || (flags & H5F_ACC_RDWR) != 0)
        return NULL;
    open_real(guard, name, &real, &fd, &bytes);
    const bool good =
        fd >= 0 && fstat(fd, &status) == 0 && is_expected(guard, real, fd);
    if (good) /* before anything is read of it */
        report_once(guard, real, bytes);
    struct guarded_file *file = good ? calloc(1, sizeof *file) : NULL;
    free(real);
    if (file == NULL) {
        if (guard->failed[0] == '\0')
            text_fit(guard->failed, sizeof guard->failed, "%s", name);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    guard->failed[0] = '\0';
    file->guard = share(guard);
    file->fd = fd;
    file->end = (haddr_t)bytes;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    return &file->base;
}

static herr_t close_file(H5FD_t *base)
{
    struct guarded_file *file = (struct guarded_file *)base;
    close(file->fd);
    let_go(file->guard);
    free(file);
    return 0;
}

static int compare(const H5FD_t *a, const H5FD_t *b)
{
    const struct guarded_file *x = (const struct guarded_file *)a;
    const struct guarded_file *y = (const struct guarded_file *)b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

/* As the library's own driver says of itself: caches depend on it. */
static herr_t query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
             H5FD_FEAT_POSIX_COMPAT_HANDLE | H5FD_FEAT_SUPPORTS_SWMR_IO |
             H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t get_allocated(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const struct guarded_file *)file)->allocated;
}

static herr_t set_allocated(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((struct guarded_file *)file)->allocated = address;
    return 0;
}

static haddr_t get_end(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const struct guarded_file *)file)->end;
}

static herr_t get_handle(H5FD_t *file, hid_t access, void **handle)
{
    (void)access;
    *handle = &((struct guarded_file *)file)->fd;
    return 0;
}

/* Where a chunk is being read to. */
static struct {
    uintptr_t start; /* 0: nowhere */
    size_t room;
    size_t bytes; /* that have been read */
} watched;

void guard_watch_chunk(const void *room, size_t bytes)
{
    watched.start = (uintptr_t)room;
    watched.room = bytes;
    watched.bytes = 0;
}

size_t guard_end_chunk(void)
{
    watched.start = 0;
    return watched.bytes;
}

/* Counts a read, if it is of a chunk. False if that does not fit. */
static bool fits_chunk(const void *to, size_t size)
{
    const uintptr_t start = (uintptr_t)to;
    if (watched.start == 0 || start < watched.start ||
        start - watched.start >= watched.room)
        return true;
    if (size > watched.room - (start - watched.start))
        return false;
    watched.bytes += size;
    return true;
}

/* What lies after the end of the file reads as zeros. */
static herr_t read_file(H5FD_t *base, H5FD_mem_t type, hid_t transfer,
                        haddr_t address, size_t size, void *to)
{
    const struct guarded_file *file = (const struct guarded_file *)base;
    (void)type, (void)transfer;
    if (address > ADDRESS_MAX || size > ADDRESS_MAX - address ||
        !fits_chunk(to, size))
        return -1;
    const ssize_t n = dump_read_at(file->fd, to, size, address);
    if (n < 0)
        return -1;
    memset((unsigned char *)to + n, 0, size - (size_t)n);
    return 0;
}

static herr_t write_file(H5FD_t *file, H5FD_mem_t type, hid_t transfer,
                         haddr_t address, size_t size, const void *from)
{
    (void)file, (void)type, (void)transfer, (void)address, (void)size;
    (void)from;
    return -1; /* files are read only */
}

/* Files are not locked. But only of a driver that has locks does the library
 * look whether a file is still being written. */
static herr_t lock(H5FD_t *file, hbool_t writing)
{
    (void)file, (void)writing;
    return 0;
}

static herr_t unlock(H5FD_t *file)
{
    (void)file;
    return 0;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)301, /* of those for private use */
#endif
    .name = "aum_scan",
    .maxaddr = ADDRESS_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_get = properties_of,
    .fapl_copy = copy_properties,
    .fapl_free = free_properties,
    .open = open_file,
    .close = close_file,
    .cmp = compare,
    .query = query,
    .get_eoa = get_allocated,
    .set_eoa = set_allocated,
    .get_eof = get_end,
    .get_handle = get_handle,
    .read = read_file,
    .write = write_file,
    .lock = lock,
    .unlock = unlock,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

static hid_t registered = H5I_INVALID_HID;

bool guard_start(void)
{
    if (registered < 0)
        registered = H5FDregister(&driver);
    return registered >= 0;
}

hid_t guard_access(const char *path, const struct dump_trust *trust)
{
    struct guard *guard = calloc(1, sizeof *guard);
    if (guard == NULL)
        return H5I_INVALID_HID;
    share(guard);
    guard->trust = trust;
    guard->dump = strdup(path);
    hid_t access =
        guard->dump != NULL ? H5Pcreate(H5P_FILE_ACCESS) : H5I_INVALID_HID;
    if (access >= 0 && H5Pset_driver(access, registered, guard) < 0) {
        H5Pclose(access);
        access = H5I_INVALID_HID;
    }
    let_go(guard);
    return access;
}

struct guard *guard_of(hid_t object)
{
    hid_t file = H5Iget_file_id(object);
    hid_t access = file >= 0 ? H5Fget_access_plist(file) : H5I_INVALID_HID;
    struct guard *guard = NULL;
    if (access >= 0 && H5Pget_driver(access) == registered)
        guard = (struct guard *)(uintptr_t)H5Pget_driver_info(access);
    if (access >= 0)
        H5Pclose(access);
    if (file >= 0)
        H5Fclose(file);
    return guard;
}
