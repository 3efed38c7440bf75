/*
 * tables.c - tables (datasets of compound elements) count as groups
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "dump/discovery.h"

/* ---- finding them ---- */

/*
 * Opening each dataset of a file would take long if it has very many. Those
 * whose paths differ in numbers alone are alike, as a rule: one of these is
 * looked at, and the others if it is a table.
 */
#define PATHS_MAX 1024

struct known_path {
    uint64_t hash;
    bool table;
};

struct search {
    struct discovery *d;
    const char *group;
    struct known_path known[PATHS_MAX];
    size_t known_count;
    size_t groups; /* of the file, without tables */
    bool good;
};

/* The hash of a path in which all numbers are alike. */
static uint64_t hash_path(const char *path)
{
    char alike[DATASET_PATH_SIZE];
    size_t length = 0;
    for (; *path != '\0' && length + 1 < sizeof alike; path++) {
        const bool digit = *path >= '0' && *path <= '9';
        if (!digit || length == 0 || alike[length - 1] != '0')
            alike[length++] = digit ? '0' : *path;
    }
    alike[length] = '\0';
    return hash_text(alike);
}

/* May it be a table, from what others like it are? */
static bool may_be_table(struct search *search, uint64_t hash)
{
    for (size_t i = 0; i < search->known_count; i++) {
        if (search->known[i].hash == hash)
            return search->known[i].table;
    }
    return search->known_count < PATHS_MAX;
}

static void know(struct search *search, uint64_t hash, bool table)
{
    for (size_t i = 0; i < search->known_count; i++) {
        if (search->known[i].hash == hash)
            return;
    }
    search->known[search->known_count++] = (struct known_path){hash, table};
}

static bool look_at(void *context, const char *name)
{
    struct search *search = context;
    struct discovery *d = search->d;
    char path[DATASET_PATH_SIZE];
    if (!dataset_path(search->group, name, path) ||
        catalog_has_group(d->catalog, search->groups, path))
        return true;
    const uint64_t hash = hash_path(path);
    if (!may_be_table(search, hash))
        return true;
    const bool table = d->file->format->is_table(d->file, path);
    know(search, hash, table);
    if (table)
        search->good = catalog_add_group(&d->file->catalog, path + 1);
    return search->good;
}

/* Tables that were found are groups, too: of fields that have fields. */
bool discovery_find_tables(struct discovery *d)
{
    const size_t first = d->catalog->group_count;
    struct search *search = calloc(1, sizeof *search);
    bool good = search != NULL;
    for (size_t i = 0; good && i < d->catalog->group_count; i++) {
        dump_watch_progress(d->index->watch);
        search->d = d;
        search->group = d->catalog->groups[i];
        search->groups = first;
        search->good = true;
        d->file->format->each_name(d->file, search->group, look_at, search);
        good = search->good;
    }
    free(search);
    catalog_sort(&d->file->catalog, first);
    return good || error_no_memory(d->error);
}

/* ---- a field for each class ---- */

struct class_fields {
    const char *start; /* of their names */
    size_t count;
};

static bool count_class(void *context, const char *name)
{
    struct class_fields *fields = context;
    const size_t length = strlen(fields->start);
    fields->count +=
        strncmp(name, fields->start, length) == 0 && name[length] != '\0' &&
        strspn(name + length, "0123456789") == strlen(name + length);
    return true;
}

bool discovery_find_classes(struct discovery *d, const char *table,
                            char path[DATASET_PATH_SIZE])
{
    static const char *const patterns[] = {"logits_*", "logit_*"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        char start[16];
        struct class_fields fields = {start, 0};
        snprintf(start, sizeof start, "%.*s", (int)strcspn(patterns[i], "*"),
                 patterns[i]);
        d->file->format->each_name(d->file, table, count_class, &fields);
        if (fields.count > 1 &&
            find_dataset_named(d->file, table, patterns[i], path))
            return true;
    }
    return false;
}

/* ---- pandas ---- */

bool discovery_is_frame(struct discovery *d)
{
    const struct catalog *catalog = d->catalog;
    error_set(d->error, "%s: %s: a frame of pandas in the format %s",
              d->index->files[d->file_index].path, catalog->frame,
              catalog->frame_is_table
                  ? "\"table\", whose columns lie in arrays without their "
                    "names unless it is written with data_columns=True"
                  : "\"fixed\", which is not read");
    return error_advise(d->error, ADVICE_WRITE_ARRAYS);
}
