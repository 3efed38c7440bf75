/*
 * truth.h - a CSV of true labels -> a tally
 */
#ifndef INPUT_TRUTH_H
#define INPUT_TRUTH_H

#include "aum.h"
#include "common/class_labels.h"
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

/* Its samples; 0 for NULL. */
size_t truth_count(const struct truth *truth);

/* Sets the true labels of the samples of `verdicts` or, if that is NULL, of
 * `tally`; they are what `labels` call the classes. The ids have to be known by
 * now. False with an error, also if the file names none of the samples. */
bool truth_tell(const struct truth *truth, const struct class_labels *labels,
                struct aum_tally *tally, struct aum_verdicts *verdicts,
                struct error *error);

#endif
