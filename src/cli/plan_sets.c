/*
 * plan_sets.c - which set of a plan a run has spent
 *
 * Training gave all of its samples the same label, the extra class, while those
 * of other sets kept theirs.
 */
#include "cli/plan_sets.h"

#include <inttypes.h>
#include <stdlib.h>

#include "input/id_set.h"

#define ROWS 256
#define SETS_MAX 1000 /* that are tried */
#define SAMPLES_MIN 2 /* that a set needs for its label to be no accident */

/* What the samples of a set have in common. */
struct set_labels {
    size_t samples;
    uint32_t label;
    bool differ;
};

static struct aum_ids ids_of(const struct aum_id *id)
{
    if (id->kind == AUM_IDS_STRING)
        return (struct aum_ids){id->kind, &id->string};
    if (id->kind == AUM_IDS_UINT64)
        return (struct aum_ids){id->kind, &id->uint64};
    return (struct aum_ids){id->kind, &id->int64};
}

/* Fills in the labels of the plan's other rows, AUM_NO_CLASS if it has none. */
static bool find_labels(const struct aum_tally *tally, struct id_set *set,
                        uint32_t *labels)
{
    struct aum_ranking *ranking = NULL;
    struct aum_row rows[ROWS];
    struct error error;
    for (size_t i = 0; i < set->count; i++)
        labels[i] = AUM_NO_CLASS;
    if (!id_set_prepare(set, aum_tally_id_kind(tally), &error) ||
        aum_ranking_create_whole(tally, &ranking) != AUM_OK)
        return false;
    const size_t count = aum_ranking_size(ranking);
    for (size_t first = 0; first < count; first += ROWS) {
        const size_t n = count - first < ROWS ? count - first : ROWS;
        aum_ranking_rows(ranking, first, n, rows);
        for (size_t i = 0; i < n; i++) {
            const size_t which = id_set_find(set, ids_of(&rows[i].id), 0);
            if (which != SIZE_MAX)
                labels[which] = rows[i].label;
        }
    }
    aum_ranking_destroy(ranking);
    return true;
}

/* The samples of the lowest set above *number, which becomes that set's; none
 * if there is no such set. */
static struct set_labels next_set(const struct id_list *list,
                                  const uint32_t *labels, uint64_t *number)
{
    struct set_labels found = {.samples = 0};
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < list->other_count; i++) {
        const uint64_t set = list->other_sets[i];
        if (set <= *number || set > next || labels[i] == AUM_NO_CLASS)
            continue;
        if (set < next)
            found = (struct set_labels){.label = labels[i]};
        next = set;
        found.samples++;
        found.differ = found.differ || labels[i] != found.label;
    }
    *number = next;
    return found;
}

static bool find_best(const struct run *run, uint64_t *number,
                      struct set_labels *best)
{
    const struct id_list *list = &run->threshold_ids;
    struct id_set set;
    bool found = false;
    uint32_t *labels = malloc((list->other_count + 1) * sizeof *labels);
    id_set_init(&set, list->others, list->other_count, list->source);
    bool more = labels != NULL && find_labels(run->scan.tally, &set, labels);
    *number = 0;
    for (int i = 0; more && !found && i < SETS_MAX; i++) {
        *best = next_set(list, labels, number);
        more = best->samples > 0;
        found = best->samples >= SAMPLES_MIN && !best->differ;
    }
    id_set_free(&set);
    free(labels);
    return found;
}

bool plan_set_is_the_best(const struct run *run)
{
    uint64_t number;
    struct set_labels best;
    char who[32];
    if (run->threshold_ids.other_count == 0 || !find_best(run, &number, &best))
        return true;
    log_error(run->messages,
              "%s%s: the samples of set %" PRIu64 " have several labels "
              "in %s, but the %zu of set %" PRIu64 " all have label %" PRId64
              ": that is the set which this run spent; give it "
              "--set=%" PRIu64 "%s",
              run_label(run, who), run->threshold_ids.source, run->own->set,
              run->index.files[0].path, best.samples, number,
              class_label(&run->index.label_rules.classes, best.label), number,
              run->result.number > 0
                  ? " after its --run, or change the order of the runs"
                  : "");
    return false;
}
