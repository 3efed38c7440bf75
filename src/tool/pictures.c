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
    struct out_file *plot;
    struct out_file *report;
    struct id_list wanted; /* --trace */
    struct traces *traces; /* of these, one for each run */
    size_t run_count;
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

static bool open_file(const struct pictures *pictures, const char *path,
                      struct out_file **out)
{
    struct out_error error;
    if (path == NULL)
        return true;
    *out = out_file_open(path, &error);
    return *out != NULL || failed(pictures, error.text);
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

static bool read_wanted(struct pictures *pictures)
{
    const char *trace = pictures->options->trace;
    if (trace == NULL)
        return true;
    if (!id_list_parse(&pictures->wanted, trace, pictures->messages))
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

struct pictures *pictures_open(const struct options *options,
                               struct messages *messages)
{
    struct pictures *pictures = calloc(1, sizeof *pictures);
    if (pictures == NULL) {
        message_error(messages, "out of memory");
        return NULL;
    }
    pictures->options = options;
    pictures->messages = messages;
    if (read_wanted(pictures) &&
        open_file(pictures, options->plot, &pictures->plot) &&
        open_file(pictures, options->report, &pictures->report))
        return pictures;
    pictures_abandon(pictures);
    return NULL;
}

void pictures_abandon(struct pictures *pictures)
{
    if (pictures == NULL)
        return;
    for (size_t i = 0; i < pictures->run_count; i++)
        traces_free(&pictures->traces[i]);
    free(pictures->traces);
    id_list_free(&pictures->wanted);
    out_file_abandon(pictures->plot);
    out_file_abandon(pictures->report);
    free(pictures);
}

/* Closes a file with all of a text in it. */
static bool finish(struct pictures *pictures, struct out_file **file,
                   struct text *text)
{
    struct out_error error;
    bool good = out_file_write_text(*file, text, &error);
    if (good) {
        good = out_file_close(*file, &error);
        *file = NULL;
    }
    text_free(text);
    return good || failed(pictures, error.text);
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

static bool write_report(struct pictures *pictures,
                         const struct summary *summary,
                         const struct findings *findings)
{
    char **texts = suspect_texts(findings);
    struct text text = {.bytes = NULL};
    bool good = texts != NULL && (findings->suspect_count == 0 ||
                                  texts[findings->suspect_count - 1] != NULL);
    struct traces *traces = NULL;
    if (good)
        traces = read_traces(pictures, summary->runs, summary->run_count, texts,
                             findings->suspect_count, "suspects", false, &good);
    else
        out_of_memory(pictures);
    const struct page page = {summary, findings, traces,
                              pictures->options->images};
    if (good)
        page_put(&text, &page);
    good = good && finish(pictures, &pictures->report, &text);
    for (size_t i = 0; traces != NULL && i < summary->run_count; i++)
        traces_free(&traces[i]);
    free(traces);
    free_texts(texts);
    return good;
}

/* ---- all of it ---- */

static bool write_plot(struct pictures *pictures,
                       const struct findings *findings)
{
    struct text text = {.bytes = NULL};
    if (pictures->options->trace != NULL)
        draw_traces(pictures, &text);
    else
        histogram_draw(&text, &findings->histogram, findings->cutoffs,
                       findings->cutoff_count, true);
    return finish(pictures, &pictures->plot, &text);
}

bool pictures_write(struct pictures *pictures, const struct summary *summary)
{
    struct findings *findings = NULL;
    bool good = true;
    if (summary != NULL) {
        findings = calloc(1, sizeof *findings);
        good =
            (findings != NULL &&
             findings_gather(
                 findings, summary->ranking, summary->runs, summary->run_count,
                 summary->evaluated ? summary->evaluation.mislabeled : 0)) ||
            out_of_memory(pictures);
    }
    good = good && (pictures->plot == NULL || write_plot(pictures, findings));
    good = good && (pictures->report == NULL ||
                    write_report(pictures, summary, findings));
    if (findings != NULL)
        findings_free(findings);
    free(findings);
    return good;
}
