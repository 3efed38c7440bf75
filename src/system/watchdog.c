/*
 * watchdog.c - waits for a child, and ends one that does not come back
 */
#include "system/watchdog.h"

#include <math.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "system/hidden.h"

/* Processor time that one call of the library may take: what a chunk of the
 * largest size takes a few times over. */
#define CALL_SECONDS 30.0

/* How long it may do nothing before a note says so. */
#define NOTE_SECONDS 60.0

/* ---- the child's progress ---- */

/* What the parent has seen of it, and since when. */
struct progress_seen {
    unsigned long call;
    double call_cpu; /* the child's processor time as the call was first seen */
    double cpu;
    double still_since; /* when it was last seen to do something */
    bool told;          /* that it does nothing */
};

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_seconds(pid_t pid)
{
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(pid, &clock) != 0 ||
        clock_gettime(clock, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double or_usual(double seconds, double usual)
{
    return seconds > 0 ? seconds : usual;
}

/* Has the library been at work for too long? Waiting for a slow file system
 * takes no processor time, and does not count. */
static bool hangs(const struct supervisor *supervisor,
                  const struct progress_seen *seen)
{
    return seen->call % 2 != 0 &&
           seen->cpu - seen->call_cpu >
               or_usual(supervisor->limits.call_seconds, CALL_SECONDS);
}

static void log_stall(const struct supervisor *supervisor, double seconds)
{
    const size_t file = supervisor_present_file(supervisor);
    if (file != SIZE_MAX)
        supervisor_say(supervisor, supervisor->voice.note,
                       "%s: no progress for %.0f s; is its file system slow? "
                       "Still waiting",
                       supervisor->files[file], seconds);
}

/* Has it waited for longer than it may? A file system that is slow is nobody's
 * fault, so that it may for ever unless the user says otherwise. The time that
 * whoever reads our output takes does not count. */
static bool stalls(const struct supervisor *supervisor,
                   struct progress_seen *seen)
{
    const double now = wall_seconds();
    const double still = now - seen->still_since;
    if (!atomic_load(&supervisor->shared->reading)) {
        seen->still_since = now;
        return false;
    }
    if (still >= or_usual(supervisor->limits.note_seconds, NOTE_SECONDS) &&
        !seen->told) {
        seen->told = true;
        log_stall(supervisor, still);
    }
    return still > or_usual(supervisor->limits.stall_seconds, HUGE_VAL);
}

static void look(const struct supervisor *supervisor, pid_t child,
                 struct progress_seen *seen)
{
    const unsigned long call = atomic_load(&supervisor->shared->watch.calls);
    const double cpu = cpu_seconds(child);
    if (call != seen->call)
        seen->call_cpu = cpu;
    /* This program's own clockwork takes a little, too. */
    if (call != seen->call || cpu - seen->cpu > 0.001) {
        seen->still_since = wall_seconds();
        seen->told = false;
    }
    seen->call = call;
    seen->cpu = cpu;
}

/* ---- waiting ---- */

void watchdog_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (unsigned i = 0; i < hidden_signal_count; i++) {
        struct sigaction action;
        /* What is ignored (nohup) stays so. */
        if (sigaction(hidden_signals[i], NULL, &action) != 0 ||
            action.sa_handler != SIG_IGN)
            sigaddset(set, hidden_signals[i]);
    }
}

static void end_child(pid_t child, struct ending *ending, enum why_killed why)
{
    if (ending->why == NOT_KILLED)
        ending->why = why;
    kill(child, SIGKILL);
}

struct ending watchdog_wait(const struct supervisor *supervisor, pid_t child,
                            const sigset_t *signals)
{
    struct ending ending = {.why = NOT_KILLED};
    struct progress_seen seen = {.still_since = wall_seconds()};
    const struct timespec tick = {0, 250000000};
    struct rusage usage = {0};
    pid_t ended;
    while ((ended = wait4(child, &ending.status, WNOHANG, &usage)) == 0) {
        const int signal_number = sigtimedwait(signals, NULL, &tick);
        if (signal_number > 0 && signal_number != SIGCHLD) {
            ending.signal_number = signal_number;
            end_child(child, &ending, KILLED_BY_SIGNAL);
        }
        if (signal_number >= 0)
            continue;
        look(supervisor, child, &seen);
        if (hangs(supervisor, &seen))
            end_child(child, &ending, KILLED_HANGING);
        else if (stalls(supervisor, &seen))
            end_child(child, &ending, KILLED_STALLED);
    }
    if (ended != child) /* it cannot be known how it ended: not well, then */
        ending.status = W_EXITCODE(STATUS_MAX + 1, 0);
    ending.peak = (uint64_t)usage.ru_maxrss * 1024;
    return ending;
}
