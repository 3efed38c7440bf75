/*
 * examine.c - an HDF5 file, for discovery
 *
 * What is asked of a group is asked of it while it is open, as the library
 * takes long to follow a path.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/hdf5/describe.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/hdf5_file.h"
#include "dump/hdf5/sources.h"

static struct hdf5_file *of_file(struct container_file *file)
{
    return (struct hdf5_file *)file; /* its first field */
}

/* ---- opening and closing ---- */

/* Closes the group that was looked into last. */
static void leave_group(struct hdf5_file *f)
{
    if (f->looked_into != NULL && f->group >= 0)
        H5Gclose(f->group);
    free(f->looked_into);
    f->looked_into = NULL;
}

static void close_hdf5(struct container_file *file)
{
    struct hdf5_file *f = of_file(file);
    leave_group(f);
    hdf5_walk_free(f);
    if (f->id >= 0)
        H5Fclose(f->id);
    h5_leave(f->index->watch);
    catalog_free(&file->catalog);
    free(f);
}

/* What kind of file is it? */
static bool identify(struct hdf5_file *f, bool live, struct error *error)
{
    struct catalog *catalog = &f->file.catalog;
    char kind[32];
    unsigned intent = 0;
    f->id = h5_open_file(f->path, live, f->index->trust, 0, "", error);
    if (f->id < 0)
        return false;
    f->guard = guard_of(f->id);
    if (f->guard == NULL)
        return error_no_memory(error);
    f->failures = h5_failures();
    catalog->columns = h5_file_kind(f->id, kind, sizeof kind);
    if (catalog->columns)
        return true;
    H5Fget_intent(f->id, &intent);
    catalog->live = (intent & H5F_ACC_SWMR_READ) != 0;
    if (!h5_identify(f->id, &catalog->identity))
        return h5_fail(error, "%s: cannot read", f->path);
    guard_report(f->guard, f->index, catalog->identity.bytes);
    return true;
}

static struct container_file *open_hdf5(struct dump_index *index,
                                        const char *path, bool live,
                                        struct error *error)
{
    struct hdf5_file *f = calloc(1, sizeof *f);
    if (f == NULL) {
        error_no_memory(error);
        return NULL;
    }
    f->file.format = &container_hdf5;
    f->index = index;
    f->path = path;
    f->id = -1;
    h5_enter(index->watch, path);
    if (identify(f, live, error))
        return &f->file;
    close_hdf5(&f->file);
    return NULL;
}

/* ---- groups and links ---- */

static bool list(struct container_file *file, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    const bool good = hdf5_walk(f, error);
    hdf5_walk_free(f);
    if (!good)
        return false;
    if (!h5_has_heaps(f->id))
        file->catalog.names_bytes = 0;
    h5_keep(f->id, file->catalog.names_bytes);
    return true;
}

static void list_datasets(struct container_file *file)
{
    hdf5_list_datasets(of_file(file));
}

/* Remembers the first link that leads nowhere, or where it must not. Whether
 * something exists the library does not know without the memory to open it, and
 * says so only if it is asked for more. */
static void note_broken(struct hdf5_file *f, const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    H5O_info_t info;
    if (catalog->broken_link[0] != '\0' || catalog->aside)
        return;
    hdf5_note_broken(f, path, path);
    H5Oget_info_by_name(f->id, path, &info, H5P_DEFAULT);
}

/* Each group is opened only once. */
static bool has_link(struct container_file *file, const char *group,
                     const char *name)
{
    struct hdf5_file *f = of_file(file);
    if (strcmp(group, "/") == 0)
        return H5Lexists(f->id, name, H5P_DEFAULT) > 0;
    if (f->looked_into == NULL || strcmp(f->looked_into, group) != 0) {
        leave_group(f);
        f->looked_into = strdup(group);
        f->no_memory |= f->looked_into == NULL;
        f->group = H5Gopen2(f->id, group, H5P_DEFAULT);
    }
    return f->group >= 0 && H5Lexists(f->group, name, H5P_DEFAULT) > 0;
}

struct names {
    bool (*take)(void *context, const char *name);
    void *context;
};

static herr_t take_name(hid_t group, const char *name, const H5L_info_t *link,
                        void *context)
{
    const struct names *names = context;
    (void)group, (void)link;
    return names->take(names->context, name) ? 0 : 1;
}

static void each_name(struct container_file *file, const char *group,
                      bool (*take)(void *context, const char *name),
                      void *context)
{
    struct hdf5_file *f = of_file(file);
    struct names names = {take, context};
    H5Literate_by_name(f->id, group, H5_INDEX_NAME, H5_ITER_INC, NULL,
                       take_name, &names, H5P_DEFAULT);
}

/* The length of the path of the group that is open, if it leads to `path`. */
static size_t open_part(const struct hdf5_file *f, const char *path)
{
    const size_t length = f->looked_into != NULL ? strlen(f->looked_into) : 0;
    const bool leads = f->group >= 0 && length > 0 &&
                       strncmp(path, f->looked_into, length) == 0 &&
                       path[length] == '/';
    return leads ? length : 0;
}

/* Where a path is looked up: in the group that is open, if it leads there, as
 * the root may have very many. *name is the rest of the path. */
static hid_t look_up_in(const struct hdf5_file *f, const char *path,
                        const char **name)
{
    const size_t length = open_part(f, path);
    *name = length > 0 ? path + length + 1 : path;
    return length > 0 ? f->group : f->id;
}

static bool is_object(hid_t in, const char *name, H5O_type_t wanted)
{
    H5O_info_t info;
#ifdef H5O_INFO_BASIC
    return H5Oget_info_by_name2(in, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) >=
               0 &&
           info.type == wanted;
#else
    return H5Oget_info_by_name(in, name, &info, H5P_DEFAULT) >= 0 &&
           info.type == wanted;
#endif
}

/* Any link on the way may be missing, or lead nowhere, or to a dataset. */
static bool look_up(struct hdf5_file *f, char *path, H5O_type_t wanted)
{
    const char *name;
    hid_t in = look_up_in(f, path, &name);
    char *slash = strchr(path + (name - path) + (*name == '/'), '/');
    for (;; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        const bool linked = H5Lexists(in, name, H5P_DEFAULT) > 0;
        const bool exists =
            linked && H5Oexists_by_name(in, name, H5P_DEFAULT) > 0;
        if (linked && (!exists || f->guard->refused[0] != '\0'))
            note_broken(f, path);
        const bool good =
            exists &&
            is_object(in, name, slash != NULL ? H5O_TYPE_GROUP : wanted);
        f->met_other = slash == NULL && exists && !good;
        if (slash == NULL)
            return good;
        *slash = '/';
        if (!good)
            return false;
    }
}

static bool has_object(struct container_file *file, char *path,
                       H5O_type_t wanted)
{
    struct hdf5_file *f = of_file(file);
    const bool refused = f->guard->refused[0] != '\0';
    const unsigned long failures = h5_failures();
    const bool found = look_up(f, path, wanted);
    if (!found && file->catalog.aside) {
        f->failures += h5_failures() - failures;
        if (!refused)
            f->guard->refused[0] = '\0';
    }
    return found;
}

static bool has_dataset(struct container_file *file, char *path)
{
    return has_object(file, path, H5O_TYPE_DATASET);
}

static bool is_octave_array(struct container_file *file, char *path)
{
    struct hdf5_file *f = of_file(file);
    return f->met_other && has_object(file, path, H5O_TYPE_GROUP) &&
           h5_is_octave(f->id, path);
}

/* ---- attributes and datasets ---- */

#define TWO_TO_63 9223372036854775808.0

/* Doubles -> integers, in place. */
static enum container_numbers take_doubles(int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, &numbers[i], sizeof value);
        if (!(value >= -TWO_TO_63 && value < TWO_TO_63) ||
            value != (double)(int64_t)value)
            return CONTAINER_NOT_INTEGRAL;
        numbers[i] = (int64_t)value;
    }
    return CONTAINER_READ;
}

/* "3", " -1 ", "3.0"; other text is no number. */
static enum container_numbers take_text(hid_t object, const char *name,
                                        int64_t *number)
{
    char text[32];
    char *end;
    if (!h5_read_text(object, name, text, sizeof text))
        return CONTAINER_ABSENT;
    double value = strtod(text, &end);
    end += strspn(end, " ");
    if (*end != '\0' || end == text)
        return CONTAINER_ABSENT;
    memcpy(number, &value, sizeof value);
    return take_doubles(number, 1);
}

_Static_assert(sizeof(double) == sizeof(int64_t), "read in place of another");

static enum container_numbers take_numbers(hid_t object, const char *name,
                                           int64_t *numbers, size_t room,
                                           uint64_t *count)
{
    H5T_class_t class;
    if (!h5_attribute_count(object, name, count, &class) || *count == 0)
        return CONTAINER_ABSENT;
    if (class == H5T_STRING)
        return *count == 1 && room > 0 ? take_text(object, name, numbers)
                                       : CONTAINER_ABSENT;
    if (*count > room)
        return CONTAINER_TOO_MANY;
    const bool floats = class == H5T_FLOAT;
    if (!h5_read_numbers(object, name,
                         floats ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64,
                         (size_t)*count, numbers, room * sizeof *numbers))
        return CONTAINER_ABSENT;
    return floats ? take_doubles(numbers, (size_t)*count) : CONTAINER_READ;
}

static enum container_numbers read_attribute(struct container_file *file,
                                             const char *path, const char *name,
                                             int64_t *numbers, size_t room,
                                             uint64_t *count)
{
    struct hdf5_file *f = of_file(file);
    *count = 0;
    if (H5Aexists_by_name(f->id, path, name, H5P_DEFAULT) <= 0)
        return CONTAINER_ABSENT;
    hid_t object = H5Oopen(f->id, path, H5P_DEFAULT);
    if (object < 0)
        return CONTAINER_ABSENT;
    const enum container_numbers found =
        take_numbers(object, name, numbers, room, count);
    H5Oclose(object);
    return found;
}

static bool describe(struct container_file *file, struct dump_index *index,
                     struct dump_array *array, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    uint64_t written = UINT64_MAX;
    const struct dump_file *of = &index->files[array->file];
    const struct sources sources = {.file = of->path,
                                    .path = array->path,
                                    .found = &index->others,
                                    .live = of->live,
                                    .unread = true,
                                    .written = &written};
    const char *name;
    hid_t in = look_up_in(f, array->path, &name);
    hid_t dataset = H5Dopen2(in, name, H5P_DEFAULT);
    if (dataset < 0)
        return h5_fail(error,
                       "%s: %s: damaged: cannot be opened (-v tells "
                       "more)",
                       f->path, array->path);
    const bool good = sources_check(dataset, &sources, error) &&
                      describe_dataset(f->id, dataset, of, array, error);
    if (good && written != UINT64_MAX) {
        array->cut_short = true;
        array->written = written / h5_element_bytes(dataset);
    }
    if (!good && f->guard->refused[0] != '\0')
        note_broken(f, array->path);
    H5Dclose(dataset);
    return good;
}

/* A group that could not be looked into seems to have no logits, and an epoch
 * would be missing without a word. */
static bool check(struct container_file *file, bool good, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    /* What could not be opened without memory seems to be missing. */
    const bool lacked = !good && !error->no_memory && h5_lacked_memory();
    if (f->no_memory)
        good = error_no_memory_for(error, f->path);
    else if (good || lacked)
        good = h5_fail_since(
            f->failures, error,
            "%s: damaged: the HDF5 library cannot look at all that "
            "is in it (-v tells more)",
            f->path);
    return guard_nothing_refused(f->guard, f->path, file->catalog.broken_link,
                                 error) &&
           good;
}

const struct container_format container_hdf5 = {
    .open = open_hdf5,
    .close = close_hdf5,
    .list = list,
    .list_datasets = list_datasets,
    .has_link = has_link,
    .each_name = each_name,
    .has_dataset = has_dataset,
    .is_octave_array = is_octave_array,
    .read_attribute = read_attribute,
    .describe = describe,
    .check = check,
};
