/*
 * same_labels.c - are these epochs of the same samples?
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump/labels.h"
#include "dump/numbering.h"
#include "dump/reader.h"

#define ROWS_AT_ONCE 4096u

struct comparison {
    const struct dump_index *index;
    struct dump_reader *reader;
    struct dump_worker *worker;
    uint32_t first[ROWS_AT_ONCE];
    uint32_t other[ROWS_AT_ONCE];
    uint32_t label;   /* the first of all... */
    bool two_classes; /* ... and there are others */
    struct error *error;
};

static bool read_labels(struct comparison *c, size_t record, uint64_t row,
                        size_t rows, uint32_t *labels)
{
    const struct dump_block block = {
        .record = record, .first_row = row, .rows = rows};
    struct dump_bad_labels bad = {0};
    const uint64_t classes = c->index->records[record].classes;
    return dump_read_labels(c->worker, &block, classes > 1 ? classes : 2,
                            labels, &bad, c->error);
}

/* "a.h5: /x and b.h5: /y: nothing tells which epochs these are, and ..." */
static bool differ(const struct comparison *c, size_t record, const char *what)
{
    const struct dump_index *index = c->index;
    const struct epoch_record *a = &index->records[0];
    const struct epoch_record *b = &index->records[record];
    error_set(c->error,
              "%s: %s and %s: %s: no names with epoch_N and no sample ids: "
              "these are epochs of the same samples only if they have the same "
              "labels, of two classes or more, but %s; name them epoch_N, or "
              "dump sample ids",
              index->files[a->file].path, a->group, index->files[b->file].path,
              b->group, what);
    return error_advise(c->error, ADVICE_NONE);
}

static bool compare(struct comparison *c, uint64_t limit)
{
    const struct dump_index *index = c->index;
    const uint64_t rows = index->records[0].rows;
    for (size_t i = 1; i < index->record_count; i++) {
        if (index->records[i].rows != rows)
            return differ(c, i, "they have different numbers of rows");
    }
    for (uint64_t row = 0; row < rows && row < limit; row += ROWS_AT_ONCE) {
        const size_t n = rows - row < ROWS_AT_ONCE ? (size_t)(rows - row)
                                                   : (size_t)ROWS_AT_ONCE;
        if (!read_labels(c, 0, row, n, c->first))
            return false;
        if (row == 0)
            c->label = c->first[0];
        for (size_t k = 0; k < n; k++)
            c->two_classes |= c->first[k] != c->label;
        for (size_t i = 1; i < index->record_count; i++) {
            if (!read_labels(c, i, row, n, c->other))
                return false;
            if (memcmp(c->first, c->other, n * sizeof *c->first) != 0)
                return differ(c, i, "their labels differ");
        }
    }
    return c->two_classes || differ(c, 1, "all have one label");
}

bool dump_same_labels(const struct dump_index *index, uint64_t rows,
                      struct error *error)
{
    struct comparison *c = calloc(1, sizeof *c);
    if (c == NULL)
        return error_no_memory(error);
    c->index = index;
    c->error = error;
    c->reader = dump_reader_create(index, NULL);
    c->worker = c->reader != NULL ? dump_worker_create(c->reader) : NULL;
    bool good = c->worker != NULL ? compare(c, rows) : error_no_memory(error);
    dump_worker_destroy(c->worker);
    good = good && dump_reader_verify(c->reader, error);
    dump_reader_destroy(c->reader);
    free(c);
    return good;
}
