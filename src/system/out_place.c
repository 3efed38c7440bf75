/*
 * out_place.c - where an output goes, by whatever name
 */
#include "system/out_place.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/path.h"

#define LINKS_MAX 40 /* as many as the system follows */

/* ---- paths ---- */

static const char *base_of(const char *path)
{
    return path + path_folder_length(path);
}

/* The path with its folder free of symbolic links; NULL with errno. */
static char *settle_folder(const char *path)
{
    const char *base = base_of(path);
    char *folder = strndup(path, (size_t)(base - path));
    if (folder == NULL)
        return NULL;
    char *real = realpath(*folder != '\0' ? folder : ".", NULL);
    free(folder);
    if (real == NULL)
        return NULL;
    char *settled = path_join(real, strlen(real), base);
    free(real);
    return settled;
}

/* What a symbolic link says, seen from its own folder; NULL with errno. */
static char *link_target(const char *path)
{
    char target[PATH_MAX];
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        return NULL;
    target[length] = '\0';
    if (target[0] == '/')
        return strdup(target);
    return path_join(path, path_folder_length(path), target);
}

/* ---- descriptors ---- */

/* Reads a number that is a whole name. */
static bool parse_number(const char *text, int *number)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    *number = (int)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
           value <= INT_MAX;
}

/* Is a settled path one of this process's descriptors? Linux has them in
 * /proc/PID/fd, others in /dev/fd. */
static bool is_descriptor(const char *path, int *descriptor)
{
    char own[64];
    if (strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0) {
        *descriptor = path[8] == 'o' ? STDOUT_FILENO : STDERR_FILENO;
        return true;
    }
    snprintf(own, sizeof own, "/proc/%ld/", (long)getpid());
    const char *base = base_of(path);
    const size_t folder = (size_t)(base - path);
    const bool in_proc = strncmp(path, own, strlen(own)) == 0 && folder >= 4 &&
                         strncmp(base - 4, "/fd/", 4) == 0;
    const bool in_dev = folder == 8 && strncmp(path, "/dev/fd/", folder) == 0;
    return (in_proc || in_dev) && parse_number(base, descriptor);
}

static bool find_descriptor(struct out_place *place, int descriptor)
{
    struct stat status;
    place->kind = OUT_DESCRIPTOR;
    place->descriptor = descriptor;
    if (fstat(descriptor, &status) != 0)
        return false;
    place->exists = true;
    place->mode = status.st_mode;
    place->device = status.st_dev;
    place->inode = status.st_ino;
    return true;
}

/* ---- files ---- */

char *out_place_beside(const char *path, const char *kind)
{
    const char *base = base_of(path);
    const size_t room = strlen(path) + strlen(kind) + 32;
    char *beside = malloc(room);
    if (beside == NULL)
        return NULL;
    if (strlen(base) + strlen(kind) + 2 <= NAME_MAX) {
        snprintf(beside, room, "%.*s.%s.%s", (int)(base - path), path, base,
                 kind);
        return beside;
    }
    /* A name that has no room for more: by its hash. */
    snprintf(beside, room, "%.*s.%016" PRIx64 ".%s", (int)(base - path), path,
             hash_text(base), kind);
    return beside;
}

/* Follows symbolic links to the end, which need not exist. */
static bool follow(struct out_place *place, const char *path)
{
    struct stat status;
    char *at = settle_folder(path);
    for (int i = 0; at != NULL && i < LINKS_MAX; i++) {
        free(place->path);
        place->path = at;
        if (is_descriptor(at, &place->descriptor) || lstat(at, &status) != 0 ||
            !S_ISLNK(status.st_mode))
            return true;
        char *target = link_target(at);
        at = target != NULL ? settle_folder(target) : NULL;
        free(target);
    }
    if (at != NULL) {
        free(at);
        errno = ELOOP;
    }
    return false;
}

/* Of a file that does not exist yet, its folder. */
static bool find_folder(struct out_place *place)
{
    struct stat status;
    const char *base = base_of(place->path);
    char *folder = strndup(place->path, (size_t)(base - place->path));
    const bool good = folder != NULL && stat(folder, &status) == 0;
    free(folder);
    if (!good)
        return false;
    if (*base == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
        errno = EISDIR;
        return false;
    }
    place->device = status.st_dev;
    place->inode = status.st_ino;
    return true;
}

bool out_place_find(struct out_place *place, const char *path)
{
    struct stat status;
    int descriptor;
    *place = (struct out_place){.kind = OUT_REGULAR, .descriptor = -1};
    if (path == NULL)
        return find_descriptor(place, STDOUT_FILENO);
    if (!follow(place, path))
        return false;
    if (is_descriptor(place->path, &descriptor)) {
        free(place->path);
        place->path = NULL;
        return find_descriptor(place, descriptor);
    }
    place->exists = stat(place->path, &status) == 0;
    if (place->exists) {
        place->mode = status.st_mode;
        place->device = status.st_dev;
        place->inode = status.st_ino;
        if (S_ISDIR(status.st_mode)) {
            errno = EISDIR;
            return false;
        }
    } else if (errno != ENOENT || !find_folder(place)) {
        return false;
    }
    if (place->exists && !S_ISREG(status.st_mode)) {
        place->kind = OUT_DEVICE;
        return true;
    }
    place->hidden = out_place_beside(place->path, "aum-scan");
    if (place->hidden == NULL)
        return false;
    place->hidden_exists = lstat(place->hidden, &status) == 0;
    if (place->hidden_exists) {
        place->hidden_device = status.st_dev;
        place->hidden_inode = status.st_ino;
    }
    return true;
}

void out_place_free(struct out_place *place)
{
    free(place->path);
    free(place->hidden);
    place->path = NULL;
    place->hidden = NULL;
}

/* ---- what is harmed ---- */

static bool equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool out_place_same(const struct out_place *a, const struct out_place *b)
{
    if (equal(a->path, b->path) || equal(a->path, b->hidden) ||
        equal(a->hidden, b->path))
        return !a->exists || !S_ISCHR(a->mode);
    if (a->exists != b->exists || a->device != b->device ||
        a->inode != b->inode)
        return false;
    /* In one folder, of which there may be two names. */
    return a->exists ? !S_ISCHR(a->mode)
                     : strcmp(base_of(a->path), base_of(b->path)) == 0;
}

bool out_place_harms(const struct out_place *place, dev_t device, ino_t inode)
{
    return (place->exists && place->device == device &&
            place->inode == inode) ||
           (place->hidden_exists && place->hidden_device == device &&
            place->hidden_inode == inode);
}
