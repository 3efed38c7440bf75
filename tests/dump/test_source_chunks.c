/*
 * test_source_chunks.c - chunks of sources of virtual datasets that hold fewer
 * bytes than a chunk has
 *
 * The HDF5 library reads them by itself, and what lies behind them in memory.
 * Rows that need a damaged chunk have to be refused; all others are read.
 */
#include "dump/chunk_dump.h"

/* Maps so many rows, each `stride`-th of a source. */
static void map_source(const char *name, const char *as, hid_t type, int rank,
                       hsize_t rows, hsize_t source_rows, hsize_t stride)
{
    const hsize_t dims[2] = {rows, CLASSES};
    const hsize_t from[2] = {source_rows, CLASSES};
    const hsize_t first[2] = {0};
    const hsize_t step[2] = {stride, 1};
    hid_t file = H5Fopen(dump_path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t source = H5Screate_simple(rank, from, NULL);
    ck_assert_int_ge(
        H5Sselect_hyperslab(source, H5S_SELECT_SET, first, step, dims, NULL),
        0);
    ck_assert_int_ge(H5Pset_virtual(plist, space, "other.h5", name, source), 0);
    H5Sclose(source);
    write_dataset(file, as, type, space, plist, 0, NULL);
    H5Fclose(file);
}

/* A chunk of the source becomes one of half as many bytes, in its place. */
static void halve_chunk(hid_t file, const char *whole, const char *half,
                        hsize_t row)
{
    const hsize_t first[2] = {0, 0};
    const hsize_t second[2] = {row, 0};
    static unsigned char raw[100000];
    uint32_t mask;
    hsize_t size = 0;
    hid_t from = H5Dopen2(file, half, H5P_DEFAULT);
    hid_t to = H5Dopen2(file, whole, H5P_DEFAULT);
    ck_assert_int_ge(H5Dget_chunk_storage_size(from, first, &size), 0);
    ck_assert_uint_le(size, sizeof raw);
    ck_assert_int_ge(H5Dread_chunk(from, H5P_DEFAULT, first, &mask, raw), 0);
    ck_assert_int_ge(
        H5Dwrite_chunk(to, H5P_DEFAULT, mask, second, (size_t)size, raw), 0);
    H5Dclose(from);
    H5Dclose(to);
}

START_TEST(short_chunks_of_sources)
{
    struct reading reading;
    for (int bad = 0; bad < 2; bad++) {
        hid_t source = create(other_path);
        for (int half = 0; half < 2; half++) {
            hid_t plist = chunked(2, half ? CHUNK_ROWS / 2 : CHUNK_ROWS);
            H5Pset_deflate(plist, 4);
            write_logits_with(source, half ? "half" : "whole", 2, plist);
        }
        if (bad)
            halve_chunk(source, "whole", "half", CHUNK_ROWS);
        H5Fclose(source);
        hid_t file = create(dump_path);
        write_labels(file, ROWS);
        H5Fclose(file);
        map_source("whole", "logits", H5T_IEEE_F32LE, 2, ROWS, ROWS, 1);
        if (!bad)
            expect_good("a source with gzip");
    }
    ck_assert(find(&reading, dump_path, false));
    ck_assert(!read_all(&reading));
    assert_says(&reading, "/whole: damaged: the chunk at (8, 0): its length is "
                          "wrong");
    ck_assert(!read_all(&reading)); /* nor for another reader */
    assert_says(&reading, "/whole: damaged: ");
    done(&reading);
}
END_TEST

/* ---- damage in some rows of a source ---- */

#define SOURCE_ROWS 4000
#define SOURCE_CHUNK 1000
#define ALL_GOOD ((hsize_t)-1)

/* A dataset with a chunk that is damaged, from row `bad` on. */
static void add_source(hid_t file, const char *name, hsize_t rows,
                       hsize_t chunk, hsize_t bad)
{
    for (int half = 0; half < 2; half++) {
        write_logits(file, (struct how){.rows = rows,
                                        .classes = CLASSES,
                                        .chunk = half ? chunk / 2 : chunk,
                                        .gzip = true});
        H5Lmove(file, "logits", file, half ? "half" : name, H5P_DEFAULT,
                H5P_DEFAULT);
    }
    if (bad != ALL_GOOD)
        halve_chunk(file, name, "half", bad);
    H5Ldelete(file, "half", H5P_DEFAULT);
}

static void make_sources(void)
{
    hid_t file = create(other_path);
    add_source(file, "good", SOURCE_ROWS, SOURCE_CHUNK, ALL_GOOD);
    add_source(file, "bad", SOURCE_ROWS, SOURCE_CHUNK, 2000);
    H5Fclose(file);
}

/* Which rows of which record cannot be read. */
struct bad_rows {
    size_t record;
    hsize_t first;
    hsize_t last;
};

/* Chunks do not begin where these do. */
#define PART_ROWS 700

/* Reads some rows at a time, and compares those that are read with what the
 * sources have, of so many rows each: row 0 is their row `shift`. With gaps,
 * not all elements are mapped; the others are 0. */
static void check_rows(const struct bad_rows *bad, size_t bad_count,
                       hsize_t shift, hsize_t source_rows, bool gaps)
{
    struct reading reading;
    struct dump_block block;
    size_t failed = 0;
    ck_assert_msg(find(&reading, dump_path, false), "%s", reading.error.text);
    struct dump_reader *reader = dump_reader_create(&reading.index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    while (dump_reader_next(reader, &block)) {
        const uint64_t end = block.first_row + block.rows;
        for (; block.first_row < end; block.first_row += block.rows) {
            double values[PART_ROWS * CLASSES];
            bool meets = false;
            block.rows = end - block.first_row < PART_ROWS
                             ? (size_t)(end - block.first_row)
                             : PART_ROWS;
            for (size_t i = 0; i < bad_count; i++)
                meets |= block.record == bad[i].record &&
                         block.first_row <= bad[i].last &&
                         block.first_row + block.rows > bad[i].first;
            const bool read = dump_read_logits(worker, &block, copy_values,
                                               values, &reading.error);
            ck_assert_msg(read == !meets, "record %zu, row %d: %s",
                          block.record, (int)block.first_row,
                          read ? "read" : reading.error.text);
            failed += !read;
            for (size_t i = 0; read && i < block.rows * CLASSES; i++) {
                const hsize_t row = block.first_row + shift + i / CLASSES;
                if (!gaps || values[i] != 0)
                    ck_assert_double_eq(values[i],
                                        logit(row % source_rows, i % CLASSES));
            }
        }
    }
    ck_assert_uint_gt(failed, 0);
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
    done(&reading);
}

/* Rows of the virtual dataset, whose axis of epochs there need not be, and
 * those of a source of SOURCE_ROWS rows. */
struct part {
    hsize_t epoch;
    hsize_t to;
    const char *name;
    hsize_t from;
    hsize_t rows;
};

static void map_part(hid_t plist, hid_t space, const struct part *part)
{
    const hsize_t dims[2] = {SOURCE_ROWS, CLASSES};
    const hsize_t start[3] = {part->epoch, part->to, 0};
    const hsize_t count[3] = {1, part->rows, CLASSES};
    const hsize_t source_start[2] = {part->from, 0};
    const int skip = H5Sget_simple_extent_ndims(space) == 3 ? 0 : 1;
    hid_t source = H5Screate_simple(2, dims, NULL);
    H5Sselect_hyperslab(source, H5S_SELECT_SET, source_start, NULL, count + 1,
                        NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start + skip, NULL, count + skip,
                        NULL);
    ck_assert_int_ge(
        H5Pset_virtual(plist, space, "other.h5", part->name, source), 0);
    H5Sclose(source);
}

/* Creates a dataset of these mappings in a file with labels. */
static void write_virtual(hid_t plist, hid_t space, hsize_t rows)
{
    hid_t file = create(dump_path);
    write_labels(file, rows);
    H5Sselect_all(space);
    write_dataset(file, "logits", H5T_IEEE_F32LE, space, plist, 0, NULL);
    H5Fclose(file);
}

/* A virtual dataset of these parts, of which some rows cannot be read. */
static void check_parts(int rank, const hsize_t *dims, const struct part *parts,
                        size_t count, const struct bad_rows *bad, hsize_t shift)
{
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(rank, dims, NULL);
    make_sources();
    for (size_t i = 0; i < count; i++)
        map_part(plist, space, &parts[i]);
    write_virtual(plist, space, dims[rank - 2]);
    check_rows(bad, 1, shift, SOURCE_ROWS, false);
}

START_TEST(rows_of_one_source)
{
    static const struct bad_rows bad = {0, 2000, 2999};
    static const struct part part = {0, 0, "bad", 0, SOURCE_ROWS};
    check_parts(2, (const hsize_t[]){SOURCE_ROWS, CLASSES}, &part, 1, &bad, 0);
}
END_TEST

/* Neither begins where the other does, nor where the virtual dataset does. */
START_TEST(rows_of_two_sources)
{
    static const struct bad_rows bad = {0, 5000, 5999};
    static const struct part parts[] = {{0, 0, "good", 1000, 3000},
                                        {0, 3000, "bad", 0, SOURCE_ROWS}};
    check_parts(2, (const hsize_t[]){7000, CLASSES}, parts, 2, &bad, 1000);
}
END_TEST

START_TEST(rows_of_an_epoch)
{
    static const struct bad_rows bad = {1, 2000, 2999};
    static const struct part parts[] = {{0, 0, "good", 0, SOURCE_ROWS},
                                        {1, 0, "bad", 0, SOURCE_ROWS},
                                        {2, 0, "good", 0, SOURCE_ROWS}};
    check_parts(3, (const hsize_t[]){3, SOURCE_ROWS, CLASSES}, parts, 3, &bad,
                0);
}
END_TEST

/* Maps columns to those of part_0, part_1 and so on, 1000 rows each. */
static void map_series(hid_t plist, hid_t space, hsize_t row, hsize_t column,
                       hsize_t columns)
{
    const hsize_t dims[2] = {1000, CLASSES};
    const hsize_t start[2] = {row, column};
    const hsize_t stride[2] = {1000, 1};
    const hsize_t count[2] = {H5S_UNLIMITED, 1};
    const hsize_t block[2] = {1000, columns};
    const hsize_t source_start[2] = {0, column};
    hid_t source = H5Screate_simple(2, dims, NULL);
    H5Sselect_hyperslab(source, H5S_SELECT_SET, source_start, NULL, block,
                        NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, count, block);
    ck_assert_int_ge(
        H5Pset_virtual(plist, space, "other.h5", "part_%b", source), 0);
    H5Sclose(source);
}

/* The third part has a chunk that is damaged. */
static void make_series(void)
{
    hid_t file = create(other_path);
    for (int part = 0; part < 4; part++) {
        char name[20];
        snprintf(name, sizeof name, "part_%d", part);
        add_source(file, name, 1000, 500, part == 2 ? 500 : ALL_GOOD);
    }
    H5Fclose(file);
}

START_TEST(rows_of_a_series)
{
    static const struct bad_rows bad = {0, 2000, 2999}; /* that part */
    const hsize_t dims[2] = {4000, CLASSES};
    const hsize_t most[2] = {H5S_UNLIMITED, CLASSES};
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dims, most);
    make_series();
    map_series(plist, space, 0, 0, CLASSES);
    write_virtual(plist, space, dims[0]);
    check_rows(&bad, 1, 0, 1000, false);
}
END_TEST

/* Of the same names, but the columns of the second come later. */
START_TEST(rows_of_two_series)
{
    static const struct bad_rows bad[] = {{0, 2000, 2999}, {0, 3000, 3999}};
    const hsize_t dims[2] = {5000, CLASSES};
    const hsize_t most[2] = {H5S_UNLIMITED, CLASSES};
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dims, most);
    make_series();
    map_series(plist, space, 0, 0, 2);
    map_series(plist, space, 1000, 2, 2);
    write_virtual(plist, space, dims[0]);
    check_rows(bad, 2, 0, 1000, true);
}
END_TEST

/* Far more chunks than were written; one is damaged, which lies after those
 * that are mapped, or among them. */
START_TEST(large_sources)
{
    const hsize_t rows = 200000;
    const hsize_t dims[2] = {200000, CLASSES};
    for (hsize_t stride = 1; stride <= 5000; stride += 4999) {
        float row[CLASSES];
        hid_t plist = chunked(2, 1);
        H5Pset_shuffle(plist);
        hid_t source = create(other_path);
        write_with(source, "z", H5T_IEEE_F32LE, 2, dims, plist, 0, NULL);
        hid_t dataset = H5Dopen2(source, "z", H5P_DEFAULT);
        for (hsize_t i = 0; i < ROWS; i++) {
            const hsize_t at[2] = {i * stride, 0};
            unsigned char shuffled[sizeof row];
            for (hsize_t c = 0; c < CLASSES; c++)
                row[c] = (float)logit(i, c);
            for (size_t b = 0; b < sizeof row; b++)
                shuffled[b % 4 * CLASSES + b / 4] = ((unsigned char *)row)[b];
            ck_assert_int_ge(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, at,
                                            sizeof row, shuffled),
                             0);
        }
        const hsize_t bad[2] = {100001, 0};
        ck_assert_int_ge(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, bad, 3, row),
                         0);
        H5Dclose(dataset);
        H5Fclose(source);
        hid_t file = create(dump_path);
        write_labels(file, ROWS);
        H5Fclose(file);
        map_source("z", "logits", H5T_IEEE_F32LE, 2, ROWS, rows, stride);
        if (stride == 1)
            expect_good("after them");
        else
            expect_bad("among them", "the chunk at (100001, 0): its length");
    }
}
END_TEST

/* A source without chunks that holds 29 labels, but says 40. */
START_TEST(short_sources)
{
    static const int64_t labels[29] = {0};
    const hsize_t few = 29;
    /* version 1, one axis, its greatest length follows, 5 bytes of nothing */
    const unsigned char shape[24] = {1, 1, 1, [8] = 29, [16] = 29};
    const unsigned char longer[24] = {1, 1, 1, [8] = ROWS, [16] = ROWS};
    for (int compact = 0; compact < 2; compact++) {
        struct reading reading;
        hid_t source = create(other_path);
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
        hid_t space = H5Screate_simple(1, &few, NULL);
        H5Pset_layout(plist, compact ? H5D_COMPACT : H5D_CONTIGUOUS);
        write_dataset(source, "y", H5T_STD_I64LE, space, plist,
                      H5T_NATIVE_INT64, labels);
        H5Fclose(source);
        patch(other_path, shape, sizeof shape, longer, sizeof longer);
        hid_t file = create(dump_path);
        write_logits(file, (struct how){.rows = ROWS, .classes = CLASSES});
        H5Fclose(file);
        map_source("y", "labels", H5T_STD_I64LE, 1, ROWS, ROWS, 1);
        ck_assert(!find(&reading, dump_path, false) || !read_all(&reading));
        assert_says(&reading, "/labels: ");
        if (compact && !H5_VERSION_GE(1, 12, 0)) /* which sees it, too */
            assert_says(&reading, "asks for 320 bytes, of which it holds 232");
        done(&reading);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("source_chunks");
    TCase *tests = suite_case(suite, "source_chunks");
    tcase_add_test(tests, short_chunks_of_sources);
    tcase_add_test(tests, rows_of_one_source);
    tcase_add_test(tests, rows_of_two_sources);
    tcase_add_test(tests, rows_of_an_epoch);
    tcase_add_test(tests, rows_of_a_series);
    tcase_add_test(tests, rows_of_two_series);
    tcase_add_test(tests, large_sources);
    tcase_add_test(tests, short_sources);
    return run_dump_tests(suite, tests);
}
