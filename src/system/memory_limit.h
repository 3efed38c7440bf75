/*
 * memory_limit.h - a limit to the private memory of this process
 */
#ifndef SYSTEM_MEMORY_LIMIT_H
#define SYSTEM_MEMORY_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Allows so many bytes more than the process has, or, if `total` is not NULL,
 * *total in all; UINT64_MAX sets no limit. *limit becomes what was set, 0 if
 * that is no more than others have set already. False, with nothing changed, if
 * it cannot be done here.
 */
bool memory_limit_set(size_t bytes, const uint64_t *total, uint64_t *limit);

#endif
