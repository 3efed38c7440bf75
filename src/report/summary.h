/*
 * summary.h - what was found, for people and as JSON
 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "aum.h"
#include "text/json.h"
#include "ui/log.h"
#include "report/report_options.h"
#include "report/run_result.h"
#include "report/sweep.h"

/* What the rules for several runs are called. */
#define COMBINE_RULES 3
extern const char *const combine_words[COMBINE_RULES];

struct summary {
    const struct report_options *options;
    const struct run_result *runs;
    size_t run_count;
    const struct aum_ranking *ranking;
    size_t never_judged;
    enum aum_combine combine; /* of several runs */
    double rank_correlation;  /* of two, or NaN */
    bool evaluated;
    struct aum_evaluation evaluation;
    const struct sweep *sweep; /* or NULL */
};

/* The notes on stderr that come after the runs' own. */
void summary_tell(const struct summary *summary, struct messages *messages);

/* All of it. json->text.failed tells that there was no memory. */
void summary_json(const struct summary *summary, struct json *json);

#endif
