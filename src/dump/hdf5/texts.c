/*
 * texts.c - strings of any length, as the HDF5 library hands them out
 */
#include "dump/hdf5/texts.h"

#include <stdlib.h>
#include <string.h>

#include "dump/index.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

struct texts_block {
    struct texts_block *next;
    size_t used;
    char bytes[BLOCK_BYTES - 2 * sizeof(size_t)];
};

_Static_assert(sizeof(((struct texts_block *)NULL)->bytes) >
                   DUMP_STRING_MAX + 1,
               "a block has room for a string");

void texts_init(struct texts *texts, uint64_t budget)
{
    *texts = (struct texts){.left = budget};
}

void texts_free(struct texts *texts)
{
    while (texts->blocks != NULL) {
        struct texts_block *next = texts->blocks->next;
        free(texts->blocks);
        texts->blocks = next;
    }
}

/* For the library: `size` is that of a string and its NUL. */
static void *allocate(size_t size, void *context)
{
    struct texts *texts = context;
    struct texts_block *block = texts->blocks;
    texts->too_long |= size > DUMP_STRING_MAX + 1;
    texts->too_many |= size > texts->left;
    if (texts->too_long || texts->too_many)
        return NULL;
    if (block == NULL || size > sizeof block->bytes - block->used) {
        block = malloc(sizeof *block);
        texts->no_memory |= block == NULL;
        if (block == NULL)
            return NULL;
        block->next = texts->blocks;
        block->used = 0;
        texts->blocks = block;
    }
    char *text = block->bytes + block->used;
    block->used += size;
    texts->left -= size;
    return text;
}

static void keep(void *text, void *context)
{
    (void)text, (void)context; /* all are freed at once */
}

hid_t texts_transfer(struct texts *texts)
{
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    if (transfer >= 0 &&
        H5Pset_vlen_mem_manager(transfer, allocate, texts, keep, texts) >= 0)
        return transfer;
    if (transfer >= 0)
        H5Pclose(transfer);
    return -1;
}

bool texts_take(char **strings, size_t count, struct dump_buffer *out,
                struct error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += (strings[i] != NULL ? strlen(strings[i]) : 0) + 1;
    if (!dump_buffer_reserve(out, bytes, 1, error))
        return false;
    char *to = (char *)out->bytes;
    for (size_t i = 0; i < count; i++) {
        const char *from = strings[i] != NULL ? strings[i] : "";
        const size_t length = strlen(from);
        memcpy(to, from, length + 1);
        strings[i] = to;
        to += length + 1;
    }
    return true;
}
