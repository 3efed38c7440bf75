/*
 * pictures.c - what is drawn, from what was found: traces, --plot, --report
 */
#include "pictures.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "id_list.h"
#include "page.h"
#include "svg.h"
#include "traces.h"

struct pictures {
    const struct options *options;
    struct messages *messages;
    struct id_list wanted; /* --trace */
    struct traces *traces; /* of these, one for each run */
    size_t run_count;
    struct findings *findings;
    struct traces *suspects; /* traces of them, likewise */
    size_t suspect_runs;
};

static bool failed(const struct pictures *pictures, const char *why)
{
    message_error(pictures->messages, "%s", why);
    return false;
}

static bool out_of_memory(const struct pictures *pictures)
{
    return failed(pictures, "out of memory");
}

/* ---- opening and closing ---- */

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

static bool read_wanted(struct pictures *pictures)
{
    const char *trace = pictures->options->trace;
    if (trace == NULL)
        return true;
    if (!id_list_parse(&pictures->wanted, trace, pictures->messages) ||
        !id_list_has_any(&pictures->wanted, pictures->messages))
        return false;
    if (pictures->wanted.count > TRACES_MAX) {
        message_error(pictures->messages,
                      "--trace: %zu samples; at most %d are traced. --records "
                      "writes any number",
                      pictures->wanted.count, TRACES_MAX);
        return false;
    }
    drop_repeated(&pictures->wanted);
    return true;
}

struct pictures *pictures_create(const struct options *options,
                                 struct messages *messages)
{
    struct pictures *pictures = calloc(1, sizeof *pictures);
    if (pictures == NULL) {
        message_error(messages, "out of memory");
        return NULL;
    }
    pictures->options = options;
    pictures->messages = messages;
    if (read_wanted(pictures))
        return pictures;
    pictures_destroy(pictures);
    return NULL;
}

static void free_traces(struct traces *traces, size_t run_count)
{
    for (size_t i = 0; traces != NULL && i < run_count; i++)
        traces_free(&traces[i]);
    free(traces);
}

void pictures_destroy(struct pictures *pictures)
{
    if (pictures == NULL)
        return;
    free_traces(pictures->traces, pictures->run_count);
    free_traces(pictures->suspects, pictures->suspect_runs);
    if (pictures->findings != NULL)
        findings_free(pictures->findings);
    free(pictures->findings);
    id_list_free(&pictures->wanted);
    free(pictures);
}

/* ---- traces ---- */

/* Reads the traces of some samples in each run. The caller frees them. */
static struct traces *read_traces(const struct pictures *pictures,
                                  const struct run *runs, size_t run_count,
                                  char *const *texts, size_t count,
                                  const char *source, bool all_classes,
                                  bool *good)
{
    struct traces *traces = calloc(run_count, sizeof *traces);
    *good = traces != NULL || out_of_memory(pictures);
    for (size_t i = 0; *good && i < run_count; i++) {
        *good = traces_read(&traces[i], &runs[i].plan, pictures->options, texts,
                            count, source, all_classes, pictures->messages);
        traces[i].run = runs[i].number;
    }
    return traces;
}

/* Tells of samples that no run has. False if that is all of them. */
static bool tell_missing(const struct pictures *pictures)
{
    size_t missing = 0;
    for (size_t i = 0; i < pictures->wanted.count; i++) {
        bool found = false;
        for (size_t r = 0; r < pictures->run_count; r++)
            found |= pictures->traces[r].traces[i].found;
        if (found)
            continue;
        if (missing++ == 0)
            message_warning(pictures->messages,
                            "--trace: sample %s is in no dump%s",
                            pictures->wanted.texts[i],
                            pictures->traces[0].incomplete
                                ? " that is there; a state has no traces"
                                : "");
    }
    if (missing < pictures->wanted.count)
        return true;
    message_error(pictures->messages,
                  "--trace=%s: none of these samples is in the dumps",
                  pictures->options->trace);
    return false;
}

bool pictures_trace(struct pictures *pictures, const struct run *runs,
                    size_t run_count)
{
    bool good;
    pictures->traces = read_traces(
        pictures, runs, run_count, pictures->wanted.texts,
        pictures->wanted.count, pictures->options->trace, true, &good);
    pictures->run_count = pictures->traces != NULL ? run_count : 0;
    return good && tell_missing(pictures);
}

bool pictures_skipped(const struct pictures *pictures)
{
    bool any = false;
    for (size_t i = 0; i < pictures->run_count; i++)
        any |= pictures->traces[i].skipped;
    return any;
}

bool pictures_write_traces(const struct pictures *pictures,
                           struct out_file *out, struct out_error *error)
{
    struct table table;
    const bool several = pictures->run_count > 1;
    table_init(&table, pictures->options->format, trace_columns,
               TRACE_COLUMNS - !several);
    table_header(&table);
    for (size_t i = 0; i < pictures->run_count; i++)
        traces_write(&pictures->traces[i], &table);
    const bool good = out_file_write_text(out, &table.text, error);
    table_free(&table);
    return good;
}

/* A panel a sample and run, one below the other. */
static void draw_traces(const struct pictures *pictures, struct text *text)
{
    size_t panels = 0;
    for (size_t r = 0; r < pictures->run_count; r++) {
        for (size_t i = 0; i < pictures->wanted.count; i++)
            panels += pictures->traces[r].traces[i].count > 0;
    }
    svg_open(text, COURSE_WIDTH, COURSE_HEIGHT * (double)panels, true,
             "Logits over training");
    panels = 0;
    for (size_t i = 0; i < pictures->wanted.count; i++) {
        for (size_t r = 0; r < pictures->run_count; r++) {
            const struct traces *traces = &pictures->traces[r];
            const struct trace *trace = &traces->traces[i];
            char about[160];
            if (trace->count == 0)
                continue;
            trace_about(trace, traces->run, about);
            const struct course course = trace_course(traces, trace, about);
            course_draw(text, &course, COURSE_HEIGHT * (double)panels++);
        }
    }
    svg_close(text);
}

/* ---- the report ---- */

/* Suspects' ids as texts; free with free_texts(). NULL without memory. */
static char **suspect_texts(const struct findings *findings)
{
    char **texts = calloc(SUSPECTS_MAX, sizeof *texts);
    bool good = texts != NULL;
    for (size_t i = 0; good && i < findings->suspect_count; i++) {
        const struct aum_id *id = &findings->suspects[i].id;
        char number[24];
        if (id->kind == AUM_IDS_UINT64)
            snprintf(number, sizeof number, "%" PRIu64, id->uint64);
        else
            snprintf(number, sizeof number, "%" PRId64, id->int64);
        texts[i] = strdup(id->kind == AUM_IDS_STRING ? id->string : number);
        good = texts[i] != NULL;
    }
    return texts;
}

static void free_texts(char **texts)
{
    for (size_t i = 0; texts != NULL && i < SUSPECTS_MAX; i++)
        free(texts[i]);
    free(texts);
}

static bool trace_suspects(struct pictures *pictures,
                           const struct summary *summary)
{
    const struct findings *findings = pictures->findings;
    char **texts = suspect_texts(findings);
    bool good = texts != NULL && (findings->suspect_count == 0 ||
                                  texts[findings->suspect_count - 1] != NULL);
    if (good) {
        pictures->suspects =
            read_traces(pictures, summary->runs, summary->run_count, texts,
                        findings->suspect_count, "suspects", false, &good);
        pictures->suspect_runs = summary->run_count;
    } else {
        out_of_memory(pictures);
    }
    free_texts(texts);
    return good;
}

/* ---- all of it ---- */

bool pictures_gather(struct pictures *pictures, const struct summary *summary)
{
    if (summary == NULL)
        return true;
    pictures->findings = calloc(1, sizeof *pictures->findings);
    if (pictures->findings == NULL ||
        !findings_gather(pictures->findings, summary->ranking, summary->runs,
                         summary->run_count,
                         summary->evaluated ? summary->evaluation.mislabeled
                                            : 0))
        return out_of_memory(pictures);
    return pictures->options->report == NULL ||
           trace_suspects(pictures, summary);
}

bool pictures_write_plot(const struct pictures *pictures, struct out_file *out,
                         struct out_error *error)
{
    const struct findings *findings = pictures->findings;
    struct text text = {.bytes = NULL};
    if (pictures->options->trace != NULL)
        draw_traces(pictures, &text);
    else
        histogram_draw(&text, &findings->histogram, findings->cutoffs,
                       findings->cutoff_count, true);
    const bool good = out_file_write_text(out, &text, error);
    text_free(&text);
    return good;
}

bool pictures_write_report(const struct pictures *pictures,
                           const struct summary *summary, struct out_file *out,
                           struct out_error *error)
{
    struct text text = {.bytes = NULL};
    const struct page page = {summary, pictures->findings, pictures->suspects,
                              pictures->options->images};
    page_put(&text, &page);
    const bool good = out_file_write_text(out, &text, error);
    text_free(&text);
    return good;
}
