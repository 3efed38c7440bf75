/*
 * advice.h - what the errors of other rooms advise, in options of the programs
 */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

/* By enum error_advice; for struct messages. */
extern const char *const advice_of_scan[];
extern const char *const advice_of_plan[];

#endif
