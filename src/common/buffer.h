/*
 * buffer.h - bytes that grow when more are needed
 */
#ifndef COMMON_BUFFER_H
#define COMMON_BUFFER_H

#include <stdint.h>
#include <stdlib.h>

#include "common/error.h"

struct dump_buffer {
    unsigned char *bytes;
    size_t capacity;
};

/* Room for count * size bytes, whose content is lost. */
static inline bool dump_buffer_reserve(struct dump_buffer *buffer,
                                       uint64_t count, uint64_t size,
                                       struct error *error)
{
    if (size != 0 && count > SIZE_MAX / 2 / size)
        return error_no_memory(error);
    const size_t bytes = (size_t)(count * size);
    if (bytes <= buffer->capacity)
        return true;
    free(buffer->bytes);
    buffer->capacity = 0;
    buffer->bytes = malloc(bytes);
    if (buffer->bytes == NULL)
        return error_no_memory(error);
    buffer->capacity = bytes;
    return true;
}

#endif
