/*
 * evaluation.c - flags and ranking against the truth
 */
#include <math.h>

#include "aum.h"
#include "libaum/exact_sum.h"

bool aum_row_is_mislabeled(const struct aum_row *row)
{
    if (row->true_label == AUM_NO_CLASS || row->true_label == AUM_TRUTH_CORRECT)
        return false;
    return row->true_label == AUM_TRUTH_MISLABELED ||
           row->true_label != row->label;
}

/* Counts of the samples up to some place of the ranking; those that are tied
 * there, as their AUMs are equal, count separately. */
struct progress {
    uint64_t samples;
    uint64_t mislabeled;
    uint64_t tied;
    uint64_t tied_mislabeled;
    exact_uint128 half_wins; /* twice the number of pairs in the right order */
    long double precisions;  /* summed over mislabeled samples */
};

/* Adds the tied samples, which are complete. */
static void end_ties(struct progress *p)
{
    const uint64_t tied_correct = p->tied - p->tied_mislabeled;
    p->samples += p->tied;
    p->mislabeled += p->tied_mislabeled;
    /* Each of these correct ones is above all mislabeled ones so far. */
    p->half_wins +=
        (exact_uint128)tied_correct * (2 * p->mislabeled - p->tied_mislabeled);
    if (p->tied_mislabeled > 0)
        p->precisions += (long double)p->tied_mislabeled *
                         (long double)p->mislabeled / (long double)p->samples;
    p->tied = 0;
    p->tied_mislabeled = 0;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

#define ROWS 256

void aum_ranking_evaluate(const struct aum_ranking *ranking,
                          struct aum_evaluation *out)
{
    struct progress p = {0};
    struct aum_row rows[ROWS];
    double aum = NAN;
    const size_t size = aum_ranking_size(ranking);
    *out = (struct aum_evaluation){0};
    for (size_t first = 0; first < size; first += ROWS) {
        const size_t count = size - first < ROWS ? size - first : ROWS;
        aum_ranking_rows(ranking, first, count, rows);
        for (size_t i = 0; i < count; i++) {
            if (rows[i].true_label == AUM_NO_CLASS)
                continue;
            if (rows[i].aum != aum)
                end_ties(&p);
            aum = rows[i].aum;
            const bool mislabeled = aum_row_is_mislabeled(&rows[i]);
            p.tied++;
            p.tied_mislabeled += mislabeled;
            out->flagged += rows[i].flagged;
            out->flagged_mislabeled += rows[i].flagged && mislabeled;
        }
    }
    end_ties(&p);
    const double wrong = (double)p.mislabeled;
    const double right = (double)(p.samples - p.mislabeled);
    const double hits = (double)out->flagged_mislabeled;
    out->samples = (size_t)p.samples;
    out->mislabeled = (size_t)p.mislabeled;
    out->precision = ratio(hits, (double)out->flagged);
    out->recall = ratio(hits, wrong);
    out->f1 = ratio(2 * hits, (double)out->flagged + wrong);
    out->auroc = ratio((double)p.half_wins, 2 * wrong * right);
    out->average_precision =
        wrong > 0 ? (double)(p.precisions / (long double)wrong) : (double)NAN;
}
