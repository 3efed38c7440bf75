/*
 * source_storage.c - do sources hold all that their shapes promise?
 *
 * describe.c and chunk_check.h ask this of the datasets of a dump. The library
 * reads sources of virtual datasets by itself, and past the end of its memory
 * if they hold less.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/fit.h"
#include "common/hash.h"
#include "dump/hdf5/chunk_check.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/source_check.h"

static bool source_fails(const struct source_check *c, hid_t dataset,
                         const char *what)
{
    char path[400];
    char *file = source_opened_as(dataset);
    if (file == NULL)
        return source_out_of_memory(c);
    if (H5Iget_name(dataset, path, sizeof path) <= 0)
        path[0] = '\0';
    h5_fail(c->error, "%s: %s: its source %s, %s: damaged: %s%s", c->file,
            c->path, file, path, what,
            c->sources->unread ? "; -k skips its rows" : "");
    free(file);
    return false;
}

/* ---- chunks ---- */

/* Sources whose chunks have been checked, by whichever thread: all of a source
 * is read for that. `depth` is 1 if they are damaged. With the library entered.
 */
static struct source_memo checked;

/* A source as it is now: if it is written to, it is another one. */
static bool find_key(hid_t dataset, uint64_t *key)
{
    struct dump_identity now;
    H5O_info_t object;
    if (!h5_identify(dataset, &now) || H5Oget_info(dataset, &object) < 0)
        return false;
    *key = hash_spread(
        now.inode ^
        hash_spread(now.bytes ^ hash_spread((uint64_t)now.modified ^
                                            hash_spread(object.addr))));
    return true;
}

static bool note_chunks(const struct source_check *c, hid_t dataset,
                        uint64_t key, bool damaged)
{
    char *file = source_opened_as(dataset);
    const struct source_visit visit = {file, key, damaged, 0};
    const bool good = file != NULL && source_memo_add(&checked, &visit);
    free(file);
    return good || source_out_of_memory(c);
}

static const struct source_visit *find_note(hid_t dataset, uint64_t key)
{
    char *file = source_opened_as(dataset);
    const struct source_visit *visit =
        file != NULL ? source_memo_find(&checked, file, key) : NULL;
    free(file);
    return visit;
}

bool check_source_chunks(const struct source_check *c, hid_t dataset)
{
    uint64_t key;
    struct chunk_finding finding;
    char what[300];
    char place[160];
    if (!find_key(dataset, &key))
        return source_fails(c, dataset, "it cannot be looked at");
    const struct source_visit *done = find_note(dataset, key);
    if (done != NULL)
        return done->depth == 0 ||
               source_fails(c, dataset, "one of its chunks, as before");
    const bool good =
        all_chunks_are_whole(dataset, c->sources->watch, &finding);
    if (!good && finding.no_memory)
        return source_out_of_memory(c);
    if (!note_chunks(c, dataset, key, !good))
        return false;
    if (good)
        return true;
    chunk_place(finding.at, finding.rank, place, sizeof place);
    text_fit(what, sizeof what, "the chunk at (%s): %s", place, finding.wrong);
    return source_fails(c, dataset, what);
}

/* ---- all elements together ---- */

bool check_source_bytes(const struct source_check *c, hid_t dataset)
{
    uint64_t needed;
    uint64_t stored;
    char what[160];
    h5_count_bytes(dataset, &needed, &stored);
    if (needed <= stored || stored == 0) /* never written */
        return true;
    snprintf(what, sizeof what,
             "its shape asks for %" PRIu64 " bytes, of which it holds %" PRIu64,
             needed, stored);
    return source_fails(c, dataset, what);
}
