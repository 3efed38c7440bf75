/*
 * hidden.c - files under hidden names, locked while in use
 */
#include "system/hidden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is removed by signals ---- */

/* SLURM and others send what they are told to before a job's time is up. */
const int hidden_signals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
                              SIGUSR2, SIGALRM, SIGXCPU, SIGPROF, SIGVTALRM};
const unsigned hidden_signal_count =
    sizeof hidden_signals / sizeof *hidden_signals;

/* A signal handler has no other way to know them. Entries are never freed
 * while they may be read, but used again. */
struct entry {
    _Atomic(const char *) path; /* NULL: none */
    struct entry *next;
};
static _Atomic(struct entry *) entries;
/* A folder that was made for them, if nothing else gets into it. */
static _Atomic(const char *) made_folder;
static pid_t owner;

static void remove_and_die(int signal_number)
{
    if (getpid() == owner) {
        for (struct entry *e = atomic_load(&entries); e != NULL; e = e->next) {
            const char *path = atomic_load(&e->path);
            if (path != NULL)
                unlink(path);
        }
        const char *folder = atomic_load(&made_folder);
        if (folder != NULL)
            rmdir(folder);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void on_signals(void (*handler)(int))
{
    for (unsigned i = 0; i < hidden_signal_count; i++) {
        struct sigaction action;
        /* What is ignored (nohup) stays so. */
        if (sigaction(hidden_signals[i], NULL, &action) == 0 &&
            action.sa_handler == SIG_IGN)
            continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = handler;
        sigemptyset(&action.sa_mask);
        sigaction(hidden_signals[i], &action, NULL);
    }
}

/* In a child, forgets what is its parent's. */
static void become_owner(void)
{
    if (owner == getpid())
        return;
    for (struct entry *e = atomic_load(&entries); e != NULL; e = e->next)
        atomic_store(&e->path, NULL);
    atomic_store(&made_folder, NULL);
    owner = getpid();
}

/* The path must last until it is forgotten. */
static bool remember(const char *path)
{
    become_owner();
    struct entry *e = atomic_load(&entries);
    while (e != NULL && atomic_load(&e->path) != NULL)
        e = e->next;
    if (e == NULL) {
        e = calloc(1, sizeof *e);
        if (e == NULL)
            return false;
        e->next = atomic_load(&entries);
        atomic_store(&entries, e);
    }
    atomic_store(&e->path, path);
    on_signals(remove_and_die);
    return true;
}

static void forget(const char *path)
{
    bool any = atomic_load(&made_folder) != NULL;
    for (struct entry *e = atomic_load(&entries); e != NULL; e = e->next) {
        const char *found = atomic_load(&e->path);
        if (found == path)
            atomic_store(&e->path, NULL);
        else
            any |= found != NULL;
    }
    if (!any)
        on_signals(SIG_DFL);
}

/* ---- opening ---- */

/* Is the open file the one that has the name? */
static bool has_name(int fd, const char *path)
{
    struct stat open_file;
    struct stat named;
    return fstat(fd, &open_file) == 0 && lstat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* What no file has by accident: the sticky bit, which says nothing of files
 * today. A hidden file has it from the moment it exists until it has its real
 * name, so that it is known as a leftover whatever is in it. */
#define MARK S_ISVTX

/* Is it one file under one name, and this user's? It may be a trap in a folder
 * that others write to, or another name of a file that somebody needs. */
static bool is_own(const struct stat *status)
{
    return S_ISREG(status->st_mode) && status->st_nlink == 1 &&
           status->st_uid == geteuid();
}

/* May it be written over, or removed? */
static bool is_leftover(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && is_own(&status) &&
           (status.st_mode & MARK) != 0;
}

enum attempt { GOT_IT, IN_USE, TRY_AGAIN, CANNOT };

/* `made`: it is new, and so nobody else's even where modes are not kept. */
static enum attempt try_to_lock(int fd, const char *path, bool made)
{
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return IN_USE;
        /* No locks here: nobody uses this name, then. */
        if ((made || is_leftover(fd)) && has_name(fd, path))
            unlink(path);
        return CANNOT;
    }
    /* Who had it may have given it its other name just now. */
    if (!has_name(fd, path))
        return TRY_AGAIN;
    if (made)
        return GOT_IT;
    if (!is_leftover(fd))
        return CANNOT;
    if (ftruncate(fd, 0) == 0)
        return GOT_IT;
    unlink(path); /* a new one will do */
    return TRY_AGAIN;
}

/* A name of our own, which nobody can know. */
static bool open_unique(struct hidden *hidden, const char *path)
{
    const size_t room = strlen(path) + 8;
    hidden->path = malloc(room);
    if (hidden->path == NULL)
        return false;
    snprintf(hidden->path, room, "%s.XXXXXX", path);
    hidden->fd = mkstemp(hidden->path);
    if (hidden->fd < 0) {
        free(hidden->path);
        hidden->path = NULL;
        return false;
    }
    fcntl(hidden->fd, F_SETFD, FD_CLOEXEC);
    return true;
}

/* A new file, or the one that has the name; -1 with errno. */
static int open_or_make(const char *path, bool *made)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, flags | O_CREAT | O_EXCL, 0600 | MARK);
    *made = fd >= 0;
    if (*made) /* the umask is not for it, and some systems drop the mark */
        fchmod(fd, 0600 | MARK);
    else if (errno == EEXIST)
        fd = open(path, flags);
    return fd;
}

/* Is something in the way that is not ours to open? */
static bool is_in_the_way(int reason)
{
    return reason == EACCES || reason == EPERM || reason == ELOOP ||
           reason == EISDIR || reason == ENXIO || reason == ETXTBSY;
}

static bool open_known(struct hidden *hidden, const char *path)
{
    enum attempt attempt = TRY_AGAIN;
    bool made;
    for (int i = 0; i < 20 && attempt == TRY_AGAIN; i++) {
        hidden->fd = open_or_make(path, &made);
        if (hidden->fd < 0 && errno == ENOENT && i < 19) /* removed just now */
            continue;
        if (hidden->fd < 0)
            return is_in_the_way(errno) && open_unique(hidden, path);
        attempt = try_to_lock(hidden->fd, path, made);
        if (attempt != GOT_IT)
            close(hidden->fd);
    }
    if (attempt == CANNOT)
        return open_unique(hidden, path);
    errno = EBUSY;
    if (attempt != GOT_IT)
        return false;
    hidden->path = strdup(path);
    if (hidden->path == NULL) {
        unlink(path);
        close(hidden->fd);
        errno = ENOMEM;
    }
    return hidden->path != NULL;
}

static bool open_and_remember(struct hidden *hidden, const char *path)
{
    *hidden = (struct hidden){.fd = -1};
    if (!open_known(hidden, path)) {
        hidden->fd = -1;
        return false;
    }
    if (remember(hidden->path))
        return true;
    hidden_remove(hidden);
    errno = ENOMEM;
    return false;
}

/* No signal may come between making something and taking note of it. */
void hidden_block_signals(sigset_t *before)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (unsigned i = 0; i < hidden_signal_count; i++)
        sigaddset(&signals, hidden_signals[i]);
    pthread_sigmask(SIG_BLOCK, &signals, before);
}

bool hidden_make_folder(const char *path)
{
    sigset_t before;
    hidden_block_signals(&before);
    const bool good = mkdir(path, 0777) == 0;
    const int reason = errno;
    if (good) {
        become_owner();
        atomic_store(&made_folder, path);
        on_signals(remove_and_die);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return good;
}

bool hidden_open(struct hidden *hidden, const char *path)
{
    sigset_t before;
    hidden_block_signals(&before);
    const bool good = open_and_remember(hidden, path);
    const int reason = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return good;
}

/* ---- and what becomes of them ---- */

static void let_go(struct hidden *hidden)
{
    forget(hidden->path);
    free(hidden->path);
    close(hidden->fd);
    *hidden = (struct hidden){.fd = -1};
}

void hidden_remove(struct hidden *hidden)
{
    sigset_t before;
    if (hidden->path == NULL)
        return;
    /* A signal after that would remove the file of who has the name next. */
    hidden_block_signals(&before);
    if (has_name(hidden->fd, hidden->path))
        unlink(hidden->path);
    let_go(hidden);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void hidden_remove_leftover(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_leftover(fd) &&
        has_name(fd, path))
        unlink(path);
    close(fd);
}

bool hidden_is_ready(const struct hidden *hidden, const char *path)
{
    struct stat status;
    /* Somebody may have put another file in its place. */
    if (!has_name(hidden->fd, hidden->path) ||
        fstat(hidden->fd, &status) != 0 || !is_own(&status)) {
        errno = EBUSY;
        return false;
    }
    if (lstat(path, &status) != 0)
        return errno == ENOENT;
    errno = EISDIR;
    return !S_ISDIR(status.st_mode);
}

static bool rename_and_forget(struct hidden *hidden, const char *path,
                              mode_t mode)
{
    if (!hidden_is_ready(hidden, path))
        return false;
    /* With its mode at once, and with the mark as long as it is hidden. */
    if (fchmod(hidden->fd, mode | MARK) != 0 && fchmod(hidden->fd, mode) != 0)
        return false;
    if (rename(hidden->path, path) != 0)
        return false;
    fchmod(hidden->fd, mode);
    forget(hidden->path);
    free(hidden->path);
    hidden->path = NULL;
    return true;
}

bool hidden_rename(struct hidden *hidden, const char *path, mode_t mode)
{
    sigset_t before;
    /* A signal after the renaming would remove the file of who has the hidden
     * name next, and one before the mark is gone would leave it. */
    hidden_block_signals(&before);
    const bool good = rename_and_forget(hidden, path, mode);
    const int reason = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return good;
}

void hidden_withdraw(struct hidden *hidden, const char *path)
{
    if (has_name(hidden->fd, path))
        unlink(path);
    hidden_close(hidden);
}

void hidden_close(struct hidden *hidden)
{
    if (hidden->fd >= 0)
        close(hidden->fd);
    *hidden = (struct hidden){.fd = -1};
}
