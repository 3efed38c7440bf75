/*
 * h5.c - what discover.c and reader.c both ask of the HDF5 library
 */
#include "dump/hdf5/h5.h"

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

#include "dump/decode.h"
#include "dump/discover.h"
#include "dump/hdf5/guard.h"
#include "common/read_at.h"

/* ---- errors ---- */

static herr_t add_to_detail(unsigned n, const H5E_error2_t *said, void *context)
{
    struct dump_error *error = context;
    size_t used = strlen(error->detail);
    (void)n;
    error->no_memory |= said->min_num == H5E_NOSPACE;
    snprintf(error->detail + used, sizeof error->detail - used, "%s%s: %s",
             used > 0 ? "\n" : "", said->func_name, said->desc);
    return 0;
}

static void take_detail(struct dump_error *error)
{
    error->detail[0] = '\0';
    error->no_memory = false;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, add_to_detail, error);
}

/* Where memory has run out, nothing is known of damage. */
static void write_text(struct dump_error *error, const char *format,
                       va_list arguments)
{
    vsnprintf(error->text, sizeof error->text, format, arguments);
    char *damaged = strstr(error->text, "damaged: ");
    if (error->no_memory && damaged != NULL)
        snprintf(damaged, sizeof error->text - (size_t)(damaged - error->text),
                 "out of memory");
}

bool h5_fail(struct dump_error *error, const char *format, ...)
{
    take_detail(error);
    va_list arguments;
    va_start(arguments, format);
    write_text(error, format, arguments);
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
        last_noted.no_memory = false;
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

#define LZF_FACTOR 88

static size_t lzf_filter(unsigned flags, size_t count, const unsigned values[],
                         size_t size, size_t *room, void **buffer)
{
    if (!(flags & H5Z_FLAG_REVERSE) || count < 3)
        return 0;
    /* h5py leaves the chunk's size here. LZF makes no more than 264 bytes of
     * three: more is damage, and would be but memory. */
    const size_t chunk_size = values[2];
    if (chunk_size / LZF_FACTOR > size)
        return 0;
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

bool dump_start(struct dump_error *error)
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

/* ---- files ---- */

#define METADATA_BYTES ((size_t)512 << 10)
#define METADATA_NAMES_MAX ((size_t)32 << 20)

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

/* What the library keeps of a file's groups grows with their number otherwise,
 * to 32 MiB and what else these take in memory. A heap may be half empty. */
static void bound_cache(H5AC_cache_config_t *config, uint64_t names)
{
    size_t bytes = METADATA_BYTES;
    if (names < METADATA_NAMES_MAX)
        bytes += 2 * (size_t)names;
    else
        bytes += 2 * METADATA_NAMES_MAX;
    config->set_initial_size = true;
    config->initial_size = bytes;
    config->min_size = METADATA_BYTES;
    config->max_size = bytes;
}

bool h5_has_heaps(hid_t file)
{
    H5G_info_t info;
    return H5Gget_info(file, &info) >= 0 &&
           info.storage_type == H5G_STORAGE_TYPE_SYMBOL_TABLE;
}

void h5_keep(hid_t file, uint64_t names)
{
    H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    if (H5Fget_mdc_config(file, &config) < 0)
        return;
    bound_cache(&config, names);
    H5Fset_mdc_config(file, &config);
}

/* Properties to open a file with; negative without memory. */
static hid_t access_properties(const char *path, const struct dump_trust *trust,
                               uint64_t names)
{
    H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    hid_t access = guard_access(path, trust);
    if (access >= 0 && H5Pget_mdc_config(access, &config) >= 0) {
        bound_cache(&config, names);
        H5Pset_mdc_config(access, &config);
    }
    return access;
}

hid_t h5_open_file(const char *path, bool live, const struct dump_trust *trust,
                   uint64_t names, struct dump_error *error)
{
    if (!looks_like_hdf5(path, error))
        return -1;
    hid_t access = access_properties(path, trust, names);
    if (access < 0) {
        dump_out_of_memory(error);
        return -1;
    }
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file < 0) { /* first of all: any other call forgets what was said */
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

/* H5Oget_info() finds out much that nobody asks for, in time that grows with
 * the object. */
static bool object_info(hid_t object, H5O_info_t *info)
{
#ifdef H5O_INFO_BASIC
    return H5Oget_info2(object, info, H5O_INFO_BASIC) >= 0;
#else
    return H5Oget_info(object, info) >= 0;
#endif
}

herr_t h5_visit(hid_t file, H5O_iterate_t visit, void *context)
{
#ifdef H5O_INFO_BASIC
    return H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit, context,
                     H5O_INFO_BASIC);
#else
    return H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, context);
#endif
}

bool h5_same_file(hid_t a, hid_t b)
{
    H5O_info_t of_a;
    H5O_info_t of_b;
    return object_info(a, &of_a) && object_info(b, &of_b) &&
           of_a.fileno == of_b.fileno;
}

bool h5_identify(hid_t object, struct dump_identity *identity)
{
    void *fd = NULL; /* the driver that h5_open_file() asks for has one */
    hid_t file = H5Iget_file_id(object);
    const bool good = file >= 0 &&
                      H5Fget_vfd_handle(file, H5P_DEFAULT, &fd) >= 0 &&
                      fd != NULL && dump_identify(*(int *)fd, identity);
    if (file >= 0)
        H5Fclose(file);
    return good;
}

/* ---- reading no more than there is room for ---- */

/* An attribute with its type and shape; negative ids are fine to close. */
struct attribute {
    hid_t id;
    hid_t type;
    hid_t space;
    hssize_t count;
};

static bool open_attribute(hid_t object, const char *name,
                           struct attribute *attribute)
{
    *attribute = (struct attribute){-1, -1, -1, -1};
    if (H5Aexists(object, name) <= 0)
        return false;
    attribute->id = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute->id < 0)
        return false;
    attribute->type = H5Aget_type(attribute->id);
    attribute->space = H5Aget_space(attribute->id);
    if (attribute->type >= 0 && attribute->space >= 0)
        attribute->count = H5Sget_simple_extent_npoints(attribute->space);
    return attribute->count >= 0;
}

static void close_attribute(struct attribute *attribute)
{
    if (attribute->space >= 0)
        H5Sclose(attribute->space);
    if (attribute->type >= 0)
        H5Tclose(attribute->type);
    if (attribute->id >= 0)
        H5Aclose(attribute->id);
}

bool h5_attribute_count(hid_t object, const char *name, uint64_t *count)
{
    struct attribute attribute;
    const bool good = open_attribute(object, name, &attribute);
    *count = good ? (uint64_t)attribute.count : 0;
    close_attribute(&attribute);
    return good;
}

static bool is_number(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER || class == H5T_FLOAT;
}

/* Do this many elements fit? */
static bool fits(hid_t type, uint64_t count, size_t room)
{
    const size_t size = H5Tget_size(type);
    return size > 0 && count <= room / size;
}

bool h5_read_numbers(hid_t object, const char *name, hid_t memory, size_t count,
                     void *out, size_t room)
{
    struct attribute attribute;
    const bool good = open_attribute(object, name, &attribute) &&
                      (uint64_t)attribute.count == count &&
                      is_number(attribute.type) && is_number(memory) &&
                      fits(memory, count, room) &&
                      H5Aread(attribute.id, memory, out) >= 0;
    close_attribute(&attribute);
    return good;
}

/* A string of any length; the library allocates it. */
static bool take_text(hid_t attribute, hid_t type, char *out, size_t room)
{
    char *text = NULL;
    if (H5Aread(attribute, type, &text) < 0 || text == NULL)
        return false;
    const size_t length = strnlen(text, room);
    if (length < room)
        memcpy(out, text, length + 1);
    H5free_memory(text);
    return length < room;
}

bool h5_read_text(hid_t object, const char *name, char *out, size_t room)
{
    struct attribute attribute;
    bool good = open_attribute(object, name, &attribute) &&
                attribute.count == 1 &&
                H5Tget_class(attribute.type) == H5T_STRING;
    memset(out, 0, room);
    if (good && H5Tis_variable_str(attribute.type) > 0)
        good = take_text(attribute.id, attribute.type, out, room);
    else if (good) /* and a NUL behind it */
        good = room > 0 && fits(attribute.type, 1, room - 1) &&
               H5Aread(attribute.id, attribute.type, out) >= 0;
    close_attribute(&attribute);
    return good;
}

bool h5_read(hid_t dataset, hid_t memory_type, hid_t memory_space,
             hid_t file_space, hid_t transfer, void *out, size_t room)
{
    /* Wherever in its extent the selection is. */
    const hssize_t count = H5Sget_simple_extent_npoints(memory_space);
    return count >= 0 && fits(memory_type, (uint64_t)count, room) &&
           H5Dread(dataset, memory_type, memory_space, file_space, transfer,
                   out) >= 0;
}

bool h5_read_chunk(hid_t dataset, const hsize_t *at, void *raw, size_t room,
                   size_t *size, uint32_t *filter_mask)
{
    hsize_t stored = 0;
    /* Of an unwritten chunk, HDF5 1.10 says that this fails, later versions
     * that it has no bytes. */
    if (H5Dget_chunk_storage_size(dataset, at, &stored) < 0)
        stored = 0;
    *size = stored <= SIZE_MAX ? (size_t)stored : SIZE_MAX;
    if (stored == 0)
        return true;
    return stored <= room &&
           H5Dread_chunk(dataset, H5P_DEFAULT, at, filter_mask, raw) >= 0;
}

bool h5_read_fill(hid_t properties, hid_t memory_type, void *out, size_t room)
{
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    return fits(memory_type, 1, room) &&
           H5Pfill_value_defined(properties, &defined) >= 0 &&
           defined != H5D_FILL_VALUE_UNDEFINED &&
           H5Pget_fill_value(properties, memory_type, out) >= 0;
}

bool h5_read_filter(hid_t properties, unsigned index, struct h5_filter *filter)
{
    unsigned flags;
    unsigned config;
    memset(filter, 0, sizeof *filter);
    filter->value_count = sizeof filter->values / sizeof *filter->values;
    /* The library leaves no NUL behind a name that is too long. */
    filter->id = H5Pget_filter2(properties, index, &flags, &filter->value_count,
                                filter->values, sizeof filter->name - 1,
                                filter->name, &config);
    return filter->id >= 0;
}

bool h5_file_kind(hid_t file, char *kind, size_t size)
{
    return h5_read_text(file, H5_KIND_ATTRIBUTE, kind, size);
}

/* ---- types ---- */

hid_t h5_memory_type(const struct dump_layout *layout, hid_t stored)
{
    if (!layout->convert)
        return H5Tcopy(stored);
    switch (layout->type) {
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
