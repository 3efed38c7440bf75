/*
 * fuzz_state_hdf5.c - libFuzzer: the same as fuzz_state.c, through HDF5 files
 *
 * It is slow, and so no part of "make fuzz": make fuzz FUZZERS=fuzz_state_hdf5.
 */
#define THROUGH_HDF5
#include "fuzz_state.c"
