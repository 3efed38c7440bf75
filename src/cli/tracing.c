/*
 * tracing.c - which samples are followed through their epochs, in all runs
 */
#include "cli/tracing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/failure.h"

/* Prints why a function of another room has failed. Returns false. */
static bool fail(struct tracing *tracing)
{
    return log_failure(tracing->messages, &tracing->error);
}

/* An id that is given twice counts once. */
static void drop_repeated(struct id_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t j = 0;
        while (j < kept && strcmp(list->texts[j], list->texts[i]) != 0)
            j++;
        if (j == kept)
            list->texts[kept++] = list->texts[i];
    }
    list->count = kept;
}

bool tracing_init(struct tracing *tracing, const struct options *options,
                  struct messages *messages)
{
    const char *trace = options->report.trace;
    *tracing = (struct tracing){.options = options,
                                .messages = messages,
                                .run_count = options->run_count};
    if (trace == NULL)
        return true;
    if (!id_list_parse(&tracing->wanted, trace, &tracing->error) ||
        !id_list_has_any(&tracing->wanted, &tracing->error))
        return fail(tracing);
    if (tracing->wanted.count > TRACES_MAX) {
        log_error(messages,
                  "--trace: %zu samples; at most %d are traced. --records "
                  "writes any number",
                  tracing->wanted.count, TRACES_MAX);
        return false;
    }
    drop_repeated(&tracing->wanted);
    return true;
}

static void free_traces(struct traces *traces, size_t run_count)
{
    for (size_t i = 0; traces != NULL && i < run_count; i++)
        traces_free(&traces[i]);
    free(traces);
}

void tracing_free(struct tracing *tracing)
{
    free_traces(tracing->traces, tracing->run_count);
    free_traces(tracing->suspects, tracing->run_count);
    id_list_free(&tracing->wanted);
}

/* Reads the traces of some samples in each run. */
static bool follow(struct tracing *tracing, const struct run *runs,
                   char *const *texts, size_t count, const char *source,
                   bool all_classes, struct traces **traces)
{
    *traces = calloc(tracing->run_count, sizeof **traces);
    if (*traces == NULL)
        return log_status(tracing->messages, AUM_NO_MEMORY);
    for (size_t i = 0; i < tracing->run_count; i++) {
        if (!traces_read(&(*traces)[i], &runs[i].index, runs[i].states.marks,
                         runs[i].scan.is_left_out, &tracing->options->scan,
                         texts, count, source, all_classes, tracing->messages,
                         &tracing->error))
            return fail(tracing);
        (*traces)[i].run = runs[i].result.number;
    }
    return true;
}

/* ---- of --trace ---- */

/* Warns of samples that no run has. False if that is all of them. */
static bool report_missing(const struct tracing *tracing)
{
    size_t missing = 0;
    bool incomplete = false;
    for (size_t r = 0; r < tracing->run_count; r++)
        incomplete |= tracing->traces[r].incomplete;
    for (size_t i = 0; i < tracing->wanted.count; i++) {
        bool found = false;
        for (size_t r = 0; r < tracing->run_count; r++)
            found |= tracing->traces[r].traces[i].found;
        if (found)
            continue;
        if (missing++ == 0)
            log_warning(tracing->messages, "--trace: sample %s is in no dump%s",
                        tracing->wanted.texts[i],
                        incomplete ? " that is there; a state has no traces"
                                   : "");
    }
    if (missing < tracing->wanted.count)
        return true;
    log_error(tracing->messages,
              "--trace=%s: none of these samples is in the dumps%s",
              tracing->options->report.trace,
              incomplete ? " that are there; a state has no traces: give "
                           "the dumps that it was made from, too"
                         : "");
    return false;
}

/* States have no logits: is there anything else? */
static bool has_dumps(const struct tracing *tracing, const struct run *runs)
{
    for (size_t i = 0; i < tracing->run_count; i++) {
        const struct run *run = &runs[i];
        for (size_t j = 0; j < run->index.record_count; j++) {
            if (run->states.marks == NULL ||
                run->states.marks[j] != SCAN_ABSENT)
                return true;
        }
    }
    log_error(tracing->messages,
              "%s: a state has no logits for --trace; give the dumps that "
              "it was made from, too",
              runs[0].states.loaded[0].path);
    return false;
}

bool tracing_follow_wanted(struct tracing *tracing, const struct run *runs)
{
    return has_dumps(tracing, runs) &&
           follow(tracing, runs, tracing->wanted.texts, tracing->wanted.count,
                  tracing->options->report.trace, true, &tracing->traces) &&
           report_missing(tracing);
}

bool tracing_skipped(const struct tracing *tracing)
{
    bool any = false;
    for (size_t i = 0; tracing->traces != NULL && i < tracing->run_count; i++)
        any |= tracing->traces[i].skipped;
    return any;
}

/* ---- of suspects ---- */

static char *format_id(const struct aum_id *id)
{
    char number[24];
    if (id->kind == AUM_IDS_STRING)
        return strdup(id->string);
    if (id->kind == AUM_IDS_UINT64)
        snprintf(number, sizeof number, "%" PRIu64, id->uint64);
    else
        snprintf(number, sizeof number, "%" PRId64, id->int64);
    return strdup(number);
}

bool tracing_follow_suspects(struct tracing *tracing, const struct run *runs,
                             const struct findings *findings)
{
    char *texts[SUSPECTS_MAX] = {NULL};
    bool good = true;
    for (size_t i = 0; good && i < findings->suspect_count; i++) {
        texts[i] = format_id(&findings->suspects[i].id);
        good = texts[i] != NULL || log_status(tracing->messages, AUM_NO_MEMORY);
    }
    good = good && follow(tracing, runs, texts, findings->suspect_count,
                          "suspects", false, &tracing->suspects);
    for (size_t i = 0; i < SUSPECTS_MAX; i++)
        free(texts[i]);
    return good;
}
