/*
 * source_dump.h - dumps that keep labels in other files
 *
 * Each is made by the HDF5 library, with logits in it and labels somewhere
 * else; then it is read, or refused. A test that waits for the other end of a
 * pipe is ended by the suite's time limit. A suite defines TOP, the folder of
 * its files, which no other suite may have.
 */
#ifndef TESTS_DUMP_SOURCE_DUMP_H
#define TESTS_DUMP_SOURCE_DUMP_H

#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump/discover.h"
#include "dump/reader.h"
#include "suite.h"

#define HERE TOP "/here/"           /* the dump's folder */
#define ELSEWHERE TOP "/elsewhere/" /* one that it must not name */
#define DUMP HERE "dump.h5"
#define ROWS 8

/* Labels that no fill value is mistaken for. */
static const int64_t labels[ROWS] = {1, 2, 1, 2, 2, 2, 1, 1};

/* ---- making files ---- */

/* A path from anywhere; for one call at a time. */
static inline const char *absolute(const char *path)
{
    static char text[8192];
    char folder[4096];
    ck_assert(getcwd(folder, sizeof folder) != NULL);
    snprintf(text, sizeof text, "%s/%s", folder, path);
    return text;
}

static inline void write_raw(const char *path, size_t rows)
{
    FILE *file = fopen(path, "wb");
    ck_assert(file != NULL);
    ck_assert_uint_eq(fwrite(labels, sizeof *labels, rows, file), rows);
    fclose(file);
}

static inline hid_t create(const char *path)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert(file >= 0);
    return file;
}

/* Labels from `first` on, stored as the properties say; they fill them in, or
 * by default, it is done here. */
static inline void write_labels(hid_t file, const char *name, hid_t properties,
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

static inline void raw_labels(hid_t file, const char *raw)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    ck_assert(H5Pset_external(properties, raw, 0, sizeof labels) >= 0);
    write_labels(file, "labels", properties, 0, ROWS);
    H5Pclose(properties);
}

static inline void virtual_labels(hid_t file, const char *source,
                                  const char *name)
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
static inline void labels_in_series(hid_t file, const char *source,
                                    const char *name)
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

static inline void link_to(hid_t file, const char *name, const char *target,
                           const char *object)
{
    ck_assert(H5Lcreate_external(target, object, file, name, H5P_DEFAULT,
                                 H5P_DEFAULT) >= 0);
}

static inline hid_t create_dump(void)
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
static inline void write_source(const char *path, size_t first, size_t rows)
{
    hid_t file = create(path);
    write_labels(file, "labels", H5P_DEFAULT, first, rows);
    H5Fclose(file);
}

/* ---- labels of dumps ---- */

static inline void raw_inside(hid_t file)
{
    write_raw(HERE "raw", ROWS);
    raw_labels(file, HERE "raw");
}

static inline void raw_outside(hid_t file)
{
    write_raw(ELSEWHERE "raw", ROWS);
    raw_labels(file, absolute(ELSEWHERE "raw"));
}

static inline void raw_short(hid_t file)
{
    write_raw(HERE "raw", ROWS - 1);
    raw_labels(file, HERE "raw");
}

static inline void link_inside(hid_t file)
{
    write_source(HERE "target.h5", 0, ROWS);
    link_to(file, "labels", "target.h5", "/labels");
}

static inline void link_outside(hid_t file)
{
    write_source(ELSEWHERE "target.h5", 0, ROWS);
    link_to(file, "labels", "../elsewhere/target.h5", "/labels");
}

static inline void virtual_inside(hid_t file)
{
    write_source(HERE "source.h5", 0, ROWS);
    virtual_labels(file, "source.h5", "labels");
}

static inline void virtual_outside(hid_t file)
{
    write_source(ELSEWHERE "source.h5", 0, ROWS);
    virtual_labels(file, absolute(ELSEWHERE "source.h5"), "labels");
}

#define OUTSIDE "lies outside the folders of the dumps"
#define IRREGULAR "is not a regular file"

/* ---- reading ---- */

static inline void start(void)
{
    static bool started; /* before, if tests have no process of their own */
    struct error error;
    ck_assert(system("rm -rf " TOP) == 0);
    ck_assert(mkdir(TOP, 0700) == 0 && mkdir(HERE, 0700) == 0 &&
              mkdir(ELSEWHERE, 0700) == 0);
    ck_assert(started || dump_start(&error));
    started = true;
}

static inline void ignore(void *context, const char *text)
{
    (void)context, (void)text;
}

/* Writes a dump that `make` adds the labels to. */
static inline void start_with(void (*make)(hid_t file))
{
    start();
    hid_t file = create_dump();
    make(file);
    ck_assert(H5Fclose(file) >= 0);
}

static inline bool discover(struct dump_index *index, const char *path,
                            struct error *error)
{
    const struct dump_names names = {.logits = NULL};
    const struct dump_epochs all = DUMP_ALL_EPOCHS;
    struct dump_found found;
    return dump_discover(index, path, &names, &found, ignore, NULL, error) &&
           dump_index_finish(index, all, error);
}

/* The first rows have the labels from the one numbered `from` on; the others
 * were never written. */
static inline void read_first_labels(const struct dump_index *index,
                                     const char *name, size_t rows, size_t from)
{
    uint32_t read[ROWS] = {0};
    const unsigned char *unwritten;
    struct error error = {.text = ""};
    struct dump_bad_labels bad;
    struct dump_block block;
    struct dump_reader *reader = dump_reader_create(index, NULL);
    struct dump_worker *worker = dump_worker_create(reader);
    ck_assert(dump_reader_next(reader, &block));
    ck_assert_uint_eq(block.rows, ROWS);
    dump_forget_unwritten(worker);
    ck_assert_msg(dump_read_labels(worker, &block, 3, read, &bad, &error),
                  "%s: %s", name, error.text);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert_msg(read[i] == (i < rows ? labels[i + from] : DUMP_NO_LABEL),
                      "%s: label %zu is %u", name, i, read[i]);
    ck_assert_uint_eq(dump_unwritten_rows(worker, &block, &unwritten),
                      ROWS - rows);
    dump_worker_destroy(worker);
    dump_reader_destroy(reader);
}

static inline void read_labels(const struct dump_index *index, const char *name)
{
    read_first_labels(index, name, ROWS, 0);
}

static inline void expect_refusal(const struct error *error, const char *name,
                                  const char *why, const char *file)
{
    ck_assert_msg(strstr(error->text, why) != NULL, "%s: %s", name,
                  error->text);
    ck_assert_msg(strstr(error->text, file) != NULL, "%s: %s", name,
                  error->text);
    ck_assert_msg(strncmp(error->text, DUMP ": /", strlen(DUMP ": /")) == 0,
                  "%s: %s", name, error->text);
    ck_assert_msg((error->advice == ADVICE_TRUST) ==
                      (strcmp(why, OUTSIDE) == 0),
                  "%s: %s", name, error->text);
}

/* ---- situations ---- */

struct situation {
    const char *name;
    void (*make)(hid_t file);
    bool trust;
    const char *variable; /* of the environment, and its value; or NULL */
    const char *value;
    const char *refused; /* NULL: it is read */
    const char *names;   /* the file that the message names */
};

static inline void check_situation(const struct situation *situation)
{
    const char *fork = getenv("CK_FORK");
    if (situation->variable != NULL) {
        if (fork != NULL && strcmp(fork, "no") == 0)
            return; /* the library looks at it only when it starts */
        setenv(situation->variable, situation->value, 1);
    }
    start_with(situation->make);
    const char *name = situation->name;
    struct dump_trust trust = {.anything = situation->trust};
    struct dump_index index = {.trust = &trust};
    struct error error = {.text = ""};
    const bool good = discover(&index, DUMP, &error);
    if (situation->refused != NULL) {
        ck_assert_msg(!good, "%s: read", name);
        expect_refusal(&error, name, situation->refused, situation->names);
    } else {
        ck_assert_msg(good, "%s: %s", name, error.text);
        read_labels(&index, name);
    }
    dump_index_destroy(&index);
    ck_assert(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) <= 0);
}

#endif
