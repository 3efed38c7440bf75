/*
 * test_supervisor.c - children that crash, and children that are killed
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "suite.h"
#include "system/hidden.h"

#define LOG "tests/work/supervisor.log"
#include "system/child.h"

/* ---- crashes ---- */

static void crash_in_library(struct task *task)
{
    enter(task, task->path);
#ifndef SANITIZED /* whose reports are */
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

/* As if the work were done. */
static void leave_by_good_exit(struct task *task)
{
    enter(task, task->path);
    exit(0);
}

static void leave_by_skipping_exit(struct task *task)
{
    enter(task, task->path);
    exit(3);
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
    check(leave_by_good_exit, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
    check(leave_by_skipping_exit, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
    check(
        crash_later, false, FAILED,
        "aum-scan: bad.h5: may be damaged: the program crashed after the HDF5 "
        "library had read it; scan it alone to find out\n");
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

/* Dies by a signal that is nobody's fault, at work on a file. */
static int deadly;

static void die(struct task *task)
{
    enter(task, task->path);
    signal(deadly, SIG_DFL);
    raise(deadly);
}

START_TEST(killed_for_memory)
{
    deadly = SIGKILL;
    check(die, true, FAILED,
          "aum-scan: killed (signal 9), as the system does when memory runs "
          "out, and schedulers when a job's limit is reached\n");
}
END_TEST

/* The parent ends by the same signal, and blames no dump. */
START_TEST(no_dump_is_blamed_for_signals)
{
    deadly = hidden_signals[_i];
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct task task = {.deed = die, .path = "bad.h5"};
        char said[1000];
        signal(deadly, SIG_DFL);
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        task.supervisor.keep_going = true;
        run(&task, said);
        _exit(77);
    }
    int status;
    char said[1000] = "";
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), deadly);
    const int log = open(LOG, O_RDONLY);
    ck_assert_int_ge((int)read(log, said, sizeof said - 1), 0);
    close(log);
    ck_assert_ptr_eq(strstr(said, "bad.h5"), NULL);
}
END_TEST

/* ---- what a child may make its parent do ---- */

static void name_other_file(struct task *task)
{
    enter(task, "/etc/passwd");
    raise(SIGSEGV);
}

static void name_without_end(struct task *task)
{
    struct dump_watch *watch = &task->supervisor.shared->watch;
    enter(task, "x");
    memset(watch->path, 'x', sizeof watch->path);
    raise(SIGSEGV);
}

START_TEST(only_files_that_were_given_are_blamed)
{
    static const char told[] =
        "aum-scan: the HDF5 library crashed (signal 11), but at none of the "
        "files given; is there enough memory?\n";
    check(name_other_file, true, FAILED, told);
    check(name_without_end, true, FAILED, told);
}
END_TEST

/* As often as the child asks for it. */
static void crash_at_any(struct task *task)
{
    enter(task, supervisor_is_bad(&task->supervisor, "good.h5") ? "bad.h5"
                                                                : "good.h5");
    raise(SIGSEGV);
}

/* Whoever started this may have left it so. */
START_TEST(a_child_is_waited_for_where_they_are_ignored)
{
    signal(SIGCHLD, SIG_IGN);
    check(crash_in_library, false, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

static void write_and_crash(struct task *task)
{
    enter(task, task->path);
    supervisor_set_written(&task->supervisor);
    raise(SIGSEGV);
}

START_TEST(what_was_written_is_not_written_again)
{
    check(write_and_crash, true, FAILED,
          "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
}
END_TEST

START_TEST(children_are_as_many_as_files)
{
    struct task task = {.deed = crash_at_any, .path = "none of them"};
    char said[1000];
    task.supervisor.keep_going = true;
    ck_assert_int_eq(run(&task, said), FAILED);
    ck_assert_str_eq(
        said,
        "aum-scan: warning: skipped: good.h5: damaged: the HDF5 library "
        "crashed reading it\n"
        "aum-scan: warning: skipped: bad.h5: damaged: the HDF5 library crashed "
        "reading it\n"
        "aum-scan: bad.h5: damaged: the HDF5 library crashed reading it\n");
}
END_TEST

/* ---- signals ---- */

static void sleep_long(struct task *task)
{
    (void)task;
    sleep(30);
}

START_TEST(signals_are_passed_on)
{
    const int number = hidden_signals[_i];
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct task task = {.deed = sleep_long, .path = "bad.h5"};
        char said[1000];
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(number, SIG_DFL);
        run(&task, said);
        _exit(77);
    }
    usleep(300 * 1000);
    int status;
    kill(pid, number);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == number);
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

int main(void)
{
    Suite *suite = suite_create("supervisor");
    TCase *tests = suite_case(suite, "supervisor");
    setenv("AUM_CALL_SECONDS", "0.5", 1);
    tcase_add_test(tests, a_child_that_is_well);
    tcase_add_test(tests, a_crash_names_the_file);
    tcase_add_test(tests, another_child_goes_on_without_the_file);
    tcase_add_test(tests, a_call_that_does_not_come_back);
    tcase_add_test(tests, killed_for_memory);
    tcase_add_loop_test(tests, no_dump_is_blamed_for_signals, 0,
                        (int)hidden_signal_count);
    tcase_add_test(tests, only_files_that_were_given_are_blamed);
    tcase_add_test(tests, a_child_is_waited_for_where_they_are_ignored);
    tcase_add_test(tests, what_was_written_is_not_written_again);
    tcase_add_test(tests, children_are_as_many_as_files);
    tcase_add_loop_test(tests, signals_are_passed_on, 0,
                        (int)hidden_signal_count);
    tcase_add_test(tests, a_child_does_not_outlive_its_parent);
    return suite_run(suite);
}
