/*
 * library_memory.h - what the HDF5 library may take; for run.c and
 * run_discover.c alone
 */
#ifndef CLI_LIBRARY_MEMORY_H
#define CLI_LIBRARY_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "common/saturate.h"

/* What the library may take to look into files, or to read a part of one; and
 * if chunks of any size may be behind a virtual dataset. It makes 33 kB of each
 * of a virtual dataset's mappings, which may have 40 bytes in a file.
 */
#define LIBRARY_MEMORY ((size_t)128 << 20)
#define VIRTUAL_MEMORY ((size_t)1 << 30)
#define FILE_BYTE_MEMORY 1024

/* What it may make of mappings, if files are so large. */
static inline uint64_t mappings_memory(uint64_t bytes)
{
    const uint64_t wanted = saturated_product(bytes, FILE_BYTE_MEMORY);
    return wanted < VIRTUAL_MEMORY ? wanted : VIRTUAL_MEMORY;
}

#endif
