/*
 * seccomp.h - a filter of system calls
 */
#ifndef SYSTEM_SECCOMP_H
#define SYSTEM_SECCOMP_H

#include <stdbool.h>

/*
 * From here on this thread, and those that it starts, cannot change modes,
 * owners, times and attributes of files, reach other processes, start any, or
 * use a system call that is newer than the list in seccomp.c. If `modes`, the
 * mode of an open file may be changed. Files that may be opened are up to
 * Landlock. False: there is no filter. Call prctl(PR_SET_NO_NEW_PRIVS) before.
 */
bool seccomp_enter(bool modes);

#endif
