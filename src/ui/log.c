/*
 * log.c - what is said to people, on stderr
 */
#include "ui/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "common/fit.h"

FILE *log_stream(const struct messages *messages)
{
    return messages->stream != NULL ? messages->stream : stderr;
}

void log_keep_others_quiet(struct messages *messages)
{
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *stream = fd >= 0 && null >= 0 ? fdopen(fd, "w") : NULL;
    if (stream != NULL) {
        messages->stream = stream;
        dup2(null, STDERR_FILENO); /* not open for writing */
    } else if (fd >= 0) {
        close(fd);
    }
    if (null >= 0)
        close(null);
}

/* Names from files may hold anything: nothing of it may move the cursor, start
 * a line, or turn the text around it. */
static void print_line(struct messages *messages, const char *kind,
                       const char *text, size_t length)
{
    FILE *stream = log_stream(messages);
    if (messages->line_drawn)
        fputs("\r\033[K", stream);
    messages->line_drawn = false;
    fprintf(stream, "%s: %s",
            messages->program != NULL ? messages->program : PROGRAM_NAME, kind);
    for (size_t i = 0; i < length;) {
        const size_t n = text_shown_length(text + i);
        if (n == 0)
            fprintf(stream, "\\x%02x", (unsigned)(unsigned char)text[i]);
        else
            fwrite(text + i, 1, n, stream);
        i += n != 0 ? n : 1;
    }
    fputc('\n', stream);
    fflush(stream);
}

#define TEXT_ROOM 4096 /* of a message */

static void say(struct messages *messages, const char *kind, const char *format,
                va_list arguments)
{
    char text[TEXT_ROOM];
    text_fit_list(text, sizeof text, format, arguments);
    print_line(messages, kind, text, strlen(text));
}

void log_error(struct messages *messages, const char *format, ...)
{
    if (messages->told != NULL)
        atomic_store(messages->told, true);
    va_list arguments;
    va_start(arguments, format);
    say(messages, "", format, arguments);
    va_end(arguments);
}

void log_warning(struct messages *messages, const char *format, ...)
{
    if (messages->level < LOG_NORMAL)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(messages, "warning: ", format, arguments);
    va_end(arguments);
}

void log_note(struct messages *messages, const char *format, ...)
{
    if (messages->level < LOG_NORMAL)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(messages, "", format, arguments);
    va_end(arguments);
}

void log_detail(struct messages *messages, const char *format, ...)
{
    if (messages->level < LOG_VERBOSE)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(messages, "", format, arguments);
    va_end(arguments);
}

bool log_flush_stdout(struct messages *messages)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return true;
    if (errno == EPIPE)
        return true;
    log_error(messages, "standard output: cannot write: %s",
              text_reason(errno));
    return false;
}

void log_lines(struct messages *messages, const char *lines)
{
    if (messages->level < LOG_VERBOSE)
        return;
    while (*lines != '\0') {
        const size_t length = strcspn(lines, "\n");
        print_line(messages, "HDF5: ", lines, length);
        lines += length + (lines[length] == '\n');
    }
}

const char *log_advice(const struct messages *messages,
                       const struct error *error)
{
    const char *words =
        messages->advice != NULL ? messages->advice[error->advice] : NULL;
    return words != NULL ? words : "";
}

/* A limit that this program has set itself is not the machine's. */
bool log_failure(struct messages *messages, const struct error *error)
{
    char bytes[16];
    if (error->no_memory && messages->memory_limit > 0)
        log_error(messages,
                  "%s: more than the %s that %s allows itself for such files; "
                  "unless one is damaged, AUM_MEMORY_MB allows more",
                  error->text,
                  format_bytes((double)messages->memory_limit, bytes),
                  messages->program != NULL ? messages->program : PROGRAM_NAME);
    else
        log_error(messages, "%s%s", error->text, log_advice(messages, error));
    log_lines(messages, error->detail);
    return false;
}

const char *format_bytes(double bytes, char *text)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    snprintf(text, 16, unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
    return text;
}
