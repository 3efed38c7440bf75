/*
 * test_changed_files.c - dumps in several files, and those that change before
 * or while they are read
 */
#include "dump/write_dump.h"

/* ---- data of other files ---- */

/* Logits, and labels, behind an external link; the file that is given has other
 * bytes at their addresses, or ends before them. */
static void write_linked(const char *linked, size_t filler)
{
    static double noise[ROWS * 100];
    const struct how contiguous = {.rows = ROWS};
    const hsize_t count = filler;
    for (size_t i = 0; i < ROWS * 100; i++)
        noise[i] = 1e9 + (double)i;
    hid_t other = create(other_path);
    const hsize_t before = 5;
    write_data(other, "before", H5T_IEEE_F64LE, 1, &before, &contiguous,
               H5T_NATIVE_DOUBLE, noise);
    write_logits(other, layouts[0]);
    write_labels(other, ROWS);
    H5Fclose(other);
    hid_t file = create(dump_path);
    if (filler > 0)
        write_data(file, "features", H5T_IEEE_F64LE, 1, &count, &contiguous,
                   H5T_NATIVE_DOUBLE, noise);
    if (strcmp(linked, "logits") == 0)
        write_labels(file, ROWS);
    else
        write_logits(file, layouts[0]);
    H5Lcreate_external("other.h5", linked, file, linked, H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Fclose(file);
}

START_TEST(links_to_other_files_are_read_there)
{
    static const char *const linked[] = {"logits", "labels"};
    struct reading reading;
    for (size_t i = 0; i < 4; i++) {
        write_linked(linked[i / 2], i % 2 == 0 ? ROWS * 100 : 0);
        ck_assert_msg(find(&reading, dump_path, false), "%s",
                      reading.error.text);
        ck_assert_msg(read_all(&reading), "%s", reading.error.text);
        done(&reading);
    }
}
END_TEST

/* ---- files that change ---- */

static struct how changed; /* what a file becomes */

/* As a training job does. */
static void replace(void)
{
    write_dump(other_path, changed);
    ck_assert_int_eq(rename(other_path, dump_path), 0);
}

/* In place, with another time. */
static void overwrite(void)
{
    static char bytes[1 << 20];
    write_dump(other_path, changed);
    const int from = open(other_path, O_RDONLY);
    const int to = open(dump_path, O_WRONLY | O_TRUNC);
    const ssize_t n = read(from, bytes, sizeof bytes);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(write(to, bytes, (size_t)n), n);
    close(from);
    close(to);
    set_time(dump_path, 2000000);
}

/* Whatever becomes of it between discovery and reading, nothing of it is
 * read. */
static void check_change(struct how before, struct how after,
                         void (*change)(void), const char *says)
{
    struct reading reading;
    const struct scan_options options = {.threads = 1,
                                         .keep_going = true,
                                         .threshold_class = AUM_NO_CLASS,
                                         .progress = PROGRESS_NEVER};
    struct messages messages = {.level = LOG_QUIET};
    write_dump(dump_path, before);
    set_time(dump_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    changed = after;
    change();
    ck_assert(!read_all(&reading));
    assert_says(&reading, "has changed since it was looked at");
    assert_says(&reading, says);
    /* With --keep-going, it is skipped. */
    reading.result.tally = aum_tally_create(NULL);
    ck_assert(scan_run(&reading.index, NULL, &options, NULL, 0, &messages,
                       &reading.result, &reading.error));
    ck_assert_uint_eq(reading.result.skipped_rows, before.rows);
    ck_assert_uint_eq(aum_tally_samples(reading.result.tally), 0);
    done(&reading);
}

START_TEST(replaced_before_it_is_read)
{
    const struct how before = layouts[_i];
    struct how after = before;
    after.type = H5T_IEEE_F64LE;
    check_change(before, after, replace, "it is another file now");
    check_change(before, after, overwrite, ""); /* larger, or just later */
    after = before;
    after.rows = ROWS * 50;
    check_change(before, after, replace, "it is another file now");
    check_change(before, after, overwrite, "bytes then");
    after.rows = ROWS / 2;
    check_change(before, after, overwrite, "");
    after = before;
    check_change(before, after, replace, "it is another file now");
    check_change(before, after, overwrite, "it has been written to");
}
END_TEST

/* Type and shape are compared even if the file seems to be the same: as on a
 * file system whose times are coarse. */
START_TEST(another_type_of_the_same_time)
{
    static const struct {
        struct how how;
        const char *says;
    } others[] = {
        {{.rows = ROWS, .classes = CLASSES, .chunk = 7, .gzip = true},
         "another type"},
        {{.rows = ROWS, .classes = CLASSES - 1, .chunk = 7, .gzip = true},
         "another shape"},
        {{.rows = ROWS - 1, .classes = CLASSES, .chunk = 7, .gzip = true},
         "another shape"},
        {{.rows = ROWS, .classes = CLASSES, .chunk = 8, .gzip = true},
         "another storage"},
        {{.rows = ROWS, .classes = CLASSES, .chunk = 7}, "another storage"},
        {{.rows = ROWS, .classes = CLASSES}, "another storage"},
    };
    struct reading reading;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct how how = others[i].how;
        if (i == 0)
            how.type = H5T_IEEE_F64LE;
        write_dump(dump_path, layouts[2]);
        ck_assert(find(&reading, dump_path, false));
        changed = how;
        overwrite();
        struct stat status;
        ck_assert_int_eq(stat(dump_path, &status), 0);
        struct dump_file *file = &reading.index.files[0];
        file->bytes = (uint64_t)status.st_size;
        file->modified = (int64_t)status.st_mtim.tv_sec * 1000000000;
        ck_assert(!read_all(&reading));
        assert_says(&reading, "has changed since it was looked at (/logits");
        assert_says(&reading, others[i].says);
        done(&reading);
    }
}
END_TEST

/* The file that a link leads to counts as well. */
START_TEST(replaced_behind_a_link)
{
    struct reading reading;
    write_linked("logits", 0);
    set_time(other_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    set_time(other_path, 2000000);
    ck_assert(!read_all(&reading));
    assert_says(&reading, "it has been written to");
    done(&reading);
}
END_TEST

/* While it is read: what another writer puts under its name is another file,
 * but what is written into it spoils what was read. */
#define MANY (ROWS * 100)

START_TEST(changed_while_it_is_read)
{
    struct reading reading;
    struct how how = layouts[_i];
    how.rows = MANY;
    how.chunk *= 100;
    write_dump(dump_path, how);
    set_time(dump_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    changed = how;
    changed.add = 1;
    ck_assert_msg(read_between(&reading, replace, 0), "%s", reading.error.text);
    done(&reading);
    set_time(dump_path, 1000000);
    ck_assert(find(&reading, dump_path, false));
    changed.add = 1; /* the same values, but later */
    ck_assert(!read_between(&reading, overwrite, 1));
    assert_says(&reading, "has changed since it was looked at (it has been "
                          "written to)");
    done(&reading);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("changed_files");
    TCase *tests = suite_case(suite, "changed_files");
    tcase_add_test(tests, links_to_other_files_are_read_there);
    tcase_add_loop_test(tests, replaced_before_it_is_read, 0, LAYOUTS);
    tcase_add_test(tests, another_type_of_the_same_time);
    tcase_add_test(tests, replaced_behind_a_link);
    tcase_add_loop_test(tests, changed_while_it_is_read, 0, LAYOUTS);
    return run_dump_tests(suite, tests);
}
