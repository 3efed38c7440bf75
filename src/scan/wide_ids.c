/*
 * wide_ids.c - are there sample ids that a double cannot tell apart?
 */
#include "scan/wide_ids.h"

#include "dump/reader.h"
#include "scan/measure.h"

#define TWO_TO_53 ((uint64_t)1 << 53)

/* Negative numbers wrap around. */
static bool is_wide(uint64_t id, enum aum_id_kind kind)
{
    return kind == AUM_IDS_UINT64 ? id > TWO_TO_53
                                  : id + TWO_TO_53 > 2 * TWO_TO_53;
}

bool ids_any_wide(struct aum_ids ids, size_t rows,
                  const unsigned char *left_out)
{
    const uint64_t *values = ids.values; /* or int64_t, with these bits */
    bool any = false;
    if (ids.kind == AUM_IDS_STRING)
        return false;
    for (size_t i = 0; i < rows; i++)
        any |= is_wide(values[i], ids.kind) &&
               (left_out == NULL || left_out[i] == 0);
    return any;
}

/* Can the ids of a record be wide at all? */
static bool may_be_wide(const struct dump_index *index,
                        const struct epoch_record *record)
{
    if (record->ids == DUMP_NO_ARRAY)
        return false;
    const enum dump_type type = index->arrays[record->ids].layout->type;
    return type == DUMP_I64 || type == DUMP_U64;
}

/* Are they those of the record before, as in [epochs, rows, classes]? */
static bool are_the_same(const struct dump_index *index, size_t record)
{
    const struct epoch_record *now = &index->records[record];
    const struct epoch_record *before = &index->records[record - (record > 0)];
    return record > 0 && now->ids == before->ids &&
           index->arrays[now->ids].layout->epoch_axis == DUMP_NO_AXIS &&
           now->first_row == before->first_row && now->rows == before->rows;
}

/* Rows that were never written have no ids. */
static bool block_has_any(struct dump_worker *worker,
                          const struct dump_block *block, struct dump_ids *ids)
{
    const unsigned char *unwritten;
    struct error error;
    dump_forget_unwritten(worker);
    if (!dump_read_ids(worker, block, ids, &error))
        return false;
    const bool all = dump_unwritten_rows(worker, block, &unwritten) == 0;
    return ids_any_wide(measured_ids(ids), block->rows, all ? NULL : unwritten);
}

bool find_wide_ids(const struct dump_index *index, const unsigned char *marks,
                   bool *any, struct error *error)
{
    struct dump_reader *reader = dump_reader_create(index, marks);
    struct dump_worker *worker =
        reader != NULL ? dump_worker_create(reader) : NULL;
    struct dump_block block;
    struct dump_ids ids = {.values = NULL};
    const bool good = worker != NULL || error_no_memory(error);
    while (good && !*any && dump_reader_next(reader, &block)) {
        const struct epoch_record *record = &index->records[block.record];
        if (may_be_wide(index, record) && !are_the_same(index, block.record))
            *any = block_has_any(worker, &block, &ids);
    }
    dump_ids_free(&ids);
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
    return good;
}
