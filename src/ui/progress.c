/*
 * progress.c - a bar on the terminal: epochs, bytes, time left
 */
#include "ui/progress.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define DRAW_INTERVAL 0.1 /* seconds */
#define BAR_MAX 30

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool progress_wanted(const struct messages *messages, enum progress_when when)
{
    return messages->level > LOG_QUIET &&
           (when == PROGRESS_ALWAYS ||
            (when == PROGRESS_AUTO && isatty(fileno(log_stream(messages)))));
}

void progress_start(struct progress *progress, struct messages *messages,
                    bool shown, uint64_t epochs, uint64_t bytes)
{
    *progress = (struct progress){.messages = messages,
                                  .shown = shown,
                                  .epochs = epochs,
                                  .bytes = bytes,
                                  .start = now()};
    progress->last_drawn = progress->start;
}

static int terminal_columns(const struct progress *progress)
{
    struct winsize size;
    if (ioctl(fileno(log_stream(progress->messages)), TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void progress_format(char *text, size_t size, int columns, uint64_t epoch,
                     uint64_t epochs, uint64_t bytes, uint64_t all_bytes,
                     double seconds)
{
    char done[16];
    char all[16];
    char tail[128];
    char left[32] = "-:--";
    const double share =
        all_bytes > 0 ? (double)bytes / (double)all_bytes : 1.0;
    if (share > 0) {
        const double rest = seconds / share * (1 - share) + 0.5;
        const unsigned long s = rest < 1e9 ? (unsigned long)rest : 999999999;
        if (s >= 3600)
            snprintf(left, sizeof left, "%lu:%02lu:%02lu", s / 3600,
                     s / 60 % 60, s % 60);
        else
            snprintf(left, sizeof left, "%lu:%02lu", s / 60, s % 60);
    }
    snprintf(tail, sizeof tail, " epoch %" PRIu64 "/%" PRIu64 "  %s/%s  ETA %s",
             epoch, epochs, format_bytes((double)bytes, done),
             format_bytes((double)all_bytes, all), left);
    /* One column stays free: writing into the last one may wrap. */
    int width = columns - 1 - (int)strlen(tail) - 2;
    if (width > BAR_MAX)
        width = BAR_MAX;
    if (width < 5) {
        snprintf(text, size, "%.*s", columns > 1 ? columns - 1 : 1, tail + 1);
        return;
    }
    char bar[BAR_MAX + 1];
    const int full = (int)(share * width);
    memset(bar, ' ', (size_t)width);
    memset(bar, '=', (size_t)full);
    if (full < width)
        bar[full] = '>';
    bar[width] = '\0';
    snprintf(text, size, "[%s]%s", bar, tail);
}

/* Is it time to draw again? */
static bool is_time(struct progress *progress)
{
    const double time = now();
    if (!progress->shown || time - progress->last_drawn < DRAW_INTERVAL)
        return false;
    progress->last_drawn = time;
    return true;
}

static void draw(struct progress *progress, const char *what, const char *text)
{
    FILE *stream = log_stream(progress->messages);
    fprintf(stream, "\r%s%s\033[K", what, text);
    fflush(stream);
    progress->messages->line_drawn = true;
}

void progress_update(struct progress *progress, uint64_t epochs, uint64_t bytes)
{
    char text[256];
    const char *what = progress->what != NULL ? progress->what : "";
    if (!is_time(progress))
        return;
    progress_format(text, sizeof text,
                    terminal_columns(progress) - (int)strlen(what), epochs,
                    progress->epochs, bytes, progress->bytes,
                    progress->last_drawn - progress->start);
    draw(progress, what, text);
}

void progress_look(struct progress *progress, size_t file, size_t files,
                   size_t records)
{
    char text[160];
    if (!is_time(progress))
        return;
    const int most = terminal_columns(progress) - 1;
    snprintf(text, sizeof text,
             "looking into file %zu of %zu: %zu epoch record%s so far", file,
             files, records, records == 1 ? "" : "s");
    if (most >= 0 && (size_t)most < sizeof text)
        text[most] = '\0';
    draw(progress, "", text);
}

void progress_end(struct progress *progress)
{
    if (!progress->shown || !progress->messages->line_drawn)
        return;
    FILE *stream = log_stream(progress->messages);
    fputs("\r\033[K", stream);
    fflush(stream);
    progress->messages->line_drawn = false;
}
