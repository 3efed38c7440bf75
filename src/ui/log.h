/*
 * log.h - what is said to people, on stderr
 *
 * Besides progress.c the only place that speaks. One message is one line.
 */
#ifndef UI_LOG_H
#define UI_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/error.h"

#define PROGRAM_NAME "aum-scan"

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

struct messages {
    const char *program; /* who speaks; NULL: PROGRAM_NAME */
    FILE *stream;        /* where to; NULL: stderr */
    atomic_bool *told;   /* set by an error, if not NULL */
    enum log_level level;
    bool line_drawn; /* a progress bar stands on the current line */
    /* Bytes of memory that this program allows itself; 0: all there is. */
    uint64_t memory_limit;
    /* The words of this program for each enum error_advice, with what goes
     * before them; NULL: none. */
    const char *const *advice;
};

FILE *log_stream(const struct messages *messages);

/*
 * From here on messages alone get to where stderr led; what libraries write
 * there themselves (the C library of a corrupted heap, the HDF5 library of its
 * start) gets nowhere. Does nothing if that cannot be done.
 */
void log_keep_others_quiet(struct messages *messages);

/* Errors are always shown; warnings and notes not with --quiet, details only
 * with --verbose. */
__attribute__((format(printf, 2, 3))) void log_error(struct messages *messages,
                                                     const char *format, ...);
__attribute__((format(printf, 2, 3))) void
log_warning(struct messages *messages, const char *format, ...);
__attribute__((format(printf, 2, 3))) void log_note(struct messages *messages,
                                                    const char *format, ...);
__attribute__((format(printf, 2, 3))) void log_detail(struct messages *messages,
                                                      const char *format, ...);

/* Has all that was printed to stdout got there? False after an error message. A
 * reader that has gone is none. */
bool log_flush_stdout(struct messages *messages);

/* What another library said, several lines; with --verbose. */
void log_lines(struct messages *messages, const char *lines);

/* The words for an error's advice, to be put after its text; "" without any. */
const char *log_advice(const struct messages *messages,
                       const struct error *error);

/* An error that a function has filled in. Returns false. */
bool log_failure(struct messages *messages, const struct error *error);

/* "1.2 GB" into text, which holds at least 16 bytes. */
const char *format_bytes(double bytes, char *text);

#endif
