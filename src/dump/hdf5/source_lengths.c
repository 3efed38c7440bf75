/*
 * source_lengths.c - do sources of virtual datasets have all that is mapped?
 *
 * The library reports an error for what a source does not have, or fills it in
 * without a word, depending on how it is mapped.
 */
#include <stdio.h>

#include "dump/claim.h"
#include "dump/hdf5/source_check.h"
#include "dump/shape.h"

void source_take_shape(struct source_level *level, hid_t dataset)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    level->shape.rank = rank > 0 && rank <= DUMP_RANK_MAX ? rank : 0;
    for (int i = 0; i < level->shape.rank; i++)
        level->shape.dims[i] = dims[i];
    H5Sclose(space);
}

/* What a mapping takes of its source, if that is more than there is: "elements
 * up to (8, 3)", or "8 elements" if all of it is mapped. */
static bool takes_more(hid_t from, hid_t to, const struct dump_layout *shape,
                       char *text, size_t size)
{
    const hssize_t wanted = H5Sget_select_npoints(to);
    struct dump_layout least = {.rank = shape->rank};
    hsize_t start[H5S_MAX_RANK];
    hsize_t end[H5S_MAX_RANK];
    bool more = false;
    if (wanted <= 0 || shape->rank == 0)
        return false; /* what grows takes what there is */
    if (H5Sget_select_type(from) == H5S_SEL_ALL) {
        snprintf(text, size, "%lld elements", (long long)wanted);
        return (uint64_t)wanted > dump_element_count(shape);
    }
    if (H5Sget_select_npoints(from) <= 0 ||
        H5Sget_simple_extent_ndims(from) != shape->rank ||
        H5Sget_select_bounds(from, start, end) < 0)
        return false;
    for (int i = 0; i < shape->rank; i++) {
        least.dims[i] = end[i] + 1;
        more = more || end[i] >= shape->dims[i];
    }
    const int used = snprintf(text, size, "elements up to ");
    dump_format_shape(&least, text + used, size - (size_t)used);
    return more;
}

bool source_is_long_enough(const struct source_check *c,
                           const struct source_level *level, hid_t properties,
                           size_t index, const char *file, const char *name)
{
    char has[200];
    char wants[240];
    hid_t from = H5Pget_virtual_srcspace(properties, index);
    hid_t to = H5Pget_virtual_vspace(properties, index);
    const bool more = takes_more(from, to, &level->shape, wants, sizeof wants);
    H5Sclose(to);
    H5Sclose(from);
    if (!more ||
        (level->above == NULL && source_may_be_short(level, properties, index)))
        return true; /* its rows are left out */
    dump_format_shape(&level->shape, has, sizeof has);
    return error_set(c->error,
                     "%s: %s: a virtual dataset whose source %s is too short: "
                     "its %s has the shape %s, but the mapping wants %s; "
                     "complete the source, or mend the mapping",
                     c->file, c->path, file, name, has, wants);
}
