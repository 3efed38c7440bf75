/*
 * sandbox.c - give up what reading untrusted files does not need
 *
 * Reading stays allowed everywhere: external and virtual datasets, plugins and
 * their libraries may be anywhere.
 */
#include "sandbox.h"

#include <stdio.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/landlock.h>)
#define HAVE_LANDLOCK 1
#endif
#endif

#ifdef HAVE_LANDLOCK

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the order in which versions of the interface brought them. */
#define WRITING                                                      \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* The highest version of the interface; 0: none. */
static int version(void)
{
    const long found = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
                               LANDLOCK_CREATE_RULESET_VERSION);
    return found > 0 ? (int)found : 0;
}

static uint64_t writing_rights(void)
{
    uint64_t rights = WRITING;
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
    if (version() >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
#endif
    return rights;
}

static void allow_folder(int rules, const char *folder, uint64_t rights)
{
    const int fd = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (fd < 0)
        return;
    const struct landlock_path_beneath_attr beneath = {.allowed_access = rights,
                                                       .parent_fd = fd};
    /* If it fails, writing there will; that will be told. */
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath,
            0);
    close(fd);
}

void sandbox_enter(const char *const *folders, size_t count)
{
    if (version() == 0)
        return;
    const uint64_t rights = writing_rights();
    const struct landlock_ruleset_attr all = {
        .handled_access_fs = rights | LANDLOCK_ACCESS_FS_EXECUTE};
    const int rules =
        (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (folders[i] != NULL)
            allow_folder(rules, folders[i], rights);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}

const char *sandbox_name(char text[32])
{
    snprintf(text, 32, version() > 0 ? "Landlock %d" : "none", version());
    return text;
}

#else

void sandbox_enter(const char *const *folders, size_t count)
{
    (void)folders, (void)count;
}

const char *sandbox_name(char text[32])
{
    snprintf(text, 32, "none");
    return text;
}

#endif
