/*
 * test_names.c - what names of files and groups tell
 *
 * Expectations are by hand, from the man page and common/names.h.
 */
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "suite.h"

START_TEST(natural_order_of_names)
{
    static const char *const sorted[] = {"",
                                         "a",
                                         "epoch_1",
                                         "epoch_01",
                                         "epoch_2.h5",
                                         "epoch_9",
                                         "epoch_10",
                                         "epoch_010",
                                         "epoch_10a",
                                         "epoch_123456789012345678901234567890",
                                         "epoch_123456789012345678901234567891",
                                         "epochs",
                                         "x1y2",
                                         "x1y10"};
    const size_t n = sizeof sorted / sizeof *sorted;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int order = names_compare(sorted[i], sorted[j]);
            /* Equal numbers of other lengths sort by bytes. */
            if (strcmp(sorted[i], "epoch_1") == 0 &&
                strcmp(sorted[j], "epoch_01") == 0)
                ck_assert_int_gt(order, 0);
            else if (strcmp(sorted[i], "epoch_01") == 0 &&
                     strcmp(sorted[j], "epoch_1") == 0)
                ck_assert_int_lt(order, 0);
            else if (strstr(sorted[i], "_010") || strstr(sorted[j], "_010"))
                continue;
            else
                ck_assert_msg((order < 0) == (i < j) &&
                                  (order == 0) == (i == j),
                              "%s, %s: %d", sorted[i], sorted[j], order);
        }
    }
    ck_assert_int_lt(names_compare("epoch_010", "epoch_10"), 0);
}
END_TEST

#define NONE INT64_MIN
#define FRACTION (INT64_MIN + 1)
#define TOO_LARGE (INT64_MIN + 2)
#define EXPONENT (INT64_MIN + 3)

static const struct {
    const char *name;
    int64_t epoch; /* or one of these */
} keyword_names[] = {
    {"epoch_3", 3},
    {"epoch=3-step=1200", 3},
    {"Epoch 12", 12},
    {"EPOCH:7", 7},
    {"epoch003_rank1", 3},
    {"trainepoch4", 4},
    {"e2e_test_epoch_4", 4},
    {"epoch_3.0", 3},
    {"epoch.3", 3},
    /* the last one counts; the amount of them is none */
    {"epoch_1_epoch_2", 2},
    {"max_epoch=100_epoch=3", 3},
    {"epoch=3_max_epoch=100", 3},
    {"maxepoch100", NONE},
    {"num_epoch_100", NONE},
    {"steps_per_epoch=100", NONE},
    {"epochs_10", NONE},
    {"epoch_3_of_epoch_100", 3},
    /* signs */
    {"epoch-3", 3},
    {"epoch--3", -3},
    {"epoch_-1", -1},
    {"epoch=-1", -1},
    {"epoch:-1", -1},
    {"epoch -1", 1},
    {"ep-7", 7},
    {"ep_-7", -7},
    /* fractions and more */
    {"epoch_0.5", FRACTION},
    {"epoch_1.50", FRACTION},
    {"epoch_99999999999999999999", TOO_LARGE},
    {"epoch_1e3", EXPONENT},
    {"epoch1E+06_rank0", EXPONENT},
    {"epoch_1.5e3", EXPONENT},
    {"epoch_1.0e3", EXPONENT},
    {"ep1e3", EXPONENT},
    {"checkpoint-1e+06", EXPONENT},
    {"epoch_3e", 3},
    {"epoch3e5f9", 3}, /* a letter follows */
    {"e1e3", NONE},    /* may be a hash */
    {"epoch_9223372036854775807", INT64_MAX},
    /* the other keywords start a word */
    {"ep03", 3},
    {"run2_ep-7_rank1", 7},
    {"resnet18_e5", 5},
    {"e5", 5},
    {"e=5", 5},
    {"checkpoint-1200", 1200},
    {"checkpoint_3_epoch_4", 4},
    {"mycheckpoint-3", NONE},
    {"step_3", NONE},
    {"sample3", NONE},
    {"scene0000", NONE},
    {"1e3", NONE},
    {"e2e_test", NONE}, /* a letter follows */
    {"segment_100ms", NONE},
    {"resnet18", NONE},
    {"rank0", NONE},
    {"003", NONE},
    {"epoch", NONE},
    {"", NONE},
};

START_TEST(number_after_a_keyword)
{
    static const int64_t others[] = {[NAMES_NO_EPOCH] = NONE,
                                     [NAMES_FRACTION] = FRACTION,
                                     [NAMES_EXPONENT] = EXPONENT,
                                     [NAMES_TOO_LARGE] = TOO_LARGE};
    int64_t epoch;
    const enum names_epoch found =
        names_epoch_after_keyword(keyword_names[_i].name, &epoch);
    if (found != NAMES_EPOCH)
        epoch = others[found];
    ck_assert_msg(epoch == keyword_names[_i].epoch, "%s: %lld",
                  keyword_names[_i].name, (long long)epoch);
}
END_TEST

static const struct {
    const char *name;
    const char *numbers;
} bare_names[] = {
    {"003", "3"},
    {"dump00_bs128", "0"},
    {"step_100", "100"},
    {"a1b22", "22"}, /* letters follow on the first */
    {"a1_b22", "1 22"},
    {"1-2-3", "1 2 3"},
    {"1e3", ""},
    {"dump_1e+06_7", "7"},
    {"a1e22", "22"},
    {"1e3f", ""},
    {"none", ""},
    {"99999999999999999999", ""},
    /* words whose numbers are those of something else */
    {"rank0", ""},
    {"rank_0_7", "7"},
    {"shard-00000-of-00008", ""},
    {"00001-of-00008", ""},
    {"3_rank=1_worker2_gpu3_batch4_bs5", "3"},
    {"fold1_seed2_run3_img4_sample5_part6", ""},
    {"resnet18", ""},
    {"efficientnet_4_12", "12"},
    {"scene0000", ""},
    {"segment_100ms", ""},
    {"dump-v1", ""},
    /* dates and times */
    {"2024-05-10_12-00-00", ""},
    {"20240510_120000", ""},
    {"20240510T120000_4", "4"},
    {"2024-05-10", ""},
    {"2024-05-10_92", "92"},
    {"2024-05-10_3", "3"},
    {"2024-05-10_12h30", ""},
    {"20240510-1200", ""},
    {"20240510_003", "3"},
    {"2024_3", "2024 3"},
    {"1200", "1200"},
};

START_TEST(bare_numbers)
{
    int64_t numbers[NAMES_NUMBERS_MAX];
    char text[200] = "";
    const size_t count = names_bare_numbers(bare_names[_i].name, numbers);
    ck_assert_uint_le(count, NAMES_NUMBERS_MAX);
    for (size_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%lld",
                 i > 0 ? " " : "", (long long)numbers[i]);
    ck_assert_msg(strcmp(text, bare_names[_i].numbers) == 0, "%s: %s",
                  bare_names[_i].name, text);
}
END_TEST

START_TEST(very_many_numbers)
{
    int64_t numbers[NAMES_NUMBERS_MAX];
    ck_assert_uint_eq(names_bare_numbers("1_2_3_4_5_6_7_8", numbers), 8);
    ck_assert_uint_eq(names_bare_numbers("1_2_3_4_5_6_7_8_9_10", numbers), 9);
    ck_assert_int_eq(numbers[NAMES_NUMBERS_MAX - 1], 8);
}
END_TEST

START_TEST(names_without_numbers_of_parts)
{
    char out[64];
    names_without_parts("run_2/3_rank_0-of-4.h5", out);
    ck_assert_str_eq(out, "run_2/3_rank_-of-.h5");
    names_without_parts("shard-00001-of-00008/seed3", out);
    ck_assert_str_eq(out, "shard--of-/seed3");
    names_without_parts("", out);
    ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(splits)
{
    const unsigned train = names_splits("train");
    const unsigned test = names_splits("test");
    ck_assert(train != 0 && test != 0 && train != test);
    ck_assert_uint_eq(names_splits("run/TrainLoader/epoch_3"), train);
    ck_assert_uint_eq(names_splits("latest"), 0);
    ck_assert_uint_eq(names_splits("a/train_test.h5"), train | test);
    ck_assert_uint_eq(names_splits("test_accounts"), test);
    ck_assert_uint_eq(names_splits("test_3"), test);
}
END_TEST

START_TEST(splits_that_were_measured)
{
    static const char *const names[] = {
        "epoch_0_test_acc_91", "epoch=3-test_loss=0.32", "testLoss0.3",
        "test-f1-0.8",         "test_top1_91",           "test.acc91"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_msg(names_splits(names[i]) == 0, "%s", names[i]);
        ck_assert_msg(names_measured_splits(names[i]) == names_splits("test"),
                      "%s", names[i]);
    }
    ck_assert_uint_eq(names_splits("train/epoch_0_test_acc_91"),
                      names_splits("train"));
    ck_assert_uint_eq(names_measured_splits("test/loss"), 0);
    ck_assert_uint_eq(names_measured_splits("test_f2"), 0);
}
END_TEST

START_TEST(suffixes)
{
    ck_assert_uint_eq(names_without_suffix("a.b/epoch_3.h5"), 11);
    ck_assert_uint_eq(names_without_suffix("a.b/epoch_3"), 11);
    ck_assert_uint_eq(names_without_suffix("dump.003"), 8);
    ck_assert_uint_eq(names_without_suffix("dump.003.h5"), 8);
    ck_assert_uint_eq(names_without_suffix(".h5"), 3);
}
END_TEST

static const struct {
    const char *glob;
    const char *group;
    bool match;
} globs[] = {
    {"train", "/train", true},
    {"train", "/train/epoch_3", true},
    {"train", "/run/train/epoch_3", true},
    {"train", "/training", false},
    {"train", "/", false},
    {"epoch_[12]", "/train/epoch_2", true},
    {"epoch_[12]", "/train/epoch_3", false},
    {"*", "/train", true},
    {"run/train", "/run/train/epoch_1", true},
    {"/run/train", "/run/train/epoch_1", true},
    {"run/*", "/run/val", true},
    {"train/epoch_1", "/run/train/epoch_1", false},
    {"/", "/", true},
    {"/", "/train", false},
};

START_TEST(globs_choose_groups)
{
    ck_assert_msg(names_group_matches(globs[_i].glob, globs[_i].group) ==
                      globs[_i].match,
                  "%s, %s", globs[_i].glob, globs[_i].group);
}
END_TEST

START_TEST(globs_choose_files)
{
    ck_assert(names_file_matches("train", "train.h5"));
    ck_assert(names_file_matches("train.h5", "run/train.h5"));
    ck_assert(names_file_matches("train", "run/train/epoch_3.h5"));
    ck_assert(names_file_matches("train*", "run/train_epoch_3.h5"));
    ck_assert(names_file_matches("run/*", "run/train.h5"));
    ck_assert(!names_file_matches("train", "run/training/epoch_3.h5"));
    ck_assert(!names_file_matches("/", "run/train.h5"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = suite_case(suite, "names");
    tcase_add_test(tests, natural_order_of_names);
    tcase_add_loop_test(tests, number_after_a_keyword, 0,
                        sizeof keyword_names / sizeof *keyword_names);
    tcase_add_loop_test(tests, bare_numbers, 0,
                        sizeof bare_names / sizeof *bare_names);
    tcase_add_test(tests, very_many_numbers);
    tcase_add_test(tests, names_without_numbers_of_parts);
    tcase_add_test(tests, splits);
    tcase_add_test(tests, splits_that_were_measured);
    tcase_add_test(tests, suffixes);
    tcase_add_loop_test(tests, globs_choose_groups, 0,
                        sizeof globs / sizeof *globs);
    tcase_add_test(tests, globs_choose_files);
    return suite_run(suite);
}
