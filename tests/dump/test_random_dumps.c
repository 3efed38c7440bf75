/*
 * test_random_dumps.c - random dumps, written by the HDF5 library, scanned and
 * compared with the definition
 *
 * Every turn draws a shape, element types, byte orders, a storage layout,
 * filters, kinds of labels and ids, writes a dump that way, and scans it with
 * some threads. The seed is printed with what fails: AUM_TEST_SEED repeats it.
 * Logits are multiples of 1/8 below 16 (integers below 120 in integer types),
 * so that every type holds them and a long double their sums, exactly.
 */
#include <hdf5.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dump/discover.h"
#include "scan/scan.h"
#include "suite.h"

#define ROWS_MAX 300
#define CLASSES_MAX 40
#define EPOCHS_MAX 4
#define PATH "tests/work/random.h5"

enum labels_kind {
    LABELS_I64,
    LABELS_BE_I16,
    LABELS_F32,
    LABELS_ONE_HOT,
    LABELS_KINDS
};
enum ids_kind {
    IDS_NONE,
    IDS_DENSE,
    IDS_SPARSE,
    IDS_FIXED,
    IDS_VARIABLE,
    IDS_KINDS
};

struct dump {
    uint64_t state;
    hsize_t rows;
    hsize_t classes; /* logits of a row */
    hsize_t epochs;
    bool cube;
    enum labels_kind labels_kind;
    enum ids_kind ids_kind;
    int type; /* of logits */
    double logits[EPOCHS_MAX][ROWS_MAX][CLASSES_MAX];
    int64_t order[EPOCHS_MAX][ROWS_MAX]; /* sample of a row */
    int64_t label[ROWS_MAX];             /* of a sample */
};

static struct dump dump;

static uint64_t below(uint64_t n)
{
    return random_below(&dump.state, n);
}

/* ---- types ---- */

static hid_t half_type(size_t exponent, size_t bias, H5T_order_t order)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 15 - exponent, exponent, 0, 15 - exponent);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, bias);
    H5Tset_order(type, order);
    return type;
}

#define TYPES 22

static hid_t logits_type(int type, bool *integral)
{
    const hid_t integers[] = {H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I16BE,
                              H5T_STD_I32LE, H5T_STD_I32BE, H5T_STD_I64LE,
                              H5T_STD_I64BE, H5T_STD_U8LE,  H5T_STD_U16LE,
                              H5T_STD_U16BE, H5T_STD_U32LE, H5T_STD_U32BE,
                              H5T_STD_U64LE, H5T_STD_U64BE};
    *integral = type >= 8;
    switch (type) {
    case 0:
        return half_type(5, 15, H5T_ORDER_LE);
    case 1:
        return half_type(5, 15, H5T_ORDER_BE);
    case 2:
        return half_type(8, 127, H5T_ORDER_LE);
    case 3:
        return half_type(8, 127, H5T_ORDER_BE);
    case 4:
        return H5Tcopy(H5T_IEEE_F32LE);
    case 5:
        return H5Tcopy(H5T_IEEE_F32BE);
    case 6:
        return H5Tcopy(H5T_IEEE_F64LE);
    case 7:
        return H5Tcopy(H5T_IEEE_F64BE);
    default:
        return H5Tcopy(integers[type - 8]);
    }
}

/* ---- writing ---- */

/* Storage of any kind for a dataset of these dimensions. */
static hid_t random_storage(int rank, const hsize_t *dims, hid_t type)
{
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    if (below(3) == 0)
        return plist; /* contiguous */
    hsize_t chunk[3];
    for (int i = 0; i < rank; i++)
        chunk[i] = below(3) == 0 ? dims[i] : 1 + below(dims[i]);
    H5Pset_chunk(plist, rank, chunk);
    if (below(2) == 0)
        H5Pset_shuffle(plist);
    if (below(2) == 0)
        H5Pset_deflate(plist, (unsigned)below(10));
    /* The library has no checksums for strings of any length. */
    if (below(3) == 0 && H5Tis_variable_str(type) <= 0)
        H5Pset_fletcher32(plist);
    return plist;
}

static void write_dataset(hid_t group, const char *name, hid_t type, int rank,
                          const hsize_t *dims, hid_t memory, const void *data)
{
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t plist = random_storage(rank, dims, type);
    hid_t dataset =
        H5Dcreate2(group, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    ck_assert(dataset >= 0);
    ck_assert(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >=
              0);
    H5Dclose(dataset);
    H5Pclose(plist);
    H5Sclose(space);
}

static double buffer[EPOCHS_MAX * ROWS_MAX * CLASSES_MAX];

static void write_logits(hid_t group, hsize_t first, hsize_t count)
{
    size_t n = 0;
    for (hsize_t t = first; t < first + count; t++)
        for (hsize_t i = 0; i < dump.rows; i++)
            for (hsize_t c = 0; c < dump.classes; c++)
                buffer[n++] = dump.logits[t][i][c];
    bool integral;
    hid_t type = logits_type(dump.type, &integral);
    const hsize_t dims[3] = {count, dump.rows, dump.classes};
    write_dataset(group, "logits", type, dump.cube ? 3 : 2, dims + !dump.cube,
                  H5T_NATIVE_DOUBLE, buffer);
    H5Tclose(type);
}

static void write_labels(hid_t group, hsize_t first, hsize_t count)
{
    static int64_t labels[EPOCHS_MAX * ROWS_MAX];
    const hsize_t classes = dump.classes == 1 ? 2 : dump.classes;
    size_t n = 0;
    size_t k = 0;
    for (hsize_t t = first; t < first + count; t++) {
        for (hsize_t i = 0; i < dump.rows; i++) {
            const int64_t label = dump.label[dump.order[t][i]];
            labels[n++] = label;
            for (hsize_t c = 0; c < classes; c++)
                buffer[k++] = (int64_t)c == label;
        }
    }
    const hsize_t dims[3] = {count, dump.rows, classes};
    if (dump.labels_kind == LABELS_ONE_HOT) {
        write_dataset(group, "labels", H5T_STD_U8LE, dump.cube ? 3 : 2,
                      dims + !dump.cube, H5T_NATIVE_DOUBLE, buffer);
        return;
    }
    const hid_t types[] = {H5T_STD_I64LE, H5T_STD_I16BE, H5T_IEEE_F32LE};
    write_dataset(group, "labels", types[dump.labels_kind], dump.cube ? 2 : 1,
                  dims + !dump.cube, H5T_NATIVE_INT64, labels);
}

static int64_t id_number(int64_t sample)
{
    return dump.ids_kind == IDS_SPARSE ? (sample - 150) * 1000000007 : sample;
}

static void id_text(int64_t sample, char text[16])
{
    snprintf(text, 16, "s%d", (int)(sample * sample));
}

static void write_ids(hid_t group, hsize_t first, hsize_t count)
{
    static int64_t numbers[EPOCHS_MAX * ROWS_MAX];
    static char texts[EPOCHS_MAX * ROWS_MAX][16];
    static char *pointers[EPOCHS_MAX * ROWS_MAX];
    size_t n = 0;
    for (hsize_t t = first; t < first + count; t++) {
        for (hsize_t i = 0; i < dump.rows; i++, n++) {
            numbers[n] = id_number(dump.order[t][i]);
            id_text(dump.order[t][i], texts[n]);
            pointers[n] = texts[n];
        }
    }
    const hsize_t dims[2] = {count, dump.rows};
    const int rank = dump.cube ? 2 : 1;
    if (dump.ids_kind == IDS_DENSE || dump.ids_kind == IDS_SPARSE) {
        write_dataset(group, "ids",
                      below(2) == 0 ? H5T_STD_I64LE : H5T_STD_I64BE, rank,
                      dims + !dump.cube, H5T_NATIVE_INT64, numbers);
        return;
    }
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, dump.ids_kind == IDS_FIXED ? 16 : H5T_VARIABLE);
    write_dataset(group, "ids", type, rank, dims + !dump.cube, type,
                  dump.ids_kind == IDS_FIXED ? (void *)texts
                                             : (void *)pointers);
    H5Tclose(type);
}

static void write_group(hid_t group, hsize_t first, hsize_t count)
{
    write_logits(group, first, count);
    write_labels(group, first, count);
    if (dump.ids_kind != IDS_NONE)
        write_ids(group, first, count);
}

static void write_file(void)
{
    hid_t file = H5Fcreate(PATH, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert(file >= 0);
    if (dump.cube) {
        write_group(file, 0, dump.epochs);
    } else {
        for (hsize_t t = 0; t < dump.epochs; t++) {
            char name[32];
            snprintf(name, sizeof name, "epoch_%d", (int)t);
            hid_t group =
                H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
            write_group(group, t, 1);
            H5Gclose(group);
        }
    }
    H5Fclose(file);
}

static void draw(void)
{
    bool integral;
    dump.rows = 1 + below(below(2) == 0 ? 20 : ROWS_MAX);
    dump.classes = below(8) == 0 ? 1 : 2 + below(CLASSES_MAX - 1);
    dump.epochs = 1 + below(EPOCHS_MAX);
    dump.cube = below(2) == 0;
    dump.type = (int)below(TYPES);
    dump.labels_kind = (enum labels_kind)below(LABELS_KINDS);
    dump.ids_kind = (enum ids_kind)below(IDS_KINDS);
    H5Tclose(logits_type(dump.type, &integral));
    const hsize_t classes = dump.classes == 1 ? 2 : dump.classes;
    for (hsize_t i = 0; i < dump.rows; i++)
        dump.label[i] = (int64_t)below(classes);
    for (hsize_t t = 0; t < dump.epochs; t++) {
        for (hsize_t i = 0; i < dump.rows; i++) {
            dump.order[t][i] = (int64_t)i;
            for (hsize_t c = 0; c < dump.classes; c++)
                dump.logits[t][i][c] = integral
                                           ? (double)below(120)
                                           : ((double)below(255) - 127) / 8;
        }
        for (hsize_t i = dump.rows; dump.ids_kind != IDS_NONE && i-- > 1;) {
            const hsize_t j = below(i + 1);
            const int64_t swapped = dump.order[t][i];
            dump.order[t][i] = dump.order[t][j];
            dump.order[t][j] = swapped;
        }
    }
    /* A cube of one row or class, or of as many rows as epochs, could be read
     * in two ways; the labels decide, but not here. */
    if (dump.rows == 1 || dump.epochs == 1 || dump.rows == dump.epochs ||
        dump.classes == 1)
        dump.cube = false;
    if (dump.rows == 1 && dump.labels_kind == LABELS_ONE_HOT)
        dump.labels_kind = LABELS_I64;
    if (dump.rows == 1 && dump.classes == 2 &&
        dump.labels_kind != LABELS_ONE_HOT)
        dump.labels_kind = LABELS_I64;
}

/* ---- the definition ---- */

struct expected {
    long double sum;
    unsigned votes[CLASSES_MAX]; /* at how many epochs each class won */
    double worst;
    int64_t worst_class;
    int64_t suggested;
    double share; /* 0: unknown */
};

static struct expected expected[ROWS_MAX];

/* The class with the most votes, unless more than four have some. */
static void elect(struct expected *e)
{
    int64_t best = -1;
    size_t classes = 0;
    for (size_t c = 0; c < CLASSES_MAX; c++) {
        classes += e->votes[c] > 0;
        if (e->votes[c] > 0 && (best < 0 || e->votes[c] > e->votes[best]))
            best = (int64_t)c;
    }
    e->suggested = classes > 4 ? e->worst_class : best;
    e->share = classes > 4 || best < 0
                   ? 0
                   : (double)e->votes[best] / (double)dump.epochs;
}

static void expect(void)
{
    memset(expected, 0, sizeof expected);
    for (hsize_t t = 0; t < dump.epochs; t++) {
        for (hsize_t i = 0; i < dump.rows; i++) {
            const int64_t sample = dump.order[t][i];
            const int64_t y = dump.label[sample];
            struct expected *e = &expected[sample];
            double z[CLASSES_MAX] = {0};
            if (dump.classes == 1)
                z[1] = dump.logits[t][i][0];
            else
                memcpy(z, dump.logits[t][i], sizeof z);
            const int64_t classes =
                dump.classes == 1 ? 2 : (int64_t)dump.classes;
            int64_t other = y == 0 ? 1 : 0;
            for (int64_t c = classes; c-- > 0;) {
                if (c != y && z[c] >= z[other])
                    other = c;
            }
            const double margin = z[y] - z[other];
            e->sum += (long double)margin;
            e->votes[other] += margin < 0;
            if (margin < 0 && (margin < e->worst || (margin == e->worst &&
                                                     other < e->worst_class))) {
                e->worst = margin;
                e->worst_class = other;
            }
        }
    }
    for (hsize_t i = 0; i < dump.rows; i++)
        elect(&expected[i]);
}

/* ---- one turn ---- */

static void ignore(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static int64_t sample_of(const struct aum_id *id)
{
    char text[16];
    for (int64_t i = 0; i < (int64_t)dump.rows; i++) {
        id_text(i, text);
        if (id->kind == AUM_IDS_STRING ? strcmp(id->string, text) == 0
                                       : id->int64 == id_number(i))
            return i;
    }
    return -1;
}

static void check_turn(uint64_t seed)
{
    struct dump_index index = {0};
    const struct dump_names names = {0};
    struct error error;
    struct dump_found found;
    ck_assert_msg(
        dump_discover(&index, PATH, &names, &found, ignore, NULL, &error),
        "seed %" PRIu64 ": %s", seed, error.text);
    struct scan_options options = {
        .epochs = DUMP_ALL_EPOCHS,
        .threshold_class = AUM_NO_CLASS,
        .threads = 1 + (unsigned)below(4),
        .progress = PROGRESS_NEVER,
    };
    ck_assert(dump_index_finish(&index, options.epochs, &error));
    ck_assert_uint_eq(index.epochs, dump.epochs);
    struct messages messages = {.level = LOG_QUIET};
    struct scan_result result = {.tally = aum_tally_create(NULL)};
    ck_assert_msg(
        scan_run(&index, NULL, &options, NULL, 0, &messages, &result, &error),
        "seed %" PRIu64 ": %s", seed, error.text);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(result.tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), dump.rows);
    for (size_t i = 0; i < dump.rows; i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        const int64_t sample = sample_of(&row.id);
        ck_assert_msg(sample >= 0, "seed %" PRIu64, seed);
        const double aum =
            (double)(expected[sample].sum / (long double)dump.epochs);
        ck_assert_msg(
            fabs(row.aum - aum) <= 0x1p-52 * fabs(aum) &&
                row.label == dump.label[sample] &&
                row.measurements == dump.epochs &&
                (row.suggested_label == AUM_NO_CLASS
                     ? -1
                     : (int64_t)row.suggested_label) ==
                    expected[sample].suggested &&
                (isnan(row.suggested_share) ? 0 : row.suggested_share) ==
                    expected[sample].share,
            "seed %" PRIu64 ": sample %" PRId64 ": aum %.17g, not %.17g; "
            "suggested %u, not %" PRId64,
            seed, sample, row.aum, aum, row.suggested_label,
            expected[sample].suggested);
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(result.tally);
    dump_index_destroy(&index);
}

#define TURNS 60

START_TEST(random_dumps_are_read_as_written)
{
    struct error error;
    ck_assert(dump_start(&error));
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        const uint64_t seed = random_seed((uint64_t)(_i + 1) * 1000 + turn);
        dump.state = seed;
        draw();
        write_file();
        expect();
        check_turn(seed);
    }
    unlink(PATH);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_dumps");
    TCase *tests = suite_case(suite, "random_dumps");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, random_dumps_are_read_as_written, 0, 8);
    return suite_run(suite);
}
