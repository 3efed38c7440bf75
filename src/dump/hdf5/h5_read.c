/*
 * h5_read.c - reads from HDF5 files no more than there is room for
 */
#include "dump/hdf5/h5_read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/saturate.h"
#include "dump/hdf5/guard.h"
#include "dump/hdf5/h5.h"
#include "dump/hdf5/texts.h"

/* An attribute with its type and shape; negative ids are fine to close. */
struct attribute {
    hid_t id;
    hid_t type;
    hid_t space;
    hssize_t count;
};

static bool open_attribute(hid_t object, const char *name,
                           struct attribute *attribute)
{
    *attribute = (struct attribute){-1, -1, -1, -1};
    if (H5Aexists(object, name) <= 0)
        return false;
    attribute->id = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute->id < 0)
        return false;
    attribute->type = H5Aget_type(attribute->id);
    attribute->space = H5Aget_space(attribute->id);
    if (attribute->type >= 0 && attribute->space >= 0)
        attribute->count = H5Sget_simple_extent_npoints(attribute->space);
    return attribute->count >= 0;
}

static void close_attribute(struct attribute *attribute)
{
    if (attribute->space >= 0)
        H5Sclose(attribute->space);
    if (attribute->type >= 0)
        H5Tclose(attribute->type);
    if (attribute->id >= 0)
        H5Aclose(attribute->id);
}

bool h5_attribute_count(hid_t object, const char *name, uint64_t *count,
                        H5T_class_t *class)
{
    struct attribute attribute;
    const bool good = open_attribute(object, name, &attribute);
    *count = good ? (uint64_t)attribute.count : 0;
    *class = good ? H5Tget_class(attribute.type) : H5T_NO_CLASS;
    close_attribute(&attribute);
    return good;
}

static bool is_number(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER || class == H5T_FLOAT;
}

/* Do this many elements fit? */
static bool fits(hid_t type, uint64_t count, size_t room)
{
    const size_t size = H5Tget_size(type);
    return size > 0 && count <= room / size;
}

bool h5_read_numbers(hid_t object, const char *name, hid_t memory, size_t count,
                     void *out, size_t room)
{
    struct attribute attribute;
    const bool good = open_attribute(object, name, &attribute) &&
                      (uint64_t)attribute.count == count &&
                      is_number(attribute.type) && is_number(memory) &&
                      fits(memory, count, room) &&
                      H5Aread(attribute.id, memory, out) >= 0;
    close_attribute(&attribute);
    return good;
}

/* A string of any length; the library allocates it. */
static bool take_text(hid_t attribute, hid_t type, char *out, size_t room)
{
    char *text = NULL;
    if (H5Aread(attribute, type, &text) < 0 || text == NULL)
        return false;
    const size_t length = strnlen(text, room);
    if (length < room)
        memcpy(out, text, length + 1);
    H5free_memory(text);
    return length < room;
}

bool h5_is_octave(hid_t file, const char *group)
{
    return H5Aexists_by_name(file, group, "OCTAVE_NEW_FORMAT", H5P_DEFAULT) > 0;
}

bool h5_read_text(hid_t object, const char *name, char *out, size_t room)
{
    struct attribute attribute;
    bool good = open_attribute(object, name, &attribute) &&
                attribute.count == 1 &&
                H5Tget_class(attribute.type) == H5T_STRING;
    memset(out, 0, room);
    if (good && H5Tis_variable_str(attribute.type) > 0)
        good = take_text(attribute.id, attribute.type, out, room);
    else if (good) /* and a NUL after it */
        good = room > 0 && fits(attribute.type, 1, room - 1) &&
               H5Aread(attribute.id, attribute.type, out) >= 0;
    close_attribute(&attribute);
    return good;
}

/* Strings of an attribute or dataset. */
struct strings {
    hid_t id;
    bool attribute;
    hid_t type;
    hid_t space;
    size_t count;
    bool (*take)(void *context, const char *text, size_t length);
    void *context;
};

static bool read_strings(const struct strings *s, hid_t transfer, void *out)
{
    return s->attribute ? H5Aread(s->id, s->type, out) >= 0
                        : H5Dread(s->id, s->type, H5S_ALL, H5S_ALL, transfer,
                                  out) >= 0;
}

static bool take_fixed(const struct strings *s)
{
    const size_t size = H5Tget_size(s->type);
    const bool padded = H5Tget_strpad(s->type) == H5T_STR_SPACEPAD;
    if (size == 0 || size > DUMP_STRING_MAX)
        return false;
    char *bytes = calloc(s->count, size);
    const bool good = bytes != NULL && read_strings(s, H5P_DEFAULT, bytes);
    for (size_t i = 0; good && i < s->count; i++) {
        const char *text = bytes + i * size;
        size_t length = strnlen(text, size);
        while (padded && length > 0 && text[length - 1] == ' ')
            length--;
        if (!s->take(s->context, text, length))
            break;
    }
    free(bytes);
    return good;
}

/* Of an attribute the library allocates them; of a dataset, within bounds. */
static bool take_variable(const struct strings *s)
{
    struct texts texts;
    char **each = calloc(s->count, sizeof *each);
    texts_init(&texts, (uint64_t)s->count * DUMP_STRING_MAX);
    hid_t transfer = texts_transfer(&texts);
    const bool good =
        each != NULL && transfer >= 0 && read_strings(s, transfer, each);
    for (size_t i = 0; good && i < s->count; i++) {
        const char *text = each[i] != NULL ? each[i] : "";
        if (!s->take(s->context, text, strnlen(text, DUMP_STRING_MAX)))
            break;
    }
    if (good && s->attribute)
        H5Dvlen_reclaim(s->type, s->space, H5P_DEFAULT, each);
    if (transfer >= 0)
        H5Pclose(transfer);
    texts_free(&texts);
    free(each);
    return good;
}

static bool take_strings(const struct strings *s, size_t most)
{
    if (s->count == 0 || s->count > most || H5Tget_class(s->type) != H5T_STRING ||
        H5Sget_simple_extent_ndims(s->space) != 1)
        return false;
    return H5Tis_variable_str(s->type) > 0 ? take_variable(s) : take_fixed(s);
}

bool h5_each_text(hid_t object, const char *name, size_t most,
                  bool (*take)(void *context, const char *text, size_t length),
                  void *context)
{
    struct attribute attribute = {-1, -1, -1, -1};
    bool good = true;
    if (name != NULL) {
        good = open_attribute(object, name, &attribute);
    } else {
        attribute.type = H5Dget_type(object);
        attribute.space = H5Dget_space(object);
        attribute.count = H5Sget_simple_extent_npoints(attribute.space);
    }
    const struct strings strings = {.id = name != NULL ? attribute.id : object,
                                    .attribute = name != NULL,
                                    .type = attribute.type,
                                    .space = attribute.space,
                                    .count = attribute.count > 0
                                                 ? (size_t)attribute.count
                                                 : 0,
                                    .take = take,
                                    .context = context};
    good = good && take_strings(&strings, most);
    close_attribute(&attribute);
    return good;
}

bool h5_read(hid_t dataset, hid_t memory_type, hid_t memory_space,
             hid_t file_space, hid_t transfer, void *out, size_t room)
{
    /* Wherever in its extent the selection is. */
    const hssize_t count = H5Sget_simple_extent_npoints(memory_space);
    return count >= 0 && fits(memory_type, (uint64_t)count, room) &&
           H5Dread(dataset, memory_type, memory_space, file_space, transfer,
                   out) >= 0;
}

/* From HDF5 1.12 on, each failure is one of the object layer, too. */
#ifndef H5E_VOL
#define H5E_VOL H5E_DATASET
#endif

static herr_t find_other_trouble(unsigned n, const H5E_error2_t *said,
                                 void *found)
{
    (void)n;
    *(bool *)found |= said->maj_num != H5E_DATASET && said->maj_num != H5E_VOL;
    return 0;
}

/* Did the last call fail only because there is no such chunk? If its file or
 * the index cannot be read, the library says that as well. */
static bool is_absent(void)
{
    bool other = false;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_other_trouble, &other);
    if (!other) /* a thread that ends would leave what was said behind */
        H5Eclear2(H5E_DEFAULT);
    return !other;
}

bool h5_read_chunk(hid_t dataset, const hsize_t *at, void *raw, size_t room,
                   size_t *size, uint32_t *filter_mask)
{
    hsize_t claimed = 0;
    *size = 0;
    /* Of a chunk that was never written, this fails... */
    if (H5Dget_chunk_storage_size(dataset, at, &claimed) < 0)
        return is_absent();
    if (claimed > room) {
        *size = claimed <= SIZE_MAX ? (size_t)claimed : SIZE_MAX;
        return false;
    }
    guard_watch_chunk(raw, room);
    const bool read =
        H5Dread_chunk(dataset, H5P_DEFAULT, at, filter_mask, raw) >= 0;
    *size = guard_end_chunk();
    /* ... or says that it has no bytes, if none of the dataset was, or in other
     * versions of HDF5. The same is said of a damaged one, but that is read. */
    return claimed > 0 ? read && *size > 0 : !read && is_absent();
}

bool h5_chunk_is_absent(hid_t dataset, const hsize_t *at)
{
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(dataset, at, &size) < 0)
        return is_absent();
    return size == 0;
}

/* What an element of a type takes in a file, where whatever has any length is a
 * length, an address and a number. */
static size_t stored_bytes(hid_t type, size_t address)
{
    const H5T_class_t class = H5Tget_class(type);
    size_t bytes = H5Tget_size(type);
    if (class == H5T_VLEN || H5Tis_variable_str(type) > 0)
        return address > 0 ? sizeof(uint32_t) + address + sizeof(uint32_t) : 0;
    if (class == H5T_ARRAY) {
        hid_t inner = H5Tget_super(type);
        const size_t size = H5Tget_size(inner);
        bytes = size > 0 ? bytes / size * stored_bytes(inner, address) : 0;
        H5Tclose(inner);
    }
    const int fields = class == H5T_COMPOUND ? H5Tget_nmembers(type) : 0;
    for (int i = 0; i < fields; i++) {
        hid_t field = H5Tget_member_type(type, (unsigned)i);
        bytes += stored_bytes(field, address) - H5Tget_size(field);
        H5Tclose(field);
    }
    return bytes;
}

/* Bytes of an address in a file; 0 if that is not known. */
static size_t address_bytes(hid_t dataset)
{
    size_t address = 0;
    size_t length = 0;
    hid_t file = H5Iget_file_id(dataset);
    hid_t properties = H5Fget_create_plist(file);
    if (H5Pget_sizes(properties, &address, &length) < 0)
        address = 0;
    H5Pclose(properties);
    H5Fclose(file);
    return address;
}

size_t h5_element_bytes(hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    const H5T_class_t class = H5Tget_class(type);
    const bool plain = class == H5T_INTEGER || class == H5T_FLOAT;
    const size_t bytes =
        plain ? H5Tget_size(type) : stored_bytes(type, address_bytes(dataset));
    H5Tclose(type);
    return bytes;
}

void h5_count_bytes(hid_t dataset, uint64_t *needed, uint64_t *stored)
{
    hid_t space = H5Dget_space(dataset);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    *needed = saturated_product(count > 0 ? (uint64_t)count : 0,
                                h5_element_bytes(dataset));
    *stored = H5Dget_storage_size(dataset);
    H5Sclose(space);
}

bool h5_read_fill(hid_t properties, hid_t memory_type, void *out, size_t room)
{
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    return fits(memory_type, 1, room) &&
           H5Pfill_value_defined(properties, &defined) >= 0 &&
           defined != H5D_FILL_VALUE_UNDEFINED &&
           H5Pget_fill_value(properties, memory_type, out) >= 0;
}

bool h5_read_filter(hid_t properties, unsigned index, struct h5_filter *filter)
{
    unsigned flags;
    unsigned config;
    memset(filter, 0, sizeof *filter);
    filter->value_count = sizeof filter->values / sizeof *filter->values;
    /* The library leaves no NUL after a name that is too long. */
    filter->id = H5Pget_filter2(properties, index, &flags, &filter->value_count,
                                filter->values, sizeof filter->name - 1,
                                filter->name, &config);
    return filter->id >= 0;
}

bool h5_known_filter(const struct h5_filter *stored, struct dump_filter *filter)
{
    *filter = (struct dump_filter){DUMP_DEFLATE, 0};
    switch (stored->id) {
    case H5Z_FILTER_DEFLATE:
        return true;
    case H5Z_FILTER_SHUFFLE:
        filter->id = DUMP_SHUFFLE;
        filter->parameter = stored->value_count > 0 ? stored->values[0] : 0;
        return true;
    case H5Z_FILTER_FLETCHER32:
        filter->id = DUMP_FLETCHER32;
        return true;
    case H5_LZF_FILTER:
        filter->id = DUMP_LZF;
        return true;
    default:
        return false;
    }
}

bool h5_file_kind(hid_t file, char *kind, size_t size)
{
    return h5_read_text(file, H5_KIND_ATTRIBUTE, kind, size);
}
