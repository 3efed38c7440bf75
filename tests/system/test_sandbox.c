/*
 * test_sandbox.c - which files a child may touch, and what else it may not do
 */
#include "system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

static bool can_write(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool can_read(const char *path)
{
    char byte;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool good = fd >= 0 && read(fd, &byte, 1) == 1;
    if (fd >= 0)
        close(fd);
    return good;
}

/* The deed's number if it could do what it must not, or the reverse. */
static int in_sandbox(bool read_anything)
{
    const char *const read_list[] = {"tests/work/inputs", "no/such"};
    const char *const write_list[] = {NULL, "tests/work/outputs"};
    const struct sandbox sandbox = {
        .read = {read_list, 2}, .write = {write_list, 2}, read_anything};
    const int before = open("tests/work/elsewhere", O_RDONLY | O_CLOEXEC);
    char byte;
    if (!can_write("tests/work/elsewhere2") || !can_read("/etc/passwd"))
        return 1;
    if (sandbox_enter(&sandbox).landlock == 0)
        return 0;
    if (can_write("tests/work/elsewhere2") ||
        can_write("tests/work/inputs/x") ||
        unlink("tests/work/elsewhere2") == 0)
        return 2;
    if (!can_write("tests/work/outputs/x") ||
        rename("tests/work/outputs/x", "tests/work/outputs/y") != 0 ||
        unlink("tests/work/outputs/y") != 0)
        return 3;
    if (can_read("/etc/passwd") != read_anything ||
        can_read("tests/work/elsewhere") != read_anything)
        return 4;
    if (!can_read("tests/work/inputs/in"))
        return 5;
    if (read(before, &byte, 1) != 1) /* what is open stays so */
        return 6;
    execl("/bin/true", "true", (char *)NULL);
    return 0;
}

static void make_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ck_assert_int_eq((int)write(fd, "x", 1), 1);
    close(fd);
}

START_TEST(files_are_those_of_the_work)
{
    int status;
    mkdir("tests/work/outputs", 0755);
    mkdir("tests/work/inputs", 0755);
    make_file("tests/work/inputs/in");
    make_file("tests/work/elsewhere");
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(in_sandbox(_i == 1));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    unlink("tests/work/elsewhere");
    unlink("tests/work/elsewhere2");
    unlink("tests/work/inputs/in");
    rmdir("tests/work/inputs");
    rmdir("tests/work/outputs");
    ck_assert_int_eq(status, 0);
}
END_TEST

static void *be_a_thread(void *nothing)
{
    return nothing;
}

START_TEST(no_network_and_no_signals_to_others)
{
    int status;
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        const struct sandbox sandbox = {.read_anything = true};
        const pid_t parent = getppid();
        if (!sandbox_enter(&sandbox).seccomp)
            _exit(0);
        if (socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
            socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
            _exit(1);
        if (kill(parent, 0) == 0 || kill(parent, SIGCONT) == 0)
            _exit(2);
        signal(SIGUSR1, SIG_IGN);
        if (raise(SIGUSR1) != 0) /* abort() needs it */
            _exit(3);
#ifdef SYS_tkill /* musl's way */
        if (syscall(SYS_tkill, getpid(), SIGUSR1) != 0)
            _exit(9);
        if (syscall(SYS_tkill, parent, 0) == 0)
            _exit(10);
#endif
        const struct rlimit limit = {1, 1};
        if (prlimit(parent, RLIMIT_CPU, &limit, NULL) == 0 ||
            setpriority(PRIO_PROCESS, (id_t)parent, 19) == 0)
            _exit(4);
        if (fork() >= 0)
            _exit(5);
        if (chmod("tests/work", 0755) == 0)
            _exit(6);
        char key = '#';
        if (ioctl(STDIN_FILENO, TIOCSTI, &key) == 0 || errno != EPERM)
            _exit(7);
        pthread_t thread;
        if (pthread_create(&thread, NULL, be_a_thread, NULL) != 0 ||
            pthread_join(thread, NULL) != 0)
            _exit(8);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(the_sandbox_has_a_name)
{
    static const struct {
        struct sandbox_entered entered;
        const char *name;
    } cases[] = {
        {{.landlock = 0}, "none"},
        {{.landlock = 6}, "Landlock 6"},
        {{.seccomp = true}, "seccomp"},
        {{.landlock = 4, .seccomp = true}, "Landlock 4 and seccomp"},
    };
    char name[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(sandbox_name(&cases[i].entered, name), cases[i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *tests = suite_case(suite, "sandbox");
    tcase_add_loop_test(tests, files_are_those_of_the_work, 0, 2);
    tcase_add_test(tests, no_network_and_no_signals_to_others);
    tcase_add_test(tests, the_sandbox_has_a_name);
    return suite_run(suite);
}
