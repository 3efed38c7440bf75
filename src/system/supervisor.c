/*
 * supervisor.c - work in a process of its own, watched by this one
 */
#include "system/supervisor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "system/hidden.h"
#include "system/memory_limit.h"
#include "system/watchdog.h"
#include "common/fit.h"
#include "common/sanitized.h"

#ifdef SANITIZED
#define QUIET false /* their reports go to stderr as well */
#else
#define QUIET true
#endif

void supervisor_say(const struct supervisor *supervisor,
                    void (*function)(void *context, const char *text),
                    const char *format, ...)
{
    char text[DUMP_WATCH_PATH + 400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    function(supervisor->voice.context, text);
}

void supervisor_allow_memory(const struct supervisor *supervisor, size_t bytes)
{
    const struct supervisor_limits *limits = &supervisor->limits;
    uint64_t limit;
    if (supervisor->shared == NULL ||
        !memory_limit_set(bytes, limits->has_memory ? &limits->memory : NULL,
                          &limit))
        return;
    atomic_store(&supervisor->shared->limit, limit);
    supervisor->voice.limit(supervisor->voice.context, limit);
}

void supervisor_set_written(const struct supervisor *supervisor)
{
    if (supervisor->shared != NULL)
        atomic_store(&supervisor->shared->written, true);
}

void supervisor_set_reading(const struct supervisor *supervisor, bool reading)
{
    if (supervisor != NULL && supervisor->shared != NULL)
        atomic_store(&supervisor->shared->reading, reading);
}

/* ---- what the child says ---- */

size_t supervisor_present_file(const struct supervisor *supervisor)
{
    const char *said = supervisor->shared->watch.path;
    for (size_t i = 0; i < supervisor->file_count; i++) {
        const size_t length = strlen(supervisor->files[i]);
        const size_t fits =
            length < DUMP_WATCH_PATH ? length : DUMP_WATCH_PATH - 1;
        if (memcmp(said, supervisor->files[i], fits) == 0 && said[fits] == '\0')
            return i;
    }
    return SIZE_MAX;
}

static void die_by(int signal_number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- what became of it ---- */

bool supervisor_is_bad(const struct supervisor *supervisor, const char *path)
{
    for (size_t i = 0; supervisor->bad != NULL && i < supervisor->file_count;
         i++) {
        if (supervisor->bad[i] && strcmp(supervisor->files[i], path) == 0)
            return true;
    }
    return false;
}

/* Leaves a file out of what follows; false if it was left out already. */
static bool leave_out(struct supervisor *supervisor, size_t file)
{
    if (supervisor->bad == NULL)
        supervisor->bad =
            calloc(supervisor->file_count, sizeof *supervisor->bad);
    if (supervisor->bad == NULL || supervisor->bad[file])
        return false;
    supervisor->bad[file] = true;
    return true;
}

/* The signal that it died by; 0: the library called exit(), as it does when it
 * has no memory to start with. */
static int signal_of(const struct ending *ending)
{
    return WIFSIGNALED(ending->status) ? WTERMSIG(ending->status) : 0;
}

/* Is it a signal of what a program does wrong? */
static bool is_crash(int signal_number)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
                                  SIGILL,  SIGSYS, SIGTRAP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (signal_number == numbers[i])
            return true;
    }
    return signal_number == 0;
}

/* Had it come near the limit that it has set to its memory? The library crashes
 * where it does not look if it was given any. What it asked for then, and what
 * it has had but not used, may be as much again, and more. */
static bool lacked_memory(const struct ending *ending, uint64_t limit)
{
    return limit > 0 && ending->peak >= limit / 3;
}

#define CAUSE_SIZE 250

/* What a child that died of a file says of it. */
static const char *cause(const struct supervisor *supervisor,
                         const struct ending *ending, char text[CAUSE_SIZE])
{
    const uint64_t limit = atomic_load(&supervisor->shared->limit);
    if (ending->why == KILLED_STALLED)
        return "no progress for as long as AUM_STALL_SECONDS allows";
    if (ending->why == KILLED_HANGING)
        return "damaged: the HDF5 library does not come back from reading it";
    const bool reading = atomic_load(&supervisor->shared->watch.calls) % 2 != 0;
    if (reading && lacked_memory(ending, limit)) {
        snprintf(text, CAUSE_SIZE,
                 "the HDF5 library crashed reading it, probably without memory "
                 "beyond the %" PRIu64 " MB that this program allows itself "
                 "for such files; unless it is damaged, AUM_MEMORY_MB allows "
                 "more",
                 limit / 1000000);
        return text;
    }
    if (reading)
        return "damaged: the HDF5 library crashed reading it";
    return "may be damaged: the program crashed after the HDF5 library had "
           "read it; scan it alone to find out";
}

/* It was another's deed, and no dump is to blame. */
static void log_killed(struct supervisor *supervisor, int by)
{
    if (by == SIGKILL)
        supervisor_say(supervisor, supervisor->voice.fail,
                       "killed (signal %d), as the system does when memory "
                       "runs out, and schedulers when a job's limit is reached",
                       by);
    else if (by == SIGXCPU)
        supervisor_say(
            supervisor, supervisor->voice.fail,
            "stopped: the limit to its processor time (ulimit -t) is "
            "reached");
    else
        supervisor_say(supervisor, supervisor->voice.fail,
                       "stopped by signal %d", by);
}

/* The child died of a file. Returns whether to start it again. */
static bool blame(struct supervisor *supervisor, const struct ending *ending)
{
    const size_t file = supervisor_present_file(supervisor);
    if (file == SIZE_MAX) {
        supervisor_say(supervisor, supervisor->voice.fail,
                       "the HDF5 library crashed (signal %d), but at none of "
                       "the files given; is there enough memory?",
                       signal_of(ending));
        return false;
    }
    char text[CAUSE_SIZE];
    const char *why = cause(supervisor, ending, text);
    /* What has been written to pipes by now cannot be taken back. */
    const bool again = supervisor->keep_going &&
                       !atomic_load(&supervisor->shared->written) &&
                       leave_out(supervisor, file);
    if (again)
        supervisor_say(supervisor, supervisor->voice.warn, "skipped: %s: %s",
                       supervisor->files[file], why);
    else
        supervisor_say(supervisor, supervisor->voice.fail, "%s: %s",
                       supervisor->files[file], why);
    return again;
}

/* ---- processes ---- */

static struct supervised *share(void)
{
    void *memory = mmap(NULL, sizeof(struct supervised), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

/* Has the system end this process when its parent is gone: killed, say. */
static void end_with_parent(pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent) /* it is gone already */
        _exit(1);
}

static void reset_signals(void)
{
    for (unsigned i = 0; i < hidden_signal_count; i++) {
        struct sigaction action;
        if (sigaction(hidden_signals[i], NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN)
            signal(hidden_signals[i], SIG_DFL);
    }
}

/* What a child ended by is told, or, with the outputs gone, ended by as well.
 * *again: it died of a file and is to be started without it. */
static int judge(struct supervisor *supervisor, const struct ending *ending,
                 void (*after)(void *context), void *context, int failed_status,
                 bool *again)
{
    const int by = signal_of(ending);
    if (ending->why == KILLED_BY_SIGNAL) {
        after(context);
        die_by(ending->signal_number);
        return failed_status;
    }
    if (ending->why == NOT_KILLED && !is_crash(by)) {
        /* The terminal sent it to both, or a scheduler to all. */
        const bool quietly = by == SIGINT || by == SIGTERM || by == SIGHUP;
        if (!quietly)
            log_killed(supervisor, by);
        after(context);
        if (by != SIGKILL)
            die_by(by);
        return failed_status;
    }
    /* Damage may strike again as the child leaves. */
    *again =
        !atomic_load(&supervisor->shared->told) && blame(supervisor, ending);
    return failed_status;
}

#ifndef SANITIZED

static void close_stranger(int fd)
{
    const int flags = fcntl(fd, F_GETFD);
    if (fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0)
        close(fd);
}

/* All descriptors, as far as they are known: asking for each that there might
 * be takes milliseconds. */
static void close_all_strangers(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder != NULL) {
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
            close_stranger(atoi(entry->d_name)); /* "." is 0 */
        closedir(folder);
        return;
    }
    const long most = sysconf(_SC_OPEN_MAX);
    for (int fd = 0; fd < (most > 0 && most < 4096 ? most : 4096); fd++)
        close_stranger(fd);
}

#endif

/* The child needs no input, which the parent has read, and no descriptors that
 * whoever started this program has left open. All of ours have FD_CLOEXEC. */
static void close_strangers(void)
{
#ifndef SANITIZED
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    close_all_strangers();
    if (null > STDERR_FILENO)
        close(null);
#endif
}

/* Its status is an answer only after the work: the library may call exit(). */
static bool has_finished(const struct supervisor *supervisor,
                         const struct ending *ending)
{
    return WIFEXITED(ending->status) &&
           WEXITSTATUS(ending->status) <= STATUS_MAX &&
           atomic_load(&supervisor->shared->finished);
}

/* Strangers' files are read with few rights, or not at all. */
static void log_no_process(const struct supervisor *supervisor)
{
    supervisor_say(supervisor, supervisor->voice.fail,
                   "cannot start a process to read the dumps: %s; "
                   "AUM_ONE_PROCESS=1 reads them in this one",
                   text_reason(errno));
}

/* One child. */
static int run_child(struct supervisor *supervisor, int (*work)(void *context),
                     void (*after)(void *context), void *context,
                     int failed_status, bool *again)
{
    sigset_t signals;
    sigset_t before;
    watchdog_signals(&signals);
    sigprocmask(SIG_BLOCK, &signals, &before);
    memset(supervisor->shared, 0, sizeof *supervisor->shared);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        reset_signals();
        sigprocmask(SIG_SETMASK, &before, NULL);
        end_with_parent(parent);
        supervisor_allow_memory(supervisor, SIZE_MAX); /* while it may look */
        close_strangers();
        supervisor->voice.start(supervisor->voice.context,
                                &supervisor->shared->told, QUIET);
        const int status = work(context);
        atomic_store(&supervisor->shared->finished, true);
        exit(status);
    }
    *again = false;
    int status = failed_status;
    if (child < 0) {
        log_no_process(supervisor);
    } else {
        const struct ending ending = watchdog_wait(supervisor, child, &signals);
        status = has_finished(supervisor, &ending)
                     ? WEXITSTATUS(ending.status)
                     : judge(supervisor, &ending, after, context, failed_status,
                             again);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}

int supervisor_run(struct supervisor *supervisor, int (*work)(void *context),
                   void (*after)(void *context), void *context,
                   int failed_status)
{
    int status;
    bool again = true;
    if (supervisor->limits.alone)
        return work(context);
    supervisor->shared = share();
    if (supervisor->shared == NULL) {
        log_no_process(supervisor);
        return failed_status;
    }
    signal(SIGCHLD, SIG_DFL); /* or the system would forget how it ended */
    /* Each child but the last dies of another file. */
    do
        status =
            run_child(supervisor, work, after, context, failed_status, &again);
    while (again);
    return status;
}

void supervisor_free(struct supervisor *supervisor)
{
    free(supervisor->bad);
    supervisor->bad = NULL;
}
