/*
 * mutate_state.h - states that hold what no scan has written, with check sums
 * that are right all the same
 */
#ifndef TESTS_MUTATE_STATE_H
#define TESTS_MUTATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* Changes some columns of the state at `path`, in their values, lengths, types
 * or attributes, in place. False if the HDF5 library refuses. */
bool mutate_state(const char *path, uint64_t *random);

#endif
