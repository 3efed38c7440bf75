/*
 * supervisor.c - work in a process of its own, watched by this one
 */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* Processor time that one call of the library may take: what a chunk of the
 * largest size takes a few times over. */
#define CALL_SECONDS 30.0

/* The highest exit status that is our own. */
#define STATUS_MAX 3

/* ---- memory ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* takes all addresses there are */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED

/* Private memory of this process, as RLIMIT_DATA counts it; 0 if unknown. */
static uint64_t private_bytes(void)
{
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    unsigned long long data = 0;
    if (fscanf(file, "%*s %*s %*s %*s %*s %llu", &data) == 1)
        pages = data;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

#endif

void supervisor_allow_memory(const struct supervisor *supervisor, size_t bytes)
{
#ifndef SANITIZED
    struct rlimit limit;
    const uint64_t present = private_bytes();
    if (supervisor->shared == NULL || present == 0 ||
        getrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    const uint64_t wanted =
        bytes < RLIM_INFINITY - present ? present + bytes : RLIM_INFINITY;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_DATA, &limit);
#else
    (void)supervisor, (void)bytes;
#endif
}

/* ---- the child's calls ---- */

/* What the parent has seen of a call that goes on. */
struct call {
    unsigned long number;
    double since; /* the child's processor time when it was first seen */
};

static double cpu_seconds(pid_t pid)
{
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(pid, &clock) != 0 ||
        clock_gettime(clock, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double allowed_seconds(void)
{
    const char *text = getenv("AUM_CALL_SECONDS"); /* for tests */
    const double seconds = text != NULL ? strtod(text, NULL) : 0;
    return seconds > 0 ? seconds : CALL_SECONDS;
}

/* Has the library been at work for too long? Waiting for a slow file system
 * takes no processor time, and does not count. */
static bool hangs(const struct supervisor *supervisor, pid_t child,
                  struct call *call)
{
    const unsigned long number = atomic_load(&supervisor->shared->watch.calls);
    if (number % 2 == 0 || number != call->number) {
        call->number = number;
        call->since = cpu_seconds(child);
        return false;
    }
    return cpu_seconds(child) - call->since > allowed_seconds();
}

/* ---- waiting ---- */

static void fill(sigset_t *set)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action;
        /* What is ignored (nohup) stays so. */
        if (sigaction(numbers[i], NULL, &action) != 0 ||
            action.sa_handler != SIG_IGN)
            sigaddset(set, numbers[i]);
    }
}

struct ending {
    int status;  /* as waitpid() tells it */
    int passed;  /* the last signal that was passed on, or 0 */
    bool hanged; /* it was killed, as the library did not come back */
};

static struct ending wait_for(const struct supervisor *supervisor, pid_t child,
                              const sigset_t *signals)
{
    struct ending ending = {0};
    struct call call = {0};
    const struct timespec tick = {0, 250000000};
    while (waitpid(child, &ending.status, WNOHANG) == 0) {
        const int signal_number = sigtimedwait(signals, NULL, &tick);
        if (signal_number > 0 && signal_number != SIGCHLD) {
            ending.passed = signal_number;
            kill(child, signal_number);
        }
        if (signal_number < 0 && hangs(supervisor, child, &call)) {
            ending.hanged = true;
            kill(child, SIGKILL);
        }
    }
    return ending;
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
    for (size_t i = 0; i < supervisor->bad_count; i++) {
        if (strcmp(supervisor->bad_files[i], path) == 0)
            return true;
    }
    return false;
}

static bool add_bad(struct supervisor *supervisor, const char *path)
{
    char **grown = realloc(supervisor->bad_files,
                           (supervisor->bad_count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    supervisor->bad_files = grown;
    grown[supervisor->bad_count] = strdup(path);
    if (grown[supervisor->bad_count] == NULL)
        return false;
    supervisor->bad_count++;
    return true;
}

/* The signal that it died by; 0: the library called exit(), as it does when it
 * has no memory to start with. */
static int signal_of(const struct ending *ending)
{
    return WIFSIGNALED(ending->status) ? WTERMSIG(ending->status) : 0;
}

/* What a child that died of a file says of it. */
static const char *cause(const struct supervisor *supervisor,
                         const struct ending *ending)
{
    if (ending->hanged)
        return "the HDF5 library does not come back from reading it";
    if (atomic_load(&supervisor->shared->watch.calls) % 2 != 0)
        return "the HDF5 library crashed reading it";
    return "crashed after the HDF5 library read it";
}

/* The child died. Returns whether to start it again. */
static bool blame(struct supervisor *supervisor, const struct ending *ending)
{
    const char *path = supervisor->shared->watch.path;
    const int by = signal_of(ending);
    /* The cursor may stand behind the child's progress bar. */
    supervisor->messages->line_drawn |= isatty(STDERR_FILENO) == 1;
    if (by == SIGKILL && !ending->hanged) {
        message_error(supervisor->messages,
                      "killed (signal %d), as the system does when memory "
                      "runs out",
                      by);
        return false;
    }
    if (*path == '\0') {
        message_error(supervisor->messages,
                      "the HDF5 library crashed (signal %d) before it read a "
                      "file; is there enough memory?",
                      by);
        return false;
    }
    const bool again = supervisor->keep_going &&
                       !supervisor_is_bad(supervisor, path) &&
                       add_bad(supervisor, path);
    if (again)
        message_warning(supervisor->messages, "skipped: %s: damaged: %s", path,
                        cause(supervisor, ending));
    else
        message_error(supervisor->messages, "%s: damaged: %s", path,
                      cause(supervisor, ending));
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

/* One child. *again: it died of a file and is to be started without it. */
static int run_child(struct supervisor *supervisor, int (*work)(void *context),
                     void *context, int failed_status, bool *again)
{
    sigset_t signals;
    sigset_t before;
    fill(&signals);
    sigprocmask(SIG_BLOCK, &signals, &before);
    memset(supervisor->shared, 0, sizeof *supervisor->shared);
    supervisor->messages->told = &supervisor->shared->told;
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child <= 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    if (child == 0) {
        end_with_parent(parent);
#ifndef SANITIZED /* their reports go there as well */
        message_keep_others_quiet(supervisor->messages);
#endif
        exit(work(context));
    }
    *again = false;
    if (child < 0) {
        supervisor->shared = NULL; /* then without */
        return work(context);
    }
    const struct ending ending = wait_for(supervisor, child, &signals);
    out_file_remove_unfinished(&supervisor->shared->unfinished);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (WIFEXITED(ending.status) && WEXITSTATUS(ending.status) <= STATUS_MAX)
        return WEXITSTATUS(ending.status);
    if (ending.passed != 0 && signal_of(&ending) == ending.passed)
        die_by(ending.passed);
    const int by = signal_of(&ending);
    if (!ending.hanged && (by == SIGINT || by == SIGTERM || by == SIGHUP))
        die_by(by); /* the terminal sent it to both */
    supervisor->messages->told = NULL;
    /* Damage may strike again as the child leaves. */
    *again =
        !atomic_load(&supervisor->shared->told) && blame(supervisor, &ending);
    return failed_status;
}

int supervisor_run(struct supervisor *supervisor, int (*work)(void *context),
                   void *context, int failed_status)
{
    const char *alone = getenv("AUM_ONE_PROCESS"); /* for debuggers */
    int status;
    bool again = true;
    if (alone == NULL || *alone == '\0')
        supervisor->shared = share();
    if (supervisor->shared == NULL)
        return work(context);
    out_file_share_unfinished(&supervisor->shared->unfinished);
    do
        status = run_child(supervisor, work, context, failed_status, &again);
    while (again);
    return status;
}

void supervisor_free(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->bad_count; i++)
        free(supervisor->bad_files[i]);
    free(supervisor->bad_files);
}
