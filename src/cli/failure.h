/*
 * failure.h - what libaum returns, as a message
 */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include "aum.h"
#include "ui/log.h"

/* True if all is well; else false, after an error message. */
bool log_status(struct messages *messages, enum aum_status status);

#endif
