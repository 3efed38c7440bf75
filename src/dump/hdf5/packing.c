/*
 * packing.c - the attributes by which netCDF packs numbers
 *
 * As xarray reads them: see the NetCDF Users Guide, "Attribute Conventions".
 */
#include "dump/hdf5/packing.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "dump/decode.h"
#include "dump/elements.h"
#include "dump/hdf5/element_type.h"
#include "dump/hdf5/h5_read.h"
#include "dump/unpack.h"

/* An attribute that is one number; *value stays as it is if there is none. */
static bool take_number(hid_t dataset, const char *name, double *value)
{
    uint64_t count;
    H5T_class_t class;
    return !h5_attribute_count(dataset, name, &count, &class) ||
           (h5_read_numbers(dataset, name, H5T_NATIVE_DOUBLE, 1, value,
                            sizeof *value) &&
            isfinite(*value));
}

static bool bad_attribute(const char *name, const char *wanted,
                          const char *file, const struct dump_array *array,
                          struct error *error)
{
    return error_set(error,
                     "%s: %s: its attribute %s is not %s; correct it, or "
                     "delete it",
                     file, array->path, name, wanted);
}

static bool take_scale(hid_t dataset, const char *file,
                       const struct dump_array *array, double *scale,
                       double *offset, struct error *error)
{
    *scale = 1;
    *offset = 0;
    if (!take_number(dataset, "scale_factor", scale) || fabs(*scale) <= 0)
        return bad_attribute("scale_factor", "one finite number but 0", file,
                             array, error);
    return take_number(dataset, "add_offset", offset) ||
           bad_attribute("add_offset", "one finite number", file, array, error);
}

/* ---- elements that stand for nothing ---- */

/* Can an element be equal to it, whose bytes are those of the nearest one? And
 * does that matter: a logit that is NaN is none anyhow. */
static bool may_be_met(const struct dump_layout *layout,
                       const unsigned char *nearest, double value)
{
    const double element = dump_element(nearest, layout->type);
    if (isnan(value))
        return dump_type_is_float(layout->type) && layout->role != DUMP_LOGITS;
    return dump_type_is_float(layout->type) ||
           !(element < value || element > value);
}

static void add_missing(struct dump_layout *layout,
                        const unsigned char *nearest, double value)
{
    if (may_be_met(layout, nearest, value) && !dump_is_missing(layout, nearest))
        memcpy(layout->missing[layout->missing_count++], nearest, layout->size);
}

static bool take_missing(hid_t dataset, hid_t type, const char *name,
                         const char *file, const struct dump_array *array,
                         struct error *error)
{
    struct dump_layout *layout = array->layout;
    unsigned char stored[DUMP_MISSING_MAX][8];
    double values[DUMP_MISSING_MAX];
    uint64_t count;
    H5T_class_t class;
    if (!h5_attribute_count(dataset, name, &count, &class) || count == 0)
        return true;
    hid_t memory = h5_memory_type(layout, type);
    const bool good = count <= DUMP_MISSING_MAX - layout->missing_count &&
                      h5_read_numbers(dataset, name, H5T_NATIVE_DOUBLE,
                                      (size_t)count, values, sizeof values) &&
                      h5_read_numbers(dataset, name, memory, (size_t)count,
                                      stored, sizeof stored);
    H5Tclose(memory);
    if (!good)
        return bad_attribute(name, "one number, nor a few", file, array, error);
    if (layout->swap)
        dump_swap_bytes(stored, (size_t)count, layout->size);
    for (uint64_t i = 0; i < count; i++)
        add_missing(layout, stored[0] + i * layout->size, values[i]);
    return true;
}

/* ---- signs ---- */

/* Files of netCDF's classic model have no unsigned integers, and say which of
 * the signed ones are. */
static void take_sign(hid_t dataset, struct dump_layout *layout)
{
    char text[8];
    if (layout->type < DUMP_I8 || layout->type > DUMP_I64 ||
        !h5_read_text(dataset, "_Unsigned", text, sizeof text) ||
        strcasecmp(text, "true") != 0)
        return;
    layout->type = (enum dump_type)(layout->type + DUMP_U8 - DUMP_I8);
    layout->told = true;
}

/* ---- all of it ---- */

static bool is_number(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_OPAQUE;
}

bool take_packing(hid_t dataset, hid_t type, const char *file,
                  struct dump_array *array, struct error *error)
{
    struct dump_layout *layout = array->layout;
    double scale;
    double offset;
    if (!is_number(type))
        return true;
    if (!take_scale(dataset, file, array, &scale, &offset, error) ||
        !take_missing(dataset, type, "_FillValue", file, array, error) ||
        !take_missing(dataset, type, "missing_value", file, array, error))
        return false;
    take_sign(dataset, layout); /* _FillValue is signed as elements are */
    const bool as_stored =
        !(scale < 1 || scale > 1 || offset < 0 || offset > 0);
    if (layout->role != DUMP_LOGITS)
        return as_stored ||
               error_set(error,
                         "%s: %s: packed (scale_factor %g, add_offset %g), as "
                         "%s cannot be; store the numbers themselves",
                         file, array->path, scale, offset,
                         layout->role == DUMP_IDS ? "ids" : "labels");
    layout->packed = !as_stored || layout->missing_count > 0;
    layout->scale = scale;
    layout->offset = offset;
    return true;
}
