/*
 * outputs.h - all that a program writes, as one list
 *
 * It is made from the options, and walked to check it, to open it, to write it
 * and to close it: an output cannot be left out of one of these. Files are
 * opened before the work starts, by the process that watches it; the work is
 * to fill them. They get their names when all of it is done.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ui/log.h"
#include "system/out_file.h"
#include "dump/trust.h"

/*
 * Makes a process fit for writing; call it first. Standard descriptors that are
 * closed stay so for whoever writes to them, but no other file gets their
 * numbers: messages would go there. That a reader has gone, or that a file may
 * not grow, is an error of write(2) and not the end.
 */
void outputs_start_process(void);

/* A file that is read. */
struct input_file {
    const char *option; /* that names it; NULL: a FILE argument */
    const char *path;
    dev_t device;
    ino_t inode;
};

struct input_files {
    struct input_file *list;
    size_t count;
};

/* Adds a file, if there is one; "-" is standard input. Both texts must last.
 * False without memory. Free with input_files_free(). */
bool input_files_add(struct input_files *inputs, const char *option,
                     const char *path);
void input_files_free(struct input_files *inputs);

/* Writes all of an output, or what is left of it; `number` is its own. */
typedef bool (*output_fn)(void *context, struct out_file *file, size_t number,
                          struct error *error);

struct output {
    const char *option; /* that names it */
    char *path;         /* NULL: standard output */
    output_fn write; /* NULL: a state, which is written as the work goes on */
    size_t number;
    struct out_place place;
    bool renamed; /* a symbolic link leads to a file of another name */
    struct out_file *file;
    char *lock_path; /* of a state, once it was checked */
    int lock;        /* of a state: the descriptor that holds it, or -1 */
    bool locked;     /* it does: no other scan is writing it */
};

struct outputs {
    struct messages *messages;
    struct output *list;
    size_t count;
};

/* What messages call it; and one of them, from errno. Returns false. */
const char *output_name(const struct output *output);
bool output_cannot_write(const struct outputs *outputs,
                         const struct output *output);

/* Adds one; `path` is copied. NULL paths are standard output. These all are
 * false after an error message. */
bool outputs_add(struct outputs *outputs, const char *option, const char *path,
                 output_fn write, size_t number);

/* Finds where they go. None may be an input or another output. */
bool outputs_check(struct outputs *outputs, const struct input_files *inputs);

/* Files that dumps name are read, too, and so may be no outputs, nor what those
 * are called until they are complete. Call it once they are open. */
bool outputs_doom(const struct outputs *outputs, struct dump_trust *trust);

/* Opens files, and locks states: those that another scan holds are an error,
 * or waited for. */
bool outputs_open(struct outputs *outputs, bool wait);

/* The file of an option, to write to it early; NULL: there is none. */
struct out_file *outputs_file(const struct outputs *outputs,
                              const char *option);

/* Forgets what an attempt that failed has written. */
bool outputs_restart(struct outputs *outputs);

/* Has all of them written: first those that appear only when they are
 * committed. */
bool outputs_write(struct outputs *outputs, void *context);

/* Gives them their names. If that fails for one, none is left; files that had
 * been replaced by then are gone. Signals wait meanwhile. */
bool outputs_commit(struct outputs *outputs);

/* Leaves no trace of what has not been committed, and frees all. */
void outputs_free(struct outputs *outputs);

#endif
