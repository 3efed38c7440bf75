/*
 * element_type.c - the HDF5 type of a dataset's elements -> dump_type
 */
#include "dump/hdf5/element_type.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dump/hdf5/h5_read.h"
#include "dump/hdf5/table.h"

static bool is_big_endian_machine(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 0;
}

static bool needs_swap(hid_t type, size_t size)
{
    H5T_order_t order = H5Tget_order(type);
    return size > 1 && (order == H5T_ORDER_BE) != is_big_endian_machine();
}

/* Is this a float of so many bytes with a sign, `exponent` bits and the rest
 * mantissa? */
static bool is_small_float(hid_t type, size_t size, size_t exponent,
                           size_t bias)
{
    const size_t last = 8 * size - 1;
    size_t sign_at;
    size_t exponent_at;
    size_t exponent_size;
    size_t mantissa_at;
    size_t mantissa_size;
    return H5Tget_size(type) == size && H5Tget_precision(type) == 8 * size &&
           H5Tget_fields(type, &sign_at, &exponent_at, &exponent_size,
                         &mantissa_at, &mantissa_size) >= 0 &&
           sign_at == last && exponent_at == last - exponent &&
           exponent_size == exponent && mantissa_at == 0 &&
           mantissa_size == last - exponent && H5Tget_ebias(type) == bias &&
           H5Tget_norm(type) == H5T_NORM_IMPLIED;
}

static bool is_ieee(hid_t type, hid_t little, hid_t big)
{
    return H5Tequal(type, little) > 0 || H5Tequal(type, big) > 0;
}

static void classify_float(hid_t type, struct dump_layout *layout)
{
    layout->size = (uint32_t)H5Tget_size(type);
    layout->swap = needs_swap(type, layout->size);
    if (is_small_float(type, 2, 5, 15)) {
        layout->type = DUMP_F16;
    } else if (is_small_float(type, 2, 8, 127)) {
        layout->type = DUMP_BF16;
    } else if (is_small_float(type, 1, 4, 7)) {
        layout->type = DUMP_F8E4M3; /* the library takes what is above 240 for
                                       infinities and NaNs */
    } else if (is_small_float(type, 1, 5, 15)) {
        layout->type = DUMP_F8E5M2;
    } else if (is_ieee(type, H5T_IEEE_F32LE, H5T_IEEE_F32BE)) {
        layout->type = DUMP_F32;
    } else if (is_ieee(type, H5T_IEEE_F64LE, H5T_IEEE_F64BE)) {
        layout->type = DUMP_F64;
    } else { /* long double, ... */
        layout->type = DUMP_F64;
        layout->size = 8;
        layout->convert = true;
        layout->swap = false;
    }
}

static void classify_integer(hid_t type, struct dump_layout *layout)
{
    const size_t size = H5Tget_size(type);
    const bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
    layout->size = (uint32_t)size;
    layout->swap = needs_swap(type, size);
    layout->convert =
        H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0;
    switch (layout->convert ? 0 : size) {
    case 1:
        layout->type = is_signed ? DUMP_I8 : DUMP_U8;
        break;
    case 2:
        layout->type = is_signed ? DUMP_I16 : DUMP_U16;
        break;
    case 4:
        layout->type = is_signed ? DUMP_I32 : DUMP_U32;
        break;
    case 8:
        layout->type = is_signed ? DUMP_I64 : DUMP_U64;
        break;
    default:
        layout->type = is_signed ? DUMP_I64 : DUMP_U64;
        layout->size = 8;
        layout->convert = true;
        layout->swap = false;
        break;
    }
}

const char *format_element_type(hid_t type, char *text, size_t size)
{
    const H5T_class_t class = H5Tget_class(type);
    struct dump_layout layout = {.size = 0};
    if (class == H5T_FLOAT) {
        classify_float(type, &layout);
        snprintf(text, size, "%s%zu%s",
                 layout.type == DUMP_BF16 ? "bfloat" : "float",
                 8 * H5Tget_size(type),
                 layout.type == DUMP_F8E4M3   ? "_e4m3fn"
                 : layout.type == DUMP_F8E5M2 ? "_e5m2"
                                              : "");
    } else if (class == H5T_INTEGER) {
        snprintf(text, size, "%sint%zu",
                 H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "",
                 8 * H5Tget_size(type));
    } else {
        snprintf(text, size, "%s",
                 class == H5T_STRING     ? "string"
                 : class == H5T_ENUM     ? "enum"
                 : class == H5T_COMPOUND ? "compound"
                 : class == H5T_OPAQUE   ? "opaque"
                                         : "other type");
    }
    return text;
}

/* What the attribute dtype says: "bfloat16", or "torch.bfloat16"; "": there is
 * none. */
#define DTYPE_SIZE 64

static bool read_dtype(hid_t dataset, char text[DTYPE_SIZE])
{
    if (h5_read_text(dataset, "dtype", text, DTYPE_SIZE))
        return true;
    text[0] = '\0';
    return false;
}

/* 16-bit integers may be the bits of bfloat16. */
static void take_dtype(hid_t dataset, struct dump_layout *layout)
{
    char text[DTYPE_SIZE];
    layout->told =
        read_dtype(dataset, text) &&
        (strstr(text, "bfloat16") != NULL || strstr(text, "int16") != NULL);
    if (strstr(text, "bfloat16") != NULL)
        layout->type = DUMP_BF16;
}

/* NumPy's V2, as which Keras and others write bfloat16, since h5py has no other
 * type for it. h5py's tag for such elements is "" or "NUMPY:|V2". */
static bool classify_opaque(hid_t dataset, hid_t type, const char *file,
                            struct dump_array *array, struct error *error)
{
    char dtype[DTYPE_SIZE];
    char *tag = H5Tget_tag(type);
    const size_t size = H5Tget_size(type);
    const bool told = read_dtype(dataset, dtype);
    const char *what = told ? dtype : tag != NULL ? tag : "";
    const bool bfloat16 = strstr(what, "bfloat16") != NULL;
    const bool good = size == 2 && (bfloat16 || *what == '\0' ||
                                    strcmp(what, "NUMPY:|V2") == 0);
    array->layout->type = DUMP_BF16;
    array->layout->size = 2;
    array->layout->swap = is_big_endian_machine(); /* few machines write so */
    array->layout->opaque = true;
    array->layout->told = bfloat16;
    if (!good)
        error_set(
            error,
            "%s: %s: opaque elements of %zu byte%s%s%.64s%s; of these, "
            "only bfloat16 is read: write logits with .astype(\"float32\")",
            file, array->path, size, size == 1 ? "" : "s",
            *what != '\0' ? " (" : "", what, *what != '\0' ? ")" : "");
    H5free_memory(tag);
    return good;
}

static bool classify_string(hid_t type, const char *file,
                            struct dump_array *array, struct error *error)
{
    if (H5Tis_variable_str(type) > 0) {
        array->layout->type = DUMP_VARIABLE_STRING;
        array->layout->size = sizeof(char *);
        return true;
    }
    const size_t size = H5Tget_size(type);
    if (size == 0)
        return error_set(error, "%s: %s: damaged: strings of no bytes", file,
                         array->path);
    if (size > DUMP_STRING_MAX)
        return error_set(error,
                         "%s: %s: strings of %zu bytes; at most %u are read",
                         file, array->path, size, DUMP_STRING_MAX);
    array->layout->type = DUMP_STRING;
    array->layout->size = (uint32_t)size;
    array->layout->space_padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    return true;
}

/* Elements of an enumeration are read as the names of their values. */
static bool classify_names(hid_t type, const char *file,
                           struct dump_array *array, struct error *error)
{
    if (H5Tget_size(type) > sizeof(uint64_t))
        return error_set(error,
                         "%s: %s: an enumeration of numbers of %zu bytes; at "
                         "most 8 are read",
                         file, array->path, H5Tget_size(type));
    array->layout->type = DUMP_VARIABLE_STRING;
    array->layout->size = sizeof(char *);
    array->layout->enumerated = true;
    return true;
}

/* Of a table a field is read; returns false. */
static bool is_table(hid_t type, const char *file,
                     const struct dump_array *array, enum error_advice advice,
                     struct error *error)
{
    char names[600];
    table_format_names(type, names, sizeof names);
    error_set(error,
              "%s: %s: a table (compound) with the fields %s; a field is named "
              "%s/FIELD",
              file, array->path, names, array->path);
    return error_advise(error, advice);
}

bool take_element_type(hid_t dataset, hid_t type, const char *file,
                       struct dump_array *array, struct error *error)
{
    const enum dump_role role = array->layout->role;
    static const struct {
        const char *what;
        enum error_advice advice;
    } wanted[] = {
        [DUMP_LOGITS] = {"logits are numbers", ADVICE_NAME_LOGITS},
        [DUMP_LABELS] = {"labels are integers", ADVICE_NAME_LABELS},
        [DUMP_IDS] = {"sample ids are integers or strings", ADVICE_NAME_IDS},
    };
    char name[32];
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        classify_float(type, array->layout);
        return true;
    case H5T_ENUM: /* h5py's booleans */
        if (role == DUMP_LOGITS)
            break;
        if (role == DUMP_IDS)
            return classify_names(type, file, array, error);
        /* fall through */
    case H5T_INTEGER:
        classify_integer(type, array->layout);
        if (role == DUMP_LOGITS && array->layout->size == 2 &&
            !array->layout->convert)
            take_dtype(dataset, array->layout);
        return true;
    case H5T_OPAQUE:
        if (role != DUMP_LOGITS)
            break;
        return classify_opaque(dataset, type, file, array, error);
    case H5T_STRING:
        if (role == DUMP_LOGITS)
            break;
        return classify_string(type, file, array, error);
    case H5T_COMPOUND:
        return is_table(type, file, array, wanted[role].advice, error);
    default:
        break;
    }
    error_set(error, "%s: %s: %s elements; %s", file, array->path,
              format_element_type(type, name, sizeof name), wanted[role].what);
    return error_advise(error, wanted[role].advice);
}

hid_t h5_memory_type(const struct dump_layout *layout, hid_t stored)
{
    if (!layout->convert)
        return H5Tcopy(stored);
    switch (layout->type) {
    case DUMP_F64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    case DUMP_I64:
        return H5Tcopy(H5T_NATIVE_INT64);
    case DUMP_U64:
        return H5Tcopy(H5T_NATIVE_UINT64);
    default:
        return -1; /* nothing is converted to another */
    }
}
