/*
 * index.h - which epoch records there are and where their bytes lie
 *
 * Plain data, which could be written to a file or sent to another process.
 * discover.c makes an index, reader.c follows it.
 */
#ifndef DUMP_INDEX_H
#define DUMP_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/class_labels.h"
#include "common/class_names.h"
#include "common/error.h"
#include "common/hash_table.h"
#include "dump/identity.h"
#include "dump/others.h"
#include "dump/trust.h"
#include "common/watch.h"

#define DUMP_IGNORED_MAX 32

/* What labels mean. All zero: they are the numbers of the classes. */
struct dump_label_rules {
    struct class_labels classes; /* which label each class has */
    bool soft; /* of a column for each class, the largest counts */
    int64_t ignored[DUMP_IGNORED_MAX]; /* labels of rows that are left out */
    size_t ignored_count;
    const struct class_names *names; /* in the order of the classes; or NULL */
};

static inline bool dump_label_is_ignored(const struct dump_label_rules *rules,
                                         int64_t label)
{
    for (size_t i = 0; i < rules->ignored_count; i++) {
        if (rules->ignored[i] == label)
            return true;
    }
    return false;
}

/* What a dataset is for. */
enum dump_role { DUMP_LOGITS, DUMP_LABELS, DUMP_IDS };

#define DUMP_RANK_MAX 8
#define DUMP_FILTERS_MAX 8
#define DUMP_MISSING_MAX 4 /* values of elements that stand for nothing */
#define DUMP_NO_AXIS (-1)
#define DUMP_STRING_MAX 4096u /* bytes of a string */

/* The type of elements once they have been read, in native byte order. */
enum dump_type {
    DUMP_F8E4M3, /* floats of 8 bits, as OCP defines them */
    DUMP_F8E5M2,
    DUMP_F16,
    DUMP_BF16,
    DUMP_F32,
    DUMP_F64,
    DUMP_I8, /* the unsigned ones are in the same order */
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

/* How a dataset is stored, for people. */
enum dump_kind {
    DUMP_KIND_CONTIGUOUS,
    DUMP_KIND_COMPACT,
    DUMP_KIND_CHUNKED,
    DUMP_KIND_VIRTUAL, /* from other datasets */
    DUMP_KIND_EXTERNAL /* in raw files */
};

/* What an axis of a dataset is; see axes.h. */
enum dump_axis_kind {
    DUMP_AXIS_UNIT, /* of length 1 */
    DUMP_AXIS_EPOCH,
    DUMP_AXIS_MEASUREMENT, /* members of an ensemble, augmentations */
    DUMP_AXIS_SAMPLE,
    DUMP_AXIS_POSITION, /* tokens, pixels */
    DUMP_AXIS_CLASS,
    DUMP_AXIS_KINDS
};

/* The axes of a dataset, in the order in which it stores them. */
struct dump_axes {
    int count; /* 0: as it is usual */
    enum dump_axis_kind kinds[DUMP_RANK_MAX];
};

/* An axis along which the slices or rows of a record are counted. */
struct dump_count_axis {
    uint64_t length; /* in the record */
    int axis;        /* of the array; DUMP_NO_AXIS: all along it are the same */
    int unused;
};

/*
 * What many datasets have in common. A dataset is seen as slices x rows x
 * columns. A slice is one measurement of one epoch, of which there may be
 * several; a row is one sample, or one position of one sample. `counts` has the
 * axes along which these are counted, the last one fastest: first those of
 * slices, the epochs before the measurements; then those of rows, the samples
 * before the positions. A layout is simple if it stores at most one axis of
 * each, or, in contiguous data, all of them, in this order; then `epoch_axis`,
 * `row_axis` and `column_axis` tell all. If it is `boxed`, boxes.c reads it.
 * Axes that are missing count as length 1. Unused bytes are zero:
 * dump_index_share() compares whole structs.
 */
struct dump_layout {
    enum dump_role role;
    enum dump_type type;
    uint32_t size; /* bytes of an element in memory */
    bool swap;     /* stored in the other byte order */
    enum dump_kind kind;
    char type_name[32];    /* as NumPy calls it: "float32" */
    char filter_names[40]; /* "shuffle+gzip"; "": none */
    bool convert;          /* the library is to convert elements to `type` */
    bool enumerated;       /* strings are names of an enumeration's values */
    bool space_padded;     /* strings end in spaces that do not count */

    bool opaque; /* elements of no type are read as `type`... */
    bool told;   /* ... or integers are, as an attribute says */

    bool packed; /* logits: an element x stands for x * scale + offset */
    double scale;
    double offset;
    unsigned missing_count; /* elements with these bytes stand for nothing */
    unsigned char missing[DUMP_MISSING_MAX][8];

    int rank;
    uint64_t dims[DUMP_RANK_MAX];
    int epoch_axis; /* of slices; or DUMP_NO_AXIS, and likewise the next two */
    int row_axis;   /* if boxed: the last one */
    int column_axis;
    bool reversed;       /* its writer counts axes from the last one */
    bool named;          /* its axes are those that the user has named */
    bool boxed;          /* not simple */
    bool crossed;        /* boxed, but with no more than one axis of each */
    unsigned slice_axes; /* the first of `counts` */
    unsigned row_axes;   /* those after them... */
    unsigned positions;  /* ... of which the last ones are positions */
    uint64_t epochs;
    uint64_t measurements; /* of each epoch */
    uint64_t rows;
    uint64_t columns;
    struct dump_count_axis counts[DUMP_RANK_MAX + 2];

    unsigned char fill[8]; /* what elements are read as that were never
                              written; of logits, once they are unpacked */
    bool unwritten;        /* none of it was ever written */

    /* Of a field of a table: the last axes are within a row of the table, and
     * such a row takes these bytes; else 0. */
    int field_axes;
    uint32_t table_row;

    enum dump_storage storage;
    bool elsewhere; /* virtual: chunks of other files */
    bool foreign;   /* reached by an external link: all in another file */
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
    struct dump_layout *layout; /* the index's, shared with others */
    uint64_t offset;            /* if contiguous: in the file */
    uint64_t written;           /* elements in raw files, if `cut_short` */
    bool cut_short;
    uint64_t address; /* of the object in its file, which tells it from others
                         under any name; 0: unknown */
    uint32_t file;
    uint32_t field; /* where the field's name starts in the path, if it is one
                       of a table (of compound elements); else 0 */
};

/* There may be very many arrays and records, so their indices have 32 bits. */
#define DUMP_NO_ARRAY UINT32_MAX

/* How many axes the dataset has, without those of a field. */
static inline int dump_own_rank(const struct dump_layout *layout)
{
    return layout->rank - layout->field_axes;
}

/* Bytes of an element of the dataset: of a table, a row. */
static inline uint32_t dump_own_size(const struct dump_layout *layout)
{
    return layout->table_row != 0 ? layout->table_row : layout->size;
}

/* Has each chunk adjacent rows, so that they are read together? */
static inline bool dump_has_chunks_of_rows(const struct dump_layout *layout)
{
    return layout->chunked && layout->row_axis != DUMP_NO_AXIS &&
           (!layout->boxed ||
            (layout->crossed && layout->storage == DUMP_CHUNKED));
}

/* Bytes of a decoded chunk. */
size_t dump_chunk_bytes(const struct dump_layout *layout);

/* What an epoch's number is from, the best first. */
enum dump_epoch_from {
    DUMP_FROM_ATTRIBUTE, /* `epoch` of the dataset, a group or the file */
    DUMP_FROM_DATASET,   /* a dataset `epoch` beside the logits */
    DUMP_FROM_NAME,      /* in the name of the logits, by a pattern */
    DUMP_FROM_GROUP,     /* after a keyword, in the name of a group */
    DUMP_FROM_FILE,      /* after a keyword, in the name of the file */
    DUMP_FROM_FOLDER,    /* after a keyword, in the name of a folder */
    DUMP_FROM_NUMBER,    /* the only number in the names that varies */
    DUMP_FROM_AXIS,      /* its place on the axis of epochs */
    DUMP_FROM_ORDER      /* its place among the names, as nothing tells more */
};

/* "attribute", "dataset", "name", "group", "file", "folder", "number", "axis",
 * "order": as --list has it. */
const char *dump_epoch_from_name(enum dump_epoch_from from);

struct dump_index;

/* One epoch of one group: what an epoch is made of, one record or several. */
struct epoch_record {
    char *group; /* path of the group, shared by its epochs */
    int64_t epoch;
    uint64_t slice; /* place on the arrays' axes of epochs and measurements */
    uint64_t rows;
    uint64_t first_row;    /* of the arrays' rows that are its own */
    uint64_t first_number; /* of its rows, within its epoch: see row numbers */
    uint64_t classes;      /* logits of a row */
    uint32_t file;
    uint32_t logits; /* index into dump_index.arrays */
    uint32_t labels;
    uint32_t ids;    /* or DUMP_NO_ARRAY: the row number */
    uint32_t epochs; /* numbers of its epoch or rows, if `has_epochs` */
    uint32_t number; /* the order in which it was found; see
                      * dump_index_enumerate() */
    enum dump_epoch_from from; /* what `epoch` is from */
    bool one_hot;              /* labels have a column per class */
    /* In one byte, as there may be very many records. */
    bool numbered : 1; /* else `epoch` is still to be found; see numbering.h */
    bool has_epochs : 1; /* a dataset has numbers that are still to be read */
    bool by_group : 1;   /* the name of the group is the id of its sample */
    bool by_file : 1;    /* likewise the name of the file */
};

/* Do its rows have sample ids, or only their numbers? */
static inline bool epoch_record_has_ids(const struct epoch_record *record)
{
    return record->ids != DUMP_NO_ARRAY || record->by_group || record->by_file;
}

/* Are two records of different datasets of one group, which its name does not
 * tell apart? */
bool epoch_records_share_group(const struct epoch_record *a,
                               const struct epoch_record *b);

/* Are its rows positions of samples, whose ids are strings? */
bool epoch_record_has_positions(const struct dump_index *index,
                                const struct epoch_record *record);

/* What stands for the path of the ids of a record that is `by_group`, as the
 * option has it, or `by_file`: no path in a file. */
#define DUMP_IDS_BY_GROUP "@group"
#define DUMP_IDS_BY_FILE "@file"

/* Where the ids of a record are, for people and states: "" if it has none. */
const char *epoch_record_ids(const struct dump_index *index,
                             const struct epoch_record *record);

/* The reason of a link that leads nowhere, which may have been an epoch. */
#define DUMP_PASSED_BROKEN "a link to something that is missing"

/* The reasons of epoch numbers that cannot be taken. */
#define DUMP_PASSED_UNNUMBERED \
    "epoch numbers that were never written; what they number is not read"
#define DUMP_PASSED_UNFIT \
    "not a number for each epoch or row, and so not taken as epoch numbers"

/* The reasons of what is named like ids and is none. */
#define DUMP_PASSED_DIMENSION \
    "a netCDF dimension without values; the row numbers are the ids"
#define DUMP_PASSED_IDS \
    "not one id per row; other ids, or else the row numbers, are taken"
/* The reason of the labels of rows that pandas numbers on through all epochs.
 */
#define DUMP_PASSED_RUNNING \
    "a number for each row of all epochs, and so no sample ids"

/* The reason of a dataset or attribute that is named like class names. */
#define DUMP_PASSED_NAMES "not a string for each class, all of them different"

/* The reason of a dataset beside the logits. */
#define DUMP_PASSED_OTHER_LOGITS \
    "named like logits, but not read; --logits names what is"

/* What was looked at and is not read. */
struct dump_passed {
    char *path;         /* of a file or folder */
    char *group;        /* of a group in it, or NULL */
    const char *reason; /* a constant: "no logits", "another group wanted" */
};

/* Another dataset that could have been taken for the role of one. */
struct dump_choice {
    enum dump_role role;
    uint32_t record; /* whose array was taken; holds until records move */
    uint32_t taken;
    uint32_t other; /* DUMP_NO_ARRAY: it cannot be compared */
    char *name;     /* the path of the other one */
    char *option;   /* what names it in an option: its name, or a pattern */
    bool differ;    /* once compared */
};

/* A dataset that virtual logits are made of. */
struct dump_source {
    uint64_t inode; /* of its file, as is the next */
    uint64_t bytes;
    uint64_t address; /* as that of an array */
    uint32_t array;   /* the virtual one */
};

/* The first sources of one array: enough to notice that they are read, too, as
 * a folder has all of them as a rule. More would take more memory than a record
 * may. Who reads but others gets the warning of samples that come twice. */
#define DUMP_SOURCES_KEPT 4
struct dump_first_sources {
    size_t count;
    struct dump_source list[DUMP_SOURCES_KEPT];
};

struct dump_file {
    char *path;
    uint64_t bytes; /* these three as identity.h has them */
    int64_t modified;
    uint64_t inode;
    uint64_t others; /* digest of the other files it is kept in; 0: none */
    uint64_t names;  /* bytes of a group's names that are read at once */
    bool live;       /* still being written */
};

/* Is an open file the one that discovery found? See dump_identity_holds(). */
bool dump_file_holds(const struct dump_file *file,
                     const struct dump_identity *now, bool unread,
                     struct error *error);

struct dump_index {
    struct dump_file *files;
    size_t file_count;
    struct dump_array *arrays;
    size_t array_count;
    struct epoch_record *records;
    size_t record_count;
    char **groups; /* owns the records' group names */
    size_t group_count;
    struct dump_choice *choices; /* of each option the first, and the last */
    size_t choice_count;
    struct dump_source *sources; /* of virtual logits */
    size_t source_count;
    struct dump_passed *passed; /* for --list */
    size_t passed_count;
    struct dump_layout **layouts; /* all that the arrays have */
    size_t layout_count;
    struct hash_table layout_table; /* of these */
    struct dump_others others;      /* other files that dumps are kept in */
    struct dump_label_rules label_rules;
    struct class_names class_names; /* that the first record's file has */
    /* Of logits, and of labels, with a field for each class: what the `*` of
     * the pattern stands for, in natural order. */
    struct class_names columns[2];
    bool columns_known[2];
    uint64_t epochs;          /* number of different epochs, once finished */
    int64_t first_epoch;      /* the lowest, wanted or not */
    struct dump_watch *watch; /* told what the library does; may be NULL */
    const struct dump_trust *trust; /* which files dumps may name; NULL: only
                                       those in their own folders */
    /* Called now and then as discovery finds more, which takes memory; may be
     * NULL. */
    void (*grows)(void *context);
    /* Called before discovery looks into a file, and before the library reads
     * another file for it: `bytes` are those of all of them together, each
     * counted once. What the library makes of a file in memory depends on it.
     * May be NULL. */
    void (*opens)(void *context, uint64_t bytes);
    void *hook_context; /* of both */
};

void dump_index_destroy(struct dump_index *index);

/* Drops the last elements, so that these many are left. */
void dump_index_cut(struct dump_index *index, size_t files, size_t arrays,
                    size_t records, size_t groups);

/* The same of what was passed over. */
void dump_index_cut_passed(struct dump_index *index, size_t passed);

/* Bytes of all files. */
uint64_t dump_index_bytes(const struct dump_index *index);

/* The number of logits of a row, the same in all records of a finished index; 0
 * if there are no rows. */
uint64_t dump_index_classes(const struct dump_index *index);

/* The index of the first record after `record` that is of another epoch, or
 * record_count. Records of the same epoch are adjacent in a finished index. */
size_t dump_index_epoch_end(const struct dump_index *index, size_t record);

/* Add a new last element, all zero but for the path. False or NULL if there is
 * not enough memory. */
bool dump_index_add_file(struct dump_index *index, const char *path);
struct dump_array *dump_index_add_array(struct dump_index *index);

/* Keeps the first sources of an array. False without memory. */
bool dump_index_add_sources(struct dump_index *index, uint32_t array,
                            const struct dump_first_sources *sources);

/* The index's own layout whose bytes equal these; it is added if there is none.
 * NULL if there is not enough memory. */
struct dump_layout *dump_index_share(struct dump_index *index,
                                     const struct dump_layout *layout);

struct epoch_record *dump_index_add_record(struct dump_index *index);
char *dump_index_add_group(struct dump_index *index, const char *name);

/* Notes that a file, or a group of it (or NULL), is passed over. `reason` has
 * to be a constant. False if there is not enough memory. */
bool dump_index_pass(struct dump_index *index, const char *path,
                     const char *group, const char *reason);

/* Drops the records whose group is NULL, by which they are marked. */
void dump_index_drop_marked(struct dump_index *index);

/* Puts what is passed over in natural order. */
void dump_index_sort_passed(struct dump_index *index);

struct dump_choice *dump_index_add_choice(struct dump_index *index);
void dump_choice_free(const struct dump_choice *choice);

/* Reports to the index's watch, and every 1024th time to `grows`, that
 * discovery has found `count` groups or epoch records so far. */
void dump_index_grows(const struct dump_index *index, size_t count);

/* Which epochs are wanted. */
struct dump_epochs {
    int64_t first;
    int64_t last;
};

#define DUMP_ALL_EPOCHS ((struct dump_epochs){INT64_MIN, INT64_MAX})

/* Epochs are chosen by this alone: a state has to have the same ones as the
 * index of its dumps. */
static inline bool dump_epoch_is_wanted(struct dump_epochs wanted,
                                        int64_t epoch)
{
    return epoch >= wanted.first && epoch <= wanted.last;
}

/* Sets the `number` of each record. The first step of dump_index_finish(). */
void dump_index_enumerate(struct dump_index *index);

/*
 * Sorts the records by epoch, file and group, in natural order, drops the
 * epochs that are not wanted, and looks for contradictions between records:
 * different numbers of classes; some with ids and some without; several records
 * of one epoch without ids.
 */
bool dump_index_finish(struct dump_index *index, struct dump_epochs wanted,
                       struct error *error);

#endif
