/*
 * whole_file.c - a text file of the user's, whole in memory
 */
#include "input/whole_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/fit.h"

/*
 * What gzip makes of a few bytes may fill all memory. Lists of ids become 5 to
 * 80 times as small; only what somebody made for this becomes 1,000 times as
 * small. Small files are read whatever they become.
 */
#define INFLATED_ALWAYS ((size_t)32 << 20)
#define INFLATED_TIMES 100
#define INFLATED_STEP ((uInt)1 << 20)

static const char not_text[] = "not a text file";

/* Bytes that grow as they come in; one more than `size` is always there. */
struct bytes {
    char *data;
    size_t size;
    size_t room;
    const char *wrong; /* with what has come; NULL: nothing */
};

/* Makes room for more bytes, and one for the end. */
static bool grow(struct bytes *bytes)
{
    if (bytes->room - bytes->size > 1)
        return true;
    if (bytes->room > (SIZE_MAX - 65536) / 2)
        return false;
    const size_t room = bytes->room * 2 + 65536;
    char *grown = realloc(bytes->data, room);
    if (grown == NULL)
        return false;
    bytes->data = grown;
    bytes->room = room;
    return true;
}

static bool is_gzip(const char *data, size_t size)
{
    return size >= 3 && memcmp(data, "\x1f\x8b\x08", 3) == 0;
}

static bool has_nul(const struct bytes *bytes, size_t from)
{
    return memchr(bytes->data + from, '\0', bytes->size - from) != NULL;
}

/* Ends early at what cannot be text: devices never end. */
static bool read_raw(struct bytes *bytes, const char *path, struct error *error)
{
    FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (stream == NULL)
        return error_set(error, "%s: %s", path, text_reason(errno));
    bool good = true;
    do {
        const size_t before = bytes->size;
        good = grow(bytes);
        if (!good)
            break;
        bytes->size += fread(bytes->data + bytes->size, 1,
                             bytes->room - bytes->size - 1, stream);
        if (!is_gzip(bytes->data, bytes->size) && has_nul(bytes, before))
            bytes->wrong = not_text;
    } while (bytes->wrong == NULL && !feof(stream) && !ferror(stream));
    const int reason = errno;
    const bool failed = good && ferror(stream) != 0;
    if (stream != stdin)
        fclose(stream);
    if (!good)
        error_no_memory_for(error, path);
    else if (failed)
        error_set(error, "%s: %s", path, text_reason(reason));
    return good && !failed;
}

/* ---- gzip ---- */

/* Has enough been inflated to know that it will be of no use? */
static bool is_useless(const struct bytes *raw, struct bytes *text, size_t from)
{
    if (has_nul(text, from))
        text->wrong = not_text;
    else if (text->size > INFLATED_ALWAYS &&
             text->size / INFLATED_TIMES > raw->size)
        text->wrong = "becomes more than 100 times as large when it is "
                      "inflated; if that is meant, inflate it with gunzip "
                      "first";
    return text->wrong != NULL;
}

/* Inflates one member, of which *in is what is left. Returns what zlib says:
 * Z_STREAM_END if all is well. */
static int inflate_member(z_stream *z, const struct bytes *raw, size_t *done,
                          struct bytes *text)
{
    int status = Z_OK;
    while (status == Z_OK) {
        if (!grow(text))
            return Z_MEM_ERROR;
        const size_t left = raw->size - *done;
        const size_t room = text->room - text->size - 1;
        const uInt in = left < UINT32_MAX / 2 ? (uInt)left : UINT32_MAX / 2;
        const uInt out = room < INFLATED_STEP ? (uInt)room : INFLATED_STEP;
        z->next_in = (Bytef *)raw->data + *done;
        z->avail_in = in;
        z->next_out = (Bytef *)text->data + text->size;
        z->avail_out = out;
        status = inflate(z, Z_NO_FLUSH);
        *done += in - z->avail_in;
        text->size += out - z->avail_out;
        if (is_useless(raw, text, text->size - (out - z->avail_out)))
            return Z_DATA_ERROR;
    }
    return status;
}

/* Members may follow each other, and zeros the last one, as gzip has it. */
static const char *inflate_all(const struct bytes *raw, struct bytes *text)
{
    z_stream z;
    size_t done = 0;
    memset(&z, 0, sizeof z);
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return "out of memory";
    int status = Z_STREAM_END;
    while (status == Z_STREAM_END &&
           is_gzip(raw->data + done, raw->size - done)) {
        inflateReset(&z);
        status = inflate_member(&z, raw, &done, text);
    }
    inflateEnd(&z);
    if (text->wrong != NULL)
        return text->wrong;
    if (status == Z_BUF_ERROR)
        return "truncated: its gzip data end too early";
    if (status == Z_MEM_ERROR)
        return "out of memory";
    while (status == Z_STREAM_END && done < raw->size && raw->data[done] == 0)
        done++;
    return status == Z_STREAM_END && done == raw->size
               ? NULL
               : "damaged: its gzip data cannot be inflated";
}

/* ---- */

char *whole_file_read(const char *path, struct error *error)
{
    struct bytes raw = {.data = NULL};
    struct bytes text = {.data = NULL};
    bool good = read_raw(&raw, path, error);
    const char *wrong = raw.wrong;
    if (good && is_gzip(raw.data, raw.size)) {
        wrong = inflate_all(&raw, &text);
        free(raw.data);
    } else {
        text = raw;
    }
    if (good && wrong == NULL) {
        text.data[text.size] = '\0';
        return text.data;
    }
    if (good)
        error_set(error, "%s: %s", path, wrong);
    free(text.data);
    return NULL;
}
