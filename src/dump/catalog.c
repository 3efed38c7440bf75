/*
 * catalog.c - what a file says that it holds, as plain data of no format
 */
#include "dump/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/names.h"
#include "common/path.h"
#include "dump/shape.h"

bool catalog_add_group(struct catalog *catalog, const char *path)
{
    char **grown =
        realloc(catalog->groups, (catalog->group_count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    catalog->groups = grown;
    const size_t size = strlen(path) + 2;
    char *copy = malloc(size);
    if (copy == NULL)
        return false;
    snprintf(copy, size, "/%s", strcmp(path, ".") == 0 ? "" : path);
    catalog->groups[catalog->group_count++] = copy;
    return true;
}

static bool names_probabilities(const char *path)
{
    const char *name = path + path_folder_length(path);
    return strncmp(name, "prob", 4) == 0 || strncmp(name, "softmax", 7) == 0;
}

static bool names_logits(const char *path)
{
    for (const char *at = path + path_folder_length(path); *at != '\0'; at++) {
        if (strncasecmp(at, "logit", 5) == 0)
            return true;
    }
    return false;
}

struct catalog_dataset *catalog_add_dataset(struct catalog *catalog,
                                            const char *path)
{
    catalog->probabilities |= names_probabilities(path);
    catalog->logits |= names_logits(path);
    if (catalog->dataset_count++ >= CATALOG_LISTED_MAX)
        return NULL;
    struct catalog_dataset *dataset = &catalog->listed[catalog->listed_count++];
    snprintf(dataset->path, sizeof dataset->path, "%s", path);
    return dataset;
}

void catalog_unlist(struct catalog *catalog)
{
    memset(&catalog->listed[--catalog->listed_count], 0,
           sizeof *catalog->listed);
}

static int compare_groups(const void *a, const void *b)
{
    return names_compare(*(char *const *)a, *(char *const *)b);
}

void catalog_sort(struct catalog *catalog, size_t first)
{
    qsort(catalog->groups + first, catalog->group_count - first,
          sizeof *catalog->groups, compare_groups);
}

bool catalog_has_group(const struct catalog *catalog, size_t count,
                       const char *path)
{
    return bsearch(&path, catalog->groups, count, sizeof *catalog->groups,
                   compare_groups) != NULL;
}

static void format_shape(const struct catalog_dataset *dataset, char *text,
                         size_t size)
{
    struct dump_layout shape = {.rank = dataset->rank};
    if (dataset->is_virtual) {
        snprintf(text, size, "virtual");
        return;
    }
    memcpy(shape.dims, dataset->dims, sizeof shape.dims);
    dump_format_shape(&shape, text, size);
}

void catalog_format_listing(const struct catalog *catalog,
                            char text[CATALOG_LISTING_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < catalog->listed_count; i++) {
        const struct catalog_dataset *dataset = &catalog->listed[i];
        char shape[128];
        format_shape(dataset, shape, sizeof shape);
        snprintf(text + used, CATALOG_LISTING_SIZE - used, "%s/%s %s %s",
                 used > 0 ? ", " : "", dataset->path, shape, dataset->type);
        used = strlen(text);
    }
    if (catalog->dataset_count == 0)
        snprintf(text, CATALOG_LISTING_SIZE, "no datasets");
    else if (catalog->dataset_count > CATALOG_LISTED_MAX)
        snprintf(text + used, CATALOG_LISTING_SIZE - used, " and %zu more",
                 catalog->dataset_count - CATALOG_LISTED_MAX);
}

void catalog_free(struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->group_count; i++)
        free(catalog->groups[i]);
    free(catalog->groups);
    memset(catalog, 0, sizeof *catalog);
}
