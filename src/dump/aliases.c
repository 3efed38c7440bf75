/*
 * aliases.c - datasets under several names are read once
 *
 * Hard, soft and external links give one dataset several names: `best` for an
 * epoch, a file that links to all others.
 */
#include <stdlib.h>

#include "common/hash.h"
#include "common/names.h"
#include "dump/numbering.h"

/* Where a dataset is, under whatever name. */
struct object {
    uint64_t inode;
    uint64_t bytes;
    uint64_t address; /* 0: unknown, and so like no other */
};

static struct object object_of(const struct dump_index *index, uint32_t number)
{
    if (number == DUMP_NO_ARRAY)
        return (struct object){0, 0, 1};
    const struct dump_array *array = &index->arrays[number];
    if (array->layout->foreign)
        return (struct object){array->layout->home.inode,
                               array->layout->home.bytes, array->address};
    const struct dump_file *file = &index->files[array->file];
    return (struct object){file->inode, file->bytes, array->address};
}

static bool same_object(const struct dump_index *index, uint32_t a, uint32_t b)
{
    const struct object x = object_of(index, a);
    const struct object y = object_of(index, b);
    return a == b || (x.inode == y.inode && x.bytes == y.bytes &&
                      x.address == y.address && x.address != 0);
}

static bool same_record(const struct dump_index *index,
                        const struct epoch_record *a,
                        const struct epoch_record *b)
{
    return a->slice == b->slice && a->first_row == b->first_row &&
           same_object(index, a->logits, b->logits) &&
           same_object(index, a->labels, b->labels) &&
           same_object(index, a->ids, b->ids) && a->by_group == b->by_group &&
           a->by_file == b->by_file;
}

/* A record, by what its logits are. */
struct place {
    uint64_t hash;
    uint32_t record;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Has the name of the group itself an epoch's number, not only those above? */
static bool is_numbered_last(const struct epoch_record *record)
{
    int64_t unused;
    return record->from == DUMP_FROM_GROUP &&
           names_epoch_after_keyword(strrchr(record->group, '/') + 1,
                                     &unused) == NAMES_EPOCH;
}

static int count_names(const char *path)
{
    int count = 0;
    for (; *path != '\0'; path++)
        count += *path == '/';
    return count;
}

/* Is the name of `a` better to know a record by than that of `b`? One that
 * numbers it is, and that tells its split; and of links from one epoch to the
 * next (/epoch_0/next), the end of the chain is not. */
static bool is_better(const struct dump_index *index,
                      const struct epoch_record *a,
                      const struct epoch_record *b)
{
    if (a->numbered != b->numbered)
        return a->numbered;
    if (a->numbered && a->from != b->from)
        return a->from < b->from;
    if (is_numbered_last(a) != is_numbered_last(b))
        return is_numbered_last(a);
    if ((names_splits(a->group) != 0) != (names_splits(b->group) != 0))
        return names_splits(a->group) != 0;
    if (count_names(a->group) != count_names(b->group))
        return count_names(a->group) < count_names(b->group);
    const int order =
        names_compare(index->files[a->file].path, index->files[b->file].path);
    return order < 0 || (order == 0 && names_compare(a->group, b->group) < 0);
}

/* Leaves one of those with the same hash that are the same record; of the
 * others, the group becomes NULL. */
static bool keep_best(struct dump_index *index, const struct place *places,
                      size_t count, struct error *error)
{
    struct epoch_record *best = &index->records[places[0].record];
    for (size_t i = 1; i < count; i++) {
        struct epoch_record *next = &index->records[places[i].record];
        if (!same_record(index, best, next))
            continue;
        struct epoch_record *worse = is_better(index, next, best) ? best : next;
        best = worse == best ? next : best;
        if (worse->slice == 0 &&
            !dump_index_pass(index, index->files[worse->file].path,
                             worse->group, "another name of what is read"))
            return error_no_memory(error);
        worse->group = NULL;
    }
    return true;
}

static uint64_t hash_object(uint64_t hash, struct object object)
{
    return hash_spread(hash_spread(hash ^ object.inode) ^ object.address);
}

bool dump_drop_aliases(struct dump_index *index, struct error *error)
{
    struct place *places = calloc(index->record_count + 1, sizeof *places);
    if (places == NULL)
        return error_no_memory(error);
    for (size_t i = 0; i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        uint64_t hash = hash_spread(record->slice) ^ record->first_row;
        hash = hash_object(hash, object_of(index, record->logits));
        hash = hash_object(hash, object_of(index, record->labels));
        hash = hash_object(hash, object_of(index, record->ids));
        places[i] = (struct place){hash, (uint32_t)i};
    }
    qsort(places, index->record_count, sizeof *places, compare_places);
    bool good = true;
    for (size_t i = 0, end; good && i < index->record_count; i = end) {
        end = i + 1;
        while (end < index->record_count && places[end].hash == places[i].hash)
            end++;
        good = keep_best(index, places + i, end - i, error);
    }
    free(places);
    if (good)
        dump_index_drop_marked(index);
    return good;
}

/* ---- sources ---- */

/* By file and object. */
static int compare_objects(const struct object *x, const struct object *y)
{
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return (x->address > y->address) - (x->address < y->address);
}

struct source {
    struct object object;
    uint32_t array; /* that is made of it */
};

static int compare_sources(const void *a, const void *b)
{
    return compare_objects(&((const struct source *)a)->object,
                           &((const struct source *)b)->object);
}

/* The record whose logits are an array; NULL: it is not read. */
static const struct epoch_record *record_of(const struct dump_index *index,
                                            uint32_t array)
{
    for (size_t i = 0; i < index->record_count; i++) {
        if (index->records[i].logits == array)
            return &index->records[i];
    }
    return NULL;
}

static bool read_twice(const struct dump_index *index,
                       const struct epoch_record *made,
                       const struct epoch_record *of, struct error *error)
{
    const bool same = made->file == of->file;
    error_set(error,
              "%s: %s is a virtual dataset of %s%s%s, which is read as well, "
              "so that its rows would count twice",
              index->files[made->file].path, index->arrays[made->logits].path,
              same ? "" : index->files[of->file].path, same ? "" : ": ",
              index->arrays[of->logits].path);
    return error_advise(error, ADVICE_CHOOSE_GROUP);
}

bool dump_check_sources(const struct dump_index *index, struct error *error)
{
    if (index->source_count == 0)
        return true;
    struct source *sources = calloc(index->source_count, sizeof *sources);
    if (sources == NULL)
        return error_no_memory(error);
    for (size_t i = 0; i < index->source_count; i++) {
        const struct dump_source *source = &index->sources[i];
        sources[i] = (struct source){
            {source->inode, source->bytes, source->address}, source->array};
    }
    qsort(sources, index->source_count, sizeof *sources, compare_sources);
    bool good = true;
    for (size_t i = 0; good && i < index->record_count; i++) {
        const struct epoch_record *record = &index->records[i];
        const struct source key = {object_of(index, record->logits), 0};
        const struct source *found =
            key.object.address != 0
                ? bsearch(&key, sources, index->source_count, sizeof *sources,
                          compare_sources)
                : NULL;
        const struct epoch_record *made =
            found != NULL ? record_of(index, found->array) : NULL;
        good = made == NULL || read_twice(index, made, record, error);
    }
    free(sources);
    return good;
}
