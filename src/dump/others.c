/*
 * others.c - the other files that the dumps of an index are kept in
 */
#include "dump/others.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/hash.h"

static uint64_t hash_path(const char *path)
{
    return hash_spread(hash_text(path));
}

static uint64_t hash_file(const void *files, size_t number)
{
    return hash_path(((const struct dump_other *)files)[number].path);
}

static bool has_path(const void *files, size_t number, const void *path)
{
    return strcmp(((const struct dump_other *)files)[number].path, path) == 0;
}

/* A sum, as it does not matter in which order they are met. */
void dump_others_note(struct dump_others *others,
                      const struct dump_identity *identity)
{
    others->digest += hash_spread(hash_spread(identity->bytes) ^
                                  (uint64_t)identity->modified);
}

bool dump_others_add(struct dump_others *others, const char *path,
                     const struct dump_identity *identity)
{
    dump_others_note(others, identity);
    if (dump_others_find(others, path) != NULL)
        return true;
    struct dump_other *files =
        list_grow(others->files, others->count, sizeof *files);
    if (files == NULL)
        return false;
    others->files = files;
    if (others->count >= UINT32_MAX / 2 ||
        !hash_table_reserve(&others->table, others->count, hash_file, files))
        return false;
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    hash_table_add(&others->table, hash_path(path), others->count);
    files[others->count++] = (struct dump_other){copy, *identity};
    return true;
}

const struct dump_other *dump_others_find(const struct dump_others *others,
                                          const char *path)
{
    const size_t number = hash_table_find(&others->table, hash_path(path),
                                          has_path, others->files, path);
    return number != SIZE_MAX ? &others->files[number] : NULL;
}

bool dump_other_holds(const struct dump_other *then,
                      const struct dump_identity *now, bool live, bool unread,
                      const char *what, struct error *error)
{
    if (then == NULL) {
        error_set(error,
                  "%s: has taken the place of another file since the dump was "
                  "looked at; start again once its writer has finished",
                  what);
        return error_advise(error, unread ? ADVICE_SKIP_FILE : ADVICE_NONE);
    }
    return dump_identity_holds(&then->identity, now, live, unread, what, error);
}

void dump_others_free(struct dump_others *others)
{
    for (size_t i = 0; i < others->count; i++)
        free(others->files[i].path);
    free(others->files);
    hash_table_free(&others->table);
    memset(others, 0, sizeof *others);
}
