/*
 * source_missing.c - what a mapping takes that its source does not have
 *
 * A source may be shorter than what is mapped of it, or not have been written
 * in part. Of the former the library reads nothing, of the latter fill values.
 */
#include <string.h>

#include "common/saturate.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/source_check.h"

/* ---- boxes of elements ---- */

static void find_box(hid_t space, struct source_box *box)
{
    const hssize_t points = H5Sget_select_npoints(space);
    uint64_t volume = 1;
    box->rank = 0;
    box->solid = false;
    if (points <= 0 || /* unlimited */
        H5Sget_select_bounds(space, box->first, box->last) < 0)
        return;
    box->rank = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < box->rank; i++)
        volume = saturated_product(volume, box->last[i] - box->first[i] + 1);
    box->solid = volume == (uint64_t)points;
}

static int next_axis(const struct source_box *box, int axis)
{
    while (axis < box->rank && box->first[axis] == box->last[axis])
        axis++;
    return axis;
}

/* Takes from both boxes what is not in the region; the axes that are longer
 * than 1 belong together in their order. Does nothing if they do not. */
static void clip(struct source_box *from, const struct source_box *to,
                 const struct chunk_range *region)
{
    struct source_box clipped = *from;
    int f = next_axis(from, 0);
    int t = next_axis(to, 0);
    if (!from->solid || !to->solid || to->rank != region->rank)
        return;
    while (f < from->rank && t < to->rank) {
        const hsize_t length = to->last[t] - to->first[t];
        if (from->last[f] - from->first[f] != length)
            return;
        if (region->first[t] > to->first[t])
            clipped.first[f] += region->first[t] - to->first[t];
        if (region->last[t] < to->last[t])
            clipped.last[f] -= to->last[t] - region->last[t];
        f = next_axis(from, f + 1);
        t = next_axis(to, t + 1);
    }
    if (f >= from->rank && t >= to->rank)
        *from = clipped;
}

/* What a mapping takes of a source of this shape. */
void source_find_mapped(const struct source_level *level, hid_t properties,
                        size_t index, const struct chunk_range *all,
                        struct source_box *from)
{
    struct source_box to;
    hid_t source = H5Pget_virtual_srcspace(properties, index);
    hid_t space = H5Pget_virtual_vspace(properties, index);
    find_box(source, from);
    find_box(space, &to);
    if (H5Sget_select_type(source) == H5S_SEL_ALL) { /* whatever its shape */
        *from = (struct source_box){.rank = all->rank, .solid = true};
        for (int i = 0; i < all->rank; i++)
            from->last[i] = all->last[i];
    }
    if (from->rank > 0 && to.rank > 0 && level->region != NULL)
        clip(from, &to, level->region);
    H5Sclose(space);
    H5Sclose(source);
}

/* The boxes of a mapping, in its source and in the virtual dataset, whose axes
 * that are longer than 1 belong together in their order. */
struct pair {
    struct source_box from;
    struct source_box to;
    int axis[H5S_MAX_RANK]; /* of `to`, for each of `from`; -1: of length 1 */
};

static bool find_pair(hid_t properties, size_t index, int rank,
                      struct pair *pair)
{
    hid_t source = H5Pget_virtual_srcspace(properties, index);
    hid_t space = H5Pget_virtual_vspace(properties, index);
    find_box(source, &pair->from);
    find_box(space, &pair->to);
    /* All of the source, which was as long as what it fills. */
    if (H5Sget_select_type(source) == H5S_SEL_ALL && rank == pair->to.rank) {
        pair->from = (struct source_box){.rank = rank, .solid = true};
        for (int i = 0; i < rank; i++)
            pair->from.last[i] = pair->to.last[i] - pair->to.first[i];
    }
    H5Sclose(space);
    H5Sclose(source);
    if (!pair->from.solid || !pair->to.solid || pair->from.rank == 0 ||
        pair->to.rank == 0)
        return false;
    for (int i = 0; i < pair->from.rank; i++)
        pair->axis[i] = -1;
    int f = next_axis(&pair->from, 0);
    int t = next_axis(&pair->to, 0);
    while (f < pair->from.rank && t < pair->to.rank) {
        if (pair->from.last[f] - pair->from.first[f] !=
            pair->to.last[t] - pair->to.first[t])
            return false;
        pair->axis[f] = t;
        f = next_axis(&pair->from, f + 1);
        t = next_axis(&pair->to, t + 1);
    }
    return f >= pair->from.rank && t >= pair->to.rank;
}

/* A part of the source's box that is missing, as one of the virtual dataset. */
static bool add_hole(const struct source_check *c, const struct pair *pair,
                     const struct source_box *missing, bool unreadable)
{
    uint64_t first[H5S_MAX_RANK];
    uint64_t last[H5S_MAX_RANK];
    for (int i = 0; i < pair->to.rank; i++) {
        first[i] = pair->to.first[i];
        last[i] = pair->to.last[i];
    }
    for (int f = 0; f < pair->from.rank; f++) {
        const int t = pair->axis[f];
        if (t < 0)
            continue;
        first[t] = pair->to.first[t] + missing->first[f] - pair->from.first[f];
        last[t] = pair->to.first[t] + missing->last[f] - pair->from.first[f];
    }
    return source_map_add_hole(c->sources->map, first, last, unreadable) ||
           source_out_of_memory(c);
}

/* ---- sources that are too short ---- */

bool source_may_be_short(const struct source_level *level, hid_t properties,
                         size_t index)
{
    struct pair pair;
    return find_pair(properties, index, level->shape.rank, &pair);
}

static bool note_short(const struct source_check *c, const struct pair *pair,
                       const struct dump_layout *shape)
{
    for (int f = 0; f < pair->from.rank; f++) {
        struct source_box missing = pair->from;
        if (shape->dims[f] > pair->from.last[f])
            continue;
        if (shape->dims[f] > pair->from.first[f])
            missing.first[f] = shape->dims[f];
        if (!add_hole(c, pair, &missing, true))
            return false;
    }
    return true;
}

/* ---- sources that were not written ---- */

/* Moves to the next chunk that meets a box; false after the last. */
static bool next_chunk(const struct source_box *box, const hsize_t *chunk,
                       hsize_t *at)
{
    for (int i = box->rank - 1; i >= 0; i--) {
        at[i] += chunk[i];
        if (at[i] <= box->last[i])
            return true;
        at[i] = box->first[i] / chunk[i] * chunk[i];
    }
    return false;
}

/* `met` is what is about to be read of the source. */
static bool note_chunks(const struct source_check *c,
                        const struct source_level *level,
                        const struct pair *pair, const struct source_box *met,
                        const hsize_t *chunk)
{
    hsize_t at[H5S_MAX_RANK];
    for (int i = 0; i < met->rank; i++) {
        if (met->last[i] >= level->shape.dims[i])
            return true; /* too short, which is noted */
        at[i] = met->first[i] / chunk[i] * chunk[i];
    }
    do {
        struct source_box missing = pair->from;
        dump_watch_progress(c->sources->watch);
        if (!h5_chunk_is_absent(level->dataset, at))
            continue;
        for (int i = 0; i < met->rank; i++) {
            if (at[i] > missing.first[i])
                missing.first[i] = at[i];
            if (at[i] + chunk[i] - 1 < missing.last[i])
                missing.last[i] = at[i] + chunk[i] - 1;
        }
        if (!add_hole(c, pair, &missing, false))
            return false;
    } while (next_chunk(met, chunk, at));
    return true;
}

static bool note_unwritten(const struct source_check *c,
                           const struct source_level *level,
                           const struct pair *pair,
                           const struct source_box *met)
{
    hsize_t chunk[H5S_MAX_RANK];
    hid_t properties = H5Dget_create_plist(level->dataset);
    const H5D_layout_t layout = H5Pget_layout(properties);
    const bool chunked =
        layout == H5D_CHUNKED &&
        H5Pget_chunk(properties, H5S_MAX_RANK, chunk) == met->rank;
    const bool nothing = layout == H5D_CONTIGUOUS &&
                         H5Pget_external_count(properties) == 0 &&
                         H5Dget_storage_size(level->dataset) == 0;
    H5Pclose(properties);
    if (nothing)
        return add_hole(c, pair, &pair->from, false);
    return !chunked || note_chunks(c, level, pair, met, chunk);
}

bool source_note_missing(const struct source_check *c,
                         const struct source_level *level, hid_t properties,
                         size_t index)
{
    struct pair pair;
    struct source_box met;
    struct chunk_range all;
    if (level->region == NULL || c->sources->map == NULL ||
        level->dataset < 0 || level->shape.rank == 0 ||
        !find_pair(properties, index, level->shape.rank, &pair) ||
        pair.from.rank != level->shape.rank)
        return true;
    chunk_range_of_all(level->dataset, &all);
    source_find_mapped(level, properties, index, &all, &met);
    return note_short(c, &pair, &level->shape) &&
           (met.rank != level->shape.rank ||
            note_unwritten(c, level, &pair, &met));
}
