/*
 * findings.h - what pictures and the report show of a ranking
 */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "aum.h"
#include "picture/precision_recall.h"
#include "picture/confusion_matrix.h"
#include "picture/histogram.h"
#include "report/class_table.h"
#include "report/run_result.h"

#define SUSPECTS_MAX 50
#define CURVE_POINTS_MAX 400

struct findings {
    struct histogram histogram;
    struct histogram_cutoff *cutoffs;
    size_t cutoff_count;
    char (*cutoff_names)[32];

    struct class_table classes;
    struct confusion_matrix map; /* of the suspects */
    bool map_is_whole;           /* it has all classes that suspects have */

    /* The first of those that are flagged, or of all without a cutoff. */
    struct aum_row suspects[SUSPECTS_MAX];
    size_t suspect_count;

    size_t precision_recall_count;
    struct precision_recall_point curve[CURVE_POINTS_MAX + 2];
};

/*
 * Walks over a ranking of some runs' samples. Suspects are those that are
 * flagged; without a cutoff, those with an AUM below 0. `mislabeled` is how
 * many are in truth, as far as that is known. False without memory; free with
 * findings_free() either way.
 */
bool findings_gather(struct findings *findings,
                     const struct aum_ranking *ranking,
                     const struct run_result *runs, size_t run_count,
                     size_t mislabeled);
void findings_free(struct findings *findings);

#endif
