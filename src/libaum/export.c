/*
 * export.c - the arrays through which samples leave a tally and come back
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aum.h"

static const struct {
    struct aum_column_type type;
    size_t offset; /* of the pointer to its numbers */
} columns_of[] = {
#define COLUMN(name, type, words, member)                         \
    {                                                             \
        {name, type, words}, offsetof(struct aum_columns, member) \
    }
    [AUM_COLUMN_LABELS] = COLUMN("labels", AUM_U32, 1, labels),
    [AUM_COLUMN_MEASUREMENTS] =
        COLUMN("measurements", AUM_U32, 1, measurements),
    [AUM_COLUMN_RECORDS] = COLUMN("records", AUM_U32, 1, records),
    [AUM_COLUMN_SUMS] = COLUMN("sums", AUM_U64, AUM_SUM_WORDS, sums),
    [AUM_COLUMN_WIDE] = COLUMN("wide", AUM_U8, 1, wide),
    [AUM_COLUMN_SUGGESTED] = COLUMN("suggested", AUM_U32, 1, suggested[0]),
    [AUM_COLUMN_WORST] = COLUMN("worst", AUM_F64, 1, worst[0]),
    [AUM_COLUMN_SECOND_SUGGESTED] =
        COLUMN("second_suggested", AUM_U32, 1, suggested[1]),
    [AUM_COLUMN_SECOND_WORST] = COLUMN("second_worst", AUM_F64, 1, worst[1]),
    [AUM_COLUMN_VOTE_CLASSES] =
        COLUMN("vote_classes", AUM_U32, AUM_VOTES, vote_classes),
    [AUM_COLUMN_VOTES] = COLUMN("votes", AUM_U32, AUM_VOTES, votes),
#undef COLUMN
};

#define COLUMNS (sizeof columns_of / sizeof *columns_of)

_Static_assert(COLUMNS == AUM_COLUMN_COUNT, "each column is listed");

const struct aum_column_type *aum_column_type(enum aum_column column)
{
    return column < COLUMNS ? &columns_of[column].type : NULL;
}

void *aum_columns_values(const struct aum_columns *columns,
                         enum aum_column column)
{
    void *values = NULL;
    if (column < COLUMNS)
        memcpy(&values, (const char *)columns + columns_of[column].offset,
               sizeof values);
    return values;
}

/* ---- votes ---- */

static bool is_among(const uint32_t *classes, size_t count, uint32_t class)
{
    for (size_t i = 0; i < count; i++) {
        if (classes[i] == class)
            return true;
    }
    return false;
}

static bool all_zero(const uint32_t *votes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (votes[i] > 0)
            return false;
    }
    return true;
}

bool aum_columns_votes_add_up(const struct aum_columns *columns, size_t row)
{
    const uint32_t *classes = columns->vote_classes + AUM_VOTES * row;
    const uint32_t *votes = columns->votes + AUM_VOTES * row;
    const uint32_t suggested = columns->suggested[0][row];
    const uint32_t measurements = columns->measurements[row];
    uint64_t sum = 0;
    size_t used = 0;
    /* At least five classes won, each at a measurement at least. */
    if (votes[0] == AUM_VOTES_VOID)
        return all_zero(votes + 1, AUM_VOTES - 1) && measurements >= AUM_VOTES;
    for (; used < AUM_VOTES && votes[used] > 0; used++) {
        if (classes[used] == AUM_NO_CLASS ||
            is_among(classes, used, classes[used]))
            return false;
        sum += votes[used];
    }
    return all_zero(votes + used, AUM_VOTES - used) && sum <= measurements &&
           (suggested == AUM_NO_CLASS || is_among(classes, used, suggested));
}

/* ---- memory ---- */

/* All arrays are one piece of memory, each aligned for any number. */
#define ALIGNMENT 16u

/* More samples than memory could hold; no product of sizes overflows. */
#define ROOM_MAX (SIZE_MAX / 4096)

struct piece {
    unsigned char *start; /* NULL: sizes are only added up */
    size_t used;
};

/* An array of `room` elements of so many bytes. */
static void *take(struct piece *piece, size_t room, size_t bytes)
{
    void *array = piece->start != NULL ? piece->start + piece->used : NULL;
    piece->used += (room * bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return array;
}

static void hand_out(struct aum_columns *columns, struct piece *piece,
                     size_t room)
{
    columns->id_numbers = take(piece, room, sizeof *columns->id_numbers);
    columns->id_strings = take(piece, room, sizeof *columns->id_strings);
    columns->wide_sums =
        take(piece, room, AUM_WIDE_SUM_WORDS * sizeof *columns->wide_sums);
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct aum_column_type *type = &columns_of[i].type;
        void *values =
            take(piece, room, type->words * aum_type_size(type->type));
        memcpy((char *)columns + columns_of[i].offset, &values, sizeof values);
    }
}

struct aum_columns *aum_columns_create(size_t room)
{
    struct aum_columns unused;
    struct piece piece = {NULL, 0};
    if (room > ROOM_MAX)
        return NULL;
    take(&piece, 1, sizeof unused);
    hand_out(&unused, &piece, room);
    piece = (struct piece){calloc(1, piece.used), 0};
    if (piece.start == NULL)
        return NULL;
    struct aum_columns *columns = take(&piece, 1, sizeof *columns);
    hand_out(columns, &piece, room);
    return columns;
}

void aum_columns_destroy(struct aum_columns *columns)
{
    free(columns);
}
