/*
 * plausibility.c - is what was found what the user can have meant?
 */
#include "cli/plausibility.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/failure.h"
#include "libaum/ranking.h"
#include "text/format_double.h"

#define ROWS_AT_ONCE 1024

/* Few samples lack labels by chance: of so many, the upper half of the classes,
 * in one of a thousand dumps; of so many for each class, class 0, in one of
 * fifty. */
#define SAMPLES_FOR_UPPER_HALF 10
#define SAMPLES_PER_CLASS 4

struct check {
    const struct options *options;
    const struct run *runs;
    const struct aum_ranking *ranking;
    struct messages *messages;
    size_t size;     /* samples in the ranking */
    size_t flagged;  /* of these */
    size_t classes;  /* that labels can name */
    uint32_t lowest; /* label among the samples */
    uint32_t highest;
};

static const struct class_labels *labels_of(const struct check *c)
{
    return &c->runs[0].index.label_rules.classes;
}

static int64_t label_of(const struct check *c, size_t class)
{
    return class_label(labels_of(c), (uint32_t) class);
}

/* "run.h5: /labels": where the labels come from, or the first dump if a state
 * has them. */
static const char *labels_place(const struct check *c, char text[512])
{
    const struct dump_index *index = &c->runs[0].index;
    if (index->record_count == 0)
        return c->runs[0].result.first_file;
    snprintf(text, 512, "%.300s: %.200s",
             index->files[index->records[0].file].path,
             index->arrays[index->records[0].labels].path);
    return text;
}

/* ---- labels ---- */

/* The threshold samples are not among those that are ranked. */
static void check_highest_label(const struct check *c)
{
    const size_t classes =
        c->classes - options_name_threshold_samples(c->options);
    char place[512];
    if (2 * (uint64_t)c->highest + 1 >= classes ||
        c->size < SAMPLES_FOR_UPPER_HALF || c->runs[0].scan.told_of_few_labels)
        return;
    log_warning(c->messages,
                "%s: of %zu classes, the highest label is %" PRId64
                "; are these the labels of these logits (--labels and --logits "
                "name others)?",
                labels_place(c, place), classes, label_of(c, c->highest));
}

static bool any_ignored(const struct check *c)
{
    uint64_t ignored = 0;
    for (size_t i = 0; i < c->options->run_count; i++)
        ignored += c->runs[i].scan.ignored_rows;
    return ignored > 0;
}

/* Rows that are ignored may well be those of the first class. */
static void check_first_label(const struct check *c)
{
    char place[512];
    if (c->lowest == 0 || c->highest + 1 != c->classes ||
        labels_of(c)->first != 0 || any_ignored(c) ||
        c->runs[0].result.threshold_label == 0 ||
        c->size / SAMPLES_PER_CLASS < c->classes)
        return;
    log_warning(c->messages,
                "%s: no sample has label 0, and the highest is %" PRIu32
                ", of %zu classes; if labels count from 1, --first-label=1 "
                "says so",
                labels_place(c, place), c->highest, c->classes);
}

/* ---- the extra class of threshold samples ---- */

/* The median AUMs of the classes (of an even number of samples, the lower of
 * the two in the middle), in ascending order as far as they matter. */
struct medians {
    size_t *left;      /* of each class, its samples up to there */
    size_t classes;    /* that have a median */
    size_t of_highest; /* samples with the highest label */
    uint32_t lowest_class;
    size_t found;
    double lowest;
    double next;
    double highest;
};

static void add_median(struct medians *m, uint32_t label, double aum)
{
    if (m->found == 0) {
        m->lowest_class = label;
        m->lowest = aum;
    } else if (m->found == 1) {
        m->next = aum;
    }
    m->highest = aum;
    m->found++;
}

static void count_samples(const struct check *c, struct medians *m)
{
    ranking_count_labels(c->ranking, m->left);
    m->of_highest = m->left[c->highest];
    for (size_t i = 0; i < c->classes; i++) {
        m->classes += m->left[i] > 0;
        m->left[i] = (m->left[i] + 1) / 2;
    }
}

/* In the order of the ranking, each class reaches its median at the middle of
 * its samples. Stops if the first to do so is not that of the highest label, as
 * nothing is to be said then. */
static void find_medians(const struct check *c, struct medians *m)
{
    uint32_t labels[ROWS_AT_ONCE];
    struct aum_row found;
    for (size_t first = 0; first < c->size; first += ROWS_AT_ONCE) {
        const size_t rows = c->size - first;
        const size_t n = rows < ROWS_AT_ONCE ? rows : ROWS_AT_ONCE;
        ranking_labels(c->ranking, first, n, labels);
        for (size_t i = 0; i < n; i++) {
            if (--m->left[labels[i]] != 0)
                continue;
            aum_ranking_row(c->ranking, first + i, &found);
            add_median(m, labels[i], found.aum);
            if (m->lowest_class != c->highest || m->found == m->classes)
                return;
        }
    }
}

static void log_extra_class(const struct check *c, const struct medians *m)
{
    const int64_t label = label_of(c, c->highest);
    char place[512];
    char texts[2][FORMAT_DOUBLE_ROOM];
    format_double(m->lowest, texts[0]);
    format_double(m->next, texts[1]);
    log_warning(c->messages,
                "%s: the %zu samples with the highest label, %" PRId64
                ", have a median AUM of %s, all other classes %s and more; "
                "if these are threshold samples, -c %" PRId64 " says so",
                labels_place(c, place), m->of_highest, label, texts[0],
                texts[1], label);
}

/* Fewer classes than this tell little about what is usual among them. */
#define CLASSES_TO_COMPARE 5

/*
 * Some class has the lowest median, and now and then the last one has. That of
 * threshold samples is on the other side of 0, as it is of labels that are
 * wrong, or, once training has learned these, too, farther from the next one
 * than all others are from each other.
 */
static bool stands_out(const struct medians *m)
{
    const bool far = m->next - m->lowest > m->highest - m->next;
    return (m->lowest < 0 && m->next > 0) ||
           (far && m->found >= CLASSES_TO_COMPARE);
}

/* N/(C+1) samples with the label C, whose median AUM is below that of all
 * classes, are what threshold samples are. */
static void look_at_highest_class(const struct check *c, struct medians *m)
{
    const size_t usual = c->size / c->classes;
    count_samples(c, m);
    if (m->of_highest < usual / 2 || m->of_highest / 2 > usual)
        return;
    find_medians(c, m);
    if (m->found > 1 && m->lowest_class == c->highest && stands_out(m))
        log_extra_class(c, m);
}

static bool check_extra_class(const struct check *c)
{
    struct medians m = {.found = 0};
    if (options_name_threshold_samples(c->options) || c->classes < 3 ||
        c->classes > c->size || c->highest + 1 != c->classes ||
        c->lowest == c->highest)
        return true;
    m.left = calloc(c->classes, sizeof *m.left);
    if (m.left == NULL)
        return log_status(c->messages, AUM_NO_MEMORY);
    look_at_highest_class(c, &m);
    free(m.left);
    return true;
}

/* Training gave threshold samples a class beyond those that there were. */
static void check_threshold_class(const struct check *c)
{
    const uint32_t class = c->options->scan.threshold_class;
    if (class == AUM_NO_CLASS || class >= c->highest)
        return;
    log_warning(c->messages,
                "--threshold-class=%" PRId64 ": labels go up to %" PRId64
                ", but the extra class of threshold samples is the highest as "
                "a rule; is it -c %" PRId64 "?",
                label_of(c, class), label_of(c, c->highest),
                label_of(c, c->classes - 1));
}

/* ---- cutoffs ---- */

/* Those that -t auto finds are not above 0. */
static void check_cutoff(const struct check *c, const struct run *run)
{
    const bool fixed = c->options->cutoff.source == CUTOFF_FIXED;
    const double cutoff = run->result.cutoffs.aum;
    char text[FORMAT_DOUBLE_ROOM];
    char who[32];
    if (!run->result.has_cutoff || !(cutoff > 0))
        return;
    format_double(cutoff, text);
    log_warning(c->messages,
                "%scutoff %s is above 0: samples are flagged whose own label "
                "wins on average; -t auto finds a cutoff that does not",
                fixed ? "" : run_label(run, who), text);
}

static void check_cutoffs(const struct check *c)
{
    const size_t runs =
        c->options->cutoff.source == CUTOFF_FIXED ? 1 : c->options->run_count;
    for (size_t i = 0; i < runs; i++)
        check_cutoff(c, &c->runs[i]);
}

/* What else may have flagged so many, and what to do then. */
static const char *remedy_of_many(const struct check *c)
{
    const struct cutoff_options *o = &c->options->cutoff;
    if (o->source == CUTOFF_SPLITS)
        return "";
    if (o->source == CUTOFF_PERCENTILE && c->runs[0].result.cutoffs.aum > 0)
        return " Are those samples threshold samples that have set the cutoff?";
    if (o->source == CUTOFF_FIXED)
        return " If they are, -t auto finds a cutoff";
    return o->auto_epochs ? ""
                          : " If training has learned wrong labels, too, "
                            "-e auto takes fewer epochs";
}

static void check_flagged(const struct check *c)
{
    char place[512];
    if (c->flagged <= c->size / 2)
        return;
    log_warning(c->messages,
                "more than half of the samples are flagged; are these the "
                "labels of these logits, in the order of their rows (%s)?%s",
                labels_place(c, place), remedy_of_many(c));
}

/* ---- epochs ---- */

/* What is asked for, or added to a state bit by bit, is meant. */
static void check_epochs(const struct check *c, const struct run *run)
{
    const struct dump_epochs *wanted = &c->options->scan.epochs;
    char who[32];
    if (run->result.epochs != 1 || wanted->first != INT64_MIN ||
        wanted->last != INT64_MAX || states_in_use(&run->states))
        return;
    log_warning(c->messages,
                "%s%s: there is only one epoch, %" PRId64
                ", and the AUM is a mean over those of a training; give the "
                "dumps of all (--list shows what is read as which epoch)",
                run_label(run, who), run->result.first_file,
                run->result.first_epoch);
}

bool plausibility_check(const struct options *options, const struct run *runs,
                        const struct aum_ranking *ranking,
                        struct messages *messages)
{
    struct check c = {.options = options,
                      .runs = runs,
                      .ranking = ranking,
                      .messages = messages,
                      .size = aum_ranking_size(ranking),
                      .flagged = aum_ranking_flagged(ranking)};
    for (size_t i = 0; i < options->run_count; i++) {
        const size_t classes = runs[i].result.label_classes;
        c.classes = classes > c.classes ? classes : c.classes;
    }
    if (c.size == 0)
        return true;
    for (size_t i = 0; i < options->run_count; i++)
        check_epochs(&c, &runs[i]);
    ranking_label_range(ranking, &c.lowest, &c.highest);
    check_highest_label(&c);
    check_first_label(&c);
    check_threshold_class(&c);
    check_cutoffs(&c);
    check_flagged(&c);
    return check_extra_class(&c);
}
