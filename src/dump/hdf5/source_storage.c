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
    error_set(c->error, "%s: %s: its source %s, %s: damaged: %s%s", c->file,
              c->path, file, path, what,
              c->sources->unread ? "; -k skips its rows" : "");
    free(file);
    return false;
}

/* ---- chunks ---- */

/* Ranges of chunks that have been checked, by whichever thread: `address` is
 * that of the dataset and the range, and `ways` what the file was. With the
 * library entered. */
static struct source_memo checked;

static uint64_t hash_range(uint64_t hash, const struct chunk_range *range)
{
    for (int i = 0; i < range->rank; i++)
        hash =
            hash_spread(hash_spread(hash ^ range->first[i]) ^ range->last[i]);
    return hash;
}

/* Which range of which file; and what that is now. */
static bool find_visit(const struct source_check *c, hid_t dataset,
                       const struct chunk_range *range,
                       struct source_visit *visit)
{
    struct dump_identity now;
    H5O_info_t object;
    if (!h5_identify(dataset, &now) || !h5_object_info(dataset, &object))
        return source_fails(c, dataset, "it cannot be looked at");
    visit->file = source_opened_as(dataset);
    visit->address = hash_range(hash_spread(object.addr), range);
    visit->ways = (size_t)hash_spread(
        now.inode ^
        hash_spread(now.bytes ^ hash_spread((uint64_t)now.modified)));
    return visit->file != NULL || source_out_of_memory(c);
}

static bool check_anew(const struct source_check *c, hid_t dataset,
                       const struct chunk_range *range,
                       struct source_visit *visit)
{
    struct chunk_finding finding;
    char note[300];
    char place[200];
    const bool good =
        chunks_are_whole(dataset, range, c->sources->watch, &finding);
    if (!good && finding.no_memory)
        return source_out_of_memory(c);
    if (!good) {
        chunk_place(finding.at, finding.rank, place, sizeof place);
        text_fit(note, sizeof note,
                 finding.rank > 0 ? "the chunk at (%s): %s" : "%s%s", place,
                 finding.wrong);
        visit->note = note;
    }
    if (!source_memo_add(&checked, visit))
        return source_out_of_memory(c);
    return good || source_fails(c, dataset, note);
}

static bool check_source_chunks(const struct source_check *c, hid_t dataset,
                                const struct chunk_range *range)
{
    struct source_visit visit = {.file = NULL};
    if (range->rank == 0) /* it is empty */
        return true;
    if (!find_visit(c, dataset, range, &visit))
        return false;
    const struct source_visit *done =
        source_memo_find(&checked, visit.file, visit.address);
    bool good;
    if (done == NULL || done->ways != visit.ways)
        good = check_anew(c, dataset, range, &visit);
    else
        good = done->note == NULL || source_fails(c, dataset, done->note);
    free(visit.file);
    return good;
}

void source_add_mapped(struct source_level *level, hid_t properties,
                       size_t index)
{
    struct chunk_range *mapped = &level->mapped;
    hsize_t start[H5S_MAX_RANK];
    hsize_t end[H5S_MAX_RANK];
    struct chunk_range all;
    if (level->dataset < 0) /* a series, whose last was missing */
        return;
    chunk_range_of_all(level->dataset, &all);
    hid_t space = H5Pget_virtual_srcspace(properties, index);
    const bool some = H5Sget_select_type(space) == H5S_SEL_HYPERSLABS &&
                      H5Sget_select_npoints(space) > 0 &&
                      H5Sget_simple_extent_ndims(space) == all.rank &&
                      H5Sget_select_bounds(space, start, end) >= 0;
    const bool first = mapped->rank == 0;
    mapped->rank = all.rank;
    for (int i = 0; i < all.rank; i++) {
        const uint64_t low = some && start[i] <= all.last[i] ? start[i] : 0;
        const uint64_t high =
            some && end[i] < all.last[i] ? end[i] : all.last[i];
        if (first || low < mapped->first[i])
            mapped->first[i] = low;
        if (first || high > mapped->last[i])
            mapped->last[i] = high;
    }
    H5Sclose(space);
}

static bool is_chunked(hid_t dataset)
{
    hid_t properties = H5Dget_create_plist(dataset);
    const bool chunked = H5Pget_layout(properties) == H5D_CHUNKED;
    H5Pclose(properties);
    return chunked;
}

bool source_finish(const struct source_check *c, struct source_level *level)
{
    bool good = true;
    if (level->dataset < 0)
        return true;
    if (c->sources->known != NULL && c->sources->unread &&
        is_chunked(level->dataset))
        good = check_source_chunks(c, level->dataset, &level->mapped);
    H5Dclose(level->dataset);
    level->dataset = H5I_INVALID_HID;
    level->mapped.rank = 0;
    return good;
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
