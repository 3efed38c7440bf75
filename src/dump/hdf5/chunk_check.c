/*
 * chunk_check.c - do chunks have as many bytes as the library takes for
 * granted?
 */
#include "dump/hdf5/chunk_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/saturate.h"
#include "dump/decode.h"
#include "dump/hdf5/h5.h"
#include "dump/hdf5/h5_read.h"

#define FILTERS_MAX 32 /* of the library */

struct check {
    hid_t dataset;
    int rank;
    hsize_t dims[H5S_MAX_RANK];
    hsize_t chunk[H5S_MAX_RANK];
    size_t bytes;           /* of a whole chunk */
    bool bare_at_the_edges; /* chunks that the shape cuts have no filters */
    bool plugins;           /* there are filters of which nothing is known */
    struct h5_filter filters[FILTERS_MAX];
    unsigned filter_count;
    struct dump_decoder *decoder;
    unsigned char *raw; /* both have room for `room` bytes */
    unsigned char *out;
    size_t room;
    hid_t probe; /* a dataset in memory; negative: not yet */
};

/* ---- the dataset ---- */

static bool take_shape(struct check *check, hid_t properties)
{
    uint64_t bytes = h5_element_bytes(check->dataset);
    hid_t space = H5Dget_space(check->dataset);
    check->rank = H5Sget_simple_extent_dims(space, check->dims, NULL);
    H5Sclose(space);
    if (check->rank <= 0 ||
        H5Pget_chunk(properties, H5S_MAX_RANK, check->chunk) != check->rank)
        return false;
    for (int i = 0; i < check->rank; i++)
        bytes = saturated_product(bytes, check->chunk[i]);
    check->bytes = (size_t)bytes;
    return bytes > 0 && bytes <= SIZE_MAX / 8;
}

static bool is_plugin(const struct h5_filter *filter)
{
    return filter->id > H5Z_FILTER_SCALEOFFSET && filter->id != H5_LZF_FILTER;
}

static bool take_filters(struct check *check, hid_t properties)
{
    unsigned options = 0;
    const int count = H5Pget_nfilters(properties);
    H5Pget_chunk_opts(properties, &options);
    check->bare_at_the_edges =
        (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
    if (count < 0 || count > FILTERS_MAX)
        return false;
    check->filter_count = (unsigned)count;
    for (unsigned i = 0; i < check->filter_count; i++) {
        if (!h5_read_filter(properties, i, &check->filters[i]))
            return false;
        check->plugins |= is_plugin(&check->filters[i]);
    }
    return true;
}

static bool check_open(struct check *check, hid_t dataset)
{
    *check = (struct check){.dataset = dataset, .probe = H5I_INVALID_HID};
    hid_t properties = H5Dget_create_plist(dataset);
    const bool good = properties >= 0 && take_shape(check, properties) &&
                      take_filters(check, properties);
    if (properties >= 0)
        H5Pclose(properties);
    return good;
}

static void check_close(struct check *check)
{
    if (check->probe >= 0)
        H5Dclose(check->probe);
    dump_decoder_destroy(check->decoder);
    free(check->raw);
    free(check->out);
}

/* What lies between two filters is hardly larger than the chunk. Of what is
 * larger by more than this, nobody can tell if it is a plugin's. */
static bool make_room(struct check *check)
{
    const bool filters = check->filter_count > 0;
    check->room = dump_decode_room(check->bytes) + check->bytes / 16 + 4096;
    check->raw = malloc(check->room);
    check->out = filters ? malloc(check->room) : NULL;
    check->decoder = filters ? dump_decoder_create() : NULL;
    return check->raw != NULL &&
           (!filters || (check->out != NULL && check->decoder != NULL));
}

/* ---- filters that decode.c does not know ---- */

/* A number of `bits` for each element, one after the other (H5Znbit.c). Its
 * parameters are their count, whether there is nothing to undo, the number of
 * elements, their class, size, byte order and precision. */
static const char *check_nbit(const struct h5_filter *filter, size_t *size)
{
    enum { NOTHING = 1, ELEMENTS, CLASS, BYTES, PRECISION = 6, USED };
    enum { ATOMIC = 1 };
    if (filter->value_count < USED)
        return "its nbit filter has too few parameters";
    const unsigned *values = filter->values;
    if (values[NOTHING])
        return NULL;
    if (values[CLASS] != ATOMIC)
        return "its nbit filter is not for numbers";
    const uint64_t bits = (uint64_t)values[ELEMENTS] * values[PRECISION];
    if (*size < bits / 8 + (bits % 8 != 0))
        return "it is too short";
    *size = (size_t)values[ELEMENTS] * values[BYTES];
    return NULL;
}

/* A head of 21 bytes, which starts with the number of bits of each element; and
 * these, one after the other. Whole numbers that are to keep all their bits are
 * as they were (H5Zscaleoffset.c). */
static const char *check_scaleoffset(const struct h5_filter *filter,
                                     const unsigned char *bytes, size_t *size)
{
    enum { TYPE, FACTOR, ELEMENTS, BYTES = 4, USED };
    enum { HEAD = 21 };
    const unsigned *values = filter->values;
    if (filter->value_count < USED)
        return "its scaleoffset filter has too few parameters";
    if (values[TYPE] == H5Z_SO_INT && values[FACTOR] == 8 * values[BYTES])
        return NULL;
    if (*size < HEAD)
        return "it is too short";
    const uint64_t elements = values[ELEMENTS];
    const uint64_t bits = dump_le32(bytes);
    if (bits > 8 * (uint64_t)values[BYTES])
        return "its scaleoffset data is damaged";
    const uint64_t all = saturated_product(elements, bits);
    if (*size - HEAD < all / 8 + (all % 8 != 0))
        return "it is too short";
    *size = (size_t)(elements * values[BYTES]);
    return NULL;
}

/*
 * Szip claims a number of bytes, and fewer may come of its data, which only the
 * library can undo. So a dataset in memory gets the chunk, whose first filter,
 * the last to be undone, is one that sees how many bytes there are.
 */
static size_t probed; /* with the library entered */

static size_t probe_filter(unsigned flags, size_t count,
                           const unsigned values[], size_t size, size_t *room,
                           void **buffer)
{
    (void)count, (void)values, (void)room, (void)buffer;
    if (!(flags & H5Z_FLAG_REVERSE))
        return size;
    probed = size;
    return 0; /* that was all */
}

#define PROBE_FILTER 256 /* the first that is not reserved */

static const H5Z_class2_t probe_class = {
    H5Z_CLASS_T_VERS, PROBE_FILTER, 1, 1, "probe", NULL, NULL, probe_filter};

static hid_t create_probe(const struct check *check,
                          const struct h5_filter *filter)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t type = H5Dget_type(check->dataset);
    hid_t space = H5Screate_simple(check->rank, check->chunk, NULL);
    hid_t dataset = H5I_INVALID_HID;
    H5Pset_fapl_core(access, 1 << 16, false);
    hid_t file = H5Fcreate("probe", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (H5Zregister(&probe_class) >= 0 && file >= 0 &&
        H5Pset_chunk(plist, check->rank, check->chunk) >= 0 &&
        H5Pset_filter(plist, PROBE_FILTER, 0, 0, NULL) >= 0 &&
        H5Pset_filter(plist, filter->id, H5Z_FLAG_OPTIONAL, 2,
                      filter->values) >= 0)
        dataset = H5Dcreate2(file, "chunk", type, space, H5P_DEFAULT, plist,
                             H5P_DEFAULT);
    if (file >= 0)
        H5Fclose(file); /* open as long as the dataset is */
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(plist);
    H5Pclose(access);
    return dataset;
}

static const char *check_szip(struct check *check,
                              const struct h5_filter *filter,
                              const unsigned char *bytes, size_t *size,
                              bool *known)
{
    const hsize_t origin[H5S_MAX_RANK] = {0};
    if (*size < sizeof(uint32_t))
        return "it is too short";
    const uint32_t claimed = dump_le32(bytes);
    if (claimed == 0 || claimed > check->room)
        return "its length is impossible";
    hid_t type = H5Dget_type(check->dataset);
    probed = 0;
    H5E_BEGIN_TRY
    {
        if (check->probe < 0)
            check->probe = create_probe(check, filter);
        *known =
            check->probe >= 0 && H5Dwrite_chunk(check->probe, H5P_DEFAULT, 0,
                                                origin, *size, bytes) >= 0;
        if (*known)
            H5Dread(check->probe, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                    check->out);
    }
    H5E_END_TRY
    H5Tclose(type);
    *size = probed;
    return *known && probed == 0 ? "its szip data is damaged" : NULL;
}

/* How many bytes come of *size bytes: *known is false if nobody can tell. */
static const char *check_unknown(struct check *check,
                                 const struct h5_filter *filter,
                                 const unsigned char *bytes, size_t *size,
                                 bool *known)
{
    switch (filter->id) {
    case H5Z_FILTER_NBIT:
        return check_nbit(filter, size);
    case H5Z_FILTER_SCALEOFFSET:
        return check_scaleoffset(filter, bytes, size);
    case H5Z_FILTER_SZIP:
        return check_szip(check, filter, bytes, size, known);
    default:
        *known = false;
        return NULL;
    }
}

/* ---- one chunk ---- */

/* Undoes the filters behind which are only such as decode.c knows, and returns
 * the number of those that are left. */
static unsigned undo_last(struct check *check, uint32_t filter_mask,
                          unsigned char **bytes, size_t *size,
                          const char **wrong)
{
    struct dump_filter known[FILTERS_MAX];
    unsigned first = FILTERS_MAX; /* of the known ones */
    unsigned left = check->filter_count;
    for (; left > 0; left--) {
        if (filter_mask >> (left - 1) & 1)
            continue; /* it was not applied */
        if (!h5_known_filter(&check->filters[left - 1], &known[first - 1]))
            break;
        first--;
    }
    *wrong =
        dump_undo_filters(check->decoder, known + first, FILTERS_MAX - first,
                          check->raw, size, check->out, check->room, bytes);
    return left;
}

/* From here on, only the number of bytes is known. */
static const char *follow_size(struct check *check, uint32_t filter_mask,
                               unsigned left, const unsigned char *bytes,
                               size_t *size, bool *known)
{
    const char *wrong =
        check_unknown(check, &check->filters[left - 1], bytes, size, known);
    for (unsigned i = left - 1; i-- > 0 && wrong == NULL;) {
        if (filter_mask >> i & 1 || check->filters[i].id == H5Z_FILTER_SHUFFLE)
            continue;
        if (check->filters[i].id != H5Z_FILTER_FLETCHER32)
            *known = false;
        else if (*size < sizeof(uint32_t))
            wrong = "it is too short";
        else
            *size -= sizeof(uint32_t);
    }
    return wrong;
}

static bool is_cut(const struct check *check, const hsize_t *at)
{
    for (int i = 0; i < check->rank; i++) {
        if (check->dims[i] - at[i] < check->chunk[i])
            return true;
    }
    return false;
}

/* NULL, or what is wrong. */
static const char *check_chunk(struct check *check, const hsize_t *at)
{
    size_t size = 0;
    uint32_t filter_mask = 0;
    if (!h5_read_chunk(check->dataset, at, check->raw, check->room, &size,
                       &filter_mask))
        return size <= check->room ? "it cannot be read"
               : check->plugins    ? NULL
                                   : "its length is impossible";
    if (size == 0) /* never written */
        return NULL;
    bool known = true;
    const char *wrong = NULL;
    if (check->filter_count > 0 &&
        !(check->bare_at_the_edges && is_cut(check, at))) {
        unsigned char *bytes = check->raw;
        const unsigned left =
            undo_last(check, filter_mask, &bytes, &size, &wrong);
        if (wrong == NULL && left > 0)
            wrong = follow_size(check, filter_mask, left, bytes, &size, &known);
    }
    return wrong == NULL && known && size != check->bytes
               ? "its length is wrong"
               : wrong;
}

static void set_place(const struct check *check, const hsize_t *at,
                      const char *wrong, struct chunk_finding *finding)
{
    finding->wrong = wrong;
    finding->rank = check->rank;
    for (int i = 0; i < check->rank; i++)
        finding->at[i] = at[i];
}

/* The next chunk; false after the last one. The last axis moves first. */
static bool go_on(const struct check *check, const struct chunk_range *range,
                  hsize_t *at)
{
    for (int i = check->rank; i-- > 0;) {
        if (range->last[i] - at[i] >= check->chunk[i]) {
            at[i] += check->chunk[i];
            return true;
        }
        at[i] = range->first[i] / check->chunk[i] * check->chunk[i];
    }
    return false;
}

/* ---- chunks that were never written take their time, too ---- */

#define CHUNKS_ALWAYS (1u << 17)
#define CHUNKS_PER_WRITTEN 16u
#define WRITTEN_MAX 4096u /* to find the next takes longer with each */

static uint64_t count_chunks(const struct check *check,
                             const struct chunk_range *range)
{
    uint64_t chunks = 1;
    for (int i = 0; i < check->rank; i++)
        chunks = saturated_product(chunks,
                                   range->last[i] / check->chunk[i] -
                                       range->first[i] / check->chunk[i] + 1);
    return chunks;
}

#if H5_VERSION_GE(1, 10, 5)

/* Are there so few that it is better to go through them? */
static bool are_few(const struct check *check, const struct chunk_range *range,
                    hid_t space, hsize_t *written)
{
    const uint64_t chunks = count_chunks(check, range);
    return chunks > CHUNKS_ALWAYS &&
           H5Dget_num_chunks(check->dataset, space, written) >= 0 &&
           chunks / CHUNKS_PER_WRITTEN > *written;
}

static bool has_chunk(const struct check *check,
                      const struct chunk_range *range, const hsize_t *at)
{
    for (int i = 0; i < check->rank; i++) {
        if (at[i] > range->last[i] ||
            at[i] + (check->chunk[i] - 1) < range->first[i])
            return false;
    }
    return true;
}

static bool check_written(struct check *check, const struct chunk_range *range,
                          hid_t space, hsize_t written,
                          struct dump_watch *watch,
                          struct chunk_finding *finding)
{
    finding->wrong = written > WRITTEN_MAX
                         ? "far more of its chunks were never written than "
                           "were; rewrite it with larger ones (h5repack)"
                         : NULL;
    for (hsize_t i = 0; i < written && finding->wrong == NULL; i++) {
        hsize_t at[H5S_MAX_RANK] = {0};
        if (H5Dget_chunk_info(check->dataset, space, i, at, NULL, NULL, NULL) <
            0)
            finding->wrong = "the index of its chunks cannot be read";
        else if (has_chunk(check, range, at))
            set_place(check, at, check_chunk(check, at), finding);
        dump_watch_progress(watch);
    }
    return finding->wrong == NULL;
}

#endif

/* ---- many ---- */

static bool check_grid(struct check *check, const struct chunk_range *range,
                       struct dump_watch *watch, struct chunk_finding *finding)
{
    hsize_t at[H5S_MAX_RANK] = {0};
    for (int i = 0; i < check->rank; i++)
        at[i] = range->first[i] / check->chunk[i] * check->chunk[i];
    do {
        set_place(check, at, check_chunk(check, at), finding);
        dump_watch_progress(watch);
    } while (finding->wrong == NULL && go_on(check, range, at));
    return finding->wrong == NULL;
}

static bool check_range(struct check *check, const struct chunk_range *range,
                        struct dump_watch *watch, struct chunk_finding *finding)
{
    bool good = false;
    finding->no_memory = !make_room(check);
    if (finding->no_memory)
        return false;
#if H5_VERSION_GE(1, 10, 5)
    hsize_t written = 0;
    hid_t space = H5Dget_space(check->dataset);
    if (are_few(check, range, space, &written))
        good = check_written(check, range, space, written, watch, finding);
    else
        good = check_grid(check, range, watch, finding);
    H5Sclose(space);
#else
    good = check_grid(check, range, watch, finding);
#endif
    return good;
}

bool chunks_are_whole(hid_t dataset, const struct chunk_range *range,
                      struct dump_watch *watch, struct chunk_finding *finding)
{
    struct check check;
    *finding =
        (struct chunk_finding){.wrong = "its chunks cannot be looked at"};
    const bool good = check_open(&check, dataset) &&
                      check.rank == range->rank &&
                      check_range(&check, range, watch, finding);
    check_close(&check);
    return good;
}

void chunk_range_of_all(hid_t dataset, struct chunk_range *range)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    range->rank = rank > 0 ? rank : 0;
    for (int i = 0; i < rank; i++) {
        if (dims[i] == 0) {
            range->rank = 0;
            break;
        }
        range->first[i] = 0;
        range->last[i] = dims[i] - 1;
    }
    H5Sclose(space);
}

void chunk_place(const uint64_t *at, int rank, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < rank && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%" PRIu64,
                                 i > 0 ? ", " : "", at[i]);
}
