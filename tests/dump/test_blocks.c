/*
 * test_blocks.c - how a block that cannot be read is divided, and what reading
 * it costs; expected values by hand
 */
#include <stdint.h>

#include "dump/reader.h"
#include "suite.h"

/* An index of one record, whose layouts the tests change. */
struct small_index {
    struct dump_layout layouts[3]; /* of logits, labels and ids */
    struct dump_array arrays[3];
    struct epoch_record record;
    struct dump_file file;
    struct dump_index index;
    struct dump_reader *reader;
};

static void setup_index(struct small_index *small, uint64_t rows)
{
    static char name[] = "dump.h5";
    *small = (struct small_index){
        .record = {.rows = rows, .classes = 10, .labels = 1, .ids = 2},
        .file = {.path = name}};
    for (int i = 0; i < 3; i++) {
        const uint64_t columns = i == 0 ? 10 : 1;
        small->layouts[i] = (struct dump_layout){
            .size = i == 0 ? 4 : 8,
            .rank = i == 0 ? 2 : 1,
            .dims = {rows, columns},
            .epoch_axis = DUMP_NO_AXIS,
            .row_axis = 0,
            .column_axis = i == 0 ? 1 : DUMP_NO_AXIS,
            .epochs = 1,
            .rows = rows,
            .columns = columns,
            .chunk = {rows, columns},
        };
        small->arrays[i] =
            (struct dump_array){.path = name, .layout = &small->layouts[i]};
    }
    small->index.arrays = small->arrays;
    small->index.array_count = 3;
    small->index.records = &small->record;
    small->index.record_count = 1;
    small->index.files = &small->file;
    small->index.file_count = 1;
    small->reader = dump_reader_create(&small->index, NULL);
    ck_assert_ptr_nonnull(small->reader);
}

START_TEST(blocks_are_split_where_chunks_begin)
{
    static const struct {
        uint64_t chunk; /* rows; 0: not known */
        uint64_t first_row;
        size_t rows;
        size_t expected;
    } cases[] = {
        {10, 0, 40, 20},   {10, 0, 50, 20}, {10, 0, 11, 10},
        {10, 10, 10, 0},   {10, 15, 5, 0},  {10, 5, 10, 5},
        {10, 9, 2, 1},     {1, 7, 2, 1},    {1, 7, 1, 0},
        {1000, 0, 900, 0}, {0, 0, 40, 32},  {0, 0, 32, 0},
        {0, 32, 8, 0},     {0, 31, 2, 1},   {0, 0, 16384, 8192},
    };
    static const enum dump_role roles[] = {DUMP_LOGITS, DUMP_LABELS, DUMP_IDS};
    struct small_index small;
    setup_index(&small, 100000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t role = 0; role < 3; role++) {
            const struct dump_block block = {.first_row = cases[i].first_row,
                                             .rows = cases[i].rows};
            /* Chunks of the others do not count. */
            for (size_t k = 0; k < 3; k++) {
                small.layouts[k].chunked = k != role || cases[i].chunk > 0;
                small.layouts[k].chunk[0] = k == role ? cases[i].chunk : 3;
            }
            ck_assert_msg(dump_block_split(small.reader, &block, roles[role]) ==
                              cases[i].expected,
                          "case %zu, role %zu", i, role);
        }
    }
    dump_reader_destroy(small.reader);
}
END_TEST

START_TEST(rows_without_ids_and_labels_of_all_rows_are_not_split)
{
    const struct dump_block block = {.rows = 1000};
    struct small_index small;
    setup_index(&small, 1000);
    small.record.ids = DUMP_NO_ARRAY;
    small.layouts[1].row_axis = DUMP_NO_AXIS;
    ck_assert_uint_eq(dump_block_split(small.reader, &block, DUMP_IDS), 0);
    ck_assert_uint_eq(dump_block_split(small.reader, &block, DUMP_LABELS), 0);
    dump_reader_destroy(small.reader);
}
END_TEST

START_TEST(chunks_of_some_columns_cost_all_their_rows)
{
    const struct dump_block block = {.first_row = 90, .rows = 20};
    struct small_index small;
    setup_index(&small, 1000);
    const uint64_t others = 20 * (8 + 8);
    ck_assert_uint_eq(dump_block_cost(small.reader, &block, false), others);
    ck_assert_uint_eq(dump_block_cost(small.reader, &block, true),
                      others + 20 * 40);
    small.layouts[0].chunked = true;
    small.layouts[0].chunk[0] = 100;
    ck_assert_uint_eq(dump_block_cost(small.reader, &block, true),
                      others + 20 * 40);
    small.layouts[0].chunk[1] = 5; /* rows 0 to 199, both halves */
    ck_assert_uint_eq(dump_block_cost(small.reader, &block, true),
                      others + 200 * 40);
    small.layouts[0].elsewhere = true;
    ck_assert_uint_gt(dump_block_cost(small.reader, &block, true), 100000);
    dump_reader_destroy(small.reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blocks");
    TCase *tests = suite_case(suite, "blocks");
    tcase_add_test(tests, blocks_are_split_where_chunks_begin);
    tcase_add_test(tests,
                   rows_without_ids_and_labels_of_all_rows_are_not_split);
    tcase_add_test(tests, chunks_of_some_columns_cost_all_their_rows);
    return suite_run(suite);
}
