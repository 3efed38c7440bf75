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
    r->file->tally = aum_tally_create(NULL);
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
                     "%s: %s: %s has the labels %" PRIu32 " and %" PRIu32,
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

static bool add_block(struct reading *r, const struct dump_block *block)
{
    struct dump_bad_labels bad;
    dump_forget_unwritten(r->worker);
    if (!dump_read_labels(r->worker, block, AUM_TRUTH_MISLABELED, r->labels,
                          &bad, r->error) ||
        !dump_read_ids(r->worker, block, &r->ids, r->error) ||
        !was_written(r, block))
        return false;
    if (bad.count > 0) {
        return error_set(r->error, "%s: %s: row %" PRIu64 " has no label%s%s",
                         r->index.files[0].path, labels_path(r, block),
                         block->first_row + bad.first,
                         bad.fault == DUMP_LABEL_NOT_ONE_HOT ? "" : ", but ",
                         bad.fault == DUMP_LABEL_NOT_ONE_HOT ? "" : bad.value);
    }
    const struct aum_batch batch = {
        .rows = block->rows,
        .ids = measured_ids(&r->ids),
        .labels = r->labels,
        .measured = {r->zeros, r->zeros, r->no_class},
    };
    struct aum_batch_report report;
    enum aum_status status = aum_tally_add(r->file->tally, &batch, &report);
    for (size_t i = 0; i < block->rows; i++) {
        if (r->labels[i] >= r->file->classes)
            r->file->classes = (size_t)r->labels[i] + 1;
    }
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
    enum aum_status status =
        aum_ranking_create(r->file->tally, NULL, &r->file->samples);
    return status_good(status, r->error);
}

bool label_file_read(struct label_file *file, const char *path,
                     const struct dump_names *names,
                     const struct dump_trust *trust, struct dump_watch *watch,
                     struct messages *messages, struct error *error)
{
    struct reading r = {.file = file,
                        .error = error,
                        .index = {.watch = watch, .trust = trust}};
    struct dump_names wanted = *names;
    const struct dump_epochs any = DUMP_ALL_EPOCHS;
    const struct dump_numbering numbering = {
        .mix_splits = names->group != NULL && strcmp(names->group, "*") == 0};
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
