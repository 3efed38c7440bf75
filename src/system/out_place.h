/*
 * out_place.h - where an output goes, by whatever name
 *
 * Names differ and files are the same: through symbolic links, ./ and //, and
 * as /dev/stdout. What counts is the file itself, by device and inode, or for
 * one that does not exist yet its folder's and its name.
 */
#ifndef SYSTEM_OUT_PLACE_H
#define SYSTEM_OUT_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

enum out_kind {
    OUT_DESCRIPTOR, /* an open one: standard output, /dev/fd/3 */
    OUT_DEVICE,     /* a pipe, a terminal: written to as it is */
    OUT_REGULAR     /* replaced by a complete file, or made */
};

struct out_place {
    enum out_kind kind;
    int descriptor; /* of OUT_DESCRIPTOR */
    char *path;     /* without symbolic links; NULL for a descriptor */
    char *hidden;   /* OUT_REGULAR: the name until it is complete */
    bool exists;
    mode_t mode;  /* if it exists */
    dev_t device; /* of it, or else of its folder */
    ino_t inode;
    bool hidden_exists; /* something has that name already */
    dev_t hidden_device;
    ino_t hidden_inode;
};

/* NULL is standard output. False with errno. Free with out_place_free() either
 * way. */
bool out_place_find(struct out_place *place, const char *path);
void out_place_free(struct out_place *place);

/* ".NAME.KIND" beside a path, for a file that belongs to it; the caller's to
 * free. NULL without memory. */
char *out_place_beside(const char *path, const char *kind);

/* Would writing to both harm one of them? Devices such as /dev/null take
 * anything. */
bool out_place_same(const struct out_place *a, const struct out_place *b);

/* Would writing there harm a file that is read, and is no device? */
bool out_place_harms(const struct out_place *place, dev_t device, ino_t inode);

#endif
