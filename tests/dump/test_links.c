/*
 * test_links.c - dumps whose labels are behind a link to another file: which
 * are read
 */
#define TOP "tests/work/links"
#include "dump/source_dump.h"

static void link_symbolic_link(hid_t file)
{
    write_source(ELSEWHERE "target.h5", 0, ROWS);
    ck_assert(symlink("../elsewhere/target.h5", HERE "target.h5") == 0);
    link_to(file, "labels", "target.h5", "/labels");
}

static void link_behind_soft_link(hid_t file)
{
    write_source(ELSEWHERE "target.h5", 0, ROWS);
    link_to(file, "other", "../elsewhere/target.h5", "/");
    ck_assert(H5Lcreate_soft("/other/labels", file, "labels", H5P_DEFAULT,
                             H5P_DEFAULT) >= 0);
}

static void link_in_target(hid_t file)
{
    write_source(ELSEWHERE "target.h5", 0, ROWS);
    hid_t between = create(HERE "between.h5");
    link_to(between, "labels", "../elsewhere/target.h5", "/labels");
    H5Fclose(between);
    link_to(file, "labels", "between.h5", "/labels");
}

static void link_to_pipe(hid_t file)
{
    ck_assert(mkfifo(HERE "target.h5", 0600) == 0);
    link_to(file, "labels", "target.h5", "/labels");
}

static void link_of_group_to_pipe(hid_t file)
{
    ck_assert(mkfifo(HERE "target.h5", 0600) == 0);
    write_labels(file, "labels", H5P_DEFAULT, 0, ROWS);
    link_to(file, "logits_of", "target.h5", "/"); /* looked for in no case */
    link_to(file, "ids", "target.h5", "/ids");
}

static void link_missing(hid_t file)
{
    link_to(file, "labels", "target.h5", "/labels");
}

static void link_with_prefix(hid_t file) /* HDF5_EXT_PREFIX */
{
    write_source(ELSEWHERE "target.h5", 0, ROWS);
    link_to(file, "labels", "target.h5", "/labels");
}

static void link_to_raw_outside(hid_t file)
{
    hid_t target = create(HERE "target.h5");
    raw_outside(target);
    H5Fclose(target);
    link_to(file, "labels", "target.h5", "/labels");
}

static const struct situation situations[] = {
    {"link", link_inside, .trust = false},
    {"link outside", link_outside, false, NULL, NULL, OUTSIDE,
     "elsewhere/target.h5"},
    {"link outside, trusted", link_outside, .trust = true},
    {"link symlink", link_symbolic_link, false, NULL, NULL, OUTSIDE,
     "elsewhere/target.h5"},
    {"link behind a soft link", link_behind_soft_link, false, NULL, NULL,
     OUTSIDE, "elsewhere/target.h5"},
    {"link behind a soft link, trusted", link_behind_soft_link, .trust = true},
    {"link in a target", link_in_target, false, NULL, NULL, OUTSIDE,
     "elsewhere/target.h5"},
    {"link in a target, trusted", link_in_target, .trust = true},
    {"link FIFO", link_to_pipe, true, NULL, NULL, IRREGULAR, "target.h5"},
    {"link FIFO of ids", link_of_group_to_pipe, true, NULL, NULL, IRREGULAR,
     "target.h5"},
    {"link missing", link_missing, false, NULL, NULL, "missing", "target.h5"},
    {"link prefix", link_with_prefix, false, "HDF5_EXT_PREFIX", ELSEWHERE, NULL,
     NULL},
    {"link to raw outside", link_to_raw_outside, false, NULL, NULL, OUTSIDE,
     "elsewhere/raw"},
    {"link to raw outside, trusted", link_to_raw_outside, .trust = true},
};

START_TEST(situation)
{
    check_situation(&situations[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("links");
    TCase *tests = suite_case(suite, "links");
    tcase_add_loop_test(tests, situation, 0,
                        sizeof situations / sizeof *situations);
    return suite_run(suite);
}
