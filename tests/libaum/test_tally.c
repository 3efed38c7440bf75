/*
 * test_tally.c - samples, cutoff, ranking; expected values by hand
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "aum.h"
#include "suite.h"

/* Adds one measurement with logits of two classes whose margin is `margin`. */
static enum aum_status add_one(struct aum_tally *tally, int64_t id,
                               uint32_t label, double margin)
{
    const double z[2] = {label == 0 ? margin : 0, label == 0 ? 0 : margin};
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 1, .classes = 2};
    const int64_t target = label;
    return aum_tally_update(tally, &logits, &target,
                            (struct aum_ids){AUM_IDS_INT64, &id}, NULL);
}

static void check_ranking(const struct aum_tally *tally, const double *cutoff,
                          const char *expected)
{
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, cutoff, &ranking), AUM_OK);
    char text[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        ck_assert_uint_eq(row.rank, i + 1);
        if (row.id.kind == AUM_IDS_STRING)
            used += (size_t)sprintf(text + used, "%s", row.id.string);
        else if (row.id.kind == AUM_IDS_UINT64)
            used += (size_t)sprintf(text + used, "%" PRIu64, row.id.uint64);
        else
            used += (size_t)sprintf(text + used, "%" PRId64, row.id.int64);
        used += (size_t)sprintf(text + used, ":%g%s ", row.aum,
                                row.flagged ? "!" : "");
    }
    aum_ranking_destroy(ranking);
    ck_assert_str_eq(text, expected);
}

START_TEST(lowest_first_ties_by_id)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    add_one(tally, 10, 0, 1);
    add_one(tally, 9, 0, 1);
    add_one(tally, 100, 1, -2);
    add_one(tally, 9, 0, 1);
    add_one(tally, -3, 1, 1);
    check_ranking(tally, NULL, "100:-2 -3:1 9:1 10:1 ");
    ck_assert_uint_eq(aum_tally_samples(tally), 4);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(fixed_cutoff_is_strict)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    for (int64_t i = 0; i < 5; i++)
        add_one(tally, i, 0, (double)i);
    const double cutoff = 2;
    check_ranking(tally, &cutoff, "0:0! 1:1! 2:2 3:3 4:4 ");
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(strings_sort_by_bytes)
{
    const char *ids[] = {"b", "a", "a1", "\xc3\xa9", "B", ""};
    const double z[6][2] = {{0}};
    const int64_t targets[6] = {0};
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 6, .classes = 2};
    struct aum_tally *tally = aum_tally_create(NULL);
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets,
                                      (struct aum_ids){AUM_IDS_STRING, ids},
                                      NULL),
                     AUM_OK);
    check_ranking(tally, NULL, ":0 B:0 a:0 a1:0 b:0 \xc3\xa9:0 ");
    ck_assert_int_eq(aum_tally_id_kind(tally), AUM_IDS_STRING);
    ck_assert_int_eq(add_one(tally, 3, 0, 1), AUM_MIXED_IDS);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(unsigned_ids_sort_as_numbers)
{
    const uint64_t ids[] = {UINT64_MAX, 3, (uint64_t)1 << 63};
    const double z[3][2] = {{0}};
    const int64_t targets[3] = {0};
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 3, .classes = 2};
    struct aum_tally *tally = aum_tally_create(NULL);
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets,
                                      (struct aum_ids){AUM_IDS_UINT64, ids},
                                      NULL),
                     AUM_OK);
    check_ranking(tally, NULL,
                  "3:0 9223372036854775808:0 18446744073709551615:0 ");
    ck_assert_int_eq(add_one(tally, 3, 0, 4), AUM_OK); /* the same 3 */
    check_ranking(tally, NULL,
                  "9223372036854775808:0 18446744073709551615:0 3:2 ");
    ck_assert_int_eq(add_one(tally, -3, 0, 4), AUM_MIXED_IDS);
    aum_tally_destroy(tally);
}
END_TEST

/* What comes after a large id is found where it was before. */
START_TEST(dense_ids_turn_sparse)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    for (int64_t i = 0; i < 3000; i += 3)
        add_one(tally, i, 0, (double)i);
    add_one(tally, INT64_MAX, 0, 7);
    for (int64_t i = 0; i < 3000; i += 3)
        ck_assert_int_eq(add_one(tally, i, 0, (double)i + 2), AUM_OK);
    ck_assert_uint_eq(aum_tally_samples(tally), 1001);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    size_t at = 0;
    for (int64_t i = 0; i < 3000; i += 3, at++) {
        struct aum_row row;
        aum_ranking_row(ranking, at, &row);
        if (row.id.int64 == INT64_MAX) { /* 7 comes between 6 + 1 and 9 + 1 */
            ck_assert_int_eq(i, 9);
            aum_ranking_row(ranking, ++at, &row);
        }
        ck_assert_int_eq(row.id.int64, i);
        ck_assert_double_eq(row.aum, (double)i + 1);
        ck_assert_uint_eq(row.measurements, 2);
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(update_refuses_what_is_wrong)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const float z[3][2] = {{0}};
    const int64_t bad[] = {0, 1, 2};
    const int64_t ids[] = {0, 1, 2};
    size_t row = 99;
    struct aum_logits logits = {
        .data = z, .type = AUM_F32, .rows = 3, .classes = 2};
    const struct aum_ids all = {AUM_IDS_INT64, ids};
    ck_assert_int_eq(aum_tally_update(tally, &logits, bad, all, &row),
                     AUM_LABEL_OUT_OF_RANGE);
    ck_assert_uint_eq(row, 2);
    ck_assert_uint_eq(aum_tally_samples(tally), 0);
    logits.classes = 0;
    ck_assert_int_eq(aum_tally_update(tally, &logits, bad, all, &row),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(add_one(tally, 5, 0, 1), AUM_OK);
    ck_assert_int_eq(add_one(tally, 5, 1, 1), AUM_RELABELED);
    aum_tally_freeze(tally);
    ck_assert_int_eq(add_one(tally, 5, 0, 1), AUM_BAD_ARGUMENT);
    aum_tally_destroy(tally);
    aum_tally_destroy(NULL);
}
END_TEST

/* A batch is longer than what aum_tally_update measures at a time. */
START_TEST(long_batches_and_bad_rows_in_them)
{
    enum { ROWS = 700 };
    static float z[ROWS][2];
    static int64_t targets[ROWS];
    static int64_t ids[ROWS];
    for (int i = 0; i < ROWS; i++) {
        z[i][0] = (float)i;
        ids[i] = ROWS - i;
    }
    struct aum_tally *tally = aum_tally_create(NULL);
    const struct aum_logits logits = {
        .data = z, .type = AUM_F32, .rows = ROWS, .classes = 2};
    const struct aum_ids all = {AUM_IDS_INT64, ids};
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets, all, NULL),
                     AUM_OK);
    targets[600] = 1;
    size_t row = 0;
    ck_assert_int_eq(aum_tally_update(tally, &logits, targets, all, &row),
                     AUM_RELABELED);
    ck_assert_uint_eq(row, 600);
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    struct aum_row last;
    aum_ranking_row(ranking, ROWS - 1, &last);
    ck_assert_int_eq(last.id.int64, 1);
    ck_assert_double_eq(last.aum, ROWS - 1);
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(not_finite_margins_are_left_out)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    add_one(tally, 1, 0, NAN);
    add_one(tally, 2, 0, INFINITY);
    add_one(tally, 2, 0, 3);
    check_ranking(tally, NULL, "2:3 ");
    ck_assert_uint_eq(aum_tally_samples(tally), 2);
    aum_tally_destroy(tally);
}
END_TEST

/* ---- labels ---- */

static enum aum_status add_part_of(struct aum_tally *tally, int64_t id,
                                   uint32_t part, uint32_t label, double other,
                                   uint32_t other_class)
{
    double assigned = 0;
    const struct aum_batch batch = {
        .rows = 1,
        .ids = {AUM_IDS_INT64, &id},
        .labels = &label,
        .measured = {&assigned, &other, &other_class},
        .record = part,
        .first_record = part,
    };
    return aum_tally_add(tally, &batch, NULL);
}

static enum aum_status add_part(struct aum_tally *tally, uint32_t part,
                                uint32_t label, double other,
                                uint32_t other_class)
{
    return add_part_of(tally, 4, part, label, other, other_class);
}

static struct aum_row only_row(const struct aum_tally *tally)
{
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), 1);
    aum_ranking_row(ranking, 0, &row);
    aum_ranking_destroy(ranking);
    return row;
}

START_TEST(last_part_gives_the_label)
{
    const struct aum_tally_options options = {.allow_relabel = true,
                                              .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    add_part(tally, 1, 1, -1, AUM_NO_CLASS);
    add_part(tally, 5, 2, -1, AUM_NO_CLASS);
    add_part(tally, 3, 3, -1, AUM_NO_CLASS);
    ck_assert_uint_eq(only_row(tally).label, 2);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(suggested_is_the_worst_margins_winner)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    add_part(tally, 0, 1, -5, AUM_NO_CLASS); /* not beaten */
    ck_assert_uint_eq(only_row(tally).suggested_label, AUM_NO_CLASS);
    add_part(tally, 1, 1, 2, 7);
    add_part(tally, 2, 1, 4, 9);
    add_part(tally, 3, 1, 3, 7);
    ck_assert_uint_eq(only_row(tally).suggested_label, 9);
    add_part(tally, 4, 1, 4, 8); /* a tie: the lower class */
    ck_assert_uint_eq(only_row(tally).suggested_label, 8);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(threshold_class_suggests_nothing)
{
    const struct aum_tally_options options = {.threshold_class = 9};
    struct aum_tally *tally = aum_tally_create(&options);
    add_part(tally, 1, 1, 2, 7);
    add_part(tally, 2, 1, 4, 9);
    ck_assert_uint_eq(only_row(tally).suggested_label, 7);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(shared_rows_are_counted)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    const int64_t ids[] = {1, 2, 2, 3};
    const uint32_t labels[] = {0, 0, 0, 0};
    double assigned[4] = {0};
    double other[4] = {0};
    uint32_t other_class[4] = {AUM_NO_CLASS, AUM_NO_CLASS, AUM_NO_CLASS,
                               AUM_NO_CLASS};
    struct aum_batch batch = {.rows = 4,
                              .ids = {AUM_IDS_INT64, ids},
                              .labels = labels,
                              .measured = {assigned, other, other_class},
                              .record = 6,
                              .first_record = 6};
    struct aum_batch_report report;
    aum_tally_add(tally, &batch, &report);
    batch.rows = 2;
    batch.record = 7; /* another part of the same epoch */
    aum_tally_add(tally, &batch, &report);
    ck_assert_uint_eq(report.shared, 2);
    batch.record = 8; /* another epoch */
    batch.first_record = 8;
    aum_tally_add(tally, &batch, &report);
    ck_assert_uint_eq(report.shared, 0);
    aum_tally_destroy(tally);
}
END_TEST

/* ---- cutoff ---- */

START_TEST(percentiles_are_read_exactly)
{
    struct aum_percentile p;
    ck_assert(aum_percentile_parse("99", &p));
    ck_assert(p.numerator == 99 && p.denominator == 1);
    ck_assert(aum_percentile_parse("97.5", &p));
    ck_assert(p.numerator == 975 && p.denominator == 10);
    ck_assert(aum_percentile_parse(".1", &p));
    ck_assert(aum_percentile_parse("99.999999999999999", &p));
    static const char *const bad[] = {
        "",    "0",   "100", "-1",   "1e1",   "0.0",
        "nan", "99%", ".",   "1000", "1.2.3", "0.0000000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!aum_percentile_parse(bad[i], &p), "%s", bad[i]);
}
END_TEST

/* floor(k (100 - P) / 100); with doubles, 0.07 * 100 is already below 7. */
static const struct {
    size_t k;
    const char *p;
    size_t place;
} places[] = {
    {100, "99", 1},
    {99, "99", 0},
    {200, "99", 2},
    {1000, "93", 70},
    {100, "93", 7},
    {1000, "99.9", 1},
    {999, "99.9", 0},
    {163, "99", 1},
    {4545, "99", 45},
    {1, "50", 0},
    {2, "50", 1},
    {7, "0.1", 6},
    {SIZE_MAX, "99", SIZE_MAX / 100},
    {30, "90", 3},
};

START_TEST(place_of_the_cutoff)
{
    struct aum_percentile p;
    ck_assert(aum_percentile_parse(places[_i].p, &p));
    ck_assert_uint_eq(aum_cutoff_place(places[_i].k, p), places[_i].place);
}
END_TEST

static struct aum_tally *with_threshold(const struct aum_tally_options *options)
{
    struct aum_tally *tally = aum_tally_create(options);
    for (int64_t i = 0; i < 10; i++)
        add_one(tally, i, 1, (double)i); /* label 1: threshold samples */
    for (int64_t i = 10; i < 14; i++)
        add_one(tally, i, 0, (double)(i - 10) * 3);
    return tally;
}

START_TEST(cutoff_from_the_threshold_class)
{
    const struct aum_tally_options options = {.threshold_class = 1};
    struct aum_tally *tally = with_threshold(&options);
    struct aum_percentile p = {80, 1};
    struct aum_cutoff cutoff;
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff), AUM_OK);
    ck_assert_double_eq(cutoff.aum, 7); /* 9 8 [7] 6 ... */
    ck_assert_uint_eq(cutoff.place, 2);
    ck_assert_uint_eq(cutoff.threshold_samples, 10);
    ck_assert_uint_eq(cutoff.threshold_class, 1);
    check_ranking(tally, &cutoff.aum, "10:0! 11:3! 12:6! 13:9 ");
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(cutoff_from_ids)
{
    const struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                              .threshold_later = true};
    struct aum_tally *tally = with_threshold(&options);
    const int64_t ids[] = {2, 4, 4, 1000, -1};
    size_t found;
    struct aum_cutoff cutoff;
    const struct aum_percentile p = {50, 1};
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff),
                     AUM_NO_THRESHOLD_SAMPLES);
    ck_assert_int_eq(
        aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, ids}, 5,
                                 &found),
        AUM_OK);
    ck_assert_uint_eq(found, 2);
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff), AUM_OK);
    ck_assert_double_eq(cutoff.aum, 2); /* 4 [2] */
    ck_assert_uint_eq(cutoff.threshold_class, 1);
    check_ranking(tally, &cutoff.aum,
                  "0:0! 10:0! 1:1! 3:3 11:3 5:5 6:6 12:6 7:7 8:8 9:9 13:9 ");
    const int64_t other = 11; /* label 0: no common label any more */
    aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &other}, 1,
                             &found);
    ck_assert_int_eq(aum_cutoff_from_threshold(tally, p, &cutoff), AUM_OK);
    ck_assert_uint_eq(cutoff.threshold_class, AUM_NO_CLASS);
    aum_tally_destroy(tally);
    tally = aum_tally_create(NULL);
    ck_assert_int_eq(
        aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, ids}, 5,
                                 &found),
        AUM_BAD_ARGUMENT);
    aum_tally_destroy(tally);
}
END_TEST

/* The label that the marked samples have suggests nothing, whatever came when.
 */
START_TEST(class_of_marked_samples_suggests_nothing)
{
    const struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                              .threshold_later = true};
    struct aum_tally *tally = aum_tally_create(&options);
    add_part(tally, 1, 1, 2, 0);
    add_part(tally, 2, 1, 9, 5);
    add_part(tally, 3, 1, 4, 3);
    ck_assert_uint_eq(only_row(tally).suggested_label, 5);
    add_one(tally, 77, 0, 1);
    const int64_t id = 77;
    size_t found;
    aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &id}, 1,
                             &found);
    ck_assert_uint_eq(only_row(tally).suggested_label, 5); /* class 0 is out */
    aum_tally_destroy(tally);

    tally = aum_tally_create(&options);
    add_part(tally, 1, 1, 2, 0);
    add_part(tally, 2, 1, 1, 3);
    ck_assert_uint_eq(only_row(tally).suggested_label, 0);
    add_one(tally, 77, 0, 1);
    aum_tally_mark_threshold(tally, (struct aum_ids){AUM_IDS_INT64, &id}, 1,
                             &found);
    ck_assert_uint_eq(only_row(tally).suggested_label, 3);
    aum_tally_destroy(tally);
}
END_TEST

static void check_same(const struct aum_tally *a, const struct aum_tally *b)
{
    struct aum_ranking *x = NULL;
    struct aum_ranking *y = NULL;
    ck_assert_int_eq(aum_ranking_create(a, NULL, &x), AUM_OK);
    ck_assert_int_eq(aum_ranking_create(b, NULL, &y), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(x), aum_ranking_size(y));
    for (size_t i = 0; i < aum_ranking_size(x); i++) {
        struct aum_row p;
        struct aum_row q;
        aum_ranking_row(x, i, &p);
        aum_ranking_row(y, i, &q);
        ck_assert_int_eq(p.id.int64, q.id.int64);
        ck_assert_uint_eq(p.label, q.label);
        ck_assert(p.aum == q.aum);
        ck_assert_uint_eq(p.measurements, q.measurements);
        ck_assert_uint_eq(p.suggested_label, q.suggested_label);
    }
    aum_ranking_destroy(x);
    aum_ranking_destroy(y);
}

/* A threshold class that becomes known at the end does what it does from the
 * start on. */
START_TEST(threshold_class_may_come_last)
{
    uint64_t state = random_seed(11);
    const struct aum_tally_options early = {.threshold_class = 2};
    const struct aum_tally_options late = {.threshold_class = AUM_NO_CLASS,
                                           .threshold_later = true};
    struct aum_tally *tallies[2] = {aum_tally_create(&early),
                                    aum_tally_create(&late)};
    for (int n = 0; n < 400; n++) {
        const uint32_t id = (uint32_t)random_below(&state, 30);
        const double other = (double)random_below(&state, 8);
        const uint32_t class = (uint32_t)random_below(&state, 3);
        for (int i = 0; i < 2 && class != id % 3; i++)
            add_part_of(tallies[i], id, (uint32_t)n, id % 3, other, class);
    }
    struct aum_cutoff found[2];
    ck_assert_int_eq(aum_tally_set_threshold_class(tallies[0], 2),
                     AUM_BAD_ARGUMENT);
    ck_assert_int_eq(aum_tally_set_threshold_class(tallies[1], 2), AUM_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            aum_cutoff_from_threshold(
                tallies[i], (struct aum_percentile){90, 1}, &found[i]),
            AUM_OK);
    ck_assert(found[0].aum == found[1].aum);
    ck_assert_uint_eq(found[1].threshold_class, 2);
    check_same(tallies[0], tallies[1]);
    aum_tally_destroy(tallies[0]);
    aum_tally_destroy(tallies[1]);
}
END_TEST

/* ---- merging ---- */

/* Adds one tally to another by way of columns, 7 samples at a time. */
static enum aum_status pour(struct aum_tally *into,
                            const struct aum_tally *from)
{
    enum { ROOM = 7 };
    uint64_t numbers[ROOM];
    const char *strings[ROOM];
    uint32_t labels[ROOM], measurements[ROOM], parts[ROOM], classes[2][ROOM];
    uint64_t sums[AUM_SUM_WORDS * ROOM], wide_sums[AUM_WIDE_SUM_WORDS * ROOM];
    uint8_t wide[ROOM];
    double worst[2][ROOM];
    struct aum_columns columns = {.id_numbers = numbers,
                                  .id_strings = strings,
                                  .labels = labels,
                                  .measurements = measurements,
                                  .records = parts,
                                  .sums = sums,
                                  .wide = wide,
                                  .wide_sums = wide_sums,
                                  .suggested = {classes[0], classes[1]},
                                  .worst = {worst[0], worst[1]}};
    enum aum_status status = AUM_OK;
    size_t cursor = 0;
    size_t total = 0;
    size_t n;
    while (status == AUM_OK &&
           (n = aum_tally_export(from, &cursor, ROOM, &columns)) > 0) {
        size_t bad_row = 99;
        uint32_t old_label = 99;
        total += n;
        status = aum_tally_import(into, &columns, n, &bad_row, &old_label);
        ck_assert_int_eq(bad_row < n, status == AUM_RELABELED);
        ck_assert_int_eq(old_label != 99, status == AUM_RELABELED);
    }
    if (status == AUM_OK)
        ck_assert_uint_eq(total, aum_tally_samples(from));
    return status;
}

/* Random measurements in one tally, and dealt to three that are merged. */
START_TEST(tallies_add_up)
{
    uint64_t state = random_seed(42) + (uint64_t)_i;
    const struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                              .threshold_later = _i % 2 != 0};
    struct aum_tally *whole = aum_tally_create(&options);
    struct aum_tally *parts[3];
    for (int k = 0; k < 3; k++)
        parts[k] = aum_tally_create(&options);
    for (int n = 0; n < 3000; n++) {
        double z[4];
        for (int c = 0; c < 4; c++) {
            z[c] = (double)(int64_t)random_next(&state) * 0x1p-60;
            if (random_below(&state, 50) == 0)
                z[c] *= 1e200;
            if (random_below(&state, 300) == 0)
                z[c] = NAN;
        }
        int64_t id = (int64_t)random_below(&state, 200);
        const int64_t label = id % 4;
        id = _i < 2 ? id : id * 1000003;
        const struct aum_logits logits = {
            .data = z, .type = AUM_F64, .rows = 1, .classes = 4};
        const struct aum_ids ids = {AUM_IDS_INT64, &id};
        ck_assert_int_eq(aum_tally_update(whole, &logits, &label, ids, NULL),
                         AUM_OK);
        aum_tally_update(parts[random_below(&state, 3)], &logits, &label, ids,
                         NULL);
    }
    ck_assert_int_eq(aum_tally_merge(parts[2], parts[0]), AUM_OK);
    ck_assert_int_eq(aum_tally_merge(parts[2], parts[1]), AUM_OK);
    check_same(whole, parts[2]);
    ck_assert_int_eq(aum_tally_merge(whole, whole), AUM_BAD_ARGUMENT);
    struct aum_tally *poured = aum_tally_create(&options);
    ck_assert_int_eq(pour(poured, parts[0]), AUM_OK);
    aum_tally_destroy(parts[2]); /* which has the others by now */
    parts[2] = aum_tally_create(&options);
    ck_assert_int_eq(pour(parts[2], whole), AUM_OK);
    check_same(whole, parts[2]);
    check_same(poured, parts[0]);
    aum_tally_destroy(poured);
    for (int k = 0; k < 3; k++)
        aum_tally_destroy(parts[k]);
    aum_tally_destroy(whole);
}
END_TEST

/* What no tally can have exported is refused. */
START_TEST(columns_have_to_add_up)
{
    static const struct {
        const char *what;
        uint32_t label, measurements, part;
        uint64_t sum_high, wide_top;
        uint32_t suggested;
        double worst;
        bool good;
    } cases[] = {
        {"a sample", 1, 2, 0, 1, 0, 0, -0.5, true},
        {"never measured", 1, 0, 0, 0, 0, AUM_NO_CLASS, 0, true},
        {"a sum of nothing", 1, 0, 0, 1, 0, AUM_NO_CLASS, 0, false},
        {"a wide sum", 1, 1, 0, 0, 1, AUM_NO_CLASS, 0, true},
        {"more than finite", 1, 1, 0, 0, 1ull << 40, AUM_NO_CLASS, 0, false},
        {"a wide sum of nothing", 1, 0, 0, 0, 1, AUM_NO_CLASS, 0, false},
        {"no label", AUM_NO_CLASS, 1, 0, 1, 0, AUM_NO_CLASS, 0, false},
        {"no part", 1, 1, UINT32_MAX, 1, 0, AUM_NO_CLASS, 0, false},
        {"too often", 1, 1u << 30, 0, 1, 0, AUM_NO_CLASS, 0, false},
        {"won by nothing", 1, 1, 0, 1, 0, 0, 0, false},
        {"won by too much", 1, 1, 0, 1, 0, 0, -INFINITY, false},
        {"won by no number", 1, 1, 0, 1, 0, 0, NAN, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t id = 7;
        uint32_t label = cases[i].label;
        uint32_t measurements = cases[i].measurements;
        uint32_t part = cases[i].part;
        uint64_t sums[AUM_SUM_WORDS] = {0, cases[i].sum_high};
        uint64_t wide_sums[AUM_WIDE_SUM_WORDS] = {0};
        uint8_t wide = cases[i].wide_top != 0;
        uint32_t suggested[2] = {cases[i].suggested, AUM_NO_CLASS};
        double worst[2] = {cases[i].worst, 0};
        /* 2^1024, the first that is not finite, is bit 50 of this word. */
        wide_sums[AUM_WIDE_SUM_WORDS - 2] = wide ? cases[i].wide_top << 10 : 0;
        struct aum_columns columns = {
            .id_numbers = &id,
            .labels = &label,
            .measurements = &measurements,
            .records = &part,
            .sums = sums,
            .wide = &wide,
            .wide_sums = wide_sums,
            .wide_count = wide,
            .suggested = {&suggested[0], &suggested[1]},
            .worst = {&worst[0], &worst[1]},
        };
        struct aum_tally *tally = aum_tally_create(NULL);
        ck_assert_msg((aum_tally_import(tally, &columns, 1, NULL, NULL) ==
                       AUM_OK) == cases[i].good,
                      "%s", cases[i].what);
        aum_tally_destroy(tally);
    }
}
END_TEST

/* However many are expected, memory is for those that come. */
START_TEST(expectations_may_be_wrong)
{
    const struct aum_tally_options options = {.expected_samples = SIZE_MAX,
                                              .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    aum_tally_destroy(tally);
    tally = aum_tally_create(NULL);
    aum_tally_expect(tally, 10000);
    aum_tally_expect(tally, 10);
    for (int64_t i = 0; i < 30000; i++) /* dense, as they come in order */
        add_one(tally, i, 0, (double)i);
    add_one(tally, INT64_MAX, 0, -1);
    ck_assert_uint_eq(aum_tally_samples(tally), 30001);
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    for (size_t i = 0; i <= 30000; i++) {
        aum_ranking_row(ranking, i, &row);
        ck_assert(row.aum == (double)i - 1 &&
                  row.id.int64 == (i == 0 ? INT64_MAX : (int64_t)i - 1));
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(merging_reports_another_label)
{
    struct aum_tally *a = aum_tally_create(NULL);
    struct aum_tally *b = aum_tally_create(NULL);
    add_one(a, 1, 0, 1);
    add_one(b, 1, 1, 1);
    ck_assert_int_eq(aum_tally_merge(a, b), AUM_RELABELED);
    ck_assert_int_eq(pour(a, b), AUM_RELABELED);
    aum_tally_destroy(a);
    aum_tally_destroy(b);

    const char *name = "x";
    const double z[2] = {1, 0};
    const int64_t target = 0;
    const struct aum_logits logits = {
        .data = z, .type = AUM_F64, .rows = 1, .classes = 2};
    a = aum_tally_create(NULL);
    b = aum_tally_create(NULL);
    add_one(a, 1, 0, 1);
    aum_tally_update(b, &logits, &target,
                     (struct aum_ids){AUM_IDS_STRING, &name}, NULL);
    ck_assert_int_eq(aum_tally_merge(a, b), AUM_MIXED_IDS);
    aum_tally_destroy(a);
    a = aum_tally_create(NULL);
    ck_assert_int_eq(aum_tally_merge(a, b), AUM_OK);
    ck_assert_int_eq(pour(a, b), AUM_OK); /* a second measurement */
    check_ranking(a, NULL, "x:1 ");
    aum_tally_destroy(a);
    aum_tally_destroy(b);
}
END_TEST

/* ---- order of many ---- */

/* Many samples with few different AUMs: radix passes, then ties by id. */
START_TEST(many_samples_are_in_order)
{
    uint64_t state = random_seed(7);
    const struct aum_tally_options options = {.expected_samples = 20000,
                                              .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    for (int64_t i = 0; i < 20000; i++) {
        const int64_t id = (int64_t)random_below(&state, 15000);
        const double margin = (double)random_below(&state, 4) - 1.5;
        add_one(tally, _i == 0 ? id : -id, 0, margin);
    }
    struct aum_ranking *ranking = NULL;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), aum_tally_samples(tally));
    struct aum_row before;
    aum_ranking_row(ranking, 0, &before);
    for (size_t i = 1; i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        ck_assert(before.aum < row.aum ||
                  (before.aum == row.aum && before.id.int64 < row.id.int64));
        before = row;
    }
    aum_ranking_destroy(ranking);
    aum_ranking_destroy(NULL);
    aum_tally_destroy(tally);
}
END_TEST

START_TEST(statuses_have_texts)
{
    for (int s = AUM_OK; s <= AUM_NO_THRESHOLD_SAMPLES; s++)
        ck_assert_uint_gt(strlen(aum_strerror((enum aum_status)s)), 5);
    ck_assert_str_eq(aum_strerror((enum aum_status)99), "unknown error");
    ck_assert_uint_gt(strlen(aum_version()), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, lowest_first_ties_by_id);
    tcase_add_test(tests, fixed_cutoff_is_strict);
    tcase_add_test(tests, strings_sort_by_bytes);
    tcase_add_test(tests, unsigned_ids_sort_as_numbers);
    tcase_add_test(tests, dense_ids_turn_sparse);
    tcase_add_test(tests, update_refuses_what_is_wrong);
    tcase_add_test(tests, long_batches_and_bad_rows_in_them);
    tcase_add_test(tests, not_finite_margins_are_left_out);
    tcase_add_test(tests, last_part_gives_the_label);
    tcase_add_test(tests, suggested_is_the_worst_margins_winner);
    tcase_add_test(tests, threshold_class_suggests_nothing);
    tcase_add_test(tests, shared_rows_are_counted);
    tcase_add_test(tests, percentiles_are_read_exactly);
    tcase_add_loop_test(tests, place_of_the_cutoff, 0,
                        sizeof places / sizeof *places);
    tcase_add_test(tests, cutoff_from_the_threshold_class);
    tcase_add_test(tests, cutoff_from_ids);
    tcase_add_test(tests, class_of_marked_samples_suggests_nothing);
    tcase_add_test(tests, threshold_class_may_come_last);
    tcase_add_loop_test(tests, tallies_add_up, 0, 4);
    tcase_add_test(tests, columns_have_to_add_up);
    tcase_add_test(tests, expectations_may_be_wrong);
    tcase_add_test(tests, merging_reports_another_label);
    tcase_add_loop_test(tests, many_samples_are_in_order, 0, 2);
    tcase_add_test(tests, statuses_have_texts);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
