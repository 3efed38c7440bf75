/*
 * tally.c - what has been measured of each sample
 */
#include "libaum/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "libaum/huge_pages.h"

struct aum_tally *aum_tally_create(const struct aum_tally_options *options)
{
    struct aum_tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL)
        return NULL;
    if (options != NULL)
        tally->options = *options;
    else
        tally->options.threshold_class = AUM_NO_CLASS;
    sample_ids_init(&tally->ids, tally->options.expected_samples);
    return tally;
}

struct aum_tally *aum_tally_create_runs(size_t expected_samples)
{
    const struct aum_tally_options options = {
        .expected_samples = expected_samples, .threshold_class = AUM_NO_CLASS};
    struct aum_tally *tally = aum_tally_create(&options);
    if (tally != NULL)
        tally->of_runs = true;
    return tally;
}

static void forget_kept(struct tally_kept *kept)
{
    free(kept->entries);
    free(kept->runners_up);
    free(kept->wide);
    memset(kept, 0, sizeof *kept);
}

void aum_tally_destroy(struct aum_tally *tally)
{
    if (tally == NULL)
        return;
    sample_ids_free(&tally->ids);
    free(tally->entries);
    free(tally->runners_up);
    free(tally->runs);
    free(tally->truth);
    free(tally->wide);
    forget_kept(&tally->kept);
    free(tally);
}

void aum_tally_expect(struct aum_tally *tally, size_t samples)
{
    sample_ids_expect(&tally->ids, samples);
}

size_t aum_tally_samples(const struct aum_tally *tally)
{
    return tally->samples;
}

enum aum_id_kind aum_tally_id_kind(const struct aum_tally *tally)
{
    return sample_ids_kind(&tally->ids);
}

void aum_tally_seal(struct aum_tally *tally)
{
    tally->sealed = true;
    sample_ids_drop_table(&tally->ids);
}

/* ---- room ---- */

/* Makes *array longer; new elements are filled with a byte. */
static bool extend(void *array, size_t old_count, size_t count, size_t size,
                   int fill)
{
    unsigned char *old;
    memcpy(&old, array, sizeof old);
    unsigned char *grown =
        huge_pages_resize(old, old_count * size, count * size);
    if (grown == NULL)
        return false;
    memcpy(array, &grown, sizeof grown);
    memset(grown + old_count * size, fill, (count - old_count) * size);
    return true;
}

/* Entries for slots below `slots`; new ones are zero. */
static enum aum_status reserve(struct aum_tally *tally, size_t slots)
{
    const size_t old = tally->capacity;
    if (slots <= old)
        return AUM_OK;
    size_t capacity = old + old / 2;
    if (slots <= tally->ids.expected)
        capacity = tally->ids.expected;
    else if (capacity < slots)
        capacity = slots < 1024 ? 1024 : slots;
    if (capacity > SIZE_MAX / sizeof *tally->entries)
        return AUM_NO_MEMORY;
    if ((tally->options.threshold_later &&
         !extend(&tally->runners_up, old, capacity, sizeof *tally->runners_up,
                 0)) ||
        (tally->of_runs &&
         !extend(&tally->runs, old, capacity, sizeof *tally->runs, 0)) ||
        (tally->truth != NULL &&
         !extend(&tally->truth, old, capacity, sizeof *tally->truth, 0xff)) ||
        !extend(&tally->entries, old, capacity, sizeof *tally->entries, 0))
        return AUM_NO_MEMORY;
    tally->capacity = capacity;
    return AUM_OK;
}

static bool slot_taken(void *context, size_t slot)
{
    const struct aum_tally *tally = context;
    return slot < tally->capacity && tally_in_use(tally, slot);
}

/* What was kept of a sample goes with it. */
static void kept_moved(struct tally_kept *kept, size_t from, size_t to)
{
    if (to >= kept->slots) /* and so is from */
        return;
    if (from >= kept->slots) {
        memset(&kept->entries[to], 0, sizeof *kept->entries);
        return;
    }
    kept->entries[to] = kept->entries[from];
    memset(&kept->entries[from], 0, sizeof *kept->entries);
    if (kept->runners_up != NULL)
        kept->runners_up[to] = kept->runners_up[from];
}

static void slot_moved(void *context, size_t from, size_t to)
{
    struct aum_tally *tally = context;
    if (from == to)
        return;
    tally->entries[to] = tally->entries[from];
    memset(&tally->entries[from], 0, sizeof *tally->entries);
    if (tally->runners_up != NULL)
        tally->runners_up[to] = tally->runners_up[from];
    if (tally->runs != NULL)
        tally->runs[to] = tally->runs[from];
    if (tally->truth != NULL)
        tally->truth[to] = tally->truth[from];
    kept_moved(&tally->kept, from, to);
}

enum aum_status tally_slot(struct aum_tally *tally, struct aum_ids ids,
                           size_t row, size_t *slot)
{
    struct sample_key key;
    enum aum_status status = sample_ids_key(&tally->ids, ids, row, &key);
    if (status == AUM_OK &&
        sample_ids_outgrown(&tally->ids, key, tally->samples))
        status =
            sample_ids_make_sparse(&tally->ids, slot_taken, slot_moved, tally);
    if (status == AUM_OK)
        status = sample_ids_slot(&tally->ids, key, slot);
    if (status == AUM_OK)
        status = reserve(tally, tally->ids.slots);
    return status;
}

/* ---- sums ---- */

static enum aum_status new_wide(struct aum_tally *tally, size_t *index)
{
    if (tally->wide_used == tally->wide_capacity) {
        size_t capacity = tally->wide_capacity + tally->wide_capacity / 2 + 16;
        struct exact_wide_sum *wide =
            realloc(tally->wide, capacity * sizeof *wide);
        if (wide == NULL)
            return AUM_NO_MEMORY;
        tally->wide = wide;
        tally->wide_capacity = capacity;
    }
    *index = tally->wide_used++;
    return AUM_OK;
}

enum aum_status tally_widen(struct aum_tally *tally, struct tally_entry *entry)
{
    if (entry->count & TALLY_WIDE)
        return AUM_OK;
    size_t index;
    enum aum_status status = new_wide(tally, &index);
    if (status != AUM_OK)
        return status;
    exact_wide_from(&tally->wide[index], &entry->sum);
    entry->sum.low = index;
    entry->count |= TALLY_WIDE;
    return AUM_OK;
}

enum aum_status tally_add_margin(struct aum_tally *tally,
                                 struct tally_entry *entry, double margin)
{
    if (tally_count(entry) == TALLY_COUNT_MASK)
        return AUM_TOO_MANY_SAMPLES;
    if ((entry->count & TALLY_WIDE) || !exact_sum_add(&entry->sum, margin)) {
        enum aum_status status = tally_widen(tally, entry);
        if (status != AUM_OK)
            return status;
        exact_wide_add(&tally->wide[entry->sum.low], margin);
    }
    entry->count++;
    return AUM_OK;
}

double tally_aum(const struct aum_tally *tally, size_t slot)
{
    const struct tally_entry *entry = &tally->entries[slot];
    if (entry->count & TALLY_WIDE)
        return exact_wide_mean(&tally->wide[entry->sum.low],
                               tally_count(entry));
    return exact_sum_mean(&entry->sum, tally_count(entry));
}

/* ---- suggestions ---- */

/* Does (margin, class) suggest more strongly than (worst, suggested)? */
static bool stronger(double margin, uint32_t class, double worst,
                     uint32_t suggested)
{
    return suggested == AUM_NO_CLASS || margin < worst ||
           (margin == worst && class < suggested);
}

/*
 * Keeps the strongest suggestion and, with threshold_later, the strongest of
 * another class. The two are those classes' best overall: a class that was
 * pushed out can come back only with a measurement stronger than either, as
 * both only ever grow stronger.
 */
static inline void suggest(struct aum_tally *tally, size_t slot, double margin,
                           uint32_t class)
{
    if (class == AUM_NO_CLASS || class == tally->options.threshold_class)
        return;
    struct tally_entry *first = &tally->entries[slot];
    bool leads = stronger(margin, class, first->worst, first->suggested);
    if (tally->runners_up != NULL && class != first->suggested) {
        struct tally_runner_up *second = &tally->runners_up[slot];
        if (leads) {
            second->worst = first->worst;
            second->suggested = first->suggested;
        } else if (stronger(margin, class, second->worst, second->suggested)) {
            second->worst = margin;
            second->suggested = class;
        }
    }
    if (leads) {
        first->worst = margin;
        first->suggested = class;
    }
}

void tally_suggest(struct aum_tally *tally, size_t slot, double margin,
                   uint32_t class)
{
    suggest(tally, slot, margin, class);
}

struct tally_suggestion tally_suggestion(const struct aum_tally *tally,
                                         size_t slot, uint32_t threshold_class)
{
    const struct tally_entry *entry = &tally->entries[slot];
    struct tally_suggestion found = {entry->worst, entry->suggested};
    if (found.class != AUM_NO_CLASS && found.class == threshold_class &&
        tally->runners_up != NULL) {
        found.worst = tally->runners_up[slot].worst;
        found.class = tally->runners_up[slot].suggested;
    }
    if (found.class == entry->label)
        found.class = AUM_NO_CLASS;
    return found;
}

/* ---- adding ---- */

void tally_start_entry(struct aum_tally *tally, size_t slot, uint32_t label)
{
    struct tally_entry *entry = &tally->entries[slot];
    entry->label = label;
    entry->suggested = AUM_NO_CLASS;
    if (tally->runners_up != NULL)
        tally->runners_up[slot].suggested = AUM_NO_CLASS;
    tally->samples++;
}

/* Which part the newest row of a sample is from. */
static inline void note_part(struct tally_entry *entry,
                             const struct aum_batch *batch,
                             struct aum_batch_report *report)
{
    if (entry->part > batch->epoch_part && entry->part <= batch->part)
        report->shared++;
    if (batch->part + 1 > entry->part)
        entry->part = batch->part + 1;
}

/* The label of row i: new, as before, or changed. Returns false if the row is
 * to be left out. */
static bool take_label(struct aum_tally *tally, size_t slot,
                       const struct aum_batch *batch, size_t i,
                       struct aum_batch_report *report)
{
    struct tally_entry *entry = &tally->entries[slot];
    if (entry->part == 0) {
        tally_start_entry(tally, slot, batch->labels[i]);
    } else if (entry->label != batch->labels[i]) {
        if (!tally->options.allow_relabel) {
            if (report->relabeled++ == 0) {
                report->first_relabeled = i;
                report->old_label = entry->label;
            }
            return false;
        }
        if (batch->part + 1 >= entry->part)
            entry->label = batch->labels[i];
    }
    note_part(entry, batch, report);
    return true;
}

/* *added is the slot that got a margin, SIZE_MAX if none did. */
static enum aum_status add_row(struct aum_tally *tally,
                               const struct aum_batch *batch, size_t i,
                               struct aum_batch_report *report, size_t *added)
{
    size_t slot;
    *added = SIZE_MAX;
    enum aum_status status = tally_slot(tally, batch->ids, i, &slot);
    if (status != AUM_OK)
        return status;
    if (!take_label(tally, slot, batch, i, report))
        return batch->skip_relabeled ? AUM_OK : AUM_RELABELED;
    const double margin =
        batch->measured.assigned[i] - batch->measured.other[i];
    if (!isfinite(margin)) {
        if (report->not_finite++ == 0)
            report->first_not_finite = i;
        return AUM_OK;
    }
    status = tally_add_margin(tally, &tally->entries[slot], margin);
    if (status != AUM_OK)
        return status;
    suggest(tally, slot, margin, batch->measured.other_class[i]);
    *added = slot;
    return AUM_OK;
}

/*
 * The same for what nearly all rows are: of a sample that is known, with an id
 * that is its slot, the label that it had, and a margin that the narrow sum
 * takes. Returns false, and has done nothing, if it is not.
 */
static inline bool add_common_row(struct aum_tally *tally, size_t slots,
                                  const struct aum_batch *batch, size_t i,
                                  struct aum_batch_report *report)
{
    /* A negative number is a huge one here. */
    const uint64_t slot = ((const uint64_t *)batch->ids.values)[i];
    if (slot >= slots)
        return false;
    struct tally_entry *entry = &tally->entries[slot];
    const double margin =
        batch->measured.assigned[i] - batch->measured.other[i];
    if (entry->part == 0 || entry->label != batch->labels[i] ||
        tally_is_wide_or_full(entry) ||
        (!exact_sum_add_quick(&entry->sum, margin) &&
         !exact_sum_add(&entry->sum, margin))) /* not for NaN and infinity */
        return false;
    entry->count++;
    note_part(entry, batch, report);
    suggest(tally, slot, margin, batch->measured.other_class[i]);
    return true;
}

/* Slots that add_common_row() may use without another look. */
static size_t common_slots(const struct aum_tally *tally)
{
    if (tally->ids.form != SAMPLE_IDS_DENSE)
        return 0;
    return tally->ids.slots < tally->capacity ? tally->ids.slots
                                              : tally->capacity;
}

/*
 * Reads the entries of the rows to come, for the cache: they lie anywhere, and
 * in a loop as short as this the processor waits for many of them at once.
 */
#define ROWS_AHEAD 32

static void fetch_entries(const struct aum_tally *tally, size_t slots,
                          const struct aum_batch *batch, size_t first)
{
    const uint64_t *numbers = batch->ids.values;
    size_t end = first + ROWS_AHEAD;
    if (end > batch->rows)
        end = batch->rows;
    uint32_t sum = 0;
    for (size_t i = first; slots > 0 && i < end; i++) {
        const uint64_t slot = numbers[i];
        sum += tally->entries[slot < slots ? slot : 0].part;
    }
    __asm__ volatile("" : : "r"(sum)); /* it is used, as far as you know */
}

/* What the batch wants to know of a sample after a row. */
static void tell_so_far(const struct aum_tally *tally,
                        const struct aum_batch *batch, size_t i, size_t slot)
{
    const bool added = slot != SIZE_MAX;
    if (batch->counts_so_far != NULL)
        batch->counts_so_far[i] =
            added ? tally_count(&tally->entries[slot]) : 0;
    if (batch->aums_so_far != NULL)
        batch->aums_so_far[i] = added ? tally_aum(tally, slot) : (double)NAN;
}

enum aum_status aum_tally_add(struct aum_tally *tally,
                              const struct aum_batch *batch,
                              struct aum_batch_report *report)
{
    struct aum_batch_report unused;
    if (report == NULL)
        report = &unused;
    memset(report, 0, sizeof *report);
    if (tally->sealed || tally->of_runs || batch->part == UINT32_MAX)
        return AUM_BAD_ARGUMENT;
    const bool tells =
        batch->counts_so_far != NULL || batch->aums_so_far != NULL;
    const bool numbers = batch->ids.kind != AUM_IDS_STRING;
    size_t slots = numbers ? common_slots(tally) : 0;
    for (size_t i = 0; i < batch->rows; i++) {
        if (i % ROWS_AHEAD == 0)
            fetch_entries(tally, slots, batch, i);
        size_t added = SIZE_MAX;
        if (batch->labels[i] == AUM_NO_CLASS) {
            if (tells)
                tell_so_far(tally, batch, i, added);
            continue;
        }
        if (add_common_row(tally, slots, batch, i, report)) {
            if (tells)
                tell_so_far(tally, batch, i,
                            (size_t)((const uint64_t *)batch->ids.values)[i]);
            continue;
        }
        enum aum_status status = add_row(tally, batch, i, report, &added);
        if (status != AUM_OK)
            return status;
        if (tells)
            tell_so_far(tally, batch, i, added);
        slots = numbers ? common_slots(tally) : 0;
    }
    return AUM_OK;
}

/* Rows that aum_tally_update measures at a time, on the stack. */
#define UPDATE_ROWS 256

enum aum_status aum_tally_update(struct aum_tally *tally,
                                 const struct aum_logits *logits,
                                 const int64_t *targets, struct aum_ids ids,
                                 size_t *bad_row)
{
    const size_t element = aum_type_size(logits->type);
    if (element == 0 || logits->classes == 0 || logits->classes >= AUM_NO_CLASS)
        return AUM_BAD_ARGUMENT;
    const size_t labels_end = aum_label_classes(logits->classes);
    for (size_t i = 0; i < logits->rows; i++) {
        if (targets[i] < 0 || (uint64_t)targets[i] >= labels_end) {
            if (bad_row != NULL)
                *bad_row = i;
            return AUM_LABEL_OUT_OF_RANGE;
        }
    }
    const size_t stride = logits->row_stride != 0 ? logits->row_stride
                                                  : logits->classes * element;
    const size_t id_size =
        ids.kind == AUM_IDS_STRING ? sizeof(const char *) : sizeof(int64_t);
    for (size_t start = 0; start < logits->rows; start += UPDATE_ROWS) {
        uint32_t labels[UPDATE_ROWS];
        double assigned[UPDATE_ROWS];
        double other[UPDATE_ROWS];
        uint32_t other_class[UPDATE_ROWS];
        size_t rows = logits->rows - start;
        if (rows > UPDATE_ROWS)
            rows = UPDATE_ROWS;
        for (size_t i = 0; i < rows; i++)
            labels[i] = (uint32_t)targets[start + i];
        struct aum_logits block = *logits;
        block.data = (const unsigned char *)logits->data + start * stride;
        block.rows = rows;
        struct aum_batch batch = {
            .rows = rows,
            .ids = {ids.kind,
                    (const unsigned char *)ids.values + start * id_size},
            .labels = labels,
            .measured = {assigned, other, other_class},
        };
        aum_measure(&block, labels, batch.measured);
        struct aum_batch_report report;
        enum aum_status status = aum_tally_add(tally, &batch, &report);
        if (status == AUM_RELABELED && bad_row != NULL)
            *bad_row = start + report.first_relabeled;
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

/* ---- keeping ---- */

static void *copy_of(const void *array, size_t bytes)
{
    void *copy = malloc(bytes + 1);
    if (copy != NULL && bytes > 0) /* of nothing, there need be no array */
        memcpy(copy, array, bytes);
    return copy;
}

enum aum_status aum_tally_keep(struct aum_tally *tally)
{
    struct tally_kept *kept = &tally->kept;
    const size_t slots = tally->ids.slots;
    if (tally->sealed || tally->of_runs || slots == 0)
        return AUM_BAD_ARGUMENT;
    if (kept->slots < slots) {
        /* All that there may be, so that it is not copied again and again. */
        forget_kept(kept);
        kept->entries =
            huge_pages_resize(NULL, 0, tally->capacity * sizeof *kept->entries);
        if (tally->runners_up != NULL)
            kept->runners_up =
                malloc(tally->capacity * sizeof *kept->runners_up);
        if (kept->entries == NULL ||
            (tally->runners_up != NULL && kept->runners_up == NULL)) {
            forget_kept(kept);
            return AUM_NO_MEMORY;
        }
        memset(kept->entries, 0, tally->capacity * sizeof *kept->entries);
        kept->slots = tally->capacity;
    }
    free(kept->wide);
    kept->wide = copy_of(tally->wide, tally->wide_used * sizeof *kept->wide);
    kept->wide_used = tally->wide_used;
    if (kept->wide == NULL) {
        forget_kept(kept);
        return AUM_NO_MEMORY;
    }
    memcpy(kept->entries, tally->entries, slots * sizeof *kept->entries);
    if (kept->runners_up != NULL)
        memcpy(kept->runners_up, tally->runners_up,
               slots * sizeof *kept->runners_up);
    return AUM_OK;
}

enum aum_status aum_tally_restore(struct aum_tally *tally)
{
    struct tally_kept *kept = &tally->kept;
    if (kept->slots == 0)
        return AUM_BAD_ARGUMENT;
    tally->samples = 0;
    for (size_t slot = 0; slot < tally->ids.slots; slot++) {
        struct tally_entry *entry = &tally->entries[slot];
        const uint32_t marked = entry->count & TALLY_THRESHOLD;
        if (slot >= kept->slots || kept->entries[slot].part == 0) {
            memset(entry, 0, sizeof *entry);
            continue;
        }
        *entry = kept->entries[slot];
        entry->count |= marked;
        if (tally->runners_up != NULL)
            tally->runners_up[slot] = kept->runners_up[slot];
        tally->samples++;
    }
    if (kept->wide_used > 0)
        memcpy(tally->wide, kept->wide, kept->wide_used * sizeof *kept->wide);
    tally->wide_used = kept->wide_used;
    forget_kept(kept);
    return AUM_OK;
}

/* ---- known samples ---- */

/* The slot of the `row`-th of some ids; SIZE_MAX: the tally has no such
 * sample. */
static enum aum_status find_sample(struct aum_tally *tally, struct aum_ids ids,
                                   size_t row, size_t *slot)
{
    struct sample_key key;
    enum aum_status status = sample_ids_key(&tally->ids, ids, row, &key);
    if (status != AUM_OK)
        return status;
    *slot = sample_ids_find(&tally->ids, key);
    if (*slot != SIZE_MAX && !tally_in_use(tally, *slot))
        *slot = SIZE_MAX;
    return AUM_OK;
}

/* ---- truth ---- */

enum aum_status aum_tally_set_truth(struct aum_tally *tally, struct aum_ids ids,
                                    size_t n, const uint32_t *true_labels,
                                    size_t *found)
{
    if (tally->sealed)
        return AUM_BAD_ARGUMENT;
    if (tally->truth == NULL && tally->capacity > 0 &&
        !extend(&tally->truth, 0, tally->capacity, sizeof *tally->truth, 0xff))
        return AUM_NO_MEMORY;
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t slot;
        enum aum_status status = find_sample(tally, ids, i, &slot);
        if (status != AUM_OK)
            return status;
        if (slot == SIZE_MAX)
            continue;
        tally->truth[slot] = true_labels[i];
        ++*found;
    }
    return AUM_OK;
}

/* ---- threshold samples ---- */

enum aum_status aum_tally_mark_threshold(struct aum_tally *tally,
                                         struct aum_ids ids, size_t n,
                                         size_t *found)
{
    if (tally->sealed || !tally->options.threshold_later)
        return AUM_BAD_ARGUMENT;
    *found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t slot;
        enum aum_status status = find_sample(tally, ids, i, &slot);
        if (status != AUM_OK)
            return status;
        if (slot == SIZE_MAX)
            continue;
        struct tally_entry *entry = &tally->entries[slot];
        if (!(entry->count & TALLY_THRESHOLD))
            ++*found;
        entry->count |= TALLY_THRESHOLD;
    }
    return AUM_OK;
}

enum aum_status aum_tally_set_threshold_class(struct aum_tally *tally,
                                              uint32_t class_number)
{
    if (tally->sealed || !tally->options.threshold_later)
        return AUM_BAD_ARGUMENT;
    tally->options.threshold_class = class_number;
    return AUM_OK;
}

bool tally_is_ranked(const struct aum_tally *tally, size_t slot)
{
    return tally_has_aum(tally, slot) && !tally_is_threshold(tally, slot);
}

bool tally_is_threshold(const struct aum_tally *tally, size_t slot)
{
    const struct tally_entry *entry = &tally->entries[slot];
    return (entry->count & TALLY_THRESHOLD) ||
           (tally->options.threshold_class != AUM_NO_CLASS &&
            entry->label == tally->options.threshold_class);
}

uint32_t tally_threshold_class(const struct aum_tally *tally)
{
    uint32_t class = tally->options.threshold_class;
    if (class != AUM_NO_CLASS || !tally->options.threshold_later)
        return class;
    for (size_t slot = 0; slot < tally->ids.slots; slot++) {
        const struct tally_entry *entry = &tally->entries[slot];
        if (!tally_in_use(tally, slot) || !(entry->count & TALLY_THRESHOLD))
            continue;
        if (class != AUM_NO_CLASS && class != entry->label)
            return AUM_NO_CLASS;
        class = entry->label;
    }
    return class;
}
