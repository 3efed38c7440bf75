/*
 * test_discover.c - which epoch records a catalog has; no files
 *
 * Catalogs and what is expected of them are by hand, from the man page.
 */
#include <stdio.h>
#include <string.h>

#include "dump/discover.h"
#include "dump/fake_format.h"
#include "suite.h"

/* ---- looking at one ---- */

static struct dump_index indexed;
static struct error error;
static struct dump_found found;
static char remarked[600];

static void setup(void)
{
    memset(&indexed, 0, sizeof indexed);
    memset(&error, 0, sizeof error);
    contents_live = contents_columns = contents_unreadable = false;
    remarked[0] = '\0';
}

static void teardown(void)
{
    dump_index_destroy(&indexed);
}

static void remark(void *context, const char *text)
{
    (void)context;
    snprintf(remarked, sizeof remarked, "%s", text);
}

static bool discover(const struct object *objects, const char *path,
                     struct dump_names names)
{
    contents = objects;
    names.live = contents_live;
    return dump_discover_in(&fake_format, &indexed, path, &names, &found,
                            remark, NULL, &error);
}

/* "GROUP:EPOCH LOGITS LABELS IDS", one for each epoch record; "-" is a number
 * that nothing tells, or no ids. */
static const char *records(void)
{
    static char text[2000];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < indexed.record_count; i++) {
        const struct epoch_record *record = &indexed.records[i];
        char epoch[24] = "-";
        if (record->numbered)
            snprintf(epoch, sizeof epoch, "%lld", (long long)record->epoch);
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%s:%s %s %s %s",
            i > 0 ? "; " : "", record->group, epoch,
            indexed.arrays[record->logits].path,
            indexed.arrays[record->labels].path,
            record->ids == DUMP_NO_ARRAY ? "-"
                                         : indexed.arrays[record->ids].path);
    }
    return text;
}

/* ---- what there is ---- */

#define OBJECTS_MAX 16

static const struct {
    const char *file;
    struct object objects[OBJECTS_MAX];
    struct dump_names names;
    const char *records;
} good[] = {
    /* groups in natural order, numbered by their names; labels above */
    {"run.h5",
     {LABELS("/labels"), EMPTY_GROUP("/epoch_10"), LOGITS("/epoch_10/logits"),
      EMPTY_GROUP("/epoch_2"), LOGITS("/epoch_2/logits"),
      LABELS("/epoch_2/labels")},
     {0},
     "/epoch_2:2 /epoch_2/logits /epoch_2/labels -; "
     "/epoch_10:10 /epoch_10/logits /labels -"},
    /* the nearest labels and ids, each for itself */
    {"run.h5",
     {LABELS("/y"), EMPTY_GROUP("/train"), LABELS("/train/ids"),
      EMPTY_GROUP("/train/e1"), LOGITS("/train/e1/outputs"),
      EMPTY_GROUP("/val"), LABELS("/val/target"), EMPTY_GROUP("/val/e2"),
      LOGITS("/val/e2/scores")},
     {0},
     "/train/e1:1 /train/e1/outputs /y /train/ids; "
     "/val/e2:2 /val/e2/scores /val/target -"},
    /* the first of the usual names */
    {"run.h5",
     {LOGITS("/outputs"), LOGITS("/logits"), LABELS("/y"), LABELS("/labels"),
      LABELS("/id"), LABELS("/indices")},
     {0},
     "/:- /logits /labels /indices"},
    /* names of the user's: paths below a group, or from the root */
    {"run.h5",
     {EMPTY_GROUP("/a"), EMPTY_GROUP("/a/b"), LOGITS("/a/b/z"),
      LOGITS("/a/logits"), LABELS("/a/y"), LABELS("/c")},
     {.logits = "b/z", .labels = "/c", .ids = "y"},
     "/a:- /a/b/z /c /a/y"},
    {"run.h5",
     {EMPTY_GROUP("/a"), LOGITS("/a/z"), LOGITS("/z"), LABELS("/labels")},
     {.logits = "/z"},
     "/:- /z /labels -"},
    /* links lead to datasets that no walk meets */
    {"run.h5",
     {EMPTY_GROUP("/e7"),
      {.kind = LINK,
       .path = "/e7/logits",
       .type = DUMP_F16,
       .rank = 2,
       .dims = {6, 3}},
      LABELS("/labels")},
     {0},
     "/e7:7 /e7/logits /labels -"},
    /* the attribute comes before all names: of the dataset, the group, the
     * root */
    {"epoch_1.h5",
     {EMPTY_GROUP("/epoch_3"),
      NUMBERED("/epoch_3/logits", 2, BRACES(6, 3), 1, {7}), LABELS("/labels")},
     {0},
     "/epoch_3:7 /epoch_3/logits /labels -"},
    {"epoch_1.h5",
     {{.kind = GROUP, .path = "/", .epochs = 1, .epoch = {4}},
      {.kind = GROUP, .path = "/a", .epochs = 1, .epoch = {8}},
      LOGITS("/a/logits"),
      EMPTY_GROUP("/b"),
      LOGITS("/b/logits"),
      EMPTY_GROUP("/b/c"),
      LOGITS("/b/c/logits"),
      LABELS("/labels")},
     {0},
     "/a:8 /a/logits /labels -; /b:4 /b/logits /labels -; "
     "/b/c:4 /b/c/logits /labels -"},
    /* an attribute of another number of epochs counts for nothing */
    {"epoch_1.h5",
     {NUMBERED("/logits", 2, BRACES(6, 3), 3, {7, 8, 9}), LABELS("/labels")},
     {0},
     "/:1 /logits /labels -"},
    /* a dataset of many epochs: on from the first, each its own, from 0 */
    {"epoch_1.h5",
     {NUMBERED("/logits", 3, BRACES(3, 6, 4), 1, {5}), LABELS("/labels")},
     {0},
     "/:5 /logits /labels -; /:6 /logits /labels -; /:7 /logits /labels -"},
    {"epoch_1.h5",
     {NUMBERED("/logits", 3, BRACES(3, 6, 4), 3, {5, 2, -1}),
      LABELS("/labels")},
     {0},
     "/:5 /logits /labels -; /:2 /logits /labels -; /:-1 /logits /labels -"},
    {"epoch_1.h5",
     {FLOATS("/logits", 3, {2, 6, 4}), LABELS("/labels")},
     {0},
     "/:0 /logits /labels -; /:1 /logits /labels -"},
    /* names: of the group, then of the file, then of its folders */
    {"epoch_1.h5",
     {EMPTY_GROUP("/ep4"), EMPTY_GROUP("/ep4/x2"), LOGITS("/ep4/x2/logits"),
      LABELS("/labels")},
     {0},
     "/ep4/x2:4 /ep4/x2/logits /labels -"},
    {"some.folder/epoch_12.h5",
     {EMPTY_GROUP("/part_3"), LOGITS("/part_3/logits"), LABELS("/labels")},
     {0},
     "/part_3:12 /part_3/logits /labels -"},
    {"run_9.h5",
     {EMPTY_GROUP("/part_3"), LOGITS("/part_3/logits"), LABELS("/labels")},
     {0},
     "/part_3:- /part_3/logits /labels -"},
    {"epoch_5/dump.003.h5",
     {LOGITS("/logits"), LABELS("/labels")},
     {0},
     "/:5 /logits /labels -"},
    {"epoch_5/rank_0/dump.h5",
     {LOGITS("/logits"), LABELS("/labels")},
     {0},
     "/:5 /logits /labels -"},
    {"epoch_5/ep4/dump_e2.h5",
     {LOGITS("/logits"), LABELS("/labels")},
     {0},
     "/:2 /logits /labels -"},
    {"a/dump.003.h5",
     {LOGITS("/logits"), LABELS("/labels")},
     {0},
     "/:- /logits /labels -"},
    /* chosen groups; none is fine, as other files may have them */
    {"run.h5",
     {EMPTY_GROUP("/a"), LOGITS("/a/logits"), EMPTY_GROUP("/b"),
      LOGITS("/b/logits"), LABELS("/labels")},
     {.group = "b"},
     "/b:- /b/logits /labels -"},
    {"run.h5", {LOGITS("/logits"), LABELS("/labels")}, {.group = "b"}, ""},
    /* labels alone */
    {"labels.h5",
     {LABELS("/targets"), LABELS("/ids")},
     {.labels_only = true},
     "/:- /targets /targets /ids"},
};

START_TEST(records_are_found)
{
    ck_assert_msg(discover(good[_i].objects, good[_i].file, good[_i].names),
                  "%d: %s", _i, error.text);
    ck_assert_msg(strcmp(records(), good[_i].records) == 0, "%d: %s", _i,
                  records());
    ck_assert_uint_eq(found.records, indexed.record_count);
    ck_assert_uint_eq(indexed.file_count, indexed.record_count > 0 ? 1 : 0);
    ck_assert_str_eq(remarked, "");
}
END_TEST

/* ---- what there is not ---- */

static const struct {
    struct object objects[OBJECTS_MAX];
    struct dump_names names;
    const char *message;
    enum error_advice advice;
} bad[] = {
    {{EMPTY_GROUP("/")},
     {0},
     "a.h5: no logits; it has no datasets",
     ADVICE_NAME_LOGITS},
    {{FLOATS("/a", 1, {5}), EMPTY_GROUP("/g"), FLOATS("/g/b", 2, {5, 2})},
     {0},
     "a.h5: no logits; it has /a (5,) float32, /g/b (5, 2) float32",
     ADVICE_NAME_LOGITS},
    {{EMPTY_GROUP("/g"), FLOATS("/g/probs", 2, {5, 2})},
     {0},
     "a.h5: no logits; it has /g/probs (5, 2) float32",
     ADVICE_NOT_PROBABILITIES},
    {{FLOATS("/a", 0, {0}), FLOATS("/b", 0, {0}), FLOATS("/c", 0, {0}),
      FLOATS("/d", 0, {0}), FLOATS("/e", 0, {0}), FLOATS("/f", 0, {0}),
      FLOATS("/g", 0, {0}), FLOATS("/h", 0, {0}), FLOATS("/i", 0, {0}),
      FLOATS("/j", 0, {0}), FLOATS("/k", 0, {0}), FLOATS("/l", 0, {0}),
      FLOATS("/m", 0, {0}), FLOATS("/n", 0, {0})},
     {.labels_only = true},
     "a.h5: no labels; it has /a () float32, /b () float32, /c () float32, "
     "/d () float32, /e () float32, /f () float32, /g () float32, "
     "/h () float32, /i () float32, /j () float32, /k () float32, "
     "/l () float32 and 2 more",
     ADVICE_NAME_LABELS},
    {{LOGITS("/logits")},
     {0},
     "a.h5: no labels for /logits; it has /logits (6, 3) float32",
     ADVICE_NAME_LABELS},
    {{LOGITS("/logits"), LABELS("/labels"), LABELS("/ids")},
     {.ids = "names"},
     "a.h5: no dataset names for /logits; it has /logits (6, 3) float32, "
     "/labels (6,) float32, /ids (6,) float32",
     ADVICE_NONE},
    /* a broken link: where the only logits might be, or some of them */
    {{{.kind = BROKEN, .path = "/logits"}},
     {0},
     "a.h5: /logits: a link to something that is missing: the file gone.h5",
     ADVICE_NONE},
    {{EMPTY_GROUP("/e1"),
      LOGITS("/e1/logits"),
      EMPTY_GROUP("/e2"),
      {.kind = BROKEN, .path = "/e2/logits"},
      LABELS("/labels")},
     {0},
     "a.h5: /e2/logits: a link to something that is missing: the file "
     "gone.h5",
     ADVICE_NONE},
    {{LOGITS("/logits"), {.kind = BROKEN, .path = "/y"}},
     {0},
     "a.h5: /y: a link to something that is missing: the file gone.h5",
     ADVICE_NONE},
    /* shapes */
    {{LOGITS("/logits"), FLOATS("/labels", 1, {7})},
     {0},
     "a.h5: /logits has 6 rows (shape (6, 3)), but /labels has shape (7,); "
     "dump both for the same samples",
     ADVICE_NONE},
    {{FLOATS("/logits", 2, {6, UINT32_MAX}), LABELS("/labels")},
     {0},
     "a.h5: /logits: 4294967295 classes cannot be read",
     ADVICE_NONE},
    {{FLOATS("/logits", 2, {6, 0}), LABELS("/labels")},
     {0},
     "a.h5: /logits: 0 classes cannot be read",
     ADVICE_NONE},
    /* epochs */
    {{NUMBERED("/logits", 3, BRACES(3, 6, 4), 1, {INT64_MAX - 1}),
      LABELS("/labels")},
     {0},
     "a.h5: /logits: its 3 epochs count on from 9223372036854775806, which is "
     "too large a number; correct the attribute \"epoch\"",
     ADVICE_NONE},
    {{FLOATS("/logits", 3, {1000000, 6, 4}), LABELS("/labels")},
     {0},
     "a.h5: /logits: damaged, or never written: 1000000 epochs in a file of "
     "1000000 bytes",
     ADVICE_NONE},
    /* what cannot be described, with a good record before it */
    {{EMPTY_GROUP("/e1"), LOGITS("/e1/logits"), EMPTY_GROUP("/e2"),
      FLOATS("/e2/logits", -1, {0}), LABELS("/labels")},
     {0},
     "no such luck",
     ADVICE_NONE},
};

START_TEST(errors_leave_the_index_as_it_was)
{
    ck_assert(!discover(bad[_i].objects, "a.h5", bad[_i].names));
    ck_assert_msg(strcmp(error.text, bad[_i].message) == 0, "%d: %s", _i,
                  error.text);
    ck_assert_int_eq(error.advice, bad[_i].advice);
    ck_assert_uint_eq(indexed.file_count, 0);
    ck_assert_uint_eq(indexed.array_count, 0);
    ck_assert_uint_eq(indexed.record_count, 0);
    ck_assert_uint_eq(indexed.group_count, 0);
}
END_TEST

/* What could not be looked at may be what does not seem to exist. */
START_TEST(damage_is_told_before_what_is_missing)
{
    const struct object no_labels[] = {LOGITS("/logits"), {.kind = END}};
    const struct object nothing[] = {{.kind = END}};
    contents_unreadable = true;
    ck_assert(!discover(no_labels, "a.h5", (struct dump_names){0}));
    ck_assert_str_eq(error.text, "a.h5: damaged");
    ck_assert(!discover(nothing, "a.h5", (struct dump_names){0}));
    ck_assert_str_eq(error.text, "a.h5: damaged");
}
END_TEST

/* ---- files that are still being written ---- */

static const struct {
    struct object objects[OBJECTS_MAX];
    const char *records; /* or the message */
} live[] = {
    /* the newest may be incomplete, wherever it is */
    {{EMPTY_GROUP("/e1"), LOGITS("/e1/logits"), EMPTY_GROUP("/e2"),
      NUMBERED("/e2/logits", 2, BRACES(6, 3), 1, {0}), LABELS("/labels")},
     "/e2:0 /e2/logits /labels -"},
    /* one that certainly is, and then no other; one that has no rows yet */
    {{EMPTY_GROUP("/e1"), LOGITS("/e1/logits"), EMPTY_GROUP("/e2"),
      FLOATS("/e2/logits", 2, {5, 3}), LABELS("/labels")},
     "/e1:1 /e1/logits /labels -"},
    {{EMPTY_GROUP("/e1"), LOGITS("/e1/logits"), EMPTY_GROUP("/e2"),
      LOGITS("/e2/logits"), EMPTY_GROUP("/e3"), FLOATS("/e3/logits", 2, {0, 3}),
      FLOATS("/e3/labels", 1, {0}), LABELS("/labels")},
     "/e1:1 /e1/logits /labels -"},
    /* labels have an epoch less than logits: as far as both go */
    {{FLOATS("/logits", 3, {3, 6, 4}), FLOATS("/labels", 2, {2, 6})},
     "/:0 /logits /labels -; /:1 /logits /labels -"},
    {{FLOATS("/logits", 3, {3, 6, 4}), FLOATS("/labels", 2, {3, 6})},
     "/:0 /logits /labels -; /:1 /logits /labels -"},
    {{LOGITS("/logits"), LABELS("/labels")},
     "a.h5: still being written, and has no complete epoch yet"},
};

START_TEST(live_files_have_complete_epochs)
{
    contents_live = true;
    const bool any = discover(live[_i].objects, "a.h5", (struct dump_names){0});
    const char *text = any ? records() : error.text;
    ck_assert_msg(strcmp(text, live[_i].records) == 0, "%d: %s", _i, text);
    ck_assert(found.live);
}
END_TEST

/* ---- the rest ---- */

START_TEST(files_of_columns_are_no_dumps)
{
    const struct object none[] = {{.kind = END}};
    contents_columns = true;
    ck_assert(discover(none, "a.h5", (struct dump_names){0}));
    ck_assert(found.columns);
    ck_assert_uint_eq(found.records, 0);
    ck_assert_uint_eq(indexed.file_count, 0);
}
END_TEST

START_TEST(bits_are_remarked_on)
{
    const struct object bits[] = {
        TYPED(DUMP_U16, "/logits", 2, {6, 3}),
        LABELS("/labels"),
        {.kind = END},
    };
    ck_assert(discover(bits, "a.h5", (struct dump_names){0}));
    ck_assert_str_eq(remarked,
                     "a.h5: /logits: read as 16-bit integers; if they are "
                     "bfloat16 bits, say so with the attribute "
                     "dtype=\"bfloat16\"");
}
END_TEST

/* Chunks have 2 elements along each axis. One after the columns makes the
 * elements of a row lie apart. */
START_TEST(rows_that_lie_apart_are_the_librarys)
{
    const struct object objects[] = {
        EMPTY_GROUP("/a"), LOGITS("/a/logits"),
        EMPTY_GROUP("/b"), FLOATS("/b/logits", 3, {6, 3, 1}),
        LABELS("/labels"), {.kind = END},
    };
    ck_assert(discover(objects, "x.h5", (struct dump_names){0}));
    ck_assert_uint_eq(indexed.record_count, 2);
    ck_assert_int_eq(indexed.arrays[indexed.records[0].logits].layout->storage,
                     DUMP_CHUNKED);
    ck_assert_int_eq(indexed.arrays[indexed.records[1].logits].layout->storage,
                     DUMP_LIBRARY);
}
END_TEST

START_TEST(files_add_to_one_index)
{
    const struct object objects[] = {
        LOGITS("/logits"), LABELS("/labels"), {.kind = END}};
    const struct object none[] = {{.kind = END}};
    ck_assert(discover(objects, "epoch_1.h5", (struct dump_names){0}));
    ck_assert(!discover(none, "epoch_2.h5", (struct dump_names){0}));
    ck_assert(discover(objects, "epoch_3.h5", (struct dump_names){0}));
    ck_assert_str_eq(records(), "/:1 /logits /labels -; /:3 /logits /labels -");
    ck_assert_uint_eq(indexed.file_count, 2);
    ck_assert_str_eq(indexed.files[indexed.records[1].file].path, "epoch_3.h5");
    ck_assert_uint_eq(indexed.layout_count, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discover");
    TCase *tests = suite_case(suite, "discover");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, records_are_found, 0,
                        sizeof good / sizeof *good);
    tcase_add_loop_test(tests, errors_leave_the_index_as_it_was, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, damage_is_told_before_what_is_missing);
    tcase_add_loop_test(tests, live_files_have_complete_epochs, 0,
                        sizeof live / sizeof *live);
    tcase_add_test(tests, files_of_columns_are_no_dumps);
    tcase_add_test(tests, bits_are_remarked_on);
    tcase_add_test(tests, rows_that_lie_apart_are_the_librarys);
    tcase_add_test(tests, files_add_to_one_index);
    return suite_run(suite);
}
