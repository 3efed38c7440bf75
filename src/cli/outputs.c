/*
 * outputs.c - all that a program writes, as one list
 */
#include "cli/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/failure.h"
#include "system/hidden.h"
#include "common/buffer.h"
#include "common/fit.h"

const char *output_name(const struct output *output)
{
    return output->path != NULL ? output->path : "standard output";
}

bool output_cannot_write(const struct outputs *outputs,
                         const struct output *output)
{
    log_error(outputs->messages, "%s: cannot write: %s", output_name(output),
              text_reason(errno));
    return false;
}

void outputs_start_process(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* ---- the list ---- */

bool outputs_add(struct outputs *outputs, const char *option, const char *path,
                 output_fn write, size_t number)
{
    struct output *grown =
        list_grow(outputs->list, outputs->count, sizeof *grown);
    if (grown == NULL)
        return log_status(outputs->messages, AUM_NO_MEMORY);
    outputs->list = grown;
    struct output *output = &grown[outputs->count];
    *output = (struct output){
        .option = option, .write = write, .number = number, .lock = -1};
    if (path != NULL) {
        output->path = strdup(path);
        if (output->path == NULL)
            return log_status(outputs->messages, AUM_NO_MEMORY);
    }
    outputs->count++;
    return true;
}

/* ---- what dumps may not name ---- */

/* A file that dumps may not name: false without memory. */
static bool doom(const struct outputs *outputs, struct dump_trust *trust,
                 const struct stat *status)
{
    return !S_ISREG(status->st_mode) ||
           dump_trust_doom(trust, status->st_dev, status->st_ino) ||
           log_status(outputs->messages, AUM_NO_MEMORY);
}

bool outputs_doom(const struct outputs *outputs, struct dump_trust *trust)
{
    for (size_t i = 0; i < outputs->count; i++) {
        const struct output *output = &outputs->list[i];
        const struct stat there = {.st_mode = output->place.mode,
                                   .st_dev = output->place.device,
                                   .st_ino = output->place.inode};
        struct stat made;
        if (output->place.exists && !doom(outputs, trust, &there))
            return false;
        if (output->file != NULL && out_file_find(output->file, &made) &&
            !doom(outputs, trust, &made))
            return false;
        if (output->lock >= 0 && fstat(output->lock, &made) == 0 &&
            !doom(outputs, trust, &made))
            return false;
    }
    return true;
}

/* ---- opening ---- */

/* The lock of a state is a file of its own, which stays: the state itself is
 * replaced. In a folder that others write to, it may be anything: opening a
 * pipe must not wait for its writer. */
static bool open_lock(struct outputs *outputs, struct output *output)
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const char *path = output->lock_path;
    struct stat status;
    output->lock = open(path, O_RDWR | O_CREAT | flags, 0666);
    if (output->lock < 0 && errno == EACCES) /* another user's will do */
        output->lock = open(path, O_RDONLY | flags);
    if (output->lock < 0 || fstat(output->lock, &status) != 0)
        return output_cannot_write(outputs, output);
    if (S_ISREG(status.st_mode))
        return true;
    log_error(outputs->messages,
              "%s: not a regular file, as the lock of %s has to be; remove it, "
              "or give the state another name",
              path, output_name(output));
    return false;
}

static bool lock_state(struct outputs *outputs, struct output *output,
                       bool wait)
{
    if (!open_lock(outputs, output))
        return false;
    output->locked = flock(output->lock, LOCK_EX | LOCK_NB) == 0;
    if (output->locked)
        return true;
    if (errno == EWOULDBLOCK && wait) {
        log_note(outputs->messages, "%s: waiting for another scan",
                 output_name(output));
        int result;
        do
            result = flock(output->lock, LOCK_EX);
        while (result != 0 && errno == EINTR);
        output->locked = result == 0;
        if (output->locked)
            return true;
    }
    if (errno == EWOULDBLOCK) {
        log_error(outputs->messages,
                  "%s: another scan holds this state; --wait waits for it",
                  output_name(output));
        return false;
    }
    log_warning(outputs->messages,
                "%s: this file system has no locks (%s); do not start "
                "another scan with this state meanwhile",
                output_name(output), text_reason(errno));
    return true;
}

/* A sweep may have thousands of files. */
static void allow_files(size_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    const rlim_t wanted = (rlim_t)count + 256;
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_one(struct outputs *outputs, struct output *output)
{
    struct error error;
    output->file = out_file_open(&output->place, output->path, &error);
    if (output->file == NULL)
        log_error(outputs->messages, "%s", error.text);
    return output->file != NULL;
}

static int compare_paths(const void *a, const void *b)
{
    const struct output *x = *(struct output *const *)a;
    const struct output *y = *(struct output *const *)b;
    return strcmp(x->place.path, y->place.path);
}

/* All scans lock in the same order, so that no two wait for each other. */
static bool lock_states(struct outputs *outputs, bool wait)
{
    struct output **states = malloc((outputs->count + 1) * sizeof *states);
    size_t count = 0;
    if (states == NULL)
        return log_status(outputs->messages, AUM_NO_MEMORY);
    for (size_t i = 0; i < outputs->count; i++) {
        if (outputs->list[i].write == NULL)
            states[count++] = &outputs->list[i];
    }
    qsort(states, count, sizeof *states, compare_paths);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = lock_state(outputs, states[i], wait);
    free(states);
    return good;
}

/* Pipes last: opening one waits for its reader. */
bool outputs_open(struct outputs *outputs, bool wait)
{
    allow_files(outputs->count);
    if (!lock_states(outputs, wait))
        return false;
    for (int pipes = 0; pipes < 2; pipes++) {
        for (size_t i = 0; i < outputs->count; i++) {
            struct output *output = &outputs->list[i];
            if (output->write != NULL &&
                (output->place.kind == OUT_DEVICE) == (pipes == 1) &&
                !open_one(outputs, output))
                return false;
        }
    }
    return true;
}

struct out_file *outputs_file(const struct outputs *outputs, const char *option)
{
    for (size_t i = 0; i < outputs->count; i++) {
        if (strcmp(outputs->list[i].option, option) == 0)
            return outputs->list[i].file;
    }
    return NULL;
}

/* ---- writing ---- */

bool outputs_restart(struct outputs *outputs)
{
    struct error error;
    for (size_t i = 0; i < outputs->count; i++) {
        if (outputs->list[i].file == NULL ||
            out_file_restart(outputs->list[i].file, &error))
            continue;
        log_error(outputs->messages, "%s", error.text);
        return false;
    }
    return true;
}

/* Whoever reads a pipe may go when he has seen enough. */
static bool write_one(const struct outputs *outputs, struct output *output,
                      void *context)
{
    struct error error = {.closed_pipe = false};
    if (output->write(context, output->file, output->number, &error) &&
        out_file_finish(output->file, &error))
        return true;
    if (!error.closed_pipe)
        log_error(outputs->messages, "%s", error.text);
    return error.closed_pipe;
}

bool outputs_write(struct outputs *outputs, void *context)
{
    for (int at_once = 0; at_once < 2; at_once++) {
        for (size_t i = 0; i < outputs->count; i++) {
            struct output *output = &outputs->list[i];
            if (output->file != NULL &&
                out_file_is_replaced(output->file) == (at_once == 0) &&
                !write_one(outputs, output, context))
                return false;
        }
    }
    return true;
}

/* ---- closing ---- */

/* Finds out what is wrong while nothing is lost. */
static bool all_ready(const struct outputs *outputs, struct error *error)
{
    bool good = true;
    for (size_t i = 0; good && i < outputs->count; i++)
        good = outputs->list[i].file == NULL ||
               out_file_is_ready(outputs->list[i].file, error);
    return good;
}

/* An error means that there is no output, and so of no run: those that are
 * named stay open until all are, so that they can be removed again. */
static bool name_all(struct outputs *outputs, struct error *error)
{
    bool good = all_ready(outputs, error);
    for (size_t i = 0; good && i < outputs->count; i++)
        good = outputs->list[i].file == NULL ||
               out_file_name(outputs->list[i].file, error);
    for (size_t i = 0; i < outputs->count; i++) {
        struct out_file *file = outputs->list[i].file;
        outputs->list[i].file = NULL;
        if (!good)
            out_file_abandon(file);
        else if (file != NULL)
            out_file_close(file);
    }
    return good;
}

bool outputs_commit(struct outputs *outputs)
{
    struct error error;
    sigset_t before;
    hidden_block_signals(&before);
    const bool good = name_all(outputs, &error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!good)
        log_error(outputs->messages, "%s", error.text);
    return good;
}

void outputs_free(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->list[i];
        out_file_abandon(output->file);
        /* Of a child that was killed as it wrote it; another scan's otherwise.
         */
        if (output->locked)
            hidden_remove_leftover(output->place.hidden);
        if (output->lock >= 0)
            close(output->lock);
        out_place_free(&output->place);
        free(output->lock_path);
        free(output->path);
    }
    free(outputs->list);
    *outputs = (struct outputs){.messages = outputs->messages};
}
