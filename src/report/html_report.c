/*
 * html_report.c - the report that --report writes
 */
#include "report/html_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/images.h"
#include "report/trace_table.h"
#include "text/markup.h"
#include "picture/svg.h"

/* Classes that the table shows; of more, those with most suspects. */
#define CLASS_ROWS_MAX 1000u
/* More rows than this are folded away. */
#define CLASS_ROWS_OPEN 30u

#define SMALL_WIDTH 210
#define SMALL_HEIGHT 76

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#222;--soft:#5c5c5c;"
    "--line:#dcdcdc;--card:#f7f7f7;--bar:#8fb3d0;--plus:#bfe3d4;"
    "--minus:#f6d3c8;--hatch:#d1603d;--own:#00694b;--other:#a33a12;"
    "--threshold:#b35900;--curve:#1f5f8b;--cell:#1f5f8b;--on-cell:#fff}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#e6e6e6;"
    "--soft:#a5a5a5;--line:#3a3d42;--card:#202327;--bar:#41688a;"
    "--plus:#1f5a48;--minus:#4d2a20;--hatch:#e07f5f;--own:#5fd3ab;"
    "--other:#f0997c;--threshold:#f2a950;--curve:#7fb8e0;--cell:#7fb8e0;"
    "--on-cell:#10202c}}\n"
    "@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;"
    "--card:#fff}.card,figure{break-inside:avoid}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;padding:1rem;max-width:76rem;"
    "background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"
    "'DejaVu Sans',Helvetica,Arial,sans-serif}\n"
    "h1{font-size:1.5rem;margin:.4rem 0}h2{font-size:1.15rem;margin:2rem 0 "
    ".5rem}p{margin:.4rem 0;max-width:52rem}.soft{color:var(--soft)}\n"
    ".tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}.tile{"
    "background:var(--card);border:1px solid var(--line);border-radius:6px;"
    "padding:.5rem .9rem}.tile b{display:block;font-size:1.3rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse}th,td{padding:"
    ".2rem .7rem;text-align:right;border-bottom:1px solid var(--line);"
    "white-space:nowrap}th:first-child,td:first-child{text-align:left}"
    "td.path,th.path{white-space:normal;overflow-wrap:anywhere;min-width:12rem;"
    "text-align:left}.card svg{width:100%}\n"
    "figure{margin:.5rem 0}svg{max-width:100%;height:auto;display:block}\n"
    ".side{display:flex;flex-wrap:wrap;gap:1rem "
    "2rem;align-items:flex-start}.side>*{min-width:0;max-width:100%}\n"
    ".cards{display:grid;gap:.7rem;grid-template-columns:repeat(auto-fill,"
    "minmax(232px,1fr))}.card{background:var(--card);border:1px solid "
    "var(--line);border-radius:6px;padding:.6rem .7rem;min-width:0}\n"
    ".card .id{font-weight:bold;overflow-wrap:anywhere}.card "
    "img{max-width:100%;"
    "max-height:9rem;display:block;margin:.4rem 0;image-rendering:auto}"
    ".card .run{font-size:.8rem;color:var(--soft)}\n"
    "summary{cursor:pointer;margin:.4rem 0}\n"
    "svg text{font:12px system-ui,'DejaVu Sans',Helvetica,Arial,sans-serif;"
    "fill:var(--ink)}svg text.small,svg .small{font-size:11px}"
    "svg text.on-dark{fill:var(--on-cell)}\n"
    ".axis{stroke:var(--soft)}.grid{stroke:var(--line)}.bar{fill:var(--bar)}"
    ".flagged,.minus{fill:url(#hatch)}.plus{fill:var(--plus)}"
    ".hatch-ground{fill:var(--minus)}.hatch-line{stroke:var(--hatch);"
    "stroke-width:2}\n"
    ".threshold{fill:none;stroke:var(--threshold);stroke-width:2}"
    ".cutoff{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 3}"
    ".own{fill:none;stroke:var(--own);stroke-width:2}"
    ".other{fill:none;stroke:var(--other);stroke-width:1.8;"
    "stroke-dasharray:5 3}.own-dot{fill:var(--own)}.other-dot{fill:"
    "var(--other)}.curve{fill:none;stroke:var(--curve);stroke-width:2}"
    ".cell{fill:var(--cell)}.cell-ground{fill:var(--card)}\n";

static void put(struct text *text, const char *string)
{
    text_put(text, string, strlen(string));
}

static bool has_cutoff(const struct html_report *page)
{
    return page->summary->runs[0].has_cutoff;
}

/* ---- what was scanned ---- */

static void put_tile(struct text *text, const char *value, const char *what)
{
    put(text, "<div class=\"tile\"><b>");
    markup_put_string(text, value);
    put(text, "</b>");
    markup_put_string(text, what);
    put(text, "</div>\n");
}

static void put_tiles(struct text *text, const struct html_report *page)
{
    const struct summary *summary = page->summary;
    const size_t size = aum_ranking_size(summary->ranking);
    const size_t flagged = aum_ranking_flagged(summary->ranking);
    char value[64];
    put(text, "<div class=\"tiles\">\n");
    snprintf(value, sizeof value, "%zu", size);
    put_tile(text, value, "samples ranked");
    if (has_cutoff(page)) {
        snprintf(value, sizeof value, "%zu (%.1f%%)", flagged,
                 percent_of(flagged, size));
        put_tile(text, value, "flagged");
    }
    snprintf(value, sizeof value, "%" PRIu64, summary->runs[0].epochs);
    put_tile(text, value, "epochs");
    snprintf(value, sizeof value, "%zu",
             run_results_label_classes(summary->runs, summary->run_count));
    put_tile(text, value, "classes");
    put(text, "</div>\n");
}

/* "-0.5", or "-1.25 to 0" where classes differ: the table of classes has all
 * digits. */
static void put_cutoffs(struct text *text, const struct run_result *run)
{
    double low;
    double high;
    run_result_cutoff_range(run, &low, &high);
    if (!run->has_cutoff || isnan(low))
        return;
    if (low == high)
        markup_put_double(text, low);
    else
        markup_put(text, "%.4g to %.4g", low, high);
}

/* "12 (0 to 11)", or "8 of 12 (0 to 7)" if the data chose them. */
static void put_epochs(struct text *text, const struct run_result *run)
{
    int64_t last = run->last_epoch;
    if (run->window.epochs > 0 && run->window.epochs < run->epochs) {
        markup_put(text, "%" PRIu64 " of ", run->window.epochs);
        last = run->window.last_epoch;
    }
    markup_put(text, "%" PRIu64 " (%" PRId64 " to %" PRId64 ")", run->epochs,
               run->first_epoch, last);
}

static void put_run(struct text *text, const struct run_result *run)
{
    char bytes[16];
    markup_put(text, "<tr><td>%zu</td><td class=\"path\"><bdi>",
               run->number > 0 ? run->number : 1);
    markup_put_shown(text, run->first_file);
    put(text, "</bdi>");
    if (run->files > 1)
        markup_put(text, " and %zu more", run->files - 1);
    markup_put(text, "</td><td>%s</td><td>",
               format_bytes((double)run->bytes, bytes));
    put_epochs(text, run);
    markup_put(text, "</td><td>%zu</td><td>%zu</td><td>", run->samples,
               run->threshold_count);
    put_cutoffs(text, run);
    markup_put(text, "</td><td>%zu</td><td>", run->judged);
    if (run->has_cutoff)
        markup_put(text, "%zu", run->flagged);
    put(text, "</td></tr>\n");
}

static void put_runs(struct text *text, const struct html_report *page)
{
    put(text, "<div class=\"scroll\"><table><tr><th>run</th><th "
              "class=\"path\">dumps</th>"
              "<th>size</th><th>epochs</th><th>samples</th><th>threshold "
              "samples</th><th>cutoff</th><th>judged</th><th>flagged</th>"
              "</tr>\n");
    for (size_t i = 0; i < page->summary->run_count; i++)
        put_run(text, &page->summary->runs[i]);
    put(text, "</table></div>\n");
}

static const char *where_cutoffs_are_from(const struct run_result *run)
{
    if (run_result_cuts_by_class(run))
        return "The cutoffs come from the AUMs, which fall into two groups, "
               "class by class. ";
    if (run->threshold_samples > 0)
        return "The cutoff of a run is a percentile of the AUMs of its "
               "threshold samples, which are certainly mislabeled";
    return "The cutoff was given. ";
}

static const char *when_flagged(enum aum_combine combine)
{
    switch (combine) {
    case AUM_COMBINE_ANY:
        break;
    case AUM_COMBINE_MAJORITY:
        return "more than half of the runs that judge it flag it";
    case AUM_COMBINE_MEAN:
        return "its AUMs are below the cutoffs on average over the runs that "
               "judge it";
    }
    return "any run that judges it flags it";
}

/* How it came about that samples are flagged. */
static void put_rule(struct text *text, const struct html_report *page)
{
    const struct summary *summary = page->summary;
    const struct run_result *run = &summary->runs[0];
    const bool window = run->window.epochs > 0;
    if (!has_cutoff(page) && !window)
        return;
    put(text, "<p>");
    if (has_cutoff(page))
        put(text, where_cutoffs_are_from(run));
    if (has_cutoff(page) && run->threshold_samples > 0)
        put(text, window ? ", but at most 0. " : ". ");
    if (window)
        put(text, "The epochs are those that separate the groups about as "
                  "clearly as any do. ");
    if (has_cutoff(page) && summary->run_count > 1)
        markup_put(text, "A sample is flagged if %s.",
                   when_flagged(summary->combine));
    put(text, "</p>\n");
}

/* ---- how well ---- */

static void put_ratio(struct text *text, double value, const char *what)
{
    char number[16];
    snprintf(number, sizeof number, isnan(value) ? "undefined" : "%.4f", value);
    put_tile(text, number, what);
}

static void put_evaluation(struct text *text, const struct html_report *page)
{
    const struct aum_evaluation *e = &page->summary->evaluation;
    const struct precision_recall curve = {
        page->findings->precision_recall_count,
        page->findings->curve,
        has_cutoff(page) && !isnan(e->precision) && !isnan(e->recall),
        {e->recall, e->precision}};
    put(text, "<h2>Against the truth</h2>\n");
    markup_put(text,
               "<p>%zu of %zu samples whose true label is known are "
               "mislabeled.</p>\n<div class=\"tiles\">\n",
               e->mislabeled, e->samples);
    if (has_cutoff(page)) {
        put_ratio(text, e->precision, "precision of the flags");
        put_ratio(text, e->recall, "recall");
        put_ratio(text, e->f1, "F1");
    }
    put_ratio(text, e->auroc, "AUROC of the ranking");
    put_ratio(text, e->average_precision, "average precision");
    put(text, "</div>\n<figure>");
    precision_recall_draw(text, &curve);
    put(text, "</figure>\n");
}

/* ---- classes ---- */

static size_t suspects_of(const struct class_finding *finding)
{
    return finding->flagged > 0 ? finding->flagged : finding->looks_like_count;
}

static int most_suspects_first(const void *a, const void *b)
{
    const struct class_finding *x = *(const struct class_finding *const *)a;
    const struct class_finding *y = *(const struct class_finding *const *)b;
    const size_t m = suspects_of(x);
    const size_t n = suspects_of(y);
    if (m != n)
        return m > n ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

static int by_label(const void *a, const void *b)
{
    const struct class_finding *x = *(const struct class_finding *const *)a;
    const struct class_finding *y = *(const struct class_finding *const *)b;
    return (x->label > y->label) - (x->label < y->label);
}

static int64_t label_of(const struct html_report *page, uint32_t class)
{
    return class_label(&page->summary->options->labels, class);
}

/* "3", or "3 cat" if the class has a name. */
static void put_label(struct text *text, const struct html_report *page,
                      uint32_t class)
{
    const char *name = report_class_name(page->summary->options, class);
    markup_put(text, "%" PRId64, label_of(page, class));
    if (*name != '\0')
        put(text, " ");
    markup_put_shown(text, name);
    if (*name == '\0' && class == page->summary->options->threshold_class)
        put(text, " (threshold)");
}

static bool cuts_by_class(const struct html_report *page)
{
    return run_result_cuts_by_class(&page->summary->runs[0]);
}

/* A class has a cutoff of its own in each run, or in none. */
static void put_class_cutoffs(struct text *text, const struct html_report *page,
                              uint32_t class)
{
    for (size_t i = 0; cuts_by_class(page) && i < page->summary->run_count;
         i++) {
        const double cutoff = run_result_cutoff(&page->summary->runs[i], class);
        put(text, "<td>");
        if (!isnan(cutoff))
            markup_put_double(text, cutoff);
        put(text, "</td>");
    }
}

static void put_cutoff_titles(struct text *text, const struct html_report *page)
{
    const size_t runs = page->summary->run_count;
    for (size_t i = 0; cuts_by_class(page) && i < runs; i++) {
        if (runs == 1)
            put(text, "<th>cutoff</th>");
        else
            markup_put(text, "<th>cutoff, run %zu</th>", i + 1);
    }
}

static void put_class(struct text *text, const struct html_report *page,
                      const struct class_finding *c)
{
    markup_put(text, "<tr data-label=\"%" PRId64 "\"><td>",
               label_of(page, c->label));
    put_label(text, page, c->label);
    markup_put(text, "</td><td>%zu</td>", c->samples);
    if (has_cutoff(page))
        markup_put(text, "<td>%zu</td><td>%.1f%%</td>", c->flagged,
                   percent_of(c->flagged, c->samples));
    put_class_cutoffs(text, page, c->label);
    put(text, "<td>");
    if (c->looks_like_count > 0) {
        put_label(text, page, c->looks_like);
        markup_put(text, " (%zu)", c->looks_like_count);
    }
    put(text, "</td></tr>\n");
}

static void put_class_table(struct text *text, const struct html_report *page)
{
    const struct findings *f = page->findings;
    const struct class_table *classes = &f->classes;
    const struct class_finding **rows =
        malloc((classes->count + 1) * sizeof *rows);
    size_t count = 0;
    if (rows == NULL) {
        text->failed = true;
        return;
    }
    for (size_t i = 0; i < classes->count; i++) {
        if (classes->classes[i].samples > 0)
            rows[count++] = &classes->classes[i];
    }
    const size_t shown = count < CLASS_ROWS_MAX ? count : CLASS_ROWS_MAX;
    qsort(rows, count, sizeof *rows, most_suspects_first);
    qsort(rows, shown, sizeof *rows, by_label);
    if (shown < count)
        markup_put(text, "<p>The %zu classes with most suspects, of %zu.</p>\n",
                   shown, count);
    if (shown > CLASS_ROWS_OPEN)
        markup_put(text, "<details><summary>%zu classes</summary>\n", shown);
    markup_put(text,
               "<div class=\"scroll\"><table><tr><th>label</th><th>samples</th>"
               "%s",
               has_cutoff(page) ? "<th>flagged</th><th>share</th>" : "");
    put_cutoff_titles(text, page);
    put(text, "<th>looks like</th></tr>\n");
    for (size_t i = 0; i < shown; i++)
        put_class(text, page, rows[i]);
    put(text, "</table></div>\n");
    if (shown > CLASS_ROWS_OPEN)
        put(text, "</details>\n");
    free(rows);
}

static void put_map(struct text *text, const struct html_report *page)
{
    const struct confusion_matrix *map = &page->findings->map;
    struct matrix_class classes[HEAT_MAP_CLASSES_MAX];
    for (size_t i = 0; i < map->count; i++)
        classes[i] = (struct matrix_class){
            label_of(page, map->classes[i]),
            report_class_name(page->summary->options, map->classes[i])};
    confusion_matrix_draw(text, map, classes);
}

static void put_classes(struct text *text, const struct html_report *page)
{
    const struct findings *f = page->findings;
    put(text, "<h2>Classes</h2>\n");
    markup_put(text,
               "<p>Suspects are the %s. A suspect looks like the class that "
               "beat its label in the most epochs (its suggested label); the "
               "table has the most frequent one.</p>\n",
               has_cutoff(page) ? "flagged samples"
                                : "samples with an AUM below 0");
    put(text, "<div class=\"side\"><div>\n");
    put_class_table(text, page);
    put(text, "</div>\n");
    if (f->map.count > 0) {
        put(text, "<figure class=\"scroll\">");
        put_map(text, page);
        if (!f->map_is_whole)
            markup_put(text,
                       "<figcaption class=\"soft\">The %zu classes with most "
                       "suspects.</figcaption>",
                       f->map.count);
        put(text, "</figure>\n");
    }
    put(text, "</div>\n");
}

/* ---- suspects ---- */

static void put_image(struct text *text, const char *pattern, const char *id,
                      int64_t label)
{
    const size_t before = text->used;
    put(text, "<img loading=\"lazy\" src=\"");
    if (!images_put_url(text, pattern, id, label)) {
        text->used = before;
        put(text, "<div class=\"soft\">No picture: this id is no name within "
                  "the pictures' folder.</div>\n");
        return;
    }
    put(text, "\" alt=\"picture of sample ");
    markup_put_shown(text, id);
    put(text, "\">");
}

static void draw_small(struct text *text, const struct traces *traces,
                       const struct trace *trace)
{
    struct trajectory_point *points = trace_points(traces, trace);
    const struct trajectory course = trace_course(traces, trace, points, "");
    if (points != NULL)
        trajectory_draw_small(text, &course, SMALL_WIDTH, SMALL_HEIGHT);
    else
        text->failed = true;
    free(points);
}

static void put_suspect(struct text *text, const struct html_report *page,
                        size_t i)
{
    const struct aum_row *row = &page->findings->suspects[i];
    const char *id = page->traces[0].traces[i].text;
    markup_put(text, "<div class=\"card\" data-rank=\"%zu\" data-sample_id=\"",
               row->rank);
    markup_put_string(text, id);
    markup_put(text, "\" data-label=\"%" PRId64 "\" data-aum=\"",
               label_of(page, row->label));
    markup_put_double(text, row->aum);
    put(text, "\">\n<div class=\"id\">");
    markup_put_shown(text, id);
    put(text, "</div>\n");
    if (page->images != NULL)
        put_image(text, page->images, id, label_of(page, row->label));
    put(text, "<div>label ");
    put_label(text, page, row->label);
    if (row->suggested_label != AUM_NO_CLASS) {
        put(text, ", looks like <b>");
        put_label(text, page, row->suggested_label);
        put(text, "</b>");
        if (!isnan(row->suggested_share))
            markup_put(text, " (%.0f%% of epochs)", 100 * row->suggested_share);
    }
    markup_put(text, "</div>\n<div class=\"soft\">AUM %.4g</div>\n", row->aum);
    for (size_t r = 0; r < page->summary->run_count; r++) {
        const struct trace *trace = &page->traces[r].traces[i];
        if (trace->count == 0)
            continue;
        if (page->traces[r].run > 0) {
            markup_put(text, "<div class=\"run\">run %zu, label ",
                       page->traces[r].run);
            put_label(text, page, trace->label);
            put(text, "</div>");
        }
        draw_small(text, &page->traces[r], trace);
    }
    put(text, "</div>\n");
}

static void put_suspects(struct text *text, const struct html_report *page)
{
    const struct findings *f = page->findings;
    bool incomplete = false;
    for (size_t r = 0; r < page->summary->run_count; r++)
        incomplete |= page->traces[r].incomplete;
    markup_put(text, "<h2>The %zu most suspicious samples</h2>\n",
               f->suspect_count);
    put(text,
        "<p class=\"soft\">Over training: the logit of the assigned class "
        "(solid) and the largest other one (dashed); the area between "
        "them is hatched where the other one is larger.</p>\n");
    if (incomplete)
        put(text, "<p class=\"soft\">Epochs whose dumps are gone, so that only "
                  "a state has them, are not drawn.</p>\n");
    put(text, "<div class=\"cards\">\n");
    for (size_t i = 0; i < f->suspect_count; i++)
        put_suspect(text, page, i);
    put(text, "</div>\n");
}

/* ---- the page ---- */

static void page_put(struct text *text, const struct html_report *page)
{
    const struct findings *f = page->findings;
    put(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta "
              "charset=\"utf-8\">\n<meta name=\"viewport\" "
              "content=\"width=device-width, initial-scale=1\">\n<title>"
              "Suspected mislabeled samples</title>\n<style>\n");
    put(text, style);
    put(text, "</style>\n</head>\n<body>\n<svg width=\"0\" height=\"0\" "
              "aria-hidden=\"true\" style=\"position:absolute\">");
    svg_patterns(text);
    put(text, "</svg>\n<h1>Suspected mislabeled samples</h1>\n");
    put(text, "<p>By the area under the margin (AUM): the logit of a sample's "
              "assigned label minus the largest other one, averaged over the "
              "epochs of its training. Mislabeled samples come out low.</p>\n");
    put_tiles(text, page);
    put_runs(text, page);
    put_rule(text, page);
    put(text, "<h2>Distribution of the AUMs</h2>\n<figure>");
    histogram_draw(text, &f->histogram, f->cutoffs, f->cutoff_count, false);
    put(text, "</figure>\n");
    if (page->summary->evaluated)
        put_evaluation(text, page);
    if (aum_ranking_size(page->summary->ranking) > 0)
        put_classes(text, page);
    if (f->suspect_count > 0)
        put_suspects(text, page);
    markup_put(text,
               "<p class=\"soft\">%s %s. The method: G. Pleiss, T. Zhang, E. "
               "Elenberg, K. Q. Weinberger, Identifying Mislabeled Data using "
               "the Area Under the Margin Ranking, NeurIPS 2020.</p>\n"
               "</body>\n</html>\n",
               PROGRAM_NAME, aum_version());
}

bool html_report_write(const struct html_report *page, struct out_file *out,
                       struct error *error)
{
    struct text text = {.bytes = NULL};
    page_put(&text, page);
    const bool good = out_file_write_text(out, &text, error);
    text_free(&text);
    return good;
}
