/*
 * window.c - --epochs=auto: the epochs that the data choose
 */
#include "scan/window.h"

#include <inttypes.h>
#include <string.h>

/* Of fewer, AUMs are mostly the random initialisation. */
#define EPOCHS_MIN 3

void window_init(struct window *window, struct aum_percentile percentile,
                 const struct id_list *threshold_ids, struct messages *messages)
{
    *window = (struct window){.percentile = percentile,
                              .threshold_ids = threshold_ids,
                              .messages = messages};
}

static bool failed(struct window *window, enum aum_status status)
{
    message_error(window->messages, "%s", aum_strerror(status));
    return false;
}

/* Is the share of the first no larger than that of the second? */
static bool as_low(const struct window_look *a, const struct window_look *b)
{
    __extension__ typedef unsigned __int128 wide;
    return (wide)a->flagged * b->ranked <= (wide)b->flagged * a->ranked;
}

bool window_epoch_done(struct window *window, struct aum_tally *tally,
                       int64_t epoch)
{
    struct aum_cutoff cutoff;
    size_t found;
    if (++window->epochs < EPOCHS_MIN)
        return true;
    if (window->threshold_ids != NULL &&
        !id_list_mark(window->threshold_ids, tally, &found, window->messages))
        return false;
    enum aum_status status =
        aum_cutoff_from_threshold(tally, window->percentile, &cutoff);
    if (status == AUM_NO_THRESHOLD_SAMPLES) /* so far */
        return true;
    if (status != AUM_OK)
        return failed(window, status);
    struct window_look *last = &window->last;
    last->last_epoch = epoch;
    last->epochs = window->epochs;
    aum_tally_count_flagged(tally, cutoff.aum, &last->ranked, &last->flagged);
    if (last->ranked == 0 ||
        (window->best.epochs > 0 && !as_low(last, &window->best)))
        return true;
    window->best = *last;
    status = aum_tally_snapshot(tally);
    return status == AUM_OK || failed(window, status);
}

bool window_choose(const struct window *window, struct aum_tally *tally)
{
    if (window->epochs < EPOCHS_MIN) {
        message_error(window->messages,
                      "--epochs=auto needs %d epochs at least; there %s "
                      "%" PRIu64,
                      EPOCHS_MIN, window->epochs == 1 ? "is" : "are",
                      window->epochs);
        return false;
    }
    /* Without any look there is no threshold sample, as will be told. */
    if (window->best.epochs > 0)
        aum_tally_rollback(tally);
    return true;
}
