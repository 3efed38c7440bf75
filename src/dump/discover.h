/*
 * discover.h - dumps -> plan
 */
#ifndef DUMP_DISCOVER_H
#define DUMP_DISCOVER_H

#include "dump/container.h"
#include "dump/plan.h"

/* What the user says of names; NULL: the usual ones. */
struct dump_names {
    const char *logits;
    const char *labels;
    const char *ids;
    const char *group; /* a glob, see names_group_matches() */
    bool labels_only;  /* there need be no logits: labels stand for them */
    bool live; /* files that are still being written will do, see below */
};

/* A remark on something odd but usable. */
typedef void (*dump_remark_fn)(void *context, const char *text);

/* Prepares the process for reading dumps; call it once, first. */
bool dump_start(struct dump_error *error);

/* What a file has turned out to be. */
struct dump_found {
    size_t parts; /* new ones of the plan */
    bool columns; /* no dump but a file of columns.h: nothing was added */
    bool live;    /* still being written: its last epoch was left out */
};

/*
 * Adds what a file holds to a plan. On failure the plan is as it was before. No
 * parts are no error if names->group is set, as other files may have that
 * group. Of a file that is still being written (SWMR, HDF5's way of reading
 * such), the epochs that others follow are complete.
 */
bool dump_discover(struct dump_plan *plan, const char *path,
                   const struct dump_names *names, struct dump_found *found,
                   dump_remark_fn remark, void *context,
                   struct dump_error *error);

/* The same with another format of files. */
bool dump_discover_in(const struct container_format *format,
                      struct dump_plan *plan, const char *path,
                      const struct dump_names *names, struct dump_found *found,
                      dump_remark_fn remark, void *context,
                      struct dump_error *error);

/* The version of the HDF5 library in use, "1.10.8". */
void dump_hdf5_version(char *text, size_t size);

#endif
