/*
 * label_file.c - the samples and labels of an HDF5 file, for aum-plan
 *
 * Each row is a measurement whose margin is 0. So a ranking, which goes by id
 * where AUMs are equal, has each sample once, in the order of the ids; and a
 * sample with two labels is noticed.
 */
#include "scan/label_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump/discover.h"
#include "dump/numbering.h"
#include "dump/reader.h"
#include "scan/measure.h"
#include "scan/scan.h"
#include "scan/status.h"

struct reading {
    struct label_file *file;
    const struct label_source *source;
    bool threshold_class_seen;
    struct error *error;
    struct dump_index index;
    struct dump_reader *reader;
    struct dump_worker *worker;
    struct dump_ids ids;
    uint32_t *labels;
    double *zeros;
    uint32_t *no_class;
};

static void remark(void *context, const char *text)
{
    log_warning(context, "%s", text);
}

/* Strings are labels only by the names of the classes. */
static bool take_class_names(struct reading *r)
{
    struct dump_index *index = &r->index;
    const struct dump_array *labels =
        index->record_count > 0 ? &index->arrays[index->records[0].labels]
                                : NULL;
    if (index->class_names.count > 0)
        index->label_rules.names = &index->class_names;
    if (labels == NULL || labels->layout->type < DUMP_STRING ||
        index->class_names.count > 0)
        return true;
    return error_set(r->error,
                     "%s: %s: labels are strings, and no dataset or attribute "
                     "class_names has their order; dump numbers",
                     index->files[0].path, labels->path);
}

/* Tells of what is named like ids and is none. */
static void log_passed_ids(const struct reading *r, struct messages *messages)
{
    for (size_t i = 0; i < r->index.passed_count; i++) {
        const struct dump_passed *passed = &r->index.passed[i];
        if (strcmp(passed->reason, DUMP_PASSED_IDS) == 0 ||
            strcmp(passed->reason, DUMP_PASSED_DIMENSION) == 0) {
            log_note(messages, "%s: %s: %s", passed->path, passed->group,
                     passed->reason);
            return;
        }
    }
}

static bool prepare(struct reading *r)
{
    r->reader = dump_reader_create(&r->index, NULL);
    if (r->reader == NULL)
        return error_no_memory(r->error);
    const size_t rows = dump_reader_rows_max(r->reader) + 1;
    r->worker = dump_worker_create(r->reader);
    r->labels = malloc(rows * sizeof *r->labels);
    r->zeros = calloc(rows, sizeof *r->zeros);
    r->no_class = malloc(rows * sizeof *r->no_class);
    r->file->tally = aum_tally_create(&(struct aum_tally_options){
        .threshold_class = r->source->threshold_class});
    if (r->worker == NULL || r->labels == NULL || r->zeros == NULL ||
        r->no_class == NULL || r->file->tally == NULL)
        return error_no_memory(r->error);
    memset(r->no_class, 0xff, rows * sizeof *r->no_class);
    return true;
}

static const char *labels_path(const struct reading *r,
                               const struct dump_block *block)
{
    return r->index.arrays[r->index.records[block->record].labels].path;
}

static bool relabeled(struct reading *r, const struct dump_block *block,
                      const struct aum_batch *batch,
                      const struct aum_batch_report *report)
{
    char sample[256];
    measured_format_id(batch->ids, report->first_relabeled, sample,
                       sizeof sample);
    return error_set(r->error,
                     "%s: %s: %s has the labels %" PRIu32 " and %" PRIu32
                     "; are two runs mixed? Choose one with --group, or name "
                     "the sample ids with --ids",
                     r->index.files[0].path, labels_path(r, block), sample,
                     report->old_label, r->labels[report->first_relabeled]);
}

static bool was_written(struct reading *r, const struct dump_block *block)
{
    const unsigned char *rows;
    size_t first = 0;
    if (dump_unwritten_rows(r->worker, block, &rows) == 0)
        return true;
    while (rows[first] == 0)
        first++;
    return error_set(r->error, "%s: %s: row %" PRIu64 " was never written",
                     r->index.files[0].path, labels_path(r, block),
                     block->first_row + first);
}

static bool has_no_label(struct reading *r, const struct dump_block *block,
                         const struct dump_bad_labels *bad)
{
    const bool one_hot = bad->fault == DUMP_LABEL_NOT_ONE_HOT;
    return error_set(r->error,
                     "%s: %s: row %" PRIu64 " has no label%s%s; each has to "
                     "have one, a number from 0 on or one-hot (--dataset names "
                     "other labels)",
                     r->index.files[0].path, labels_path(r, block),
                     block->first_row + bad->first, one_hot ? "" : ", but ",
                     one_hot ? "" : bad->value);
}

/* The classes are counted without the extra one, which is the last as a rule,
 * whether or not the others all have samples. */
static void count_classes(struct reading *r, const struct dump_block *block)
{
    const uint32_t extra = r->source->threshold_class;
    for (size_t i = 0; i < block->rows; i++) {
        const uint32_t label = r->labels[i];
        const size_t classes = (size_t)label + (extra == AUM_NO_CLASS);
        if (classes > r->file->classes)
            r->file->classes = classes;
        r->file->has_label_0 |= label == 0;
        r->threshold_class_seen |= label == extra;
    }
}

static bool add_block(struct reading *r, const struct dump_block *block)
{
    struct dump_bad_labels bad;
    dump_forget_unwritten(r->worker);
    if (!dump_read_labels(r->worker, block, AUM_TRUTH_MISLABELED, r->labels,
                          &bad, r->error) ||
        !dump_read_ids(r->worker, block, &r->ids, r->error) ||
        !was_written(r, block))
        return false;
    if (bad.count > 0)
        return has_no_label(r, block, &bad);
    const struct aum_batch batch = {
        .rows = block->rows,
        .ids = measured_ids(&r->ids),
        .labels = r->labels,
        .measured = {r->zeros, r->zeros, r->no_class},
    };
    struct aum_batch_report report;
    enum aum_status status = aum_tally_add(r->file->tally, &batch, &report);
    count_classes(r, block);
    if (status == AUM_RELABELED)
        return relabeled(r, block, &batch, &report);
    return status_good(status, r->error);
}

static bool read_all(struct reading *r)
{
    struct dump_block block;
    const size_t end = dump_index_epoch_end(&r->index, 0);
    while (dump_reader_next(r->reader, &block) && block.record < end) {
        if (!add_block(r, &block))
            return false;
    }
    if (r->source->threshold_class != AUM_NO_CLASS && !r->threshold_class_seen)
        return error_set(r->error,
                         "%s: no sample has the label %" PRIu32
                         " of --threshold-class; the highest is %zu",
                         r->source->path, r->source->threshold_class,
                         r->file->classes);
    enum aum_status status =
        aum_ranking_create(r->file->tally, NULL, &r->file->samples);
    return status_good(status, r->error);
}

bool label_file_read(struct label_file *file, const struct label_source *source,
                     const struct dump_trust *trust, struct dump_watch *watch,
                     struct messages *messages, struct error *error)
{
    const char *path = source->path;
    const char *group = source->names->group;
    struct reading r = {.file = file,
                        .source = source,
                        .error = error,
                        .index = {.watch = watch, .trust = trust}};
    struct dump_names wanted = *source->names;
    const struct dump_epochs any = DUMP_ALL_EPOCHS;
    const struct dump_numbering numbering = {
        .mix_splits = group != NULL && strcmp(group, "*") == 0};
    struct dump_found found;
    memset(file, 0, sizeof *file);
    wanted.labels_only = true;
    bool good =
        dump_start(error) &&
        dump_discover(&r.index, path, &wanted, &found, remark, messages,
                      error) &&
        (!found.columns ||
         error_set(error, "%s: a state of aum-scan; plan from a dump", path)) &&
        take_class_names(&r) &&
        dump_number_records(&r.index, &numbering, error) &&
        dump_index_finish(&r.index, any, error) && prepare(&r) && read_all(&r);
    if (good)
        log_passed_ids(&r, messages);
    dump_ids_free(&r.ids);
    dump_worker_destroy(r.worker);
    good = good && dump_reader_verify(r.reader, error);
    dump_reader_destroy(r.reader);
    dump_index_destroy(&r.index);
    free(r.labels);
    free(r.zeros);
    free(r.no_class);
    return good;
}

void label_file_free(struct label_file *file)
{
    aum_ranking_destroy(file->samples);
    aum_tally_destroy(file->tally);
    memset(file, 0, sizeof *file);
}
