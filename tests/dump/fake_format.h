/*
 * fake_format.h - a format whose files are tables, for test_discover.c
 */
#ifndef TESTS_DUMP_FAKE_FORMAT_H
#define TESTS_DUMP_FAKE_FORMAT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/container.h"
#include "suite.h"

enum kind { END, GROUP, DATASET, BROKEN, LINK };

struct object {
    enum kind kind;
    const char *path; /* of a dataset or link, from the root */
    enum dump_type type;
    int rank;
    uint64_t dims[4];
    size_t epochs; /* numbers of the attribute `epoch` */
    int64_t epoch[4];
};

struct fake {
    struct container_file file;
    const struct object *objects;
};

/* What the next file that is opened has. */
static const struct object *contents;
static bool contents_live;
static bool contents_columns;
static bool contents_unreadable; /* some of them, as check() finds out */

static const struct object *find(struct container_file *file, const char *path)
{
    const struct fake *fake = (const struct fake *)file;
    for (const struct object *o = fake->objects; o->kind != END; o++) {
        if (strcmp(o->path, path) == 0)
            return o;
    }
    return NULL;
}

static struct container_file *fake_open(struct dump_index *index,
                                        const char *path, bool live,
                                        struct error *error);

static void fake_close(struct container_file *file)
{
    catalog_free(&file->catalog);
    free(file);
}

/* A link leads to what no walk meets. */
static bool fake_list(struct container_file *file, struct error *error)
{
    (void)error;
    const struct fake *fake = (const struct fake *)file;
    ck_assert(catalog_add_group(&file->catalog, "."));
    for (const struct object *o = fake->objects; o->kind != END; o++) {
        if (o->kind == GROUP && strcmp(o->path, "/") != 0)
            ck_assert(catalog_add_group(&file->catalog, o->path + 1));
    }
    return true;
}

static void fake_list_datasets(struct container_file *file)
{
    const struct fake *fake = (const struct fake *)file;
    for (const struct object *o = fake->objects; o->kind != END; o++) {
        if (o->kind != DATASET)
            continue;
        struct catalog_dataset *dataset =
            catalog_add_dataset(&file->catalog, o->path + 1);
        if (dataset == NULL)
            continue;
        strcpy(dataset->type, "float32");
        dataset->rank = o->rank;
        memcpy(dataset->dims, o->dims, sizeof o->dims);
    }
}

static bool fake_has_link(struct container_file *file, const char *group,
                          const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", strcmp(group, "/") == 0 ? "" : group,
             name);
    return find(file, path) != NULL;
}

/* Of objects, in their order: paths below the group without another slash. */
static void fake_each_name(struct container_file *file, const char *group,
                           bool (*take)(void *context, const char *name),
                           void *context)
{
    const struct fake *fake = (const struct fake *)file;
    const size_t length = strcmp(group, "/") == 0 ? 0 : strlen(group);
    for (const struct object *o = fake->objects; o->kind != END; o++) {
        const char *name = o->path + length + 1;
        if (strncmp(o->path, group, length) == 0 && o->path[length] == '/' &&
            *name != '\0' && strchr(name, '/') == NULL && !take(context, name))
            return;
    }
}

static bool fake_has_dataset(struct container_file *file, char *path)
{
    const struct object *o = find(file, path);
    if (o != NULL && o->kind == BROKEN) {
        strcpy(file->catalog.broken_link, path);
        strcpy(file->catalog.broken_target, "gone.h5");
    }
    return o != NULL && (o->kind == DATASET || o->kind == LINK);
}

static bool fake_is_octave_array(struct container_file *file, char *path)
{
    (void)file, (void)path;
    return false;
}

static bool fake_is_table(struct container_file *file, const char *path)
{
    (void)file, (void)path;
    return false;
}

static enum container_numbers fake_read_attribute(struct container_file *file,
                                                  const char *path,
                                                  const char *name,
                                                  int64_t *numbers, size_t room,
                                                  uint64_t *count)
{
    const struct object *o = find(file, path);
    ck_assert_str_eq(name, "epoch");
    *count = o != NULL ? o->epochs : 0;
    if (*count == 0 || *count > room)
        return *count == 0 ? CONTAINER_ABSENT : CONTAINER_TOO_MANY;
    memcpy(numbers, o->epoch, (size_t)*count * sizeof *numbers);
    return CONTAINER_READ;
}

static bool fake_describe(struct container_file *file, struct dump_index *index,
                          struct dump_array *array, struct error *error)
{
    (void)index;
    const struct object *o = find(file, array->path);
    struct dump_layout *layout = array->layout;
    if (o->rank < 0)
        return error_set(error, "no such luck");
    layout->type = o->type;
    layout->size = 4;
    layout->rank = o->rank;
    memcpy(layout->dims, o->dims, sizeof o->dims);
    layout->storage = DUMP_CHUNKED;
    for (int i = 0; i < o->rank; i++)
        layout->chunk[i] = 2;
    return true;
}

static bool fake_check(struct container_file *file, bool good,
                       struct error *error)
{
    (void)file;
    if (!good || !contents_unreadable)
        return good;
    return error_set(error, "a.h5: damaged");
}

/* No file has class names. */
static bool fake_read_strings(struct container_file *file, const char *path,
                              const char *name,
                              bool (*take)(void *context, const char *text,
                                           size_t length),
                              void *context)
{
    (void)file, (void)path, (void)name, (void)take, (void)context;
    return false;
}

static const struct container_format fake_format = {
    .open = fake_open,
    .close = fake_close,
    .list = fake_list,
    .list_datasets = fake_list_datasets,
    .has_link = fake_has_link,
    .each_name = fake_each_name,
    .has_dataset = fake_has_dataset,
    .is_table = fake_is_table,
    .is_octave_array = fake_is_octave_array,
    .read_attribute = fake_read_attribute,
    .read_strings = fake_read_strings,
    .describe = fake_describe,
    .check = fake_check,
};

static struct container_file *fake_open(struct dump_index *index,
                                        const char *path, bool live,
                                        struct error *error)
{
    (void)index, (void)path, (void)error;
    struct fake *fake = calloc(1, sizeof *fake);
    ck_assert_ptr_nonnull(fake);
    ck_assert(live || !contents_live);
    fake->file.format = &fake_format;
    fake->file.catalog.identity.bytes = 1000000;
    fake->file.catalog.live = contents_live;
    fake->file.catalog.columns = contents_columns;
    fake->objects = contents;
    return &fake->file;
}

/* ---- objects ---- */

/* A dataset of some type and shape; of floats; the same with epoch numbers. */
#define TYPED(t, name, n, ...)                               \
    {                                                        \
        .kind = DATASET, .path = name, .type = t, .rank = n, \
        .dims = __VA_ARGS__                                  \
    }
#define FLOATS(name, n, ...) TYPED(DUMP_F32, name, n, __VA_ARGS__)
#define NUMBERED(name, n, shape, count, ...)                        \
    {                                                               \
        .kind = DATASET, .path = name, .type = DUMP_F32, .rank = n, \
        .dims = shape, .epochs = count, .epoch = __VA_ARGS__        \
    }
#define BRACES(...) \
    {               \
        __VA_ARGS__ \
    }
#define LOGITS(name) FLOATS(name, 2, {6, 3})
#define LABELS(name) TYPED(DUMP_I32, name, 1, {6})
#define EMPTY_GROUP(name)           \
    {                               \
        .kind = GROUP, .path = name \
    }

#endif
