/*
 * test_seccomp.c - system calls that a process in the sandbox has no more
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "system/sandbox.h"
#include "suite.h"

#define PLACE "tests/work/seccomp"
#define FILE_NAME PLACE "/file"

/* As <linux/sched/types.h> and <linux/xattr.h> of new headers have them. */
struct scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t times[3];
};
struct attribute {
    uint64_t value;
    uint32_t size;
    uint32_t flags;
};

#ifdef __linux__

/* A call that must fail, and why it should. */
struct call {
    const char *name;
    long number;
    long arguments[6];
    int reason;
};

#define TEXT(text) ((long)(intptr_t)(text))
#define SETFLAGS 0x40086602L /* FS_IOC_SETFLAGS */
#define VERITY 0x40806685L   /* FS_IOC_ENABLE_VERITY */

static bool has_failed(const struct call *call)
{
    const long *a = call->arguments;
    errno = 0;
    if (syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 &&
        errno == call->reason)
        return true;
    fprintf(stderr, "%s: %s\n", call->name, strerror(errno));
    return false;
}

/* `fd` is open for reading only, `by_path` only as a name. */
static bool all_fail(int fd, int by_path)
{
    static const struct scheduling nice = {.size = 48, .nice = 19};
    static const struct attribute value = {(uintptr_t) "x", 1, 0};
    static const char *const name = "user.aum";
    const long parent = getppid();
    const struct call calls[] = {
        {"fchmodat2", 452, {AT_FDCWD, TEXT(FILE_NAME), 0707}, ENOSYS},
        {"fchmodat2 of a descriptor",
         452,
         {by_path, TEXT(""), 0707, 0x1000},
         ENOSYS},
        {"setxattrat",
         463,
         {AT_FDCWD, TEXT(FILE_NAME), 0, TEXT(name), TEXT(&value), sizeof value},
         ENOSYS},
        {"removexattrat",
         466,
         {AT_FDCWD, TEXT(FILE_NAME), 0, TEXT(name)},
         ENOSYS},
        {"sched_setattr", SYS_sched_setattr, {parent, TEXT(&nice)}, EPERM},
        {"truncate", SYS_truncate, {TEXT(FILE_NAME), 0}, EPERM},
        {"fchmod", SYS_fchmod, {fd, 0707}, EPERM},
        {"linkat",
         SYS_linkat,
         {AT_FDCWD, TEXT(FILE_NAME), AT_FDCWD, TEXT(PLACE "/link")},
         EPERM},
        {"mkdirat",
         SYS_mkdirat,
         {AT_FDCWD, TEXT(PLACE "/folder"), 0700},
         EPERM},
        {"attributes", SYS_ioctl, {fd, SETFLAGS, TEXT(&(int){0x40})}, EPERM},
        {"verity", SYS_ioctl, {fd, VERITY, TEXT(NULL)}, EPERM},
        {"owner", SYS_fcntl, {fd, F_SETOWN, parent}, EPERM},
        {"lease", SYS_fcntl, {fd, 1024, F_RDLCK}, EPERM},
        {"shmget", SYS_shmget, {0, 4096, 01600}, EPERM},
        {"semget", SYS_semget, {0, 1, 01600}, EPERM},
        {"msgget", SYS_msgget, {0, 01600}, EPERM},
        {"memfd_create", SYS_memfd_create, {TEXT("x"), 0}, EPERM},
        {"inotify_init1", SYS_inotify_init1, {0}, EPERM},
        {"socketpair", SYS_socketpair, {1, 1, 0, TEXT((int[2]){0})}, EPERM},
        {"setsid", SYS_setsid, {0}, EPERM},
        {"outliving", SYS_prctl, {PR_SET_PDEATHSIG, 0}, EPERM},
        {"mount_setattr", 442, {-1, TEXT(""), 0, 0, 0}, EPERM},
        {"process_madvise", 440, {-1, 0, 0, 0, 0}, EPERM},
        {"one of the future", 999, {0}, ENOSYS},
#ifdef __x86_64__
        {"truncate of x32", 0x4000004c, {TEXT(FILE_NAME), 0}, ENOSYS},
#endif
    };
    bool good = true;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        good &= has_failed(&calls[i]);
    return good;
}

static void in_child(void)
{
    const struct sandbox sandbox = {.read_anything = true};
    const int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
    const int by_path = open(FILE_NAME, 010000000 | O_CLOEXEC); /* O_PATH */
    if (fd < 0 || by_path < 0)
        _exit(2);
    if (sandbox_enter(&sandbox).seccomp)
        _exit(all_fail(fd, by_path) ? 0 : 1);
    _exit(0);
}

static void make_file(void)
{
    mkdir(PLACE, 0700);
    unlink(FILE_NAME); /* of a test that failed */
    const int fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq((int)write(fd, "x", 1), 1);
    close(fd);
}

static void check_child(void (*deed)(void))
{
    int status;
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        deed();
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

START_TEST(nothing_outside_is_changed)
{
    struct stat status;
    make_file();
    check_child(in_child);
    ck_assert_int_eq(stat(FILE_NAME, &status), 0);
    ck_assert_int_eq((int)(status.st_mode & 07777), 0600);
    ck_assert_int_eq((int)status.st_size, 1);
    unlink(FILE_NAME);
    rmdir(PLACE);
}
END_TEST

static void *read_it(void *nothing)
{
    char byte;
    const int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
    const bool good = fd >= 0 && read(fd, &byte, 1) == 1;
    close(fd);
    return good ? nothing : NULL;
}

/* The number of what fails, which must not. */
static int libraries_at_work(int terminal)
{
    struct stat status;
    pthread_t thread;
    void *result = NULL;
    struct winsize size;
    int done = 1;
    if (pthread_create(&thread, NULL, read_it, &done) != 0 ||
        pthread_join(thread, &result) != 0 || result != &done)
        return 1;
    if (stat(FILE_NAME, &status) != 0 ||
        faccessat(AT_FDCWD, FILE_NAME, R_OK, AT_EACCESS) != 0)
        return 2;
    void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || munmap(memory, 1 << 20) != 0)
        return 3;
    errno = 0;
    if (isatty(terminal) || errno != ENOTTY)
        return 4;
    if (ioctl(terminal, TIOCGWINSZ, &size) == 0 || errno != ENOTTY)
        return 5;
    if (fcntl(terminal, F_SETFD, FD_CLOEXEC) != 0 ||
        prctl(PR_SET_NAME, "name", 0, 0, 0) != 0)
        return 6;
    return 0;
}

/* A file that is written gets its mode, but none that runs as its owner. */
static void write_in_child(void)
{
    static const char *const folder = PLACE;
    const struct sandbox sandbox = {.write = {&folder, 1},
                                    .read_anything = true};
    const struct sandbox_entered entered = sandbox_enter(&sandbox);
    const int fd = open(FILE_NAME, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fchmod(fd, 0644 | S_ISVTX) != 0 || fchmod(fd, 0644) != 0)
        _exit(10);
    if (entered.seccomp && (fchmod(fd, 04644) == 0 || fchmod(fd, 02644) == 0))
        _exit(11);
    if (ftruncate(fd, 0) != 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0)
        _exit(12);
    _exit(libraries_at_work(fd));
}

START_TEST(what_libraries_need_is_there)
{
    make_file();
    check_child(write_in_child);
    unlink(FILE_NAME);
    rmdir(PLACE);
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("seccomp");
    TCase *tests = suite_case(suite, "seccomp");
#ifdef __linux__
    tcase_add_test(tests, nothing_outside_is_changed);
    tcase_add_test(tests, what_libraries_need_is_there);
#endif
    return suite_run(suite);
}
