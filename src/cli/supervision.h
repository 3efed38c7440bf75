/*
 * supervision.h - what both programs tell a supervisor
 */
#ifndef CLI_SUPERVISION_H
#define CLI_SUPERVISION_H

#include "system/supervisor.h"
#include "ui/log.h"

/* Lets a supervisor speak through `messages`, within the limits that the
 * environment sets (man page, ENVIRONMENT). */
void supervision_init(struct supervisor *supervisor, struct messages *messages);

#endif
