/*
 * out_file.c - output that is there whole or not at all
 */
#include "system/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "system/hidden.h"
#include "common/fit.h"

#define BUFFER_SIZE (256u * 1024u)

struct out_file {
    int fd;
    char *name; /* for messages */
    char *path; /* where a regular file goes at the end, or NULL */
    struct hidden hidden;
    bool named;  /* `hidden` is there now */
    mode_t mode; /* that it gets at the end */
    bool compress;
    bool deflating; /* `stream` is in use */
    z_stream stream;
    size_t used;
    /* BUFFER_SIZE bytes each, once they are needed: until then the HDF5
     * library has better use for memory that was touched. */
    unsigned char *buffer;
    unsigned char *compressed; /* if `compress` */
};

static bool fail(const struct out_file *file, struct error *error)
{
    const int reason = errno;
    error_set(error, "%s: cannot write: %s", file->name,
              reason == EBUSY ? "another program is writing it; wait until "
                                "that has ended, or write to another file"
                              : text_reason(reason));
    error->closed_pipe = reason == EPIPE;
    return false;
}

/* ---- opening ---- */

static void free_buffers(struct out_file *file)
{
    if (file->deflating)
        deflateEnd(&file->stream);
    file->deflating = false;
    free(file->buffer);
    free(file->compressed);
    file->buffer = NULL;
    file->compressed = NULL;
}

static void destroy(struct out_file *file)
{
    if (file->path == NULL && file->fd >= 0)
        close(file->fd);
    free_buffers(file);
    free(file->name);
    free(file->path);
    free(file);
}

/* A new file has the mode that any has, one that is replaced keeps its own. */
static mode_t mode_for(const struct out_place *place)
{
    if (place->exists)
        return place->mode & 0777;
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool open_place(struct out_file *file, const struct out_place *place)
{
    switch (place->kind) {
    case OUT_DESCRIPTOR:
        errno = EBADF;
        if ((fcntl(place->descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY)
            return false;
        file->fd = fcntl(place->descriptor, F_DUPFD_CLOEXEC, 3);
        return file->fd >= 0;
    case OUT_DEVICE:
        file->fd = open(place->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return file->fd >= 0;
    case OUT_REGULAR:
        break;
    }
    file->path = strdup(place->path);
    if (file->path == NULL || !hidden_open(&file->hidden, place->hidden))
        return false;
    file->fd = file->hidden.fd;
    file->mode = mode_for(place);
    return true;
}

static bool is_gzip_name(const char *name)
{
    const size_t length = name != NULL ? strlen(name) : 0;
    return length > 3 && strcmp(name + length - 3, ".gz") == 0;
}

static struct out_file *open_as(const struct out_place *place, const char *name,
                                bool compress, struct error *error)
{
    error->closed_pipe = false;
    struct out_file *file = calloc(1, sizeof *file);
    if (file != NULL)
        file->name = strdup(name != NULL ? name : "standard output");
    if (file == NULL || file->name == NULL) {
        free(file);
        error_no_memory(error);
        return NULL;
    }
    file->fd = -1;
    file->compress = compress;
    if (open_place(file, place))
        return file;
    fail(file, error);
    out_file_abandon(file);
    return NULL;
}

struct out_file *out_file_open(const struct out_place *place, const char *name,
                               struct error *error)
{
    return open_as(place, name, is_gzip_name(name), error);
}

struct out_file *out_file_reserve(const struct out_place *place,
                                  const char *name, struct error *error)
{
    if (place->kind == OUT_REGULAR)
        return open_as(place, name, false, error);
    error_set(
        error,
        "%s: not a regular file; a state needs the name of one, or a new name",
        name);
    return NULL;
}

bool out_file_find(const struct out_file *file, struct stat *status)
{
    return file->path != NULL && fstat(file->fd, status) == 0;
}

const char *out_file_temporary(const struct out_file *file)
{
    return file->hidden.path;
}

bool out_file_is_replaced(const struct out_file *file)
{
    return file->path != NULL;
}

bool out_file_restart(struct out_file *file, struct error *error)
{
    file->used = 0;
    free_buffers(file);
    return file->path == NULL ||
           (ftruncate(file->fd, 0) == 0 && lseek(file->fd, 0, SEEK_SET) == 0) ||
           fail(file, error);
}

/* ---- writing ---- */

static bool write_all(struct out_file *file, const unsigned char *data,
                      size_t size, struct error *error)
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

static bool flush(struct out_file *file, bool finish, struct error *error)
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

static bool make_buffers(struct out_file *file, struct error *error)
{
    if (file->buffer == NULL)
        file->buffer = malloc(BUFFER_SIZE);
    if (file->compress && file->compressed == NULL)
        file->compressed = malloc(BUFFER_SIZE);
    if (file->compress && !file->deflating) {
        memset(&file->stream, 0, sizeof file->stream);
        file->deflating = deflateInit2(&file->stream, 6, Z_DEFLATED, 15 + 16, 8,
                                       Z_DEFAULT_STRATEGY) == Z_OK;
    }
    return (file->buffer != NULL &&
            (!file->compress ||
             (file->compressed != NULL && file->deflating))) ||
           error_no_memory(error);
}

bool out_file_write(struct out_file *file, const void *data, size_t size,
                    struct error *error)
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
                         struct error *error)
{
    return text->failed ? error_no_memory(error)
                        : out_file_write(file, text->bytes, text->used, error);
}

/* Before the name changes, the content has to be on the disk. */
static bool sync_to_disk(struct out_file *file, struct error *error)
{
    return file->path == NULL || fsync(file->fd) == 0 || errno == EINVAL ||
           fail(file, error);
}

bool out_file_finish(struct out_file *file, struct error *error)
{
    const bool good = make_buffers(file, error) && flush(file, true, error) &&
                      sync_to_disk(file, error);
    free_buffers(file);
    return good;
}

/* ---- closing ---- */

bool out_file_is_ready(const struct out_file *file, struct error *error)
{
    return file->path == NULL || hidden_is_ready(&file->hidden, file->path) ||
           fail(file, error);
}

bool out_file_name(struct out_file *file, struct error *error)
{
    if (file->path == NULL)
        return true;
    file->named = hidden_rename(&file->hidden, file->path, file->mode);
    return file->named || fail(file, error);
}

void out_file_close(struct out_file *file)
{
    if (file->named)
        hidden_close(&file->hidden);
    destroy(file);
}

bool out_file_commit(struct out_file *file, struct error *error)
{
    const bool good = out_file_name(file, error);
    if (good)
        out_file_close(file);
    else
        out_file_abandon(file);
    return good;
}

void out_file_abandon(struct out_file *file)
{
    if (file == NULL)
        return;
    if (file->named)
        hidden_withdraw(&file->hidden, file->path);
    else
        hidden_remove(&file->hidden);
    destroy(file);
}
