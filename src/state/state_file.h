/*
 * state_file.h - what a scan has read so far, as a file
 *
 * An HDF5 file of columns (see columns.h): the epoch records that were read,
 * and of each sample what a tally holds.
 */
#ifndef STATE_STATE_FILE_H
#define STATE_STATE_FILE_H

#include "aum.h"
#include "state/fingerprint.h"
#include "dump/index.h"

/* A dump, as it was when it was read. */
struct state_dump {
    const char *path;
    uint64_t bytes;
    int64_t modified; /* nanoseconds since 1970 */
    uint64_t others;  /* digest of the other files that it is kept in */
};

/* An epoch record that was read. */
struct state_record {
    uint64_t dump; /* index into `dumps` */
    const char *group;
    const char *logits; /* paths of datasets */
    const char *labels;
    const char *ids; /* "": the row numbers */
    int64_t epoch;
    uint64_t slice;
    uint64_t rows;
    uint64_t classes;
    struct fingerprint print;
};

/* All but the samples. Texts are in `texts`, or belong to whoever made the
 * state. */
struct state {
    bool allow_relabel;
    bool probabilities;    /* margins are of their logarithms */
    struct dump_axes axes; /* count 0: the usual ones */
    struct dump_label_rules label_rules;
    uint64_t not_finite;         /* measurements left out */
    uint64_t skipped_rows;       /* with --keep-going */
    uint64_t not_finite_skipped; /* of both: with --strict as well */
    uint64_t ignored_rows;       /* left out for their labels */
    struct state_dump *dumps;
    size_t dump_count;
    struct state_record *records;
    size_t record_count;
    char *texts[2];
    struct dump_identity identity; /* of the file that it was read from */
};

/* Has no texts of its own. Free it either way. */
bool state_init(struct state *state, size_t dumps, size_t records,
                struct error *error);
void state_free(struct state *state);

/* Rows of all records. */
uint64_t state_rows(const struct state *state);

bool state_read(struct state *state, const char *path, struct dump_watch *watch,
                struct error *error);

/*
 * Adds the samples of a state to a tally, from the file that it was read from
 * and no other that has its name by now; order[i] is the number in the index
 * of its record i. Labels and suggestions are below label_classes.
 */
bool state_read_samples(const struct state *state, const char *path,
                        const uint32_t *order, size_t label_classes,
                        struct aum_tally *tally, struct dump_watch *watch,
                        struct error *error);

/*
 * Overwrites the file at `path`; messages speak of `name`. The tally numbers
 * records as an index does; record i there is record records[i] of the state.
 */
bool state_write(const struct state *state, const char *path, const char *name,
                 const struct aum_tally *tally, const uint32_t *records,
                 struct dump_watch *watch, struct error *error);

#endif
