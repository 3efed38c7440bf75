/*
 * test_id_list.c - ids of files and of the command line
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input/id_list.h"
#include "suite.h"

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
    check_ids("7\n8\n7\n8\n9\n", "7;8;9;"); /* each once */
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
    check_set("set,sample_id\n1,b\n2,a\n1,a\n1,b\n", 1, "b;a;");
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

int main(void)
{
    Suite *suite = suite_create("id_list");
    TCase *tests = suite_case(suite, "id_list");
    tcase_add_test(tests, ids_are_lines_or_a_column);
    tcase_add_test(tests, a_plan_has_sets);
    tcase_add_test(tests, ids_on_the_command_line);
    return suite_run(suite);
}
