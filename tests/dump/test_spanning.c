/*
 * test_spanning.c - chunks that span several epochs
 *
 * What is read is compared with what was written; how many chunks there are is
 * by hand.
 */
#include <stdlib.h>

#include "dump/write_dump.h"

#define EPOCHS 6

static double value(uint64_t epoch, uint64_t row, uint64_t class)
{
    return logit(row, class) + (double)epoch;
}

/* Chunks of some epochs, rows and classes. */
static void write_cube(const hsize_t chunk[3], bool gzip)
{
    static double values[EPOCHS * ROWS * CLASSES];
    const hsize_t dims[3] = {EPOCHS, ROWS, CLASSES};
    for (uint64_t i = 0; i < EPOCHS * ROWS * CLASSES; i++)
        values[i] = value(i / CLASSES / ROWS, i / CLASSES % ROWS, i % CLASSES);
    hid_t file = create(dump_path);
    hid_t space = H5Screate_simple(3, dims, NULL);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 3, chunk);
    if (gzip)
        H5Pset_deflate(plist, 4);
    write_dataset(file, "logits", H5T_IEEE_F32LE, space, plist,
                  H5T_NATIVE_DOUBLE, values);
    write_labels(file, ROWS);
    H5Fclose(file);
}

struct seen {
    double values[ROWS * CLASSES];
};

static void take(void *context, const struct dump_piece *piece)
{
    struct seen *seen = context;
    for (size_t i = 0; i < piece->rows; i++) {
        const char *row = (const char *)piece->data + i * piece->row_stride;
        for (size_t c = 0; c < piece->classes; c++)
            seen->values[(piece->first_row + i) * CLASSES + piece->first_class +
                         c] = (double)((const float *)row)[c];
    }
}

static const struct {
    hsize_t chunk[3];
    bool gzip;
    uint64_t chunks; /* of logits; each is fetched once */
} cases[] = {
    {{4, 16, 4}, true, 2 * 3},
    {{6, 40, 4}, true, 1},
    {{2, 7, 3}, true, 3 * 6 * 2},
    {{5, 40, 1}, false, 2 * 4},
};

START_TEST(chunks_are_decoded_once)
{
    struct reading reading;
    write_cube(cases[_i].chunk, cases[_i].gzip);
    ck_assert_msg(find(&reading, dump_path, false), "%s", reading.error.text);
    ck_assert_uint_eq(reading.index.record_count, EPOCHS);
    struct dump_reader *reader = dump_reader_create(&reading.index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    struct dump_block block;
    uint64_t rows = 0;
    while (dump_reader_next(reader, &block)) {
        static struct seen seen;
        ck_assert(
            dump_read_logits(worker, &block, take, &seen, &reading.error));
        for (size_t i = 0; i < block.rows * CLASSES; i++)
            ck_assert_double_eq(seen.values[i],
                                value(block.record,
                                      block.first_row + i / CLASSES,
                                      i % CLASSES));
        rows += block.rows;
    }
    ck_assert_uint_eq(rows, EPOCHS * ROWS);
    ck_assert_uint_eq(dump_worker_fetched(worker), cases[_i].chunks);
    dump_worker_destroy(worker);
    ck_assert(dump_reader_verify(reader, &reading.error));
    dump_reader_destroy(reader);
    done(&reading);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spanning");
    TCase *tests = suite_case(suite, "spanning");
    tcase_add_loop_test(tests, chunks_are_decoded_once, 0,
                        sizeof cases / sizeof *cases);
    return run_dump_tests(suite, tests);
}
