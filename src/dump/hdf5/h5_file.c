/*
 * h5_file.c - HDF5 files are opened, identified and visited
 */
#include "dump/hdf5/h5_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fit.h"
#include "common/read_at.h"
#include "dump/hdf5/guard.h"

#define METADATA_BYTES ((size_t)512 << 10)
#define METADATA_NAMES_MAX ((size_t)32 << 20)

static const char hdf5_signature[8] = {'\x89', 'H',  'D',    'F',
                                       '\r',   '\n', '\x1a', '\n'};

/* After a user block the signature is at 512 bytes or a power of two times
 * that (HDF5 file format specification, II.A). */
enum signature { SIGNATURE_ABSENT, SIGNATURE_FOUND, SIGNATURE_UNREADABLE };

static enum signature find_signature(int fd, uint64_t size, unsigned *version)
{
    unsigned char found[sizeof hdf5_signature + 1];
    for (uint64_t at = 0; at < size; at = at == 0 ? 512 : at * 2) {
        const ssize_t n = dump_read_at(fd, found, sizeof found, at);
        *version = n == (ssize_t)sizeof found ? found[sizeof found - 1] : 0;
        if (n < 0)
            return SIGNATURE_UNREADABLE;
        if (n >= (ssize_t)sizeof hdf5_signature &&
            memcmp(found, hdf5_signature, sizeof hdf5_signature) == 0)
            return SIGNATURE_FOUND;
    }
    return SIGNATURE_ABSENT;
}

/* The newest superblock that HDF5 2.0 writes. */
#define SUPERBLOCK_MAX 3u

#define DECOMPRESS "; decompress it first"

static const char *what_it_is_instead(int fd)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *what;
    } kinds[] = {
        {"PK\3\4", 4, " but a zip archive (.npz and .pt are)"},
        {"\x93NUMPY", 6, " but a NumPy array"},
        {"\x1f\x8b", 2, " but gzip data" DECOMPRESS},
        {"\x28\xb5\x2f\xfd", 4, " but zstd data" DECOMPRESS},
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

/* A file that a crash leaves behind may have zeros alone. */
static bool has_content(int fd)
{
    char start[512];
    const ssize_t n = dump_read_at(fd, start, sizeof start, 0);
    for (ssize_t i = 0; i < n; i++) {
        if (start[i] != 0)
            return true;
    }
    return false;
}

/* A regular file with a signature? What it is instead is told. */
static bool check_content(int fd, const char *path, uint64_t size,
                          const char *remedy, struct error *error)
{
    unsigned version = 0;
    const enum signature signature = find_signature(fd, size, &version);
    h5_note_superblock(version);
    if (signature == SIGNATURE_UNREADABLE)
        return error_set(error, "%s: cannot read: %s", path,
                         text_reason(errno));
    if (signature == SIGNATURE_ABSENT) {
        const char *instead = what_it_is_instead(fd);
        const bool packed = strstr(instead, DECOMPRESS) != NULL;
        error_set(error, "%s: not an HDF5 file%s%s", path, instead,
                  packed ? "" : remedy);
        error->no_dump = !packed && has_content(fd);
        return false;
    }
    return version <= SUPERBLOCK_MAX ||
           error_set(error,
                     "%s: its superblock has version %u, but %u is the newest "
                     "that is known here: written by a newer HDF5, or "
                     "damaged%s",
                     path, version, SUPERBLOCK_MAX, remedy);
}

/* What can be told of a file without the library; false if it is no HDF5. */
static bool looks_like_hdf5(const char *path, const char *remedy,
                            struct error *error)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, "%s: cannot open: %s", path,
                         text_reason(errno));
    bool good = false;
    if (fstat(fd, &status) != 0)
        error_set(error, "%s: cannot read: %s", path, text_reason(errno));
    else if (!S_ISREG(status.st_mode))
        error_set(error, "%s: not a regular file%s", path, remedy);
    else if (status.st_size == 0)
        error_set(error, "%s: empty file%s", path,
                  *remedy != '\0' ? remedy : "; was its writer interrupted?");
    else
        good = check_content(fd, path, (uint64_t)status.st_size, remedy, error);
    close(fd);
    return good;
}

static bool is_being_written(const struct error *error)
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
                   uint64_t names, const char *remedy, struct error *error)
{
    if (!looks_like_hdf5(path, remedy, error))
        return -1;
    hid_t access = access_properties(path, trust, names);
    if (access < 0) {
        error_no_memory(error);
        return -1;
    }
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file < 0) { /* first of all: any other call forgets what was said */
        h5_take_detail(error);
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
        error_set(error,
                  "%s: truncated: %" PRIu64 " bytes are missing of %" PRIu64
                  "; copy it again, or leave it out",
                  path, base + stored_end - end, base + stored_end);
    else if (is_being_written(error)) {
        error_set(error,
                  "%s: not closed by its writer, which still runs or was "
                  "killed; if it was, h5clear -s makes the file readable",
                  path);
        error_advise(error, ADVICE_READ_LIVE);
    } else
        error_set(error,
                  "%s: damaged: the HDF5 library cannot open it (-v tells "
                  "more)%s",
                  path, remedy);
    return -1;
}

bool h5_object_info(hid_t object, H5O_info_t *info)
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
    return h5_object_info(a, &of_a) && h5_object_info(b, &of_b) &&
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
