/*
 * option_checks.h - which options go together
 */
#ifndef CLI_OPTION_CHECKS_H
#define CLI_OPTION_CHECKS_H

#include "cli/options.h"

/* Can a command line be carried out, of which each option is right by itself?
 * False after an error message. */
bool options_check(const struct options *options, struct messages *messages);

#endif
