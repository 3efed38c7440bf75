/*
 * out_file.c - output that is there whole or not at all
 */
#include "out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_SIZE (256u * 1024u)

struct out_file {
    int fd;
    bool close_fd;
    char *name;      /* for messages */
    char *path;      /* where a regular file goes at the end, or NULL */
    char *temporary; /* what it is called until then */
    bool compress;
    z_stream stream;
    size_t used;
    /* BUFFER_SIZE bytes each, once they are needed: until then the HDF5
     * library has better use for memory that was touched. */
    unsigned char *buffer;
    unsigned char *compressed; /* if `compress` */
};

/* A signal handler has no other way to know it. */
static struct out_unfinished own;
static struct out_unfinished *volatile unfinished = &own;

void out_file_share_unfinished(struct out_unfinished *shared)
{
    unfinished = shared;
}

void out_file_remove_unfinished(const struct out_unfinished *files)
{
    for (size_t i = 0; i < OUT_FILES_MAX; i++) {
        if (files->paths[i][0] != '\0')
            unlink(files->paths[i]);
    }
}

static void remove_and_die(int signal_number)
{
    out_file_remove_unfinished(unfinished);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void on_signals(void (*handler)(int))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action;
        /* What is ignored (nohup) stays so. */
        if (sigaction(signals[i], NULL, &action) == 0 &&
            action.sa_handler == SIG_IGN)
            continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = handler;
        sigemptyset(&action.sa_mask);
        sigaction(signals[i], &action, NULL);
    }
}

/* Has a file removed if the program ends before it is complete. Its name
 * appears at once, behind an empty start that counts as none. */
static bool remove_in_time(const char *path)
{
    const size_t length = strlen(path);
    size_t i = 0;
    while (i < OUT_FILES_MAX && unfinished->paths[i][0] != '\0')
        i++;
    if (i == OUT_FILES_MAX || length >= OUT_PATH_MAX)
        return false;
    memcpy(unfinished->paths[i] + 1, path + 1, length);
    atomic_signal_fence(memory_order_seq_cst);
    unfinished->paths[i][0] = path[0];
    on_signals(remove_and_die);
    return true;
}

static void keep(const char *path)
{
    bool any = false;
    for (size_t i = 0; i < OUT_FILES_MAX; i++) {
        if (strcmp(unfinished->paths[i], path) == 0)
            unfinished->paths[i][0] = '\0';
        any |= unfinished->paths[i][0] != '\0';
    }
    if (!any)
        on_signals(SIG_DFL);
}

static bool fail(const struct out_file *file, struct out_error *error)
{
    error->closed_pipe = errno == EPIPE;
    snprintf(error->text, sizeof error->text, "%s: cannot write: %s",
             file->name, strerror(errno));
    return false;
}

bool out_error_no_memory(struct out_error *error)
{
    error->closed_pipe = false;
    snprintf(error->text, sizeof error->text, "out of memory");
    return false;
}

static void destroy(struct out_file *file)
{
    if (file->close_fd && file->fd >= 0)
        close(file->fd);
    if (file->compress)
        deflateEnd(&file->stream);
    free(file->buffer);
    free(file->compressed);
    free(file->name);
    free(file->path);
    free(file->temporary);
    free(file);
}

/* The file that a path leads to through symbolic links: it is to be replaced,
 * not the link. */
static char *final_path(const char *path)
{
    char *real = realpath(path, NULL);
    return real != NULL ? real : strdup(path);
}

static bool open_temporary(struct out_file *file, const struct stat *old)
{
    const size_t room = strlen(file->path) + 16;
    file->temporary = malloc(room);
    if (file->temporary == NULL)
        return false;
    snprintf(file->temporary, room, "%s.XXXXXX", file->path);
    file->fd = mkstemp(file->temporary);
    if (file->fd < 0) {
        free(file->temporary);
        file->temporary = NULL;
        return false;
    }
    if (!remove_in_time(file->temporary)) {
        errno = EMFILE;
        return false;
    }
    mode_t mode;
    if (old != NULL) {
        mode = old->st_mode & 07777;
    } else {
        const mode_t mask = umask(0);
        umask(mask);
        mode = 0666 & ~mask;
    }
    return fchmod(file->fd, mode) == 0;
}

static bool open_path(struct out_file *file, const char *path)
{
    struct stat status;
    const bool exists = stat(path, &status) == 0;
    file->close_fd = true;
    if (exists && !S_ISREG(status.st_mode)) { /* /dev/full, a named pipe */
        file->fd = open(path, O_WRONLY | O_CLOEXEC);
        return file->fd >= 0;
    }
    file->path = final_path(path);
    return file->path != NULL && open_temporary(file, exists ? &status : NULL);
}

static bool start_compression(struct out_file *file, const char *path)
{
    const size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0) {
        file->compress = deflateInit2(&file->stream, 6, Z_DEFLATED, 15 + 16, 8,
                                      Z_DEFAULT_STRATEGY) == Z_OK;
        if (!file->compress) {
            errno = ENOMEM;
            return false;
        }
    }
    return true;
}

static struct out_file *make(const char *path, struct out_error *error)
{
    error->closed_pipe = false;
    struct out_file *file = calloc(1, sizeof *file);
    if (file != NULL)
        file->name = strdup(path != NULL ? path : "standard output");
    if (file == NULL || file->name == NULL) {
        free(file);
        out_error_no_memory(error);
        return NULL;
    }
    file->fd = STDOUT_FILENO;
    return file;
}

static struct out_file *opened(struct out_file *file, bool good,
                               struct out_error *error)
{
    if (good)
        return file;
    fail(file, error);
    out_file_abandon(file);
    return NULL;
}

struct out_file *out_file_open(const char *path, struct out_error *error)
{
    struct out_file *file = make(path, error);
    if (file == NULL)
        return NULL;
    /* Whoever has closed stdout should not learn it after hours. */
    const bool good =
        path != NULL ? open_path(file, path) && start_compression(file, path)
                     : fcntl(STDOUT_FILENO, F_GETFD) >= 0;
    return opened(file, good, error);
}

struct out_file *out_file_reserve(const char *path, struct out_error *error)
{
    struct out_file *file = make(path, error);
    if (file == NULL)
        return NULL;
    const bool good = open_path(file, path);
    if (good && file->temporary == NULL) {
        error->closed_pipe = false;
        snprintf(error->text, sizeof error->text, "%s: not a regular file",
                 path);
        out_file_abandon(file);
        return NULL;
    }
    return opened(file, good, error);
}

const char *out_file_temporary(const struct out_file *file)
{
    return file->temporary;
}

static bool write_all(struct out_file *file, const unsigned char *data,
                      size_t size, struct out_error *error)
{
    while (size > 0) {
        ssize_t n = write(file->fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(file, error);
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static bool flush(struct out_file *file, bool finish, struct out_error *error)
{
    const size_t used = file->used;
    file->used = 0;
    if (!file->compress)
        return write_all(file, file->buffer, used, error);
    z_stream *stream = &file->stream;
    stream->next_in = file->buffer;
    stream->avail_in = (uInt)used;
    do {
        stream->next_out = file->compressed;
        stream->avail_out = BUFFER_SIZE;
        deflate(stream, finish ? Z_FINISH : Z_NO_FLUSH);
        if (!write_all(file, file->compressed, BUFFER_SIZE - stream->avail_out,
                       error))
            return false;
    } while (stream->avail_out == 0);
    return true;
}

static bool make_buffers(struct out_file *file, struct out_error *error)
{
    if (file->buffer == NULL)
        file->buffer = malloc(BUFFER_SIZE);
    if (file->compressed == NULL && file->compress)
        file->compressed = malloc(BUFFER_SIZE);
    return (file->buffer != NULL &&
            (file->compressed != NULL || !file->compress)) ||
           out_error_no_memory(error);
}

bool out_file_write(struct out_file *file, const void *data, size_t size,
                    struct out_error *error)
{
    const unsigned char *from = data;
    if (!make_buffers(file, error))
        return false;
    if (!file->compress && size >= BUFFER_SIZE / 4) /* no need to copy it */
        return flush(file, false, error) && write_all(file, data, size, error);
    while (size > 0) {
        size_t n = BUFFER_SIZE - file->used;
        if (n > size)
            n = size;
        memcpy(file->buffer + file->used, from, n);
        file->used += n;
        from += n;
        size -= n;
        if (file->used == BUFFER_SIZE && !flush(file, false, error))
            return false;
    }
    return true;
}

bool out_file_write_text(struct out_file *file, const struct text *text,
                         struct out_error *error)
{
    return text->failed ? out_error_no_memory(error)
                        : out_file_write(file, text->bytes, text->used, error);
}

bool out_file_close(struct out_file *file, struct out_error *error)
{
    bool good = make_buffers(file, error) && flush(file, true, error);
    /* Before the name changes, the content has to be on the disk. */
    if (good && file->temporary != NULL && fsync(file->fd) != 0 &&
        errno != EINVAL)
        good = fail(file, error);
    if (good && file->close_fd) {
        const int fd = file->fd;
        file->fd = -1;
        if (close(fd) != 0)
            good = fail(file, error);
    }
    if (good && file->temporary != NULL &&
        rename(file->temporary, file->path) != 0)
        good = fail(file, error);
    if (!good) {
        out_file_abandon(file);
        return false;
    }
    if (file->temporary != NULL)
        keep(file->temporary);
    destroy(file);
    return true;
}

void out_file_abandon(struct out_file *file)
{
    if (file == NULL)
        return;
    if (file->temporary != NULL) {
        unlink(file->temporary);
        keep(file->temporary);
    }
    destroy(file);
}
