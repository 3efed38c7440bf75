/*
 * output_checks.c - no output harms an input or another output
 */
#include "cli/outputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/failure.h"
#include "common/buffer.h"
#include "common/path.h"

/* ---- inputs ---- */

bool input_files_add(struct input_files *inputs, const char *option,
                     const char *path)
{
    struct stat status;
    if (path == NULL)
        return true;
    const bool there = strcmp(path, "-") == 0
                           ? fstat(STDIN_FILENO, &status) == 0
                           : stat(path, &status) == 0;
    if (!there || !S_ISREG(status.st_mode)) /* a terminal may be both */
        return true;
    struct input_file *grown =
        list_grow(inputs->list, inputs->count, sizeof *grown);
    if (grown == NULL)
        return false;
    inputs->list = grown;
    grown[inputs->count++] =
        (struct input_file){option, path, status.st_dev, status.st_ino};
    return true;
}

void input_files_free(struct input_files *inputs)
{
    free(inputs->list);
    *inputs = (struct input_files){NULL, 0};
}

/* ---- checking ---- */

static bool is_input(const struct outputs *outputs, const struct output *output,
                     const struct input_files *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input_file *input = &inputs->list[i];
        if (!out_place_harms(&output->place, input->device, input->inode))
            continue;
        log_error(outputs->messages,
                  "%s: is an input%s%s; write to another file",
                  output_name(output), input->option != NULL ? " of " : "",
                  input->option != NULL ? input->option : "");
        return true;
    }
    return false;
}

static bool goes_to(const struct output *output, const char *path)
{
    struct out_place place;
    const bool same =
        out_place_find(&place, path) && out_place_same(&place, &output->place);
    out_place_free(&place);
    return same;
}

/* Is it the file that locks a state, or would be? */
static bool is_lock_of(const struct outputs *outputs,
                       const struct output *output, const struct output *state)
{
    if (state->lock_path == NULL || !goes_to(output, state->lock_path))
        return false;
    log_error(outputs->messages,
              "%s: is the lock of the state %s; write to another file",
              output_name(output), output_name(state));
    return true;
}

/* Has it the name of a lock? Few outputs do, so that the dumps, of which there
 * may be thousands, need not be looked at. */
static bool may_be_lock(const struct output *output)
{
    static const char ending[] = ".lock";
    const char *path = output->place.path;
    if (path == NULL)
        return false;
    const size_t length = strlen(path);
    return path[path_folder_length(path)] == '.' && length >= sizeof ending &&
           strcmp(path + length + 1 - sizeof ending, ending) == 0;
}

/* Is it the lock of a FILE that may be a state? Another scan may hold that. */
static bool is_lock_of_input(const struct outputs *outputs,
                             const struct output *output,
                             const struct input_files *inputs)
{
    bool found = false;
    for (size_t i = 0; !found && may_be_lock(output) && i < inputs->count;
         i++) {
        const struct input_file *input = &inputs->list[i];
        struct out_place place;
        if (input->option == NULL && out_place_find(&place, input->path)) {
            char *lock = out_place_beside(place.path, "lock");
            found = lock != NULL && goes_to(output, lock);
            free(lock);
            out_place_free(&place);
        }
        if (found)
            log_error(outputs->messages,
                      "%s: is what locks %s, if that is a state; write to "
                      "another file",
                      output_name(output), input->path);
    }
    return found;
}

/* Does a symbolic link lead to another name? */
static bool is_renamed(const struct output *output)
{
    const char *name = output->path;
    const char *path = output->place.path;
    return path == NULL || strcmp(name + path_folder_length(name),
                                  path + path_folder_length(path)) != 0;
}

/* Those of one option have different names; links may lead to one file
 * nevertheless. */
static bool may_be_same(const struct output *a, const struct output *b)
{
    return a->write != b->write || b->number == 0 || a->renamed || b->renamed;
}

static void log_repeated(const struct outputs *outputs,
                         const struct output *other,
                         const struct output *output)
{
    if (other->write == output->write && output->number > 0)
        log_error(outputs->messages,
                  "%s: is the same file as %s, both of %s; remove the "
                  "link, or name another folder",
                  output_name(output), output_name(other), output->option);
    else
        log_error(outputs->messages, "%s: is named for two outputs, %s and %s",
                  output_name(output), other->option, output->option);
}

/* Is it one of the outputs before it? */
static bool is_repeated(const struct outputs *outputs, size_t index)
{
    const struct output *output = &outputs->list[index];
    for (size_t i = 0; i < index; i++) {
        const struct output *other = &outputs->list[i];
        if (is_lock_of(outputs, output, other) ||
            is_lock_of(outputs, other, output))
            return true;
        if (!may_be_same(other, output) ||
            !out_place_same(&other->place, &output->place))
            continue;
        log_repeated(outputs, other, output);
        return true;
    }
    return false;
}

bool outputs_check(struct outputs *outputs, const struct input_files *inputs)
{
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->list[i];
        if (!out_place_find(&output->place, output->path))
            return output_cannot_write(outputs, output);
        output->renamed = is_renamed(output);
        if (output->write == NULL && output->place.kind != OUT_REGULAR) {
            log_error(outputs->messages,
                      "%s: not a regular file; a state needs the name of "
                      "one, or a new name",
                      output_name(output));
            return false;
        }
        if (output->write == NULL) {
            output->lock_path = out_place_beside(output->place.path, "lock");
            if (output->lock_path == NULL)
                return log_status(outputs->messages, AUM_NO_MEMORY);
        }
        if (is_input(outputs, output, inputs) ||
            is_lock_of_input(outputs, output, inputs) ||
            is_repeated(outputs, i))
            return false;
    }
    return true;
}
