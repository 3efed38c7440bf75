/*
 * examine.c - an HDF5 file, for discovery
 *
 * What is asked of a group is asked of it while it is open, as the library
 * takes long to follow a path.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "dump/hdf5/describe.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/hdf5_file.h"
#include "dump/hdf5/sources.h"
#include "dump/hdf5/table.h"

static struct hdf5_file *of_file(struct container_file *file)
{
    return (struct hdf5_file *)file; /* its first field */
}

/* ---- opening and closing ---- */

/* Closes the group that was looked into last. */
static void leave_group(struct hdf5_file *f)
{
    if (f->group >= 0)
        H5Gclose(f->group);
    if (f->table >= 0)
        H5Tclose(f->table);
    f->group = f->table = -1;
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
    f->id = f->group = f->table = -1;
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

/* ---- tables ---- */

static H5O_type_t object_type(hid_t in, const char *name)
{
    H5O_info_t info;
#ifdef H5O_INFO_BASIC
    const bool good =
        H5Oget_info_by_name2(in, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0;
#else
    const bool good = H5Oget_info_by_name(in, name, &info, H5P_DEFAULT) >= 0;
#endif
    return good ? info.type : H5O_TYPE_UNKNOWN;
}

/* The type of the elements of a dataset, if it is compound; else negative. */
static hid_t open_table(struct hdf5_file *f, hid_t in, const char *name)
{
    hid_t dataset = H5Dopen2(in, name, H5P_DEFAULT);
    if (dataset < 0 && h5_lacks_memory())
        f->no_memory = true;
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : -1;
    if (dataset >= 0)
        H5Dclose(dataset);
    if (type >= 0 && H5Tget_class(type) != H5T_COMPOUND) {
        H5Tclose(type);
        type = -1;
    }
    return type;
}

/* A link that leads nowhere is no failure here: the walk has seen it. */
static bool is_there(struct hdf5_file *f, const char *path)
{
    const unsigned long failures = h5_failures();
    const bool exists = H5Lexists(f->id, path, H5P_DEFAULT) > 0 &&
                        H5Oexists_by_name(f->id, path, H5P_DEFAULT) > 0;
    if (!exists && h5_lacked_memory())
        f->no_memory = true;
    else if (!exists)
        f->failures += h5_failures() - failures;
    return exists;
}

/* The length of what leads to a dataset in a path from the root, the path's own
 * if all does; 0 if none does. */
static size_t dataset_part(struct hdf5_file *f, char *path)
{
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        H5O_type_t type = H5O_TYPE_UNKNOWN;
        if (slash != NULL)
            *slash = '\0';
        if (is_there(f, path))
            type = object_type(f->id, path);
        const size_t length = strlen(path);
        if (slash != NULL)
            *slash = '/';
        if (type == H5O_TYPE_DATASET)
            return length;
        if (slash == NULL || type != H5O_TYPE_GROUP)
            return 0;
    }
}

/* The compound type that a path leads to, of a table or a field of one;
 * negative if there is none. */
static hid_t open_fields(struct hdf5_file *f, const char *path)
{
    char *copy = strdup(path);
    hid_t fields = -1;
    if (copy == NULL) {
        f->no_memory = true;
        return -1;
    }
    const size_t length = strcmp(path, "/") != 0 ? dataset_part(f, copy) : 0;
    copy[length] = '\0';
    hid_t type = length > 0 ? open_table(f, f->id, copy) : -1;
    if (type >= 0) {
        fields = table_group(type, path + length + (path[length] == '/'));
        H5Tclose(type);
    }
    free(copy);
    return fields;
}

static bool is_table(struct container_file *file, const char *path)
{
    struct hdf5_file *f = of_file(file);
    if (h5_failed_since(f->failures)) /* which is an error anyway */
        return false;
    hid_t fields = open_fields(f, path);
    if (fields >= 0)
        H5Tclose(fields);
    f->file.tables |= fields >= 0;
    return fields >= 0;
}

/* Each group is opened only once. */
static void look_into(struct hdf5_file *f, const char *group)
{
    if (f->looked_into != NULL && strcmp(f->looked_into, group) == 0)
        return;
    leave_group(f);
    f->looked_into = strdup(group);
    f->no_memory |= f->looked_into == NULL;
    if (f->file.tables)
        f->table = open_fields(f, group);
    if (f->table < 0)
        f->group = H5Gopen2(f->id, group, H5P_DEFAULT);
}

static bool has_link(struct container_file *file, const char *group,
                     const char *name)
{
    struct hdf5_file *f = of_file(file);
    if (strcmp(group, "/") == 0)
        return H5Lexists(f->id, name, H5P_DEFAULT) > 0;
    look_into(f, group);
    if (f->table >= 0)
        return table_has(f->table, name);
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

/* While it does not matter what fails: calls that may fail are between these.
 * Otherwise what the library said last is kept. */
static unsigned long count_failures(const struct hdf5_file *f)
{
    return f->file.catalog.aside ? h5_failures() : 0;
}

static void forget_failures(struct hdf5_file *f, unsigned long before)
{
    if (f->file.catalog.aside)
        f->failures += h5_failures() - before;
}

static void each_field(hid_t fields,
                       bool (*take)(void *context, const char *name),
                       void *context)
{
    const int count = H5Tget_nmembers(fields);
    bool more = true;
    for (int i = 0; more && i < count; i++) {
        char *name = H5Tget_member_name(fields, (unsigned)i);
        more = name != NULL && take(context, name);
        H5free_memory(name);
    }
}

static void each_name(struct container_file *file, const char *group,
                      bool (*take)(void *context, const char *name),
                      void *context)
{
    struct hdf5_file *f = of_file(file);
    struct names names = {take, context};
    hid_t fields = f->file.tables ? open_fields(f, group) : -1;
    if (fields >= 0) {
        each_field(fields, take, context);
        H5Tclose(fields);
        return;
    }
    const unsigned long failures = count_failures(f);
    H5Literate_by_name(f->id, group, H5_INDEX_NAME, H5_ITER_INC, NULL,
                       take_name, &names, H5P_DEFAULT);
    forget_failures(f, failures);
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

/* Is a dataset a table that has a field? */
static bool leads_to_field(struct hdf5_file *f, hid_t in, const char *name,
                           const char *field)
{
    hid_t type = open_table(f, in, name);
    const bool found = type >= 0 && table_has(type, field);
    if (type >= 0)
        H5Tclose(type);
    f->file.tables |= found;
    return found;
}

/* netCDF keeps a dimension that has no values as a dataset of none. */
#define DIMENSION_NAME "This is a netCDF dimension but not a netCDF variable"

static bool is_dimension(struct hdf5_file *f, hid_t in, const char *name,
                         const char *path)
{
    struct catalog *catalog = &f->file.catalog;
    char text[128];
    if (H5Aexists_by_name(in, name, "NAME", H5P_DEFAULT) <= 0)
        return false;
    hid_t dataset = H5Dopen2(in, name, H5P_DEFAULT);
    const bool is = dataset >= 0 &&
                    h5_read_text(dataset, "NAME", text, sizeof text) &&
                    strncmp(text, DIMENSION_NAME, strlen(DIMENSION_NAME)) == 0;
    if (dataset >= 0)
        H5Dclose(dataset);
    if (is)
        snprintf(catalog->dimension, sizeof catalog->dimension, "%.500s", path);
    return is;
}

/* Any link on the way may be missing, or lead nowhere, or to a dataset, which
 * may be a table. */
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
        const H5O_type_t type =
            exists ? object_type(in, name) : H5O_TYPE_UNKNOWN;
        f->met_other = slash == NULL && exists && type != wanted;
        if (slash == NULL)
            return type == wanted && (wanted != H5O_TYPE_DATASET ||
                                      !is_dimension(f, in, name, path));
        const bool field = wanted == H5O_TYPE_DATASET &&
                           type == H5O_TYPE_DATASET &&
                           leads_to_field(f, in, name, slash + 1);
        *slash = '/';
        if (type != H5O_TYPE_GROUP)
            return field;
    }
}

static bool has_object(struct container_file *file, char *path,
                       H5O_type_t wanted)
{
    struct hdf5_file *f = of_file(file);
    const bool refused = f->guard->refused[0] != '\0';
    const unsigned long failures = count_failures(f);
    const bool found = look_up(f, path, wanted);
    if (!found)
        forget_failures(f, failures);
    if (!found && file->catalog.aside && !refused)
        f->guard->refused[0] = '\0';
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

/* Where the name of a field starts in a path; 0 if it leads to none. */
static size_t field_start(struct hdf5_file *f, const char *path)
{
    char *copy = strdup(path);
    size_t length = 0;
    f->no_memory |= copy == NULL;
    if (copy != NULL && strcmp(path, "/") != 0)
        length = dataset_part(f, copy);
    free(copy);
    return length > 0 && path[length] == '/' ? length + 1 : 0;
}

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

/* "3", " -1 ", "3.0", "Epoch 3"; other text is no number. */
static enum container_numbers parse_number(const char *text, int64_t *number)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text) {
        const enum names_epoch found = names_epoch_after_keyword(text, number);
        return found == NAMES_EPOCH      ? CONTAINER_READ
               : found == NAMES_NO_EPOCH ? CONTAINER_ABSENT
                                         : CONTAINER_NOT_INTEGRAL;
    }
    if (end[strspn(end, " \t\r\n")] != '\0')
        return CONTAINER_ABSENT;
    memcpy(number, &value, sizeof value);
    return take_doubles(number, 1);
}

#define NUMBER_TEXT_SIZE 32

static enum container_numbers take_text(hid_t object, const char *name,
                                        int64_t *number)
{
    char text[NUMBER_TEXT_SIZE];
    return h5_read_text(object, name, text, sizeof text)
               ? parse_number(text, number)
               : CONTAINER_ABSENT;
}

/* The numbers that an array of strings has. */
struct text_numbers {
    int64_t *numbers;
    size_t room;
    size_t count;
    enum container_numbers found;
};

static bool take_one_text(void *context, const char *bytes, size_t length)
{
    struct text_numbers *all = context;
    char text[NUMBER_TEXT_SIZE];
    int64_t number;
    snprintf(text, sizeof text, "%.*s", (int)length, bytes);
    all->found =
        length < sizeof text ? parse_number(text, &number) : CONTAINER_ABSENT;
    if (all->found != CONTAINER_READ)
        return false;
    if (all->count < all->room)
        all->numbers[all->count] = number;
    all->count++;
    return true;
}

static enum container_numbers take_texts(hid_t object, const char *name,
                                         int64_t *numbers, size_t room)
{
    struct text_numbers all = {
        .numbers = numbers, .room = room, .found = CONTAINER_ABSENT};
    if (!h5_each_text(object, name, CLASS_NAMES_MAX, take_one_text, &all))
        return CONTAINER_ABSENT;
    return all.found == CONTAINER_READ && all.count > room ? CONTAINER_TOO_MANY
                                                           : all.found;
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
        return *count == 1 && room > 0
                   ? take_text(object, name, numbers)
                   : take_texts(object, name, numbers, room);
    if (*count > room)
        return CONTAINER_TOO_MANY;
    const bool floats = class == H5T_FLOAT;
    if (!h5_read_numbers(object, name,
                         floats ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64,
                         (size_t)*count, numbers, room * sizeof *numbers))
        return CONTAINER_ABSENT;
    if (floats)
        return take_doubles(numbers, (size_t)*count);
    for (size_t i = 0; i < *count; i++) {
        if (numbers[i] == INT64_MAX) /* what the library makes of larger ones */
            return CONTAINER_NOT_INTEGRAL;
    }
    return CONTAINER_READ;
}

static enum container_numbers read_attribute(struct container_file *file,
                                             const char *path, const char *name,
                                             int64_t *numbers, size_t room,
                                             uint64_t *count)
{
    struct hdf5_file *f = of_file(file);
    *count = 0;
    if (f->file.tables && field_start(f, path) > 0)
        return CONTAINER_ABSENT; /* fields have none */
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

static bool
read_strings(struct container_file *file, const char *path, const char *name,
             bool (*take)(void *context, const char *text, size_t length),
             void *context)
{
    struct hdf5_file *f = of_file(file);
    const unsigned long failures = count_failures(f);
    hid_t object = -1;
    if (name == NULL || H5Aexists_by_name(f->id, path, name, H5P_DEFAULT) > 0)
        object = H5Oopen(f->id, path, H5P_DEFAULT);
    const bool good = object >= 0 && h5_each_text(object, name, CLASS_NAMES_MAX,
                                                  take, context);
    if (object >= 0)
        H5Oclose(object);
    forget_failures(f, failures);
    return good;
}

static hid_t open_dataset(struct hdf5_file *f, struct dump_array *array)
{
    const char *name;
    hid_t in = look_up_in(f, array->path, &name);
    char *slash = array->field > 0 ? array->path + array->field - 1 : NULL;
    if (slash != NULL)
        *slash = '\0';
    hid_t dataset = H5Dopen2(in, name, H5P_DEFAULT);
    if (slash != NULL)
        *slash = '/';
    return dataset;
}

/* Elements in the first `bytes` of a dataset, in whole rows of a table. */
static uint64_t written_elements(hid_t dataset,
                                 const struct dump_layout *layout,
                                 uint64_t bytes)
{
    const size_t size = h5_element_bytes(dataset);
    uint64_t elements = size > 0 ? bytes / size : 0;
    for (int i = dump_own_rank(layout); i < layout->rank; i++)
        elements *= layout->dims[i];
    return elements;
}

/* The columns of a table that are classes: the same in all tables, as their
 * names tell which is which. */
static bool take_columns(hid_t dataset, struct dump_index *index,
                         const struct dump_array *array, struct error *error)
{
    const enum dump_role role = array->layout->role;
    struct class_names columns = {.count = 0};
    if (array->field == 0 || role == DUMP_IDS)
        return true;
    struct class_names *known = &index->columns[role];
    hid_t type = H5Dget_type(dataset);
    bool good =
        type >= 0 && table_columns(type, array->path + array->field, &columns);
    if (type >= 0)
        H5Tclose(type);
    if (!good)
        error_no_memory(error);
    if (!index->columns_known[role] || !good) {
        class_names_free(known);
        *known = columns;
        index->columns_known[role] = good;
        return good;
    }
    good = columns.count == known->count;
    for (size_t i = 0; good && i < columns.count; i++)
        good = strcmp(columns.names[i], known->names[i]) == 0;
    class_names_free(&columns);
    return good ||
           error_set(error,
                     "%s: %s: the names of its columns are not those of the "
                     "tables before it, by which its classes are known; scan "
                     "them apart",
                     index->files[array->file].path, array->path);
}

static bool describe(struct container_file *file, struct dump_index *index,
                     struct dump_array *array, struct error *error)
{
    struct hdf5_file *f = of_file(file);
    uint64_t written = UINT64_MAX;
    struct dump_first_sources first = {.count = 0};
    const struct dump_file *of = &index->files[array->file];
    const struct sources sources = {
        .file = of->path,
        .path = array->path,
        .found = &index->others,
        .live = of->live,
        .unread = true,
        .written = &written,
        .first = array->layout->role == DUMP_LOGITS ? &first : NULL};
    if (f->file.tables)
        array->field = (uint32_t)field_start(f, array->path);
    hid_t dataset = open_dataset(f, array);
    if (dataset < 0)
        return h5_fail(error,
                       "%s: %s: damaged: cannot be opened (-v tells "
                       "more)",
                       f->path, array->path);
    bool good = sources_check(dataset, &sources, error) &&
                describe_dataset(f->id, dataset, of, array, error) &&
                take_columns(dataset, index, array, error);
    if (good && !dump_index_add_sources(
                    index, (uint32_t)(array - index->arrays), &first))
        good = error_no_memory_for(error, f->path);
    if (good && written != UINT64_MAX) {
        array->cut_short = true;
        array->written = written_elements(dataset, array->layout, written);
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
    .is_table = is_table,
    .is_octave_array = is_octave_array,
    .read_attribute = read_attribute,
    .read_strings = read_strings,
    .describe = describe,
    .check = check,
};
