/*
 * test_votes.c - suggestions by vote; expected values by hand, or from votes
 * that are all counted
 */
#include <math.h>
#include <stdint.h>

#include "aum.h"
#include "libaum/tallies.h"
#include "suite.h"

static void check_suggestion(const struct aum_tally *tally, uint32_t class,
                             double share)
{
    const struct aum_row row = only_row(tally);
    ck_assert_uint_eq(row.suggested_label, class);
    if (isnan(share))
        ck_assert(isnan(row.suggested_share));
    else
        ck_assert_double_eq(row.suggested_share, share);
}

START_TEST(the_most_votes_win)
{
    struct aum_tally *tally = aum_tally_create(NULL);
    add_part(tally, 0, 1, -5, AUM_NO_CLASS); /* not beaten */
    check_suggestion(tally, AUM_NO_CLASS, NAN);
    add_part(tally, 1, 1, 2, 7);
    add_part(tally, 2, 1, 4, 9);
    check_suggestion(tally, 7, 1. / 3); /* a tie: the lower class */
    add_part(tally, 3, 1, 3, 9);
    check_suggestion(tally, 9, 2. / 4);
    add_part(tally, 4, 1, 99, 3);
    add_part(tally, 5, 1, 99, 2);
    check_suggestion(tally, 9, 2. / 6); /* four classes */
    add_part(tally, 6, 1, 1, 8);
    check_suggestion(tally, 2, NAN); /* five: that of the worst margin */
    add_part(tally, 7, 1, 1, 9);
    check_suggestion(tally, 2, NAN);
    aum_tally_destroy(tally);
}
END_TEST

/* A label that changes may have won before. */
START_TEST(the_label_is_not_suggested)
{
    struct aum_tally *tally = aum_tally_create(&(struct aum_tally_options){
        .threshold_class = AUM_NO_CLASS, .allow_relabel = true});
    add_part(tally, 0, 1, 2, 7);
    add_part(tally, 1, 1, 2, 7);
    add_part(tally, 2, 1, 1, 3);
    check_suggestion(tally, 7, 2. / 3);
    add_part(tally, 3, 7, -1, AUM_NO_CLASS);
    check_suggestion(tally, 3, 1. / 4);
    aum_tally_destroy(tally);
}
END_TEST

/* ---- against votes that are all counted ---- */

enum { SAMPLES = 60, CLASSES = 8, PARTS = 3, THRESHOLD_CLASS = 5 };

struct poll {
    uint32_t measurements;
    uint32_t votes[CLASSES];
    double worst[CLASSES]; /* the lowest margin, of each class that won */
};

static void vote(struct poll *poll, double margin, uint32_t class)
{
    poll->measurements++;
    if (class == AUM_NO_CLASS)
        return;
    poll->votes[class]++;
    poll->worst[class] = fmin(poll->worst[class], margin);
}

/* By the definition: the threshold class counts for nothing. */
static uint32_t elect(const struct poll *poll, double *share)
{
    uint32_t classes = 0;
    uint32_t most = AUM_NO_CLASS;
    uint32_t worst = AUM_NO_CLASS;
    *share = NAN;
    for (uint32_t c = 0; c < CLASSES; c++) {
        if (poll->votes[c] == 0 || c == THRESHOLD_CLASS)
            continue;
        classes++;
        if (most == AUM_NO_CLASS || poll->votes[c] > poll->votes[most])
            most = c;
        if (worst == AUM_NO_CLASS || poll->worst[c] < poll->worst[worst])
            worst = c;
    }
    if (classes > 4)
        return worst;
    if (classes > 0)
        *share = poll->votes[most] / (double)poll->measurements;
    return most;
}

static void check_polls(const struct aum_tally *tally, const struct poll *polls)
{
    struct aum_ranking *ranking = NULL;
    struct aum_row row;
    double share;
    ck_assert_int_eq(aum_ranking_create(tally, NULL, &ranking), AUM_OK);
    ck_assert_uint_eq(aum_ranking_size(ranking), SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++) {
        aum_ranking_row(ranking, i, &row);
        const uint32_t class = elect(&polls[row.id.int64], &share);
        ck_assert_uint_eq(row.suggested_label, class);
        ck_assert(row.suggested_share == share ||
                  (isnan(row.suggested_share) && isnan(share)));
    }
    aum_ranking_destroy(ranking);
}

/* The threshold class is known from the start, or only at the end; there are
 * few or many rounds, so that few or many samples have more than four classes;
 * the measurements are in one tally, or in several that are merged. */
START_TEST(votes_are_counted)
{
    uint64_t state = random_seed(1962) + (uint64_t)_i;
    const bool late = _i % 2 != 0;
    const int rounds = 2 + _i;
    const struct aum_tally_options options = {
        .threshold_class = late ? AUM_NO_CLASS : THRESHOLD_CLASS,
        .threshold_later = late};
    struct poll polls[SAMPLES] = {{0}};
    struct aum_tally *whole = aum_tally_create(&options);
    struct aum_tally *parts[PARTS];
    for (int k = 0; k < PARTS; k++)
        parts[k] = aum_tally_create(&options);
    for (int n = 0; n < rounds * SAMPLES; n++) {
        const uint32_t id = (uint32_t)n % SAMPLES;
        const double other = (double)random_below(&state, 6) - 1;
        uint32_t class = 1 + (uint32_t)random_below(&state, CLASSES - 1);
        class = other > 0 ? class : AUM_NO_CLASS;
        vote(&polls[id], -other, class);
        add_part_of(whole, id, (uint32_t)n, 0, other, class);
        add_part_of(parts[random_below(&state, PARTS)], id, (uint32_t)n, 0,
                    other, class);
    }
    for (int k = 1; k < PARTS; k++) {
        ck_assert_int_eq(aum_tally_merge(parts[0], parts[k]), AUM_OK);
        aum_tally_destroy(parts[k]);
    }
    for (int k = 0; late && k < 2; k++)
        ck_assert_int_eq(aum_tally_set_threshold_class(
                             k == 0 ? whole : parts[0], THRESHOLD_CLASS),
                         AUM_OK);
    check_polls(whole, polls);
    check_polls(parts[0], polls);
    aum_tally_destroy(whole);
    aum_tally_destroy(parts[0]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("votes");
    TCase *tests = suite_case(suite, "votes");
    tcase_add_test(tests, the_most_votes_win);
    tcase_add_test(tests, the_label_is_not_suggested);
    tcase_add_loop_test(tests, votes_are_counted, 0, 8);
    return suite_run(suite);
}
