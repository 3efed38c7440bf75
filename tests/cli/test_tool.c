/*
 * test_tool.c - numbers and tables as text, options, files of ids
 *
 * Expected decimals are known ones (from the literature on shortest printing)
 * or checked by their definition: they read back, and no shorter one does.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text/format_double.h"
#include "input/id_list.h"
#include "report/images.h"
#include "text/json.h"
#include "cli/options.h"
#include "ui/progress.h"
#include "common/fit.h"
#include "cli/run.h"
#include "suite.h"
#include "report/sweep_steps.h"
#include "text/table_writer.h"
#include "system/thread_pool.h"

/* ---- numbers ---- */

static const struct {
    double x;
    const char *text;
} decimals[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-2.5, "-2.5"},
    {0.1, "0.1"},
    {1.0 / 3, "0.3333333333333333"},
    {100, "100"},
    {1e15, "1000000000000000"},
    {123456789012345680, "1.2345678901234568e+17"},
    {1e16, "1e+16"},
    {9007199254740993, "9007199254740992"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {0.0001, "0.0001"},
    {0.00012, "0.00012"},
    {0.00001, "1e-05"},
    {-1.5e-9, "-1.5e-09"},
    {5e-324, "5e-324"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {2.2250738585072011e-308, "2.225073858507201e-308"},
    {0x1p-44, "5.684341886080802e-14"},
    {9.5e-100, "9.5e-100"},
    {0.3, "0.3"},
    {0.1 + 0.2, "0.30000000000000004"},
    {2251799813685249.5, "2251799813685249.5"},
    {2e-310, "2e-310"},
};

START_TEST(known_decimals)
{
    char text[FORMAT_DOUBLE_ROOM];
    const size_t length = format_double(decimals[_i].x, text);
    ck_assert_str_eq(text, decimals[_i].text);
    ck_assert_uint_eq(length, strlen(text));
}
END_TEST

static size_t digits_of(const char *text)
{
    const char *p = text;
    size_t n = 0;
    size_t zeros = 0;
    for (; *p != '\0' && *p != 'e'; p++) {
        if (*p < '0' || *p > '9' || (n == 0 && *p == '0'))
            continue;
        n++;
        zeros = *p == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

/* A decimal of `digits` digits next to x on either side that reads back? */
static bool shorter_exists(double x, size_t digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", (int)digits - 1, x);
    if (strtod(text, NULL) == x)
        return true;
    /* The last digit one up and one down. */
    char *e = strchr(text, 'e');
    char *last = e - 1;
    const char digit = *last;
    *last = (char)(digit + 1);
    if (digit < '9' && strtod(text, NULL) == x)
        return true;
    *last = (char)(digit - 1);
    return digit > '0' && strtod(text, NULL) == x;
}

START_TEST(random_decimals_read_back_and_are_shortest)
{
    char text[FORMAT_DOUBLE_ROOM];
    const uint64_t seed = random_seed(1990);
    uint64_t state = seed;
    for (int i = 0; i < 30000; i++) {
        double x;
        const uint64_t bits = random_next(&state);
        if (i % 3 == 0)
            x = (double)(int64_t)bits * 0x1p-60;
        else if (i % 3 == 1)
            x = ldexp(1, (int)(bits % 2098) - 1074);
        else
            memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        format_double(x, text);
        ck_assert_msg(strtod(text, NULL) == x, "seed %llu: %a %s",
                      (unsigned long long)seed, x, text);
        const size_t digits = digits_of(text);
        ck_assert_msg(digits <= 1 || !shorter_exists(x, digits - 1),
                      "seed %llu: %a %s", (unsigned long long)seed, x, text);
    }
}
END_TEST

START_TEST(bytes_are_told_in_units)
{
    static const struct {
        double bytes;
        const char *text;
    } cases[] = {{0, "0 B"},         {999, "999 B"},     {1000, "1.0 kB"},
                 {999600, "1.0 MB"}, {518000, "518 kB"}, {3.25e9, "3.2 GB"},
                 {9.96e9, "10 GB"},  {4e14, "400 TB"},   {5e18, "5000 PB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        ck_assert_str_eq(format_bytes(cases[i].bytes, text), cases[i].text);
    }
}
END_TEST

START_TEST(the_bar)
{
    char text[256];
    progress_format(text, sizeof text, 80, 3, 10, 500000, 1000000, 61);
    ck_assert_str_eq(text, "[===============>              ] epoch 3/10  "
                           "500 kB/1.0 MB  ETA 1:01");
    progress_format(text, sizeof text, 80, 10, 10, 1000, 1000, 5);
    ck_assert_str_eq(text, "[==============================] epoch 10/10  "
                           "1.0 kB/1.0 kB  ETA 0:00");
    progress_format(text, sizeof text, 80, 0, 10, 0, 1000, 5);
    ck_assert_ptr_nonnull(strstr(text, "ETA -:--"));
    progress_format(text, sizeof text, 80, 1, 10, 1, 7201, 1);
    ck_assert_ptr_nonnull(strstr(text, "ETA 2:00:00"));
    for (int columns = 1; columns < 200; columns++) {
        progress_format(text, sizeof text, columns, 99, 100, 1, 1000, 1);
        ck_assert_int_le((int)strlen(text), columns > 1 ? columns - 1 : 1);
    }
}
END_TEST

/* ---- tables ---- */

static const char *const columns[] = {"a", "b"};

static void check_table(enum table_format format, const char *const *strings,
                        size_t count, const char *expected)
{
    struct table table;
    table_init(&table, format, columns, 2);
    table_header(&table);
    for (size_t i = 0; i < count; i++) {
        table_string(&table, strings[i]);
        if (i % 3 == 0)
            table_signed(&table, i == 0 ? INT64_MIN : -1);
        else if (i % 3 == 1)
            table_unsigned(&table, UINT64_MAX);
        else
            table_empty(&table);
    }
    ck_assert(!table.text.failed);
    ck_assert_uint_eq(table.text.used, strlen(expected));
    ck_assert_mem_eq(table.text.bytes, expected, table.text.used);
    table_free(&table);
}

START_TEST(integers_have_all_their_digits)
{
    for (uint64_t n = 1, i = 0; i < 20; n *= 10, i++) {
        for (uint64_t x = n - 1; x <= n + 1; x++) {
            char expected[64];
            struct table table;
            sprintf(expected, "%llu,%lld\n", (unsigned long long)x,
                    (long long)x);
            table_init(&table, TABLE_CSV, columns, 2);
            table_unsigned(&table, x);
            table_signed(&table, (int64_t)x);
            ck_assert_uint_eq(table.text.used, strlen(expected));
            ck_assert_mem_eq(table.text.bytes, expected, table.text.used);
            table_free(&table);
        }
    }
}
END_TEST

START_TEST(csv_quotes_as_rfc_4180)
{
    static const char *const strings[] = {"plain",      "a,b",     "say \"x\"",
                                          "two\nlines", "cr\r",    "tab\t",
                                          "",           "\xc3\xa9"};
    check_table(
        TABLE_CSV, strings, 8,
        "a,b\nplain,-9223372036854775808\n\"a,b\",18446744073709551615\n"
        "\"say \"\"x\"\"\",\n\"two\nlines\",-1\n\"cr\r\","
        "18446744073709551615\ntab\t,\n\"\",-1\n\xc3\xa9,"
        "18446744073709551615\n");
}
END_TEST

START_TEST(tsv_quotes_tabs)
{
    static const char *const strings[] = {"a,b", "tab\t", "\"q\""};
    check_table(TABLE_TSV, strings, 3,
                "a\tb\na,b\t-9223372036854775808\n\"tab\t\"\t"
                "18446744073709551615\n\"\"\"q\"\"\"\t\n");
}
END_TEST

START_TEST(json_escapes)
{
    static const char *const strings[] = {
        "a\"\\\n\x01", "\xc3\xa9\xf0\x9f\x98\x80", "\xff\xc3", "\xed\xa0\x80"};
    check_table(
        TABLE_JSONL, strings, 4,
        "{\"a\":\"a\\\"\\\\\\u000a\\u0001\",\"b\":-9223372036854775808}\n"
        "{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\",\"b\":18446744073709551615}\n"
        "{\"a\":\"\\udcff\\udcc3\",\"b\":null}\n"
        "{\"a\":\"\\udced\\udca0\\udc80\",\"b\":-1}\n");
}
END_TEST

/* ---- options ---- */

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
    ck_assert(
        !o.cutoff.has_threshold && o.scan.threshold_class == AUM_NO_CLASS &&
        o.cutoff.percentile.numerator == 99 && o.report.format == TABLE_CSV &&
        o.report.top == SIZE_MAX && o.file_count == 1 && !o.report.all);
    ck_assert(parse("-t -1.5 a b --all", &o)); /* options behind files too */
    ck_assert(o.cutoff.has_threshold && o.report.all && o.file_count == 2);
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
        "-e auto a",          "-e auto -t 0 a",   "--sweep=99% a",
        "--sweep=99% -t 0 a", "--sweep-dir=x a",  "--only=1 a",
        "-f aum --sweep=0 a", "-e auto:3 -c 1 a", "--sweep=no a",
        "--truth= a",         "--records= a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!parse(bad[i], &o), "%s", bad[i]);
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
    static const char *const bad[] = {
        "-e x a",
        "-e 1:2:3 a",
        "-e -1 a",
        "-e 99999999999999999999 a",
        "-e 1:99999999999999999999 a",
        "-e 000000000000000000000000000000000001 a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!parse(bad[i], &o), "%s", bad[i]);
}
END_TEST

/* ---- ids ---- */

static void check_set(const char *content, uint64_t set, const char *expected)
{
    char path[] = "tests/work/idsXXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, content, strlen(content)),
                     (int)strlen(content));
    close(fd);
    struct error error;
    struct id_list list;
    char text[500] = "";
    if (id_list_read(&list, path, set, &error)) {
        for (size_t i = 0; i < list.count; i++) {
            strcat(text, list.texts[i]);
            strcat(text, ";");
        }
    }
    id_list_free(&list);
    unlink(path);
    ck_assert_str_eq(text, expected);
}

static void check_ids(const char *content, const char *expected)
{
    check_set(content, 0, expected);
}

START_TEST(ids_are_lines_or_a_column)
{
    check_ids("1\n2\n3\n", "1;2;3;");
    check_ids("1\r\n\r\n2", "1;2;");
    check_ids("a,b\nc d\n", "a,b;c d;");
    check_ids("sample_id\n7\n8\n", "7;8;");
    check_ids("sample_id,x\r\n7,1\r\n8,2\r\n", "7;8;");
    check_ids("x,sample_id\n1,\"a,\"\"b\"\"\"\n2,c\n3\n", "a,\"b\";c;");
    check_ids("\xef\xbb\xbfsample_id\n5\n", "5;");
    check_ids("\"sample_id\",x\n\"two\nlines\",1\n", "two\nlines;");
    check_ids("sample_id\n", "");
    check_ids("", "");
    /* A line may be a cell of a CSV, and quotes make an empty id. */
    check_ids("\"a,b\"\n c \nd\"\n", "a,b; c ;d\";");
    check_ids("\"\"\n\n\"two\nlines\"\r\n\"\"\"x\"", ";two\nlines;\"x;");
    check_ids("\"cr\r\"\r\nx", "cr\r;x;");
    check_ids("sample_id,x\n\"\",1\n,2\n\"cr\r\"\n", ";cr\r;");
    check_ids("sample_id\n\"\"\n\n \n", "; ;");
    check_ids("sample_id\nsample_id\n", "sample_id;");
    check_ids("\"open\n", "");
    check_ids("\"a\"b\n", "");
    check_ids("sample_id,x\n\"a\"b,1\n", "");
    check_ids("x,sample_id\n1,\"a\n", "");
}
END_TEST

START_TEST(a_plan_has_sets)
{
    const char *plan = "set,sample_id\n1,a\n2,b\n2,c\n10,d\n";
    check_set(plan, 1, "a;");
    check_set(plan, 2, "b;c;");
    check_set(plan, 10, "d;");
    check_set(plan, 3, "");
    check_set(plan, 0, ""); /* which one? */
    check_set("set,sample_id\n4,a\n4,b\n", 0, "a;b;");
    check_set("set,sample_id\n0,a\n", 0, "");
    check_set("set,sample_id\nx,a\n", 1, "");
    check_set("sample_id\n7\n", 5, "7;"); /* no plan */
}
END_TEST

static void check_list(const char *text, const char *expected)
{
    struct error error;
    struct id_list list;
    char found[100] = "";
    if (id_list_parse(&list, text, &error)) {
        for (size_t i = 0; i < list.count; i++) {
            strcat(found, list.texts[i]);
            strcat(found, ";");
        }
    }
    id_list_free(&list);
    ck_assert_str_eq(found, expected);
}

START_TEST(ids_on_the_command_line)
{
    check_list("3", "3;");
    check_list("3,-17,cat.jpg", "3;-17;cat.jpg;");
    check_list(",,4,", "4;");
    check_list(",", "");
    check_list("@no/such/file", "");
}
END_TEST

/* ---- memory ---- */

/* What is allowed for two dumps of which each claims this, or for one, the
 * other being known from a state alone. */
static size_t memory_for(uint64_t rows, uint64_t bytes, bool absent)
{
    struct options options = {.scan = {.threads = 1}};
    struct epoch_record parts[] = {{.rows = 10}, {.rows = rows, .file = 1}};
    struct dump_file files[] = {{.bytes = 1000}, {.bytes = bytes}};
    struct run run = {.options = &options};
    unsigned char marks[] = {SCAN_TO_READ, absent ? SCAN_ABSENT : SCAN_TO_READ};
    struct record_match matches[2] = {{.known = false}};
    if (absent)
        run.states = (struct states){
            .marks = marks, .matches = matches, .given_files = 1};
    run.index.records = parts;
    run.index.record_count = 2;
    run.index.files = files;
    run.index.file_count = 2;
    return run_memory(&run);
}

START_TEST(claims_do_not_wrap_around)
{
    const size_t little = memory_for(0, 0, false);
    ck_assert_uint_gt(little, 0);
    ck_assert_uint_eq(memory_for(100000, 100000, false) - little, 51200000);
    /* More rows than the bytes could have. */
    ck_assert_uint_eq(memory_for(UINT64_MAX, 24, false) - little,
                      (1024 * 1032 - 10) * 512);
    /* 2^64 / 1032, rounded up, and 2^55, which is 2^64 / 512. */
    ck_assert_uint_eq(memory_for(UINT64_MAX, 17874752978400729, false),
                      SIZE_MAX);
    ck_assert_uint_eq(memory_for((uint64_t)1 << 55, (uint64_t)1 << 50, false),
                      SIZE_MAX);
    ck_assert_uint_eq(memory_for(UINT64_MAX, UINT64_MAX, false), SIZE_MAX);
    ck_assert_uint_eq(memory_for(UINT64_MAX, UINT64_MAX, true), little);
}
END_TEST

START_TEST(bytes_of_dumps_do_not_wrap_around)
{
    struct dump_file files[] = {{.bytes = UINT64_MAX - 9}, {.bytes = 20}};
    const struct dump_index plan = {.files = files, .file_count = 2};
    ck_assert(dump_index_bytes(&plan) == UINT64_MAX);
}
END_TEST

/* ---- messages ---- */

/* What a message becomes where there is room for so many bytes. */
static void check_fit(size_t room, const char *name, const char *end,
                      const char *start_expected)
{
    char expected[5000];
    char found[5000];
    snprintf(expected, sizeof expected, "%s%s", start_expected, end);
    memset(found, 'x', sizeof found);
    text_fit(found, room, "%s%s", name, end);
    ck_assert_str_eq(found, expected);
    ck_assert_uint_lt(strlen(found), room);
}

START_TEST(long_names_lose_their_starts)
{
    char name[3001];
    char shorter[3001];
    const char *end = ": cannot write: no such luck; try another";
    const size_t end_length = strlen(end);
    for (size_t i = 0; i < sizeof name - 1; i++)
        name[i] = (char)('a' + i % 26);
    name[sizeof name - 1] = '\0';
    check_fit(4000, name, end, name);
    check_fit(3000 + end_length + 1, name, end, name);
    snprintf(shorter, sizeof shorter, "...%s", name + 4);
    check_fit(3000 + end_length, name, end, shorter);
    snprintf(shorter, sizeof shorter, "...%s", name + 3000 - 497);
    check_fit(500 + end_length + 1, name, end, shorter);
    /* Two names share what there is; spaces are no reason to lose the end. */
    char found[1000];
    text_fit(found, sizeof found, "%s: is %s: %s", name, name, end);
    ck_assert_uint_eq(strlen(found), sizeof found - 1);
    ck_assert_ptr_ne(strstr(found, ": is ..."), NULL);
    ck_assert_str_eq(found + strlen(found) - end_length, end);
    for (size_t i = 0; i < sizeof name - 1; i += 10)
        name[i] = ' ';
    snprintf(shorter, sizeof shorter, "...%s", name + 3000 - 497);
    check_fit(500 + end_length + 1, name, end, shorter);
    /* No character is cut. */
    for (size_t i = 0; i < sizeof name - 1; i++)
        name[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    snprintf(shorter, sizeof shorter, "...%s", name + 3000 - 496);
    check_fit(500 + end_length + 1, name, end, shorter);
}
END_TEST

START_TEST(messages_cannot_draw)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"plain", "plain"},
        {"a\r\n\x1b[2J\x7f", "a\\x0d\\x0a\\x1b[2J\\x7f"},
        {"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80",
         "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80"},
        {"\xc2\x80|\xc2\x9b|\xc2\x9f|\xc2\xa0",
         "\\xc2\\x80|\\xc2\\x9b|\\xc2\\x9f|\xc2\xa0"}, /* C1, and a space */
        {"\x9b"
         "2J\xff\xc3",
         "\\x9b"
         "2J\\xff\\xc3"},
        {"\xc0\x9b\xed\xa0\x80", "\\xc0\\x9b\\xed\\xa0\\x80"},
        {"\xd8\x9c\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
         "\\xd8\\x9c\xe2\x80\x8d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\xe2\x80\x90"},
        {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
         "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xa9\\xe2\\x80\\xaa"},
        {"\xe2\x80\xae"
         "4pm\xe2\x80\xaf",
         "\\xe2\\x80\\xae"
         "4pm\xe2\x80\xaf"},
        {"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
         "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char said[200] = "";
        char expected[200];
        struct messages messages = {.stream = fmemopen(said, sizeof said, "w")};
        ck_assert_ptr_nonnull(messages.stream);
        log_error(&messages, "%s", cases[i].text);
        fclose(messages.stream);
        snprintf(expected, sizeof expected, "aum-scan: %s\n", cases[i].line);
        ck_assert_str_eq(said, expected);
    }
}
END_TEST

/* ---- pictures of samples ---- */

START_TEST(patterns_of_pictures)
{
    static const char *const good[] = {
        "{id}",
        "images/{id}.png",
        "../images/{id}",
        "/data/{id}",
        "./{id}",
        "http://host/{id}",
        "HTTPS://user@host:81/a/{label}?x={id}#y",
        "//host/{id}",
        "file:///data/{id}",
        "file://host/{id}",
        "a/b:c{id}",
        "no_placeholder.png"};
    static const char *const bad[] = {"javascript:{id}",
                                      "data:image/png,{id}",
                                      "c:/images/{id}",
                                      "{id}:x",
                                      "x{label}:{id}",
                                      "http:{id}",
                                      "http:/{id}",
                                      "http://{id}",
                                      "http://h{id}",
                                      "http://{id}/x",
                                      "http:///{id}",
                                      "http://h?{id}",
                                      "//{id}",
                                      "//h",
                                      "///{id}",
                                      "\\\\{id}/x",
                                      "file:{id}",
                                      "file:/{id}",
                                      "file://{id}",
                                      " javascript:{id}",
                                      "java\tscript:{id}",
                                      "java\nscript:{id}"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(images_wrong(good[i]) == NULL, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(images_wrong(bad[i]) != NULL, "%s", bad[i]);
}
END_TEST

START_TEST(pictures_stay_where_the_pattern_says)
{
    static const struct {
        const char *pattern, *id, *url; /* NULL: refused */
    } cases[] = {
        {"images/{id}", "n01440764/x.JPEG", "images/n01440764/x.JPEG"},
        {"images/{id}-{label}.png", "a b", "images/a%20b-7.png"},
        {"images/{id}", "//host/x", "images///host/x"},
        {"images/{id}", "/etc/x", "images//etc/x"},
        {"images/{id}", "javascript:alert(1)",
         "images/javascript%3Aalert%281%29"},
        {"{id}", "javascript:alert(1)", "javascript%3Aalert%281%29"},
        {"{id}.png", "//host/x", NULL},
        {"{id}", "/etc/passwd", NULL},
        {"/{id}", "/host/x", NULL},
        {"/{id}", "host/x", "/host/x"},
        {"{id}/{id}", "", NULL},
        {"images/.{id}./x", "", NULL},
        {"images/x{label}", "", "images/x7"},
        {"file:///{id}", "/host/x", NULL},
        {"file:///{id}", "host/x", "file:///host/x"},
        {"https://h/{id}", "/x", "https://h//x"},
        {"//h/{id}", "/x", "//h//x"},
        {"images/{id}", "../../x", NULL},
        {"images/{id}.png", "x/..", "images/x/...png"},
        {"images/{id}", "x/..", NULL},
        {"images/{id}", "x/../y", NULL},
        {"images/{id}", "x/./y", NULL},
        {"images/{id}", "..", NULL},
        {"images/{id}", ".", NULL},
        {"images/{id}", "...", "images/..."},
        {"images/.{id}", "./x", NULL},
        {"images/{id}{id}/y", ".", NULL},
        {"images/%2e{id}", "./x", NULL},
        {"images/%2{id}", "e./x", NULL},
        {"..{id}", "/x", NULL},
        {"../{id}", "x", "../x"},
        {"{id}/../y", "x", "x/../y"},
        {"images/{id}", "..\\x", "images/..%5Cx"},
        {"images\\{id}\\x", "..", NULL},
        {"\\{id}", "/x", NULL},
        {"images/{id}", "%2e%2e/x", "images/%252e%252e/x"},
        {"images/{id}", "a\"onerror=", "images/a%22onerror%3D"},
        {"x?a='{id}'", "../..", "x?a=&#39;../..&#39;"},
        {"images/{id}", "a?b#c\n\xc3\xa9\xff", "images/a%3Fb%23c%0A%C3%A9%FF"},
        {"\xc3\xa9/{id}&x", "1", "\xc3\xa9/1&amp;x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {.bytes = NULL};
        const bool put =
            images_put_url(&text, cases[i].pattern, cases[i].id, 7);
        ck_assert(images_wrong(cases[i].pattern) == NULL);
        ck_assert_msg(put == (cases[i].url != NULL), "%s, %s", cases[i].pattern,
                      cases[i].id);
        ck_assert(put || text.used == 0);
        text_put(&text, "", 1);
        ck_assert_str_eq(text.bytes, put ? cases[i].url : "");
        text_free(&text);
    }
}
END_TEST

/* ---- cutoffs to try ---- */

static void check_steps(const char *text, const char *expected)
{
    struct sweep_steps steps = {NULL, 0, false};
    char found[300] = "";
    if (sweep_steps_parse(&steps, text)) {
        for (size_t i = 0; i < steps.count; i++) {
            char number[32];
            decimal_format(steps.numbers[i], number, sizeof number);
            ck_assert_double_eq(decimal_value(steps.numbers[i]),
                                strtod(number, NULL));
            strcat(found, number);
            strcat(found, ";");
        }
        strcat(found, steps.percentiles ? "%" : "");
    }
    sweep_steps_free(&steps);
    ck_assert_str_eq(found, expected);
}

START_TEST(steps_are_ranges_or_lists)
{
    check_steps("0:1:0.25", "0;0.25;0.5;0.75;1;");
    check_steps("-0.3:0.3:0.1", "-0.3;-0.2;-0.1;0;0.1;0.2;0.3;");
    check_steps("-1:0:0.4", "-1;-0.6;-0.2;");
    check_steps("5:5:1", "5;");
    check_steps("3,-1.50,3,.5", "-1.5;0.5;3;");
    check_steps("99,90,97.5%", "90;97.5;99;%");
    check_steps("90:98:4%", "90;94;98;%");
    check_steps("+7", "7;");
    static const char *const bad[] = {
        "",         "%",     ":",           "1:2",
        "1:2:0",    "2:1:1", "1:2:-1",      "1,",
        ",1",       "1;2",   "x",           "1:2:1:1",
        "0%",       "100%",  "-1%",         "1e3",
        "0:1:1e-9", "1%,2",  "0:1:0.00001", "1.2.3",
        "nan",      "- 1",   "0:9:.1x",     "1234567890123456"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_steps(bad[i], "");
}
END_TEST

/* ---- JSON ---- */

START_TEST(json_nests)
{
    struct json json = {.depth = 0};
    json_open(&json, NULL, '{');
    json_string(&json, "a", "q\"\n\xff");
    json_open(&json, "b", '[');
    json_unsigned(&json, NULL, UINT64_MAX);
    json_signed(&json, NULL, -1);
    json_double(&json, NULL, 0.5);
    json_double(&json, NULL, NAN);
    json_open(&json, NULL, '{');
    json_close(&json, '}');
    json_close(&json, ']');
    json_close(&json, '}');
    const char *expected = "{\n"
                           "  \"a\": \"q\\\"\\u000a\\udcff\",\n"
                           "  \"b\": [\n"
                           "    18446744073709551615,\n"
                           "    -1,\n"
                           "    0.5,\n"
                           "    null,\n"
                           "    {}\n"
                           "  ]\n"
                           "}\n";
    ck_assert_uint_eq(json.text.used, strlen(expected));
    ck_assert_mem_eq(json.text.bytes, expected, json.text.used);
    text_free(&json.text);
}
END_TEST

/* ---- workers ---- */

#define JOBS 3000

struct job {
    size_t number;
    uint64_t result;
};

static struct {
    size_t given;
    size_t committed;
    size_t stop_at;
} jobs;

static uint64_t result_of(size_t number)
{
    uint64_t state = number;
    uint64_t x = 0;
    for (size_t i = 0; i < number % 97 * 20; i++) /* some take longer */
        x ^= random_next(&state);
    return x + number;
}

static bool next_job(void *lane)
{
    if (jobs.given == JOBS)
        return false;
    ((struct job *)lane)->number = jobs.given++;
    return true;
}

static void do_job(void *thread_state, void *lane)
{
    struct job *job = lane;
    ++*(size_t *)thread_state;
    job->result = result_of(job->number);
}

static bool commit_job(void *lane)
{
    const struct job *job = lane;
    ck_assert_uint_eq(job->number, jobs.committed);
    ck_assert_uint_eq(job->result, result_of(job->number));
    return ++jobs.committed != jobs.stop_at;
}

static const struct {
    size_t threads;
    size_t lanes;
    size_t stop_at; /* 0: never */
} pools[] = {{1, 1, 0}, {1, 3, 100}, {2, 2, 0},   {2, 4, 0},
             {4, 8, 0}, {8, 8, 0},   {3, 6, 777}, {8, 16, 1}};

START_TEST(results_are_committed_in_order)
{
    static const struct thread_pool_task task = {next_job, do_job, commit_job};
    struct job lanes[16];
    size_t done[8] = {0};
    void *lane_pointers[16];
    void *states[8];
    for (size_t i = 0; i < 16; i++)
        lane_pointers[i] = &lanes[i];
    for (size_t i = 0; i < 8; i++)
        states[i] = &done[i];
    const struct thread_pool workers = {states, pools[_i].threads,
                                        lane_pointers, pools[_i].lanes};
    jobs.given = jobs.committed = 0;
    jobs.stop_at = pools[_i].stop_at;
    size_t started;
    const bool good = thread_pool_run(&task, &workers, &started);
    ck_assert(good == (jobs.stop_at == 0));
    ck_assert_uint_eq(started, pools[_i].threads);
    ck_assert_uint_eq(jobs.committed, good ? JOBS : jobs.stop_at);
    size_t sum = 0;
    for (size_t i = 0; i < 8; i++)
        sum += done[i];
    ck_assert_uint_eq(sum, jobs.given);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tool");
    TCase *tests = tcase_create("tool");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, known_decimals, 0,
                        sizeof decimals / sizeof *decimals);
    tcase_add_test(tests, random_decimals_read_back_and_are_shortest);
    tcase_add_test(tests, bytes_are_told_in_units);
    tcase_add_test(tests, the_bar);
    tcase_add_test(tests, integers_have_all_their_digits);
    tcase_add_test(tests, csv_quotes_as_rfc_4180);
    tcase_add_test(tests, tsv_quotes_tabs);
    tcase_add_test(tests, json_escapes);
    tcase_add_test(tests, options_are_taken);
    tcase_add_test(tests, files_belong_to_their_run);
    tcase_add_test(tests, options_that_need_others);
    tcase_add_test(tests, epochs_are_a_range);
    tcase_add_test(tests, ids_are_lines_or_a_column);
    tcase_add_test(tests, a_plan_has_sets);
    tcase_add_test(tests, ids_on_the_command_line);
    tcase_add_test(tests, claims_do_not_wrap_around);
    tcase_add_test(tests, bytes_of_dumps_do_not_wrap_around);
    tcase_add_test(tests, long_names_lose_their_starts);
    tcase_add_test(tests, messages_cannot_draw);
    tcase_add_test(tests, patterns_of_pictures);
    tcase_add_test(tests, pictures_stay_where_the_pattern_says);
    tcase_add_test(tests, steps_are_ranges_or_lists);
    tcase_add_test(tests, json_nests);
    tcase_add_loop_test(tests, results_are_committed_in_order, 0,
                        sizeof pools / sizeof *pools);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
