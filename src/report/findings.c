/*
 * findings.c - what pictures and the report show of a ranking
 */
#include "report/findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FETCH_ROWS 256

struct gathering {
    struct findings *findings;
    const struct aum_ranking *ranking;
    bool has_cutoff;
    size_t size;
    uint64_t *pairs; /* of suspects: assigned and suggested label */
    size_t pair_count;
    size_t pair_room;
    size_t mislabeled; /* all, and so far with all whose truth is known */
    size_t found;
    size_t known;
};

/* ---- the spread ---- */

static void stretch(double number, double *low, double *high)
{
    *low = fmin(*low, number);
    *high = fmax(*high, number);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of so many sorted numbers, how many are left out at each end of a picture, as
 * one outlier would squeeze all others together. */
static size_t outliers(size_t count)
{
    return count / 1000;
}

/* A picture's range: nearly all samples and threshold samples, all cutoffs. */
static void find_range(const struct gathering *g, const struct run_result *runs,
                       size_t run_count, double *low, double *high)
{
    struct aum_row row;
    *low = INFINITY;
    *high = -INFINITY;
    if (g->size > 0) {
        aum_ranking_row(g->ranking, outliers(g->size), &row);
        stretch(row.aum, low, high);
        aum_ranking_row(g->ranking, g->size - 1 - outliers(g->size), &row);
        stretch(row.aum, low, high);
    }
    for (size_t i = 0; i < run_count; i++) {
        const size_t k = runs[i].threshold_count;
        double cutoffs[2];
        run_result_cutoff_range(&runs[i], &cutoffs[0], &cutoffs[1]);
        stretch(cutoffs[0], low, high);
        stretch(cutoffs[1], low, high);
        if (k == 0)
            continue;
        qsort(runs[i].threshold_aums, k, sizeof(double), compare_doubles);
        stretch(runs[i].threshold_aums[outliers(k)], low, high);
        stretch(runs[i].threshold_aums[k - 1 - outliers(k)], low, high);
    }
    if (*low > *high)
        *low = *high = 0;
}

static bool start_histogram(struct gathering *g, const struct run_result *runs,
                            size_t run_count)
{
    struct findings *f = g->findings;
    double low;
    double high;
    f->cutoffs = calloc(run_count, sizeof *f->cutoffs);
    f->cutoff_names = calloc(run_count, sizeof *f->cutoff_names);
    if (f->cutoffs == NULL || f->cutoff_names == NULL)
        return false;
    find_range(g, runs, run_count, &low, &high);
    histogram_init(&f->histogram, low, high);
    for (size_t i = 0; i < run_count; i++) {
        for (size_t j = 0; j < runs[i].threshold_count; j++)
            histogram_bin(&f->histogram, runs[i].threshold_aums[j])
                ->threshold++;
        f->histogram.threshold += runs[i].threshold_count;
        if (!runs[i].has_cutoff || run_result_cuts_by_class(&runs[i]))
            continue; /* a line for each class would hide all others */
        char *name = f->cutoff_names[f->cutoff_count];
        snprintf(name, sizeof *f->cutoff_names,
                 runs[i].number > 0 ? "cutoff %.4g, run %zu" : "cutoff %.4g",
                 runs[i].cutoffs.aum, runs[i].number);
        f->cutoffs[f->cutoff_count++] =
            (struct histogram_cutoff){runs[i].cutoffs.aum, name};
    }
    return true;
}

/* ---- suspects ---- */

static bool add_pair(struct gathering *g, const struct aum_row *row)
{
    if (g->pair_count == g->pair_room) {
        const size_t room = g->pair_room * 2 + 1024;
        uint64_t *grown = realloc(g->pairs, room * sizeof *grown);
        if (grown == NULL)
            return false;
        g->pairs = grown;
        g->pair_room = room;
    }
    g->pairs[g->pair_count++] =
        (uint64_t)row->label << 32 | row->suggested_label;
    return true;
}

static int compare_pairs(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* How many pairs from `first` on are equal, once they are sorted. */
static size_t run_length(const struct gathering *g, size_t first)
{
    size_t end = first + 1;
    while (end < g->pair_count && g->pairs[end] == g->pairs[first])
        end++;
    return end - first;
}

/* Counts the suspects of classes. False without memory. */
static bool find_looks(struct gathering *g)
{
    struct class_table *classes = &g->findings->classes;
    size_t n;
    for (size_t i = 0; i < g->pair_count; i += n) {
        n = run_length(g, i);
        struct class_finding *assigned =
            class_table_at(classes, (uint32_t)(g->pairs[i] >> 32));
        if (assigned == NULL)
            return false;
        assigned->suspects += n;
        if (n > assigned->looks_like_count) {
            assigned->looks_like_count = n;
            assigned->looks_like = (uint32_t)g->pairs[i];
        }
        struct class_finding *suggested =
            class_table_at(classes, (uint32_t)g->pairs[i]);
        if (suggested == NULL)
            return false;
        suggested->suspects += n;
    }
    return true;
}

static int most_suspects_first(const void *a, const void *b)
{
    const struct class_finding *x = *(const struct class_finding *const *)a;
    const struct class_finding *y = *(const struct class_finding *const *)b;
    if (x->suspects != y->suspects)
        return x->suspects > y->suspects ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

static int compare_classes(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The place of a class in the map; `count` if it has none. */
static size_t map_place(const struct confusion_matrix *map, uint32_t class)
{
    const uint32_t *found = bsearch(&class, map->classes, map->count,
                                    sizeof *map->classes, compare_classes);
    return found != NULL ? (size_t)(found - map->classes) : map->count;
}

/* The classes that most suspects are about, in their order. */
static bool choose_map_classes(struct gathering *g)
{
    struct findings *f = g->findings;
    const struct class_finding **most =
        malloc((f->classes.count + 1) * sizeof *most);
    size_t used = 0;
    if (most == NULL)
        return false;
    for (size_t i = 0; i < f->classes.count; i++) {
        if (f->classes.classes[i].suspects > 0)
            most[used++] = &f->classes.classes[i];
    }
    qsort(most, used, sizeof *most, most_suspects_first);
    f->map.count = used < HEAT_MAP_CLASSES_MAX ? used : HEAT_MAP_CLASSES_MAX;
    f->map_is_whole = f->map.count == used;
    for (size_t i = 0; i < f->map.count; i++)
        f->map.classes[i] = most[i]->label;
    qsort(f->map.classes, f->map.count, sizeof *f->map.classes,
          compare_classes);
    free(most);
    return true;
}

static bool draw_map(struct gathering *g)
{
    struct confusion_matrix *map = &g->findings->map;
    size_t n;
    if (!choose_map_classes(g))
        return false;
    for (size_t i = 0; i < g->pair_count; i += n) {
        n = run_length(g, i);
        const size_t from = map_place(map, (uint32_t)(g->pairs[i] >> 32));
        const size_t to = map_place(map, (uint32_t)g->pairs[i]);
        if (from < map->count && to < map->count)
            map->cells[from][to] = n;
    }
    return true;
}

/* ---- precision and recall ---- */

static void add_to_curve(struct gathering *g, const struct aum_row *row,
                         bool last_of_its_aum)
{
    struct findings *f = g->findings;
    if (row->true_label == AUM_NO_CLASS)
        return;
    g->known++;
    g->found += aum_row_is_mislabeled(row);
    /* As many points as there is room for, evenly by recall. */
    if (!last_of_its_aum || g->mislabeled == 0 ||
        g->found * CURVE_POINTS_MAX / g->mislabeled < f->precision_recall_count)
        return;
    f->curve[f->precision_recall_count++] = (struct precision_recall_point){
        (double)g->found / (double)g->mislabeled,
        (double)g->found / (double)g->known};
}

/* ---- the walk ---- */

static bool add_row(struct gathering *g, const struct aum_row *row,
                    bool last_of_its_aum)
{
    struct findings *f = g->findings;
    struct histogram_bin *bin = histogram_bin(&f->histogram, row->aum);
    struct class_finding *class = class_table_at(&f->classes, row->label);
    const bool suspect = g->has_cutoff ? row->flagged : row->aum < 0;
    if (class == NULL)
        return false;
    bin->samples++;
    bin->flagged += row->flagged;
    f->histogram.samples++;
    class->samples++;
    class->flagged += row->flagged;
    if ((row->flagged || !g->has_cutoff) && f->suspect_count < SUSPECTS_MAX)
        f->suspects[f->suspect_count++] = *row;
    add_to_curve(g, row, last_of_its_aum);
    return !suspect || row->suggested_label == AUM_NO_CLASS || add_pair(g, row);
}

static bool walk(struct gathering *g)
{
    struct aum_row rows[FETCH_ROWS + 1];
    size_t n;
    for (size_t first = 0; first < g->size; first += n) {
        const size_t left = g->size - first;
        n = left < FETCH_ROWS ? left : FETCH_ROWS;
        /* And one more, to see whether its AUM is another one. */
        aum_ranking_rows(g->ranking, first, n < left ? n + 1 : n, rows);
        for (size_t i = 0; i < n; i++) {
            const bool last =
                first + i + 1 == g->size || rows[i + 1].aum != rows[i].aum;
            if (!add_row(g, &rows[i], last))
                return false;
        }
    }
    return true;
}

bool findings_gather(struct findings *findings,
                     const struct aum_ranking *ranking,
                     const struct run_result *runs, size_t run_count,
                     size_t mislabeled)
{
    struct gathering g = {.findings = findings,
                          .ranking = ranking,
                          .has_cutoff = runs[0].has_cutoff,
                          .size = aum_ranking_size(ranking),
                          .mislabeled = mislabeled};
    memset(findings, 0, sizeof *findings);
    bool good = start_histogram(&g, runs, run_count) && walk(&g);
    if (good && g.pair_count > 0)
        qsort(g.pairs, g.pair_count, sizeof *g.pairs, compare_pairs);
    good = good && find_looks(&g) && draw_map(&g);
    free(g.pairs);
    return good;
}

void findings_free(struct findings *findings)
{
    free(findings->cutoffs);
    free(findings->cutoff_names);
    class_table_free(&findings->classes);
    memset(findings, 0, sizeof *findings);
}
