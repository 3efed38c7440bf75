/*
 * test_numbering.c - which epochs the dumps of a run are, by their names
 *
 * Names and what is expected of them are by hand, from the man page. The dumps
 * are tables, and have sample ids unless something else is said.
 */
#include <stdio.h>
#include <string.h>

#include "dump/discover.h"
#include "dump/fake_format.h"
#include "dump/numbering.h"
#include "suite.h"

#define FILES_MAX 6

static struct dump_index indexed;
static struct error error;

static void setup(void)
{
    memset(&indexed, 0, sizeof indexed);
    memset(&error, 0, sizeof error);
    contents_live = contents_columns = contents_unreadable = false;
}

static void teardown(void)
{
    dump_index_destroy(&indexed);
}

static void ignore(void *context, const char *text)
{
    (void)context, (void)text;
}

static void add_file(const char *path, const struct object *objects)
{
    struct dump_names names = {.live = false};
    struct dump_found found;
    contents = objects;
    ck_assert_msg(dump_discover_in(&fake_format, &indexed, path, &names, &found,
                                   ignore, NULL, &error),
                  "%s", error.text);
    /* Files that are different ones. */
    for (size_t i = 0; i < indexed.file_count; i++)
        indexed.files[i].inode = i + 1;
}

/* "3 3 4 order": the epochs in the order in which the records were found, and
 * what the last one's is from. */
static const char *epochs(void)
{
    static char text[400];
    text[0] = '\0';
    for (size_t i = 0; i < indexed.record_count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%lld ",
                 (long long)indexed.records[i].epoch);
    if (indexed.record_count > 0)
        strcat(text, dump_epoch_from_name(
                         indexed.records[indexed.record_count - 1].from));
    return text;
}

/* ---- files ---- */

static const struct {
    const char *files[FILES_MAX];
    const char *epochs; /* or, if it starts with "!", what the error says */
} named[] = {
    /* keywords: the file's before its folders', the nearest folder */
    {{"epoch_2.h5", "epoch_10.h5", "epoch_1.h5"}, "2 10 1 file"},
    {{"epoch_3/rank_0.h5", "epoch_3/rank_1.h5"}, "3 3 folder"},
    {{"epoch_9/epoch_2/a.h5", "epoch_9/epoch_3/a.h5"}, "2 3 folder"},
    {{"epoch_9/ep2.h5", "epoch_9/ep3.h5"}, "2 3 file"},
    {{"checkpoint-500/d.h5", "checkpoint-1000/d.h5"}, "500 1000 folder"},
    {{"epoch=3-step=1200.h5", "epoch=4-step=1600.h5"}, "3 4 file"},
    {{"epoch_-1.h5", "epoch_0.h5"}, "-1 0 file"},
    /* some have a number, some none */
    {{"epoch_0.h5", "epoch_1.h5", "best.h5"}, "!best.h5: /: nothing tells"},
    {{"last.h5", "epoch_0.h5", "best.h5", "final.h5", "x.h5"},
     "!last.h5: /, best.h5: /, final.h5: / and 1 more: nothing tells"},
    /* the only number that varies, whatever the others are */
    {{"003.h5", "012.h5", "001.h5"}, "3 12 1 number"},
    {{"dump00_bs128.h5", "dump03_bs128.h5"}, "0 3 number"},
    {{"resnet50_003.h5", "resnet50_004.h5"}, "3 4 number"},
    {{"x_5_3.h5", "x_5_4.h5"}, "3 4 number"},
    {{"3_rank0.h5", "3_rank1.h5", "4_rank0.h5", "4_rank1.h5"},
     "3 3 4 4 number"},
    {{"step_100.h5", "step_200.h5"}, "100 200 number"},
    /* none or several: the natural order of the names */
    {{"x_1_3.h5", "x_2_4.h5"}, "0 1 order"},
    {{"x_1.h5", "x_1_2.h5"}, "0 1 order"},
    {{"b.h5", "a.h5", "c.h5"}, "1 0 2 order"},
    {{"run_10.h5", "run_9.h5"}, "1 0 order"},
    {{"2024-05-10_12-00-00.h5", "2024-05-10_13-00-00.h5"}, "0 1 order"},
    {{"resnet18.h5", "resnet50.h5"}, "0 1 order"},
    {{"scene0000.h5", "scene0001.h5"}, "0 1 order"},
    {{"segment_100ms.h5", "segment_200ms.h5"}, "0 1 order"},
    {{"dump_7.h5"}, "0 order"},
    /* parts of the same epoch */
    {{"rank0.h5", "rank1.h5"}, "0 0 order"},
    {{"b_rank1.h5", "a_rank0.h5", "b_rank0.h5", "a_rank1.h5"}, "1 0 1 0 order"},
    {{"shard-00000-of-00002.h5", "shard-00001-of-00002.h5"}, "0 0 order"},
    /* splits */
    {{"train.h5", "val.h5"}, "!train.h5: / and val.h5: / have other words"},
    {{"train/epoch_0.h5", "test/epoch_1.h5"}, "!have other words"},
    {{"epoch_0.h5", "test_epoch_0.h5"}, "!have other words"},
    {{"train/epoch_0.h5", "training/epoch_1.h5"}, "0 1 file"},
    {{"test_run/epoch_0.h5", "test_run/epoch_1.h5"}, "0 1 file"},
    {{"latest/epoch_0.h5", "contest/epoch_1.h5"}, "0 1 file"},
    {{"epoch_0_test_acc_91.h5", "epoch_1.h5"}, "0 1 file"},
    {{"epoch_0.h5", "epoch_1_val_loss=0.3.h5", "epoch_2_val_acc=9.h5"},
     "0 1 2 file"},
    {{"epoch_0_train_loss=3_val_loss=4.h5", "epoch_1_val_loss=3.h5"},
     "0 1 file"},
    {{"epoch_0.h5", "epoch_1_train_loss=3.h5", "epoch_1_val_loss=4.h5"},
     "!epoch_1_train_loss=3.h5: / and epoch_1_val_loss=4.h5: / have other"},
    {{"train/epoch_0_val_loss=3.h5", "val/epoch_0_val_loss=4.h5"},
     "!have other words"},
};

static void check(const char *expected, bool good)
{
    if (expected[0] == '!')
        ck_assert_msg(!good && strstr(error.text, expected + 1) != NULL,
                      "\"%s\", %s", expected, good ? epochs() : error.text);
    else
        ck_assert_msg(good && strcmp(epochs(), expected) == 0, "\"%s\", %s",
                      expected, good ? epochs() : error.text);
}

START_TEST(files_by_their_names)
{
    static const struct object objects[] = {
        LOGITS("/logits"), LABELS("/labels"), LABELS("/ids"), {.kind = END}};
    const struct dump_numbering numbering = {.alone = false};
    for (size_t i = 0; i < FILES_MAX && named[_i].files[i] != NULL; i++)
        add_file(named[_i].files[i], objects);
    check(named[_i].epochs, dump_number_records(&indexed, &numbering, &error));
}
END_TEST

START_TEST(splits_may_be_mixed)
{
    static const struct object objects[] = {
        LOGITS("/logits"), LABELS("/labels"), LABELS("/ids"), {.kind = END}};
    const struct dump_numbering numbering = {.mix_splits = true};
    add_file("train_epoch_0.h5", objects);
    add_file("val_epoch_1.h5", objects);
    check("0 1 file", dump_number_records(&indexed, &numbering, &error));
}
END_TEST

/* For a state, each name by itself. */
static const struct {
    const char *files[FILES_MAX];
    const char *epochs;
} kept[] = {
    {{"epoch_3.h5"}, "3 file"},
    {{"003.h5"}, "3 number"},
    {{"rank0_003.h5", "rank1_004.h5"}, "3 4 number"},
    {{"x_1_3.h5"},
     "!x_1_3.h5: /: nothing tells which epoch this is, and a "
     "state"},
    {{"a.h5"}, "!a.h5: /: nothing tells which epoch this is, and a state"},
};

START_TEST(files_that_a_state_keeps)
{
    static const struct object objects[] = {
        LOGITS("/logits"), LABELS("/labels"), LABELS("/ids"), {.kind = END}};
    const struct dump_numbering numbering = {.alone = true};
    for (size_t i = 0; i < FILES_MAX && kept[_i].files[i] != NULL; i++)
        add_file(kept[_i].files[i], objects);
    check(kept[_i].epochs, dump_number_records(&indexed, &numbering, &error));
}
END_TEST

/* ---- groups ---- */

#define ROW(name) FLOATS(name, 1, {3})
#define LABEL(name) TYPED(DUMP_I32, name, 0, {1})

static const struct {
    struct object objects[20];
    const char *epochs;
} grouped[] = {
    {{LABELS("/labels"), LABELS("/ids"), EMPTY_GROUP("/3"), LOGITS("/3/logits"),
      EMPTY_GROUP("/12"), LOGITS("/12/logits")},
     "3 12 number"},
    {{LABELS("/labels"), LABELS("/ids"), EMPTY_GROUP("/epoch_3"),
      EMPTY_GROUP("/epoch_3/batch_7"), LOGITS("/epoch_3/batch_7/logits"),
      EMPTY_GROUP("/epoch_3/batch_8"), LOGITS("/epoch_3/batch_8/logits")},
     "3 3 group"},
    {{LABELS("/labels"), LABELS("/ids"), EMPTY_GROUP("/batch_7"),
      LOGITS("/batch_7/logits"), EMPTY_GROUP("/batch_8"),
      LOGITS("/batch_8/logits")},
     "0 0 order"},
    {{LABELS("/labels"), LABELS("/ids"), EMPTY_GROUP("/epoch_1"),
      LOGITS("/epoch_1/logits"), EMPTY_GROUP("/best"), LOGITS("/best/logits")},
     "!dump.h5: /best: nothing tells"},
    {{LABELS("/labels"), LABELS("/ids"), EMPTY_GROUP("/train"),
      LOGITS("/train/logits"), EMPTY_GROUP("/test"), LOGITS("/test/logits")},
     "!dump.h5: /test and /train have other words"},
    /* one row a group */
    {{LABEL("/label"), EMPTY_GROUP("/img_0"), ROW("/img_0/logits"),
      EMPTY_GROUP("/img_1"), ROW("/img_1/logits")},
     "!one row in each of 2 groups, and no sample ids"},
    {{LABEL("/label"), EMPTY_GROUP("/0"), ROW("/0/logits"), EMPTY_GROUP("/1"),
      ROW("/1/logits")},
     "!one row in each of 2 groups, and no sample ids"},
};

START_TEST(groups_by_their_names)
{
    const struct dump_numbering numbering = {.alone = false};
    add_file("dump.h5", grouped[_i].objects);
    check(grouped[_i].epochs,
          dump_number_records(&indexed, &numbering, &error));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("numbering");
    TCase *tests = suite_case(suite, "numbering");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, files_by_their_names, 0,
                        sizeof named / sizeof *named);
    tcase_add_test(tests, splits_may_be_mixed);
    tcase_add_loop_test(tests, files_that_a_state_keeps, 0,
                        sizeof kept / sizeof *kept);
    tcase_add_loop_test(tests, groups_by_their_names, 0,
                        sizeof grouped / sizeof *grouped);
    return suite_run(suite);
}
