/*
 * traces.c - the course of a few samples, in a pass of its own
 */
#include "scan/trace_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/id_set.h"
#include "scan/measure.h"
#include "scan/status.h"
#include "ui/progress.h"
#include "scan/parallel.h"

/* ---- records, one after the other ---- */

static bool is_absent(const struct reading *reading, size_t record)
{
    return (reading->marks != NULL && reading->marks[record] == SCAN_ABSENT) ||
           (reading->left_out != NULL && reading->left_out[record]);
}

static bool next_record(void *context)
{
    struct record_hits *hits = context;
    struct reading *reading = hits->reading;
    while (reading->next < reading->index->record_count &&
           (is_absent(reading, reading->next) ||
            reading->index->records[reading->next].rows == 0))
        reading->next++;
    hits->record = reading->next++;
    return hits->record < reading->index->record_count;
}

static void read_record(void *worker, void *context)
{
    trace_rows_read(context, worker);
}

static bool add_hit(struct reading *reading, const struct hit *hit,
                    const double *logits)
{
    struct traces *traces = reading->traces;
    struct trace *trace = &traces->traces[hit->which];
    if ((trace->count & (trace->count + 1)) ==
        0) { /* 0, 1, 3, 7, ... are full */
        const size_t room = 2 * trace->count + 1;
        struct trace_point *points =
            realloc(trace->points, room * sizeof *points);
        if (points != NULL)
            trace->points = points;
        double *all =
            realloc(trace->logits, (room * traces->classes + 1) * sizeof *all);
        if (all != NULL)
            trace->logits = all;
        if (points == NULL || all == NULL)
            return false;
    }
    trace->found = true;
    trace->label = hit->label;
    trace->points[trace->count] = hit->point;
    memcpy(trace->logits + trace->count * traces->classes, logits,
           traces->classes * sizeof *logits);
    trace->count++;
    return true;
}

/* An error, or with --keep-going a warning, once. Returns whether to go on. */
static bool log_damage(struct reading *reading, const struct error *error)
{
    const bool told = reading->traces->skipped;
    reading->traces->skipped = true;
    if (!reading->options->keep_going) {
        *reading->error = *error;
        return false;
    }
    if (!told) {
        log_warning(reading->messages, "%s%s", error->text,
                    log_advice(reading->messages, error));
        log_lines(reading->messages, error->detail);
    }
    return true;
}

static bool add_record(void *context)
{
    struct record_hits *hits = context;
    struct reading *reading = hits->reading;
    const struct epoch_record *record = &reading->index->records[hits->record];
    if (!hits->good && !log_damage(reading, &hits->error))
        return false;
    for (size_t i = 0; i < hits->count; i++) {
        if (!add_hit(reading, &hits->hits[i],
                     hits->logits + i * reading->traces->classes))
            return error_no_memory(reading->error);
    }
    reading->traces->wide_ids |= hits->wide_ids;
    reading->epochs_begun +=
        reading->epochs_begun == 0 || record->epoch != reading->epoch;
    reading->epoch = record->epoch;
    reading->bytes_done += record->rows * record->classes *
                           trace_element_size(reading, hits->record);
    progress_update(&reading->progress, reading->epochs_begun,
                    reading->bytes_done);
    return true;
}

/* ---- setting up ---- */

static enum aum_id_kind kind_of(const struct dump_index *index,
                                const struct epoch_record *record)
{
    if (record->by_group || record->by_file ||
        epoch_record_has_positions(index, record))
        return AUM_IDS_STRING;
    if (record->ids == DUMP_NO_ARRAY)
        return AUM_IDS_INT64;
    switch (index->arrays[record->ids].layout->type) {
    case DUMP_STRING:
    case DUMP_VARIABLE_STRING:
        return AUM_IDS_STRING;
    case DUMP_U64:
        return AUM_IDS_UINT64;
    default:
        return AUM_IDS_INT64;
    }
}

static bool prepare(struct reading *reading)
{
    const struct dump_index *index = reading->index;
    uint64_t bytes = 0;
    reading->classes = (size_t)dump_index_classes(index);
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        reading->traces->incomplete |= is_absent(reading, i);
        if (is_absent(reading, i) || record->rows == 0)
            continue;
        reading->traces->kind = kind_of(index, record);
        if (!id_set_prepare(&reading->wanted, reading->traces->kind,
                            reading->error))
            return false;
        bytes +=
            record->rows * record->classes * trace_element_size(reading, i);
    }
    if (reading->all_classes && reading->classes > 1 &&
        reading->classes <= TRACE_CLASSES_MAX)
        reading->traces->classes = reading->classes;
    progress_start(
        &reading->progress, reading->messages,
        progress_wanted(reading->messages, reading->options->progress),
        index->epochs, bytes);
    reading->progress.what = "traces: ";
    return true;
}

/* The bytes of the largest group of any record; 0: more than there can be. */
static size_t largest_group(const struct reading *reading)
{
    size_t largest = 1;
    for (size_t i = 0; i < reading->index->record_count; i++) {
        const struct epoch_record *record = &reading->index->records[i];
        if (is_absent(reading, i) || record->rows == 0)
            continue;
        const size_t size = trace_element_size(reading, i);
        if (size > 0 && reading->classes > SIZE_MAX / 2 / size)
            return 0;
        const size_t row = reading->classes * size;
        const size_t bytes = row * trace_group_rows(row);
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

static bool prepare_lane(void *item, struct dump_worker *any, void *context)
{
    struct record_hits *hits = item;
    struct reading *reading = context;
    (void)any;
    hits->reading = reading;
    hits->rows = reading->group_bytes > 0 ? malloc(reading->group_bytes) : NULL;
    return hits->rows != NULL;
}

static void clear_lane(void *item)
{
    struct record_hits *hits = item;
    dump_ids_free(&hits->ids);
    free(hits->hits);
    free(hits->logits);
    free(hits->rows);
}

static bool read_records(struct reading *reading)
{
    const struct parallel parallel = {
        .task = {next_record, read_record, add_record},
        .lane_size = sizeof(struct record_hits),
        .prepare = prepare_lane,
        .clear = clear_lane,
        .context = reading};
    size_t started;
    reading->group_bytes = largest_group(reading);
    reading->reader = dump_reader_create(reading->index, reading->marks);
    if (reading->reader == NULL)
        return error_no_memory(reading->error);
    const bool good = parallel_run(&parallel, reading->reader,
                                   thread_pool_size(reading->options->threads),
                                   &started, reading->error) &&
                      dump_reader_verify(reading->reader, reading->error);
    dump_reader_destroy(reading->reader);
    return good;
}

/* ---- what they come to ---- */

static enum aum_status add_trace(struct aum_tally *tally,
                                 const struct trace *trace, int64_t id)
{
    enum aum_status status = AUM_OK;
    for (size_t i = 0; i < trace->count && status == AUM_OK; i++) {
        struct trace_point p = trace->points[i];
        const struct aum_measurements measured = {&p.assigned, &p.other,
                                                  &p.other_class};
        const struct aum_batch batch = {.rows = 1,
                                        .ids = {AUM_IDS_INT64, &id},
                                        .labels = &trace->label,
                                        .measured = measured};
        aum_measure_finish(measured, 1); /* classes that did not win */
        status = aum_tally_add(tally, &batch, NULL);
    }
    return status;
}

/* AUM and suggested label, as a ranking has them. */
static enum aum_status rank(struct traces *traces,
                            const struct scan_options *options)
{
    const struct aum_tally_options tally_options = {
        .threshold_class = options->threshold_class};
    struct aum_tally *tally = aum_tally_create(&tally_options);
    struct aum_ranking *ranking = NULL;
    enum aum_status status = tally != NULL ? AUM_OK : AUM_NO_MEMORY;
    for (size_t i = 0; i < traces->count && status == AUM_OK; i++)
        status = add_trace(tally, &traces->traces[i], (int64_t)i);
    if (status == AUM_OK)
        status = aum_ranking_create_whole(tally, &ranking);
    for (size_t i = 0; status == AUM_OK && i < aum_ranking_size(ranking); i++) {
        struct aum_row row;
        aum_ranking_row(ranking, i, &row);
        struct trace *trace = &traces->traces[row.id.int64];
        trace->aum = row.aum;
        trace->suggested = row.suggested_label;
    }
    aum_ranking_destroy(ranking);
    aum_tally_destroy(tally);
    return status;
}

static bool copy_texts(struct traces *traces, char *const *texts, size_t count)
{
    traces->traces = calloc(count + 1, sizeof *traces->traces);
    if (traces->traces == NULL)
        return false;
    for (traces->count = 0; traces->count < count; traces->count++) {
        struct trace *trace = &traces->traces[traces->count];
        trace->suggested = AUM_NO_CLASS;
        trace->text = strdup(texts[traces->count]);
        if (trace->text == NULL)
            return false;
    }
    return true;
}

bool traces_read(struct traces *traces, const struct dump_index *index,
                 const unsigned char *marks, const unsigned char *left_out,
                 const struct scan_options *options, char *const *texts,
                 size_t count, const char *source, bool all_classes,
                 struct messages *messages, struct error *error)
{
    struct reading reading = {.index = index,
                              .marks = marks,
                              .left_out = left_out,
                              .options = options,
                              .messages = messages,
                              .error = error,
                              .traces = traces,
                              .all_classes = all_classes};
    memset(traces, 0, sizeof *traces);
    traces->labels = index->label_rules.classes;
    if (!copy_texts(traces, texts, count))
        return error_no_memory(error);
    id_set_init(&reading.wanted, texts, count, source);
    bool good = prepare(&reading) && read_records(&reading);
    progress_end(&reading.progress);
    id_set_free(&reading.wanted);
    return good && status_good(rank(traces, options), error);
}

void traces_free(struct traces *traces)
{
    for (size_t i = 0; traces->traces != NULL && i < traces->count; i++) {
        free(traces->traces[i].text);
        free(traces->traces[i].points);
        free(traces->traces[i].logits);
    }
    free(traces->traces);
    memset(traces, 0, sizeof *traces);
}
