/*
 * traces.c - the course of a few samples, in a pass of its own
 */
#include "scan/traces.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "input/id_set.h"
#include "scan/measure.h"
#include "scan/status.h"
#include "ui/progress.h"
#include "scan/crew.h"

/* Ids that are read at a time. */
#define BLOCK_ROWS 16384u
/* Rows that are wanted of the same chunks, and read together: as many as these
 * bytes hold, one at least, up to so many. */
#define GROUP_ROWS 32u
#define GROUP_BYTES (1024u * 1024u)

struct reading {
    const struct dump_plan *plan;
    const unsigned char *marks; /* as a scan's, or NULL */
    const struct scan_options *options;
    struct messages *messages;
    struct error *error;
    struct traces *traces;
    struct id_set wanted;
    size_t classes; /* of logits */
    bool all_classes;
    struct dump_reader *reader;
    size_t group_bytes; /* of rows that are read together, at most */
    size_t next; /* part that is given out */
    struct progress progress;
    uint64_t epochs_begun;
    uint64_t bytes_done;
    int64_t epoch; /* of the part added last */
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
};

/* The hits of one part. */
struct part_hits {
    struct reading *reading;
    size_t part;
    bool good; /* else `error` tells why some of it could not be read */
    struct error error;
    size_t count;
    size_t capacity;
    struct hit *hits;
    double *logits; /* reading->traces->classes for each hit */
    struct dump_ids ids;
    /* Rows of the same chunks, from low to high, and their logits. */
    struct numbered_row group[GROUP_ROWS];
    size_t group_count;
    unsigned char *rows;
};

/* ---- one row ---- */

static size_t element_size(const struct reading *reading, size_t part)
{
    return reading->plan->arrays[reading->plan->parts[part].logits]
        .layout->size;
}

static size_t row_bytes(const struct part_hits *hits)
{
    return hits->reading->classes * element_size(hits->reading, hits->part);
}

/* How many rows of so many bytes a group has. */
static size_t group_rows(size_t row_bytes)
{
    const size_t rows = GROUP_BYTES / (row_bytes + 1);
    return rows < 1 ? 1 : rows > GROUP_ROWS ? GROUP_ROWS : rows;
}

/* Takes the rows that are wanted from a piece. */
static void copy_piece(void *context, const struct dump_piece *piece)
{
    struct part_hits *hits = context;
    const size_t size = element_size(hits->reading, hits->part);
    for (size_t i = 0; i < hits->group_count; i++) {
        const uint64_t row = hits->group[i].row - hits->group[0].row;
        if (row < piece->first_row || row - piece->first_row >= piece->rows)
            continue;
        memcpy(hits->rows + i * row_bytes(hits) + piece->first_class * size,
               (const unsigned char *)piece->data +
                   (row - piece->first_row) * piece->row_stride,
               piece->classes * size);
    }
}

/* The logits of all classes, each as that of the assigned one. */
static void take_logits(const struct aum_logits *row, size_t classes,
                        double *logits)
{
    for (uint32_t class = 0; class < classes; class ++) {
        double other;
        uint32_t other_class;
        aum_measure(
            row, &class,
            (struct aum_measurements){&logits[class], &other, &other_class});
    }
}

static bool reserve_hit(struct part_hits *hits)
{
    const size_t classes = hits->reading->traces->classes;
    if (hits->count < hits->capacity)
        return true;
    const size_t capacity = hits->capacity * 2 + 8;
    struct hit *grown = realloc(hits->hits, capacity * sizeof *grown);
    if (grown != NULL)
        hits->hits = grown;
    double *logits =
        realloc(hits->logits, (capacity * classes + 1) * sizeof *logits);
    if (logits != NULL)
        hits->logits = logits;
    if (grown != NULL && logits != NULL)
        hits->capacity = capacity;
    return grown != NULL && logits != NULL;
}

static bool bad_label(struct part_hits *hits, uint64_t row)
{
    const struct dump_plan *plan = hits->reading->plan;
    const struct dump_part *part = &plan->parts[hits->part];
    return error_set(&hits->error,
                     "%s: %s: row %" PRIu64 " of epoch %" PRId64
                     " has no label that can be read; -k skips such rows",
                     plan->files[part->file].path,
                     plan->arrays[part->labels].path, row, part->epoch);
}

/* The other class, whether it won or not. */
static void measure_row(const struct aum_logits *row, uint32_t label,
                        struct trace_point *point)
{
    const struct aum_measurements out = {&point->assigned, &point->other,
                                         &point->other_class};
    if (row->classes == 1) {
        aum_measure(row, &label, out);
        point->other_class = 1 - label;
    } else {
        aum_measure_clear(out, 1);
        aum_measure_piece(row, 0, &label, out);
    }
    point->assigned += 0.0; /* which of two zeros it is depends on the kernel */
    point->other += 0.0;
}

/* Measures the index-th row of the group. One without a finite margin does not
 * count. */
static bool take_row(struct part_hits *hits, struct dump_worker *worker,
                     size_t index)
{
    const struct reading *reading = hits->reading;
    const struct dump_part *part = &reading->plan->parts[hits->part];
    const struct dump_array *array = &reading->plan->arrays[part->logits];
    const struct numbered_row *row = &hits->group[index];
    const struct dump_block block = {
        .part = hits->part, .first_row = row->row, .rows = 1};
    const struct aum_logits logits = {
        .data = hits->rows + index * row_bytes(hits),
        .type = measured_type(array->layout->type),
        .rows = 1,
        .classes = reading->classes};
    struct dump_bad_labels bad;
    uint32_t label;
    if (!dump_read_labels(worker, &block, aum_label_classes(reading->classes),
                          &label, &bad, &hits->error))
        return false;
    if (bad.count > 0)
        return bad_label(hits, row->row);
    if (!reserve_hit(hits))
        return error_no_memory(&hits->error);
    struct hit *hit = &hits->hits[hits->count];
    *hit = (struct hit){row->which, label, {.epoch = part->epoch}};
    measure_row(&logits, label, &hit->point);
    if (!isfinite(hit->point.assigned - hit->point.other))
        return true;
    take_logits(&logits, reading->traces->classes,
                hits->logits + hits->count * reading->traces->classes);
    hits->count++;
    return true;
}

/* Reads the rows of the group. What cannot be read is not the end with
 * --keep-going. Returns whether to go on. */
static bool take_group(struct part_hits *hits, struct dump_worker *worker)
{
    const bool keep_going = hits->reading->options->keep_going;
    const size_t count = hits->group_count;
    if (count == 0)
        return true;
    const struct dump_block block = {
        .part = hits->part,
        .first_row = hits->group[0].row,
        .rows = (size_t)(hits->group[count - 1].row - hits->group[0].row) + 1};
    const bool read =
        dump_read_logits(worker, &block, copy_piece, hits, &hits->error);
    bool all = read;
    for (size_t i = 0; read && i < count && (all || keep_going); i++)
        all &= take_row(hits, worker, i);
    hits->group_count = 0;
    hits->good &= all;
    return all || keep_going;
}

/* A row that is wanted; they come from low to high. Those that are in the same
 * chunks are read together, so that a chunk is decoded once. */
static bool want_row(struct part_hits *hits, struct dump_worker *worker,
                     uint64_t row, size_t which)
{
    const struct dump_plan *plan = hits->reading->plan;
    const struct dump_layout *layout =
        plan->arrays[plan->parts[hits->part].logits].layout;
    const uint64_t chunk_rows =
        layout->chunked && layout->row_axis != DUMP_NO_AXIS
            ? layout->chunk[layout->row_axis]
            : 1;
    if (hits->group_count > 0 &&
        (hits->group_count == group_rows(row_bytes(hits)) ||
         row / chunk_rows != hits->group[0].row / chunk_rows) &&
        !take_group(hits, worker))
        return false;
    hits->group[hits->group_count++] = (struct numbered_row){row, which};
    return true;
}

/* ---- a part ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct numbered_row *x = a;
    const struct numbered_row *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* Without ids, a sample's row is known. */
static bool take_rows_by_number(struct part_hits *hits,
                                struct dump_worker *worker)
{
    const struct reading *reading = hits->reading;
    const struct id_values *values =
        &reading->wanted.kinds[AUM_IDS_INT64].values;
    const int64_t *numbers = values->ids.values;
    struct numbered_row *rows = malloc((values->count + 1) * sizeof *rows);
    size_t count = 0;
    if (rows == NULL)
        return error_no_memory(&hits->error);
    for (size_t i = 0; i < values->count; i++) {
        if (numbers[i] >= 0 &&
            (uint64_t)numbers[i] < reading->plan->parts[hits->part].rows &&
            id_set_find(&reading->wanted, values->ids, i) == values->which[i])
            rows[count++] =
                (struct numbered_row){(uint64_t)numbers[i], values->which[i]};
    }
    qsort(rows, count, sizeof *rows, compare_rows);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = want_row(hits, worker, rows[i].row, rows[i].which);
    free(rows);
    return good;
}

static bool take_rows_by_id(struct part_hits *hits, struct dump_worker *worker)
{
    const struct reading *reading = hits->reading;
    const uint64_t rows = reading->plan->parts[hits->part].rows;
    struct dump_block block = {.part = hits->part};
    for (; block.first_row < rows; block.first_row += block.rows) {
        const uint64_t left = rows - block.first_row;
        block.rows = left < BLOCK_ROWS ? (size_t)left : BLOCK_ROWS;
        if (!dump_read_ids(worker, &block, &hits->ids, &hits->error))
            return false;
        const struct aum_ids ids = measured_ids(&hits->ids);
        for (size_t i = 0; i < block.rows; i++) {
            const size_t which = id_set_find(&reading->wanted, ids, i);
            if (which != SIZE_MAX &&
                !want_row(hits, worker, block.first_row + i, which))
                return false;
        }
    }
    return true;
}

static bool is_absent(const struct reading *reading, size_t part)
{
    return reading->marks != NULL && reading->marks[part] == SCAN_ABSENT;
}

static bool next_part(void *context)
{
    struct part_hits *hits = context;
    struct reading *reading = hits->reading;
    while (reading->next < reading->plan->part_count &&
           (is_absent(reading, reading->next) ||
            reading->plan->parts[reading->next].rows == 0))
        reading->next++;
    hits->part = reading->next++;
    return hits->part < reading->plan->part_count;
}

static void read_part(void *worker, void *context)
{
    struct part_hits *hits = context;
    hits->good = true;
    hits->count = 0;
    hits->group_count = 0;
    hits->error.detail[0] = '\0';
    const bool read =
        hits->reading->plan->parts[hits->part].ids == DUMP_NO_ARRAY
            ? take_rows_by_number(hits, worker)
            : take_rows_by_id(hits, worker);
    if (!read || !take_group(hits, worker))
        hits->good = false;
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
static bool tell_damage(struct reading *reading, const struct error *error)
{
    const bool told = reading->traces->skipped;
    reading->traces->skipped = true;
    if (!reading->options->keep_going) {
        *reading->error = *error;
        return false;
    }
    if (!told) {
        message_warning(reading->messages, "%s", error->text);
        message_lines(reading->messages, error->detail);
    }
    return true;
}

static bool add_part(void *context)
{
    struct part_hits *hits = context;
    struct reading *reading = hits->reading;
    const struct dump_part *part = &reading->plan->parts[hits->part];
    if (!hits->good && !tell_damage(reading, &hits->error))
        return false;
    for (size_t i = 0; i < hits->count; i++) {
        if (!add_hit(reading, &hits->hits[i],
                     hits->logits + i * reading->traces->classes))
            return error_no_memory(reading->error);
    }
    reading->epochs_begun +=
        reading->epochs_begun == 0 || part->epoch != reading->epoch;
    reading->epoch = part->epoch;
    reading->bytes_done +=
        part->rows * part->classes * element_size(reading, hits->part);
    progress_update(&reading->progress, reading->epochs_begun,
                    reading->bytes_done);
    return true;
}

/* ---- setting up ---- */

static enum aum_id_kind kind_of(const struct dump_plan *plan,
                                const struct dump_part *part)
{
    if (part->ids == DUMP_NO_ARRAY)
        return AUM_IDS_INT64;
    switch (plan->arrays[part->ids].layout->type) {
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
    const struct dump_plan *plan = reading->plan;
    uint64_t bytes = 0;
    reading->classes = (size_t)dump_plan_classes(plan);
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct dump_part *part = &plan->parts[i];
        reading->traces->incomplete |= is_absent(reading, i);
        if (is_absent(reading, i) || part->rows == 0)
            continue;
        reading->traces->kind = kind_of(plan, part);
        if (!id_set_prepare(&reading->wanted, reading->traces->kind,
                            reading->error))
            return false;
        bytes += part->rows * part->classes * element_size(reading, i);
    }
    if (reading->all_classes && reading->classes > 1 &&
        reading->classes <= TRACE_CLASSES_MAX)
        reading->traces->classes = reading->classes;
    progress_start(
        &reading->progress, reading->messages,
        progress_wanted(reading->messages, reading->options->progress),
        plan->epochs, bytes);
    reading->progress.what = "traces: ";
    return true;
}

/* The bytes of the largest group of any part; 0: more than there can be. */
static size_t largest_group(const struct reading *reading)
{
    size_t largest = 1;
    for (size_t i = 0; i < reading->plan->part_count; i++) {
        const struct dump_part *part = &reading->plan->parts[i];
        if (is_absent(reading, i) || part->rows == 0)
            continue;
        const size_t size = element_size(reading, i);
        if (size > 0 && reading->classes > SIZE_MAX / 2 / size)
            return 0;
        const size_t row = reading->classes * size;
        const size_t bytes = row * group_rows(row);
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

static bool prepare_lane(void *item, struct dump_worker *any, void *context)
{
    struct part_hits *hits = item;
    struct reading *reading = context;
    (void)any;
    hits->reading = reading;
    hits->rows =
        reading->group_bytes > 0 ? malloc(reading->group_bytes) : NULL;
    return hits->rows != NULL;
}

static void clear_lane(void *item)
{
    struct part_hits *hits = item;
    dump_ids_free(&hits->ids);
    free(hits->hits);
    free(hits->logits);
    free(hits->rows);
}

static bool read_parts(struct reading *reading)
{
    const struct crew crew = {.task = {next_part, read_part, add_part},
                              .lane_size = sizeof(struct part_hits),
                              .prepare = prepare_lane,
                              .clear = clear_lane,
                              .context = reading};
    size_t started;
    reading->group_bytes = largest_group(reading);
    reading->reader = dump_reader_create(reading->plan, reading->marks);
    if (reading->reader == NULL)
        return error_no_memory(reading->error);
    const bool good =
        crew_run(&crew, reading->reader,
                 workers_count(reading->options->threads), &started,
                 reading->error) &&
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

bool traces_read(struct traces *traces, const struct dump_plan *plan,
                 const unsigned char *marks, const struct scan_options *options,
                 char *const *texts, size_t count, const char *source,
                 bool all_classes, struct messages *messages,
                 struct error *error)
{
    struct reading reading = {.plan = plan,
                              .marks = marks,
                              .options = options,
                              .messages = messages,
                              .error = error,
                              .traces = traces,
                              .all_classes = all_classes};
    memset(traces, 0, sizeof *traces);
    if (!copy_texts(traces, texts, count))
        return error_no_memory(error);
    id_set_init(&reading.wanted, texts, count, source);
    bool good = prepare(&reading) && read_parts(&reading);
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
