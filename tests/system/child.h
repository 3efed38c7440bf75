/*
 * child.h - a supervised child that does a deed, and what is said of it
 *
 * A suite defines LOG, the file in which stderr is caught, before it includes
 * this: suites run at the same time.
 */
#ifndef TESTS_SYSTEM_CHILD_H
#define TESTS_SYSTEM_CHILD_H

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/supervision.h"
#include "suite.h"
#include "system/supervisor.h"

#define FAILED 1

/* What a child does, and what it is told. */
struct task {
    struct supervisor supervisor;
    struct messages messages;
    void (*deed)(struct task *task);
    const char *path; /* at which the library is at work meanwhile */
    int status;       /* what the work ends with; 0: the usual one */
};

static inline void enter(struct task *task, const char *path)
{
    dump_watch_enter(&task->supervisor.shared->watch, path);
}

static inline void leave(struct task *task)
{
    dump_watch_leave(&task->supervisor.shared->watch);
}

static inline int work(void *context)
{
    struct task *task = context;
    enter(task, "good.h5");
    leave(task);
    if (supervisor_is_bad(&task->supervisor, task->path))
        return 3;
    if (task->deed != NULL)
        task->deed(task);
    return task->status;
}

static inline void after(void *context)
{
    (void)context;
}

/* Runs it, with stderr in `said`. */
static inline int run(struct task *task, char said[1000])
{
    const int saved = dup(STDERR_FILENO);
    const int log = open(LOG, O_RDWR | O_CREAT | O_TRUNC, 0644);
    ck_assert(saved >= 0 && log >= 0);
    dup2(log, STDERR_FILENO);
    const char *const files[] = {"good.h5", "bad.h5"};
    task->messages.level = LOG_NORMAL;
    supervision_init(&task->supervisor, &task->messages);
    task->supervisor.files = files;
    task->supervisor.file_count = 2;
    const int status =
        supervisor_run(&task->supervisor, work, after, task, FAILED);
    dup2(saved, STDERR_FILENO);
    close(saved);
    const ssize_t n = pread(log, said, 999, 0);
    ck_assert_int_ge((int)n, 0);
    said[n] = '\0';
    close(log);
    supervisor_free(&task->supervisor);
    return status;
}

static inline void check(void (*deed)(struct task *task), bool keep_going,
                         int status, const char *said)
{
    struct task task = {.deed = deed, .path = "bad.h5"};
    char found[1000];
    task.supervisor.keep_going = keep_going;
    ck_assert_int_eq(run(&task, found), status);
    ck_assert_str_eq(found, said);
}

#endif
