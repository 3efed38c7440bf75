/*
 * plan.h - which epoch records there are and where their bytes lie
 *
 * Plain data: it could be written down, or cross a pipe to another process.
 * discover.c makes it, reader.c follows it.
 */
#ifndef DUMP_PLAN_H
#define DUMP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "dump/identity.h"
#include "dump/others.h"
#include "dump/trust.h"
#include "common/watch.h"

/* What a dataset is for. */
enum dump_role { DUMP_LOGITS, DUMP_LABELS, DUMP_IDS };

#define DUMP_RANK_MAX 8
#define DUMP_FILTERS_MAX 8
#define DUMP_NO_AXIS (-1)
#define DUMP_STRING_MAX 4096u /* bytes of a string */

/* What elements are once they have been read: native byte order. */
enum dump_type {
    DUMP_F16,
    DUMP_BF16,
    DUMP_F32,
    DUMP_F64,
    DUMP_I8,
    DUMP_I16,
    DUMP_I32,
    DUMP_I64,
    DUMP_U8,
    DUMP_U16,
    DUMP_U32,
    DUMP_U64,
    DUMP_STRING,         /* dump_array.size bytes each */
    DUMP_VARIABLE_STRING /* read as char * */
};

enum dump_storage {
    DUMP_CONTIGUOUS, /* row-major at dump_array.offset */
    DUMP_CHUNKED,    /* in chunks that decode.c can decode */
    DUMP_LIBRARY     /* only the HDF5 library knows how to read it */
};

enum dump_filter_id {
    DUMP_DEFLATE,
    DUMP_SHUFFLE, /* parameter: bytes of an element */
    DUMP_FLETCHER32,
    DUMP_LZF
};

struct dump_filter {
    enum dump_filter_id id;
    uint32_t parameter;
};

/*
 * What many datasets have in common, seen as epochs x rows x columns. The axes
 * are in this order; axes that are missing have length 1, and so have all
 * others of the dataset. Without padding that matters: see dump_plan_share().
 */
struct dump_layout {
    enum dump_role role;
    enum dump_type type;
    uint32_t size;     /* bytes of an element in memory */
    bool swap;         /* stored in the other byte order */
    bool convert;      /* the library is to convert elements to `type` */
    bool space_padded; /* strings end in spaces that do not count */

    int rank;
    uint64_t dims[DUMP_RANK_MAX];
    int epoch_axis; /* or DUMP_NO_AXIS; likewise the next two */
    int row_axis;
    int column_axis;
    uint64_t epochs;
    uint64_t rows;
    uint64_t columns;

    enum dump_storage storage;
    bool elsewhere; /* virtual: chunks of other files */
    bool foreign;   /* behind an external link: all of it in another file */
    struct dump_identity home;     /* if foreign: that file's */
    bool chunked;                  /* the next line holds (any storage) */
    uint64_t chunk[DUMP_RANK_MAX]; /* lengths of a chunk */
    bool unknown_filters;          /* some that decode.c cannot undo */
    unsigned filters;              /* in the order in which they wrote */
    struct dump_filter filter[DUMP_FILTERS_MAX];
};

/* A dataset. */
struct dump_array {
    char *path;                 /* within its file */
    struct dump_layout *layout; /* the plan's, shared with others */
    uint64_t offset;            /* if contiguous: in the file */
    uint32_t file;
};

/* There may be very many arrays and parts, so that their numbers are short. */
#define DUMP_NO_ARRAY UINT32_MAX

/* Bytes of a chunk when it is decoded. */
size_t dump_chunk_bytes(const struct dump_layout *layout);

/* One epoch of one group: what an epoch is made of, one part or several. */
struct dump_part {
    char *group; /* path of the group, shared by its epochs */
    int64_t epoch;
    uint64_t slice; /* place on the arrays' epoch axis */
    uint64_t rows;
    uint64_t classes; /* logits of a row */
    uint32_t file;
    uint32_t logits; /* index into dump_plan.arrays */
    uint32_t labels;
    uint32_t ids;    /* or DUMP_NO_ARRAY: the row number */
    uint32_t record; /* if somebody knows it, his number for it */
    bool numbered;   /* else `epoch` is to be the order given */
    bool one_hot;    /* labels have a column per class */
    bool known;      /* somebody has read it already: the reader need not */
    bool absent;     /* if so, it is not there any more */
};

struct dump_file {
    char *path;
    uint64_t bytes; /* these three as identity.h has them */
    int64_t modified;
    uint64_t inode;
    uint64_t names; /* bytes of a group's names that are read at once */
    bool live;      /* still being written */
};

/* Is the open file the one that was looked at? See dump_identity_holds(). */
bool dump_file_holds(const struct dump_file *file,
                     const struct dump_identity *now, bool unread,
                     struct dump_error *error);

struct dump_plan {
    struct dump_file *files;
    size_t file_count;
    struct dump_array *arrays;
    size_t array_count;
    struct dump_part *parts;
    size_t part_count;
    char **groups; /* owns the parts' group names */
    size_t group_count;
    struct dump_layout **layouts; /* all that the arrays have */
    size_t layout_count;
    uint32_t *layout_slots;    /* a hash table of these */
    struct dump_others others; /* what else the dumps are kept in */
    uint64_t epochs;           /* different epoch numbers, once finished */
    struct dump_watch *watch;  /* told what the library does; NULL: nobody */
    const struct dump_trust *trust; /* what files dumps may name; NULL: none but
                                       those in their own folders */
    /* Called every now and then as discovery finds more, which takes memory;
     * NULL: nobody cares. */
    void (*grows)(void *context);
    void *grows_context;
};

void dump_plan_destroy(struct dump_plan *plan);

/* Drops the last elements, so that these many are left. */
void dump_plan_cut(struct dump_plan *plan, size_t files, size_t arrays,
                   size_t parts, size_t groups);

/* Logits of a row; 0 if there is no row. The parts of a finished plan agree. */
uint64_t dump_plan_classes(const struct dump_plan *plan);

/* Parts of the same epoch stand together: the first one after `part` that is
 * of another epoch, or part_count. */
size_t dump_plan_epoch_end(const struct dump_plan *plan, size_t part);

/* A new last element, all zero; false without memory. */
bool dump_plan_add_file(struct dump_plan *plan, const char *path);
struct dump_array *dump_plan_add_array(struct dump_plan *plan);

/* The plan's own layout that is equal to this one, in all bytes; NULL without
 * memory. */
struct dump_layout *dump_plan_share(struct dump_plan *plan,
                                    const struct dump_layout *layout);

struct dump_part *dump_plan_add_part(struct dump_plan *plan);
char *dump_plan_add_group(struct dump_plan *plan, const char *name);

/* Tells whoever watches the plan that discovery has found so many groups, or
 * epoch records, by now. */
void dump_plan_grows(const struct dump_plan *plan, size_t count);

struct dump_epochs {
    int64_t first;
    int64_t last;
};

/* Gives parts without an epoch number their place in the order given; the first
 * step of dump_plan_finish(). */
void dump_plan_number(struct dump_plan *plan);

/*
 * Puts the parts in order (epoch, then file, then group, in natural order),
 * keeps the epochs wanted, and looks for contradictions between parts: class
 * counts, some with ids and some without, parts of one epoch without ids.
 */
bool dump_plan_finish(struct dump_plan *plan, struct dump_epochs wanted,
                      struct dump_error *error);

#endif
