/*
 * plots.c - what --plot draws
 */
#include "report/plots.h"

#include <stdlib.h>

#include "picture/svg.h"
#include "report/trace_table.h"

static bool write_and_free(struct text *text, struct out_file *out,
                           struct error *error)
{
    const bool good = out_file_write_text(out, text, error);
    text_free(text);
    return good;
}

bool plots_write_histogram(const struct findings *findings,
                           struct out_file *out, struct error *error)
{
    struct text text = {.bytes = NULL};
    histogram_draw(&text, &findings->histogram, findings->cutoffs,
                   findings->cutoff_count, true);
    return write_and_free(&text, out, error);
}

static size_t count_panels(const struct traces *runs, size_t run_count)
{
    size_t panels = 0;
    for (size_t r = 0; r < run_count; r++) {
        for (size_t i = 0; i < runs[r].count; i++)
            panels += runs[r].traces[i].count > 0;
    }
    return panels;
}

static void draw_panel(struct text *text, const struct report_options *options,
                       const struct traces *run, size_t i, double top)
{
    const struct trace *trace = &run->traces[i];
    struct trajectory_point *points = trace_points(run, trace);
    char about[TRACE_ABOUT_SIZE];
    trace_about(options, run, trace, about);
    const struct trajectory course = trace_course(run, trace, points, about);
    if (points != NULL)
        trajectory_draw(text, &course, top);
    else
        text->failed = true;
    free(points);
}

bool plots_write_trajectories(const struct report_options *options,
                              const struct traces *runs, size_t run_count,
                              struct out_file *out, struct error *error)
{
    struct text text = {.bytes = NULL};
    size_t panels = 0;
    svg_open(&text, COURSE_WIDTH,
             COURSE_HEIGHT * (double)count_panels(runs, run_count), true,
             "Logits over training");
    for (size_t i = 0; i < runs[0].count; i++) {
        for (size_t r = 0; r < run_count; r++) {
            if (runs[r].traces[i].count > 0)
                draw_panel(&text, options, &runs[r], i,
                           COURSE_HEIGHT * (double)panels++);
        }
    }
    svg_close(&text);
    return write_and_free(&text, out, error);
}
