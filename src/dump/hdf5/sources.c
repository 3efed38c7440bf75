/*
 * sources.c - the other files that a dataset is kept in
 */
#include "dump/hdf5/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fit.h"
#include "common/path.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/source_check.h"

/* Sources of one dataset, each as often as it is named; and ways to those that
 * virtual datasets of virtual datasets lead to again and again. */
#define LOOKED_MAX 1000000u
#define REPEATED_MAX 10000u

bool source_out_of_memory(const struct source_check *c)
{
    return error_no_memory_for(c->error, c->file);
}

bool source_damaged(const struct source_check *c, const char *what)
{
    return h5_fail(c->error, "%s: %s: damaged: %s", c->file, c->path, what);
}

bool source_name_too_long(const struct source_check *c)
{
    return error_set(c->error,
                     "%s: %s: the name of a file that it is kept in has more "
                     "than %d bytes",
                     c->file, c->path, SOURCE_NAME_ROOM - 1);
}

bool check_source_file(const struct source_check *c, const char *name,
                       const struct dump_identity *now)
{
    const struct sources *s = c->sources;
    if (s->found != NULL && !dump_others_add(s->found, name, now))
        return source_out_of_memory(c);
    const struct dump_other *then =
        dump_others_find(s->found != NULL ? s->found : s->known, name);
    char what[1100];
    text_fit(what, sizeof what, "%s: %s: %s", c->file, c->path, name);
    return dump_other_holds(then, now, s->live, s->unread, what, c->error);
}

char *source_opened_as(hid_t object)
{
    const ssize_t length = H5Fget_name(object, NULL, 0);
    char *name = length >= 0 ? malloc((size_t)length + 1) : NULL;
    if (name != NULL && H5Fget_name(object, name, (size_t)length + 1) < 0) {
        free(name);
        return NULL;
    }
    return name;
}

char *source_expand_origin(const char *prefix, const char *file_name)
{
    static const char origin[] = "${ORIGIN}";
    const size_t skip = sizeof origin - 1;
    if (strncmp(prefix, origin, skip) != 0)
        return strdup(prefix);
    const size_t length = path_folder_length(file_name);
    return length > 0 ? path_join(file_name, length, prefix + skip)
                      : path_join("./", 2, prefix + skip);
}

bool source_add_ways(struct source_check *c, size_t ways)
{
    c->ways += ways;
    return c->ways <= c->looked + REPEATED_MAX ||
           error_set(c->error,
                     "%s: %s: virtual datasets of virtual datasets, in which "
                     "more than %u sources are repeated; map the datasets that "
                     "hold the data instead",
                     c->file, c->path, REPEATED_MAX);
}

/* `properties` are those that the dataset was created with. To get them from
 * the library takes long if there are many mappings. */
static bool check_properties(struct source_check *c, hid_t dataset,
                             hid_t properties, const struct source_level *above)
{
    if (c->looked++ >= LOOKED_MAX)
        return error_set(c->error,
                         "%s: %s: damaged: more than %u sources behind it",
                         c->file, c->path, LOOKED_MAX);
    c->ways++;
    switch (H5Pget_layout(properties)) {
    case H5D_CONTIGUOUS:
        return check_raw_files(c, dataset, properties) &&
               (H5Pget_external_count(properties) > 0 ||
                check_source_bytes(c, dataset));
    case H5D_VIRTUAL:
        return check_virtual_dataset(c, dataset, properties, above);
    case H5D_CHUNKED: /* see source_finish() */
        return true;
    default:
        return check_source_bytes(c, dataset);
    }
}

bool check_source_dataset(struct source_check *c, hid_t dataset,
                          const struct source_level *above)
{
    hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0)
        return source_damaged(c, "its properties are unreadable");
    const bool good = check_properties(c, dataset, properties, above);
    H5Pclose(properties);
    return good;
}

/* Nearly all datasets are within their file: that is seen at once. */
static bool may_name_files(hid_t properties)
{
    const H5D_layout_t layout = H5Pget_layout(properties);
    return layout != H5D_COMPACT && layout != H5D_CHUNKED &&
           (layout != H5D_CONTIGUOUS || H5Pget_external_count(properties) > 0);
}

static bool check_behind(hid_t dataset, hid_t properties,
                         const struct sources *sources, struct error *error)
{
    struct source_check c = {
        .file = sources->file,
        .path = sources->path,
        .sources = sources,
        .guard = guard_of(dataset),
        .error = error,
    };
    if (c.guard == NULL)
        return error_no_memory(error);
    c.guard->found = sources->found;
    const bool good = check_properties(&c, dataset, properties, NULL);
    c.guard->found = NULL;
    source_memo_free(&c.memo);
    return good;
}

bool sources_check(hid_t dataset, const struct sources *sources,
                   struct error *error)
{
    if (sources->map != NULL)
        return check_behind(dataset, source_map_properties(sources->map),
                            sources, error);
    hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0)
        return h5_fail(error, "%s: %s: damaged: its properties are unreadable",
                       sources->file, sources->path);
    const bool good = !may_name_files(properties) ||
                      check_behind(dataset, properties, sources, error);
    H5Pclose(properties);
    return good;
}

bool sources_target_holds(hid_t dataset, const struct sources *sources,
                          const struct dump_identity *home, struct error *error)
{
    struct dump_identity now;
    char what[1100];
    char *target = source_opened_as(dataset);
    if (target == NULL)
        return error_no_memory(error);
    text_fit(what, sizeof what, "%s: %s: a link to %s", sources->file,
             sources->path, target);
    free(target);
    return h5_identify(dataset, &now)
               ? dump_identity_holds(home, &now, sources->live, sources->unread,
                                     what, error)
               : error_set(error, "%s: cannot read", what);
}

bool sources_are_own(hid_t dataset, hid_t file)
{
    hid_t properties = H5Dget_create_plist(dataset);
    const bool own =
        properties >= 0 && H5Pget_layout(properties) != H5D_VIRTUAL &&
        H5Pget_external_count(properties) == 0 && h5_same_file(dataset, file);
    if (properties >= 0)
        H5Pclose(properties);
    return own;
}
