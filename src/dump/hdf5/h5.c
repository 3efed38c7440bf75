/*
 * h5.c - starting, entering and leaving the HDF5 library, and its errors
 */
#include "dump/hdf5/h5.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fit.h"
#include "dump/decode.h"
#include "dump/discover.h"
#include "dump/hdf5/guard.h"

/* ---- errors ---- */

static herr_t add_to_detail(unsigned n, const H5E_error2_t *said, void *context)
{
    struct error *error = context;
    size_t used = strlen(error->detail);
    (void)n;
    error->no_memory |= said->min_num == H5E_NOSPACE;
    snprintf(error->detail + used, sizeof error->detail - used, "%s%s: %s",
             used > 0 ? "\n" : "", said->func_name, said->desc);
    return 0;
}

void h5_take_detail(struct error *error)
{
    error_clear(error);
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, add_to_detail, error);
}

/* ---- newer formats ---- */

static unsigned superblock_version; /* of the dump that was opened last */

void h5_note_superblock(unsigned version)
{
    superblock_version = version;
}

/*
 * What the library does not know yet, by what it says: later versions write it.
 * Since superblock version 2, headers have check sums that were right if it got
 * so far; before, this may be damage as well.
 */
static const char *newer_part(const char *detail)
{
    static const struct {
        const char *said;
        const char *part;
    } parts[] = {
        {"bad version number for layout message",
         "a data layout of HDF5 2.0 or later"},
        {"bad version number for datatype message",
         "an element type of HDF5 2.0 or later"},
        {"bad version number for filter pipeline message", "its filters"},
        {"bad version number for fill value message", "its fill value"},
        {"bad version number for attribute message", "an attribute"},
        {"wrong version number in dataspace message", "its shape"},
        {"bad object header version number", "an object header"},
        {"bad superblock version number", "its superblock"},
    };
    for (size_t i = 0;
         superblock_version >= 2 && i < sizeof parts / sizeof *parts; i++) {
        if (strstr(detail, parts[i].said) != NULL)
            return parts[i].part;
    }
    return NULL;
}

/* How an error ends that is about a newer format. */
static void format_newer(const char *part, char *text, size_t size)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, size,
             "written in a newer format than HDF5 %u.%u.%u knows, which reads "
             "it here (%s); write it with libver=('v108', 'v114') in h5py, or "
             "build aum-scan with a newer HDF5",
             major, minor, release, part);
}

/* Where memory has run out, nothing is known of damage, nor of the disk.
 * Returns whether the text is what the format says. */
static bool write_text(struct error *error, const char *format,
                       va_list arguments)
{
    const char *damaged = strstr(format, "damaged: ");
    if (damaged == NULL)
        damaged = strstr(format, "cannot write");
    char start[200];
    error->no_memory &= damaged != NULL; /* and the text says so */
    if (error->no_memory) {
        snprintf(start, sizeof start, "%.*sout of memory",
                 (int)(damaged - format), format);
        format = start;
    }
    const char *newer = damaged != NULL ? newer_part(error->detail) : NULL;
    if (newer != NULL && !error->no_memory) {
        char remedy[300];
        char whole[600];
        format_newer(newer, remedy, sizeof remedy);
        snprintf(whole, sizeof whole, "%.*s%s", (int)(damaged - format), format,
                 remedy); /* no percent sign is in it */
        text_fit_list(error->text, sizeof error->text, whole, arguments);
        return false;
    }
    text_fit_list(error->text, sizeof error->text, format, arguments);
    return !error->no_memory;
}

bool h5_fail(struct error *error, const char *format, ...)
{
    h5_take_detail(error);
    va_list arguments;
    va_start(arguments, format);
    write_text(error, format, arguments);
    va_end(arguments);
    return false;
}

bool h5_fail_rows(struct error *error, const char *format, ...)
{
    h5_take_detail(error);
    va_list arguments;
    va_start(arguments, format);
    const bool damaged = write_text(error, format, arguments);
    va_end(arguments);
    error_advise(error, damaged ? ADVICE_SKIP_ROWS : ADVICE_NONE);
    return error_of_rows(error);
}

/* ---- failures ---- */

static unsigned long failures;
static struct error last_noted; /* its detail is that of the first one */
static int last_reason;         /* and its errno, or 0 */

/* What errno was, from what the library says: behind all names of files, which
 * may say anything. */
static int reason_in(const char *text)
{
    static const char mark[] = "errno = ";
    int reason = 0;
    while ((text = strstr(text, mark)) != NULL) {
        text += sizeof mark - 1;
        reason = atoi(text);
    }
    return reason;
}

static herr_t note_entry(unsigned n, const H5E_error2_t *said, void *context)
{
    if (last_reason == 0)
        last_reason = reason_in(said->desc);
    return add_to_detail(n, said, context);
}

static herr_t find_no_memory(unsigned n, const H5E_error2_t *said, void *found)
{
    (void)n;
    *(bool *)found |= said->min_num == H5E_NOSPACE;
    return 0;
}

/* Want of memory is told before anything else, which may come of it. */
static herr_t note_failure(hid_t stack, void *unused)
{
    bool no_memory = false;
    (void)unused;
    H5Ewalk2(stack, H5E_WALK_UPWARD, find_no_memory, &no_memory);
    if (failures++ == 0 || last_noted.detail[0] == '\0' ||
        (no_memory && !last_noted.no_memory)) {
        last_noted.detail[0] = '\0';
        last_noted.no_memory = false;
        last_reason = 0;
        H5Ewalk2(stack, H5E_WALK_UPWARD, note_entry, &last_noted);
    }
    return 0;
}

unsigned long h5_failures(void)
{
    last_noted.detail[0] = '\0';
    last_noted.no_memory = false;
    last_reason = 0;
    return failures;
}

bool h5_failed_since(unsigned long before)
{
    return failures != before;
}

bool h5_lacks_memory(void)
{
    bool no_memory = false;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_no_memory, &no_memory);
    return no_memory;
}

bool h5_lacked_memory(void)
{
    return last_noted.no_memory;
}

int h5_reason(void)
{
    return last_reason;
}

bool h5_fail_since(unsigned long before, struct error *error,
                   const char *format, ...)
{
    if (failures == before)
        return true;
    error_clear(error);
    memcpy(error->detail, last_noted.detail, sizeof error->detail);
    error->no_memory = last_noted.no_memory;
    va_list arguments;
    va_start(arguments, format);
    write_text(error, format, arguments);
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

/* Discovery holds it as long as a file is open, and may read from that file. */
static pthread_mutex_t lock;
static pthread_once_t lock_made = PTHREAD_ONCE_INIT;
static unsigned depth; /* how often its holder has taken it */

static void make_lock(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

void h5_enter(struct dump_watch *watch, const char *path)
{
    pthread_once(&lock_made, make_lock);
    pthread_mutex_lock(&lock);
    if (depth++ == 0)
        dump_watch_enter(watch, path);
    else
        dump_watch_progress(watch);
    take_failures();
}

void h5_leave(struct dump_watch *watch)
{
    if (--depth == 0)
        dump_watch_leave(watch);
    else
        dump_watch_progress(watch);
    pthread_mutex_unlock(&lock);
}

/* ---- LZF, as a filter of the library ---- */

/* LZF makes no more than 264 bytes of three: a chunk that claims more is
 * damaged, and would be but memory. */
#define LZF_FACTOR 88

/* h5py leaves the chunk's size among the parameters; but not of strings of
 * variable length, nor does it count a check sum that comes before. */
static size_t lzf_room(size_t count, const unsigned values[], size_t size)
{
    const size_t most = size <= SIZE_MAX / LZF_FACTOR ? size * LZF_FACTOR : 0;
    const size_t claimed = count >= 3 && values[2] > 0 ? values[2] : size;
    return claimed <= most ? claimed : 0;
}

static size_t lzf_filter(unsigned flags, size_t count, const unsigned values[],
                         size_t size, size_t *room, void **buffer)
{
    if (!(flags & H5Z_FLAG_REVERSE))
        return 0;
    for (size_t bytes = lzf_room(count, values, size);
         bytes > 0 && bytes / 2 / LZF_FACTOR <= size; bytes *= 2) {
        unsigned char *out = malloc(bytes);
        if (out == NULL)
            return 0;
        const size_t n = dump_lzf_decode(*buffer, size, out, bytes);
        if (n > 0) {
            free(*buffer);
            *buffer = out;
            *room = bytes;
            return n;
        }
        free(out);
    }
    return 0;
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

bool h5_start(struct error *error)
{
    if (setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1) != 0)
        return error_no_memory(error);
    /* Nothing is written: no need to tidy up when the process ends. */
    if (H5dont_atexit() < 0 || H5open() < 0)
        return error_set(error, "the HDF5 library does not start");
    take_failures();
    add_plugin_folders();
    if (H5Zregister(&lzf_class) < 0 || !guard_start())
        return h5_fail(error, "the HDF5 library does not start");
    return true;
}

bool dump_start(struct error *error)
{
    return h5_start(error);
}

void dump_hdf5_version(char *text, size_t size)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, size, "%u.%u.%u", major, minor, release);
}
