/*
 * aum.h - find mislabeled training samples by the area under the margin
 *
 * The method: G. Pleiss, T. Zhang, E. Elenberg, K. Weinberger, "Identifying
 * Mislabeled Data using the Area Under the Margin Ranking", NeurIPS 2020
 * (called "the paper" below).
 *
 * The library works on memory alone; it opens no file and prints nothing.
 * A training loop calls aum_tally_update() once per batch and ranks whenever
 * it likes:
 *
 *     #include <aum.h>
 *     #include <inttypes.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         // Two epochs of two samples, three classes; 1 is mislabeled.
 *         static const float logits[2][2][3] = {
 *             {{3, 1, 0}, {0, 2, 1}}, {{4, 1, 0}, {0, 5, 1}}};
 *         static const int64_t targets[] = {0, 2}, ids[] = {7, 1};
 *         struct aum_tally *tally = aum_tally_create(NULL);
 *         if (tally == NULL)
 *             return 1;
 *         for (int epoch = 0; epoch < 2; epoch++) {
 *             struct aum_logits batch = {.data = logits[epoch],
 *                 .type = AUM_F32, .rows = 2, .classes = 3};
 *             if (aum_tally_update(tally, &batch, targets,
 *                     (struct aum_ids){AUM_IDS_INT64, ids}, NULL) != AUM_OK)
 *                 return 1;
 *         }
 *         struct aum_ranking *ranking = NULL;
 *         if (aum_ranking_create(tally, NULL, &ranking) != AUM_OK)
 *             return 1;
 *         struct aum_row row;
 *         for (size_t i = 0; i < aum_ranking_size(ranking); i++) {
 *             aum_ranking_row(ranking, i, &row);
 *             printf("%" PRId64 " %g\n", row.id.int64, row.aum);
 *         }
 *         aum_ranking_destroy(ranking);
 *         aum_tally_destroy(tally);
 *     }
 *
 * prints "1 -2.5" and "7 2.5".
 *
 * Conventions. No function keeps a pointer to its arguments unless it says
 * so. A tally may be used by one thread at a time; different tallies by
 * different threads. Functions that can fail return an enum aum_status and
 * leave their outputs unchanged unless it is AUM_OK or the text says otherwise.
 */
#ifndef AUM_H
#define AUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AUM_API __attribute__((visibility("default")))
#else
#define AUM_API
#endif

/* ---- Errors ------------------------------------------------------------ */

enum aum_status {
    AUM_OK = 0,
    AUM_NO_MEMORY,
    AUM_BAD_ARGUMENT,
    AUM_LABEL_OUT_OF_RANGE, /* a label is not one of 0..classes-1 */
    AUM_RELABELED,          /* a sample came again with another label */
    AUM_MIXED_IDS,          /* integer and string ids, or negative ids and
                               ids of 2^63 and more, in one tally */
    AUM_TOO_MANY_SAMPLES,   /* more than 2^32 - 2 of them, or more than
                               2^30 - 1 measurements of one */
    AUM_NO_THRESHOLD_SAMPLES
};

/* One line of English, never NULL, not to be freed. */
AUM_API const char *aum_strerror(enum aum_status status);

/* The library's version, as "1.0.0". */
AUM_API const char *aum_version(void);

/* The margin kernels in use, the best that this processor runs: "AVX-512",
 * "AVX2" or "portable". Their results are identical. */
AUM_API const char *aum_kernel_name(void);

/* Chooses other kernels, for tests and benchmarks; not while another thread is
 * measuring. Returns false, and changes nothing, if this processor does not run
 * them. */
AUM_API bool aum_kernel_select(const char *name);

/* ---- Margins ----------------------------------------------------------- */

/* "No class": as a label it means "leave this row out". */
#define AUM_NO_CLASS UINT32_MAX

/* Element types of logits, all in native byte order. */
enum aum_type {
    AUM_F16,  /* IEEE 754 binary16 */
    AUM_BF16, /* the upper half of a binary32 */
    AUM_F32,
    AUM_F64,
    AUM_I8,
    AUM_I16,
    AUM_I32,
    AUM_I64,
    AUM_U8,
    AUM_U16,
    AUM_U32,
    AUM_U64
};

/* Bytes per element; 0 for a value that is no aum_type. */
AUM_API size_t aum_type_size(enum aum_type type);

/*
 * A block of logits: `rows` rows of `classes` elements. Row i starts at
 * data + i * row_stride bytes; row_stride 0 means rows without gaps. The
 * data need only be aligned for their element type.
 *
 * With classes == 1 the model is binary and the one logit z is that of class
 * 1 against class 0: the same margins as the two logits (0, z), that is, +z
 * for label 1 and -z for label 0.
 */
struct aum_logits {
    const void *data;
    enum aum_type type;
    size_t rows;
    size_t classes;
    size_t row_stride;
};

/*
 * Measurements, one per row, as three arrays of the caller. The margin of
 * row i is assigned[i] - other[i] (the paper, section 3.1).
 *
 *   assigned     the assigned class's logit
 *   other        the largest logit of the other classes; NaN if any of them
 *                is NaN; -infinity in a model of a single class
 *   other_class  the class that holds `other`, the lowest on a tie. Given
 *                only if it beat the assigned class, AUM_NO_CLASS otherwise:
 *                suggested labels need no more, and finding it takes a second
 *                pass over the row.
 */
struct aum_measurements {
    double *assigned;
    double *other;
    uint32_t *other_class;
};

/* The number of classes that labels can name: 2 for one-logit models. */
AUM_API size_t aum_label_classes(size_t logit_classes);

/*
 * Measures whole rows. labels[i] is AUM_NO_CLASS (the row is left out: both
 * values NaN) or below aum_label_classes(logits->classes), which the caller
 * has checked; anything else is undefined.
 */
AUM_API void aum_measure(const struct aum_logits *logits,
                         const uint32_t *labels, struct aum_measurements out);

/*
 * The same for rows that arrive in pieces of adjacent classes, in any order:
 * clear once, then one call per piece, then finish once. A piece is the
 * classes first_class .. first_class + piece->classes - 1 of its rows; all
 * pieces of a row have elements of the same type.
 */
AUM_API void aum_measure_clear(struct aum_measurements out, size_t rows);
AUM_API void aum_measure_piece(const struct aum_logits *piece,
                               size_t first_class, const uint32_t *labels,
                               struct aum_measurements out);
AUM_API void aum_measure_finish(struct aum_measurements out, size_t rows);

/* ---- Samples ----------------------------------------------------------- */

enum aum_id_kind {
    AUM_IDS_INT64,  /* values: const int64_t * */
    AUM_IDS_UINT64, /* values: const uint64_t * */
    AUM_IDS_STRING  /* values: const char *const *, compared by bytes */
};

/* Sample ids of a batch, one per row, also of rows that are left out. Equal
 * numbers are equal ids, whichever of the two integer kinds they have. */
struct aum_ids {
    enum aum_id_kind kind;
    const void *values;
};

/* One sample id. A string belongs to the tally it came from. */
struct aum_id {
    enum aum_id_kind kind;
    int64_t int64;
    uint64_t uint64;
    const char *string;
};

struct aum_tally_options {
    /* How many samples to expect, 0 if unknown. Ids below about this number
     * index a plain array, others go through a hash table: a good estimate
     * saves time and memory, a bad one changes no result. */
    size_t expected_samples;
    /* Allow a sample's label to change; the last one (by `record`, then by
     * order of arrival) counts. Otherwise a change is an error. */
    bool allow_relabel;
    /* The extra class of the threshold samples (the paper, section 3.2), or
     * AUM_NO_CLASS. A measurement in which it won suggests no label. */
    uint32_t threshold_class;
    /* The threshold samples will be named later, by aum_tally_mark_threshold()
     * (their common label is then the threshold class) or by
     * aum_tally_set_threshold_class(). Takes 24 bytes per sample. */
    bool threshold_later;
};

/*
 * What has been measured of each sample: id, label, sum of margins, number of
 * measurements, worst margin, and how often which class won. The sums are
 * exact: the AUM is the correctly rounded mean of the margins, whatever the
 * order of the measurements and however they are divided among tallies. A
 * sample takes 72 bytes; integer ids that do not count from 0 take another 13
 * to 22, and margins outside 2^-27 .. 2^46 may take another 280.
 */
struct aum_tally;

/* options may be NULL: nothing expected, no threshold class. Returns NULL if
 * memory runs out. */
AUM_API struct aum_tally *
aum_tally_create(const struct aum_tally_options *options);
AUM_API void aum_tally_destroy(struct aum_tally *tally); /* NULL is fine */

/* A batch of measurements, one per row, to be added to a tally. */
struct aum_batch {
    size_t rows;
    struct aum_ids ids;
    const uint32_t *labels; /* AUM_NO_CLASS: the row is left out */
    struct aum_measurements measured;
    /* Where the rows come from, for allow_relabel and `shared` below: a
     * number that grows from record to record (a file, a shard, an epoch; below
     * 2^32 - 1), and the first record of the same epoch. */
    uint32_t record;
    uint32_t first_record;
    /* Leave out rows whose label changed and go on, rather than fail. */
    bool skip_relabeled;
    /* Outputs, one per row; each may be NULL. How many measurements the row's
     * sample has so far, including this one, and their mean; 0 and NaN for rows
     * that are left out. */
    uint32_t *counts_so_far;
    double *aums_so_far;
};

/* What happened to the rows of a batch, which are counted from 0. */
struct aum_batch_report {
    size_t not_finite; /* rows left out because their margin is not finite */
    size_t first_not_finite;
    size_t relabeled; /* rows whose sample had another label before */
    size_t first_relabeled;
    uint32_t old_label; /* the earlier label of row first_relabeled */
    size_t
        shared; /* rows whose sample is also in another record of this epoch */
    size_t repeated; /* rows whose sample came before in the same record */
};

/*
 * Adds a batch. `report` may be NULL. On AUM_RELABELED, the rows before
 * report->first_relabeled have been added.
 */
AUM_API enum aum_status aum_tally_add(struct aum_tally *tally,
                                      const struct aum_batch *batch,
                                      struct aum_batch_report *report);

/*
 * Measures and adds a batch in one call. This is what a training loop needs,
 * and what the Python package `aum` calls update(logits, targets, sample_ids).
 * targets[i] is the assigned label of row i. On AUM_LABEL_OUT_OF_RANGE (then
 * nothing has been added) and AUM_RELABELED, *bad_row is the row at fault;
 * bad_row may be NULL.
 */
AUM_API enum aum_status aum_tally_update(struct aum_tally *tally,
                                         const struct aum_logits *logits,
                                         const int64_t *targets,
                                         struct aum_ids ids, size_t *bad_row);

/*
 * Adds all of `from`, which does not change, to `into`. The result is the same
 * as if every batch had been added to one tally (with allow_relabel, as if
 * from's records were numbered like into's). After an error, `into` can only be
 * destroyed.
 */
AUM_API enum aum_status aum_tally_merge(struct aum_tally *into,
                                        const struct aum_tally *from);

/* Raises options.expected_samples to `samples` if it was less. */
AUM_API void aum_tally_expect(struct aum_tally *tally, size_t samples);

/* The number of samples, including those without a finite margin. */
AUM_API size_t aum_tally_samples(const struct aum_tally *tally);

/* The kind of the tally's ids: AUM_IDS_UINT64 if some are 2^63 or more,
 * AUM_IDS_INT64 for other integers, and while there are no samples. */
AUM_API enum aum_id_kind aum_tally_id_kind(const struct aum_tally *tally);

/* Makes the samples with these ids threshold samples. *found counts the ids
 * that are samples of the tally, whether or not they were marked before. */
AUM_API enum aum_status aum_tally_mark_threshold(struct aum_tally *tally,
                                                 struct aum_ids ids, size_t n,
                                                 size_t *found);

/* Makes the samples with this label threshold samples, as if the tally had been
 * created with this threshold_class. AUM_BAD_ARGUMENT without
 * threshold_later. */
AUM_API enum aum_status aum_tally_set_threshold_class(struct aum_tally *tally,
                                                      uint32_t class_number);

/*
 * Takes a snapshot of a tally's measurements, in place of any earlier one.
 * Takes 72 bytes per sample (96 with threshold_later). AUM_BAD_ARGUMENT if
 * there are no samples or the tally is frozen.
 */
AUM_API enum aum_status aum_tally_snapshot(struct aum_tally *tally);

/* Goes back to the snapshot and frees it: all later measurements are forgotten.
 * Threshold samples and true labels stay. AUM_BAD_ARGUMENT if there is no
 * snapshot. */
AUM_API enum aum_status aum_tally_rollback(struct aum_tally *tally);

/* Frees the memory that only adding, marking threshold samples and setting
 * true labels need; these fail with AUM_BAD_ARGUMENT from here on. */
AUM_API void aum_tally_freeze(struct aum_tally *tally);

/* ---- Tallies as columns ------------------------------------------------ */

#define AUM_SUM_WORDS 2
#define AUM_WIDE_SUM_WORDS 34
#define AUM_VOTES 5
#define AUM_VOTES_VOID UINT32_MAX

/*
 * Samples of a tally as plain columns, one element per sample. They can be
 * written to a file or sent to another process, and be added to a tally again,
 * in any order, as all sums are exact. The arrays are the caller's, or come
 * from aum_columns_create().
 */
struct aum_columns {
    enum aum_id_kind id_kind;
    uint64_t *id_numbers;    /* of AUM_IDS_INT64 the bits of an int64_t */
    const char **id_strings; /* the tally's; only one of the two is in use */
    uint32_t *labels;
    uint32_t *measurements;
    uint32_t *records; /* of the newest row, see aum_batch.record */
    /* The sum of the margins: AUM_SUM_WORDS words in two's complement, the
     * lowest first, whose lowest bit weighs 2^-80. */
    uint64_t *sums;
    /* 1: the sum is in `wide_sums` instead, which has AUM_WIDE_SUM_WORDS words,
     * the lowest bit weighing 2^-1074, for each such sample, in order. */
    uint8_t *wide;
    uint64_t *wide_sums;
    size_t wide_count;
    /* [0]: the class that beat the assigned one by the most, AUM_NO_CLASS if
     * none did, and the margin of that measurement. [1]: the same among all
     * other classes, which only a tally with threshold_later knows. */
    uint32_t *suggested[2];
    double *worst[2];
    /* The classes that beat the assigned one, and at how many measurements, in
     * no particular order: AUM_VOTES words each, of which those that are not in
     * use come last and have 0 votes. The fifth is in use only in a tally with
     * threshold_later. AUM_VOTES_VOID as the first count, the other votes being
     * 0: so many classes did that they were not counted. */
    uint32_t *vote_classes;
    uint32_t *votes;
};

/* Arrays with room for so many samples and wide sums, all zero. NULL without
 * memory. */
AUM_API struct aum_columns *aum_columns_create(size_t room);

AUM_API void aum_columns_destroy(struct aum_columns *columns);

/* Those of the arrays with as many numbers for each sample, so that a file
 * format need not name them one by one. Ids and wide sums are not among them.
 */
enum aum_column {
    AUM_COLUMN_LABELS,
    AUM_COLUMN_MEASUREMENTS,
    AUM_COLUMN_RECORDS,
    AUM_COLUMN_SUMS,
    AUM_COLUMN_WIDE,
    AUM_COLUMN_SUGGESTED,
    AUM_COLUMN_WORST,
    AUM_COLUMN_SECOND_SUGGESTED,
    AUM_COLUMN_SECOND_WORST,
    AUM_COLUMN_VOTE_CLASSES,
    AUM_COLUMN_VOTES,
    AUM_COLUMN_COUNT
};

struct aum_column_type {
    const char *name;
    enum aum_type type; /* AUM_U8, AUM_U32, AUM_U64 or AUM_F64 */
    size_t words;       /* numbers per sample */
};

/* NULL if there is no such column. */
AUM_API const struct aum_column_type *aum_column_type(enum aum_column column);

/* The array of a column; NULL if there is no such column. */
AUM_API void *aum_columns_values(const struct aum_columns *columns,
                                 enum aum_column column);

/*
 * Writes up to `room` samples to columns that have room for as many samples and
 * wide sums, and returns how many it wrote; 0 means that none are left. *cursor
 * is 0 for the first call. The columns do not say which samples are threshold
 * samples.
 */
AUM_API size_t aum_tally_export(const struct aum_tally *tally, size_t *cursor,
                                size_t room, struct aum_columns *columns);

/*
 * Can these be the votes of a sample? Classes with votes come first, none is
 * there twice, that of the worst margin is there, and there are no more votes
 * than measurements.
 */
AUM_API bool aum_columns_votes_add_up(const struct aum_columns *columns,
                                      size_t row);

/*
 * Adds `count` samples of another tally to this one. On AUM_RELABELED, *bad_row
 * is the sample at fault and *old_label its earlier label; bad_row may be NULL.
 * AUM_BAD_ARGUMENT means that no tally can have exported these columns. After
 * an error, the tally can only be destroyed.
 */
AUM_API enum aum_status aum_tally_import(struct aum_tally *tally,
                                         const struct aum_columns *columns,
                                         size_t count, size_t *bad_row,
                                         uint32_t *old_label);

/* ---- Planning ---------------------------------------------------------- */

/* The number of threshold samples of one run: N / (C + 1), rounded down (the
 * paper, section 3.2). */
AUM_API size_t aum_threshold_set_size(size_t samples, size_t classes);

/*
 * Draws `sets` disjoint sets of `size` samples each from samples 0 ..
 * samples - 1. rows[0 .. size - 1] becomes the first set, in ascending order,
 * and so on. AUM_BAD_ARGUMENT if there are too few samples.
 *
 * The same seed gives the same sets on every machine. The generator is
 * Philox4x64-10 (Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy
 * as 1, 2, 3", 2011) with key (seed, 0) and the counter from 1 on: the words of
 * numpy.random.Philox(key=seed).random_raw(). For i = 0, 1, ... the i-th
 * sample drawn is swapped with that at i + w mod (samples - i), where w is
 * the next word that is not below 2^64 mod (samples - i).
 */
AUM_API enum aum_status aum_draw_threshold_sets(size_t samples, size_t sets,
                                                size_t size, uint64_t seed,
                                                uint64_t *rows);

/* ---- Cutoff ------------------------------------------------------------ */

/* A percentile, exactly: numerator / denominator percent. */
struct aum_percentile {
    uint64_t numerator;
    uint64_t denominator;
};

/* Parses a decimal such as "99" or "97.5", with at most 15 digits after the
 * point. Returns false unless 0 < P < 100. */
AUM_API bool aum_percentile_parse(const char *text, struct aum_percentile *out);

/* floor(k * (100 - P) / 100), in exact arithmetic. */
AUM_API size_t aum_cutoff_place(size_t k, struct aum_percentile percentile);

/*
 * How far the cutoff of k threshold samples may be from that of infinitely
 * many, the exact percentile: between which places among the k AUMs in
 * descending order it lies. The number M of AUMs above it has the binomial
 * distribution of k trials with the probability (100 - P) / 100, and the AUM at
 * place M is the highest that is not above it (order statistics: H. A. David, H. N. Nagaraja,
 * "Order Statistics", 3rd ed. 2003, section 7.1). The interval is the
 * equal-tailed one of M:
 *
 *     *first   the lowest number with P(M <= *first) >= 0.025, but at most
 *              aum_cutoff_place()
 *     *last    the lowest number with P(M <= *last) >= 0.975
 *
 * as scipy.stats.binom.interval(0.95, k, (100 - P) / 100) computes it. The
 * percentile is not below the AUM at place *last with a probability of 97.5%,
 * and below the one before place *first with 97.5%. If *first is 0, there is
 * none before it, and the percentile may be above all AUMs: for k = 163 and
 * P = 99, with a probability of 0.99^163 = 0.19. Where k is too small for P,
 * *last is k, and there is no AUM at this place.
 */
AUM_API void aum_cutoff_interval(size_t k, struct aum_percentile percentile,
                                 size_t *first, size_t *last);

/* Such an interval, with the AUMs at its ends. */
struct aum_interval {
    size_t first;
    size_t last;
    double highest; /* the AUM at `first` */
    double lowest;  /* that at `last`; NaN if there is none */
};

struct aum_cutoff {
    double aum;               /* a sample is flagged if its AUM is below */
    size_t threshold_samples; /* k, those with an AUM */
    size_t place; /* 0-based, among their AUMs in descending order */
    /* The extra class, which suggests nothing; AUM_NO_CLASS if they have
     * several labels, or most samples with their label are none of them. */
    uint32_t threshold_class;
    struct aum_interval interval; /* that of aum_cutoff_interval() */
};

/*
 * The cutoff that the threshold samples set: a sample is flagged if its AUM is
 * strictly below more than (100 - P)% of the threshold samples' AUMs (the
 * paper's section 3.2 as its authors' replication code computes it).
 * AUM_NO_THRESHOLD_SAMPLES if none has an AUM.
 */
AUM_API enum aum_status
aum_cutoff_from_threshold(const struct aum_tally *tally,
                          struct aum_percentile percentile,
                          struct aum_cutoff *out);

/* What labels the threshold samples have: training has given them an extra
 * class. */
struct aum_threshold_labels {
    uint32_t label; /* that of aum_tally_options, or the one that all of them
                       have; AUM_NO_CLASS if there is none */
    bool several;   /* they have more than one */
    size_t samples; /* of those named by aum_tally_mark_threshold() */
    size_t others;  /* samples with that label which are not */
};

AUM_API struct aum_threshold_labels
aum_tally_threshold_labels(const struct aum_tally *tally);

/* Writes up to `room` of the threshold samples' AUMs to `aums`, in no
 * particular order. Returns how many there are. */
AUM_API size_t aum_tally_threshold_aums(const struct aum_tally *tally,
                                        double *aums, size_t room);

/*
 * What flags the samples of a run: those of assigned class c are flagged if
 * their AUM is strictly below by_class[c], or strictly below `aum` if c is not
 * below `classes`. NaN flags nothing.
 */
struct aum_cutoffs {
    double aum;
    const double *by_class; /* NULL if `classes` is 0 */
    size_t classes;
};

/* Counts the samples that would be ranked, and those of them that cutoffs
 * flag. */
AUM_API void aum_tally_count_flagged(const struct aum_tally *tally,
                                     const struct aum_cutoffs *cutoffs,
                                     size_t *ranked, size_t *flagged);

/* ---- Cutoffs without threshold samples --------------------------------- */

/*
 * How numbers fall into two groups. Of the n - 1 ways to cut them in ascending
 * order into the k lowest and the rest, the best is that with the largest
 * variance between the two groups (N. Otsu, "A Threshold Selection Method from
 * Gray-Level Histograms", IEEE Trans. SMC 9, 1979, on the numbers themselves):
 *
 *     w = k / n,  m = mean of all,  S = sum of the k lowest
 *     between(k) = (m w - S / n)^2 / (w (1 - w))
 *
 * the lowest such k on a tie. All is computed in doubles as written, sums in
 * ascending order; numbers beyond 2^400 and below 2^-400 are scaled by a power
 * of two before.
 */
struct aum_split {
    /* Halfway between the two numbers around the cut; NaN if there is none,
     * as all numbers are equal. */
    double at;
    /* between(k) divided by the population variance of all: from 0 (no
     * groups) to 1 (two values). 2 / pi = 0.64 for a normal distribution. */
    double effect;
};

/* Splits n numbers in ascending order. */
AUM_API struct aum_split aum_split_find(const double *ascending, size_t n);

/* Classes with fewer samples have no split of their own. */
#define AUM_SPLIT_SAMPLES_MIN 20

/*
 * The splits of a tally's AUMs, class by class: each class has samples that its
 * label fits, and others with lower AUMs. Threshold samples are left out.
 * Takes 16 bytes per sample, and 48 per class.
 */
struct aum_splits;

/* NULL if memory runs out. */
AUM_API struct aum_splits *aum_splits_create(void);
AUM_API void aum_splits_destroy(struct aum_splits *splits); /* NULL is fine */

/* Finds the splits of a tally as it is now, in place of any earlier ones. */
AUM_API enum aum_status aum_splits_find(struct aum_splits *splits,
                                        const struct aum_tally *tally);

/*
 * How clearly the groups separate: the mean of the effects of the classes with
 * AUM_SPLIT_SAMPLES_MIN samples and more, weighted by their samples. Without
 * such a class, the effect of all samples as one.
 */
AUM_API double aum_splits_effect(const struct aum_splits *splits);

/*
 * The cutoffs that the splits suggest: of each class its split, of those with
 * fewer samples that of all samples, but none above 0, where the assigned label
 * wins on average. `out` points to memory of `splits`, until they change.
 */
AUM_API void aum_splits_cutoffs(struct aum_splits *splits,
                                struct aum_cutoffs *out);

/* ---- Several runs ------------------------------------------------------ */

/*
 * A run cannot judge its own threshold samples, so the paper trains again with
 * others (section 3.2). Verdicts collect what several runs, one after another,
 * say of each sample. A sample's AUM is the mean of its AUMs in the runs that
 * judge it, which are those in which it is no threshold sample. Takes 152 bytes
 * per sample. A run's tally is not needed any more once it has been added.
 */
struct aum_verdicts;

/* When several runs flag a sample. */
enum aum_combine {
    AUM_COMBINE_ANY,      /* if any run that judges it does */
    AUM_COMBINE_MAJORITY, /* if more than half of these runs do */
    /* if the sum of AUM - cutoff over these runs is below 0; those without a
     * cutoff for it are left out */
    AUM_COMBINE_MEAN
};

/* Returns NULL if memory runs out. */
AUM_API struct aum_verdicts *aum_verdicts_create(size_t expected_samples);
AUM_API void
aum_verdicts_destroy(struct aum_verdicts *verdicts); /* NULL is fine */

/* How a run judges samples. */
struct aum_judge {
    const struct aum_cutoffs *cutoffs; /* NULL: nothing is flagged */
    /* Other cutoffs to try, in ascending order; see aum_row.step. */
    const double *steps;
    size_t step_count;
};

struct aum_run_report {
    size_t judged;  /* samples that the run judges */
    size_t flagged; /* those of them that it flags */
    size_t threshold_samples;
    size_t shared; /* of both kinds, those that an earlier run has, too */
    /* On AUM_RELABELED: a sample whose label differs from that in an earlier
     * run that judges it. A string belongs to the run's tally. */
    struct aum_id relabeled;
    uint32_t label;
    uint32_t old_label;
};

/* Adds the verdicts of a run. After an error, `verdicts` can only be
 * destroyed. */
AUM_API enum aum_status aum_verdicts_add_run(struct aum_verdicts *verdicts,
                                             const struct aum_tally *run,
                                             const struct aum_judge *judge,
                                             struct aum_run_report *report);

/* Counts the samples that are threshold samples in each run in which they have
 * an AUM. The first `room` of their ids go to `ids`; strings belong to
 * `verdicts`. */
AUM_API size_t aum_verdicts_never_judged(const struct aum_verdicts *verdicts,
                                         struct aum_id *ids, size_t room);

/*
 * Spearman's rank correlation of the AUMs of two runs, over the samples that
 * both judge; equal AUMs have the mean of their ranks. NaN if there are fewer
 * than two, or all AUMs of a run are equal. Takes 48 bytes per such sample
 * while it runs. Samples that more or fewer than two runs judge are left out.
 */
AUM_API enum aum_status
aum_verdicts_rank_correlation(const struct aum_verdicts *verdicts, double *out);

/* The kind of the samples' ids, as aum_tally_id_kind() gives it. */
AUM_API enum aum_id_kind
aum_verdicts_id_kind(const struct aum_verdicts *verdicts);

/* Frees the memory that only adding runs and setting true labels need; both
 * fail with AUM_BAD_ARGUMENT from here on. */
AUM_API void aum_verdicts_freeze(struct aum_verdicts *verdicts);

/* ---- Truth ------------------------------------------------------------- */

/* Used in place of a true label if it is only known whether the assigned label
 * is correct. */
#define AUM_TRUTH_CORRECT (UINT32_MAX - 1)
#define AUM_TRUTH_MISLABELED (UINT32_MAX - 2)

/* Sets the true labels of samples. *found counts the ids that are samples of
 * the tally. Takes 4 bytes per sample. */
AUM_API enum aum_status aum_tally_set_truth(struct aum_tally *tally,
                                            struct aum_ids ids, size_t n,
                                            const uint32_t *true_labels,
                                            size_t *found);
AUM_API enum aum_status aum_verdicts_set_truth(struct aum_verdicts *verdicts,
                                               struct aum_ids ids, size_t n,
                                               const uint32_t *true_labels,
                                               size_t *found);

/* ---- Ranking ----------------------------------------------------------- */

struct aum_row {
    size_t rank; /* from 1 */
    struct aum_id id;
    uint32_t label;
    double aum;
    uint32_t measurements;
    bool flagged;
    /* The class, except the threshold class, that beat the assigned label at
     * the most measurements, the lowest on a tie; AUM_NO_CLASS if none ever
     * did. Up to four classes per sample are counted. Where more won, it is the
     * one that won by the most at any one measurement. */
    uint32_t suggested_label;
    /* At which share of the measurements it won; NaN if that is not known. */
    double suggested_share;
    /* How many runs judge the sample, and how many of them flag it. In the
     * ranking of a tally, 1, and 0 or 1. In one of verdicts, `measurements` is
     * the total of these runs. */
    uint32_t runs;
    uint32_t runs_flagged;
    /* The population standard deviation of the AUMs of these runs; NaN if there
     * is only one, or if their squares do not fit a double. */
    double aum_sd;
    /* In a ranking of verdicts, the lowest of the judge's steps by which a run
     * flags the sample; step_count or more if none does. */
    uint32_t step;
    /* AUM_NO_CLASS if it has not been set. */
    uint32_t true_label;
};

/*
 * All samples with an AUM except the threshold samples, lowest AUM first, ties
 * by id (numbers as numbers, strings by bytes). Takes 12 bytes per sample.
 */
struct aum_ranking;

/* Ranks the samples of a tally. `cutoffs` may be NULL: nothing is flagged. The
 * tally must outlive the ranking and not change meanwhile; the cutoffs are
 * copied. The caller destroys *out. */
AUM_API enum aum_status aum_ranking_create(const struct aum_tally *tally,
                                           const struct aum_cutoffs *cutoffs,
                                           struct aum_ranking **out);

/* Ranks all samples of a tally with an AUM, including the threshold samples;
 * nothing is flagged. */
AUM_API enum aum_status aum_ranking_create_whole(const struct aum_tally *tally,
                                                 struct aum_ranking **out);

/* Ranks the samples that at least one run judges. The same rules hold for
 * `verdicts` as for a tally. */
AUM_API enum aum_status
aum_ranking_create_from_verdicts(const struct aum_verdicts *verdicts,
                                 enum aum_combine combine,
                                 struct aum_ranking **out);

AUM_API void aum_ranking_destroy(struct aum_ranking *ranking);

AUM_API size_t aum_ranking_size(const struct aum_ranking *ranking);

/* How many samples are flagged. They are the first ones in the ranking of a
 * tally with one cutoff for all classes. */
AUM_API size_t aum_ranking_flagged(const struct aum_ranking *ranking);

/* Has any sample, ranked or not, an integer id beyond 2^53 in size? Programs
 * that keep numbers as doubles, as most do that read JSON, cannot tell such ids
 * apart. */
AUM_API bool aum_ranking_has_wide_ids(const struct aum_ranking *ranking);

/* Row `index`, counted from 0. */
AUM_API void aum_ranking_row(const struct aum_ranking *ranking, size_t index,
                             struct aum_row *out);

/* Rows first .. first + count - 1; faster than one by one. */
AUM_API void aum_ranking_rows(const struct aum_ranking *ranking, size_t first,
                              size_t count, struct aum_row *rows);

/* ---- Evaluation -------------------------------------------------------- */

/* Whether a ranked sample is in truth mislabeled; false also if this is not
 * known (true_label == AUM_NO_CLASS). */
AUM_API bool aum_row_is_mislabeled(const struct aum_row *row);

/*
 * How well flags and ranking find mislabeled samples, among the ranked samples
 * whose truth is known. A ratio whose denominator is 0 is NaN.
 */
struct aum_evaluation {
    size_t samples; /* with known truth */
    size_t mislabeled;
    size_t flagged;
    size_t flagged_mislabeled;
    double precision; /* share of the flagged samples that are mislabeled */
    double recall;    /* share of the mislabeled samples that are flagged */
    double f1;        /* harmonic mean of the two */
    /* The probability that a mislabeled sample has a lower AUM than a correct
     * one; equal AUMs count half. */
    double auroc;
    /* Mean precision over the mislabeled samples, in ascending order of AUM;
     * samples with equal AUMs form one step. */
    double average_precision;
};

AUM_API void aum_ranking_evaluate(const struct aum_ranking *ranking,
                                  struct aum_evaluation *out);

#ifdef __cplusplus
}
#endif

#endif
