/*
 * test_json.c - JSON documents; expected values by hand
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "suite.h"
#include "text/json.h"

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

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = suite_case(suite, "json");
    tcase_add_test(tests, json_nests);
    return suite_run(suite);
}
