/*
 * test_images.c - URLs of the pictures of samples
 */
#include <stdint.h>
#include <string.h>

#include "common/text.h"
#include "report/images.h"
#include "suite.h"

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

int main(void)
{
    Suite *suite = suite_create("images");
    TCase *tests = suite_case(suite, "images");
    tcase_add_test(tests, patterns_of_pictures);
    tcase_add_test(tests, pictures_stay_where_the_pattern_says);
    return suite_run(suite);
}
