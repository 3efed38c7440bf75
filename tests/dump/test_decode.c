/*
 * test_decode.c - labels and filters: bytes of a file -> numbers; no HDF5
 *
 * Expected values by hand. Compressed bytes are made by zlib here, LZF ones by
 * hand from the description of its format.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "dump/decode.h"
#include "dump/labels.h"
#include "suite.h"

/* ---- labels ---- */

static struct dump_label_rules rules;
static uint32_t labels[8];
static struct dump_bad_labels bad;

static void convert(const void *elements, enum dump_type type, size_t rows,
                    uint64_t classes, bool one_hot)
{
    const struct dump_label_format format = {type, classes, one_hot};
    dump_convert_labels(elements, &format, &rules, rows, labels, &bad);
}

START_TEST(labels_of_any_type)
{
    const float floats[] = {2, 0, 1};
    convert(floats, DUMP_F32, 3, 3, false);
    ck_assert(labels[0] == 2 && labels[1] == 0 && labels[2] == 1);
    ck_assert_uint_eq(bad.count, 0);
    const int8_t bytes[] = {2, -1, 3};
    convert(bytes, DUMP_I8, 3, 3, false);
    ck_assert(labels[0] == 2 && labels[1] == DUMP_NO_LABEL &&
              labels[2] == DUMP_NO_LABEL);
    ck_assert(bad.count == 2 && bad.first == 1 &&
              bad.fault == DUMP_LABEL_OUT_OF_RANGE);
    ck_assert_str_eq(bad.value, "-1");
    const uint16_t halves[] = {0x3c00, 0x3800, 0x7c00}; /* 1, 0.5, infinity */
    convert(halves, DUMP_F16, 3, 3, false);
    ck_assert(labels[0] == 1 && bad.count == 2 && bad.first == 1 &&
              bad.fault == DUMP_LABEL_NOT_INTEGRAL);
    const uint16_t brain[] = {0x4000, 0x0000, 0xbf80}; /* 2, 0, -1 */
    convert(brain, DUMP_BF16, 3, 3, false);
    ck_assert(labels[0] == 2 && labels[1] == 0 && bad.count == 1);
}
END_TEST

START_TEST(one_hot_rows)
{
    const uint8_t rows[4][3] = {{0, 1, 0}, {0, 0, 0}, {1, 0, 1}, {0, 0, 2}};
    convert(rows, DUMP_U8, 4, 3, true);
    ck_assert_uint_eq(labels[0], 1);
    for (int i = 1; i < 4; i++)
        ck_assert_uint_eq(labels[i], DUMP_NO_LABEL);
    ck_assert(bad.count == 3 && bad.first == 1 &&
              bad.fault == DUMP_LABEL_NOT_ONE_HOT);
}
END_TEST

START_TEST(labels_by_rules)
{
    const int32_t numbers[] = {1, 3, -100, 0, 4, 255};
    const double floats[] = {-1, 1, 0, NAN};
    const float soft[3][3] = {
        {0.1f, 0.8f, 0.1f}, {0.4f, 0.2f, 0.4f}, {0, 0, 0}};
    const uint64_t huge[] = {UINT64_MAX, 2};
    rules = (struct dump_label_rules){
        .classes = {.first = 1}, .ignored = {-100, 255}, .ignored_count = 2};
    convert(numbers, DUMP_I32, 6, 3, false);
    const uint32_t by_hand[] = {
        0, 2, DUMP_NO_LABEL, DUMP_NO_LABEL, DUMP_NO_LABEL, DUMP_NO_LABEL};
    for (int i = 0; i < 6; i++)
        ck_assert_uint_eq(labels[i], by_hand[i]);
    ck_assert(bad.ignored == 2 && bad.count == 2 && bad.first == 3);
    ck_assert_str_eq(bad.value, "0");
    rules = (struct dump_label_rules){.ignored = {-1}, .ignored_count = 1};
    convert(huge, DUMP_U64, 2, 3, false); /* not -1 */
    ck_assert(bad.ignored == 0 && bad.count == 1 && labels[1] == 2);
    rules = (struct dump_label_rules){.classes = {.first = -1, .gap = 1}};
    convert(floats, DUMP_F64, 4, 2, false);
    ck_assert(labels[0] == 0 && labels[1] == 1 && bad.count == 2 &&
              bad.first == 2 && bad.fault == DUMP_LABEL_OUT_OF_RANGE);
    rules = (struct dump_label_rules){
        .soft = true, .ignored = {1}, .ignored_count = 1};
    convert(soft, DUMP_F32, 3, 3, true);
    ck_assert(labels[0] == DUMP_NO_LABEL && labels[1] == 0 &&
              labels[2] == DUMP_NO_LABEL && bad.ignored == 1 && bad.count == 1);
    rules = (struct dump_label_rules){.soft = false};
}
END_TEST

/* ---- filters ---- */

static const char *decode(const struct dump_filter *filters, unsigned count,
                          uint32_t mask, const void *raw, size_t raw_size,
                          void *out, size_t size)
{
    struct dump_layout layout = {.size = 1, .filters = count};
    for (unsigned i = 0; i < count; i++)
        layout.filter[i] = filters[i];
    ck_assert(dump_can_decode(filters, count));
    struct dump_decoder *decoder = dump_decoder_create();
    unsigned char *a = malloc(dump_decode_room(size) + raw_size);
    unsigned char *b = malloc(dump_decode_room(size));
    unsigned char *where = NULL;
    memcpy(a, raw, raw_size);
    const char *wrong =
        dump_decode_chunk(decoder, &layout, mask, a, raw_size, b, size, &where);
    if (wrong == NULL)
        memcpy(out, where, size);
    free(a);
    free(b);
    dump_decoder_destroy(decoder);
    return wrong;
}

START_TEST(no_filter)
{
    char out[4];
    ck_assert_ptr_null(decode(NULL, 0, 0, "abc", 3, out, 3));
    ck_assert_mem_eq(out, "abc", 3);
    ck_assert_ptr_nonnull(decode(NULL, 0, 0, "abc", 3, out, 4));
}
END_TEST

START_TEST(shuffle_is_undone)
{
    const struct dump_filter shuffle = {DUMP_SHUFFLE, 4};
    char out[10];
    /* Two elements 1234 and 5678, and two bytes left over. */
    ck_assert_ptr_null(decode(&shuffle, 1, 0, "15263748ab", 10, out, 10));
    ck_assert_mem_eq(out, "12345678ab", 10);
    ck_assert_ptr_null(decode(&shuffle, 1, 1, "15263748ab", 10, out, 10));
    /* A damaged size of elements; seconds, if it counted. */
    const struct dump_filter huge = {DUMP_SHUFFLE, UINT32_MAX};
    ck_assert_ptr_null(decode(&huge, 1, 0, "15263748ab", 10, out, 10));
    ck_assert_mem_eq(out, "15263748ab", 10);
    ck_assert_mem_eq(out, "15263748ab", 10); /* it was skipped */
    const struct dump_filter none = {DUMP_SHUFFLE, 0};
    ck_assert(!dump_can_decode(&none, 1));
}
END_TEST

/* Long enough for vectors, and whatever is left over, against plain loops. */
START_TEST(shuffle_of_any_size_is_undone)
{
    static const uint32_t elements[] = {1, 2, 3, 4, 5, 8, 16};
    const uint32_t element = elements[_i];
    const struct dump_filter shuffle = {DUMP_SHUFFLE, element};
    unsigned char plain[600];
    unsigned char shuffled[600];
    unsigned char out[600];
    for (size_t size = 1; size < sizeof plain; size += 1 + size / 7) {
        const size_t count = size / element;
        for (size_t i = 0; i < size; i++)
            plain[i] = shuffled[i] = (unsigned char)(i * 37 + size);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < element; k++)
                shuffled[k * count + i] = plain[i * element + k];
        ck_assert_ptr_null(decode(&shuffle, 1, 0, shuffled, size, out, size));
        ck_assert_mem_eq(out, plain, size);
    }
}
END_TEST

START_TEST(fletcher32_is_checked)
{
    /* By hand: words 0x6162, 0x6364; sum1 = c4c6, sum2 = 6162 + c4c6 =
     * 12628 -> 2629 modulo 65535. */
    ck_assert_uint_eq(dump_fletcher32((const unsigned char *)"abcd", 4),
                      0x2629c4c6u);
    /* An odd byte is the upper half of a word: c4c6 + 6500 = 129c6 -> 29c7,
     * 2629 + 29c7 = 4ff0. */
    ck_assert_uint_eq(dump_fletcher32((const unsigned char *)"abcde", 5),
                      0x4ff029c7u);
    const struct dump_filter fletcher = {DUMP_FLETCHER32, 0};
    char out[4];
    ck_assert_ptr_null(
        decode(&fletcher, 1, 0, "abcd\xc6\xc4\x29\x26", 8, out, 4));
    ck_assert_mem_eq(out, "abcd", 4);
    ck_assert_ptr_nonnull(
        decode(&fletcher, 1, 0, "abce\xc6\xc4\x29\x26", 8, out, 4));
    ck_assert_ptr_nonnull(decode(&fletcher, 1, 0, "ab", 2, out, 4));
    /* Long runs of large words: sums by 64-bit arithmetic. */
    static unsigned char bytes[100000];
    memset(bytes, 0xff, sizeof bytes);
    bytes[777] = 3;
    uint64_t sum1 = 0;
    uint64_t sum2 = 0;
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        sum1 += (uint64_t)bytes[i] << 8 | bytes[i + 1];
        sum2 += sum1;
    }
    sum1 %= 65535;
    sum2 %= 65535;
    const uint32_t got = dump_fletcher32(bytes, sizeof bytes);
    ck_assert_uint_eq((got & 0xffff) % 65535, sum1);
    ck_assert_uint_eq((got >> 16) % 65535, sum2);
}
END_TEST

START_TEST(gzip_is_inflated)
{
    static unsigned char plain[50000];
    static unsigned char out[50000];
    static unsigned char packed[60000];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (unsigned char)(i * i >> 7);
    uLongf size = sizeof packed;
    ck_assert_int_eq(compress2(packed, &size, plain, sizeof plain, 4), Z_OK);
    const struct dump_filter deflate = {DUMP_DEFLATE, 0};
    ck_assert_ptr_null(decode(&deflate, 1, 0, packed, size, out, sizeof out));
    ck_assert_mem_eq(out, plain, sizeof plain);
    /* Too short, too long, cut off, damaged in the data and the checksum. */
    ck_assert_ptr_nonnull(
        decode(&deflate, 1, 0, packed, size, out, sizeof out - 1));
    ck_assert_ptr_nonnull(
        decode(&deflate, 1, 0, packed, size / 2, out, sizeof out));
    ck_assert_ptr_nonnull(decode(&deflate, 1, 0, packed, 0, out, sizeof out));
    packed[size - 1] ^= 1;
    ck_assert_ptr_nonnull(
        decode(&deflate, 1, 0, packed, size, out, sizeof out));
    packed[size - 1] ^= 1;
    packed[0] ^= 0xff;
    ck_assert_ptr_nonnull(
        decode(&deflate, 1, 0, packed, size, out, sizeof out));
    size = sizeof packed;
    compress2(packed, &size, plain, sizeof plain - 1, 4);
    ck_assert_ptr_nonnull(
        decode(&deflate, 1, 0, packed, size, out, sizeof out));
}
END_TEST

START_TEST(filters_are_undone_in_reverse)
{
    /* shuffle, deflate, fletcher32, as h5py writes them. */
    const struct dump_filter filters[] = {
        {DUMP_SHUFFLE, 2}, {DUMP_DEFLATE, 0}, {DUMP_FLETCHER32, 0}};
    unsigned char packed[100];
    uLongf size = sizeof packed;
    compress2(packed, &size, (const unsigned char *)"acebdf", 6, 9);
    const uint32_t sum = dump_fletcher32(packed, size);
    for (int i = 0; i < 4; i++)
        packed[size + (unsigned)i] = (unsigned char)(sum >> 8 * i);
    char out[6];
    ck_assert_ptr_null(decode(filters, 3, 0, packed, size + 4, out, 6));
    ck_assert_mem_eq(out, "abcdef", 6);
    /* The other way round: the checksum is inside of what was deflated. */
    const struct dump_filter inside[] = {{DUMP_FLETCHER32, 0},
                                         {DUMP_DEFLATE, 0}};
    size = sizeof packed;
    compress2(packed, &size, (const unsigned char *)"abcd\xc6\xc4\x29\x26", 8,
              9);
    ck_assert_ptr_null(decode(inside, 2, 0, packed, size, out, 4));
    ck_assert_mem_eq(out, "abcd", 4);
    const struct dump_filter twice[] = {{DUMP_DEFLATE, 0}, {DUMP_LZF, 0}};
    ck_assert(!dump_can_decode(twice, 2));
    const struct dump_filter late[] = {{DUMP_DEFLATE, 0}, {DUMP_SHUFFLE, 4}};
    ck_assert(!dump_can_decode(late, 2));
}
END_TEST

START_TEST(lzf_is_undone)
{
    unsigned char out[300];
    /* Five bytes as they are; 3 bytes from 5 back; a run: 9 + 2 bytes from 1
     * back (the length's second byte is 2). */
    const unsigned char in[] = {4,      'a', 'b',    'c', 'd', 'e',
                                1 << 5, 4,   7 << 5, 2,   0};
    ck_assert_uint_eq(dump_lzf_decode(in, sizeof in, out, sizeof out), 19);
    ck_assert_mem_eq(out, "abcdeabcccccccccccc", 19);
    ck_assert_uint_eq(dump_lzf_decode(in, sizeof in, out, 18), 0);
    for (size_t cut = 1; cut < sizeof in; cut++) /* never beyond its end */
        ck_assert_uint_lt(dump_lzf_decode(in, cut, out, sizeof out), 19);
    const unsigned char before[] = {0, 'a', 1 << 5, 1}; /* 2 back of 1 */
    ck_assert_uint_eq(dump_lzf_decode(before, 4, out, sizeof out), 0);
    const unsigned char far[] = {0, 'a', 1 << 5 | 31, 255};
    ck_assert_uint_eq(dump_lzf_decode(far, 4, out, sizeof out), 0);
}
END_TEST

START_TEST(bytes_are_swapped)
{
    char two[] = "abcd";
    char eight[] = "abcdefgh";
    dump_swap_bytes(two, 2, 2);
    dump_swap_bytes(eight, 1, 8);
    ck_assert_str_eq(two, "badc");
    ck_assert_str_eq(eight, "hgfedcba");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode");
    TCase *tests = suite_case(suite, "decode");
    tcase_add_test(tests, labels_of_any_type);
    tcase_add_test(tests, one_hot_rows);
    tcase_add_test(tests, labels_by_rules);
    tcase_add_test(tests, no_filter);
    tcase_add_test(tests, shuffle_is_undone);
    tcase_add_loop_test(tests, shuffle_of_any_size_is_undone, 0, 7);
    tcase_add_test(tests, fletcher32_is_checked);
    tcase_add_test(tests, gzip_is_inflated);
    tcase_add_test(tests, filters_are_undone_in_reverse);
    tcase_add_test(tests, lzf_is_undone);
    tcase_add_test(tests, bytes_are_swapped);
    return suite_run(suite);
}
