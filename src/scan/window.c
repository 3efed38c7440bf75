/*
 * window.c - --epochs=auto: the epochs that the data choose
 */
#include "scan/window.h"

#include "scan/status.h"

/* Of fewer, AUMs are mostly the random initialisation. */
#define EPOCHS_MIN 3

#define NEARLY_THE_LARGEST 0.98

void window_init(struct window *window, const struct id_list *threshold_ids)
{
    *window = (struct window){.threshold_ids = threshold_ids};
}

static bool measure_effect(struct window *window, struct aum_tally *tally,
                           double *effect, struct error *error)
{
    size_t found;
    if (window->threshold_ids != NULL &&
        !id_list_mark(window->threshold_ids, tally, &found, error))
        return false;
    if (window->splits == NULL)
        window->splits = aum_splits_create();
    enum aum_status status = window->splits != NULL
                                 ? aum_splits_find(window->splits, tally)
                                 : AUM_NO_MEMORY;
    if (!status_good(status, error))
        return false;
    *effect = aum_splits_effect(window->splits);
    return true;
}

static bool see_epoch(void *context, const struct scan_result *result,
                      size_t record, int64_t epoch, struct error *error)
{
    struct window *window = context;
    struct window_look *last = &window->last;
    (void)record;
    if (++window->epochs < EPOCHS_MIN)
        return true;
    *last = (struct window_look){.last_epoch = epoch, .epochs = window->epochs};
    if (aum_tally_samples(result->tally) == 0) /* nor is the ids' kind known */
        return true;
    if (!measure_effect(window, result->tally, &last->effect, error))
        return false;
    if (last->effect > window->largest)
        window->largest = last->effect;
    if (last->effect < NEARLY_THE_LARGEST * window->largest)
        return true;
    window->best = *last;
    return status_good(aum_tally_snapshot(result->tally), error);
}

struct scan_observer window_observer(struct window *window)
{
    return (struct scan_observer){.context = window, .epoch_done = see_epoch};
}

bool window_is_shorter(const struct window *window)
{
    return window->best.epochs < window->last.epochs;
}

enum aum_status window_choose(const struct window *window,
                              struct aum_tally *tally)
{
    return window->best.epochs > 0 ? aum_tally_rollback(tally) : AUM_OK;
}

void window_free(struct window *window)
{
    aum_splits_destroy(window->splits);
    window->splits = NULL;
}
