/*
 * supervision.c - what both programs tell a supervisor
 */
#include "cli/supervision.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The cursor may stand after the child's progress bar. */
static struct messages *on_new_line(void *context)
{
    struct messages *messages = context;
    messages->line_drawn |= isatty(STDERR_FILENO) == 1;
    return messages;
}

static void note(void *context, const char *text)
{
    log_note(on_new_line(context), "%s", text);
}

static void warn(void *context, const char *text)
{
    log_warning(on_new_line(context), "%s", text);
}

static void fail(void *context, const char *text)
{
    log_error(on_new_line(context), "%s", text);
}

static void start(void *context, atomic_bool *told, bool quiet)
{
    struct messages *messages = context;
    messages->told = told;
    if (quiet)
        log_keep_others_quiet(messages);
}

static void limit(void *context, uint64_t bytes)
{
    ((struct messages *)context)->memory_limit = bytes;
}

static double seconds_from(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtod(text, NULL) : 0;
}

/* AUM_MEMORY_MB; 0, and what is no number, sets no limit. */
static void read_memory(struct supervisor_limits *limits)
{
    const char *text = getenv("AUM_MEMORY_MB");
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return;
    const unsigned long long megabytes = strtoull(text, &end, 10);
    limits->has_memory = true;
    limits->memory =
        *end != '\0' || megabytes == 0 || megabytes > UINT64_MAX >> 20
            ? UINT64_MAX
            : (uint64_t)megabytes << 20;
}

/* The HDF5 library looks no further once a folder of HDF5_PLUGIN_PATH is
 * missing: so those are taken out, before the library reads it. */
static void drop_missing_plugin_folders(struct messages *messages)
{
    const char *path = getenv("HDF5_PLUGIN_PATH");
    char *kept = path != NULL ? calloc(strlen(path) + 2, 1) : NULL;
    struct stat status;
    bool any = false;
    if (kept == NULL)
        return;
    for (const char *at = path; *at != '\0';) {
        const size_t length = strcspn(at, ":");
        char *folder = strndup(at, length);
        if (folder == NULL)
            break;
        if (length > 0 && stat(folder, &status) != 0) {
            log_warning(messages, "HDF5_PLUGIN_PATH: %s: no such folder",
                        folder);
            any = true;
        } else if (length > 0) {
            strcat(strcat(kept, *kept != '\0' ? ":" : ""), folder);
        }
        free(folder);
        at += length + (at[length] == ':');
    }
    if (any && *kept != '\0')
        setenv("HDF5_PLUGIN_PATH", kept, 1);
    else if (any)
        unsetenv("HDF5_PLUGIN_PATH");
    free(kept);
}

void supervision_init(struct supervisor *supervisor, struct messages *messages)
{
    const char *alone = getenv("AUM_ONE_PROCESS");
    supervisor->voice =
        (struct supervisor_voice){messages, note, warn, fail, start, limit};
    supervisor->limits = (struct supervisor_limits){
        .alone = alone != NULL && *alone != '\0',
        .call_seconds = seconds_from("AUM_CALL_SECONDS"),
        .note_seconds = seconds_from("AUM_NOTE_SECONDS"),
        .stall_seconds = seconds_from("AUM_STALL_SECONDS"),
    };
    read_memory(&supervisor->limits);
    drop_missing_plugin_folders(messages);
}
