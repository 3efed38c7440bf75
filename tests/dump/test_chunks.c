/*
 * test_chunks.c - chunks that hold fewer or more bytes than a chunk has
 *
 * Each dump is written by the HDF5 library and read as it was written; then one
 * of its chunks is made shorter, or its length in the file's index is changed,
 * and it is refused. The library itself (1.10.8) reads such chunks, and what
 * lies behind them in memory.
 */
#include "dump/chunk_dump.h"

/* Debian's HDF5 2 is built with assertions, some of which fail for chunks of no
 * bytes or of too few: then it aborts, which ends this process and not only a
 * child that reads dumps. Nor does it write strings with a filter that it does
 * not have. */
#define LIBRARY_ABORTS H5_VERSION_GE(2, 0, 0)

/* ---- lengths in the index ---- */

/* As the file has it, on any host. */
static void put_u32(unsigned char *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
}

/* The key of the first chunk in an index: its length, no filters left out, the
 * place in the dataset and in an element. */
static void claim_length(uint32_t stored, uint32_t claimed)
{
    unsigned char key[32] = {0};
    unsigned char claim[4];
    put_u32(key, stored);
    put_u32(claim, claimed);
    patch(dump_path, key, sizeof key, claim, sizeof claim);
}

/* What HDF5 1.10 says of the length of a chunk without filters is not what it
 * reads. */
START_TEST(lengths_without_filters)
{
    static const struct {
        uint32_t length;
        const char *error;
    } claims[] = {
        {2 * CHUNK_BYTES, "it cannot be read"},
        {100000, "it cannot be read"},
        {CHUNK_BYTES + 1, "its length is wrong"},
        {CHUNK_BYTES - 1, "its length is wrong"},
        {1, "its length is wrong"},
        {0, "it cannot be read"},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        char error[100];
        if (claims[i].length == 0 && LIBRARY_ABORTS)
            continue;
        write_dump(dump_path, (struct how){.rows = ROWS,
                                           .classes = CLASSES,
                                           .chunk = CHUNK_ROWS});
        expect_good("as it was");
        claim_length(CHUNK_BYTES, claims[i].length);
        snprintf(error, sizeof error,
                 "/logits: the chunk at (0, 0) is damaged: %s",
                 claims[i].error);
        expect_bad("without filters", error);
    }
}
END_TEST

static hsize_t first_chunk_bytes(const char *name)
{
    const hsize_t at[2] = {0};
    hsize_t bytes = 0;
    hid_t file = H5Fopen(dump_path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    ck_assert_int_ge(H5Dget_chunk_storage_size(dataset, at, &bytes), 0);
    H5Dclose(dataset);
    H5Fclose(file);
    return bytes;
}

/* A chunk of no bytes is not one that was never written. */
START_TEST(no_bytes_with_filters)
{
    if (LIBRARY_ABORTS)
        return;
    write_dump(dump_path, (struct how){.rows = ROWS,
                                       .classes = CLASSES,
                                       .chunk = CHUNK_ROWS,
                                       .gzip = true});
    expect_good("gzip");
    claim_length((uint32_t)first_chunk_bytes("logits"), 0);
    expect_bad("gzip",
               "/logits: the chunk at (0, 0) is damaged: it cannot be read");
}
END_TEST

/* ---- chunks that the library reads ---- */

static void write_labels_with(hid_t group, hid_t type, hid_t plist)
{
    int64_t values[ROWS];
    const hsize_t rows = ROWS;
    for (int i = 0; i < ROWS; i++)
        values[i] = i % CLASSES;
    write_with(group, "labels", type, 1, &rows, plist, H5T_NATIVE_INT64,
               values);
}

/* Elements of a row are apart in a chunk, as the last axis may grow. */
START_TEST(lengths_of_what_the_library_reads)
{
    static const uint32_t lengths[] = {CHUNK_BYTES, 8, 0, 100000,
                                       2 * CHUNK_BYTES + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (lengths[i] == 0 && LIBRARY_ABORTS)
            continue;
        hid_t file = create(dump_path);
        write_logits_with(file, "logits", 3, chunked(3, CHUNK_ROWS));
        write_labels(file, ROWS);
        H5Fclose(file);
        expect_good("an axis more");
        claim_length(2 * CHUNK_BYTES, lengths[i]);
        expect_bad("an axis more",
                   "/logits: the chunk at (0, 0, 0) is damaged: it");
    }
}
END_TEST

/* Labels or logits whose chunks only the library can read. */

static void write_scaleoffset(hid_t file)
{
    hid_t plist = chunked(1, CHUNK_ROWS);
    H5Pset_scaleoffset(plist, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT);
    write_labels_with(file, H5T_STD_I64LE, plist);
    write_logits_with(file, "logits", 2, chunked(2, CHUNK_ROWS));
}

static void write_scaleoffset_and_more(hid_t file)
{
    hid_t plist = chunked(1, CHUNK_ROWS);
    H5Pset_scaleoffset(plist, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT);
    H5Pset_shuffle(plist);
    H5Pset_fletcher32(plist);
    write_labels_with(file, H5T_STD_I64LE, plist);
    write_logits_with(file, "logits", 2, chunked(2, CHUNK_ROWS));
}

static void write_nbit(hid_t file)
{
    hid_t plist = chunked(1, CHUNK_ROWS);
    hid_t type = H5Tcopy(H5T_STD_I32LE);
    H5Tset_precision(type, 12);
    H5Pset_nbit(plist);
    write_labels_with(file, type, plist);
    H5Tclose(type);
    write_logits_with(file, "logits", 2, chunked(2, CHUNK_ROWS));
}

/* All their bits: as they are, but that the first looks like a head. */
static void write_all_bits(hid_t file)
{
    int64_t ids[ROWS];
    const hsize_t rows = ROWS;
    hid_t plist = chunked(1, CHUNK_ROWS);
    for (int i = 0; i < ROWS; i++)
        ids[i] = 1000 + i;
    H5Pset_scaleoffset(plist, H5Z_SO_INT, 64);
    write_with(file, "ids", H5T_STD_I64LE, 1, &rows, plist, H5T_NATIVE_INT64,
               ids);
    write_labels(file, ROWS);
    write_logits_with(file, "logits", 2, chunked(2, CHUNK_ROWS));
}

static bool has_szip(void)
{
    unsigned config = 0;
    return H5Zfilter_avail(H5Z_FILTER_SZIP) > 0 &&
           H5Zget_filter_info(H5Z_FILTER_SZIP, &config) >= 0 &&
           (config & H5Z_FILTER_CONFIG_ENCODE_ENABLED);
}

static void write_szip(hid_t file)
{
    hid_t plist = chunked(2, CHUNK_ROWS);
    ck_assert_int_ge(H5Pset_szip(plist, H5_SZIP_NN_OPTION_MASK, 8), 0);
    write_logits_with(file, "logits", 2, plist);
    write_labels(file, ROWS);
}

/* As a plugin's, which may make more of a chunk than any other filter. */
#define GROWTH 8192

static size_t grow(unsigned flags, size_t count, const unsigned values[],
                   size_t size, size_t *room, void **buffer)
{
    (void)count, (void)values;
    if (flags & H5Z_FLAG_REVERSE) {
        memmove(*buffer, (char *)*buffer + GROWTH, size - GROWTH);
        return size - GROWTH;
    }
    char *grown = calloc(1, size + GROWTH);
    memcpy(grown + GROWTH, *buffer, size);
    free(*buffer);
    *buffer = grown;
    *room = size + GROWTH;
    return *room;
}

static void write_plugin(hid_t file)
{
    static const H5Z_class2_t class = {H5Z_CLASS_T_VERS, 300,  1,    1,
                                       "grow",           NULL, NULL, grow};
    hid_t plist = chunked(2, CHUNK_ROWS);
    ck_assert_int_ge(H5Zregister(&class), 0);
    ck_assert_int_ge(H5Pset_filter(plist, 300, 0, 0, NULL), 0);
    write_logits_with(file, "logits", 2, plist);
    write_labels(file, ROWS);
}

/* Chunks that the shape cuts are stored without filters. */
static void write_bare_edges(hid_t file)
{
    hid_t plist = chunked(2, 7);
    H5Pset_shuffle(plist);
    H5Pset_chunk_opts(plist, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    write_logits_with(file, "logits", 2, plist);
    write_labels(file, ROWS);
}

static const struct {
    const char *name;
    void (*write)(hid_t file);
    const char *dataset;
    hsize_t row;
    size_t bytes; /* of the chunk of this row, with its filters */
    size_t kept;
    const char *error;
} kinds[] = {
    /* 21 bytes, 2 bits for each label, which is below 4, and a byte that HDF5
     * always adds */
    {"scaleoffset", write_scaleoffset, "labels", 8, 24, 22,
     "/labels: the chunk at (8) is damaged: it is too short"},
    {"a short head", write_scaleoffset, "labels", 8, 24, 20,
     "/labels: the chunk at (8) is damaged: it is too short"},
    {"with others", write_scaleoffset_and_more, "labels", 8, 28, 3,
     "/labels: the chunk at (8) is damaged: it is too short"},
    /* 12 bits for each, and a byte */
    {"nbit", write_nbit, "labels", 16, 13, 11,
     "/labels: the chunk at (16) is damaged: it is too short"},
    {"all bits", write_all_bits, "ids", 8, 64, 60,
     "/ids: the chunk at (8) is damaged: its length is wrong"},
    {"szip", write_szip, "logits", 8, 0, 20,
     "/logits: the chunk at (8, 0) is damaged: its length is wrong"},
    {"a plugin", write_plugin, "logits", 8, CHUNK_BYTES + GROWTH, SIZE_MAX,
     NULL},
    {"inner chunk", write_bare_edges, "logits", 7, 7 * CLASSES * 4, 100,
     "/logits: the chunk at (7, 0) is damaged: its length is wrong"},
    {"edge", write_bare_edges, "logits", 35, 7 * CLASSES * 4, 100,
     "/logits: the chunk at (35, 0) is damaged: its length is wrong"},
};

/* Keeps the first bytes of a chunk. */
static void shorten_chunk(const char *name, hsize_t row, size_t bytes,
                          size_t kept)
{
    const hsize_t at[2] = {row, 0};
    unsigned char raw[1000];
    uint32_t mask = 0;
    hsize_t stored = 0;
    hid_t file = H5Fopen(dump_path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    ck_assert_int_ge(H5Dget_chunk_storage_size(dataset, at, &stored), 0);
    ck_assert_uint_eq(bytes > 0 ? bytes : stored, stored);
    ck_assert_uint_gt(stored, kept);
    ck_assert_uint_le(stored, sizeof raw);
    ck_assert_int_ge(H5Dread_chunk(dataset, H5P_DEFAULT, at, &mask, raw), 0);
    ck_assert_int_ge(H5Dwrite_chunk(dataset, H5P_DEFAULT, mask, at, kept, raw),
                     0);
    H5Dclose(dataset);
    H5Fclose(file);
}

START_TEST(short_chunks_that_the_library_reads)
{
    if (kinds[_i].write == write_szip && (!has_szip() || LIBRARY_ABORTS))
        return;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(dump_path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    kinds[_i].write(file);
    H5Fclose(file);
    expect_good(kinds[_i].name);
    if (kinds[_i].error == NULL)
        return; /* nobody can tell */
    shorten_chunk(kinds[_i].dataset, kinds[_i].row, kinds[_i].bytes,
                  kinds[_i].kept);
    expect_bad(kinds[_i].name, kinds[_i].error);
}
END_TEST

/* ---- strings of any length ---- */

#define REFERENCE 16 /* a length, the address of a heap, a number in it */

/* Ids that all are the same string, in chunks that are LZF of references: the
 * first one, and that it is repeated. h5py's filter has no parameters there. */
static void write_lzf_ids(const char *text)
{
    unsigned char raw[CHUNK_ROWS * REFERENCE];
    unsigned char lzf[1 + REFERENCE + 3] = {REFERENCE - 1};
    const char *texts[CHUNK_ROWS];
    const hsize_t rows = ROWS;
    const hsize_t few = CHUNK_ROWS;
    hsize_t at = 0;
    uint32_t mask;
    for (int i = 0; i < CHUNK_ROWS; i++)
        texts[i] = text;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    write_dump(dump_path, (struct how){.rows = ROWS, .classes = CLASSES});
    hid_t file = H5Fopen(dump_path, H5F_ACC_RDWR, H5P_DEFAULT);
    write_with(file, "plain", type, 1, &few, chunked(1, CHUNK_ROWS), type,
               texts);
    hid_t plain = H5Dopen2(file, "plain", H5P_DEFAULT);
    ck_assert_int_ge(H5Dread_chunk(plain, H5P_DEFAULT, &at, &mask, raw), 0);
    H5Dclose(plain);
    memcpy(lzf + 1, raw, REFERENCE);
    lzf[1 + REFERENCE] = 7 << 5;
    lzf[2 + REFERENCE] = (CHUNK_ROWS - 1) * REFERENCE - 9;
    lzf[3 + REFERENCE] = REFERENCE - 1;
    hid_t plist = chunked(1, CHUNK_ROWS);
    H5Pset_filter(plist, 32000, H5Z_FLAG_OPTIONAL, 0, NULL);
    write_with(file, "ids", type, 1, &rows, plist, type, NULL);
    hid_t ids = H5Dopen2(file, "ids", H5P_DEFAULT);
    for (; at < ROWS; at += CHUNK_ROWS)
        ck_assert_int_ge(
            H5Dwrite_chunk(ids, H5P_DEFAULT, 0, &at, sizeof lzf, lzf), 0);
    H5Dclose(ids);
    H5Tclose(type);
    H5Fclose(file);
}

START_TEST(strings_with_lzf)
{
    struct reading reading;
    struct dump_block block;
    struct dump_ids ids = {.values = NULL};
    if (LIBRARY_ABORTS)
        return;
    write_lzf_ids("sample 5");
    expect_good("lzf");
    ck_assert(find(&reading, dump_path, false));
    struct dump_reader *reader = dump_reader_create(&reading.index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    ck_assert(dump_reader_next(reader, &block));
    ck_assert_uint_eq(block.rows, ROWS);
    ck_assert(dump_read_ids(worker, &block, &ids, &reading.error));
    for (size_t i = 0; i < ROWS; i++)
        ck_assert_str_eq(((const char *const *)ids.values)[i], "sample 5");
    dump_ids_free(&ids);
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
    done(&reading);
    shorten_chunk("ids", 16, 1 + REFERENCE + 3, 1 + REFERENCE);
    expect_bad("lzf",
               "/ids: the chunk at (16) is damaged: its length is wrong");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunks");
    TCase *tests = suite_case(suite, "chunks");
    tcase_add_test(tests, lengths_without_filters);
    tcase_add_test(tests, no_bytes_with_filters);
    tcase_add_test(tests, lengths_of_what_the_library_reads);
    tcase_add_loop_test(tests, short_chunks_that_the_library_reads, 0,
                        sizeof kinds / sizeof *kinds);
    tcase_add_test(tests, strings_with_lzf);
    return run_dump_tests(suite, tests);
}
