/*
 * status.h - what libaum says, as an error
 */
#ifndef SCAN_STATUS_H
#define SCAN_STATUS_H

#include "aum.h"
#include "common/error.h"

/* True if all is well. */
static inline bool status_good(enum aum_status status, struct error *error)
{
    if (status == AUM_OK)
        return true;
    return status == AUM_NO_MEMORY
               ? error_no_memory(error)
               : error_set(error, "%s", aum_strerror(status));
}

#endif
