/*
 * names.h - what the names of files and groups tell
 */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* <0, 0 or >0: natural order, in which runs of digits count as numbers, so
 * that epoch_2 comes before epoch_10. Different strings are never equal. */
int names_compare(const char *a, const char *b);

/* What a name says of an epoch. */
enum names_epoch {
    NAMES_NO_EPOCH,
    NAMES_EPOCH,
    NAMES_FRACTION, /* epoch_0.5 */
    NAMES_EXPONENT, /* epoch_1e+06, which may be rounded; or is it epoch 1? */
    NAMES_TOO_LARGE /* not a number of 64 bits */
};

/*
 * The number after a keyword in the name of a file, without its suffix, or of a
 * group or folder: after "epoch" anywhere (epoch_3, epoch=3-step=1200), else
 * after "ep", "e" or "checkpoint" at the start of a word (ep03). The last one
 * counts. Those of max_epoch=100, num_epoch, steps_per_epoch and the like are
 * no epoch's number. "-" after the keyword separates; a second one, or one
 * after "_", "=" or ":", is a sign (epoch_-1, "epoch: -1").
 */
enum names_epoch names_epoch_after_keyword(const char *name, int64_t *epoch);

/* Does such a number stand in a name, be it one of an epoch or a fraction? */
static inline bool names_number_epoch(const char *name)
{
    int64_t unused;
    return names_epoch_after_keyword(name, &unused) != NAMES_NO_EPOCH;
}

#define NAMES_NUMBERS_MAX 8

/*
 * The numbers of a name that may be an epoch's without a keyword: not those
 * after words such as rank, shard or seed, not those that letters follow
 * (100ms) or that have an exponent (1e3), not those of a date or a time; signs
 * as above. Returns how many there are, up to NAMES_NUMBERS_MAX + 1, of which
 * no more than NAMES_NUMBERS_MAX are stored.
 */
size_t names_bare_numbers(const char *name, int64_t numbers[NAMES_NUMBERS_MAX]);

/* Is what stands in a name from `number` to `end` the number of a part of one
 * epoch, as in rank_0 and 0-of-4? */
bool names_is_part(const char *name, const char *number, const char *end);

/* Copies a name, but for the numbers after words for parts of one epoch (rank,
 * shard, part, worker, gpu, batch, ...). `out` has room for the name. */
void names_without_parts(const char *name, char *out);

/* The splits of the data that whole words of a name or path tell of, a bit for
 * each: train, val, eval, test and dev. "TrainLoader" has two words;
 * "testset", "trainloader" and "Xtrain" are such words, too. Those of test_acc,
 * val_loss and the like are not: they tell what was measured. */
unsigned names_splits(const char *name);

/* Only those that tell what was measured. */
unsigned names_measured_splits(const char *name);

/* The length of a file's name, which may be a path, without its suffix: of
 * "a/epoch_3.h5" that of "a/epoch_3". */
size_t names_without_suffix(const char *name);

/*
 * Does a pattern choose this group? One without "/" is matched with the names
 * of the group and of those above it ("train" chooses /train and
 * /train/epoch_3), one with "/" with their paths from the root. "/" is the
 * root alone.
 */
bool names_group_matches(const char *pattern, const char *group_path);

/* Does it choose this file, by its name with or without the suffix, or by those
 * of its folders? */
bool names_file_matches(const char *glob, const char *path);

#endif
