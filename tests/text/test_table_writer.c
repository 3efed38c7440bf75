/*
 * test_table_writer.c - CSV, TSV and JSON lines; expected values by hand
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "text/table_writer.h"

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

START_TEST(formats_have_the_names_that_are_told)
{
    char names[] = TABLE_FORMAT_NAMES;
    size_t count = 0;
    for (char *name = strtok(names, ", "); name != NULL;
         name = strtok(NULL, ", ")) {
        enum table_format format;
        ck_assert(table_format_parse(name, &format));
        ck_assert_uint_eq((size_t)format, count++);
    }
    ck_assert_uint_eq(count, TABLE_JSONL + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table_writer");
    TCase *tests = suite_case(suite, "table_writer");
    tcase_add_test(tests, formats_have_the_names_that_are_told);
    tcase_add_test(tests, integers_have_all_their_digits);
    tcase_add_test(tests, csv_quotes_as_rfc_4180);
    tcase_add_test(tests, tsv_quotes_tabs);
    tcase_add_test(tests, json_escapes);
    return suite_run(suite);
}
