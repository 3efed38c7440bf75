/*
 * process.h - a program run to its end, and all that came of it
 */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct bytes {
    char *data;
    size_t size;
};

static inline void die(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* Does work(context, job) for jobs 0, 1, ... in as many processes at a time.
 * Have all ended well? */
static inline bool
run_jobs(size_t jobs, void (*work)(void *context, size_t job), void *context)
{
    size_t ended_well = 0;
    int status;
    for (size_t j = 0; j < jobs; j++) {
        if (fork() != 0)
            continue;
        work(context, j);
        exit(EXIT_SUCCESS);
    }
    while (wait(&status) > 0)
        ended_well += WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    return ended_well == jobs;
}

/* With a NUL behind it. */
static inline struct bytes read_file(const char *path)
{
    struct bytes all = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die(path, strerror(errno));
    size_t room = 0;
    do {
        room = room * 2 + 65536;
        all.data = realloc(all.data, room);
        if (all.data == NULL)
            die(path, "out of memory");
        all.size += fread(all.data + all.size, 1, room - all.size - 1, file);
    } while (!feof(file) && !ferror(file));
    fclose(file);
    all.data[all.size] = '\0';
    return all;
}

static inline void write_file(const char *path, const char *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size)
        die(path, "cannot write");
    fclose(file);
}

static inline size_t number_from(const char *name, size_t usual)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoul(text, NULL, 10) : usual;
}

struct outcome {
    int status; /* of the process, or -1: it had to be killed */
    double seconds;
    long memory; /* kB */
    struct bytes out;
    struct bytes err;
};

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void on_alarm(int signal_number)
{
    (void)signal_number; /* it interrupts wait4() */
}

/* Runs argv with its output in two files, and kills it after some seconds. */
static inline struct outcome run_program(char *const *argv,
                                         const char *out_path,
                                         const char *err_path, unsigned seconds)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    posix_spawn_file_actions_t files;
    struct outcome outcome = {.status = -1};
    struct rusage usage;
    pid_t pid;
    int status;
    sigaction(SIGALRM, &action, NULL);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, out_path,
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addopen(&files, 2, err_path,
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const double start = now();
    if (posix_spawn(&pid, argv[0], &files, NULL, argv, environ) != 0)
        die(argv[0], "cannot be started");
    posix_spawn_file_actions_destroy(&files);
    bool killed = false;
    alarm(seconds);
    while (wait4(pid, &status, 0, &usage) < 0) {
        kill(pid, SIGKILL);
        killed = true;
    }
    alarm(0);
    outcome.seconds = now() - start;
    outcome.memory = usage.ru_maxrss;
    if (!killed)
        outcome.status =
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    outcome.out = read_file(out_path);
    outcome.err = read_file(err_path);
    return outcome;
}

static inline void outcome_free(struct outcome *outcome)
{
    free(outcome->out.data);
    free(outcome->err.data);
}

#define JOBS_MAX 16u

/* As many as there are cores, up to JOBS_MAX. */
static inline size_t job_count(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (size_t)cores;
}

#endif
