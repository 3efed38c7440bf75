/*
 * tracing.h - which samples are followed through their epochs, in all runs
 */
#ifndef CLI_TRACING_H
#define CLI_TRACING_H

#include "cli/options.h"
#include "cli/run.h"
#include "input/id_list.h"
#include "report/findings.h"
#include "scan/traces.h"

struct tracing {
    const struct options *options;
    struct messages *messages;
    struct error error;      /* of what has failed */
    struct id_list wanted;   /* by --trace */
    struct traces *traces;   /* of these, one for each run */
    struct traces *suspects; /* likewise, of those that a page shows */
    size_t run_count;
};

/* Reads the ids of --trace, if it is given. False after an error message, as
 * the next two. Free with tracing_free() either way. */
bool tracing_init(struct tracing *tracing, const struct options *options,
                  struct messages *messages);

/* Follows the samples of --trace. */
bool tracing_follow_wanted(struct tracing *tracing, const struct run *runs);

/* Follows the suspects. */
bool tracing_follow_suspects(struct tracing *tracing, const struct run *runs,
                             const struct findings *findings);

/* Did --keep-going leave something out? */
bool tracing_skipped(const struct tracing *tracing);

void tracing_free(struct tracing *tracing);

#endif
