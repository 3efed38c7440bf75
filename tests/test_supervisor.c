/*
 * test_supervisor.c - children that crash, hang, eat memory; the sandbox
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"
#include "suite.h"
#include "supervisor.h"

#define FAILED 1
#define LOG "tests/work/supervisor.log"

/* What a child does, and what it is told. */
struct task {
    struct supervisor supervisor;
    struct messages messages;
    void (*deed)(struct task *task);
    const char *path; /* at which the library is at work meanwhile */
};

static void enter(struct task *task, const char *path)
{
    dump_watch_enter(&task->supervisor.shared->watch, path);
}

static void leave(struct task *task)
{
    dump_watch_leave(&task->supervisor.shared->watch);
}

static int work(void *context)
{
    struct task *task = context;
    enter(task, "good.h5");
    leave(task);
    if (supervisor_is_bad(&task->supervisor, task->path))
        return 3;
    if (task->deed != NULL)
        task->deed(task);
    return 0;
}

/* Runs it, with stderr in `said`. */
static int run(struct task *task, char said[1000])
{
    const int saved = dup(STDERR_FILENO);
    const int log = open(LOG, O_RDWR | O_CREAT | O_TRUNC, 0644);
    ck_assert(saved >= 0 && log >= 0);
    dup2(log, STDERR_FILENO);
    task->messages.level = MESSAGE_NORMAL;
    task->supervisor.messages = &task->messages;
    const int status = supervisor_run(&task->supervisor, work, task, FAILED);
    dup2(saved, STDERR_FILENO);
    close(saved);
    const ssize_t n = pread(log, said, 999, 0);
    ck_assert_int_ge((int)n, 0);
    said[n] = '\0';
    close(log);
    supervisor_free(&task->supervisor);
    return status;
}

static void check(void (*deed)(struct task *task), bool keep_going, int status,
                  const char *said)
{
    struct task task = {.deed = deed, .path = "bad.h5"};
    char found[1000];
    task.supervisor.keep_going = keep_going;
    ck_assert_int_eq(run(&task, found), status);
    ck_assert_str_eq(found, said);
}

static void crash_in_library(struct task *task)
{
    enter(task, task->path);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    fprintf(stderr, "what others say is not heard\n");
#endif
    raise(SIGSEGV);
}

static void crash_later(struct task *task)
{
    enter(task, task->path);
    leave(task);
    raise(SIGABRT);
}

static void leave_by_exit(struct task *task)
{
    enter(task, task->path);
    exit(255);
}

static void hang(struct task *task)
{
    enter(task, task->path);
    for (volatile uint64_t i = 0;; i = i + 1)
        ;
}

static void wait_for_disk(struct task *task)
{
    enter(task, task->path);
    usleep(900 * 1000); /* longer than a call may compute */
    leave(task);
}

START_TEST(a_child_that_is_well)
{
    check(NULL, false, 0, "");
    check(wait_for_disk, false, 0, "");
}
END_TEST

START_TEST(a_crash_names_the_file)
{
    check(crash_in_library, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
    check(leave_by_exit, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
    check(
        crash_later, false, FAILED,
        "aum-scan: bad.h5: damaged: crashed after the HDF5 library read it\n");
}
END_TEST

START_TEST(another_child_goes_on_without_the_file)
{
    check(crash_in_library, true, 3,
          "aum-scan: warning: skipped: bad.h5: damaged: the HDF5 library "
          "crashed reading it\n");
}
END_TEST

START_TEST(a_call_that_does_not_come_back)
{
    check(hang, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library does not come back from "
          "reading it\n");
    check(hang, true, 3,
          "aum-scan: warning: skipped: bad.h5: damaged: the HDF5 library does "
          "not come back from reading it\n");
}
END_TEST

static void be_killed(struct task *task)
{
    (void)task;
    raise(SIGKILL);
}

START_TEST(killed_for_memory)
{
    check(be_killed, true, FAILED,
          "aum-scan: killed (signal 9), as the system does when memory runs "
          "out\n");
}
END_TEST

/* volatile: compilers leave out memory that nobody uses. */
static void eat_memory(struct task *task)
{
    supervisor_allow_memory(&task->supervisor, (size_t)64 << 20);
    void *volatile little = malloc((size_t)32 << 20);
    void *volatile much = malloc((size_t)1 << 30);
    const bool good = little != NULL && much == NULL;
    free(little);
    free(much);
    exit(good ? 2 : 1);
}

START_TEST(memory_has_a_limit)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return; /* which take all addresses there are */
#endif
    check(eat_memory, false, 2, "");
}
END_TEST

static void write_and_crash(struct task *task)
{
    struct out_error error;
    struct out_file *file = out_file_open("tests/work/supervised.csv", &error);
    if (file == NULL || !out_file_write(file, "x", 1, &error))
        exit(3);
    crash_in_library(task);
}

START_TEST(what_a_dead_child_has_begun_is_removed)
{
    check(write_and_crash, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
    /* Nothing is there under a name that starts like the output's. */
    ck_assert_int_ne(system("ls tests/work/supervised.csv* >/dev/null 2>&1"),
                     0);
}
END_TEST

static void sleep_long(struct task *task)
{
    (void)task;
    sleep(30);
}

START_TEST(signals_are_passed_on)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct task task = {.deed = sleep_long, .path = "bad.h5"};
        char said[1000];
        signal(numbers[_i], SIG_DFL);
        run(&task, said);
        _exit(77);
    }
    usleep(300 * 1000);
    int status;
    kill(pid, numbers[_i]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == numbers[_i]);
}
END_TEST

static void tell_and_sleep(struct task *task)
{
    enter(task, task->path);
    const pid_t self = getpid();
    const int fd = open("tests/work/child.pid",
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (write(fd, &self, sizeof self) != sizeof self)
        exit(1);
    sleep(30);
}

START_TEST(a_child_does_not_outlive_its_parent)
{
#ifdef __linux__
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct task task = {.deed = tell_and_sleep, .path = "bad.h5"};
        char said[1000];
        run(&task, said);
        _exit(77);
    }
    pid_t child = 0;
    for (int i = 0; i < 100 && child == 0; i++) {
        usleep(50 * 1000);
        const int fd = open("tests/work/child.pid", O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && read(fd, &child, sizeof child) != sizeof child)
            child = 0;
        close(fd);
    }
    ck_assert_int_gt(child, 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    int tries = 0;
    /* Whoever inherits it may take a while to see that it is gone: then it
     * has no memory any more. */
    char path[64];
    char state[200];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)child);
    do {
        usleep(50 * 1000);
        FILE *file = fopen(path, "r");
        if (file == NULL || fgets(state, sizeof state, file) == NULL)
            strcpy(state, "0 ");
        if (file != NULL)
            fclose(file);
    } while (strncmp(state, "0 ", 2) != 0 && ++tries < 100);
    unlink("tests/work/child.pid");
    ck_assert_int_lt(tries, 100);
#endif
}
END_TEST

/* ---- the sandbox ---- */

static bool can_write(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

START_TEST(writing_is_left_where_outputs_are)
{
    char name[32];
    mkdir("tests/work/outputs", 0755);
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        const char *const folders[] = {NULL, "tests/work/outputs", "no/such"};
        if (!can_write("tests/work/elsewhere"))
            _exit(2);
        sandbox_enter(folders, 3);
        const bool outside = can_write("tests/work/elsewhere");
        const bool removed = unlink("tests/work/elsewhere") == 0;
        const bool inside =
            can_write("tests/work/outputs/x") &&
            rename("tests/work/outputs/x", "tests/work/outputs/y") == 0 &&
            unlink("tests/work/outputs/y") == 0;
        const int log = open("tests/work/outputs", O_RDONLY);
        execl("/bin/true", "true", (char *)NULL);
        _exit(!outside && !removed && inside && log >= 0 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    unlink("tests/work/elsewhere");
    rmdir("tests/work/outputs");
    if (strcmp(sandbox_name(name), "none") != 0)
        ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("supervisor");
    TCase *tests = tcase_create("supervisor");
    setenv("AUM_CALL_SECONDS", "0.5", 1);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_child_that_is_well);
    tcase_add_test(tests, a_crash_names_the_file);
    tcase_add_test(tests, another_child_goes_on_without_the_file);
    tcase_add_test(tests, a_call_that_does_not_come_back);
    tcase_add_test(tests, killed_for_memory);
    tcase_add_test(tests, memory_has_a_limit);
    tcase_add_test(tests, what_a_dead_child_has_begun_is_removed);
    tcase_add_loop_test(tests, signals_are_passed_on, 0, 3);
    tcase_add_test(tests, a_child_does_not_outlive_its_parent);
    tcase_add_test(tests, writing_is_left_where_outputs_are);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
