/*
 * discover.c - HDF5 files -> plan
 */
#include "dump/discover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/hdf5/describe.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/h5.h"
#include "common/names.h"
#include "dump/shape.h"
#include "dump/hdf5/sources.h"

/* First that is there. */
static const char *const logits_names[] = {"logits", "outputs", "output",
                                           "scores", NULL};
static const char *const labels_names[] = {"labels", "label", "targets",
                                           "target", "y",     NULL};
static const char *const ids_names[] = {
    "indices",   "index",         "ids",  "id",    "sample_ids",
    "sample_id", "image_indices", "guid", "guids", NULL};

#define LISTED_MAX 12 /* datasets that an error message lists */

#define PATH_SIZE 2048
/* Of groups in groups, told apart where names are counted. */
#define DEPTHS 16

/* What was found in a group, or above it. */
struct found_above {
    char *group;
    char path[PATH_SIZE]; /* "": nothing */
};

struct discovery {
    struct dump_plan *plan;
    const struct dump_names *names;
    size_t file_index;
    size_t first_part;         /* of this file */
    uint64_t names_at[DEPTHS]; /* bytes of names, of the groups we are in */
    hid_t file;
    struct guard *guard; /* of the file */
    char *looked_into;   /* the group that is open, as the next line */
    hid_t group;
    struct found_above labels_above;
    struct found_above ids_above;
    char *no_epoch; /* a group: neither it nor those above have a number */
    char **groups;  /* all groups of the file, "/" first */
    size_t group_count;
    bool out_of_memory;
    char listing[900]; /* the datasets of the file */
    size_t listed;
    bool probabilities; /* there is a dataset named like some */
    bool live;          /* the file is still being written */
    bool cut;           /* what is incomplete of it has been left out */
    char dangling[512]; /* a link to a dataset that is not there */
    char target[300];   /* the file that it leads to, if that is why */
    dump_remark_fn remark;
    void *context;
    struct error *error;
};

/* Closes the group that was looked into last. */
static void leave_group(struct discovery *d)
{
    if (d->looked_into != NULL && d->group >= 0)
        H5Gclose(d->group);
    free(d->looked_into);
    d->looked_into = NULL;
}

static const char *file_path(const struct discovery *d)
{
    return d->plan->files[d->file_index].path;
}

/* ---- what is in the file ---- */

#define GROWS_EVERY 1024

/* Something more has been found: so many by now. */
static void tell_growth(const struct discovery *d, size_t count)
{
    dump_watch_progress(d->plan->watch);
    if (count % GROWS_EVERY == 0 && d->plan->grows != NULL)
        d->plan->grows(d->plan->grows_context);
}

static bool add_group_name(struct discovery *d, const char *name)
{
    char **grown = realloc(d->groups, (d->group_count + 1) * sizeof *d->groups);
    if (grown != NULL)
        d->groups = grown;
    char *path = malloc(strlen(name) + 2);
    if (grown == NULL || path == NULL) {
        free(path);
        d->out_of_memory = true;
        return false;
    }
    sprintf(path, "/%s", strcmp(name, ".") == 0 ? "" : name);
    d->groups[d->group_count++] = path;
    tell_growth(d, d->group_count);
    return true;
}

/* The shape of a virtual dataset may depend on its sources, which only those
 * that are read have to have. */
static void format_listed_shape(hid_t dataset, char *text, size_t size)
{
    struct dump_layout shape = {.rank = 0};
    hid_t properties = H5Dget_create_plist(dataset);
    const bool is_virtual = H5Pget_layout(properties) == H5D_VIRTUAL;
    H5Pclose(properties);
    if (is_virtual) {
        snprintf(text, size, "virtual");
        return;
    }
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    shape.rank = rank < 0 ? 0 : rank > DUMP_RANK_MAX ? DUMP_RANK_MAX : rank;
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = dims[i];
    dump_format_shape(&shape, text, size);
    H5Sclose(space);
}

static void list_dataset(struct discovery *d, hid_t parent, const char *name)
{
    const char *base = strrchr(name, '/');
    base = base != NULL ? base + 1 : name;
    if (strncmp(base, "prob", 4) == 0 || strncmp(base, "softmax", 7) == 0)
        d->probabilities = true;
    if (d->listed++ >= LISTED_MAX)
        return;
    hid_t dataset = H5Dopen2(parent, name, H5P_DEFAULT);
    if (dataset < 0)
        return;
    char shape_text[128];
    char type_text[32];
    hid_t type = H5Dget_type(dataset);
    format_listed_shape(dataset, shape_text, sizeof shape_text);
    size_t used = strlen(d->listing);
    snprintf(d->listing + used, sizeof d->listing - used, "%s/%.200s %s %s",
             used > 0 ? ", " : "", name, shape_text,
             describe_type_name(type, type_text, sizeof type_text));
    H5Tclose(type);
    H5Dclose(dataset);
}

/* The names in the group that has most of them. A group is visited before what
 * is in it. */
static void count_name(struct discovery *d, const char *name)
{
    size_t depth = 0;
    const char *last = name;
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '/' && depth + 1 < DEPTHS) {
            last = p + 1;
            depth++;
        }
    }
    if (depth + 1 < DEPTHS)
        d->names_at[depth + 1] = 0;
    /* With a NUL, rounded up, as a group's heap has them. */
    d->names_at[depth] += strlen(last) / 8 * 8 + 8;
    struct dump_file *file = &d->plan->files[d->file_index];
    if (d->names_at[depth] > file->names)
        file->names = d->names_at[depth];
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info,
                    void *context)
{
    struct discovery *d = context;
    dump_watch_progress(d->plan->watch);
    count_name(d, name);
    if (info->type == H5O_TYPE_GROUP)
        return add_group_name(d, name) ? 0 : -1;
    if (info->type == H5O_TYPE_DATASET)
        list_dataset(d, root, name);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return names_compare(*(char *const *)a, *(char *const *)b);
}

static bool survey(struct discovery *d)
{
    if (h5_visit(d->file, visit, d) < 0) {
        if (d->out_of_memory)
            return error_no_memory(d->error);
        return h5_fail(d->error,
                       "%s: damaged: its list of groups cannot be read (-v "
                       "tells more)",
                       file_path(d));
    }
    struct dump_file *file = &d->plan->files[d->file_index];
    if (!h5_has_heaps(d->file))
        file->names = 0;
    h5_keep(d->file, file->names);
    qsort(d->groups, d->group_count, sizeof *d->groups, compare_names);
    if (d->listed == 0)
        snprintf(d->listing, sizeof d->listing, "no datasets");
    else if (d->listed > LISTED_MAX) {
        size_t used = strlen(d->listing);
        snprintf(d->listing + used, sizeof d->listing - used, " and %zu more",
                 d->listed - LISTED_MAX);
    }
    return true;
}

/* ---- datasets by name ---- */

/* Remembers the first link that leads nowhere, or where it must not. */
static void note_dangling(struct discovery *d, const char *path)
{
    if (d->dangling[0] != '\0')
        return;
    snprintf(d->dangling, sizeof d->dangling, "%.500s", path);
    snprintf(d->target, sizeof d->target, "%s", d->guard->failed);
}

/* Is there a dataset `name` in `group`? Any link on the way may be missing,
 * or dangle. Its full path goes to `path`. */
static bool dataset_there(struct discovery *d, const char *group,
                          const char *name, char *path, size_t path_size)
{
    int n = snprintf(path, path_size, "%s/%s",
                     strcmp(group, "/") == 0 ? "" : group, name);
    if (n < 0 || (size_t)n >= path_size)
        return false;
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        const bool linked = H5Lexists(d->file, path, H5P_DEFAULT) > 0;
        const bool there =
            linked && H5Oexists_by_name(d->file, path, H5P_DEFAULT) > 0;
        if (linked && (!there || d->guard->refused[0] != '\0'))
            note_dangling(d, path);
        if (slash == NULL || !there) {
            H5O_info_t info;
            return there &&
                   H5Oget_info_by_name(d->file, path, &info, H5P_DEFAULT) >=
                       0 &&
                   info.type == H5O_TYPE_DATASET;
        }
        *slash = '/';
    }
}

/* Is there any link of this name? Files may have very many groups, and the
 * library takes long to follow a path: each group is opened but once. */
static bool link_there(struct discovery *d, const char *group, const char *name)
{
    if (strcmp(group, "/") == 0)
        return H5Lexists(d->file, name, H5P_DEFAULT) > 0;
    if (d->looked_into == NULL || strcmp(d->looked_into, group) != 0) {
        leave_group(d);
        d->looked_into = strdup(group);
        d->out_of_memory |= d->looked_into == NULL;
        d->group = H5Gopen2(d->file, group, H5P_DEFAULT);
    }
    return d->group >= 0 && H5Lexists(d->group, name, H5P_DEFAULT) > 0;
}

/* The first of the names that the group has; `own` alone if given. */
static bool find_in_group(struct discovery *d, const char *group,
                          const char *own, const char *const *usual, char *path,
                          size_t path_size)
{
    if (own != NULL) {
        const bool from_root = own[0] == '/';
        return (!from_root || strcmp(group, "/") == 0) &&
               dataset_there(d, group, own + from_root, path, path_size);
    }
    for (; *usual != NULL; usual++) {
        if (link_there(d, group, *usual) &&
            dataset_there(d, group, *usual, path, path_size))
            return true;
    }
    return false;
}

/* The same in the group and those above it. What is above the groups of epochs
 * is the same for most of them, and kept. */
static bool find_upwards(struct discovery *d, const char *group,
                         const char *own, const char *const *usual,
                         struct found_above *above, char *path,
                         size_t path_size)
{
    if (find_in_group(d, group, own, usual, path, path_size))
        return true;
    if (strcmp(group, "/") == 0)
        return false;
    char *parent = strdup(group);
    if (parent == NULL) {
        d->out_of_memory = true;
        return false;
    }
    char *slash = strrchr(parent, '/');
    slash[slash == parent] = '\0'; /* keep the root's own slash */
    if (above->group == NULL || strcmp(above->group, parent) != 0) {
        const bool found =
            find_upwards(d, parent, own, usual, above, path, path_size);
        free(above->group);
        above->group = parent;
        snprintf(above->path, sizeof above->path, "%s", found ? path : "");
    } else {
        free(parent);
    }
    snprintf(path, path_size, "%s", above->path);
    return above->path[0] != '\0';
}

/* ---- epoch numbers ---- */

/* What the attribute `epoch` says: the number of the first one, from which the
 * others count on, or of each. */
struct epoch_numbers {
    int64_t first;
    int64_t *each; /* NULL: the first one tells */
};

/* The attribute of an object, which has one number, or `count` of them. */
static bool epoch_attribute(struct discovery *d, hid_t object, uint64_t count,
                            struct epoch_numbers *numbers)
{
    uint64_t n;
    if (!h5_attribute_count(object, "epoch", &n))
        return false;
    if (n == 1)
        return h5_read_numbers(object, "epoch", H5T_NATIVE_INT64, 1,
                               &numbers->first, sizeof numbers->first);
    if (n != count || n == 0 || n >= 1 << 20)
        return false;
    const size_t bytes = (size_t)n * sizeof *numbers->each;
    numbers->each = malloc(bytes);
    d->out_of_memory |= numbers->each == NULL;
    if (numbers->each != NULL &&
        h5_read_numbers(object, "epoch", H5T_NATIVE_INT64, (size_t)n,
                        numbers->each, bytes))
        return true;
    free(numbers->each);
    numbers->each = NULL;
    return false;
}

/* The same of the dataset, its group, the groups above, up to the file. */
static bool epoch_from_attributes(struct discovery *d, const char *dataset,
                                  uint64_t count, struct epoch_numbers *numbers)
{
    char *at = strdup(dataset);
    char *above = NULL; /* the group above that of the dataset */
    bool found = false;
    d->out_of_memory |= at == NULL;
    for (int level = 0; at != NULL; level++) {
        if (level == 2)
            above = strdup(at);
        if (d->no_epoch != NULL && strcmp(d->no_epoch, at) == 0)
            break;
        if (H5Aexists_by_name(d->file, at, "epoch", H5P_DEFAULT) > 0) {
            hid_t object = H5Oopen(d->file, at, H5P_DEFAULT);
            found = epoch_attribute(d, object, count, numbers);
            H5Oclose(object);
        }
        if (found || strcmp(at, "/") == 0)
            break;
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0';
    }
    free(at);
    if (found || above == NULL) {
        free(above);
        return found;
    }
    free(d->no_epoch);
    d->no_epoch = above;
    return false;
}

static bool epoch_from_name(struct discovery *d, const char *group,
                            const char *file, bool keyword, int64_t *epoch)
{
    bool (*const number)(const char *, int64_t *) =
        keyword ? names_epoch_after_keyword : names_last_number;
    const char *slash = strrchr(file, '/');
    char *base = strdup(slash != NULL ? slash + 1 : file);
    char *at = strdup(group);
    bool found = false;
    d->out_of_memory |= base == NULL || at == NULL;
    if (base != NULL && at != NULL) {
        /* Without the suffix: ".h5" ends in a number. */
        char *dot = strrchr(base, '.');
        if (dot != NULL && dot != base)
            *dot = '\0';
        while (at[0] != '\0' && !found) {
            char *name = strrchr(at, '/');
            found = number(name + 1, epoch);
            *name = '\0';
        }
        found = found || number(base, epoch);
    }
    free(at);
    free(base);
    return found;
}

/* Where the epochs of a record count from; false if nothing tells. */
static bool find_epoch_numbers(struct discovery *d, const char *group,
                               const struct dump_array *logits,
                               struct epoch_numbers *numbers)
{
    *numbers = (struct epoch_numbers){.first = 0};
    if (epoch_from_attributes(d, logits->path, logits->layout->epochs,
                              numbers) ||
        logits->layout->epochs > 1) /* a name's number is not that of a slice */
        return true;
    return epoch_from_name(d, group, file_path(d), true, &numbers->first) ||
           epoch_from_name(d, group, file_path(d), false, &numbers->first);
}

/* ---- epoch records ---- */

/* Adds a dataset to the plan. Its layout is the caller's, until it is settled
 * and can be shared. */
static bool add_array(struct discovery *d, const char *path,
                      struct dump_layout *layout, uint32_t *index)
{
    hid_t dataset = H5Dopen2(d->file, path, H5P_DEFAULT);
    if (dataset < 0)
        return h5_fail(d->error,
                       "%s: %s: damaged: cannot be opened (-v tells "
                       "more)",
                       file_path(d), path);
    struct dump_array *array = dump_plan_add_array(d->plan);
    char *copy = strdup(path);
    bool good = array != NULL && copy != NULL;
    if (good) {
        const struct dump_file *file = &d->plan->files[d->file_index];
        const struct sources sources = {.file = file->path,
                                        .path = path,
                                        .found = &d->plan->others,
                                        .live = file->live,
                                        .unread = true};
        array->path = copy;
        array->file = (uint32_t)d->file_index;
        array->layout = layout;
        *index = (uint32_t)(d->plan->array_count - 1);
        good = sources_check(dataset, &sources, d->error) &&
               describe_dataset(d->file, dataset, file, array, d->error);
        if (!good && d->guard->refused[0] != '\0')
            note_dangling(d, path);
    } else {
        free(copy);
        error_no_memory(d->error);
    }
    H5Dclose(dataset);
    return good;
}

static void remark_on_bits(const struct discovery *d,
                           const struct dump_array *logits)
{
    char text[512];
    if (logits->layout->type != DUMP_U16 || d->names->labels_only)
        return;
    snprintf(text, sizeof text,
             "%s: %s: read as 16-bit integers; if they are bfloat16 bits, "
             "say so with the attribute dtype=\"bfloat16\"",
             file_path(d), logits->path);
    d->remark(d->context, text);
}

/* Chunks may be longer than 1 along an axis that is not (it may grow). If such
 * an axis comes behind the columns, elements of a row are not adjacent. */
static void settle_storage(struct dump_layout *layout)
{
    if (layout->storage != DUMP_CHUNKED || layout->column_axis == DUMP_NO_AXIS)
        return;
    for (int i = layout->column_axis + 1; i < layout->rank; i++) {
        if (layout->chunk[i] != 1)
            layout->storage = DUMP_LIBRARY;
    }
}

/* The array is described: its layout becomes one that others share. */
static bool settle(struct discovery *d, struct dump_array *array)
{
    settle_storage(array->layout);
    array->layout = dump_plan_share(d->plan, array->layout);
    return array->layout != NULL;
}

static bool link_dangles(const struct discovery *d)
{
    return error_set(d->error,
                     "%s: %s: a link to something that is missing%s%s",
                     file_path(d), d->dangling,
                     d->target[0] != '\0' ? ": the file " : "", d->target);
}

static bool not_found(struct discovery *d, const char *logits, const char *kind,
                      const char *option)
{
    if (d->dangling[0] != '\0') /* would it have been found there? */
        return link_dangles(d);
    return error_set(d->error, "%s: no %s for %s; it has %s; name them with %s",
                     file_path(d), kind, logits, d->listing, option);
}

/* In a file that is being written, one dataset has another epoch before the
 * others: as far as all of them go. */
static void cut_to_common_epochs(struct discovery *d, struct dump_array *logits,
                                 struct dump_array *labels,
                                 struct dump_array *ids)
{
    struct dump_array *arrays[] = {logits, labels, ids};
    const int ranks[] = {3, 2, 2}; /* with an axis of epochs */
    uint64_t epochs = UINT64_MAX;
    for (size_t i = 0; i < 3; i++) {
        if (arrays[i] == NULL || arrays[i]->layout->rank < ranks[i])
            continue;
        d->cut |= epochs != UINT64_MAX && arrays[i]->layout->dims[0] != epochs;
        if (arrays[i]->layout->dims[0] < epochs)
            epochs = arrays[i]->layout->dims[0];
    }
    for (size_t i = 0; i < 3; i++) {
        if (arrays[i] != NULL && arrays[i]->layout->rank >= ranks[i])
            arrays[i]->layout->dims[0] = epochs;
    }
}

/* One for each epoch. */
static bool add_parts(struct discovery *d, const struct dump_part *record)
{
    struct dump_plan *plan = d->plan;
    struct epoch_numbers numbers;
    const struct dump_array *logits = &plan->arrays[record->logits];
    const uint64_t epochs = logits->layout->epochs;
    if (!describe_epochs(&plan->files[d->file_index], logits,
                         plan->part_count - d->first_part + epochs, d->error))
        return false;
    const bool numbered =
        find_epoch_numbers(d, record->group, logits, &numbers);
    if (numbered && numbers.each == NULL && epochs > 0 &&
        numbers.first > INT64_MAX - (int64_t)(epochs - 1))
        return error_set(d->error,
                         "%s: %s: its %" PRIu64 " epochs count on from %" PRId64
                         ", which is too large a number; correct the attribute "
                         "\"epoch\"",
                         file_path(d), logits->path, epochs, numbers.first);
    bool good = true;
    for (uint64_t t = 0; good && t < epochs; t++) {
        struct dump_part *part = dump_plan_add_part(plan);
        good = part != NULL || error_no_memory(d->error);
        if (!good)
            break;
        *part = *record;
        part->slice = t;
        part->numbered = numbered;
        part->epoch =
            numbers.each != NULL ? numbers.each[t] : numbers.first + (int64_t)t;
        tell_growth(d, plan->part_count);
    }
    free(numbers.each);
    return good;
}

static bool add_record(struct discovery *d, const char *group,
                       const char *logits_path)
{
    char labels_path[PATH_SIZE];
    char ids_path[PATH_SIZE];
    struct dump_part record = {.file = (uint32_t)d->file_index,
                               .ids = DUMP_NO_ARRAY};
    struct dump_plan *plan = d->plan;
    struct dump_layout layouts[3];
    memset(layouts, 0, sizeof layouts); /* padding, too */
    layouts[0].role = DUMP_LOGITS;
    layouts[1].role = DUMP_LABELS;
    layouts[2].role = DUMP_IDS;
    if (!find_upwards(d, group, d->names->labels, labels_names,
                      &d->labels_above, labels_path, sizeof labels_path))
        return not_found(d, logits_path, "labels", "--labels");
    const bool has_ids = find_upwards(d, group, d->names->ids, ids_names,
                                      &d->ids_above, ids_path, sizeof ids_path);
    if (!has_ids && d->names->ids != NULL)
        return not_found(d, logits_path, "ids", "--ids");
    if (!add_array(d, logits_path, &layouts[0], &record.logits) ||
        !add_array(d, labels_path, &layouts[1], &record.labels) ||
        (has_ids && !add_array(d, ids_path, &layouts[2], &record.ids)))
        return false;
    struct dump_array *logits = &plan->arrays[record.logits];
    struct dump_array *labels = &plan->arrays[record.labels];
    struct dump_array *ids = has_ids ? &plan->arrays[record.ids] : NULL;
    if (d->live && logits->layout->rank >= 3)
        cut_to_common_epochs(d, logits, labels, ids);
    if (!dump_resolve_shapes(logits, labels, ids, &record.one_hot, file_path(d),
                             d->error))
        return false;
    if (logits->layout->columns >= UINT32_MAX - 1 ||
        (logits->layout->columns == 0 && logits->layout->rows > 0))
        return error_set(d->error, "%s: %s: %" PRIu64 " classes cannot be read",
                         file_path(d), logits_path, logits->layout->columns);
    remark_on_bits(d, logits);
    if (!settle(d, logits) || !settle(d, labels) ||
        (has_ids && !settle(d, ids)))
        return error_no_memory(d->error);
    record.rows = logits->layout->rows;
    record.classes = logits->layout->columns;
    record.group = dump_plan_add_group(plan, group);
    if (record.group == NULL)
        return error_no_memory(d->error);
    return add_parts(d, &record);
}

/* A record that does not fit together is the one that is being written. */
static bool add_live_record(struct discovery *d, const char *group,
                            const char *logits_path)
{
    const struct dump_plan before = *d->plan;
    if (add_record(d, group, logits_path))
        return true;
    dump_plan_cut(d->plan, before.file_count, before.array_count,
                  before.part_count, before.group_count);
    d->cut = true;
    return true;
}

static bool add_records(struct discovery *d, size_t *records)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < d->group_count; i++) {
        const char *group = d->groups[i];
        dump_watch_progress(d->plan->watch);
        if (d->names->group != NULL &&
            !names_group_matches(d->names->group, group))
            continue;
        const bool found = d->names->labels_only
                               ? find_in_group(d, group, d->names->labels,
                                               labels_names, path, sizeof path)
                               : find_in_group(d, group, d->names->logits,
                                               logits_names, path, sizeof path);
        if (!found)
            continue;
        if (!(d->live ? add_live_record(d, group, path)
                      : add_record(d, group, path)))
            return false;
        ++*records;
    }
    if (*records == 0 && d->dangling[0] != '\0')
        return link_dangles(d);
    if (*records == 0 && d->names->labels_only)
        return error_set(d->error,
                         "%s: no labels; it has %s; name them with "
                         "--dataset",
                         file_path(d), d->listing);
    if (*records == 0 && d->names->group == NULL)
        return error_set(d->error,
                         "%s: no logits; it has %s; name them with "
                         "--logits%s",
                         file_path(d), d->listing,
                         d->probabilities
                             ? " (but probabilities are no logits: dump the "
                               "model's output before softmax)"
                             : "");
    return true;
}

/* Takes the newest epoch of the file away, unless an incomplete one was left
 * out already, and those that have not begun. */
static bool leave_out_newest(struct discovery *d, size_t first)
{
    struct dump_plan *plan = d->plan;
    size_t newest = first;
    size_t kept = first;
    for (size_t i = first; i < plan->part_count; i++) {
        const struct dump_part *part = &plan->parts[i];
        if (part->rows > 0 &&
            (plan->parts[newest].rows == 0 || !part->numbered ||
             part->epoch >= plan->parts[newest].epoch))
            newest = i;
    }
    for (size_t i = first; i < plan->part_count; i++) {
        if (plan->parts[i].rows > 0 && (i != newest || d->cut))
            plan->parts[kept++] = plan->parts[i];
    }
    plan->part_count = kept;
    return kept > first ||
           error_set(d->error,
                     "%s: still being written, and has no complete epoch yet",
                     file_path(d));
}

/* A group that could not be looked into seems to have no logits, and an epoch
 * would be missing without a word. */
static bool nothing_missed(const struct discovery *d, unsigned long before)
{
    if (d->out_of_memory)
        return error_no_memory(d->error);
    if (d->dangling[0] != '\0')
        return link_dangles(d);
    return h5_fail_since(
        before, d->error,
        "%s: damaged: the HDF5 library cannot look at all that "
        "is in it (-v tells more)",
        file_path(d));
}

/* With the library entered. */
static bool look_into(struct discovery *d, const char *path,
                      struct dump_found *found)
{
    char kind[32];
    struct dump_identity identity;
    const size_t first = d->plan->part_count;
    unsigned intent = 0;
    size_t records = 0;
    d->file = h5_open_file(path, d->names->live, d->plan->trust, 0, d->error);
    if (d->file < 0)
        return false;
    d->guard = guard_of(d->file);
    if (d->guard == NULL)
        return error_no_memory(d->error);
    const unsigned long before = h5_failures();
    found->columns = h5_file_kind(d->file, kind, sizeof kind);
    if (found->columns)
        return true;
    H5Fget_intent(d->file, &intent);
    d->live = (intent & H5F_ACC_SWMR_READ) != 0;
    found->live = d->live;
    if (!dump_plan_add_file(d->plan, path))
        return error_no_memory(d->error);
    struct dump_file *file = &d->plan->files[d->file_index];
    if (!h5_identify(d->file, &identity))
        return h5_fail(d->error, "%s: cannot read", path);
    file->bytes = identity.bytes;
    file->modified = identity.modified;
    file->inode = identity.inode;
    file->live = d->live;
    const bool good =
        survey(d) && add_records(d, &records) && nothing_missed(d, before);
    return guard_nothing_refused(d->guard, path, d->dangling, d->error) &&
           good && (!d->live || records == 0 || leave_out_newest(d, first));
}

bool dump_discover(struct dump_plan *plan, const char *path,
                   const struct dump_names *names, struct dump_found *found,
                   dump_remark_fn remark, void *context, struct error *error)
{
    struct discovery d = {
        .plan = plan,
        .names = names,
        .file_index = plan->file_count,
        .first_part = plan->part_count,
        .file = -1,
        .remark = remark,
        .context = context,
        .error = error,
    };
    const struct dump_plan before = *plan;
    memset(found, 0, sizeof *found);
    error->detail[0] = '\0';
    h5_enter(plan->watch, path);
    const bool good = look_into(&d, path, found);
    leave_group(&d);
    if (d.file >= 0)
        H5Fclose(d.file);
    h5_leave(plan->watch);
    free(d.labels_above.group);
    free(d.ids_above.group);
    free(d.no_epoch);
    for (size_t i = 0; i < d.group_count; i++)
        free(d.groups[i]);
    free(d.groups);
    found->parts = plan->part_count - before.part_count;
    if (!good || found->parts == 0)
        dump_plan_cut(plan, before.file_count, before.array_count,
                      before.part_count, before.group_count);
    return good;
}

bool dump_start(struct error *error)
{
    return h5_start(error);
}

void dump_hdf5_version(char *text, size_t size)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, size, "%u.%u.%u", major, minor, release);
}
