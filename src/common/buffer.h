/*
 * buffer.h - memory that grows when more is needed
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

/* Makes room in a list for one element more than it has. The capacity is the
 * power of two at or above the count, so that it need not be kept. NULL if
 * there is not enough memory: then the list is as it was. */
static inline void *list_grow(void *list, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return list;
    const size_t capacity = count == 0 ? 1 : count * 2;
    return capacity <= SIZE_MAX / size ? realloc(list, capacity * size) : NULL;
}

#endif
