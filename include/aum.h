/*
 * aum.h - find mislabeled training samples by the area under the margin
 *
 * The method: G. Pleiss, T. Zhang, E. Elenberg, K. Weinberger, "Identifying
 * Mislabeled Data using the Area Under the Margin Ranking", NeurIPS 2020
 * (called "the paper" below).
 *
 * The library works on memory alone; it opens no file and prints nothing.
 * A training loop calls aum_tally_update() once a batch and ranks when it
 * likes:
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
 * leave their outputs untouched unless it is AUM_OK or the text says more.
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
    AUM_RELABELED,          /* a sample came back with another label */
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

/* Which of the margin kernels this processor gets: "AVX-512", "AVX2" or
 * "portable". All measure the same. */
AUM_API const char *aum_kernel_name(void);

/* Chooses one of them, for tests and measurements; not while another thread is
 * measuring. False, and nothing changes, if this processor does not have it. */
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
 *   other_class  the class that holds `other`, the lowest on a tie. Kept only
 *                when it beat the assigned class, AUM_NO_CLASS otherwise: that
 *                is all that a suggested label asks for, and looking for it
 *                costs a second pass over the row.
 */
struct aum_measurements {
    double *assigned;
    double *other;
    uint32_t *other_class;
};

/* The number of classes that labels may name: 2 for one-logit models. */
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
 * classes first_class .. first_class + piece->classes - 1 of its rows.
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

/* Sample ids of a batch, one per row. Equal numbers are equal ids, whichever
 * of the two integer kinds they came in. */
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
     * are counted in a plain array, all others through a hash table: a right
     * guess saves time and memory, a wrong one changes no result. */
    size_t expected_samples;
    /* Let a sample's label change; the last one (by `part`, then by order of
     * arrival) is kept. Otherwise a change is an error. */
    bool allow_relabel;
    /* The extra class of the threshold samples (the paper, section 3.2), or
     * AUM_NO_CLASS. Measurements that it won suggest no label. */
    uint32_t threshold_class;
    /* The threshold samples will be named later, by aum_tally_mark_threshold()
     * (their common label then is the threshold class) or by
     * aum_tally_set_threshold_class(). Costs 16 bytes a sample. */
    bool threshold_later;
};

/*
 * What has been measured of each sample: id, label, sum of margins, number
 * of measurements, worst margin. The sums are exact: whatever the order of
 * the measurements or their division among tallies, the AUM is the correctly
 * rounded mean of the margins. A sample takes 40 bytes, integer ids that do
 * not count from 0 another 13 to 22; margins outside 2^-27 .. 2^46 may take a
 * sample 280 bytes more.
 */
struct aum_tally;

/* options may be NULL: nothing expected, no threshold class. Returns NULL
 * without memory. */
AUM_API struct aum_tally *
aum_tally_create(const struct aum_tally_options *options);
AUM_API void aum_tally_destroy(struct aum_tally *tally); /* NULL is fine */

/* A batch of measurements, one row each, to be added to a tally. */
struct aum_batch {
    size_t rows;
    struct aum_ids ids;
    const uint32_t *labels; /* AUM_NO_CLASS: the row is left out */
    struct aum_measurements measured;
    /* Where the rows come from, for allow_relabel and `shared` below: a
     * number that grows from part to part (a file, a shard, an epoch; below
     * 2^32 - 1), and the first part of the same epoch. */
    uint32_t part;
    uint32_t epoch_part;
    /* Leave out rows whose label changed and go on, rather than fail. */
    bool skip_relabeled;
    /* May be NULL, both: out, one a row: its sample's measurements so far, this
     * row's included, and their mean. 0 and NaN for rows that are left out. */
    uint32_t *counts_so_far;
    double *aums_so_far;
};

/* What happened to a batch; the rows are the batch's, counted from 0. */
struct aum_batch_report {
    size_t not_finite; /* rows left out because their margin is not finite */
    size_t first_not_finite;
    size_t relabeled; /* rows whose label was another one before */
    size_t first_relabeled;
    uint32_t old_label; /* the earlier label of row first_relabeled */
    size_t shared; /* rows whose sample another part of this epoch has too */
};

/*
 * Adds a batch. `report` may be NULL. On AUM_RELABELED, the rows before
 * report->first_relabeled have been added.
 */
AUM_API enum aum_status aum_tally_add(struct aum_tally *tally,
                                      const struct aum_batch *batch,
                                      struct aum_batch_report *report);

/*
 * Measures and adds a batch in one call: what a training loop needs, and what
 * the Python package `aum` calls update(logits, targets, sample_ids).
 * targets[i] is the assigned label. On AUM_LABEL_OUT_OF_RANGE (nothing has
 * been added) and AUM_RELABELED, *bad_row (may be NULL) is the row at fault.
 */
AUM_API enum aum_status aum_tally_update(struct aum_tally *tally,
                                         const struct aum_logits *logits,
                                         const int64_t *targets,
                                         struct aum_ids ids, size_t *bad_row);

/*
 * Adds all of `from`, which stays as it is, to `into`: the same as if every
 * batch had gone into one tally (with allow_relabel, as if from's parts were
 * numbered like into's). On error `into` is fit only to be destroyed.
 */
AUM_API enum aum_status aum_tally_merge(struct aum_tally *into,
                                        const struct aum_tally *from);

/* So many samples are to be expected by now, or more: raises what
 * options.expected_samples said. */
AUM_API void aum_tally_expect(struct aum_tally *tally, size_t samples);

/* How many samples there are, those without a finite margin included. */
AUM_API size_t aum_tally_samples(const struct aum_tally *tally);

/* What the tally's ids are: AUM_IDS_UINT64 if some are 2^63 or more,
 * AUM_IDS_INT64 for other integers (and while there are none). */
AUM_API enum aum_id_kind aum_tally_id_kind(const struct aum_tally *tally);

/* Makes the samples with these ids threshold samples. *found counts those
 * that the tally holds (an id given twice counts once). */
AUM_API enum aum_status aum_tally_mark_threshold(struct aum_tally *tally,
                                                 struct aum_ids ids, size_t n,
                                                 size_t *found);

/* Makes the samples with this label threshold samples, as if threshold_class
 * had been so from the start. AUM_BAD_ARGUMENT without threshold_later. */
AUM_API enum aum_status aum_tally_set_threshold_class(struct aum_tally *tally,
                                                      uint32_t class_number);

/*
 * Keeps a tally's measurements as they are now, in place of what was kept
 * before; takes 40 bytes a sample (56 with threshold_later). What is added
 * later does not touch them.
 */
AUM_API enum aum_status aum_tally_keep(struct aum_tally *tally);

/* Forgets all measurements that came after aum_tally_keep(), and what it keeps.
 * AUM_BAD_ARGUMENT if nothing was kept. */
AUM_API enum aum_status aum_tally_restore(struct aum_tally *tally);

/* Gives back the memory that only adding and marking need; both fail with
 * AUM_BAD_ARGUMENT from here on. */
AUM_API void aum_tally_seal(struct aum_tally *tally);

/* ---- Tallies as columns ------------------------------------------------ */

#define AUM_SUM_WORDS 2
#define AUM_WIDE_SUM_WORDS 34

/*
 * Samples of a tally as plain columns, an element each, in arrays of the
 * caller: what can be written down, or sent to another process, and be added to
 * a tally again. All sums are exact, so that this may be done in any order.
 */
struct aum_columns {
    enum aum_id_kind id_kind;
    uint64_t *id_numbers;    /* of AUM_IDS_INT64 the bits of an int64_t */
    const char **id_strings; /* the tally's; one of the two is in use */
    uint32_t *labels;
    uint32_t *measurements;
    uint32_t *parts; /* where the newest row is from, see aum_batch.part */
    /* The sum of the margins: AUM_SUM_WORDS words in two's complement, the
     * lowest first, whose lowest bit weighs 2^-80. */
    uint64_t *sums;
    /* 1: the sum is in `wide_sums` instead, with AUM_WIDE_SUM_WORDS words whose
     * lowest bit weighs 2^-1074. Such sums follow one another there. */
    uint8_t *wide;
    uint64_t *wide_sums;
    size_t wide_count;
    /* The class that won by the most, AUM_NO_CLASS if none did, and the margin
     * at which; then the same of all other classes, which only a tally with
     * threshold_later knows. */
    uint32_t *suggested[2];
    double *worst[2];
};

/*
 * Writes up to `room` samples to columns with room for so many (wide sums, too)
 * and returns how many. *cursor is 0 for the first call; none are left when it
 * returns 0. Which samples are threshold samples is not told.
 */
AUM_API size_t aum_tally_export(const struct aum_tally *tally, size_t *cursor,
                                size_t room, struct aum_columns *columns);

/*
 * Adds `count` samples of another tally to this one. On AUM_RELABELED, *bad_row
 * (may be NULL) is the sample at fault, and *old_label what it had before.
 * AUM_BAD_ARGUMENT: no tally can have exported that. On error the tally is fit
 * only to be destroyed.
 */
AUM_API enum aum_status aum_tally_import(struct aum_tally *tally,
                                         const struct aum_columns *columns,
                                         size_t count, size_t *bad_row,
                                         uint32_t *old_label);

/* ---- Planning ---------------------------------------------------------- */

/* Threshold samples of one run: N / (C + 1), rounded down (the paper, section
 * 3.2). */
AUM_API size_t aum_threshold_set_size(size_t samples, size_t classes);

/*
 * Draws `sets` sets of `size` samples each, none twice, from samples 0 ..
 * samples - 1: rows[0 .. size - 1] becomes the first set, from low to high,
 * and so on. AUM_BAD_ARGUMENT if there are not so many samples.
 *
 * The same seed gives the same sets on every machine. The generator is
 * Philox4x64-10 (Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy
 * as 1, 2, 3", 2011) with key (seed, 0) and the counter from 1 on: the words of
 * numpy.random.Philox(key=seed).random_raw(). For i = 0, 1, ... the i-th
 * sample drawn is exchanged with that at i + w mod (samples - i), where w is
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

/* Reads a decimal such as "99" or "97.5", at most 15 digits behind the point.
 * Returns false unless 0 < P < 100. */
AUM_API bool aum_percentile_parse(const char *text, struct aum_percentile *out);

/* floor(k * (100 - P) / 100), in exact arithmetic. */
AUM_API size_t aum_cutoff_place(size_t k, struct aum_percentile percentile);

struct aum_cutoff {
    double aum;               /* flagged means AUM < aum, strictly */
    size_t threshold_samples; /* k, those with an AUM */
    size_t place;             /* 0-based, among their AUMs from high to low */
    uint32_t threshold_class; /* AUM_NO_CLASS if they have no common label */
};

/*
 * The cutoff that the threshold samples set: a sample is flagged when its AUM
 * is strictly below more than (100 - P)% of the threshold samples' AUMs (the
 * paper's section 3.2 as its authors' replication code computes it).
 * AUM_NO_THRESHOLD_SAMPLES if none has an AUM.
 */
AUM_API enum aum_status
aum_cutoff_from_threshold(const struct aum_tally *tally,
                          struct aum_percentile percentile,
                          struct aum_cutoff *out);

/* The threshold samples' AUMs, in no order: the first `room` of them go to
 * `aums`. Returns how many there are. */
AUM_API size_t aum_tally_threshold_aums(const struct aum_tally *tally,
                                        double *aums, size_t room);

/* How many samples would be ranked, and how many of them flagged by a cutoff.
 */
AUM_API void aum_tally_count_flagged(const struct aum_tally *tally,
                                     double cutoff, size_t *ranked,
                                     size_t *flagged);

/* ---- Several runs ------------------------------------------------------ */

/*
 * Threshold samples cannot be judged in the run that spent them, so the paper
 * trains again with others (section 3.2). A tally of runs takes the verdicts of
 * one run after the other: a sample's AUM is the mean of those of the runs that
 * judge it, which are those in which it is no threshold sample; it is flagged
 * if any of them flags it. 52 bytes a sample; the runs' own tallies are not
 * needed any more once they have been added.
 */
AUM_API struct aum_tally *aum_tally_create_runs(size_t expected_samples);

/* By what a run flags. */
struct aum_judge {
    const double *cutoff; /* NULL: nothing is flagged */
    /* Other cutoffs to try, from low to high; see aum_row.step. */
    const double *steps;
    size_t step_count;
};

struct aum_run_report {
    size_t judged;  /* samples that the run judges */
    size_t flagged; /* of these */
    size_t threshold_samples;
    /* On AUM_RELABELED: a sample whose label differs from that in an earlier
     * run that judges it. Strings are the run's. */
    struct aum_id relabeled;
    uint32_t label;
    uint32_t old_label;
};

/* Adds a run's verdicts. On error `runs` is fit only to be destroyed. */
AUM_API enum aum_status aum_tally_add_run(struct aum_tally *runs,
                                          const struct aum_tally *run,
                                          const struct aum_judge *judge,
                                          struct aum_run_report *report);

/* How many samples are threshold samples wherever they have an AUM. The first
 * `room` of their ids go to `ids`, whose strings are the tally's. */
AUM_API size_t aum_tally_never_judged(const struct aum_tally *runs,
                                      struct aum_id *ids, size_t room);

/* ---- Truth ------------------------------------------------------------- */

/* In place of a true label, if all that is known is whether the assigned one is
 * right. */
#define AUM_TRUTH_CORRECT (UINT32_MAX - 1)
#define AUM_TRUTH_MISLABELED (UINT32_MAX - 2)

/* Tells the true labels of samples. *found counts those that the tally holds.
 * 4 bytes a sample. */
AUM_API enum aum_status aum_tally_set_truth(struct aum_tally *tally,
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
    /* The class that beat the assigned label by the most at any one
     * measurement, the lowest on a tie, the threshold class not counting;
     * AUM_NO_CLASS if none did. */
    uint32_t suggested_label;
    /* Runs that judge it, and those of them that flag it: 1 and 0 or 1, unless
     * it is a tally of runs, of which `measurements` is the total. */
    uint32_t runs;
    uint32_t runs_flagged;
    /* A tally of runs: the lowest of the judge's steps by which a run flags the
     * sample, step_count or more if none does. */
    uint32_t step;
    /* What aum_tally_set_truth() told; AUM_NO_CLASS: nothing. */
    uint32_t true_label;
};

/*
 * All samples with an AUM but the threshold samples, lowest AUM first, ties
 * by id (numbers as numbers, strings by bytes). 12 bytes a sample.
 */
struct aum_ranking;

/* `cutoff` may be NULL: nothing is flagged. The tally must outlive the ranking
 * and not change meanwhile. *out is the caller's to destroy. */
AUM_API enum aum_status aum_ranking_create(const struct aum_tally *tally,
                                           const double *cutoff,
                                           struct aum_ranking **out);

/* The same of all samples with an AUM, threshold samples too; nothing is
 * flagged. */
AUM_API enum aum_status aum_ranking_create_whole(const struct aum_tally *tally,
                                                 struct aum_ranking **out);
AUM_API void aum_ranking_destroy(struct aum_ranking *ranking);

AUM_API size_t aum_ranking_size(const struct aum_ranking *ranking);

/* How many are flagged: the first of the ranking, unless it is one of runs. */
AUM_API size_t aum_ranking_flagged(const struct aum_ranking *ranking);

/* Row `index` (from 0, below the size). */
AUM_API void aum_ranking_row(const struct aum_ranking *ranking, size_t index,
                             struct aum_row *out);

/* Rows first .. first + count - 1: faster than one by one. */
AUM_API void aum_ranking_rows(const struct aum_ranking *ranking, size_t first,
                              size_t count, struct aum_row *rows);

/* ---- Evaluation -------------------------------------------------------- */

/* Whether a ranked sample is mislabeled in truth: false as well if it is not
 * known (true_label == AUM_NO_CLASS). */
AUM_API bool aum_row_is_mislabeled(const struct aum_row *row);

/*
 * How well flags and ranking tell mislabeled samples, over the ranked samples
 * whose truth is known. A ratio without a denominator is NaN.
 */
struct aum_evaluation {
    size_t samples; /* with known truth */
    size_t mislabeled;
    size_t flagged;
    size_t flagged_mislabeled;
    double precision; /* share of the flagged that are mislabeled */
    double recall;    /* share of the mislabeled that are flagged */
    double f1;        /* harmonic mean of the two */
    /* The probability that a mislabeled sample has a lower AUM than a correct
     * one; equal AUMs count half. */
    double auroc;
    /* Mean precision over the mislabeled samples, from the lowest AUM up;
     * samples with equal AUMs come together. */
    double average_precision;
};

AUM_API void aum_ranking_evaluate(const struct aum_ranking *ranking,
                                  struct aum_evaluation *out);

#ifdef __cplusplus
}
#endif

#endif
