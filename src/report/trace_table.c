/*
 * trace_table.c - traces of samples as a table and as pictures
 */
#include "report/trace_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/id_cell.h"
#include "text/table_writer.h"

_Static_assert(TRACE_CLASSES_MAX == COURSE_CLASSES_MAX,
               "all logits that are kept are drawn");

static const char *const columns[] = {
    "sample_id", "epoch", "assigned_logit", "other_logit", "other_class",
    "margin",    "run"};

/* As the dumps have it: 007 is 7. */
static struct aum_id id_of(enum aum_id_kind kind, const char *text)
{
    struct aum_id id = {.kind = kind, .string = text};
    if (kind == AUM_IDS_UINT64)
        id.uint64 = strtoull(text, NULL, 10);
    else if (kind == AUM_IDS_INT64)
        id.int64 = strtoll(text, NULL, 10);
    return id;
}

static void write_rows(const struct traces *traces, bool string_ids,
                       struct table *table)
{
    for (size_t i = 0; i < traces->count; i++) {
        const struct trace *trace = &traces->traces[i];
        const struct aum_id id = id_of(traces->kind, trace->text);
        for (size_t j = 0; j < trace->count; j++) {
            const struct trace_point *p = &trace->points[j];
            write_id_cell(table, &id, string_ids);
            table_signed(table, p->epoch);
            table_double(table, p->assigned);
            table_double(table, p->other);
            table_signed(table, class_label(&traces->labels, p->other_class));
            table_double(table, p->assigned - p->other);
            if (traces->run > 0)
                table_unsigned(table, traces->run);
        }
    }
}

bool trace_table_write(const struct traces *runs, size_t run_count,
                       enum table_format format, bool string_ids,
                       struct out_file *out, struct error *error)
{
    struct table table;
    /* The last column is for several runs only. */
    table_init(&table, format, columns,
               sizeof columns / sizeof *columns - (run_count > 1 ? 0 : 1));
    table_header(&table);
    for (size_t i = 0; i < run_count; i++)
        write_rows(&runs[i], string_ids, &table);
    const bool good = out_file_write_text(out, &table.text, error);
    table_free(&table);
    return good;
}

/* " cat", cut if it is long; "" without a name. */
static const char *named(const struct report_options *options, uint32_t class,
                         char text[64])
{
    const char *name = report_class_name(options, class);
    snprintf(text, 64, "%s%.60s", *name != '\0' ? " " : "", name);
    return text;
}

void trace_about(const struct report_options *options,
                 const struct traces *traces, const struct trace *trace,
                 char text[TRACE_ABOUT_SIZE])
{
    const struct class_labels *labels = &traces->labels;
    const size_t size = TRACE_ABOUT_SIZE;
    char name[64];
    size_t used = 0;
    if (traces->run > 0)
        used += (size_t)snprintf(text, size, "run %zu, ", traces->run);
    used += (size_t)snprintf(text + used, size - used, "label %" PRId64 "%s",
                             class_label(labels, trace->label),
                             named(options, trace->label, name));
    if (trace->suggested != AUM_NO_CLASS)
        used += (size_t)snprintf(text + used, size - used,
                                 ", suggested %" PRId64 "%s",
                                 class_label(labels, trace->suggested),
                                 named(options, trace->suggested, name));
    snprintf(text + used, size - used, ", AUM %.4g", trace->aum);
}

struct trajectory_point *trace_points(const struct traces *traces,
                                      const struct trace *trace)
{
    struct trajectory_point *points =
        malloc((trace->count + 1) * sizeof *points);
    for (size_t i = 0; points != NULL && i < trace->count; i++) {
        const struct trace_point *from = &trace->points[i];
        points[i] = (struct trajectory_point){
            from->epoch, from->assigned, from->other,
            class_label(&traces->labels, from->other_class)};
    }
    return points;
}

struct trajectory trace_course(const struct traces *traces,
                               const struct trace *trace,
                               const struct trajectory_point *points,
                               const char *about)
{
    return (struct trajectory){
        .sample = trace->text,
        .about = about,
        .count = trace->count,
        .points = points,
        .logits = traces->classes > 0 ? trace->logits : NULL,
        .classes = traces->classes,
        .labels = traces->labels,
    };
}
