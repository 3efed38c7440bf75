/*
 * failure.c - what libaum returns, as a message
 */
#include "cli/failure.h"

#include "scan/status.h"

bool tell_status(struct messages *messages, enum aum_status status)
{
    struct error error;
    return status_good(status, &error) || message_failure(messages, &error);
}
