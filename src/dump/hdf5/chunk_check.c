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
#include "dump/hdf5/h5_read.h"

#define FILTERS_MAX 32 /* of the library */

/* What lies between two filters is hardly larger than the chunk: this more than
 * dump_decode_room() is for the heads of what decode.c does not know. */
#define HEAD_ROOM 64u

struct check {
    hid_t dataset;
    int rank;
    hsize_t dims[DUMP_RANK_MAX];
    hsize_t chunk[DUMP_RANK_MAX];
    size_t bytes;           /* of a whole chunk */
    bool bare_at_the_edges; /* chunks that the shape cuts have no filters */
    struct h5_filter filters[FILTERS_MAX];
    unsigned filter_count;
    struct dump_decoder *decoder;
    unsigned char *raw; /* both have room for `room` bytes */
    unsigned char *out;
    size_t room;
};

/* ---- the dataset ---- */

/* What an element takes in the file. */
static size_t element_bytes(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    size_t bytes = H5Tget_size(type);
    if (H5Tis_variable_str(type) > 0) { /* a length, and where it is */
        hid_t file = H5Iget_file_id(dataset);
        hid_t properties = H5Fget_create_plist(file);
        size_t address = 0;
        size_t length = 0;
        bytes = H5Pget_sizes(properties, &address, &length) >= 0
                    ? sizeof(uint32_t) + address + sizeof(uint32_t)
                    : 0;
        H5Pclose(properties);
        H5Fclose(file);
    }
    H5Tclose(type);
    return bytes;
}

static bool take_shape(struct check *check, hid_t properties)
{
    uint64_t bytes = element_bytes(check->dataset);
    hid_t space = H5Dget_space(check->dataset);
    hsize_t dims[H5S_MAX_RANK] = {0};
    hsize_t chunk[H5S_MAX_RANK] = {0};
    check->rank = H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    if (check->rank <= 0 || check->rank > DUMP_RANK_MAX ||
        H5Pget_chunk(properties, H5S_MAX_RANK, chunk) != check->rank)
        return false;
    for (int i = 0; i < check->rank; i++) {
        check->dims[i] = dims[i];
        check->chunk[i] = chunk[i];
        bytes = saturated_product(bytes, chunk[i]);
    }
    check->bytes = (size_t)bytes;
    return bytes > 0 && bytes <= UINT32_MAX; /* HDF5's own limit */
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
    }
    return true;
}

static bool check_open(struct check *check, hid_t dataset)
{
    *check = (struct check){.dataset = dataset};
    hid_t properties = H5Dget_create_plist(dataset);
    const bool good = properties >= 0 && take_shape(check, properties) &&
                      take_filters(check, properties);
    if (properties >= 0)
        H5Pclose(properties);
    return good;
}

static void check_close(struct check *check)
{
    dump_decoder_destroy(check->decoder);
    free(check->raw);
    free(check->out);
}

static bool make_room(struct check *check)
{
    if (check->raw != NULL)
        return true;
    check->room = dump_decode_room(check->bytes) + HEAD_ROOM;
    check->raw = malloc(check->room);
    if (check->filter_count > 0) {
        check->out = malloc(check->room);
        check->decoder = dump_decoder_create();
    }
    return check->raw != NULL &&
           (check->filter_count == 0 ||
            (check->out != NULL && check->decoder != NULL));
}

/* ---- filters that decode.c does not know ---- */

static uint32_t read_le32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

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
 * these, one after the other (H5Zscaleoffset.c). */
static const char *check_scaleoffset(const struct h5_filter *filter,
                                     const unsigned char *bytes, size_t *size)
{
    enum { ELEMENTS = 2, BYTES = 4, USED };
    enum { HEAD = 21 };
    if (filter->value_count < USED)
        return "its scaleoffset filter has too few parameters";
    if (*size < HEAD)
        return "it is too short";
    const uint64_t elements = filter->values[ELEMENTS];
    const uint64_t bits = read_le32(bytes);
    if (bits > 8 * (uint64_t)filter->values[BYTES])
        return "its scaleoffset data is damaged";
    const uint64_t all = saturated_product(elements, bits);
    if (*size - HEAD < all / 8 + (all % 8 != 0))
        return "it is too short";
    *size = (size_t)(elements * filter->values[BYTES]);
    return NULL;
}

/* The number of bytes that come of it, and the data (H5Zszip.c). */
static const char *check_szip(const unsigned char *bytes, size_t *size)
{
    if (*size < sizeof(uint32_t))
        return "it is too short";
    *size = read_le32(bytes);
    return NULL;
}

/* How many bytes come of *size bytes: *known is false if nobody can tell. */
static const char *check_unknown(const struct h5_filter *filter,
                                 const unsigned char *bytes, size_t *size,
                                 bool *known)
{
    switch (filter->id) {
    case H5Z_FILTER_NBIT:
        return check_nbit(filter, size);
    case H5Z_FILTER_SCALEOFFSET:
        return check_scaleoffset(filter, bytes, size);
    case H5Z_FILTER_SZIP:
        return check_szip(bytes, size);
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
static const char *follow_size(const struct check *check, uint32_t filter_mask,
                               unsigned left, const unsigned char *bytes,
                               size_t *size, bool *known)
{
    const char *wrong =
        check_unknown(&check->filters[left - 1], bytes, size, known);
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
        return size > check->room ? "its length is impossible"
                                  : "it cannot be read";
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

/* ---- many ---- */

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

static bool check_range(struct check *check, const struct chunk_range *range,
                        struct dump_watch *watch, struct chunk_finding *finding)
{
    finding->no_memory = !make_room(check);
    if (finding->no_memory)
        return false;
    finding->rank = check->rank;
    for (int i = 0; i < check->rank; i++)
        finding->at[i] = range->first[i] / check->chunk[i] * check->chunk[i];
    do {
        finding->wrong = check_chunk(check, finding->at);
        dump_watch_progress(watch);
    } while (finding->wrong == NULL && go_on(check, range, finding->at));
    return finding->wrong == NULL;
}

bool chunks_are_whole(hid_t dataset, const struct chunk_range *range,
                      struct dump_watch *watch, struct chunk_finding *finding)
{
    struct check check;
    *finding = (struct chunk_finding){.wrong = "its shape is unreadable"};
    const bool good = check_open(&check, dataset) &&
                      check.rank == range->rank &&
                      check_range(&check, range, watch, finding);
    check_close(&check);
    return good;
}

/* Chunks that were never written take their time, too. */
#define CHUNKS_ALWAYS (1u << 17)
#define CHUNKS_PER_WRITTEN 16u

static uint64_t written_chunks(hid_t dataset)
{
#if H5_VERSION_GE(1, 10, 5)
    hsize_t written = 0;
    return H5Dget_num_chunks(dataset, H5S_ALL, &written) >= 0 ? written : 0;
#else
    (void)dataset;
    return UINT64_MAX; /* all of them, for all that is known */
#endif
}

static bool are_too_many(const struct check *check)
{
    uint64_t chunks = 1;
    for (int i = 0; i < check->rank; i++)
        chunks = saturated_product(chunks,
                                   check->dims[i] / check->chunk[i] +
                                       (check->dims[i] % check->chunk[i] != 0));
    return chunks > CHUNKS_ALWAYS &&
           chunks / CHUNKS_PER_WRITTEN > written_chunks(check->dataset);
}

bool all_chunks_are_whole(hid_t dataset, struct dump_watch *watch,
                          struct chunk_finding *finding)
{
    struct check check;
    struct chunk_range range = {.rank = 0};
    *finding = (struct chunk_finding){.wrong = "its shape is unreadable"};
    bool good = check_open(&check, dataset);
    bool empty = false;
    for (int i = 0; good && i < check.rank; i++) {
        empty |= check.dims[i] == 0;
        range.last[i] = check.dims[i] - 1;
    }
    if (good && !empty && are_too_many(&check)) {
        finding->wrong = "it is one of very many, most of which were never "
                         "written";
        good = false;
    }
    if (good && !empty)
        good = check_range(&check, &range, watch, finding);
    check_close(&check);
    return good;
}

void chunk_place(const hsize_t *at, int rank, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < rank && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%" PRIu64,
                                 i > 0 ? ", " : "", (uint64_t)at[i]);
}
