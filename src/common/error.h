/*
 * error.h - why something went wrong, in one line
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* What the user can do about it. Options are not known here: src/cli has the
 * words for it. */
enum error_advice {
    ADVICE_NONE,
    ADVICE_NAME_LOGITS, /* choose the dataset of this role */
    ADVICE_NAME_LABELS,
    ADVICE_NAME_IDS,
    ADVICE_OTHER_IDS,              /* others, or row numbers */
    ADVICE_NOT_PROBABILITIES,      /* likewise of logits, but not these */
    ADVICE_NAME_IDS_OR_GROUP,      /* or choose a group */
    ADVICE_CHOOSE_GROUP_OR_IDS,    /* the same, the group first */
    ADVICE_NAME_IDS_OR_SCAN_APART, /* or scan one run at a time */
    ADVICE_CHOOSE_SPLIT,           /* choose a group, or take all of them */
    ADVICE_GROUPS_ARE_IDS,         /* are the groups' names the ids? */
    ADVICE_CHOOSE_GROUP,           /* choose a group, or a file */
    ADVICE_OTHER_GROUPS,           /* have others chosen */
    ADVICE_OTHER_EPOCHS,           /* have others chosen */
    ADVICE_SKIP_ROWS,              /* leave out rows that are damaged */
    ADVICE_SKIP_FILE,              /* or leave out the file */
    ADVICE_READ_LIVE,              /* read what its writer has completed */
    ADVICE_PROBABILITIES,          /* take their logarithms, or as they are */
    ADVICE_NO_PROBABILITIES,       /* do not take them for probabilities */
    ADVICE_WRITE_ARRAYS,           /* have the data written as arrays */
    ADVICE_TRUST,                  /* allow what only friends' dumps may */
    ADVICE_COUNT
};

/*
 * Functions that take one return false on failure and fill it in; who has
 * called them from src/cli prints it. `text` is "FILE: DATASET: what is wrong,
 * where; what to do", the last of which `advice` may stand for; `detail` is
 * what another library said, one line each, or "".
 */
struct error {
    char text[1400];
    char detail[1000];
    enum error_advice advice;
    bool no_dump; /* the file is whole, but no dump: in a folder of dumps, it is
                     passed over */
    bool of_rows; /* some rows are damaged; others may be whole */
    bool no_memory;   /* there was too little memory, and this is why */
    bool closed_pipe; /* the reader of a pipe has gone: nothing to report */
};

/* Of an error that is to be filled in: all but its text. */
void error_clear(struct error *error);

/* These all fill in an error, with no detail, and return false. Names that are
 * too long for the text lose their starts. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool error_set(struct error *error, const char *format, ...);

/* "out of memory" */
bool error_no_memory(struct error *error);

/* "WHAT: out of memory" */
bool error_no_memory_for(struct error *error, const char *what);

/* Gives an error its advice. */
bool error_advise(struct error *error, enum error_advice advice);

/* Marks an error as one of some rows. */
bool error_of_rows(struct error *error);

/* Replaces the text alone. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool error_set_text(struct error *error, const char *format, ...);

#endif
