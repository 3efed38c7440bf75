/*
 * failure.c - what libaum returns, as a message
 */
#include "cli/failure.h"

#include "scan/status.h"

bool log_status(struct messages *messages, enum aum_status status)
{
    struct error error;
    return status_good(status, &error) || log_failure(messages, &error);
}
