/*
 * fingerprint.c - telling an epoch record by its content
 */
#include "state/fingerprint.h"

#include <math.h>
#include <string.h>

#include "common/hash.h"

/* All NaNs are one. */
static uint64_t value_word(double value)
{
    uint64_t word = 1;
    if (!isnan(value))
        memcpy(&word, &value, sizeof word);
    return word;
}

void fingerprint_add(struct fingerprint *print, const struct measured *measured)
{
    const struct aum_ids ids = measured_ids(&measured->ids);
    for (size_t i = 0; i < measured->block.rows; i++) {
        const uint64_t id = hash_id(ids.kind == AUM_IDS_STRING, ids.values, i);
        print->ids += id;
        print->content =
            hash_spread(print->content ^ (id + measured->labels[i]));
        if (measured->block.first_row + i < FINGERPRINT_MARGINS) {
            print->content = hash_spread(
                print->content + value_word(measured->logits.assigned[i]));
            print->content = hash_spread(print->content +
                                         value_word(measured->logits.other[i]));
        }
    }
    print->rows += measured->block.rows;
}

bool fingerprint_equal(const struct fingerprint *a, const struct fingerprint *b)
{
    return a->rows == b->rows && a->content == b->content && a->ids == b->ids;
}

/* ---- of a record that is not scanned ---- */

static bool read_block(struct measured *measured, struct dump_worker *worker,
                       size_t classes, struct error *error)
{
    if (measured->block.first_row < FINGERPRINT_MARGINS)
        return measure_block(measured, worker, classes, false, error);
    return dump_read_labels(worker, &measured->block,
                            aum_label_classes(classes), measured->labels,
                            &measured->bad, error) &&
           dump_read_ids(worker, &measured->block, &measured->ids, error);
}

static bool read_record(struct measured *measured, struct dump_worker *worker,
                        const struct epoch_record *record, size_t rows_max,
                        struct fingerprint *print, struct error *error)
{
    struct dump_block *block = &measured->block;
    while (block->first_row < record->rows) {
        const size_t most =
            block->first_row == 0 && rows_max > FINGERPRINT_MARGINS
                ? FINGERPRINT_MARGINS
                : rows_max;
        const uint64_t left = record->rows - block->first_row;
        block->rows = left < most ? (size_t)left : most;
        if (!read_block(measured, worker, (size_t)record->classes, error))
            return false;
        fingerprint_add(print, measured);
        block->first_row += block->rows;
    }
    return true;
}

bool fingerprint_record(const struct dump_index *index, size_t record,
                        struct fingerprint *print, struct error *error)
{
    struct measured measured = {.labels = NULL};
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct dump_worker *worker =
        reader != NULL ? dump_worker_create(reader) : NULL;
    *print = (struct fingerprint){0};
    bool good = (worker != NULL && measured_init(&measured, reader)) ||
                error_no_memory(error);
    measured.block.record = record;
    good = good && read_record(&measured, worker, &index->records[record],
                               dump_reader_rows_max(reader), print, error);
    measured_free(&measured);
    dump_worker_destroy(worker);
    good = good && dump_reader_verify(reader, error);
    dump_reader_destroy(reader);
    return good;
}
