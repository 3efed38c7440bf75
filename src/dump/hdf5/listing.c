/*
 * listing.c - the datasets of an HDF5 file, for messages
 */
#include <stdio.h>
#include <string.h>

#include "dump/hdf5/element_type.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/hdf5_file.h"
#include "dump/hdf5/table.h"

/* The shape of a virtual dataset may depend on its sources, which only those
 * that are read have to have. */
static void take_listed_shape(hid_t dataset, struct catalog_dataset *listed)
{
    hid_t properties = H5Dget_create_plist(dataset);
    listed->is_virtual = H5Pget_layout(properties) == H5D_VIRTUAL;
    H5Pclose(properties);
    if (listed->is_virtual)
        return;
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    listed->rank = rank < 0 ? 0 : rank > DUMP_RANK_MAX ? DUMP_RANK_MAX : rank;
    for (int i = 0; i < listed->rank; i++)
        listed->dims[i] = dims[i];
    H5Sclose(space);
}

/* A table has fields, whose axes come after its own. */
static void add_field(struct catalog *catalog, hid_t dataset, hid_t type,
                      const char *path, const char *name)
{
    char of_field[sizeof catalog->listed->path];
    struct table_field field;
    char why[200];
    snprintf(of_field, sizeof of_field, "%s/%s", path, name);
    struct catalog_dataset *listed = catalog_add_dataset(catalog, of_field);
    if (listed == NULL)
        return;
    if (table_find(type, name, &field, why, sizeof why) != TABLE_FOUND) {
        catalog_unlist(catalog);
        return;
    }
    take_listed_shape(dataset, listed);
    for (int i = 0; i < field.rank && listed->rank < DUMP_RANK_MAX; i++)
        listed->dims[listed->rank++] = field.dims[i];
    format_element_type(field.element, listed->type, sizeof listed->type);
    H5Tclose(field.element);
}

static void add_table(struct catalog *catalog, hid_t dataset, hid_t type,
                      const char *path)
{
    const int count = H5Tget_nmembers(type);
    if (catalog->table[0] == '\0')
        snprintf(catalog->table, sizeof catalog->table, "/%s", path);
    for (int i = 0; i < count; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        if (name != NULL)
            add_field(catalog, dataset, type, path, name);
        H5free_memory(name);
    }
}

static void add_array(struct catalog *catalog, hid_t dataset, hid_t type,
                      const char *path)
{
    struct catalog_dataset *listed = catalog_add_dataset(catalog, path);
    if (listed == NULL)
        return;
    take_listed_shape(dataset, listed);
    format_element_type(type, listed->type, sizeof listed->type);
}

/* Those that are not listed are counted. */
static void add_dataset(struct hdf5_file *f, hid_t root, const char *name)
{
    struct catalog *catalog = &f->file.catalog;
    if (catalog->dataset_count >= CATALOG_LISTED_MAX) {
        catalog_add_dataset(catalog, name);
        return;
    }
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : -1;
    if (type < 0)
        catalog->dataset_count++; /* it cannot be shown */
    else if (H5Tget_class(type) == H5T_COMPOUND)
        add_table(catalog, dataset, type, name);
    else
        add_array(catalog, dataset, type, name);
    if (type >= 0)
        H5Tclose(type);
    if (dataset >= 0)
        H5Dclose(dataset);
}

/* pandas writes a frame as a group. */
static void look_at_group(struct hdf5_file *f, hid_t root, const char *name)
{
    struct catalog *catalog = &f->file.catalog;
    char kind[32];
    hid_t group =
        catalog->frame[0] == '\0' ? H5Gopen2(root, name, H5P_DEFAULT) : -1;
    if (group < 0)
        return;
    if (h5_read_text(group, "pandas_type", kind, sizeof kind) &&
        (strcmp(kind, "frame") == 0 || strcmp(kind, "frame_table") == 0 ||
         strcmp(kind, "appendable_frame") == 0)) {
        catalog->frame_is_table = strcmp(kind, "frame") != 0;
        snprintf(catalog->frame, sizeof catalog->frame, "/%s",
                 strcmp(name, ".") != 0 ? name : "");
    }
    H5Gclose(group);
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info,
                    void *context)
{
    struct hdf5_file *f = context;
    dump_watch_progress(f->index->watch);
    if (info->type == H5O_TYPE_DATASET)
        add_dataset(f, root, name);
    else if (info->type == H5O_TYPE_GROUP)
        look_at_group(f, root, name);
    return ++f->objects > hdf5_objects_max(f) ? -1 : 0;
}

void hdf5_list_datasets(struct hdf5_file *f)
{
    f->objects = 0;
    if (f->file.catalog.dataset_count == 0)
        h5_visit(f->id, visit, f);
}
