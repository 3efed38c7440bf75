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
#include <string.h>

#include "common/fit.h"
#include "common/hash.h"
#include "common/saturate.h"
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
    error_set(c->error, "%s: %s: its source %s, %s: damaged: %s", c->file,
              c->path, file, path, what);
    if (c->sources->unread)
        error_advise(c->error, ADVICE_SKIP_ROWS);
    free(file);
    if (c->sources->region != NULL)
        error_of_rows(c->error);
    return false;
}

/* ---- mappings ---- */

void source_find_blocks(const struct source_level *level, hid_t properties,
                        size_t index, uint64_t *first, uint64_t *last)
{
    const struct chunk_range *region = level->region;
    hsize_t start[H5S_MAX_RANK];
    hsize_t stride[H5S_MAX_RANK];
    hsize_t count[H5S_MAX_RANK];
    hsize_t block[H5S_MAX_RANK];
    *first = 0;
    *last = UINT64_MAX;
    if (region == NULL)
        return;
    hid_t space = H5Pget_virtual_vspace(properties, index);
    if (H5Sget_simple_extent_ndims(space) == region->rank &&
        H5Sget_regular_hyperslab(space, start, stride, count, block) >= 0) {
        for (int i = 0; i < region->rank; i++) {
            if (count[i] != H5S_UNLIMITED || stride[i] == 0)
                continue;
            if (region->first[i] > start[i])
                *first = (region->first[i] - start[i]) / stride[i];
            *last = region->last[i] > start[i]
                        ? (region->last[i] - start[i]) / stride[i]
                        : 0;
        }
    }
    H5Sclose(space);
}

void source_add_mapped(const struct source_check *c, struct source_level *level,
                       hid_t properties, size_t index)
{
    struct chunk_range *mapped = &level->mapped;
    struct chunk_range all;
    struct source_box box;
    /* Of a series, the last was missing. */
    if (c->sources->region == NULL || level->dataset < 0)
        return;
    chunk_range_of_all(level->dataset, &all);
    source_find_mapped(level, properties, index, &all, &box);
    const bool known = box.rank == all.rank;
    const bool first = mapped->rank == 0;
    mapped->rank = all.rank;
    for (int i = 0; i < all.rank; i++) {
        const bool within = known && box.first[i] <= all.last[i];
        const uint64_t low = within ? box.first[i] : 0;
        const uint64_t high =
            within && box.last[i] < all.last[i] ? box.last[i] : all.last[i];
        if (first || low < mapped->first[i])
            mapped->first[i] = low;
        if (first || high > mapped->last[i])
            mapped->last[i] = high;
    }
}

/* ---- chunks ---- */

/*
 * Ranges of chunks that have been checked lately, by whichever thread: blocks
 * that follow one another may share them, and of virtual datasets of virtual
 * datasets they share all. A key is of the file as it is, the dataset and the
 * range. With the library entered.
 */
#define SETS 1024u
#define WAYS 4u

static struct {
    uint64_t keys[SETS][WAYS]; /* 0: none; the newest first */
    uint64_t damaged;          /* the last range with something wrong: */
    char note[300];
} checked;

static bool is_known_whole(uint64_t key)
{
    const uint64_t *keys = checked.keys[(key >> 1) % SETS];
    bool known = false;
    for (size_t i = 0; i < WAYS; i++)
        known |= keys[i] == key;
    return known;
}

static void keep_whole(uint64_t key)
{
    uint64_t *keys = checked.keys[(key >> 1) % SETS];
    memmove(keys + 1, keys, (WAYS - 1) * sizeof *keys);
    keys[0] = key;
}

static bool find_key(const struct source_check *c, hid_t dataset,
                     const struct chunk_range *range, uint64_t *key)
{
    struct dump_identity now;
    H5O_info_t object;
    char *file = source_opened_as(dataset);
    if (file == NULL)
        return source_out_of_memory(c);
    uint64_t hash = hash_text(file); /* inodes are those of a file system */
    free(file);
    if (!h5_identify(dataset, &now) || !h5_object_info(dataset, &object))
        return source_fails(c, dataset, "it cannot be looked at");
    hash = hash_spread(hash ^ now.inode ^ hash_spread(now.bytes));
    hash = hash_spread(hash ^ (uint64_t)now.modified);
    hash = hash_spread(hash ^ object.addr);
    for (int i = 0; i < range->rank; i++)
        hash =
            hash_spread(hash_spread(hash ^ range->first[i]) ^ range->last[i]);
    *key = hash | 1;
    return true;
}

/* False if the dataset has no chunks, or no elements. */
static bool round_out(hid_t dataset, struct chunk_range *range)
{
    hsize_t chunk[H5S_MAX_RANK];
    uint64_t lengths[H5S_MAX_RANK];
    uint64_t dims[H5S_MAX_RANK];
    struct chunk_range all;
    hid_t properties = H5Dget_create_plist(dataset);
    chunk_range_of_all(dataset, &all);
    const bool chunked =
        range->rank > 0 && H5Pget_layout(properties) == H5D_CHUNKED;
    const bool same = chunked && all.rank == range->rank &&
                      H5Pget_chunk(properties, H5S_MAX_RANK, chunk) == all.rank;
    for (int i = 0; same && i < all.rank; i++) {
        lengths[i] = chunk[i];
        dims[i] = all.last[i] + 1;
    }
    if (same)
        chunk_range_round_out(range, lengths, dims);
    H5Pclose(properties);
    return chunked;
}

static bool check_source_chunks(const struct source_check *c, hid_t dataset,
                                struct chunk_range *range)
{
    uint64_t key = 0;
    struct chunk_finding finding;
    char place[200];
    if (!round_out(dataset, range))
        return true;
    if (!find_key(c, dataset, range, &key))
        return false;
    if (is_known_whole(key))
        return true;
    if (checked.damaged != key) {
        if (chunks_are_whole(dataset, range, c->sources->watch, &finding)) {
            keep_whole(key);
            return true;
        }
        if (finding.no_memory)
            return source_out_of_memory(c);
        chunk_place(finding.at, finding.rank, place, sizeof place);
        text_fit(checked.note, sizeof checked.note,
                 finding.rank > 0 ? "the chunk at (%s): %s" : "%s%s", place,
                 finding.wrong);
        checked.damaged = key;
    }
    return source_fails(c, dataset, checked.note);
}

bool source_finish(const struct source_check *c, struct source_level *level)
{
    bool good = true;
    if (level->dataset < 0)
        return true;
    if (c->sources->region != NULL)
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
