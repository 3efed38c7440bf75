/*
 * test_options.c - the command line of aum-scan
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "suite.h"

/* Splits at spaces. */
static bool parse(const char *line, struct options *options)
{
    static char text[256];
    static char *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "aum-scan %s", line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    struct messages messages = {.level = LOG_QUIET};
    static struct options last; /* what it holds is freed the next time */
    options_free(&last);
    const bool good = options_parse(options, argc, argv, &messages);
    last = *options;
    return good;
}

START_TEST(options_are_taken)
{
    struct options o;
    ck_assert(parse("run/a.h5", &o));
    ck_assert(o.cutoff.source == CUTOFF_NONE &&
              o.scan.threshold_class == AUM_NO_CLASS &&
              o.cutoff.percentile.numerator == 99 &&
              o.report.format == TABLE_CSV && o.report.top == SIZE_MAX &&
              o.file_count == 1 && !o.report.all);
    ck_assert(parse("-t -1.5 a b --all", &o)); /* options behind files too */
    ck_assert(o.cutoff.source == CUTOFF_FIXED && o.report.all &&
              o.file_count == 2);
    ck_assert_double_eq(o.cutoff.threshold, -1.5);
    ck_assert(parse("-c10 -p 97.5 -j2 -kq -f tsv --progress=never a", &o));
    ck_assert(o.scan.threshold_class == 10 && o.scan.threads == 2 &&
              o.scan.keep_going && o.level == LOG_QUIET &&
              o.report.format == TABLE_TSV &&
              o.scan.progress == PROGRESS_NEVER);
    ck_assert(
        parse("--logits=z --labels y --ids=i --group=train/* -n 5 a", &o));
    ck_assert_str_eq(o.input.names.logits, "z");
    ck_assert_str_eq(o.input.names.labels, "y");
    ck_assert_str_eq(o.input.names.ids, "i");
    ck_assert_str_eq(o.input.names.group, "train/*");
    ck_assert_uint_eq(o.report.top, 5);
    ck_assert(parse("--thresh=1 a", &o) == false); /* ambiguous */
    ck_assert(parse("--strict --allow-relabel -T ids.txt -o x.csv -v a", &o));
    ck_assert(o.scan.strict && o.scan.allow_relabel && o.level == LOG_VERBOSE);
    ck_assert(parse("--help", &o) && o.action == OPTIONS_HELP);
    ck_assert(parse("-V", &o) && o.action == OPTIONS_VERSION);
    ck_assert(parse("-- -odd-name.h5", &o) && o.file_count == 1);
}
END_TEST

/* "run 1: a b T=x/1" */
static void check_runs(const char *line, const char *expected)
{
    struct options o;
    char found[300] = "";
    size_t used = 0;
    if (parse(line, &o)) {
        for (size_t i = 0; i < o.run_count; i++) {
            const struct run_options *run = &o.runs[i];
            for (size_t k = 0; k < run->file_count; k++)
                used += (size_t)snprintf(found + used, sizeof found - used,
                                         "%s ", o.files[run->first_file + k]);
            if (run->threshold_ids != NULL)
                used +=
                    (size_t)snprintf(found + used, sizeof found - used, "%s/%u",
                                     run->threshold_ids, (unsigned)run->set);
            used += (size_t)snprintf(found + used, sizeof found - used, ";");
        }
    }
    ck_assert_str_eq(found, expected);
}

START_TEST(files_belong_to_their_run)
{
    check_runs("a b", "a b ;");
    check_runs("--run a b -q c --run=d e", "a b c ;d e ;");
    check_runs("--run a -- -b", "a -b ;");
    check_runs("-T p --run a --run b", "a p/1;b p/2;");
    check_runs("--run a -T p --run b -T q --set 7", "a p/1;b q/7;");
    check_runs("-T p a", "a p/0;");
    check_runs("-T p --set=2 a", "a p/2;");
    check_runs("--run a -T p", "a p/0;");
    check_runs("a --run b", "");                         /* whose is a? */
    check_runs("--run a -T p --run b", "a p/1;b p/2;");  /* for all */
    check_runs("--run a -T p --run b --run c -T q", ""); /* what of b? */
    check_runs("-T - --run a --run b", "");
    check_runs("--run a --run b -T - --run c -T x", "");
    check_runs("--set=1 a", "");
    check_runs("--set=0 -T p a", "");
    check_runs("--run", "");
}
END_TEST

START_TEST(options_that_need_others)
{
    struct options o;
    ck_assert(parse("-e auto -c 3 a", &o) && o.cutoff.auto_epochs &&
              o.scan.epochs.first == INT64_MIN &&
              o.scan.epochs.last == INT64_MAX);
    ck_assert(parse("-e 1:auto -T p a", &o) && o.cutoff.auto_epochs &&
              o.scan.epochs.first == 1);
    ck_assert(parse("-e auto -e 2:3 -c 3 a", &o) && !o.cutoff.auto_epochs);
    ck_assert(parse("--sweep=90,99% -c 3 a", &o) && o.report.sweep.count == 2);
    ck_assert(parse("-f aum a", &o) && o.report.aum_values &&
              o.report.format == TABLE_CSV);
    ck_assert(parse("-f aum -f tsv a", &o) && !o.report.aum_values);
    static const char *const bad[] = {
        "-t 0 -p 90 -c 3 a",  "-t auto -p 90 a",  "--sweep=99% a",
        "--sweep=99% -t 0 a", "--sweep-dir=x a",  "--only=1 a",
        "-f aum --sweep=0 a", "-e auto:3 -c 1 a", "--sweep=no a",
        "--truth= a",         "--records= a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!parse(bad[i], &o), "%s", bad[i]);
}
END_TEST

/* Where cutoffs come from, and whether the data choose the last epoch (the
 * contract's table of --threshold and --epochs). */
START_TEST(cutoffs_and_windows)
{
    static const struct {
        const char *line;
        enum cutoff_source source;
        bool auto_epochs;
        int64_t first;
        int64_t last;
    } cases[] = {
        {"a", CUTOFF_NONE, false, INT64_MIN, INT64_MAX},
        {"-e auto a", CUTOFF_NONE, true, INT64_MIN, INT64_MAX},
        {"-t auto a", CUTOFF_SPLITS, true, INT64_MIN, INT64_MAX},
        {"-t auto -e all a", CUTOFF_SPLITS, false, INT64_MIN, INT64_MAX},
        {"-t auto -e 1: a", CUTOFF_SPLITS, true, 1, INT64_MAX},
        {"-e 1:auto -t auto a", CUTOFF_SPLITS, true, 1, INT64_MAX},
        {"-e 1:all -t auto a", CUTOFF_SPLITS, false, 1, INT64_MAX},
        {"-e 1:9 -t auto a", CUTOFF_SPLITS, false, 1, 9},
        {"-e :9 -t auto a", CUTOFF_SPLITS, false, INT64_MIN, 9},
        {"-e 3 -t auto a", CUTOFF_SPLITS, false, 3, 3},
        {"-t auto -c 5 a", CUTOFF_SPLITS, true, INT64_MIN, INT64_MAX},
        {"-t auto -T p a", CUTOFF_SPLITS, true, INT64_MIN, INT64_MAX},
        {"-t 0 -c 5 a", CUTOFF_FIXED, false, INT64_MIN, INT64_MAX},
        {"-t 0 -e auto a", CUTOFF_FIXED, true, INT64_MIN, INT64_MAX},
        {"-t auto -t 0 a", CUTOFF_FIXED, false, INT64_MIN, INT64_MAX},
        {"-t 0 -t auto a", CUTOFF_SPLITS, true, INT64_MIN, INT64_MAX},
        {"-c 5 -e 1: a", CUTOFF_PERCENTILE, false, 1, INT64_MAX},
        {"-c 5 -e all a", CUTOFF_PERCENTILE, false, INT64_MIN, INT64_MAX},
        {"-t auto -e all --state=s a", CUTOFF_SPLITS, false, INT64_MIN,
         INT64_MAX},
    };
    struct options o;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(parse(cases[i].line, &o) &&
                          o.cutoff.source == cases[i].source &&
                          o.cutoff.auto_epochs == cases[i].auto_epochs &&
                          o.scan.epochs.first == cases[i].first &&
                          o.scan.epochs.last == cases[i].last,
                      "%s", cases[i].line);
}
END_TEST

START_TEST(epochs_are_a_range)
{
    struct options o;
    ck_assert(parse("-e 2:5 a", &o) && o.scan.epochs.first == 2 &&
              o.scan.epochs.last == 5);
    ck_assert(parse("-e 1: a", &o) && o.scan.epochs.first == 1 &&
              o.scan.epochs.last == INT64_MAX);
    ck_assert(parse("-e :7 a", &o) && o.scan.epochs.first == INT64_MIN &&
              o.scan.epochs.last == 7);
    ck_assert(parse("-e 4 a", &o) && o.scan.epochs.first == 4 &&
              o.scan.epochs.last == 4);
    ck_assert(parse("-e -1 a", &o) && o.scan.epochs.first == -1 &&
              o.scan.epochs.last == -1);
    ck_assert(parse("-e -3:-1 a", &o) && o.scan.epochs.first == -3 &&
              o.scan.epochs.last == -1);
    ck_assert(parse("-e -1:3 a", &o) && o.scan.epochs.first == -1 &&
              o.scan.epochs.last == 3);
    static const char *const bad[] = {
        "-e x a",
        "-e --1 a",
        "-e - a",
        "-e 3:-1 a",
        "-e 1:2:3 a",
        "-e 99999999999999999999 a",
        "-e 1:99999999999999999999 a",
        "-e 000000000000000000000000000000000001 a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!parse(bad[i], &o), "%s", bad[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = suite_case(suite, "options");
    tcase_add_test(tests, options_are_taken);
    tcase_add_test(tests, files_belong_to_their_run);
    tcase_add_test(tests, options_that_need_others);
    tcase_add_test(tests, cutoffs_and_windows);
    tcase_add_test(tests, epochs_are_a_range);
    return suite_run(suite);
}
