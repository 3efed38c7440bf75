/*
 * trust.c - which other files a dump may name
 */
#include "dump/trust.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/path.h"

/* Takes over a real path, which may be NULL. */
static bool keep_folder(struct dump_trust *trust, char *real)
{
    if (real == NULL)
        return errno != ENOMEM;
    /* Dumps of one folder follow one another: look at the newest first. */
    for (size_t i = trust->count; i-- > 0;) {
        if (strcmp(trust->folders[i], real) == 0) {
            free(real);
            return true;
        }
    }
    char **grown =
        realloc(trust->folders, (trust->count + 1) * sizeof *trust->folders);
    if (grown == NULL) {
        free(real);
        return false;
    }
    trust->folders = grown;
    trust->folders[trust->count++] = real;
    return true;
}

static bool add_folder(struct dump_trust *trust, const char *path,
                       size_t length)
{
    char *folder = length > 0 ? strndup(path, length) : strdup(".");
    if (folder == NULL)
        return false;
    if (trust->given != NULL && strcmp(trust->given, folder) == 0) {
        free(folder);
        return true;
    }
    free(trust->given);
    trust->given = folder;
    return keep_folder(trust, realpath(folder, NULL));
}

/* Takes over the real path of a file. */
static bool keep_folder_of(struct dump_trust *trust, char *real)
{
    if (real != NULL) {
        const size_t length = path_folder_length(real);
        real[length > 1 ? length - 1 : 1] = '\0';
    }
    return keep_folder(trust, real);
}

static bool is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

bool dump_trust_add(struct dump_trust *trust, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return add_folder(trust, path, strlen(path));
    return add_folder(trust, path, path_folder_length(path)) &&
           (!is_link(path) || keep_folder_of(trust, realpath(path, NULL)));
}

bool dump_trust_add_file(struct dump_trust *trust, const char *path,
                         const char *real)
{
    if (is_link(path))
        return dump_trust_add(trust, path);
    errno = ENOMEM;
    return keep_folder_of(trust, strdup(real));
}

/* One of the folders of a prefix. */
static bool add_prefix(struct dump_trust *trust, const char *prefix,
                       size_t length, const char *path)
{
    static const char origin[] = "${ORIGIN}";
    const size_t skip = sizeof origin - 1;
    if (length < skip || strncmp(prefix, origin, skip) != 0)
        return add_folder(trust, prefix, length);
    char *rest = strndup(prefix + skip, length - skip);
    char *folder = rest != NULL ? path_join(path, path_folder_length(path),
                                            rest + strspn(rest, "/"))
                                : NULL;
    const bool good =
        folder != NULL && add_folder(trust, folder, strlen(folder));
    free(folder);
    free(rest);
    return good;
}

bool dump_trust_add_prefixes(struct dump_trust *trust, const char *path)
{
    static const char *const variables[] = {
        "HDF5_VDS_PREFIX", "HDF5_EXTFILE_PREFIX", "HDF5_EXT_PREFIX"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *prefix = getenv(variables[i]);
        /* The library takes some as a list, some as one name, some as both. */
        if (prefix != NULL && strchr(prefix, ':') != NULL &&
            !add_prefix(trust, prefix, strlen(prefix), path))
            return false;
        while (prefix != NULL && *prefix != '\0') {
            const size_t length = strcspn(prefix, ":");
            if (length > 0 && !add_prefix(trust, prefix, length, path))
                return false;
            prefix += length + (prefix[length] == ':');
        }
    }
    return true;
}

static bool is_below(const char *real, const char *folder)
{
    const size_t length = strlen(folder);
    return strncmp(real, folder, length) == 0 &&
           (real[length] == '/' || (length > 0 && folder[length - 1] == '/'));
}

bool dump_trust_has(const struct dump_trust *trust, const char *real)
{
    for (size_t i = trust->count; i-- > 0;) {
        if (is_below(real, trust->folders[i]))
            return true;
    }
    return false;
}

bool dump_trust_doom(struct dump_trust *trust, dev_t device, ino_t inode)
{
    struct dump_doomed *grown =
        realloc(trust->doomed, (trust->doomed_count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    trust->doomed = grown;
    grown[trust->doomed_count++] = (struct dump_doomed){device, inode};
    return true;
}

bool dump_trust_is_doomed(const struct dump_trust *trust, dev_t device,
                          ino_t inode)
{
    for (size_t i = 0; i < trust->doomed_count; i++) {
        if (trust->doomed[i].device == device &&
            trust->doomed[i].inode == inode)
            return true;
    }
    return false;
}

void dump_trust_free(struct dump_trust *trust)
{
    for (size_t i = 0; i < trust->count; i++)
        free(trust->folders[i]);
    free(trust->folders);
    free(trust->given);
    free(trust->doomed);
    *trust = (struct dump_trust){.anything = trust->anything};
}
