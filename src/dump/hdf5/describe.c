/*
 * describe.c - an HDF5 dataset -> dump_array
 */
#include "dump/hdf5/describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "dump/claim.h"
#include "common/saturate.h"
#include "dump/decode.h"
#include "dump/hdf5/element_type.h"
#include "dump/hdf5/h5.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/packing.h"
#include "dump/hdf5/sources.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/table.h"
#include "dump/shape.h"
#include "dump/unpack.h"

/* ---- arrays of MATLAB and Octave ---- */

/* The group of an array of Octave's, from the path of its elements. */
static bool find_octave_group(hid_t file, const char *path, char *group,
                              size_t size)
{
    const char *name = strrchr(path, '/');
    const size_t length = name != NULL ? (size_t)(name - path) : 0;
    if (length == 0 || length >= size || strcmp(name, "/" H5_OCTAVE_VALUE) != 0)
        return false;
    memcpy(group, path, length);
    group[length] = '\0';
    return h5_is_octave(file, group);
}

/* Both store arrays with their axes reversed, and of one without elements its
 * shape in their place. */
static void take_marks(hid_t file, hid_t dataset, struct dump_array *array)
{
    struct dump_layout *layout = array->layout;
    char group[1024];
    bool empty = false;
    if (H5Aexists(dataset, "MATLAB_class") > 0) {
        layout->reversed = true;
        empty = H5Aexists(dataset, "MATLAB_empty") > 0;
    } else if (find_octave_group(file, array->path, group, sizeof group)) {
        layout->reversed = true;
        empty = H5Aexists_by_name(file, group, "OCTAVE_EMPTY_MATRIX",
                                  H5P_DEFAULT) > 0;
    }
    if (empty) {
        memset(layout->dims, 0, sizeof layout->dims);
        layout->rank = 1;
    }
    layout->reversed &= layout->rank > 1;
}

/* ---- shape ---- */

/* The axes of a field come after those of its table. */
static bool take_field_axes(const struct table_field *field, const char *file,
                            struct dump_array *array, struct error *error)
{
    struct dump_layout *layout = array->layout;
    if (field->rank > DUMP_RANK_MAX - layout->rank)
        return error_set(error, "%s: %s: %d axes; at most %d are read", file,
                         array->path, layout->rank + field->rank,
                         DUMP_RANK_MAX);
    for (int i = 0; i < field->rank; i++)
        layout->dims[layout->rank++] = field->dims[i];
    layout->field_axes = field->rank;
    return true;
}

/* `field` is that of a table which the array is, or NULL. */
static bool take_shape(hid_t id, hid_t dataset, const char *file,
                       const struct table_field *field,
                       struct dump_array *array, struct error *error)
{
    hid_t space = H5Dget_space(dataset);
    const H5S_class_t class = H5Sget_simple_extent_type(space);
    bool grown = false; /* beyond what it may */
    array->layout->rank = 0;
    if (class == H5S_NULL) { /* h5py.Empty: no rows */
        array->layout->rank = 1;
        array->layout->dims[0] = 0;
    } else if (class == H5S_SIMPLE) {
        hsize_t dims[H5S_MAX_RANK];
        hsize_t most[H5S_MAX_RANK];
        const int rank = H5Sget_simple_extent_dims(space, dims, most);
        if (rank > DUMP_RANK_MAX) {
            H5Sclose(space);
            return error_set(error, "%s: %s: %d axes; at most %d are read",
                             file, array->path, rank, DUMP_RANK_MAX);
        }
        array->layout->rank = rank < 0 ? 0 : rank;
        for (int i = 0; i < array->layout->rank; i++) {
            array->layout->dims[i] = dims[i];
            grown |= dims[i] > most[i]; /* H5S_UNLIMITED is the largest */
        }
    } else if (class != H5S_SCALAR) {
        H5Sclose(space);
        return h5_fail(error, "%s: %s: damaged: it has no shape", file,
                       array->path);
    }
    H5Sclose(space);
    if (field != NULL && !take_field_axes(field, file, array, error))
        return false;
    uint64_t count = 1;
    for (int i = 0; i < array->layout->rank; i++) {
        if (grown ||
            (array->layout->dims[i] != 0 &&
             count > INT64_MAX / DUMP_STRING_MAX / array->layout->dims[i]))
            return error_set(error, "%s: %s: damaged: an impossible shape",
                             file, array->path);
        count *= array->layout->dims[i] != 0 ? array->layout->dims[i] : 1;
    }
    take_marks(id, dataset, array);
    return true;
}

/* ---- filters ---- */

/* Filters that come as plugins, by their registered number, and what helps, as
 * tried on Debian 12. */
#define INSTALL(package) \
    "install Debian's package " package ", or set HDF5_PLUGIN_PATH"
#define FROM_PYPI                                                              \
    "install hdf5plugin from PyPI, and set HDF5_PLUGIN_PATH to what it calls " \
    "hdf5plugin.PLUGIN_PATH"

static const struct {
    H5Z_filter_t id;
    const char *name;
    const char *remedy;
} plugins[] = {
    {305, "lzo",
     "ptrepack --complib=zlib OLD NEW, of Debian's "
     "python3-tables, rewrites the file without it"},
    {307, "bzip2", INSTALL("hdf5-filter-plugin")},
    {32001, "blosc", INSTALL("hdf5-filter-plugin-blosc-serial")},
    {32004, "lz4", INSTALL("hdf5-filter-plugin")},
    {32008, "bitshuffle", INSTALL("bitshuffle")},
    {32013, "zfp", INSTALL("hdf5-filter-plugin-zfp-serial")},
    {32015, "zstd", FROM_PYPI},
    {32026, "blosc2", FROM_PYPI},
};

static bool filter_missing(H5Z_filter_t id, const char *own_name,
                           const char *file, const struct dump_array *array,
                           struct error *error)
{
    const char *name = own_name[0] != '\0' ? own_name : "unnamed";
    for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++) {
        if (plugins[i].id == id)
            return error_set(
                error,
                "%s: %s: compressed with %s (HDF5 filter %d), whose plugin is "
                "missing; %s",
                file, array->path, plugins[i].name, (int)id, plugins[i].remedy);
    }
    if (id == H5Z_FILTER_SZIP)
        return error_set(error,
                         "%s: %s: compressed with szip, which this HDF5 "
                         "library was built without; rewrite the file with "
                         "h5repack -f GZIP=4",
                         file, array->path);
    return error_set(error,
                     "%s: %s: compressed with the HDF5 filter %d (%s), whose "
                     "plugin is missing; install it and set HDF5_PLUGIN_PATH",
                     file, array->path, (int)id, name);
}

/* The filters, if decode.c knows them all. */
static bool take_filters(hid_t properties, const char *file,
                         struct dump_array *array, struct error *error)
{
    const int count = H5Pget_nfilters(properties);
    bool known = count <= DUMP_FILTERS_MAX;
    for (int i = 0; i < count; i++) {
        struct h5_filter stored;
        if (!h5_read_filter(properties, (unsigned)i, &stored))
            return h5_fail(error, "%s: %s: damaged: filter %d is unreadable",
                           file, array->path, i);
        if (H5Zfilter_avail(stored.id) <= 0)
            return filter_missing(stored.id, stored.name, file, array, error);
        struct dump_filter filter;
        known &= h5_known_filter(&stored, &filter);
        if (known)
            array->layout->filter[array->layout->filters++] = filter;
    }
    array->layout->unknown_filters =
        !known ||
        !dump_can_decode(array->layout->filter, array->layout->filters);
    return true;
}

/* ---- storage ---- */

/* What is not here is read through the library, as are tables and files that
 * are being written: what the library says of where things are may be true no
 * more. */
static bool is_here(const struct dump_file *of, const struct dump_array *array)
{
    return !of->live && !array->layout->convert && array->field == 0 &&
           array->layout->type != DUMP_VARIABLE_STRING;
}

/* Of a field, the fill value of its first element. */
static bool read_fill(hid_t properties, hid_t memory, unsigned char *fill,
                      size_t size)
{
    const size_t bytes = H5Tget_size(memory);
    unsigned char *whole = malloc(bytes);
    const bool good =
        whole != NULL && h5_read_fill(properties, memory, whole, bytes);
    if (good)
        memcpy(fill, whole, size < bytes ? size : bytes);
    free(whole);
    return good;
}

/* What elements read as that were never written, as they are once read. */
static void take_fill(hid_t type, hid_t properties, struct dump_array *array)
{
    struct dump_layout *layout = array->layout;
    if (layout->type >= DUMP_STRING || layout->size > sizeof layout->fill)
        return;
    hid_t memory = describe_memory_type(array, type, NULL);
    if (memory < 0 ||
        !read_fill(properties, memory, layout->fill, layout->size))
        memset(layout->fill, 0, sizeof layout->fill);
    else if (layout->swap)
        dump_swap_bytes(layout->fill, 1, layout->size);
    if (memory >= 0)
        H5Tclose(memory);
}

static void unpack_fill(struct dump_layout *layout)
{
    unsigned char fill[sizeof layout->fill] = {0};
    if (layout->role != DUMP_LOGITS || !dump_is_packed(layout))
        return;
    dump_unpack(layout, layout->fill, 1, fill);
    memcpy(layout->fill, fill, sizeof fill);
}

/* What --list shows of it. */
static void take_filter_names(hid_t properties, struct dump_layout *layout)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } known[] = {
        {H5Z_FILTER_DEFLATE, "gzip"},
        {H5Z_FILTER_SHUFFLE, "shuffle"},
        {H5Z_FILTER_FLETCHER32, "fletcher32"},
        {H5Z_FILTER_SZIP, "szip"},
        {H5Z_FILTER_NBIT, "nbit"},
        {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
        {H5_LZF_FILTER, "lzf"},
    };
    const int count =
        layout->kind == DUMP_KIND_CHUNKED ? H5Pget_nfilters(properties) : 0;
    char *to = layout->filter_names;
    for (int i = 0; i < count; i++) {
        const size_t used = strlen(to);
        struct h5_filter stored;
        char number[24];
        const char *name = NULL;
        if (!h5_read_filter(properties, (unsigned)i, &stored))
            continue;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            name = known[k].id == stored.id ? known[k].name : name;
        for (size_t k = 0; k < sizeof plugins / sizeof *plugins; k++)
            name = plugins[k].id == stored.id ? plugins[k].name : name;
        snprintf(number, sizeof number, "%d", (int)stored.id);
        snprintf(to + used, sizeof layout->filter_names - used, "%s%s",
                 used > 0 ? "+" : "", name != NULL ? name : number);
    }
}

static void take_contiguous(hid_t dataset, hid_t properties,
                            const struct dump_file *of,
                            struct dump_array *array)
{
    const haddr_t offset = H5Dget_offset(dataset);
    array->layout->unwritten = H5Pget_external_count(properties) == 0 &&
                               H5Dget_storage_size(dataset) == 0;
    if (H5Pget_external_count(properties) > 0 || offset == HADDR_UNDEF ||
        array->layout->foreign || !is_here(of, array))
        return;
    array->layout->storage = DUMP_CONTIGUOUS;
    array->offset = offset;
}

/* HDF5's own limit; and several of them have to fit the address space. */
#define CHUNK_SIZE_MAX (SIZE_MAX / 16 < UINT32_MAX ? SIZE_MAX / 16 : UINT32_MAX)

static bool take_chunked(hid_t properties, const struct dump_file *of,
                         struct dump_array *array, struct error *error)
{
    const char *file = of->path;
    hsize_t chunk[H5S_MAX_RANK];
    const int rank = dump_own_rank(array->layout);
    if (H5Pget_chunk(properties, H5S_MAX_RANK, chunk) != rank)
        return h5_fail(error, "%s: %s: damaged: no chunk shape", file,
                       array->path);
    uint64_t bytes = dump_own_size(array->layout);
    for (int i = rank; i < array->layout->rank; i++)
        array->layout->chunk[i] = array->layout->dims[i];
    for (int i = 0; i < rank; i++) {
        array->layout->chunk[i] = chunk[i];
        if (chunk[i] == 0 || bytes > CHUNK_SIZE_MAX / chunk[i])
            return error_set(error,
                             "%s: %s: damaged: an impossible chunk "
                             "shape, or more than %zu bytes",
                             file, array->path, (size_t)CHUNK_SIZE_MAX);
        bytes *= chunk[i];
    }
    array->layout->chunked = true;
    if (!take_filters(properties, file, array, error))
        return false;
    unsigned options = 0;
    H5Pget_chunk_opts(properties, &options);
    if (!array->layout->unknown_filters && is_here(of, array) &&
        !(options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS))
        array->layout->storage = DUMP_CHUNKED;
    return true;
}

/* Bytes of a virtual dataset that are somewhere: all, if it grows with them. */
static uint64_t mapped_bytes(hid_t properties, const struct dump_array *array)
{
    size_t count = 0;
    uint64_t elements = 0;
    H5Pget_virtual_count(properties, &count);
    for (size_t i = 0; i < count; i++) {
        hid_t space = H5Pget_virtual_vspace(properties, i);
        const hssize_t mapped = H5Sget_select_npoints(space);
        H5Sclose(space);
        if (mapped < 0)
            return UINT64_MAX;
        elements = saturated_sum(elements, (uint64_t)mapped);
    }
    return saturated_product(elements, dump_own_size(array->layout));
}

/* The library (1.10.8) reads past the end of what a compact dataset holds
 * if its shape asks for more. */
static bool check_compact(hid_t dataset, const struct dump_file *file,
                          const struct dump_array *array, struct error *error)
{
    uint64_t needed;
    uint64_t stored;
    h5_count_bytes(dataset, &needed, &stored);
    if (needed <= stored)
        return true;
    return error_set(error,
                     "%s: %s: damaged: its shape asks for %" PRIu64
                     " bytes, of which it holds %" PRIu64,
                     file->path, array->path, needed, stored);
}

/* What it is. */
static bool take_storage(hid_t file, hid_t dataset, hid_t properties,
                         const struct dump_file *of, struct dump_array *array,
                         struct error *error)
{
    array->layout->storage = DUMP_LIBRARY;
    array->layout->foreign = !h5_same_file(file, dataset);
    if (array->layout->foreign && !h5_identify(dataset, &array->layout->home))
        return h5_fail(error, "%s: %s: a link to a file that cannot be read",
                       of->path, array->path);
    switch (H5Pget_layout(properties)) {
    case H5D_CONTIGUOUS:
        array->layout->kind = H5Pget_external_count(properties) > 0
                                  ? DUMP_KIND_EXTERNAL
                                  : DUMP_KIND_CONTIGUOUS;
        take_contiguous(dataset, properties, of, array);
        return true;
    case H5D_CHUNKED:
        array->layout->kind = DUMP_KIND_CHUNKED;
        return take_chunked(properties, of, array, error);
    case H5D_VIRTUAL:
        array->layout->kind = DUMP_KIND_VIRTUAL;
        array->layout->elsewhere = true;
        return true;
    case H5D_COMPACT:
        array->layout->kind = DUMP_KIND_COMPACT;
        return true;
    default:
        return h5_fail(error, "%s: %s: damaged: no storage layout", of->path,
                       array->path);
    }
}

/* Can it be? */
static bool check_storage(hid_t dataset, hid_t properties,
                          const struct dump_file *of,
                          const struct dump_array *array, struct error *error)
{
    switch (H5Pget_layout(properties)) {
    case H5D_CONTIGUOUS:
        if (array->layout->storage == DUMP_CONTIGUOUS)
            return check_end(of, array, error);
        return H5Pget_external_count(properties) > 0 ||
               check_shape_claim(H5Dget_storage_size(dataset), of, array,
                                 error);
    case H5D_CHUNKED:
        return check_shape_claim(H5Dget_storage_size(dataset), of, array,
                                 error);
    case H5D_VIRTUAL:
        return check_shape_claim(mapped_bytes(properties, array), of, array,
                                 error);
    default:
        return check_compact(dataset, of, array, error);
    }
}

/* ---- all of it ---- */

/* The elements of a dataset. `type` is theirs. */
static bool take_elements(hid_t dataset, hid_t type, const struct dump_file *of,
                          struct dump_array *array, struct error *error)
{
    format_element_type(type, array->layout->type_name,
                        sizeof array->layout->type_name);
    return take_element_type(dataset, type, of->path, array, error);
}

/* Those of a field of a table. */
static bool take_field(hid_t file, hid_t dataset, hid_t type,
                       const struct dump_file *of, struct dump_array *array,
                       struct error *error)
{
    struct table_field field;
    char why[400];
    const size_t row = H5Tget_size(type);
    const enum table_answer answer =
        table_find(type, array->path + array->field, &field, why, sizeof why);
    if (answer == TABLE_ABSENT)
        return error_set(error, "%s: %s: the table has no such field", of->path,
                         array->path);
    if (answer == TABLE_UNFIT && why[0] == '\0')
        return error_no_memory(error);
    if (answer == TABLE_UNFIT)
        return error_set(error, "%s: %s: %s", of->path, array->path, why);
    array->layout->table_row = (uint32_t)row;
    const bool good = (row <= UINT32_MAX ||
                       error_set(error, "%s: %s: damaged: rows of %zu bytes",
                                 of->path, array->path, row)) &&
                      take_elements(dataset, field.element, of, array, error) &&
                      take_shape(file, dataset, of->path, &field, array, error);
    H5Tclose(field.element);
    return good;
}

hid_t describe_memory_type(const struct dump_array *array, hid_t stored,
                           const struct class_names *order)
{
    return array->field != 0
               ? table_memory_type(stored, array->path + array->field,
                                   array->layout, order)
               : h5_memory_type(array->layout, stored);
}

static bool take_type_and_shape(hid_t file, hid_t dataset, hid_t type,
                                const struct dump_file *of,
                                struct dump_array *array, struct error *error)
{
    return array->field != 0
               ? take_field(file, dataset, type, of, array, error)
               : take_elements(dataset, type, of, array, error) &&
                     take_packing(dataset, type, of->path, array, error) &&
                     take_shape(file, dataset, of->path, NULL, array, error);
}

/* `check`: whether it can be, too. */
static bool describe(hid_t file, hid_t dataset, const struct dump_file *of,
                     struct dump_array *array, bool check, struct error *error)
{
    hid_t type = H5Dget_type(dataset);
    hid_t properties = H5Dget_create_plist(dataset);
    const bool good =
        type >= 0 && properties >= 0
            ? take_type_and_shape(file, dataset, type, of, array, error) &&
                  take_storage(file, dataset, properties, of, array, error) &&
                  (!check ||
                   check_storage(dataset, properties, of, array, error))
            : h5_fail(error, "%s: %s: damaged: it has no type", of->path,
                      array->path);
    if (good) {
        take_fill(type, properties, array);
        unpack_fill(array->layout);
        take_filter_names(properties, array->layout);
    }
    if (properties >= 0)
        H5Pclose(properties);
    if (type >= 0)
        H5Tclose(type);
    return good;
}

/* The fields of a table are as many objects. */
static uint64_t address_of(const H5O_info_t *info,
                           const struct dump_array *array)
{
    return array->field == 0
               ? info->addr
               : info->addr ^
                     hash_spread(hash_text(array->path + array->field));
}

bool describe_dataset(hid_t file, hid_t dataset, const struct dump_file *of,
                      struct dump_array *array, struct error *error)
{
    H5O_info_t info;
    if (h5_object_info(dataset, &info))
        array->address = address_of(&info, array);
    return describe(file, dataset, of, array, true, error);
}

/* Is it stored the same way? That datasets are read through the library after
 * all is decided later (settle_storage() in discover.c). */
static bool same_storage(const struct dump_layout *a,
                         const struct dump_layout *b)
{
    if (a->chunked != b->chunked || a->elsewhere != b->elsewhere ||
        a->foreign != b->foreign || a->unknown_filters != b->unknown_filters ||
        a->filters != b->filters)
        return false;
    for (int i = 0; i < a->rank; i++) {
        if (a->chunk[i] != b->chunk[i])
            return false;
    }
    for (unsigned i = 0; i < a->filters; i++) {
        if (a->filter[i].id != b->filter[i].id ||
            a->filter[i].parameter != b->filter[i].parameter)
            return false;
    }
    return true;
}

static bool same_packing(const struct dump_layout *a,
                         const struct dump_layout *b)
{
    return a->packed == b->packed && !(a->scale < b->scale) &&
           !(a->scale > b->scale) && !(a->offset < b->offset) &&
           !(a->offset > b->offset) && a->missing_count == b->missing_count &&
           memcmp(a->missing, b->missing, sizeof a->missing) == 0;
}

static bool same_type(const struct dump_layout *a, const struct dump_layout *b)
{
    return same_packing(a, b) && a->type == b->type && a->size == b->size &&
           a->swap == b->swap && a->convert == b->convert &&
           a->enumerated == b->enumerated &&
           a->space_padded == b->space_padded && a->table_row == b->table_row;
}

static bool same_shape(const struct dump_layout *then,
                       const struct dump_layout *now, bool may_grow)
{
    if (then->rank != now->rank)
        return false;
    for (int i = 0; i < then->rank; i++) {
        if (now->dims[i] < then->dims[i] ||
            (now->dims[i] > then->dims[i] && !may_grow))
            return false;
    }
    return true;
}

bool describe_again(hid_t file, hid_t dataset, const struct dump_file *of,
                    const struct dump_array *array, struct error *error)
{
    struct dump_layout layout = {.role = array->layout->role};
    struct dump_array now = {.path = array->path,
                             .file = array->file,
                             .field = array->field,
                             .layout = &layout};
    const char *what = NULL;
    if (!describe(file, dataset, of, &now, false, error) ||
        !same_type(array->layout, &layout))
        what = "type";
    else if (!same_shape(array->layout, &layout, of->live))
        what = "shape";
    else if (!same_storage(array->layout, &layout) ||
             array->offset != now.offset)
        what = "storage";
    if (what != NULL) {
        error_set(error,
                  "%s: has changed since it was looked at (%s has another %s); "
                  "start again once its writer has finished",
                  of->path, array->path, what);
        return error_advise(error, ADVICE_SKIP_FILE);
    }
    const struct sources sources = {.file = of->path,
                                    .path = array->path,
                                    .live = of->live,
                                    .unread = true};
    return !array->layout->foreign ||
           sources_target_holds(dataset, &sources, &array->layout->home, error);
}
