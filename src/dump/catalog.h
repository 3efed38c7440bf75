/*
 * catalog.h - what a file says that it holds, as plain data of no format
 *
 * A walk over a file fills the catalog in (container.h), and discover.c makes
 * epoch records of it.
 *
 * A file may have very many groups and datasets. The catalog keeps the paths of
 * all groups, but of the datasets only the first few, for messages. Whether a
 * group has a certain dataset is asked by name, as links lead to datasets that
 * no walk meets, perhaps in other files, which are opened only if need be.
 */
#ifndef DUMP_CATALOG_H
#define DUMP_CATALOG_H

#include "dump/index.h"

#define CATALOG_LISTED_MAX 12 /* datasets that are kept */
#define CATALOG_LISTING_SIZE 900

/* A dataset as messages show it. */
struct catalog_dataset {
    char path[201];  /* without the first slash, cut if it is longer */
    char type[32];   /* "float32" */
    bool is_virtual; /* then the shape is unknown */
    int rank;        /* no more axes than these are kept */
    uint64_t dims[DUMP_RANK_MAX];
};

/* All zero: nothing. */
struct catalog {
    struct dump_identity identity;
    bool columns;         /* a file of columns.h, no dump; nothing else holds */
    bool live;            /* still being written */
    uint64_t names_bytes; /* see dump_file.names */

    char **groups; /* paths, "/" among them; tables after all others */
    size_t group_count;
    struct catalog_dataset listed[CATALOG_LISTED_MAX];
    size_t listed_count;
    size_t dataset_count; /* including those that are not listed; of a table,
                             its fields */
    char table[201];      /* the path of the first that is one; or "" */
    char frame[201];      /* of the first group that is a frame of pandas */
    bool frame_is_table;  /* in pandas' format "table", not in "fixed" */
    bool probabilities;   /* a dataset's name says that it holds some */
    bool logits;          /* likewise, in another way than the usual ones */

    /* The first link met that leads to nothing, or to what must not be opened;
     * "" if there is none. The walk and later look-ups set it. */
    char broken_link[512];
    char broken_target[600]; /* the file that it leads to, or "" */
    bool broken_file;        /* that file is there */
    /* The start of the first path that is longer than DATASET_PATH_SIZE allows,
     * of groups that are wanted; "": there is none. */
    char long_path[101];
    /* The last netCDF dimension without values that was asked for as if it were
     * a dataset, which it is not; "": none. */
    char dimension[512];
    /* Set while it does not matter what a link leads to: none of this is
     * noted, and nothing that fails is damage. */
    bool aside;
};

/* Adds a group by its path from the root, "." or without the first slash. False
 * without memory. */
bool catalog_add_group(struct catalog *catalog, const char *path);

/* Counts a dataset. The entry that the caller has to complete, with its path
 * filled in; NULL if this one is not to be listed. */
struct catalog_dataset *catalog_add_dataset(struct catalog *catalog,
                                            const char *path);

/* Takes back the listing of the dataset that was added last, which remains
 * counted. */
void catalog_unlist(struct catalog *catalog);

/* Puts the groups from `first` on in natural order, the root first. */
void catalog_sort(struct catalog *catalog, size_t first);

/* Is a path, "/a/b", one of the first `count` groups, which are in order? */
bool catalog_has_group(const struct catalog *catalog, size_t count,
                       const char *path);

/* "/logits (60, 1797) float32, /labels (60,) int64 and 3 more"; the fields of
 * tables are among them. */
void catalog_format_listing(const struct catalog *catalog,
                            char text[CATALOG_LISTING_SIZE]);

void catalog_free(struct catalog *catalog);

#endif
