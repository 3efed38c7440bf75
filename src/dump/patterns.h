/*
 * patterns.h - names of datasets with one `*` for the number of the epoch, or
 * of a part of it
 *
 * "logits_epoch_*" is the name of datasets in any group, "logits/epoch_*" of
 * those in a group "logits", and "/logits/epoch_*" only of those in the one at
 * the root.
 */
#ifndef DUMP_PATTERNS_H
#define DUMP_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_SIZE 512

/* What matched. */
struct pattern_match {
    size_t base;    /* length of the path before the pattern: of the group */
    char star[24];  /* the number, as it is written */
    int64_t number; /* the same */
};

/* Does a pattern match the path of a dataset, from the root? */
bool pattern_match(const char *pattern, const char *path,
                   struct pattern_match *match);

/* The path that a pattern has for the same group and number as a match with
 * `path`; false if it does not fit. */
bool pattern_fill(const char *pattern, const char *path,
                  const struct pattern_match *match, char *out, size_t size);

/* Replaces a whole word of a pattern by another: that of the logits by that of
 * the labels. False if it does not have the word. */
bool pattern_replace_word(const char *pattern, const char *word,
                          const char *other, char out[PATTERN_SIZE]);

/* Does the `*` stand for the number of a part of one epoch, as in
 * "logits_rank*", and not for that of an epoch? */
bool pattern_is_of_parts(const char *pattern);

/*
 * Makes a pattern of the path of a dataset that has a whole word (logits) in
 * its name, or in that of its group, and one number that may be an epoch's, or
 * a part's: "logits_epoch_*" of "/a/logits_epoch_3", "logits/e*" of
 * "/a/logits/e3", "logits_rank*" of "/logits_rank0". False if it is no such
 * path.
 */
bool pattern_guess(const char *path, const char *word, char out[PATTERN_SIZE]);

#endif
