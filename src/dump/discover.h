/*
 * discover.h - HDF5 files -> plan
 */
#ifndef DUMP_DISCOVER_H
#define DUMP_DISCOVER_H

#include "plan.h"

/* What the user says of names; NULL: the usual ones. */
struct dump_names {
    const char *logits;
    const char *labels;
    const char *ids;
    const char *group; /* a glob, see dump_group_matches() */
    bool labels_only;  /* there need be no logits: labels stand for them */
};

/* A remark on something odd but usable. */
typedef void (*dump_remark_fn)(void *context, const char *text);

/* Prepares the process for reading dumps; call it once, first. */
bool dump_start(struct dump_error *error);

/*
 * Adds what a file holds to a plan. On failure the plan is as it was before.
 * *found counts the new parts: none is no error if names->group is set, as
 * other files may have that group.
 */
bool dump_discover(struct dump_plan *plan, const char *path,
                   const struct dump_names *names, size_t *found,
                   dump_remark_fn remark, void *context,
                   struct dump_error *error);

/* The version of the HDF5 library in use, "1.10.8". */
void dump_hdf5_version(char *text, size_t size);

#endif
