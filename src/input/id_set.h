/*
 * id_set.h - which of some samples a row is of
 */
#ifndef INPUT_ID_SET_H
#define INPUT_ID_SET_H

#include "input/id_list.h"

/* Ids as people wrote them, and how dumps may have them: as integers of two
 * kinds, or strings. All zero at first. */
struct id_set {
    char *const *texts; /* the caller's, who must keep them */
    size_t count;
    const char *source; /* for messages; the caller's too */
    struct id_set_kind {
        bool prepared;
        struct id_values values;
        uint32_t *table; /* open addressing: index into values + 1 */
        size_t mask;
    } kinds[AUM_IDS_STRING + 1];
};

void id_set_init(struct id_set *set, char *const *texts, size_t count,
                 const char *source);
void id_set_free(struct id_set *set);

/* Makes ready for ids of a kind. False with an error. */
bool id_set_prepare(struct id_set *set, enum aum_id_kind kind,
                    struct error *error);

/* Which of the texts a row's id is: SIZE_MAX if none. Of equal ones the first.
 * Any number of threads may ask, once that kind has been prepared. */
size_t id_set_find(const struct id_set *set, struct aum_ids ids, size_t row);

#endif
