/*
 * discover.h - dumps -> index
 *
 * Finds the epoch records of a file and adds them to an index.
 */
#ifndef DUMP_DISCOVER_H
#define DUMP_DISCOVER_H

#include "dump/container.h"
#include "dump/index.h"

/* Names that the user has given; NULL stands for the usual ones. */
struct dump_names {
    const char *logits;
    const char *labels;
    const char *ids;
    const char *group;     /* a glob, see names_group_matches() */
    struct dump_axes axes; /* of logits; count 0: the usual ones */
    bool labels_only; /* look for labels alone, which then serve as logits */
    bool live;        /* accept files that are still being written, see below */
};

/* A remark on something odd but usable. */
typedef void (*dump_remark_fn)(void *context, const char *text);

/* Prepares the process for reading dumps; call it once, first. */
bool dump_start(struct error *error);

/* What was found in a file. */
struct dump_found {
    size_t records; /* that were added to the index */
    bool columns;   /* a file of columns.h, not a dump: nothing was added */
    bool live;      /* still being written: its last epoch was left out */
};

/*
 * Adds the epoch records of a file to an index. On failure the index is as it
 * was before. A file without any is an error, unless names->group is set: other
 * files may have that group. If a file is still being written (and can be read
 * meanwhile, with HDF5's SWMR mode), its newest epoch is left out, as it may be
 * incomplete.
 */
bool dump_discover(struct dump_index *index, const char *path,
                   const struct dump_names *names, struct dump_found *found,
                   dump_remark_fn remark, void *context, struct error *error);

/* The same for files of another format. */
bool dump_discover_in(const struct container_format *format,
                      struct dump_index *index, const char *path,
                      const struct dump_names *names, struct dump_found *found,
                      dump_remark_fn remark, void *context,
                      struct error *error);

/* The version of the HDF5 library in use, "1.10.8". */
void dump_hdf5_version(char *text, size_t size);

#endif
