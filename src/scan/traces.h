/*
 * traces.h - the course of a few samples, in a pass of its own
 *
 * It reads the ids of all records, and the logits of the rows that are wanted:
 * chunks without any are not touched.
 */
#ifndef SCAN_TRACES_H
#define SCAN_TRACES_H

#include "aum.h"
#include "ui/log.h"
#include "scan/scan_options.h"
#include "dump/index.h"
#include "scan/scan.h"

#define TRACES_MAX 1000 /* samples; --records is for more */

#define TRACE_CLASSES_MAX 20 /* of more, not all logits are kept */

/* A sample in one epoch. */
struct trace_point {
    int64_t epoch;
    double assigned; /* logit of the assigned label; finite, as is the next */
    double other;    /* largest other logit */
    uint32_t other_class;
};

/* One sample in one run. Points are in the order of their epochs. */
struct trace {
    char *text; /* its id, as it was asked for */
    bool found;
    uint32_t label; /* the last one */
    double aum;     /* the mean of its margins */
    uint32_t suggested;
    size_t count;
    struct trace_point *points;
    double *logits; /* of all classes, if they are few; else NULL */
};

struct traces {
    size_t count;
    struct trace *traces; /* in the order of the ids, each once */
    size_t run;           /* which run's, from 1; 0: there is but one */
    enum aum_id_kind kind;
    size_t classes;             /* a row of `logits` */
    struct class_labels labels; /* of the classes */
    bool wide_ids; /* some sample's is, of all that were read: wide_ids.h */
    bool skipped;  /* with --keep-going: what cannot be read */
    bool incomplete; /* epochs are left out that only a state still has */
};

/*
 * Reads the course of `count` samples, whose ids are texts as of an id_list.
 * `marks` are a scan's, and `left_out` its result's; either may be NULL. With
 * all_classes, of few classes all logits. `source` names the ids in messages.
 * Free with traces_free() either way.
 */
bool traces_read(struct traces *traces, const struct dump_index *index,
                 const unsigned char *marks, const unsigned char *left_out,
                 const struct scan_options *options, char *const *texts,
                 size_t count, const char *source, bool all_classes,
                 struct messages *messages, struct error *error);
void traces_free(struct traces *traces);

#endif
