/*
 * h5.c - what discover.c and reader.c both ask of the HDF5 library
 */
#include "h5.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode.h"
#include "guard.h"
#include "read_at.h"

/* ---- errors ---- */

static herr_t add_to_detail(unsigned n, const H5E_error2_t *said, void *context)
{
    struct dump_error *error = context;
    size_t used = strlen(error->detail);
    (void)n;
    snprintf(error->detail + used, sizeof error->detail - used, "%s%s: %s",
             used > 0 ? "\n" : "", said->func_name, said->desc);
    return 0;
}

static void take_detail(struct dump_error *error)
{
    error->detail[0] = '\0';
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, add_to_detail, error);
}

bool h5_fail(struct dump_error *error, const char *format, ...)
{
    take_detail(error);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- failures ---- */

static unsigned long failures;
static struct dump_error last_noted; /* its detail is that of the first one */

static herr_t note_failure(hid_t stack, void *unused)
{
    (void)unused;
    if (failures++ == 0 || last_noted.detail[0] == '\0') {
        last_noted.detail[0] = '\0';
        H5Ewalk2(stack, H5E_WALK_UPWARD, add_to_detail, &last_noted);
    }
    return 0;
}

unsigned long h5_failures(void)
{
    last_noted.detail[0] = '\0';
    return failures;
}

bool h5_fail_since(unsigned long before, struct dump_error *error,
                   const char *format, ...)
{
    if (failures == before)
        return true;
    memcpy(error->detail, last_noted.detail, sizeof error->detail);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

/* In place of printing them. Builds made for threads have this setting once for
 * each thread. */
static void take_failures(void)
{
    H5Eset_auto2(H5E_DEFAULT, note_failure, NULL);
}

/* ---- one thread at a time ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void h5_enter(struct dump_watch *watch, const char *path)
{
    pthread_mutex_lock(&lock);
    dump_watch_enter(watch, path);
    take_failures();
}

void h5_leave(struct dump_watch *watch)
{
    dump_watch_leave(watch);
    pthread_mutex_unlock(&lock);
}

/* ---- LZF, as a filter of the library ---- */

static size_t lzf_filter(unsigned flags, size_t count, const unsigned values[],
                         size_t size, size_t *room, void **buffer)
{
    if (!(flags & H5Z_FLAG_REVERSE) || count < 3)
        return 0;
    const size_t chunk_size = values[2]; /* h5py leaves it here */
    unsigned char *out = malloc(chunk_size);
    if (out == NULL)
        return 0;
    size_t n = dump_lzf_decode(*buffer, size, out, chunk_size);
    if (n == 0) {
        free(out);
        return 0;
    }
    free(*buffer);
    *buffer = out;
    *room = chunk_size;
    return n;
}

static const H5Z_class2_t lzf_class = {
    H5Z_CLASS_T_VERS, H5_LZF_FILTER, 0, 1, "lzf", NULL, NULL, lzf_filter};

/* Adds the folders where distributions put plugins to where the library looks
 * for them (HDF5_PLUGIN_PATH or its own). */
static void add_plugin_folders(void)
{
    static const char folders[] = HDF5_PLUGIN_DIRS;
    char folder[1024];
    for (const char *p = folders; *p != '\0';) {
        const size_t length = strcspn(p, ":");
        if (length < sizeof folder) {
            memcpy(folder, p, length);
            folder[length] = '\0';
            if (access(folder, R_OK | X_OK) == 0)
                H5PLappend(folder);
        }
        p += length + 1;
    }
}

bool h5_start(struct dump_error *error)
{
    error->detail[0] = '\0';
    if (setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1) != 0)
        return dump_out_of_memory(error);
    /* Nothing is written: no need to tidy up when the process ends. */
    if (H5dont_atexit() < 0 || H5open() < 0)
        return dump_fail(error, "the HDF5 library does not start");
    take_failures();
    add_plugin_folders();
    if (H5Zregister(&lzf_class) < 0 || !guard_start())
        return h5_fail(error, "the HDF5 library does not start");
    return true;
}

/* ---- files ---- */

static const char hdf5_signature[8] = {'\x89', 'H',  'D',    'F',
                                       '\r',   '\n', '\x1a', '\n'};

/* Behind a user block the signature is at 512 bytes or a power of two times
 * that (HDF5 file format specification, II.A). */
static bool has_signature(int fd, uint64_t size)
{
    char found[sizeof hdf5_signature];
    for (uint64_t at = 0; at < size; at = at == 0 ? 512 : at * 2) {
        if (dump_read_at(fd, found, sizeof found, at) ==
                (ssize_t)sizeof found &&
            memcmp(found, hdf5_signature, sizeof found) == 0)
            return true;
    }
    return false;
}

static const char *what_it_is_instead(int fd)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *what;
    } kinds[] = {
        {"PK\3\4", 4, " but a zip archive (.npz and .pt are)"},
        {"\x93NUMPY", 6, " but a NumPy array"},
        {"\x1f\x8b", 2, " but gzip data; decompress it first"},
        {"\x28\xb5\x2f\xfd", 4, " but zstd data; decompress it first"},
        {"\xe\x3\x13\x1", 4, " but HDF4, an older format"},
        {"CDF", 3, " but classic NetCDF"},
    };
    char start[8] = {0};
    const ssize_t n = dump_read_at(fd, start, sizeof start, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (n >= (ssize_t)kinds[i].size &&
            memcmp(start, kinds[i].magic, kinds[i].size) == 0)
            return kinds[i].what;
    }
    return "";
}

/* What can be told of a file without the library; false if it is no HDF5. */
static bool looks_like_hdf5(const char *path, struct dump_error *error)
{
    struct stat status;
    error->detail[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return dump_fail(error, "%s: cannot open: %s", path, strerror(errno));
    bool good = false;
    if (fstat(fd, &status) != 0)
        dump_fail(error, "%s: cannot read: %s", path, strerror(errno));
    else if (!S_ISREG(status.st_mode))
        dump_fail(error, "%s: not a regular file", path);
    else if (status.st_size == 0)
        dump_fail(error, "%s: empty file; was its writer interrupted?", path);
    else if (!has_signature(fd, (uint64_t)status.st_size))
        dump_fail(error, "%s: not an HDF5 file%s", path,
                  what_it_is_instead(fd));
    else
        good = true;
    close(fd);
    return good;
}

static bool is_being_written(const struct dump_error *error)
{
    return strstr(error->detail, "already open for write") != NULL ||
           strstr(error->detail, "consistency flags") != NULL;
}

hid_t h5_open_file(const char *path, bool live, const struct dump_trust *trust,
                   struct dump_error *error)
{
    if (!looks_like_hdf5(path, error))
        return -1;
    hid_t access = guard_access(path, trust);
    if (access < 0) {
        dump_out_of_memory(error);
        return -1;
    }
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file < 0) {
        take_detail(error);
        if (live && is_being_written(error))
            file = H5Fopen(path, H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access);
    }
    H5Pclose(access);
    if (file >= 0)
        return file;
    const char *said = error->detail;
    uint64_t end;
    uint64_t base;
    uint64_t stored_end;
    const char *truncated = strstr(said, "truncated file: eof");
    if (truncated != NULL &&
        sscanf(truncated,
               "truncated file: eof = %" SCNu64 ", sblock->base_addr = %" SCNu64
               ", stored_eof = %" SCNu64,
               &end, &base, &stored_end) == 3 &&
        base + stored_end > end)
        dump_fail(error,
                  "%s: truncated: %" PRIu64 " bytes are missing of %" PRIu64
                  "; copy it again, or leave it out",
                  path, base + stored_end - end, base + stored_end);
    else if (is_being_written(error))
        dump_fail(error,
                  "%s: not closed by its writer, which still runs or was "
                  "killed; if it was, h5clear -s makes the file readable; -k "
                  "reads what is complete, if it is written with SWMR",
                  path);
    else
        dump_fail(error,
                  "%s: damaged: the HDF5 library cannot open it (-v tells "
                  "more)",
                  path);
    return -1;
}

bool h5_file_kind(hid_t file, char *kind, size_t size)
{
    memset(kind, 0, size);
    if (H5Aexists(file, H5_KIND_ATTRIBUTE) <= 0)
        return false;
    hid_t attribute = H5Aopen(file, H5_KIND_ATTRIBUTE, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    const bool good =
        H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
        H5Tget_size(type) < size && H5Sget_simple_extent_npoints(space) == 1 &&
        H5Aread(attribute, type, kind) >= 0;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return good;
}

/* ---- types ---- */

hid_t h5_memory_type(const struct dump_array *array, hid_t stored)
{
    if (!array->convert)
        return H5Tcopy(stored);
    switch (array->type) {
    case DUMP_F64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    case DUMP_I64:
        return H5Tcopy(H5T_NATIVE_INT64);
    case DUMP_U64:
        return H5Tcopy(H5T_NATIVE_UINT64);
    default:
        return -1; /* discover.c converts to no other */
    }
}
