/*
 * test_sources.c - dumps that keep data in other files: which are read
 *
 * Every situation is a dump made by the HDF5 library, with logits in it and
 * labels somewhere else; then they are read, or refused. A test that waits for
 * the other end of a pipe is ended by the suite's time limit.
 */
#include <fcntl.h>
#include <hdf5.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/hdf5/columns.h"
#include "dump/discover.h"
#include "dump/reader.h"
#include "dump/hdf5/guard.h"
#include "suite.h"

#define TOP "tests/work/sources"
#define HERE TOP "/here/"           /* the dump's folder */
#define ELSEWHERE TOP "/elsewhere/" /* one that it must not name */
#define DUMP HERE "dump.h5"
#define ROWS 8

/* Labels that no fill value is mistaken for. */
static const int64_t labels[ROWS] = {1, 2, 1, 2, 2, 2, 1, 1};

/* ---- files that take another's place ---- */

/* As this path is opened, PATH.new takes its place: whoever has looked at it
 * has seen another. */
static const char *swapped;
static int swaps_left;

/* A source that was opened so many times is another one until it is opened
 * again: its folder is, whose name does not change what is in it. */
#define FOLDER HERE "sub"
#define SOURCE "/sub/source.h5"
static int opened;
static int swap_after = -1; /* this count, and back after the next; -1: never */

static void swap_folders(void)
{
    rename(FOLDER, HERE "old");
    rename(HERE "new", FOLDER);
    rename(HERE "old", HERE "new");
}

/* In the C library's place. */
int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    char new[8200];
    if ((flags & O_CREAT) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (swaps_left > 0 && strcmp(path, swapped) == 0) {
        swaps_left--;
        snprintf(new, sizeof new, "%s.new", path);
        if (swaps_left > 0) /* yet another one */
            close(openat(AT_FDCWD, new, O_CREAT | O_RDWR, 0600));
        rename(new, path);
    }
    const int fd = openat(AT_FDCWD, path, flags, mode);
    if (strstr(path, SOURCE) != NULL && swap_after >= 0) {
        opened++;
        if (opened == swap_after || opened == swap_after + 1)
            swap_folders();
    }
    return fd;
}

/* ---- making files ---- */

/* A path from anywhere; for one call at a time. */
static const char *absolute(const char *path)
{
    static char text[8192];
    char folder[4096];
    ck_assert(getcwd(folder, sizeof folder) != NULL);
    snprintf(text, sizeof text, "%s/%s", folder, path);
    return text;
}

static void write_raw(const char *path, size_t rows)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file != NULL);
    ck_assert_uint_eq(fwrite(labels, sizeof *labels, rows, file), rows);
    fclose(file);
}

static hid_t create(const char *path)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert(file >= 0);
    return file;
}

/* Labels from `first` on, stored as the properties say; they fill them in, or
 * by default, it is done here. */
static void write_labels(hid_t file, const char *name, hid_t properties,
                         size_t first, hsize_t rows)
{
    hid_t space = H5Screate_simple(1, &rows, NULL);
    hid_t chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 1, &rows);
    hid_t dataset = H5Dcreate2(file, name, H5T_NATIVE_INT64, space, H5P_DEFAULT,
                               properties == H5P_DEFAULT ? chunked : properties,
                               H5P_DEFAULT);
    ck_assert(dataset >= 0);
    H5Pclose(chunked);
    if (properties == H5P_DEFAULT)
        ck_assert(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                           H5P_DEFAULT, labels + first) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void raw_labels(hid_t file, const char *raw)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    ck_assert(H5Pset_external(properties, raw, 0, sizeof labels) >= 0);
    write_labels(file, "labels", properties, 0, ROWS);
    H5Pclose(properties);
}

static void virtual_labels(hid_t file, const char *source, const char *name)
{
    const hsize_t rows = ROWS;
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &rows, NULL);
    ck_assert(H5Pset_virtual(properties, space, source, name, space) >= 0);
    write_labels(file, "labels", properties, 0, ROWS);
    H5Sclose(space);
    H5Pclose(properties);
}

/* Blocks of half the rows, as many as there are. */
static void labels_in_series(hid_t file, const char *source, const char *name)
{
    const hsize_t rows = 0;
    const hsize_t most = H5S_UNLIMITED;
    const hsize_t start = 0;
    const hsize_t block = ROWS / 2;
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &rows, &most);
    hid_t record = H5Screate_simple(1, &block, NULL);
    ck_assert(H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, &block, &most,
                                  &block) >= 0);
    ck_assert(H5Pset_virtual(properties, space, source, name, record) >= 0);
    hid_t dataset = H5Dcreate2(file, "labels", H5T_NATIVE_INT64, space,
                               H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(record);
    H5Sclose(space);
    H5Pclose(properties);
}

static void link_to(hid_t file, const char *name, const char *target,
                    const char *object)
{
    ck_assert(H5Lcreate_external(target, object, file, name, H5P_DEFAULT,
                                 H5P_DEFAULT) >= 0);
}

static hid_t create_dump(void)
{
    const hsize_t shape[2] = {ROWS, 3};
    float logits[ROWS * 3] = {0};
    hid_t file = create(DUMP);
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t dataset = H5Dcreate2(file, "logits", H5T_NATIVE_FLOAT, space,
                               H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                       logits) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    return file;
}

/* A file with all labels, or the half from `first` on. */
static void write_source(const char *path, size_t first, size_t rows)
{
    hid_t file = create(path);
    write_labels(file, "labels", H5P_DEFAULT, first, rows);
    H5Fclose(file);
}

/* ---- situations ---- */

static void raw_inside(hid_t file)
{
    write_raw(HERE "raw", ROWS);
    raw_labels(file, HERE "raw");
}

static void raw_outside(hid_t file)
{
    write_raw(ELSEWHERE "raw", ROWS);
    raw_labels(file, absolute(ELSEWHERE "raw"));
}

static void raw_behind_dots(hid_t file)
{
    write_raw(ELSEWHERE "raw", ROWS);
    raw_labels(file, HERE "../elsewhere/raw");
}

static void raw_symbolic_link(hid_t file)
{
    write_raw(ELSEWHERE "raw", ROWS);
    ck_assert(symlink("../elsewhere/raw", HERE "raw") == 0);
    raw_labels(file, HERE "raw");
}

static void raw_pipe(hid_t file)
{
    ck_assert(mkfifo(HERE "raw", 0600) == 0);
    raw_labels(file, HERE "raw");
}

static void raw_device(hid_t file)
{
    raw_labels(file, "/dev/zero");
}

static void raw_folder(hid_t file)
{
    ck_assert(mkdir(HERE "raw", 0700) == 0);
    raw_labels(file, HERE "raw");
}

static void raw_missing(hid_t file)
{
    raw_labels(file, HERE "raw");
}

static void raw_short(hid_t file)
{
    write_raw(HERE "raw", ROWS - 1);
    raw_labels(file, HERE "raw");
}

static void raw_with_origin(hid_t file) /* HDF5_EXTFILE_PREFIX */
{
    write_raw(HERE "raw", ROWS);
    raw_labels(file, "raw");
}

static void link_inside(hid_t file)
{
    write_source(HERE "target.h5", 0, ROWS);
    link_to(file, "labels", "target.h5", "/labels");
}

static void link_outside(hid_t file)
{
    write_source(ELSEWHERE "target.h5", 0, ROWS);
    link_to(file, "labels", "../elsewhere/target.h5", "/labels");
}

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

static void virtual_inside(hid_t file)
{
    write_source(HERE "source.h5", 0, ROWS);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_same_file(hid_t file)
{
    write_labels(file, "stored", H5P_DEFAULT, 0, ROWS);
    virtual_labels(file, ".", "stored");
}

static void virtual_outside(hid_t file)
{
    write_source(ELSEWHERE "source.h5", 0, ROWS);
    virtual_labels(file, absolute(ELSEWHERE "source.h5"), "labels");
}

static void virtual_of_link_outside(hid_t file)
{
    link_outside(file);
    ck_assert(
        H5Lmove(file, "labels", file, "stored", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    virtual_labels(file, ".", "stored");
}

static void virtual_pipe(hid_t file)
{
    ck_assert(mkfifo(HERE "source.h5", 0600) == 0);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_missing(hid_t file)
{
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_empty(hid_t file)
{
    write_raw(HERE "source.h5", 0);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_without_dataset(hid_t file)
{
    write_source(HERE "source.h5", 0, ROWS);
    virtual_labels(file, "source.h5", "targets");
}

static void virtual_nested_outside(hid_t file)
{
    hid_t source = create(HERE "source.h5");
    virtual_outside(source);
    H5Fclose(source);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_nested_inside(hid_t file)
{
    hid_t between = create(HERE "between.h5");
    virtual_inside(between);
    H5Fclose(between);
    virtual_labels(file, "between.h5", "labels");
}

static void virtual_of_raw_outside(hid_t file)
{
    hid_t source = create(HERE "source.h5");
    raw_outside(source);
    H5Fclose(source);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_of_raw_short(hid_t file)
{
    hid_t source = create(HERE "source.h5");
    raw_short(source);
    H5Fclose(source);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_of_itself(hid_t file)
{
    virtual_labels(file, ".", "labels");
}

static void virtual_in_a_circle(hid_t file)
{
    hid_t source = create(HERE "source.h5");
    virtual_labels(source, "dump.h5", "labels");
    H5Fclose(source);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_of_many_circles(hid_t file)
{
    char name[24];
    char next[24];
    const hsize_t rows = ROWS;
    hid_t space = H5Screate_simple(1, &rows, NULL);
    for (int i = 0; i < 30; i++) { /* 2^30 ways */
        hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
        snprintf(name, sizeof name, i == 0 ? "labels" : "level_%d", i);
        snprintf(next, sizeof next, "level_%d", i + 1);
        ck_assert(H5Pset_virtual(properties, space, ".", next, space) >= 0);
        ck_assert(H5Pset_virtual(properties, space, "dump.h5", next, space) >=
                  0);
        write_labels(file, name, properties, 0, ROWS);
        H5Pclose(properties);
    }
    write_labels(file, "level_30", H5P_DEFAULT, 0, ROWS);
    H5Sclose(space);
}

/* Each of so many levels, in a file of its own, is three times that below. */
static void virtual_in_levels(hid_t file, int levels)
{
    static const char *const ways[] = {"", "./", "../here/"};
    const hsize_t rows = ROWS;
    hid_t space = H5Screate_simple(1, &rows, NULL);
    for (int i = 0; i < levels; i++) {
        hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
        char name[80];
        for (size_t k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "%slevel_%d.h5", ways[k], i + 1);
            ck_assert(
                H5Pset_virtual(properties, space, name, "labels", space) >= 0);
        }
        snprintf(name, sizeof name, HERE "level_%d.h5", i);
        hid_t level = i == 0 ? file : create(name);
        write_labels(level, "labels", properties, 0, ROWS);
        H5Pclose(properties);
        if (i > 0)
            H5Fclose(level);
    }
    H5Sclose(space);
    char name[80];
    snprintf(name, sizeof name, HERE "level_%d.h5", levels);
    write_source(name, 0, ROWS);
}

static void virtual_three_levels(hid_t file)
{
    virtual_in_levels(file, 3);
}

static void virtual_many_levels(hid_t file)
{
    virtual_in_levels(file, 12);
}

static void virtual_with_prefix(hid_t file) /* HDF5_VDS_PREFIX */
{
    write_source(ELSEWHERE "source.h5", 0, ROWS);
    virtual_labels(file, "source.h5", "labels");
}

static void virtual_with_percent_sign(hid_t file)
{
    write_source(HERE "50%.h5", 0, ROWS);
    virtual_labels(file, "50%%.h5", "labels");
}

static void virtual_long_name(hid_t file)
{
    char name[6000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    virtual_labels(file, name, "labels");
}

static void series_inside(hid_t file)
{
    write_source(HERE "part_0.h5", 0, ROWS / 2);
    write_source(HERE "part_1.h5", ROWS / 2, ROWS / 2);
    labels_in_series(file, "part_%b.h5", "labels");
}

static void series_in_one_file(hid_t file)
{
    hid_t source = create(HERE "source.h5");
    write_labels(source, "part_0", H5P_DEFAULT, 0, ROWS / 2);
    write_labels(source, "part_1", H5P_DEFAULT, ROWS / 2, ROWS / 2);
    H5Fclose(source);
    labels_in_series(file, "source.h5", "part_%b");
}

static void series_outside(hid_t file)
{
    write_source(HERE "part_0.h5", 0, ROWS / 2);
    write_source(ELSEWHERE "part_1.h5", ROWS / 2, ROWS / 2);
    ck_assert(symlink("../elsewhere/part_1.h5", HERE "part_1.h5") == 0);
    labels_in_series(file, "part_%b.h5", "labels");
}

static void series_pipe(hid_t file)
{
    write_source(HERE "part_0.h5", 0, ROWS / 2);
    ck_assert(mkfifo(HERE "part_1.h5", 0600) == 0);
    labels_in_series(file, "part_%b.h5", "labels");
}

static void series_without_dataset(hid_t file)
{
    write_source(HERE "part_0.h5", 0, ROWS / 2);
    H5Fclose(create(HERE "part_1.h5"));
    labels_in_series(file, "part_%b.h5", "labels");
}

static void series_missing(hid_t file)
{
    labels_in_series(file, "part_%b.h5", "labels");
}

/* Nobody asked for it: the file is read as if it were not there. */
static void unread_series_pipe(hid_t file)
{
    series_pipe(file);
    ck_assert(H5Lmove(file, "labels", file, "features", H5P_DEFAULT,
                      H5P_DEFAULT) >= 0);
    write_labels(file, "labels", H5P_DEFAULT, 0, ROWS);
}

#define OUTSIDE "lies outside the folders of the dumps"
#define IRREGULAR "is not a regular file"

static const struct {
    const char *name;
    void (*make)(hid_t file);
    bool trust;
    const char *variable; /* of the environment, and its value; or NULL */
    const char *value;
    const char *refused; /* NULL: it is read */
    const char *names;   /* the file that the message names */
} situations[] = {
    {"raw", raw_inside, .trust = false},
    {"raw outside", raw_outside, false, NULL, NULL, OUTSIDE, "elsewhere/raw"},
    {"raw outside, trusted", raw_outside, .trust = true},
    {"raw ..", raw_behind_dots, false, NULL, NULL, OUTSIDE, "elsewhere/raw"},
    {"raw symlink", raw_symbolic_link, false, NULL, NULL, OUTSIDE,
     "elsewhere/raw"},
    {"raw symlink, trusted", raw_symbolic_link, .trust = true},
    {"raw FIFO", raw_pipe, false, NULL, NULL, IRREGULAR, "here/raw"},
    {"raw FIFO, trusted", raw_pipe, true, NULL, NULL, IRREGULAR, "here/raw"},
    {"raw device", raw_device, false, NULL, NULL, IRREGULAR, "/dev/zero"},
    {"raw device, trusted", raw_device, true, NULL, NULL, IRREGULAR,
     "/dev/zero"},
    {"raw folder", raw_folder, true, NULL, NULL, IRREGULAR, "here/raw"},
    {"raw missing", raw_missing, true, NULL, NULL, "is missing", "here/raw"},
    {"raw short", raw_short, true, NULL, NULL, "truncated", "here/raw"},
    {"raw ${ORIGIN}", raw_with_origin, false, "HDF5_EXTFILE_PREFIX",
     "${ORIGIN}", NULL, NULL},
    {"raw prefix", raw_with_origin, false, "HDF5_EXTFILE_PREFIX", HERE, NULL,
     NULL},
    {"raw ${ORIGIN}/..", raw_with_origin, false, "HDF5_EXTFILE_PREFIX",
     "${ORIGIN}/../here", NULL, NULL},
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
    {"virtual", virtual_inside, .trust = false},
    {"virtual, same file", virtual_same_file, .trust = false},
    {"virtual outside", virtual_outside, false, NULL, NULL, OUTSIDE,
     "elsewhere/source.h5"},
    {"virtual outside, trusted", virtual_outside, .trust = true},
    {"virtual of a link outside", virtual_of_link_outside, false, NULL, NULL,
     OUTSIDE, "elsewhere/target.h5"},
    {"virtual of a link outside, trusted", virtual_of_link_outside,
     .trust = true},
    {"virtual FIFO", virtual_pipe, true, NULL, NULL, IRREGULAR, "source.h5"},
    {"virtual missing", virtual_missing, false, NULL, NULL, "is missing",
     "source.h5"},
    {"virtual empty", virtual_empty, false, NULL, NULL, "cannot be opened",
     "source.h5"},
    {"virtual without dataset", virtual_without_dataset, false, NULL, NULL,
     "has no dataset targets", "source.h5"},
    {"virtual nested outside", virtual_nested_outside, false, NULL, NULL,
     OUTSIDE, "elsewhere/source.h5"},
    {"virtual nested outside, trusted", virtual_nested_outside, .trust = true},
    {"virtual nested", virtual_nested_inside, .trust = false},
    {"virtual of raw outside", virtual_of_raw_outside, false, NULL, NULL,
     OUTSIDE, "elsewhere/raw"},
    {"virtual of raw outside, trusted", virtual_of_raw_outside, .trust = true},
    {"virtual of raw short", virtual_of_raw_short, false, NULL, NULL,
     "truncated", "here/raw"},
    {"virtual of itself", virtual_of_itself, false, NULL, NULL,
     "source of itself", DUMP},
    {"virtual in a circle", virtual_in_a_circle, false, NULL, NULL,
     "source of itself", DUMP},
    {"virtual, 2^30 ways", virtual_of_many_circles, false, NULL, NULL, "deep",
     DUMP},
    {"virtual, 3^3 ways", virtual_three_levels, .trust = false},
    {"virtual, 3^12 ways", virtual_many_levels, false, NULL, NULL, "repeated",
     DUMP},
    {"virtual prefix", virtual_with_prefix, false, "HDF5_VDS_PREFIX",
     "nowhere:" ELSEWHERE, NULL, NULL},
    {"virtual ${ORIGIN}", virtual_with_prefix, false, "HDF5_VDS_PREFIX",
     "${ORIGIN}/../elsewhere", NULL, NULL},
    {"virtual %%", virtual_with_percent_sign, .trust = false},
    {"virtual, long name", virtual_long_name, false, NULL, NULL, "more than",
     DUMP},
    {"series", series_inside, .trust = false},
    {"series in one file", series_in_one_file, .trust = false},
    {"series outside", series_outside, false, NULL, NULL, OUTSIDE,
     "elsewhere/part_1.h5"},
    {"series outside, trusted", series_outside, .trust = true},
    {"series FIFO", series_pipe, true, NULL, NULL, IRREGULAR, "part_1.h5"},
    {"series without dataset", series_without_dataset, false, NULL, NULL,
     "has no dataset labels", "part_1.h5"},
    {"series missing", series_missing, false, NULL, NULL, "is missing",
     "part_0.h5"},
    {"unread series with a FIFO", unread_series_pipe, .trust = false},
};

/* ---- reading ---- */

static void start(void)
{
    static bool started; /* before, if tests have no process of their own */
    struct error error;
    ck_assert(system("rm -rf " TOP) == 0);
    ck_assert(mkdir(TOP, 0700) == 0 && mkdir(HERE, 0700) == 0 &&
              mkdir(ELSEWHERE, 0700) == 0);
    ck_assert(started || dump_start(&error));
    started = true;
}

static void ignore(void *context, const char *text)
{
    (void)context, (void)text;
}

/* Writes a dump that `make` adds the labels to. */
static void start_with(void (*make)(hid_t file))
{
    start();
    hid_t file = create_dump();
    make(file);
    ck_assert(H5Fclose(file) >= 0);
}

static bool discover(struct dump_index *index, const char *path,
                     struct error *error)
{
    const struct dump_names names = {.logits = NULL};
    const struct dump_epochs all = {INT64_MIN, INT64_MAX};
    struct dump_found found;
    return dump_discover(index, path, &names, &found, ignore, NULL, error) &&
           dump_index_finish(index, all, error);
}

static void read_labels(const struct dump_index *index, const char *name)
{
    uint32_t read[ROWS] = {0};
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    ck_assert(dump_reader_next(reader, &block));
    ck_assert_uint_eq(block.rows, ROWS);
    ck_assert_msg(dump_read_labels(worker, &block, 3, read, &bad, &error),
                  "%s: %s", name, error.text);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert_msg(read[i] == labels[i], "%s: label %zu is %u", name, i,
                      read[i]);
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
}

static void expect_refusal(const struct error *error, const char *name,
                           const char *why, const char *file)
{
    ck_assert_msg(strstr(error->text, why) != NULL, "%s: %s", name,
                  error->text);
    ck_assert_msg(strstr(error->text, file) != NULL, "%s: %s", name,
                  error->text);
    ck_assert_msg(strncmp(error->text, DUMP ": /", strlen(DUMP ": /")) == 0,
                  "%s: %s", name, error->text);
    ck_assert_msg((strstr(error->text, "--trust") != NULL) ==
                      (strcmp(why, OUTSIDE) == 0),
                  "%s: %s", name, error->text);
}

START_TEST(situation)
{
    const char *fork = getenv("CK_FORK");
    if (situations[_i].variable != NULL) {
        if (fork != NULL && strcmp(fork, "no") == 0)
            return; /* the library looks at it only when it starts */
        setenv(situations[_i].variable, situations[_i].value, 1);
    }
    start_with(situations[_i].make);
    const char *name = situations[_i].name;
    struct dump_trust trust = {.anything = situations[_i].trust};
    struct dump_index index = {.trust = &trust};
    struct error error = {.text = ""};
    const bool good = discover(&index, DUMP, &error);
    if (situations[_i].refused != NULL) {
        ck_assert_msg(!good, "%s: read", name);
        expect_refusal(&error, name, situations[_i].refused,
                       situations[_i].names);
    } else {
        ck_assert_msg(good, "%s: %s", name, error.text);
        read_labels(&index, name);
    }
    dump_index_destroy(&index);
    ck_assert(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) <= 0);
}
END_TEST

START_TEST(folders_of_files_given)
{
    struct dump_index index = {.files = NULL};
    struct error error;
    start_with(virtual_outside);
    struct dump_trust trust = {.anything = false};
    ck_assert(dump_trust_add(&trust, ELSEWHERE));
    index.trust = &trust;
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    read_labels(&index, "a folder given");
    dump_index_destroy(&index);
    dump_trust_free(&trust);
}
END_TEST

/* A name that leads to the dump in its real folder, where the sources are. */
START_TEST(folder_of_the_real_dump)
{
    struct dump_index index = {.files = NULL};
    struct error error;
    start_with(virtual_inside);
    ck_assert(symlink("../here/dump.h5", ELSEWHERE "dump.h5") == 0);
    ck_assert_msg(discover(&index, ELSEWHERE "dump.h5", &error), "%s",
                  error.text);
    read_labels(&index, "a symbolic link");
    dump_index_destroy(&index);
}
END_TEST

/* What is put in a source's place once it was looked at is not read. */
START_TEST(source_replaced_since)
{
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    uint32_t read[ROWS];
    start_with(virtual_inside);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    ck_assert(unlink(HERE "source.h5") == 0);
    ck_assert(mkfifo(HERE "source.h5", 0600) == 0);
    struct dump_reader *reader = dump_reader_create(&index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    ck_assert(dump_reader_next(reader, &block));
    ck_assert(!dump_read_labels(worker, &block, 3, read, &bad, &error));
    expect_refusal(&error, "replaced", IRREGULAR, "source.h5");
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
    dump_index_destroy(&index);
}
END_TEST

/* Reads labels while a source is another one for a moment; true if they were
 * read, and right. */
static bool read_while_swapped(const struct dump_index *index, int after)
{
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    uint32_t read[ROWS];
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    opened = 0;
    swap_after = after;
    if (after == 0)
        swap_folders();
    ck_assert(dump_reader_next(reader, &block));
    bool good = dump_read_labels(worker, &block, 3, read, &bad, &error);
    dump_worker_destroy(worker);
    good = dump_reader_verify(reader, &error) && good;
    dump_reader_destroy(reader);
    swap_after = -1;
    for (size_t i = 0; good && i < ROWS; i++)
        ck_assert_msg(read[i] == labels[i], "label %zu is %u, after %d", i,
                      read[i], after);
    ck_assert_msg(good || strstr(error.text, "source.h5") != NULL, "%s",
                  error.text);
    if (access(FOLDER "/right", F_OK) != 0)
        swap_folders();
    return good;
}

/* What is read is what was looked at, whenever another file has its name. */
START_TEST(replaced_for_a_moment)
{
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    hid_t file;
    start();
    ck_assert(mkdir(FOLDER, 0700) == 0 && mkdir(HERE "new", 0700) == 0);
    write_raw(FOLDER "/right", 0);
    write_source(FOLDER "/source.h5", 0, ROWS);
    file = create(HERE "new/source.h5"); /* zeros */
    hid_t early = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
    write_labels(file, "labels", early, 0, ROWS);
    H5Pclose(early);
    H5Fclose(file);
    file = create_dump();
    virtual_labels(file, "sub/source.h5", "labels");
    H5Fclose(file);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    ck_assert(read_while_swapped(&index, 1000));
    const int opens = opened;
    ck_assert_int_ge(opens, 3);
    for (int after = 0; after <= opens; after++)
        read_while_swapped(&index, after);
    dump_index_destroy(&index);
}
END_TEST

/* Labels whose source has fewer than are mapped, all or from the second on. */
static void shorter_labels(hid_t file, hsize_t from)
{
    const hsize_t rows = ROWS;
    const hsize_t mapped = ROWS + from;
    const hsize_t count = ROWS;
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hid_t to = H5Screate_simple(1, &rows, NULL);
    hid_t of = H5Screate_simple(1, &mapped, NULL);
    if (from > 0)
        H5Sselect_hyperslab(of, H5S_SELECT_SET, &from, NULL, &count, NULL);
    ck_assert(H5Pset_virtual(properties, to, "source.h5", "labels", of) >= 0);
    write_labels(file, "labels", properties, 0, ROWS);
    H5Sclose(of);
    H5Sclose(to);
    H5Pclose(properties);
}

START_TEST(source_that_is_too_short)
{
    static const char *const wants[] = {"wants 8 elements",
                                        "wants elements up to (9,)"};
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    start();
    write_source(HERE "source.h5", 0, ROWS - 3);
    hid_t file = create_dump();
    shorter_labels(file, (hsize_t)_i);
    H5Fclose(file);
    ck_assert(!discover(&index, DUMP, &error));
    expect_refusal(&error, "short", "source.h5 is too short", "(5,)");
    ck_assert_msg(strstr(error.text, wants[_i]) != NULL, "%s", error.text);
    dump_index_destroy(&index);
    write_source(HERE "source.h5", 0, ROWS);
    ck_assert(discover(&index, DUMP, &error) == (_i == 0));
    dump_index_destroy(&index);
}
END_TEST

/* Where a message has no room, the ends of names and of the message remain. */
START_TEST(long_names)
{
    char name[2000] = HERE;
    char record[200];
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    start();
    memset(record, 'd', sizeof record);
    record[199] = '\0';
    for (int i = 0; i < 5; i++) {
        strcat(name, record);
        ck_assert(mkdir(name, 0700) == 0);
        strcat(name, "/");
    }
    strcat(name, "gone.h5");
    hid_t file = create_dump();
    virtual_labels(file, name + strlen(HERE), "labels");
    H5Fclose(file);
    ck_assert(!discover(&index, DUMP, &error));
    expect_refusal(&error, "long", "/gone.h5 is missing; put it", "dd/gone.h5");
    file = create_dump();
    snprintf(strrchr(name, '/'), 9, "/pipe.h5");
    ck_assert(mkfifo(name, 0600) == 0);
    virtual_labels(file, name + strlen(HERE), "labels");
    H5Fclose(file);
    ck_assert(!discover(&index, DUMP, &error));
    expect_refusal(&error, "long", IRREGULAR, "dd/pipe.h5");
    dump_index_destroy(&index);
}
END_TEST

/* A link's target that has changed is named. */
START_TEST(target_that_changes)
{
    const struct timespec times[2] = {{.tv_sec = 2000000}, {.tv_sec = 2000000}};
    struct dump_index index = {.files = NULL};
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    uint32_t read[ROWS];
    start_with(link_inside);
    ck_assert_msg(discover(&index, DUMP, &error), "%s", error.text);
    for (int early = 0; early < 2; early++) {
        struct dump_reader *reader = dump_reader_create(&index, NULL);
        struct dump_worker *worker = dump_worker_create(reader);
        ck_assert(dump_reader_next(reader, &block));
        bool good = dump_read_labels(worker, &block, 3, read, &bad, &error);
        utimensat(AT_FDCWD, HERE "target.h5", times, 0);
        dump_worker_destroy(worker);
        good = good && dump_reader_verify(reader, &error);
        dump_reader_destroy(reader);
        ck_assert(!good);
        expect_refusal(&error, "target", "has changed", "target.h5: has");
    }
    dump_index_destroy(&index);
}
END_TEST

/* "a" is opened while other files take its place, the last of them one of so
 * many rows, which may be an output. */
static enum guard_answer open_swapped(struct guard *guard, int swaps,
                                      bool is_output, uint64_t *bytes)
{
    struct dump_trust trust = {.anything = true};
    struct stat status;
    int fd;
    write_raw(HERE "a", ROWS);
    write_raw(HERE "a.new", 1);
    ck_assert(stat(HERE "a.new", &status) == 0);
    if (is_output)
        ck_assert(dump_trust_doom(&trust, status.st_dev, status.st_ino));
    memset(guard, 0, sizeof *guard);
    guard->trust = &trust;
    swapped = absolute(HERE "a");
    swaps_left = swaps;
    const enum guard_answer answer = guard_open(guard, swapped, &fd, bytes);
    ck_assert((fd >= 0) == (answer == GUARD_GOOD));
    if (fd >= 0)
        close(fd);
    swaps_left = 0;
    dump_trust_free(&trust);
    return answer;
}

/* What takes a file's place once it was looked at is looked at itself. */
START_TEST(replaced_while_it_is_opened)
{
    struct guard guard;
    uint64_t bytes;
    start();
    ck_assert_int_eq(open_swapped(&guard, 0, true, &bytes), GUARD_GOOD);
    ck_assert_uint_eq(bytes, sizeof labels);
    ck_assert_int_eq(open_swapped(&guard, 1, true, &bytes), GUARD_REFUSED);
    ck_assert_ptr_ne(strstr(guard.refused, "is an output of this run"), NULL);
    ck_assert_int_eq(open_swapped(&guard, 1, false, &bytes), GUARD_GOOD);
    ck_assert_uint_eq(bytes, sizeof *labels);
    ck_assert_int_eq(open_swapped(&guard, 99, false, &bytes), GUARD_REFUSED);
    ck_assert_ptr_ne(strstr(guard.refused, "is replaced over and over"), NULL);
}
END_TEST

/* Files of our own, such as states, have no reason to name others. */
START_TEST(columns_elsewhere)
{
    static const struct dump_column column = {"labels", DUMP_I64};
    static const struct dump_table table = {"test 1", &column, 1};
    void (*const makers[])(hid_t) = {raw_inside, virtual_inside, link_inside};
    start();
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        struct error error = {.text = ""};
        hid_t file = create(DUMP);
        hid_t text = H5Tcopy(H5T_C_S1);
        hid_t one = H5Screate(H5S_SCALAR);
        H5Tset_size(text, strlen(table.kind));
        hid_t kind =
            H5Acreate2(file, "aum-scan", text, one, H5P_DEFAULT, H5P_DEFAULT);
        ck_assert(H5Awrite(kind, text, table.kind) >= 0);
        H5Aclose(kind);
        H5Sclose(one);
        H5Tclose(text);
        makers[i](file);
        H5Fclose(file);
        ck_assert_msg(dump_columns_open(&table, DUMP, NULL, &error) == NULL,
                      "%zu", i);
        ck_assert_msg(strstr(error.text, "labels: damaged: it is kept in "
                                         "another file") != NULL,
                      "%zu: %s", i, error.text);
    }
}
END_TEST

START_TEST(trusted_folders)
{
    struct dump_trust trust = {.anything = false};
    start();
    ck_assert(dump_trust_add(&trust, HERE "none.h5"));
    ck_assert(dump_trust_add(&trust, HERE));
    ck_assert(dump_trust_add(&trust, TOP "/none/none.h5"));
    ck_assert_uint_eq(trust.count, 1);
    ck_assert(dump_trust_has(&trust, absolute(HERE "a/b")));
    ck_assert(!dump_trust_has(&trust, absolute(TOP "/here")));
    ck_assert(!dump_trust_has(&trust, absolute(TOP "/hereafter/a")));
    ck_assert(dump_trust_add(&trust, "/"));
    ck_assert(dump_trust_has(&trust, "/a"));
    dump_trust_free(&trust);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sources");
    TCase *tests = tcase_create("sources");
    tcase_set_timeout(tests, 20);
    tcase_add_loop_test(tests, situation, 0,
                        sizeof situations / sizeof *situations);
    tcase_add_test(tests, folders_of_files_given);
    tcase_add_test(tests, folder_of_the_real_dump);
    tcase_add_test(tests, source_replaced_since);
    tcase_add_loop_test(tests, source_that_is_too_short, 0, 2);
    tcase_add_test(tests, long_names);
    tcase_add_test(tests, target_that_changes);
    tcase_add_test(tests, replaced_for_a_moment);
    tcase_add_test(tests, replaced_while_it_is_opened);
    tcase_add_test(tests, columns_elsewhere);
    tcase_add_test(tests, trusted_folders);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
