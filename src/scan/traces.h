/*
 * traces.h - the course of a few samples, in a pass of its own
 *
 * It reads the ids of all parts, and the logits of the rows that are wanted:
 * chunks without any are not touched.
 */
#ifndef SCAN_TRACES_H
#define SCAN_TRACES_H

#include "aum.h"
#include "picture/course.h"
#include "ui/message.h"
#include "cli/options.h"
#include "dump/plan.h"
#include "text/table_writer.h"

#define TRACES_MAX 1000 /* samples; --records is for more */

/* One sample in one run. Points are in the order of their epochs. */
struct trace {
    char *text; /* its id, as it was asked for */
    bool found;
    uint32_t label; /* the last one */
    double aum;     /* the mean of its margins */
    uint32_t suggested;
    size_t count;
    struct course_point *points;
    double *logits; /* of all classes, if they are few; else NULL */
};

struct traces {
    size_t count;
    struct trace *traces; /* in the order of the ids, each once */
    size_t run;           /* which run's, from 1; 0: there is but one */
    enum aum_id_kind kind;
    size_t classes;  /* a row of `logits` */
    bool skipped;    /* with --keep-going: what cannot be read */
    bool incomplete; /* epochs are left out of which only a state is there */
};

/*
 * Reads the course of `count` samples, whose ids are texts as of an id_list.
 * With all_classes, of few classes all logits. `source` names the ids in
 * messages. False after an error message; free with traces_free() either way.
 */
bool traces_read(struct traces *traces, const struct dump_plan *plan,
                 const struct options *options, char *const *texts,
                 size_t count, const char *source, bool all_classes,
                 struct messages *messages);
void traces_free(struct traces *traces);

/* The columns of a table of traces; the last is for several runs only. */
#define TRACE_COLUMNS 7
extern const char *const trace_columns[TRACE_COLUMNS];

/* Adds their rows to a table, sample after sample. */
void traces_write(const struct traces *traces, struct table *table);

/* "label 4, suggested 3, AUM -5.99" */
void trace_about(const struct trace *trace, size_t run, char text[160]);

/* What a picture of it is made from; `about` must last as long as that. */
struct course trace_course(const struct traces *traces,
                           const struct trace *trace, const char *about);

#endif
