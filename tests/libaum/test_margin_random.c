/*
 * test_margin_random.c - margins of random rows of every type, whole and in
 * pieces, one by one and many at once; expected values by the definition,
 * computed here with plain loops over doubles
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "aum.h"
#include "libaum/margins.h"
#include "suite.h"

#define CLASSES_MAX 4100

/* Three times as many rows as are measured at once, and some; of more classes
 * than are measured across rows. */
#define MANY_ROWS 100
#define MANY_CLASSES 70
#define GAP_MAX 3

#define ELEMENTS_MAX ((size_t)MANY_ROWS * (MANY_CLASSES + GAP_MAX))

static union {
    uint64_t u64[ELEMENTS_MAX];
    unsigned char bytes[8 * ELEMENTS_MAX];
} storage;
static double values[CLASSES_MAX];

/* Writes a random element and returns its value as a double. */
static double random_element(uint64_t *state, enum aum_type type, size_t i)
{
    static const double special[] = {0.0,   -0.0,     1,        -1,
                                     1e-42, INFINITY, -INFINITY};
    const uint64_t r = random_next(state);
    double x = r % 8 == 0 ? special[r / 8 % 7]
                          : (double)(int64_t)(r >> 8 & 0xfff) / 64 - 32;
    const uint16_t half = (uint16_t)(r >> 20);
#define PUT(ctype, value)                                                     \
    do {                                                                      \
        ctype element = (ctype)(value);                                       \
        memcpy(storage.bytes + i * sizeof element, &element, sizeof element); \
        return (double)element;                                               \
    } while (0)
    switch (type) {
    case AUM_F16:
        memcpy(storage.bytes + 2 * i, &half, 2);
        return binary16(half);
    case AUM_BF16: {
        const uint32_t bits = (uint32_t)half << 16;
        float f;
        memcpy(&f, &bits, 4);
        memcpy(storage.bytes + 2 * i, &half, 2);
        return (double)f;
    }
    case AUM_F32:
        PUT(float, x);
    case AUM_F64:
        PUT(double, x);
    case AUM_I8:
        PUT(int8_t, r);
    case AUM_I16:
        PUT(int16_t, r);
    case AUM_I32:
        PUT(int32_t, r);
    case AUM_I64:
        PUT(int64_t, r);
    case AUM_U8:
        PUT(uint8_t, r);
    case AUM_U16:
        PUT(uint16_t, r);
    case AUM_U32:
        PUT(uint32_t, r);
    case AUM_U64:
        PUT(uint64_t, r);
    }
    return 0;
}

static void check_row(enum aum_type type, size_t classes, uint32_t y, double a,
                      double o, uint32_t c, uint64_t seed)
{
    double other = -INFINITY;
    uint32_t other_class = AUM_NO_CLASS;
    bool nan = false;
    for (uint32_t i = 0; i < classes; i++) {
        if (i == y)
            continue;
        nan |= isnan(values[i]);
        if (values[i] > other || other_class == AUM_NO_CLASS) {
            other = values[i];
            other_class = i;
        }
    }
    /* The first NaN is no maximum: look again without them. */
    if (nan)
        other = NAN;
    if (!(other > values[y]))
        other_class = AUM_NO_CLASS;
    const bool same = (isnan(values[y]) ? isnan(a) : a == values[y]) &&
                      (isnan(other) ? isnan(o) : o == other) &&
                      (isnan(other) || c == other_class);
    ck_assert_msg(same,
                  "type %d, %zu classes, label %u, seed %llu: %g %g %u, not "
                  "%g %g %u",
                  (int)type, classes, y, (unsigned long long)seed, a, o, c,
                  values[y], other, other_class);
}

static const size_t class_counts[] = {2,   3,   4,   5,   7,   8,    10,  15,
                                      16,  17,  31,  32,  33,  63,   64,  65,
                                      100, 127, 128, 129, 255, 1000, 4097};

START_TEST(random_rows_whole_and_in_pieces)
{
    const enum aum_type type = (enum aum_type)(_i % 12);
    uint64_t seed = random_seed(20200606) + (uint64_t)_i;
    uint64_t state = seed;
    if (!aum_kernel_select(kernel_names[_i / 12]))
        return; /* not on this processor */
    const size_t size = aum_type_size(type);
    for (size_t k = 0; k < sizeof class_counts / sizeof *class_counts; k++) {
        const size_t classes = class_counts[k];
        for (int turn = 0; turn < 40; turn++) {
            for (size_t i = 0; i < classes; i++)
                values[i] = random_element(&state, type, i);
            const uint32_t y = (uint32_t)random_below(&state, classes);
            double a;
            double o;
            uint32_t c;
            const struct aum_measurements out = {&a, &o, &c};
            measure(type, storage.bytes, 1, classes, &y, out);
            check_row(type, classes, y, a, o, c, seed);

            aum_measure_clear(out, 1);
            for (size_t first = 0; first < classes;) {
                size_t n = 1 + random_below(&state, classes - first);
                const struct aum_logits piece = {.data = storage.bytes +
                                                         first * size,
                                                 .type = type,
                                                 .rows = 1,
                                                 .classes = n};
                aum_measure_piece(&piece, first, &y, out);
                first += n;
            }
            aum_measure_finish(out, 1);
            check_row(type, classes, y, a, o, c, seed);
        }
    }
}
END_TEST

/* Sets an element of a floating type to NaN or to -infinity. */
static void put_special(enum aum_type type, size_t i, size_t at, bool nan)
{
    const float f = nan ? NAN : -INFINITY;
    const double d = nan ? (double)NAN : -(double)INFINITY;
    const uint16_t half = nan ? 0xfe00 : 0xfc00;
    const uint16_t bf16 = nan ? 0xffc0 : 0xff80;
    if (type == AUM_F32)
        memcpy(storage.bytes + i * sizeof f, &f, sizeof f);
    else if (type == AUM_F64)
        memcpy(storage.bytes + i * sizeof d, &d, sizeof d);
    else if (type == AUM_F16)
        memcpy(storage.bytes + i * sizeof half, &half, sizeof half);
    else if (type == AUM_BF16)
        memcpy(storage.bytes + i * sizeof bf16, &bf16, sizeof bf16);
    else
        return;
    values[at] = d;
}

/* Rows in the storage, and what is measured of them. */
struct many_rows {
    size_t classes;
    size_t gap; /* elements between rows */
    double values[MANY_ROWS * MANY_CLASSES];
    uint32_t labels[MANY_ROWS];
    double assigned[MANY_ROWS];
    double other[MANY_ROWS];
    uint32_t other_class[MANY_ROWS];
};

static void make_rows(struct many_rows *rows, enum aum_type type,
                      size_t classes, uint64_t *state)
{
    rows->classes = classes;
    rows->gap = random_below(state, GAP_MAX + 1);
    for (size_t r = 0; r < MANY_ROWS; r++) {
        const size_t first = r * (classes + rows->gap);
        const uint64_t kind = random_below(state, 16);
        rows->labels[r] = (uint32_t)random_below(state, classes);
        if (random_below(state, 10) == 0)
            rows->labels[r] = AUM_NO_CLASS;
        for (size_t i = 0; i < classes; i++) {
            values[i] = random_element(state, type, first + i);
            if (kind == 0 && i != rows->labels[r])
                put_special(type, first + i, i, false);
        }
        if (kind == 1 || kind == 2) {
            const size_t at = random_below(state, classes);
            put_special(type, first + at, at, true);
        }
        memcpy(rows->values + r * classes, values, classes * sizeof *values);
    }
}

static void check_rows(const struct many_rows *rows, enum aum_type type,
                       uint64_t seed)
{
    for (size_t r = 0; r < MANY_ROWS; r++) {
        memcpy(values, rows->values + r * rows->classes,
               rows->classes * sizeof *values);
        if (rows->labels[r] == AUM_NO_CLASS) {
            ck_assert(isnan(rows->assigned[r]));
            ck_assert_uint_eq(rows->other_class[r], AUM_NO_CLASS);
            continue;
        }
        check_row(type, rows->classes, rows->labels[r], rows->assigned[r],
                  rows->other[r], rows->other_class[r], seed);
    }
}

/* Before the end, the class of the largest is known even if it is not above the
 * assigned logit. */
static void check_largest(const struct many_rows *rows)
{
    for (size_t r = 0; r < MANY_ROWS; r++) {
        const double *z = rows->values + r * rows->classes;
        const uint32_t y = rows->labels[r];
        if (isnan(rows->other[r]))
            continue;
        uint32_t first = y == 0;
        for (uint32_t i = first + 1; i < rows->classes; i++)
            first = i != y && z[i] > z[first] ? i : first;
        ck_assert_double_eq(rows->other[r], z[first]);
        ck_assert_uint_eq(rows->other_class[r], first);
    }
}

/* Pieces of all classes, in random order. */
static void measure_in_pieces(struct many_rows *rows, enum aum_type type,
                              uint64_t *state)
{
    size_t starts[MANY_CLASSES + 1];
    size_t order[MANY_CLASSES];
    size_t count = 0;
    const size_t size = aum_type_size(type);
    const struct aum_measurements out = {rows->assigned, rows->other,
                                         rows->other_class};
    aum_measure_clear(out, MANY_ROWS);
    for (size_t first = 0; first < rows->classes; count++) {
        const size_t other = random_below(state, count + 1);
        starts[count] = first;
        order[count] = order[other];
        order[other] = count;
        first += 1 + random_below(state, rows->classes - first);
    }
    starts[count] = rows->classes;
    for (size_t i = 0; i < count; i++) {
        const size_t first = starts[order[i]];
        const size_t n = starts[order[i] + 1] - first;
        const struct aum_logits piece = {
            .data = storage.bytes + first * size,
            .type = type,
            .rows = MANY_ROWS,
            .classes = n,
            .row_stride = (rows->classes + rows->gap) * size};
        aum_measure_piece(&piece, first, rows->labels, out);
    }
    check_largest(rows);
    aum_measure_finish(out, MANY_ROWS);
}

START_TEST(many_random_rows_of_few_classes)
{
    const enum aum_type type = (enum aum_type)(_i % 12);
    uint64_t seed = random_seed(2020) + (uint64_t)_i;
    uint64_t state = seed;
    if (!aum_kernel_select(kernel_names[_i / 12]))
        return; /* not on this processor */
    static struct many_rows rows;
    for (size_t classes = 2; classes < MANY_CLASSES;
         classes += classes < 36 ? 1 : 11) {
        make_rows(&rows, type, classes, &state);
        const struct aum_logits logits = {.data = storage.bytes,
                                          .type = type,
                                          .rows = MANY_ROWS,
                                          .classes = classes,
                                          .row_stride = (classes + rows.gap) *
                                                        aum_type_size(type)};
        aum_measure(&logits, rows.labels,
                    (struct aum_measurements){rows.assigned, rows.other,
                                              rows.other_class});
        check_rows(&rows, type, seed);
        for (size_t r = 0; r < MANY_ROWS; r++)
            ck_assert(rows.labels[r] != AUM_NO_CLASS || isnan(rows.other[r]));
        measure_in_pieces(&rows, type, &state);
        check_rows(&rows, type, seed);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("margin_random");
    TCase *tests = suite_case(suite, "margin_random");
    tcase_add_loop_test(tests, random_rows_whole_and_in_pieces, 0,
                        12 * KERNELS);
    tcase_add_loop_test(tests, many_random_rows_of_few_classes, 0,
                        12 * KERNELS);
    return suite_run(suite);
}
