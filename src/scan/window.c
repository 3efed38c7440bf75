/*
 * window.c - --epochs=auto: the epochs that the data choose
 */
#include "scan/window.h"

#include <inttypes.h>
#include <string.h>

#include "scan/status.h"

/* Of fewer, AUMs are mostly the random initialisation. */
#define EPOCHS_MIN 3

void window_init(struct window *window, struct aum_percentile percentile,
                 const struct id_list *threshold_ids)
{
    *window = (struct window){.percentile = percentile,
                              .threshold_ids = threshold_ids};
}

/* Is the share of the first no larger than that of the second? */
static bool as_low(const struct window_look *a, const struct window_look *b)
{
    __extension__ typedef unsigned __int128 wide;
    return (wide)a->flagged * b->ranked <= (wide)b->flagged * a->ranked;
}

static bool see_epoch(void *context, const struct scan_result *result,
                      size_t record, int64_t epoch, struct error *error)
{
    struct window *window = context;
    struct aum_tally *tally = result->tally;
    (void)record;
    struct aum_cutoff cutoff;
    size_t found;
    if (++window->epochs < EPOCHS_MIN)
        return true;
    if (window->threshold_ids != NULL &&
        !id_list_mark(window->threshold_ids, tally, &found, error))
        return false;
    enum aum_status status =
        aum_cutoff_from_threshold(tally, window->percentile, &cutoff);
    if (status == AUM_NO_THRESHOLD_SAMPLES) /* so far */
        return true;
    if (status != AUM_OK)
        return status_good(status, error);
    struct window_look *last = &window->last;
    last->last_epoch = epoch;
    last->epochs = window->epochs;
    aum_tally_count_flagged(tally, cutoff.aum, &last->ranked, &last->flagged);
    if (last->ranked == 0 ||
        (window->best.epochs > 0 && !as_low(last, &window->best)))
        return true;
    window->best = *last;
    status = aum_tally_snapshot(tally);
    return status_good(status, error);
}

struct scan_observer window_observer(struct window *window)
{
    return (struct scan_observer){.context = window, .epoch_done = see_epoch};
}

bool window_choose(const struct window *window, struct aum_tally *tally,
                   struct error *error)
{
    if (window->epochs < EPOCHS_MIN) {
        return error_set(error,
                         "--epochs=auto needs %d epochs at least; there %s "
                         "%" PRIu64,
                         EPOCHS_MIN, window->epochs == 1 ? "is" : "are",
                         window->epochs);
    }
    /* Without any look there is no threshold sample, as will be told. */
    if (window->best.epochs > 0)
        aum_tally_rollback(tally);
    return true;
}
