/*
 * states.h - what earlier scans have read, and what this one leaves to later
 * ones
 *
 * A state has the epoch records that were read and what a tally holds of each
 * sample. One that is given as an input, or was left by a scan with the same
 * --state, is added to what is scanned, and what it has read already is not
 * read again.
 */
#ifndef STATE_STATES_H
#define STATE_STATES_H

#include <sys/stat.h>

#include "aum.h"
#include "ui/log.h"
#include "scan/scan_options.h"
#include "dump/index.h"
#include "scan/scan.h"
#include "system/supervisor.h"
#include "state/state_file.h"

/* A state that was read, but for its samples. */
struct loaded_state {
    char *path;
    struct state state;
    size_t first_record; /* the number of its first record, of all states' */
    bool unused;         /* another one has all of it */
};

/* What the states have of a record of the index. */
struct record_match {
    bool known;    /* one of them has what was read of it */
    bool absent;   /* likewise, and it was added from there */
    uint32_t kept; /* if known: the number of that record */
};

struct states {
    const char *own; /* the state to write; NULL: none */
    const struct scan_options *options;
    struct dump_axes axes; /* as the user has named them */
    double save_seconds;   /* least time between two writes; < 0: the usual */
    const char *reads_all; /* why this scan has to read all dumps, so that no
                            * state will do; or NULL */
    bool unwanted;         /* that is why matching has failed */
    const struct supervisor *supervisor; /* is told when a state is written
                                          * amid a scan; may be NULL */
    struct messages *messages;           /* for warnings and notes */
    struct error *error;                 /* filled in by functions that fail */
    struct dump_index *index;

    struct loaded_state *loaded; /* the own one first */
    size_t count;

    /* The own state as it was read or written last: what is there must still be
     * this when it is written. */
    struct stat seen;
    bool exists;

    struct record_match
        *matches;       /* by the records' numbers; NULL: none is known */
    size_t given_files; /* of the index; those after them are absent */

    /* Once the index is finished, by records. */
    unsigned char *marks; /* enum scan_mark */
    struct fingerprint *prints;
    bool changed;    /* since it was written last */
    double saved_at; /* seconds; likewise the next */
    double saving_took;
};

/* `own` may be NULL. All must outlive the states. */
void states_init(struct states *states, const char *own,
                 const struct scan_options *options, struct messages *messages,
                 struct error *error, struct dump_index *index);
void states_free(struct states *states);

/* Reads the own state, if there is one. This and the next are false with
 * an error. */
bool states_find_own(struct states *states);

/* Reads another one. */
bool states_add(struct states *states, const char *path);

/* Are there any, or is there to be one? Then samples are kept in such a way
 * that the threshold samples may be named later. */
bool states_in_use(const struct states *states);

/* The index is finished: finds out which records are to be read. */
bool states_mark(struct states *states);

/* Adds their samples to a tally. */
bool states_restore(struct states *states, size_t logit_classes,
                    struct aum_tally *tally);

/* Adds what they say of rows that were left out. */
void states_add_left_out(const struct states *states, uint64_t *not_finite,
                         uint64_t *skipped_rows, uint64_t *ignored_rows);

/* The file of a record, and the path of an array of the index, "" if there is
 * none: as states keep it. */
const struct dump_file *states_file_of(const struct states *states,
                                       const struct epoch_record *record);
const char *states_array_path(const struct states *states, uint32_t array);

/* The same of the ids of a record. */
const char *states_ids_path(const struct states *states,
                            const struct epoch_record *record);

/* Sees blocks as they are read, and ends of epochs, when the state is written
 * now and then. */
struct scan_observer states_observer(struct states *states);

/* Writes what is new once the scan is over. */
bool states_finish(struct states *states, const struct scan_result *result);

#endif
