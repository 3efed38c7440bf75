/*
 * merge.c - adding up tallies, and tallies as columns
 */
#include <math.h>

#include "libaum/tally.h"

/* What one tally knows of a sample, to be added to another. */
struct addend {
    uint32_t label;
    uint32_t part; /* plus 1 */
    uint32_t count;
    uint32_t marks;
    struct exact_sum sum;              /* unless `wide` */
    const struct exact_wide_sum *wide; /* else NULL */
    struct tally_suggestion suggestions[2];
};

static exact_int128 narrow_value(const struct exact_sum *sum)
{
    return (exact_int128)((exact_uint128)sum->high << 64 | sum->low);
}

static enum aum_status add_sum(struct aum_tally *tally,
                               struct tally_entry *entry,
                               const struct addend *addend)
{
    exact_int128 sum;
    if (!(entry->count & TALLY_WIDE) && addend->wide == NULL &&
        !__builtin_add_overflow(narrow_value(&entry->sum),
                                narrow_value(&addend->sum), &sum)) {
        entry->sum.low = (uint64_t)sum;
        entry->sum.high = (uint64_t)((exact_uint128)sum >> 64);
        return AUM_OK;
    }
    enum aum_status status = tally_widen(tally, entry);
    if (status != AUM_OK)
        return status;
    struct exact_wide_sum wide;
    if (addend->wide == NULL)
        exact_wide_from(&wide, &addend->sum);
    exact_wide_add_wide(&tally->wide[entry->sum.low],
                        addend->wide != NULL ? addend->wide : &wide);
    return AUM_OK;
}

static enum aum_status add_sample(struct aum_tally *tally, size_t slot,
                                  const struct addend *addend)
{
    struct tally_entry *entry = &tally->entries[slot];
    if (entry->part == 0) {
        tally_start_entry(tally, slot, addend->label);
    } else if (entry->label != addend->label) {
        if (!tally->options.allow_relabel)
            return AUM_RELABELED;
        if (addend->part >= entry->part)
            entry->label = addend->label;
    }
    if (addend->part > entry->part)
        entry->part = addend->part;
    entry->count |= addend->marks;
    if (tally_count(entry) + (uint64_t)addend->count > TALLY_COUNT_MASK)
        return AUM_TOO_MANY_SAMPLES;
    enum aum_status status = add_sum(tally, entry, addend);
    if (status != AUM_OK)
        return status;
    entry->count += addend->count;
    for (size_t i = 0; i < 2; i++)
        tally_suggest(tally, slot, addend->suggestions[i].worst,
                      addend->suggestions[i].class);
    return AUM_OK;
}

static struct addend addend_of(const struct aum_tally *from, size_t slot)
{
    const struct tally_entry *entry = &from->entries[slot];
    struct addend addend = {
        .label = entry->label,
        .part = entry->part,
        .count = tally_count(entry),
        .marks = entry->count & TALLY_THRESHOLD,
        .sum = entry->sum,
        .suggestions = {{entry->worst, entry->suggested}, {0, AUM_NO_CLASS}},
    };
    if (entry->count & TALLY_WIDE)
        addend.wide = &from->wide[entry->sum.low];
    if (from->runners_up != NULL)
        addend.suggestions[1] = (struct tally_suggestion){
            from->runners_up[slot].worst, from->runners_up[slot].suggested};
    return addend;
}

enum aum_status tally_adopt(struct aum_tally *into,
                            const struct aum_tally *from, size_t slot,
                            size_t *to)
{
    struct aum_id id = sample_ids_get(&from->ids, slot);
    struct aum_ids one = {id.kind, &id.int64};
    if (id.kind == AUM_IDS_UINT64)
        one.values = &id.uint64;
    else if (id.kind == AUM_IDS_STRING)
        one.values = &id.string;
    return tally_slot(into, one, 0, to);
}

enum aum_status aum_tally_merge(struct aum_tally *into,
                                const struct aum_tally *from)
{
    if (into->sealed || into == from || into->of_runs || from->of_runs)
        return AUM_BAD_ARGUMENT;
    for (size_t slot = 0; slot < from->ids.slots; slot++) {
        if (!tally_in_use(from, slot))
            continue;
        const struct addend addend = addend_of(from, slot);
        size_t to;
        enum aum_status status = tally_adopt(into, from, slot, &to);
        if (status == AUM_OK)
            status = add_sample(into, to, &addend);
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}

/* ---- columns ---- */

static void export_sample(const struct aum_tally *tally, size_t slot, size_t i,
                          struct aum_columns *columns)
{
    const struct addend sample = addend_of(tally, slot);
    const struct aum_id id = sample_ids_get(&tally->ids, slot);
    if (id.kind == AUM_IDS_STRING)
        columns->id_strings[i] = id.string;
    else
        columns->id_numbers[i] = id.uint64;
    columns->labels[i] = sample.label;
    columns->measurements[i] = sample.count;
    columns->parts[i] = sample.part - 1;
    columns->wide[i] = sample.wide != NULL;
    columns->sums[AUM_SUM_WORDS * i] = sample.wide ? 0 : sample.sum.low;
    columns->sums[AUM_SUM_WORDS * i + 1] = sample.wide ? 0 : sample.sum.high;
    if (sample.wide != NULL)
        memcpy(columns->wide_sums + AUM_WIDE_SUM_WORDS * columns->wide_count++,
               sample.wide->words, sizeof sample.wide->words);
    for (size_t j = 0; j < 2; j++) {
        columns->suggested[j][i] = sample.suggestions[j].class;
        columns->worst[j][i] = sample.suggestions[j].worst;
    }
}

size_t aum_tally_export(const struct aum_tally *tally, size_t *cursor,
                        size_t room, struct aum_columns *columns)
{
    size_t count = 0;
    columns->id_kind = aum_tally_id_kind(tally);
    columns->wide_count = 0;
    for (; count < room && *cursor < tally->ids.slots; ++*cursor) {
        if (*cursor < tally->capacity && tally_in_use(tally, *cursor))
            export_sample(tally, *cursor, count++, columns);
    }
    return count;
}

/* A suggestion, if it can be one: the class won. */
static bool take_suggestion(const struct aum_columns *columns, size_t j,
                            size_t i, struct tally_suggestion *suggestion)
{
    *suggestion = (struct tally_suggestion){columns->worst[j][i],
                                            columns->suggested[j][i]};
    return suggestion->class == AUM_NO_CLASS ||
           (suggestion->worst < 0 && isfinite(suggestion->worst));
}

/* Can this be the sum of so many margins, which are finite? */
static bool is_sum(const struct addend *addend)
{
    if (addend->count == 0)
        return addend->wide == NULL && addend->sum.low == 0 &&
               addend->sum.high == 0;
    return addend->wide == NULL ||
           isfinite(exact_wide_mean(addend->wide, addend->count));
}

static enum aum_status import_sample(struct aum_tally *tally,
                                     const struct aum_columns *columns,
                                     size_t i, size_t slot, size_t *wide_used)
{
    struct addend addend = {
        .label = columns->labels[i],
        .part = columns->parts[i] + 1,
        .count = columns->measurements[i],
        .sum = {columns->sums[AUM_SUM_WORDS * i],
                columns->sums[AUM_SUM_WORDS * i + 1]},
    };
    struct exact_wide_sum wide;
    if (columns->wide[i] != 0) {
        if (*wide_used >= columns->wide_count)
            return AUM_BAD_ARGUMENT;
        memcpy(wide.words,
               columns->wide_sums + AUM_WIDE_SUM_WORDS * (*wide_used)++,
               sizeof wide.words);
        addend.wide = &wide;
    }
    if (addend.label == AUM_NO_CLASS || addend.part == 0 ||
        addend.count > TALLY_COUNT_MASK || !is_sum(&addend) ||
        !take_suggestion(columns, 0, i, &addend.suggestions[0]) ||
        !take_suggestion(columns, 1, i, &addend.suggestions[1]))
        return AUM_BAD_ARGUMENT;
    return add_sample(tally, slot, &addend);
}

enum aum_status aum_tally_import(struct aum_tally *tally,
                                 const struct aum_columns *columns,
                                 size_t count, size_t *bad_row,
                                 uint32_t *old_label)
{
    struct aum_ids ids = {columns->id_kind, columns->id_numbers};
    size_t wide_used = 0;
    if (ids.kind == AUM_IDS_STRING)
        ids.values = columns->id_strings;
    if (tally->sealed || tally->of_runs)
        return AUM_BAD_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        size_t slot;
        enum aum_status status = tally_slot(tally, ids, i, &slot);
        if (status == AUM_OK)
            status = import_sample(tally, columns, i, slot, &wide_used);
        if (status == AUM_RELABELED && bad_row != NULL) {
            *bad_row = i;
            *old_label = tally->entries[slot].label;
        }
        if (status != AUM_OK)
            return status;
    }
    return AUM_OK;
}
