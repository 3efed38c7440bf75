/*
 * names.h - what the names of files and groups tell
 */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* <0, 0 or >0: natural order, in which runs of digits count as numbers, so
 * that epoch_2 comes before epoch_10. Different strings are never equal. */
int names_compare(const char *a, const char *b);

/* The number after "epoch", "ep" or "e" in a name: epoch_3, ep03, e=3. */
bool names_epoch_after_keyword(const char *name, int64_t *epoch);

/* The last number in a name. */
bool names_last_number(const char *name, int64_t *number);

/*
 * Does a glob choose this group? A glob without "/" is matched with the names
 * of the group and of those above it ("train" chooses /train and
 * /train/epoch_3), one with "/" with their paths from the root. "/" is the
 * root alone.
 */
bool names_group_matches(const char *glob, const char *group_path);

#endif
