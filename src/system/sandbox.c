/*
 * sandbox.c - give up what reading untrusted files does not need
 */
#include "system/sandbox.h"

#include <stdio.h>

#include "common/sanitized.h"

/* Headers may have the one and not the other. */
#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/landlock.h>)
#define HAVE_LANDLOCK 1
#endif
#if __has_include(<linux/seccomp.h>) && __has_include(<linux/filter.h>) && \
    __has_include(<linux/audit.h>)
#define HAVE_FILTERS 1
#endif
#endif

#if defined(HAVE_LANDLOCK) || defined(HAVE_FILTERS)
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#ifdef HAVE_LANDLOCK

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>

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
        "/proc",
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

/* ---- seccomp ---- */

#ifdef HAVE_FILTERS

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LITTLE_ENDIAN__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Sanitizers trace the process that they report on, and start programs. */
#if defined(ARCHITECTURE) && !defined(SANITIZED)
#define HAVE_SECCOMP 1

#define LOAD(field)                    \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
             (uint32_t)offsetof(struct seccomp_data, field))
/* Steps that are skipped if the number loaded is, or is not, this one. */
#define IF_EQUAL(number, yes, no) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(number), yes, no)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define DENIED (SECCOMP_RET_ERRNO | EPERM)

/* What reading and computing have no use for. */
static const uint32_t denied[] = {
    SYS_socket,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_execve,
    SYS_execveat,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_mount,
    SYS_umount2,
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_pivot_root,
    SYS_userfaultfd,
    SYS_init_module,
    SYS_kexec_load,
#ifdef SYS_finit_module
    SYS_finit_module,
#endif
    /* Landlock leaves these alone: modes, owners and times of any file, and
     * what priority and limits other processes have. */
    SYS_fchmodat,
    SYS_fchownat,
    SYS_fchown,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_setpriority,
    SYS_sched_setaffinity,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_ioprio_set,
    SYS_clock_settime,
    SYS_settimeofday,
    SYS_sethostname,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_fanotify_init,
    SYS_migrate_pages,
    SYS_move_pages,
#ifdef SYS_fork
    SYS_fork,
#endif
#ifdef SYS_vfork
    SYS_vfork,
#endif
#ifdef SYS_chmod
    SYS_chmod,
#endif
#ifdef SYS_chown
    SYS_chown,
    SYS_lchown,
#endif
#ifdef SYS_utime
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
#ifdef SYS_open_tree
    SYS_open_tree,
    SYS_fsopen,
#endif
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup,
#endif
#ifdef SYS_pidfd_open
    SYS_pidfd_open,
#endif
#ifdef SYS_pidfd_send_signal
    SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
};
#define DENIED_COUNT (sizeof denied / sizeof *denied)

static bool enter_seccomp(void)
{
    struct sock_filter filter[DENIED_COUNT * 2 + 40];
    size_t n = 0;
    /* Another kind of system calls, as a 64-bit machine has for 32-bit
     * programs, has other numbers: none of these. */
    const struct sock_filter start[] = {
        LOAD(arch),
        IF_EQUAL(ARCHITECTURE, 1, 0),
        RETURN(DENIED),
        LOAD(nr),
#if defined(__x86_64__)
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1), /* x32 */
        RETURN(DENIED),
#endif
    };
    memcpy(filter, start, sizeof start);
    n = sizeof start / sizeof *start;
    for (size_t i = 0; i < DENIED_COUNT; i++) {
        filter[n++] = (struct sock_filter)IF_EQUAL(denied[i], 0, 1);
        filter[n++] = (struct sock_filter)RETURN(DENIED);
    }
    /* Of arguments, the lower half, on little-endian machines. */
    const struct sock_filter end[] = {
        /* abort() signals its own process, or with musl its own thread, of
         * which one has the number of the process; others die of what musl
         * does if that fails. */
        IF_EQUAL(SYS_tgkill, 1, 0),
        IF_EQUAL(SYS_tkill, 0, 4),
        LOAD(args[0]),
        IF_EQUAL(getpid(), 1, 0),
        RETURN(DENIED),
        RETURN(SECCOMP_RET_ALLOW),
        /* Limits are its own. */
        IF_EQUAL(SYS_prlimit64, 0, 4),
        LOAD(args[0]),
        IF_EQUAL(0, 1, 0),
        RETURN(DENIED),
        RETURN(SECCOMP_RET_ALLOW),
        /* Threads, but no processes: these would outlive the parent. The newer
         * call has its flags in memory; without it, libraries take the older.
         */
        IF_EQUAL(SYS_clone3, 0, 1),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        IF_EQUAL(SYS_clone, 0, 4),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
        RETURN(DENIED),
        RETURN(SECCOMP_RET_ALLOW),
        /* What is typed at the terminal comes from the user. */
        IF_EQUAL(SYS_ioctl, 0, 5),
        LOAD(args[1]),
        IF_EQUAL(TIOCSTI, 1, 0),
        IF_EQUAL(TIOCLINUX, 0, 1),
        RETURN(DENIED),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_ALLOW),
    };
    memcpy(filter + n, end, sizeof end);
    n += sizeof end / sizeof *end;
    const struct sock_fprog program = {(unsigned short)n, filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#endif
#endif

/* ---- both ---- */

struct sandbox_entered sandbox_enter(const struct sandbox *sandbox)
{
    struct sandbox_entered entered = {.landlock = 0};
    (void)sandbox;
#if defined(HAVE_LANDLOCK) || defined(HAVE_FILTERS)
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return entered;
#endif
#ifdef HAVE_LANDLOCK
    enter_landlock(sandbox, &entered);
#endif
#ifdef HAVE_SECCOMP
    entered.seccomp = enter_seccomp();
#endif
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
