/*
 * sandbox.h - give up what reading untrusted files does not need
 */
#ifndef TOOL_SANDBOX_H
#define TOOL_SANDBOX_H

#include <stddef.h>

/*
 * From here on this process and its children may write, make or remove files
 * only below these folders, and run no program, if the kernel has Landlock
 * (Linux 5.13); open files are not affected. NULLs among them do not count.
 * Without Landlock, nothing happens.
 */
void sandbox_enter(const char *const *folders, size_t count);

/* "Landlock 6", or "none". */
const char *sandbox_name(char text[32]);

#endif
