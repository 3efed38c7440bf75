/*
 * source_map.c - which elements of a virtual dataset its mappings are of
 *
 * The library takes microseconds to say what one mapping is of, and
 * milliseconds to copy the properties of a thousand. So they are kept while a
 * dataset is open.
 */
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/saturate.h"
#include "dump/hdf5/source_check.h"

#define MAP_MAX 1000000u /* more sources are refused, see sources.c */

/* How a mapping fills its bounds. */
enum filling {
    FILLS_ALL,    /* it has all elements in between */
    FILLS_SOME,   /* some of them */
    FILLS_UNKNOWN /* it grows with its sources */
};

/* Elements that no source has. */
struct hole {
    uint64_t unreadable; /* 1: the library cannot read them */
    uint64_t first[DUMP_RANK_MAX];
    uint64_t last[DUMP_RANK_MAX];
};

struct source_map {
    struct hole *holes;
    size_t hole_count;
    hid_t properties;
    int rank;
    size_t count;
    unsigned char *fillings; /* after the bounds */
    uint64_t bounds[];       /* of each mapping, 2 * rank numbers */
};

/* The first and the last element of a mapping along each axis. Where the first
 * is after the last, they are not known. */
static enum filling find_bounds(hid_t properties, size_t index, int rank,
                                uint64_t *bounds)
{
    hsize_t first[H5S_MAX_RANK];
    hsize_t last[H5S_MAX_RANK];
    uint64_t volume = 1;
    hid_t space = H5Pget_virtual_vspace(properties, index);
    const hssize_t points = H5Sget_select_npoints(space);
    const bool known = points > 0 && /* else unlimited */
                       H5Sget_simple_extent_ndims(space) == rank &&
                       H5Sget_select_bounds(space, first, last) >= 0;
    H5Sclose(space);
    for (int i = 0; i < rank; i++) {
        bounds[2 * i] = known ? first[i] : 1;
        bounds[2 * i + 1] = known ? last[i] : 0;
        if (known)
            volume = saturated_product(volume, last[i] - first[i] + 1);
    }
    if (!known)
        return FILLS_UNKNOWN;
    return volume == (uint64_t)points ? FILLS_ALL : FILLS_SOME;
}

struct source_map *source_map_create(hid_t dataset)
{
    size_t count = 0;
    struct source_map *map = NULL;
    struct chunk_range all;
    hid_t properties = H5Dget_create_plist(dataset);
    chunk_range_of_all(dataset, &all);
    const size_t rank = (size_t)all.rank;
    if (properties >= 0 && H5Pget_layout(properties) == H5D_VIRTUAL &&
        H5Pget_virtual_count(properties, &count) >= 0 && count <= MAP_MAX)
        map = malloc(sizeof *map +
                     count * (2 * rank * sizeof *map->bounds + 1) + 1);
    if (map == NULL) {
        if (properties >= 0)
            H5Pclose(properties);
        return NULL;
    }
    map->holes = NULL;
    map->hole_count = 0;
    map->properties = properties;
    map->rank = all.rank;
    map->count = count;
    map->fillings = (unsigned char *)(map->bounds + count * 2 * rank);
    for (size_t i = 0; i < count; i++)
        map->fillings[i] = (unsigned char)find_bounds(
            properties, i, map->rank, map->bounds + i * 2 * rank);
    return map;
}

void source_map_free(struct source_map *map)
{
    if (map == NULL)
        return;
    H5Pclose(map->properties);
    free(map->holes);
    free(map);
}

hid_t source_map_properties(const struct source_map *map)
{
    return map->properties;
}

static bool meets(const uint64_t *bounds, const struct chunk_range *region)
{
    bool met = true;
    for (int i = 0; i < region->rank; i++) {
        const uint64_t first = bounds[2 * i];
        const uint64_t last = bounds[2 * i + 1];
        met &= first > last ||
               (first <= region->last[i] && last >= region->first[i]);
    }
    return met;
}

bool source_is_met(const struct source_check *c,
                   const struct source_level *level, hid_t properties,
                   size_t index)
{
    const struct chunk_range *region = level->region;
    const struct source_map *map = c->sources->map;
    uint64_t bounds[2 * H5S_MAX_RANK];
    if (region == NULL)
        return true;
    if (map != NULL && map->rank == region->rank)
        return meets(map->bounds + index * 2 * (size_t)map->rank, region);
    find_bounds(properties, index, region->rank, bounds);
    return meets(bounds, region);
}

/* ---- what no source has ---- */

/* One that is known already is among the last, if it is not far back. */
#define HOLES_LOOKED_AT 256u

bool source_map_add_hole(struct source_map *map, const uint64_t *first,
                         const uint64_t *last, bool unreadable)
{
    struct hole hole = {.unreadable = unreadable};
    if (map->rank > DUMP_RANK_MAX)
        return true; /* it is not read */
    memcpy(hole.first, first, (size_t)map->rank * sizeof *first);
    memcpy(hole.last, last, (size_t)map->rank * sizeof *last);
    const size_t first_looked_at = map->hole_count > HOLES_LOOKED_AT
                                       ? map->hole_count - HOLES_LOOKED_AT
                                       : 0;
    for (size_t i = map->hole_count; i-- > first_looked_at;) {
        if (memcmp(&map->holes[i], &hole, sizeof hole) == 0)
            return true;
    }
    struct hole *grown =
        list_grow(map->holes, map->hole_count, sizeof *map->holes);
    if (grown == NULL)
        return false;
    map->holes = grown;
    map->holes[map->hole_count++] = hole;
    return true;
}

/* Marks the rows of a region that meet holes. */
static void mark_holes(const struct source_map *map,
                       const struct chunk_range *region, int row_axis,
                       bool unreadable, unsigned char *rows, bool *any)
{
    for (size_t i = 0; i < map->hole_count; i++) {
        const struct hole *hole = &map->holes[i];
        bool met = hole->unreadable != 0 || !unreadable;
        for (int k = 0; met && k < region->rank; k++)
            met = hole->first[k] <= region->last[k] &&
                  hole->last[k] >= region->first[k];
        if (!met)
            continue;
        uint64_t from = 0;
        uint64_t to = 0;
        if (row_axis != DUMP_NO_AXIS) {
            const uint64_t start = region->first[row_axis];
            const uint64_t end = region->last[row_axis];
            from = hole->first[row_axis] > start ? hole->first[row_axis] - start
                                                 : 0;
            to = (hole->last[row_axis] < end ? hole->last[row_axis] : end) -
                 start;
        }
        memset(rows + from, 1, (size_t)(to - from + 1));
        *any = true;
    }
}

void source_map_find_unreadable(const struct source_map *map,
                                const struct chunk_range *region, int row_axis,
                                unsigned char *rows, bool *any)
{
    if (map != NULL && map->rank == region->rank)
        mark_holes(map, region, row_axis, true, rows, any);
}

/* ---- what no mapping covers ---- */

/* Counts, for each row of a region, the elements that mappings cover. */
struct coverage {
    const struct chunk_range *region;
    int row_axis; /* or DUMP_NO_AXIS: there is one row */
    uint64_t *covered;
};

static uint64_t rows_of(const struct coverage *c)
{
    return c->row_axis == DUMP_NO_AXIS ? 1
                                       : c->region->last[c->row_axis] -
                                             c->region->first[c->row_axis] + 1;
}

/* Adds a box, all of which is covered. */
static void add_box(const struct coverage *c, const uint64_t *first,
                    const uint64_t *last)
{
    uint64_t elements = 1; /* of a row */
    uint64_t from = 0;
    uint64_t to = 0;
    for (int i = 0; i < c->region->rank; i++) {
        const uint64_t low =
            first[i] > c->region->first[i] ? first[i] : c->region->first[i];
        const uint64_t high =
            last[i] < c->region->last[i] ? last[i] : c->region->last[i];
        if (low > high)
            return;
        if (i == c->row_axis) {
            from = low - c->region->first[i];
            to = high - c->region->first[i];
        } else {
            elements *= high - low + 1;
        }
    }
    for (uint64_t row = from; row <= to; row++)
        c->covered[row] += elements;
}

/* Of start, stride, count and block, how many elements are in [low, high]? */
static uint64_t count_selected(hsize_t start, hsize_t stride, hsize_t count,
                               hsize_t block, uint64_t low, uint64_t high)
{
    uint64_t found = 0;
    if (high < start || stride == 0)
        return 0;
    if (block >= stride) { /* one block, however it is written */
        block += (count - 1) * stride;
        count = 1;
        stride = block;
    }
    uint64_t k = low > start ? (low - start) / stride : 0;
    for (; k < count && start + k * stride <= high; k++) {
        const uint64_t first = start + k * stride;
        const uint64_t last = first + block - 1;
        const uint64_t a = first > low ? first : low;
        const uint64_t b = last < high ? last : high;
        found += a <= b ? b - a + 1 : 0;
    }
    return found;
}

/* Adds a regular selection. False if it is none. */
static bool add_regular(const struct coverage *c, hid_t space)
{
    hsize_t start[H5S_MAX_RANK];
    hsize_t stride[H5S_MAX_RANK];
    hsize_t count[H5S_MAX_RANK];
    hsize_t block[H5S_MAX_RANK];
    uint64_t elements = 1;
    if (H5Sget_select_type(space) != H5S_SEL_HYPERSLABS ||
        H5Sis_regular_hyperslab(space) <= 0 ||
        H5Sget_regular_hyperslab(space, start, stride, count, block) < 0)
        return false;
    for (int i = 0; i < c->region->rank; i++) {
        if (i != c->row_axis)
            elements *= count_selected(start[i], stride[i], count[i], block[i],
                                       c->region->first[i], c->region->last[i]);
    }
    if (elements == 0)
        return true;
    for (uint64_t row = 0; row < rows_of(c); row++) {
        const int axis = c->row_axis;
        const uint64_t at =
            axis == DUMP_NO_AXIS ? 0 : c->region->first[axis] + row;
        if (axis == DUMP_NO_AXIS ||
            count_selected(start[axis], stride[axis], count[axis], block[axis],
                           at, at) > 0)
            c->covered[row] += elements;
    }
    return true;
}

#define BLOCKS_AT_ONCE 64

/* Adds any selection, block by block. */
static bool add_blocks(const struct coverage *c, hid_t space)
{
    const hssize_t count = H5Sget_select_hyper_nblocks(space);
    const size_t rank = (size_t)c->region->rank;
    hsize_t *corners =
        malloc((BLOCKS_AT_ONCE * 2 * rank + 1) * sizeof *corners);
    if (corners == NULL)
        return false;
    for (hssize_t first = 0; first < count; first += BLOCKS_AT_ONCE) {
        const hssize_t left = count - first;
        const hsize_t now =
            (hsize_t)(left < BLOCKS_AT_ONCE ? left : BLOCKS_AT_ONCE);
        if (H5Sget_select_hyper_blocklist(space, (hsize_t)first, now, corners) <
            0)
            break;
        for (hsize_t i = 0; i < now; i++) {
            uint64_t low[H5S_MAX_RANK];
            uint64_t high[H5S_MAX_RANK];
            for (size_t k = 0; k < rank; k++) {
                low[k] = corners[i * 2 * rank + k];
                high[k] = corners[i * 2 * rank + rank + k];
            }
            add_box(c, low, high);
        }
    }
    free(corners);
    return true;
}

static bool add_mapping(const struct coverage *c, const struct source_map *map,
                        size_t index)
{
    const uint64_t *bounds = map->bounds + index * 2 * (size_t)map->rank;
    if (map->fillings[index] == FILLS_SOME) {
        hid_t space = H5Pget_virtual_vspace(map->properties, index);
        const bool good = add_regular(c, space) || add_blocks(c, space);
        H5Sclose(space);
        return good;
    }
    uint64_t first[H5S_MAX_RANK];
    uint64_t last[H5S_MAX_RANK];
    for (int i = 0; i < map->rank; i++) {
        const bool known = map->fillings[index] == FILLS_ALL;
        first[i] = known ? bounds[2 * i] : 0;
        last[i] = known ? bounds[2 * i + 1] : UINT64_MAX;
    }
    add_box(c, first, last);
    return true;
}

bool source_map_find_uncovered(const struct source_map *map,
                               const struct chunk_range *region, int row_axis,
                               unsigned char *rows, bool *any)
{
    struct coverage c = {.region = region, .row_axis = row_axis};
    uint64_t elements = 1;
    if (map == NULL || map->rank != region->rank)
        return true;
    for (int i = 0; i < region->rank; i++) {
        if (i != row_axis)
            elements *= region->last[i] - region->first[i] + 1;
    }
    c.covered = calloc((size_t)rows_of(&c), sizeof *c.covered);
    bool good = c.covered != NULL;
    for (size_t i = 0; good && i < map->count; i++) {
        if (meets(map->bounds + i * 2 * (size_t)map->rank, region))
            good = add_mapping(&c, map, i);
    }
    for (uint64_t row = 0; good && row < rows_of(&c); row++) {
        rows[row] |= c.covered[row] < elements;
        *any |= c.covered[row] < elements;
    }
    free(c.covered);
    mark_holes(map, region, row_axis, false, rows, any);
    return good;
}
