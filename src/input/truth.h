/*
 * truth.h - a CSV of true labels -> a tally
 */
#ifndef INPUT_TRUTH_H
#define INPUT_TRUTH_H

#include "aum.h"
#include "common/error.h"

struct truth;

/*
 * Reads a CSV with the column `sample_id` and one of `true_label`,
 * `mislabeled`, true or false (or 1 or 0), and `label`, the true one too. Rows
 * without an id do not count. `path` is kept for messages. False with an error;
 * free *truth with truth_free() either way.
 */
bool truth_read(struct truth **truth, const char *path, struct error *error);
void truth_free(struct truth *truth); /* NULL is fine */

/* Tells the tally, whose ids are known by now. False with an error,
 * which is also due if the file names no sample of the tally. */
bool truth_tell(const struct truth *truth, struct aum_tally *tally,
                struct error *error);

#endif
