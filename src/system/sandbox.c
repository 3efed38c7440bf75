/*
 * sandbox.c - give up what reading untrusted files does not need
 */
#include "system/sandbox.h"

#include <stdio.h>

#include "common/sanitized.h"
#include "system/seccomp.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif
#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/landlock.h>)
#define HAVE_LANDLOCK 1
#endif
#endif

#ifdef HAVE_LANDLOCK

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock ---- */

/* The interface as Linux 6.12 has it; headers may be older than the kernel, and
 * a kernel takes a longer structure if what it does not know is 0. */
struct rules {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* from version 4 on */
    uint64_t scoped;             /* from version 6 on */
};

#define TRUNCATE ((uint64_t)1 << 14) /* version 3 */
#define NET_BIND_TCP ((uint64_t)1 << 0)
#define NET_CONNECT_TCP ((uint64_t)1 << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET ((uint64_t)1 << 0)
#define SCOPE_SIGNAL ((uint64_t)1 << 1)

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                      \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What may be said of a file that is no folder. */
#define OF_FILES                                                    \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
     LANDLOCK_ACCESS_FS_EXECUTE | TRUNCATE)

/* The highest version of the interface; 0: none. */
static int version(void)
{
    const long found = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
                               LANDLOCK_CREATE_RULESET_VERSION);
    return found > 0 ? (int)found : 0;
}

static uint64_t writing_rights(void)
{
    return WRITING | (version() >= 3 ? TRUNCATE : 0);
}

/* Files that are being allowed. */
struct allowing {
    int rules;
    bool out_of_files; /* some are not: no more files can be opened */
};

static void allow(struct allowing *to, const char *path, uint64_t rights)
{
    struct stat status;
    const int fd = open(path, O_PATH | O_CLOEXEC);
    to->out_of_files |= fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rights &= OF_FILES;
    const struct landlock_path_beneath_attr beneath = {.allowed_access = rights,
                                                       .parent_fd = fd};
    /* If it fails, the library's attempt will; that will be told. */
    syscall(SYS_landlock_add_rule, to->rules, LANDLOCK_RULE_PATH_BENEATH,
            &beneath, 0);
    close(fd);
}

static void allow_all(struct allowing *to, const struct sandbox_paths *paths,
                      uint64_t rights)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (paths->list[i] != NULL)
            allow(to, paths->list[i], rights);
    }
}

/* A list of folders with colons between them, from the environment or so. */
static void allow_list(struct allowing *to, const char *folders)
{
    char folder[4096];
    while (folders != NULL && *folders != '\0') {
        const size_t length = strcspn(folders, ":");
        if (length > 0 && length < sizeof folder) {
            memcpy(folder, folders, length);
            folder[length] = '\0';
            allow(to, folder, READING);
        }
        folders += length + (folders[length] == ':');
    }
}

/* What the C library and plugins of filters need: libraries, and how many
 * processors there are. */
static void allow_system(struct allowing *to)
{
    static const char *const paths[] = {
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local",
        "/etc/ld.so.cache",
        "/etc/ld-musl-x86_64.path",
        "/nix/store",
        "/gnu/store",
        "/dev/null",
        "/sys/devices/system/cpu",
#ifdef SANITIZED
        "/proc", /* to name the functions in their reports */
        "/proc/self/exe",
#endif
    };
    const struct sandbox_paths all = {paths, sizeof paths / sizeof *paths};
    char conda[4096];
    const char *prefix = getenv("CONDA_PREFIX");
    allow_all(to, &all, READING);
    allow_list(to, HDF5_PLUGIN_DIRS);
    allow_list(to, getenv("HDF5_PLUGIN_PATH"));
    allow_list(to, getenv("LD_LIBRARY_PATH"));
    if (prefix != NULL &&
        snprintf(conda, sizeof conda, "%s/lib", prefix) < (int)sizeof conda)
        allow(to, conda, READING);
}

/* Nothing is entered without the files that are to be read. */
static void enter_landlock(const struct sandbox *sandbox,
                           struct sandbox_entered *entered)
{
    const uint64_t reading = sandbox->read_anything ? 0 : READING;
    const uint64_t writing = writing_rights();
    struct rules all = {.handled_access_fs =
                            reading | writing | LANDLOCK_ACCESS_FS_EXECUTE};
    size_t size = offsetof(struct rules, handled_access_net);
    if (version() >= 4) {
        all.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP;
        size = offsetof(struct rules, scoped);
    }
    if (version() >= 6) {
        all.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
        size = sizeof all;
    }
    struct allowing to = {.rules = -1};
    if (version() == 0)
        return;
    to.rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
    entered->out_of_files =
        to.rules < 0 && (errno == EMFILE || errno == ENFILE);
    if (to.rules < 0)
        return;
    if (!sandbox->read_anything) {
        allow_system(&to);
        allow_all(&to, &sandbox->read, READING);
    }
    /* Files, but neither links nor folders nor devices. */
    allow_all(&to, &sandbox->write,
              reading | LANDLOCK_ACCESS_FS_WRITE_FILE |
                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                  (version() >= 3 ? TRUNCATE : 0));
    entered->out_of_files = to.out_of_files;
    if (!to.out_of_files &&
        syscall(SYS_landlock_restrict_self, to.rules, 0) == 0)
        entered->landlock = version();
    close(to.rules);
}

#endif

/* ---- both ---- */

static bool is_any(const struct sandbox_paths *paths)
{
    bool any = false;
    for (size_t i = 0; i < paths->count; i++)
        any |= paths->list[i] != NULL;
    return any;
}

struct sandbox_entered sandbox_enter(const struct sandbox *sandbox)
{
    struct sandbox_entered entered = {.landlock = 0};
#ifdef __linux__
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return entered;
#endif
#ifdef HAVE_LANDLOCK
    enter_landlock(sandbox, &entered);
#endif
    /* A file that is written under a hidden name gets its mode at the end. */
    entered.seccomp = seccomp_enter(is_any(&sandbox->write));
    return entered;
}

const char *sandbox_name(const struct sandbox_entered *entered, char text[32])
{
    const char *filter = entered->seccomp ? "seccomp" : "";
    if (entered->landlock > 0)
        snprintf(text, 32, "Landlock %d%s%s", entered->landlock,
                 entered->seccomp ? " and " : "", filter);
    else
        snprintf(text, 32, "%s", entered->seccomp ? filter : "none");
    return text;
}
