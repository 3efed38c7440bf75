/*
 * listing.c - the datasets of an HDF5 file, for messages
 */
#include "dump/hdf5/element_type.h"
#include "dump/hdf5/h5_file.h"
#include "dump/hdf5/hdf5_file.h"

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

static void add_dataset(struct hdf5_file *f, hid_t root, const char *name)
{
    struct catalog *catalog = &f->file.catalog;
    struct catalog_dataset *listed = catalog_add_dataset(catalog, name);
    if (listed == NULL)
        return;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0) {
        catalog_unlist(catalog);
        return;
    }
    hid_t type = H5Dget_type(dataset);
    take_listed_shape(dataset, listed);
    format_element_type(type, listed->type, sizeof listed->type);
    H5Tclose(type);
    H5Dclose(dataset);
}

static herr_t visit(hid_t root, const char *name, const H5O_info_t *info,
                    void *context)
{
    struct hdf5_file *f = context;
    dump_watch_progress(f->index->watch);
    if (info->type == H5O_TYPE_DATASET)
        add_dataset(f, root, name);
    return ++f->objects > hdf5_objects_max(f) ? -1 : 0;
}

void hdf5_list_datasets(struct hdf5_file *f)
{
    f->objects = 0;
    if (f->file.catalog.dataset_count == 0)
        h5_visit(f->id, visit, f);
}
