/*
 * suite.h - what every suite needs: Check, printed as TAP
 */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* A test case of the suite. Check ends a test that hangs; on a loaded machine,
 * under sanitizers, those that do not hang may take many times as long. */
static inline TCase *suite_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    return tests;
}

/* Runs the suite; the exit status. The driver reads TAP from stdout. */
static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    const int failed = srunner_ntests_failed(runner);
    const int run = srunner_ntests_run(runner); /* none: CK_RUN_CASE is wrong */
    srunner_free(runner);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A repeatable generator of random numbers: splitmix64 (Steele, Lea, Flood,
 * 2014). The seed comes from AUM_TEST_SEED or is `usual`. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline uint64_t random_seed(uint64_t usual)
{
    const char *text = getenv("AUM_TEST_SEED");
    return text != NULL ? strtoull(text, NULL, 10) : usual;
}

static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
    return random_next(state) % n;
}

#endif
