/*
 * trace_rows.h - the rows of some samples in one record; for traces.c alone
 */
#ifndef SCAN_TRACE_ROWS_H
#define SCAN_TRACE_ROWS_H

#include "dump/reader.h"
#include "input/id_set.h"
#include "scan/traces.h"
#include "ui/progress.h"

/* Rows that are wanted of the same chunks are read together: as many as fit a
 * bound in bytes, but no more than these, and at least one. */
#define TRACE_GROUP_ROWS 32u

/* Ids that are read at a time. */
#define TRACE_BLOCK_ROWS 16384u

struct reading {
    const struct dump_index *index;
    const unsigned char *marks;    /* as a scan's, or NULL */
    const unsigned char *left_out; /* as a scan's result has them, or NULL */
    const struct scan_options *options;
    struct messages *messages;
    struct error *error;
    struct traces *traces;
    struct id_set wanted;
    size_t classes; /* of logits */
    bool all_classes;
    struct dump_reader *reader;
    size_t group_bytes; /* of rows that are read together, at most */
    size_t next;        /* record that is given out */
    struct progress progress;
    uint64_t epochs_begun;
    uint64_t bytes_done;
    int64_t epoch; /* of the record added last */
};

/* A row that is wanted. */
struct hit {
    size_t which;
    uint32_t label;
    struct trace_point point;
};

/* A row that is to be read. */
struct numbered_row {
    uint64_t row;
    size_t which;
    bool unwritten; /* never */
};

/* The hits of one record. */
struct record_hits {
    struct reading *reading;
    size_t record;
    bool looked_at; /* whether it is blank: as if it had never been written */
    bool blank;
    bool good; /* else `error` tells why some of it could not be read */
    struct error error;
    size_t count;
    size_t capacity;
    struct hit *hits;
    double *logits; /* reading->traces->classes for each hit */
    struct dump_ids ids;
    bool wide_ids;                         /* some are */
    unsigned char no_id[TRACE_BLOCK_ROWS]; /* 1: never written */
    /* Rows of the same chunks, from low to high, and their logits. */
    struct numbered_row group[TRACE_GROUP_ROWS];
    size_t group_count;
    unsigned char *rows;
};

/* Bytes of a logit of a record. */
size_t trace_element_size(const struct reading *reading, size_t record);

/* How many rows, of so many bytes each, are read together. */
size_t trace_group_rows(size_t row_bytes);

/* Finds the rows that are wanted in the record and measures them. Leaves
 * hits->good false, and the error, if not all of it could be read; with
 * --keep-going, the hits are of what could. */
void trace_rows_read(struct record_hits *hits, struct dump_worker *worker);

#endif
