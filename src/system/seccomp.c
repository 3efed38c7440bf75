/*
 * seccomp.c - a filter of system calls
 */
#include "system/seccomp.h"

#include "common/sanitized.h"

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/seccomp.h>) && __has_include(<linux/filter.h>) && \
    __has_include(<linux/audit.h>)
#define HAVE_FILTERS 1
#endif
#endif

/* The last system call of which the numbers differ between machines, as of
 * Linux 6.18: those up to 423 are for other machines. */
#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define LAST_OF_ITS_OWN 336 /* uprobe */
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define LAST_OF_ITS_OWN 294 /* kexec_file_load */
#endif

/* Sanitizers trace the process that they report on, and start programs. */
#if defined(HAVE_FILTERS) && defined(ARCHITECTURE) && !defined(SANITIZED)

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what is denied ---- */

/* From 424 on, all machines have the same numbers. Headers may be older. */
enum {
    FIRST_IN_COMMON = 424, /* pidfd_send_signal */
    IO_URING_SETUP = 425,
    IO_URING_ENTER = 426,
    IO_URING_REGISTER = 427,
    OPEN_TREE = 428,
    MOVE_MOUNT = 429,
    FSOPEN = 430,
    FSCONFIG = 431,
    FSMOUNT = 432,
    FSPICK = 433,
    PIDFD_OPEN = 434,
    CLONE3 = 435,
    PIDFD_GETFD = 438,
    PROCESS_MADVISE = 440,
    MOUNT_SETATTR = 442,
    QUOTACTL_FD = 443,
    MEMFD_SECRET = 447,
    PROCESS_MRELEASE = 448,
    /* set_mempolicy_home_node, the last one that was looked at for this list:
     * those after it do not exist, as on an older kernel, which libraries are
     * prepared for. */
    LAST_KNOWN = 450
};

/* What reading and computing have no use for, and would change something
 * outside this process. */
static const uint32_t denied[] = {
    /* Landlock leaves these alone, or its older versions do: sizes, modes,
     * owners, times and attributes of any file. */
    SYS_truncate,
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
#ifdef SYS_chmod
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
    /* Names that no output needs, where there is no Landlock. */
    SYS_linkat,
    SYS_symlinkat,
    SYS_mknodat,
    SYS_mkdirat,
#ifdef SYS_link
    SYS_link,
    SYS_symlink,
    SYS_mknod,
    SYS_mkdir,
    SYS_rmdir,
#endif
    SYS_open_by_handle_at,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    /* Other processes: their memory, signals, priority, and what is shared. */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_kill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    FIRST_IN_COMMON,
    PIDFD_OPEN,
    PIDFD_GETFD,
    PROCESS_MADVISE,
    PROCESS_MRELEASE,
    SYS_setpriority,
    SYS_sched_setaffinity,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_sched_setattr,
    SYS_ioprio_set,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_setpgid,
    SYS_setsid,
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_semget,
    SYS_semop,
    SYS_semtimedop,
    SYS_semctl,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    /* Sockets, those that it was given, too. */
    SYS_socket,
    SYS_socketpair,
    SYS_bind,
    SYS_connect,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    /* Programs, and processes, which would outlive the parent. */
    SYS_execve,
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
    /* Memory that counts for no limit, and work that no filter sees. */
    SYS_memfd_create,
    MEMFD_SECRET,
    SYS_io_setup,
    SYS_io_submit,
    IO_URING_SETUP,
    IO_URING_ENTER,
    IO_URING_REGISTER,
    SYS_userfaultfd,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_personality,
#ifdef SYS_modify_ldt
    SYS_modify_ldt,
    SYS_iopl,
    SYS_ioperm,
    SYS_uselib,
    SYS_inotify_init,
#endif
    /* The system, if root reads dumps. */
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_mount,
    SYS_umount2,
    OPEN_TREE,
    MOVE_MOUNT,
    FSOPEN,
    FSCONFIG,
    FSMOUNT,
    FSPICK,
    MOUNT_SETATTR,
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_pivot_root,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_settimeofday,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    QUOTACTL_FD,
    SYS_syslog,
    SYS_vhangup,
};
#define DENIED_COUNT (sizeof denied / sizeof *denied)
/* A jump skips 255 steps at most. */
_Static_assert(DENIED_COUNT < 250, "the list needs jumps of more than a byte");

/* ---- the filter ---- */

#define LOAD(field)                    \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
             (uint32_t)offsetof(struct seccomp_data, field))
/* Steps that are skipped if what is loaded is, or is not, this number; if it is
 * at least this one; if it has one of these bits. */
#define IF_EQUAL(number, yes, no) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(number), yes, no)
#define IF_FROM(number, yes, no) \
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(number), yes, no)
#define IF_ANY(bits, yes, no) \
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), yes, no)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define ALLOWED SECCOMP_RET_ALLOW
#define DENIED (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)

struct filter {
    struct sock_filter steps[DENIED_COUNT + 100];
    size_t count;
};

static void add(struct filter *filter, const struct sock_filter *steps,
                size_t count)
{
    memcpy(filter->steps + filter->count, steps, count * sizeof *steps);
    filter->count += count;
}
#define ADD(filter, steps) add(filter, steps, sizeof(steps) / sizeof *(steps))

/* Loads the number of a call that is known, and lets through what is called
 * most often. */
static void add_numbers(struct filter *filter)
{
    const struct sock_filter steps[] = {
        /* Another kind of system calls, as a 64-bit machine has for 32-bit
         * programs, has other numbers: none of these. */
        LOAD(arch),
        IF_EQUAL(ARCHITECTURE, 1, 0),
        RETURN(DENIED),
        LOAD(nr),
        IF_EQUAL(SYS_pread64, 2, 0),
        IF_EQUAL(SYS_read, 1, 0),
        IF_EQUAL(SYS_futex, 0, 1),
        RETURN(ALLOWED),
        /* Those of x32 have a high bit. */
        IF_FROM(LAST_KNOWN + 1, 2, 0),
        IF_FROM(FIRST_IN_COMMON, 2, 0),
        IF_FROM(LAST_OF_ITS_OWN + 1, 0, 1),
        RETURN(UNKNOWN),
        /* The newer call has its flags in memory; without it, libraries take
         * the older. */
        IF_EQUAL(CLONE3, 0, 1),
        RETURN(UNKNOWN),
    };
    ADD(filter, steps);
}

static void add_denied(struct filter *filter)
{
    for (size_t i = 0; i < DENIED_COUNT; i++) {
        const uint8_t to_the_end = (uint8_t)(DENIED_COUNT - i);
        filter->steps[filter->count++] =
            (struct sock_filter)IF_EQUAL(denied[i], to_the_end, 0);
    }
    const struct sock_filter steps[] = {
        BPF_STMT(BPF_JMP | BPF_JA, 1),
        RETURN(DENIED),
    };
    ADD(filter, steps);
}

/* Of arguments, the lower half, on little-endian machines. */
static void add_processes(struct filter *filter)
{
    const struct sock_filter steps[] = {
        /* abort() signals its own process, or with musl its own thread, of
         * which one has the number of the process; others die of what musl
         * does if that fails. */
        IF_EQUAL(SYS_tgkill, 1, 0),
        IF_EQUAL(SYS_tkill, 0, 4),
        LOAD(args[0]),
        IF_EQUAL(getpid(), 1, 0),
        RETURN(DENIED),
        RETURN(ALLOWED),
        /* Limits are its own. */
        IF_EQUAL(SYS_prlimit64, 0, 4),
        LOAD(args[0]),
        IF_EQUAL(0, 1, 0),
        RETURN(DENIED),
        RETURN(ALLOWED),
        /* Threads, but no processes. */
        IF_EQUAL(SYS_clone, 0, 4),
        LOAD(args[0]),
        IF_ANY(CLONE_THREAD, 1, 0),
        RETURN(DENIED),
        RETURN(ALLOWED),
        /* It dies with its parent. */
        IF_EQUAL(SYS_prctl, 0, 4),
        LOAD(args[0]),
        IF_EQUAL(PR_SET_PDEATHSIG, 0, 1),
        RETURN(DENIED),
        RETURN(ALLOWED),
    };
    ADD(filter, steps);
}

/* TCGETS2, as newer C libraries ask; its own structure is in no header beside
 * others'. */
#define GET_TERMINAL_2 0x802c542au
#ifndef F_SETSIG /* of GNU's */
#define F_SETSIG 10
#define F_SETOWN_EX 15
#define F_SETLEASE 1024
#define F_NOTIFY 1026
#endif

/* What can be done with a file, even if it is open only for reading. */
static void add_descriptors(struct filter *filter, bool modes)
{
    /* None that makes a file run as its owner or its group. */
    const uint32_t limit = modes ? S_ISGID : 0;
    const struct sock_filter steps[] = {
        IF_EQUAL(SYS_fchmod, 0, 4),
        LOAD(args[1]),
        IF_FROM(limit, 0, 1),
        RETURN(DENIED),
        RETURN(ALLOWED),
        /* Is it a terminal, and how wide? Other requests give files other
         * attributes, remove file systems within a file system, or type what
         * seems to come from the user. */
        IF_EQUAL(SYS_ioctl, 0, 6),
        LOAD(args[1]),
        IF_EQUAL(TCGETS, 3, 0),
        IF_EQUAL(GET_TERMINAL_2, 2, 0),
        IF_EQUAL(TIOCGWINSZ, 1, 0),
        RETURN(DENIED),
        RETURN(ALLOWED),
        /* Whom a file signals, and who waits for whom. */
        IF_EQUAL(SYS_fcntl, 0, 8),
        LOAD(args[1]),
        IF_EQUAL(F_SETOWN, 4, 0),
        IF_EQUAL(F_SETOWN_EX, 3, 0),
        IF_EQUAL(F_SETSIG, 2, 0),
        IF_EQUAL(F_SETLEASE, 1, 0),
        IF_EQUAL(F_NOTIFY, 0, 1),
        RETURN(DENIED),
        RETURN(ALLOWED),
        RETURN(ALLOWED),
    };
    ADD(filter, steps);
}

bool seccomp_enter(bool modes)
{
    struct filter filter = {.count = 0};
    add_numbers(&filter);
    add_denied(&filter);
    add_processes(&filter);
    add_descriptors(&filter, modes);
    const struct sock_fprog program = {(unsigned short)filter.count,
                                       filter.steps};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else

bool seccomp_enter(bool modes)
{
    (void)modes;
    return false;
}

#endif
